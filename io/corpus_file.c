/* corpus_file.c - a text as a document of tokens; token_file.c has the rest. */
#include "io/corpus_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static sidle_status file_fail(const char *path)
{
    return sidle_fail(SIDLE_EIO,
                      "cannot read '%s': %s; check " SIDLE_CORPUS_KEYS, path,
                      strerror(errno));
}

sidle_status sidle_corpus_open(const char *path, int *fd_p, int64_t *size_p)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return file_fail(path);
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *fd_p = fd;
        *size_p = info.st_size;
        return SIDLE_OK;
    }
    close(fd);
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return file_fail(path);
    }
    return sidle_fail(SIDLE_EIO,
                      "cannot read '%s': a device, pipe or socket, expected a "
                      "regular file; check " SIDLE_CORPUS_KEYS,
                      path);
}

static void unmap_text(sidle_corpus *corpus)
{
    if (corpus->self != NULL)
        munmap(corpus->self, (size_t)corpus->n_bytes);
    *corpus = (sidle_corpus){0};
}

sidle_status sidle_corpus_text(const char *path, sidle_corpus *corpus)
{
    int64_t size;
    void *bytes;
    int fd;

    SIDLE_TRY(sidle_corpus_open(path, &fd, &size));
    if (size == 0) {
        close(fd);
        return sidle_fail(
            SIDLE_EDATA,
            "'%s' is empty, expected a text; check " SIDLE_CORPUS_KEYS, path);
    }
    bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return file_fail(path);
    *corpus = (sidle_corpus){.bytes = bytes,
                             .n_bytes = size,
                             .n_documents = 1,
                             .done = unmap_text,
                             .self = bytes};
    return SIDLE_OK;
}
