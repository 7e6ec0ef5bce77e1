/* replace.c - a small file written so that it is the old or the new one. */
#include "io/replace.h"

#include "io/bytes.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static sidle_status write_all(const sidle_dir *folder, const char *name, int fd,
                              const char *text, size_t size)
{
    sidle_status status = sidle_write_at(fd, 0, (int64_t)size, text);
    int is_closed;

    if (status != SIDLE_OK || fsync(fd) != 0)
        status = sidle_dir_fail(folder, name, "written");
    is_closed = close(fd) == 0;
    return status == SIDLE_OK && !is_closed
               ? sidle_dir_fail(folder, name, "written")
               : status;
}

sidle_status sidle_replace_file(const sidle_dir *folder, const char *name,
                                const char *text, size_t size)
{
    char fresh[NAME_MAX + 1];
    int n = snprintf(fresh, sizeof(fresh), ".%s.tmp", name), fd;
    sidle_status status;

    SIDLE_CHECK(n > 0 && n <= NAME_MAX, "a file of the name '%s'", name);
    SIDLE_TRY(sidle_dir_file(folder, fresh, O_WRONLY | O_CREAT | O_EXCL, &fd));
    status = write_all(folder, fresh, fd, text, size);
    if (status == SIDLE_OK &&
        renameat(folder->fd, fresh, folder->fd, name) != 0)
        status = sidle_dir_fail(folder, name, "replaced");
    if (status != SIDLE_OK)
        unlinkat(folder->fd, fresh, 0);
    return status;
}
