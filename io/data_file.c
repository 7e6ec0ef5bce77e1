/* data_file.c - data files opened, and heard of from the child that reads them.
 */
#include "io/data_file.h"

#include "base/utf8.h"
#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

sidle_status sidle_data_file_fail(const char *path, const char *key,
                                  const char *why)
{
    return sidle_fail(SIDLE_EIO, "cannot read '%s': %s%s%s", path, why,
                      key != NULL ? "; check " : "", key != NULL ? key : "");
}

sidle_status sidle_data_file_open(const char *path, const char *key, int *fd_p,
                                  int64_t *size_p)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return sidle_data_file_fail(path, key, strerror(errno));
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *fd_p = fd;
        *size_p = info.st_size;
        return SIDLE_OK;
    }
    close(fd);
    return sidle_data_file_fail(
        path, key,
        S_ISDIR(info.st_mode)
            ? strerror(EISDIR)
            : "a device, pipe or socket, expected a regular file");
}

void sidle_data_file_format(const char *path, char *format, size_t size)
{
    const sidle_fence_limits limits = sidle_data_limits(0);
    sidle_data_task t = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    sidle_fence fence;
    size_t n = 0;
    int kind = 0;

    memset(format, 0, size);
    if (t.fd < 0)
        return;
    if (sidle_h5_check_signature(t.fd) == SIDLE_OK) {
        if (sidle_fence_begin(&limits, sidle_say_format, &t, &fence) !=
                SIDLE_OK ||
            sidle_fence_hear(&fence, &kind, format, size - 1, &n) != SIDLE_OK ||
            kind != SIDLE_DATA_FORMAT)
            memset(format, 0, size);
        sidle_fence_end(&fence);
    }
    close(t.fd);
    sidle_make_text(format);
}

static sidle_status hear(sidle_fence *fence, sidle_data_take *take,
                         void *context, int64_t *piece)
{
    size_t n;
    int kind;

    for (;;) {
        SIDLE_TRY(sidle_fence_hear(fence, &kind, piece,
                                   SIDLE_DATA_PIECE * sizeof(*piece), &n));
        if (kind == 0)
            return SIDLE_OK;
        SIDLE_TRY(take(context, kind, piece, (int64_t)(n / sizeof(*piece))));
    }
}

sidle_status sidle_data_file_hear(const sidle_data_task *task,
                                  sidle_fenced *work, sidle_data_take *take,
                                  void *context, int *has_died_p)
{
    const sidle_fence_limits limits = sidle_data_limits(task->size);
    sidle_data_task childs = *task;
    int64_t *piece = malloc(SIDLE_DATA_PIECE * sizeof(*piece));
    sidle_fence fence;
    sidle_status status = sidle_fence_begin(&limits, work, &childs, &fence);

    SIDLE_CHECK(piece != NULL, "out of memory");
    if (status == SIDLE_OK)
        status = hear(&fence, take, context, piece);
    if (has_died_p != NULL)
        *has_died_p = fence.has_died;
    sidle_fence_end(&fence);
    free(piece);
    return status;
}
