/* test_bytes.c - bytes to their place in a file, and a file that may not grow.
 */
#include "check.h"
#include "io/scratch.h"

#include "io/bytes.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static int make(const scratch *s)
{
    int fd = open(scratch_path(s, "a"), O_RDWR | O_CREAT | O_TRUNC, 0666);

    assert_true(fd >= 0);
    return fd;
}

TEST(bytes_lie_where_they_were_put)
{
    scratch s = scratch_new();
    int fd = make(&s);
    unsigned char *found;
    size_t n;

    assert_int_equal(sidle_write_at(fd, 3, 4, "defg"), SIDLE_OK);
    assert_int_equal(sidle_write_at(fd, 0, 3, "abc"), SIDLE_OK);
    assert_int_equal(sidle_write_at(fd, 99, 0, NULL), SIDLE_OK);
    found = scratch_read(&s, "a", &n);
    assert_int_equal(n, 7);
    assert_memory_equal(found, "abcdefg", 7);
    free(found);
    close(fd);
    scratch_done(&s);
}

/* The first part of it is taken, then the limit is met. */
TEST(a_limit_in_the_middle_is_told)
{
    static const char data[1 << 20];
    scratch s = scratch_new();
    int fd = make(&s);
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 5000;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(sidle_write_at(fd, 0, sizeof(data), data), SIDLE_EIO);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_string_equal(sidle_fail_text(), "cannot write: File too large");
    close(fd);
    scratch_done(&s);
}

TEST(a_failed_call_is_told_with_its_path)
{
    errno = EACCES;
    assert_int_equal(sidle_posix_fail("open", "a/b"), SIDLE_EIO);
    assert_string_equal(sidle_fail_text(),
                        "cannot open 'a/b': Permission denied");
}

TEST_MAIN
