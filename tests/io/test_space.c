/* test_space.c - room for a file: asked for, kept, and file systems that cannot
 * keep it and say so in words of their own. */
#define _GNU_SOURCE /* fallocate */
#include "check.h"
#include "io/ckpt/state.h"
#include "io/scratch.h"

#include "io/space.h"

#include <errno.h>
#include <sys/syscall.h>

static int answer; /* errno of each fallocate(); 0: the system's own */

/* In the place of the C library's. */
int fallocate(int fd, int mode, off_t offset, off_t bytes)
{
    if (answer == 0)
        return (int)syscall(SYS_fallocate, fd, mode, offset, bytes);
    errno = answer;
    return -1;
}

TEST(too_little_space_is_told_with_both_numbers)
{
    scratch s = scratch_new();
    sidle_dir *dir = sidle_dir_open(s.folder);
    struct stat info;
    int fd;

    assert_int_equal(sidle_space_check(dir, 4096), SIDLE_OK);
    assert_int_equal(sidle_space_check(dir, INT64_MAX), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "No space left on device"));
    assert_non_null(strstr(sidle_fail_text(), "9223372036854775807 bytes"));
    sidle_dir_close(dir);
    dir = sidle_dir_open("/none");
    assert_int_equal(sidle_space_check(dir, 4096), SIDLE_EIO);
    sidle_dir_close(dir);
    scratch_write(&s, "file", "0123456789", 10);
    fd = open(scratch_path(&s, "file"), O_RDWR);
    assert_int_equal(sidle_space_keep(fd, 1 << 20), SIDLE_OK);
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_size, 10);
    close(fd);
    scratch_done(&s);
}

static sidle_status save(const scratch *s, int error)
{
    const sidle_ckpt_info info = state_info();
    sidle_status status;
    state saved;

    state_new(&saved, 3, 0, 1);
    answer = error;
    status = sidle_ckpt_save(NULL, s->folder, "a.h5", &info, STATE_CONFIG,
                             saved.arrays, STATE_ARRAYS);
    answer = 0;
    return status;
}

TEST(only_a_lack_of_room_ends_a_save)
{
    static const int borne[] = {EOPNOTSUPP, ENOSYS, EINVAL, EPERM,
                                ENODEV,     EBADF,  ESPIPE, EACCES};
    static const int told[] = {ENOSPC, EDQUOT, EFBIG, EIO};
    scratch s = scratch_new();

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
        assert_int_equal(save(&s, told[i]), SIDLE_EIO);
        assert_non_null(strstr(sidle_fail_text(), strerror(told[i])));
        assert_false(scratch_has(&s, "a.h5"));
        assert_false(scratch_has(&s, ".a.h5.tmp"));
    }
    for (size_t i = 0; i < sizeof(borne) / sizeof(*borne); i++) {
        assert_int_equal(save(&s, borne[i]), SIDLE_OK);
        assert_int_equal(
            sidle_ckpt_verify(scratch_path(&s, "a.h5"), NULL, NULL), SIDLE_OK);
    }
    scratch_done(&s);
}

TEST_MAIN
