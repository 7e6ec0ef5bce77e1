/* link.c - one more name for a checkpoint that is there. */
#include "io/ckpt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static sidle_status copy_bytes(const sidle_dir *folder, int in, int out,
                               const char *name)
{
    char *piece = malloc(PIECE);
    ssize_t n = -1, written = 0;

    SIDLE_CHECK(piece != NULL, "no memory for a copy");
    while (written >= 0 && (n = read(in, piece, PIECE)) > 0)
        for (ssize_t at = 0; written >= 0 && at < n; at += written)
            written = write(out, piece + at, (size_t)(n - at));
    free(piece);
    if (n != 0 || fsync(out) != 0)
        return sidle_dir_fail(folder, name, "copied");
    return SIDLE_OK;
}

static sidle_status copy(const sidle_dir *folder, int from_fd, const char *from,
                         const char *name)
{
    sidle_status status;
    int in = openat(from_fd, from, O_RDONLY | O_CLOEXEC), out = -1;

    if (in < 0)
        return sidle_dir_fail(folder, from, "opened");
    status = sidle_dir_file(folder, name, O_WRONLY | O_CREAT | O_EXCL, &out);
    if (status == SIDLE_OK)
        status = copy_bytes(folder, in, out, from);
    if (out >= 0)
        close(out);
    close(in);
    return status;
}

sidle_status sidle_ckpt_link(const sidle_dir *folder, const char *from,
                             int is_path, const char *name)
{
    int from_fd = is_path ? AT_FDCWD : folder->fd;
    char temporary[64];
    sidle_status status = SIDLE_OK;

    SIDLE_TRY(sidle_dir_check(folder));
    snprintf(temporary, sizeof(temporary), ".%s.tmp", name);
    unlinkat(folder->fd, temporary, 0);
    if (linkat(from_fd, from, folder->fd, temporary, AT_SYMLINK_FOLLOW) != 0)
        status = copy(folder, from_fd, from, temporary);
    if (status == SIDLE_OK)
        status = sidle_dir_rename(folder, temporary, name);
    /* Also where both names were the same file's already: then rename() does
     * nothing. */
    unlinkat(folder->fd, temporary, 0);
    if (status == SIDLE_OK && sidle_dir_synchronize(folder) != SIDLE_OK)
        status = SIDLE_EIO;
    return status;
}
