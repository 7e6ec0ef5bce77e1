/* output.c - a temporary file beside the one that a user named. */
#include "io/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A rename would put a file in the place of a device, as root even of
 * /dev/null. */
static sidle_status check_kind(const char *path)
{
    struct stat found;

    if (lstat(path, &found) != 0 || S_ISREG(found.st_mode) ||
        S_ISLNK(found.st_mode))
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EIO, "'%s' is %s, expected a regular file or a new name", path,
        S_ISDIR(found.st_mode) ? "a folder" : "a device, a pipe or a socket");
}

static sidle_status split(const char *path, sidle_output *output)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char folder[PATH_MAX];

    if (*name == '\0' || strlen(name) > NAME_MAX - 5 ||
        strlen(path) > PATH_MAX - 6)
        return sidle_fail(SIDLE_EIO,
                          "'%s' cannot be the name of a file to write: it is "
                          "%s",
                          path, *name == '\0' ? "a folder's" : "too long");
    snprintf(folder, sizeof(folder), "%.*s", (int)n, path);
    snprintf(output->name, sizeof(output->name), "%s", name);
    snprintf(output->fresh, sizeof(output->fresh), ".%.*s.tmp", NAME_MAX - 5,
             name);
    snprintf(output->path, sizeof(output->path), "%s%s", folder, output->fresh);
    output->folder = sidle_dir_open(n == 0 ? "." : folder);
    return sidle_dir_check(output->folder);
}

sidle_status sidle_output_begin(const char *path, sidle_output *output)
{
    sidle_status status;
    int fd = -1;

    *output = (sidle_output){0};
    SIDLE_TRY(check_kind(path));
    status = split(path, output);
    if (status == SIDLE_OK)
        status = sidle_dir_file(output->folder, output->fresh,
                                O_WRONLY | O_CREAT | O_EXCL, &fd);
    if (fd >= 0)
        close(fd);
    if (status != SIDLE_OK)
        sidle_dir_close(output->folder);
    return status;
}

static sidle_status put_in_place(const sidle_output *output)
{
    sidle_status status = SIDLE_OK;
    int fd;

    SIDLE_TRY(sidle_dir_file(output->folder, output->fresh, O_WRONLY, &fd));
    if (fd < 0)
        return sidle_fail(SIDLE_EIO, "'%s' was removed while it was written",
                          output->path);
    if (fsync(fd) != 0)
        status = sidle_dir_fail(output->folder, output->fresh, "written");
    close(fd);
    SIDLE_TRY(status);
    return sidle_dir_rename(output->folder, output->fresh, output->name);
}

sidle_status sidle_output_end(sidle_output *output, sidle_status status)
{
    if (status == SIDLE_OK)
        status = put_in_place(output);
    if (status != SIDLE_OK)
        unlinkat(output->folder->fd, output->fresh, 0);
    sidle_dir_close(output->folder);
    return status;
}
