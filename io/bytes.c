/* bytes.c - bytes to their place in a file. */
#include "io/bytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The system takes a little less than 2 GiB at once, some file systems less. */
enum { SLAB = 1 << 30 };

sidle_status sidle_write_at(int fd, int64_t offset, int64_t n, const void *data)
{
    const char *from = data;

    while (n > 0) {
        ssize_t put = pwrite(fd, from, n < SLAB ? (size_t)n : SLAB, offset);

        if (put < 0 && errno == EINTR)
            continue;
        /* None at all is no answer that a file may give. */
        if (put == 0)
            errno = EIO;
        if (put <= 0)
            return sidle_fail(SIDLE_EIO, "cannot write: %s", strerror(errno));
        from += put;
        offset += put;
        n -= put;
    }
    return SIDLE_OK;
}

sidle_status sidle_posix_fail(const char *what, const char *path)
{
    return sidle_fail(SIDLE_EIO, "cannot %s '%s': %s", what, path,
                      strerror(errno));
}
