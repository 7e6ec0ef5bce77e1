/* space.c - is there room for a file, and room kept for it. */
#define _GNU_SOURCE /* fallocate */
#include "io/space.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

sidle_status sidle_space_check(const sidle_dir *folder, int64_t bytes)
{
    struct statvfs fs;
    struct rlimit limit;
    unsigned long long needed = (unsigned long long)bytes, free_bytes;

    if (fstatvfs(folder->fd, &fs) != 0)
        return sidle_fail(SIDLE_EIO, "cannot write to '%s': %s", folder->path,
                          strerror(errno));
    free_bytes = (unsigned long long)fs.f_bavail * fs.f_frsize;
    /* Some network file systems tell nothing: then zero blocks in all. */
    if (fs.f_blocks > 0 && free_bytes < needed)
        return sidle_fail(SIDLE_EIO,
                          "'%s': %s: %llu bytes are needed and %llu are free; "
                          "remove old files or set run.dir elsewhere",
                          folder->path, strerror(ENOSPC), needed, free_bytes);
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
        limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < needed)
        return sidle_fail(SIDLE_EIO,
                          "'%s': %s: %llu bytes are needed and the limit of a "
                          "file is %llu; raise it with ulimit -f",
                          folder->path, strerror(EFBIG), needed,
                          (unsigned long long)limit.rlim_cur);
    return SIDLE_OK;
}

/* File systems, and what stands between, refuse what they do not know with
 * other words, too (EOPNOTSUPP, ENOSYS, EINVAL, EPERM, ENODEV). */
static int means_no_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO;
}

sidle_status sidle_space_keep(int fd, int64_t bytes)
{
    int code;

    do
        code = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes);
    while (code != 0 && errno == EINTR);
    if (code != 0 && means_no_room(errno))
        return sidle_fail(SIDLE_EIO,
                          "cannot reserve %lld bytes of the disk: "
                          "%s",
                          (long long)bytes, strerror(errno));
    return SIDLE_OK;
}
