/* replace.c - a small file written so that it is the old or the new one. */
#include "io/replace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static sidle_status write_all(const char *path, const char *text, size_t size)
{
    FILE *stream = fopen(path, "wb");
    int error = 0;

    if (stream == NULL)
        return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", path,
                          strerror(errno));
    if (fwrite(text, 1, size, stream) != size || fflush(stream) != 0 ||
        fsync(fileno(stream)) != 0)
        error = errno;
    if (fclose(stream) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return SIDLE_OK;
    unlink(path);
    return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", path,
                      strerror(error));
}

sidle_status sidle_replace_file(const char *folder, const char *name,
                                const char *text, size_t size)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    int n = snprintf(fresh, sizeof(fresh), "%s/.%s.tmp", folder, name);

    if (n < 0 || n >= PATH_MAX)
        return sidle_fail(SIDLE_EIO, "%s: the path is too long", folder);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    SIDLE_TRY(write_all(fresh, text, size));
    if (rename(fresh, path) != 0) {
        int error = errno;

        unlink(fresh);
        return sidle_fail(SIDLE_EIO, "%s: cannot be replaced: %s", path,
                          strerror(error));
    }
    return SIDLE_OK;
}
