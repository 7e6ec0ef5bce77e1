/* test_fsync.c - disks that refuse to synchronize a file or its folder. */
#include "check.h"
#include "io/ckpt/state.h"
#include "io/scratch.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static mode_t refused; /* the kind of file whose fsync() fails */

/* In the place of the C library's. */
int fsync(int fd)
{
    struct stat info;

    if (fstat(fd, &info) == 0 && (info.st_mode & S_IFMT) == refused) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static sidle_status save(const scratch *s, mode_t kind)
{
    const sidle_ckpt_info info = state_info();
    state saved;
    sidle_status status;

    state_new(&saved, 3, 0, 1);
    refused = kind;
    status = sidle_ckpt_save(NULL, s->folder, "a.h5", &info, STATE_CONFIG,
                             saved.arrays, STATE_ARRAYS);
    refused = 0;
    return status;
}

TEST(a_file_that_cannot_be_synchronized_is_no_file)
{
    scratch s = scratch_new();

    assert_int_equal(save(&s, S_IFREG), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "cannot synchronize"));
    assert_false(scratch_has(&s, "a.h5"));
    assert_false(scratch_has(&s, ".a.h5.tmp"));
    scratch_done(&s);
}

/* After the rename the checkpoint is there, whatever the folder answers. */
TEST(a_folder_that_cannot_be_synchronized_is_a_warning)
{
    scratch s = scratch_new();

    assert_int_equal(save(&s, S_IFDIR), SIDLE_OK);
    assert_int_equal(sidle_ckpt_verify(scratch_path(&s, "a.h5"), NULL, NULL),
                     SIDLE_OK);
    scratch_done(&s);
}

TEST_MAIN
