/* dir.c - a folder that is held open, and the files in it. */
#include "io/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static sidle_dir *open_at(int at, const char *name, char *path)
{
    sidle_dir *folder = calloc(1, sizeof(*folder));

    SIDLE_CHECK(folder != NULL && path != NULL, "no memory for a folder");
    folder->path = path;
    folder->fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder->error = folder->fd < 0 ? errno : 0;
    return folder;
}

sidle_dir *sidle_dir_open(const char *path)
{
    return open_at(AT_FDCWD, path, strdup(path));
}

sidle_dir *sidle_dir_open_in(const sidle_dir *folder, const char *name)
{
    size_t size = strlen(folder->path) + strlen(name) + 2;
    char *path = malloc(size);

    SIDLE_CHECK(path != NULL, "no memory for a path");
    snprintf(path, size, "%s/%s", folder->path, name);
    return open_at(folder->fd, name, path);
}

void sidle_dir_close(sidle_dir *folder)
{
    if (folder == NULL)
        return;
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->path);
    free(folder);
}

sidle_status sidle_dir_check(const sidle_dir *folder)
{
    return folder->fd >= 0
               ? SIDLE_OK
               : sidle_fail(SIDLE_EIO, "cannot open folder '%s': %s",
                            folder->path, strerror(folder->error));
}

sidle_status sidle_dir_fail(const sidle_dir *folder, const char *name,
                            const char *what)
{
    return sidle_fail(SIDLE_EIO, "%s/%s: cannot be %s: %s", folder->path, name,
                      what, strerror(errno));
}

/* ---- files */

static sidle_status refuse_link(const sidle_dir *folder, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(folder->fd, name, target, sizeof(target) - 1);

    target[n > 0 ? n : 0] = '\0';
    return sidle_fail(SIDLE_EIO,
                      "%s/%s: is a link to '%s', expected a file of the run "
                      "itself: nothing is written through it; remove it",
                      folder->path, name, target);
}

static sidle_status refuse(const sidle_dir *folder, const char *name,
                           mode_t mode)
{
    const char *what = "a device";

    if (S_ISLNK(mode))
        return refuse_link(folder, name);
    if (S_ISFIFO(mode))
        what = "a pipe";
    else if (S_ISDIR(mode))
        what = "a folder";
    else if (S_ISSOCK(mode))
        what = "a socket";
    return sidle_fail(SIDLE_EIO,
                      "%s/%s: is %s, expected a regular file; remove it",
                      folder->path, name, what);
}

/* Before it is opened, too: that alone may ring a bell behind a device. */
static sidle_status look_at(const sidle_dir *folder, const char *name,
                            int *is_there)
{
    struct stat found;

    *is_there = fstatat(folder->fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*is_there)
        return errno == ENOENT ? SIDLE_OK
                               : sidle_dir_fail(folder, name, "opened");
    return S_ISREG(found.st_mode) ? SIDLE_OK
                                  : refuse(folder, name, found.st_mode);
}

sidle_status sidle_dir_file(const sidle_dir *folder, const char *name,
                            int flags, int *fd_p)
{
    struct stat found;
    int is_there = 0, fd;

    *fd_p = -1;
    SIDLE_TRY(sidle_dir_check(folder));
    if ((flags & O_EXCL) != 0)
        unlinkat(folder->fd, name, 0); /* where it cannot, open() says so */
    else
        SIDLE_TRY(look_at(folder, name, &is_there));
    fd = openat(folder->fd, name,
                flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == ENOENT && (flags & O_CREAT) == 0
                   ? SIDLE_OK
                   : sidle_dir_fail(folder, name,
                                    (flags & O_EXCL) != 0 ? "made" : "opened");
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        close(fd);
        return refuse(folder, name, found.st_mode);
    }
    *fd_p = fd;
    return SIDLE_OK;
}

int sidle_dir_has(const sidle_dir *folder, const char *name)
{
    struct stat found;

    return fstatat(folder->fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

sidle_status sidle_dir_rename(const sidle_dir *folder, const char *from,
                              const char *to)
{
    if (renameat(folder->fd, from, folder->fd, to) == 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EIO, "%s/%s: cannot be renamed to '%s': %s",
                      folder->path, from, to, strerror(errno));
}

sidle_status sidle_dir_remove(const sidle_dir *folder, const char *name)
{
    return unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT
               ? SIDLE_OK
               : sidle_dir_fail(folder, name, "removed");
}

sidle_status sidle_dir_synchronize(const sidle_dir *folder)
{
    if (fsync(folder->fd) == 0 || errno == EINVAL)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EIO, "cannot synchronize '%s': %s", folder->path,
                      strerror(errno));
}

/* ---- the folder itself */

/* The path of an open folder as the system knows it. */
static char *path_now(int fd)
{
    char link[64], path[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 0 ? strdup(path) : NULL;
}

int sidle_dir_has_moved(sidle_dir *folder)
{
    struct stat ours, there;
    char *path;
    int code;

    if (folder->fd < 0 || fstat(folder->fd, &ours) != 0)
        return 0;
    code = stat(folder->path, &there);
    if (code != 0 ? errno != ENOENT && errno != ENOTDIR
                  : there.st_dev == ours.st_dev && there.st_ino == ours.st_ino)
        return 0;
    path = path_now(folder->fd);
    if (path == NULL)
        return 0;
    free(folder->path);
    folder->path = path;
    return 1;
}

/* A folder without a name has no link left; NFS says it otherwise. */
int sidle_dir_is_gone(const sidle_dir *folder)
{
    struct stat ours;

    if (folder->fd < 0)
        return 0;
    if (fstat(folder->fd, &ours) != 0)
        return errno == ESTALE;
    return ours.st_nlink == 0;
}
