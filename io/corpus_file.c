/* corpus_file.c - a text as a document of tokens; token_file.c has the rest. */
#include "io/corpus_file.h"

#include "io/data_file.h"
#include "io/magic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void unmap_text(sidle_corpus *corpus)
{
    if (corpus->self != NULL)
        munmap(corpus->self, (size_t)corpus->n_bytes);
    *corpus = (sidle_corpus){0};
}

/* What is of Sidle's own is told by its name. */
static void tell_hdf5(const char *path, char *what, size_t size)
{
    char format[64];

    sidle_data_file_format(path, format, sizeof(format));
    if (strcmp(format, "sidle-tokens") == 0)
        snprintf(what, size,
                 "a token file, not a text; write data.kind=tokens, or ");
    else if (strcmp(format, "sidle-video") == 0)
        snprintf(what, size,
                 "a video file, not a text; write data.kind=video, or ");
    else if (strcmp(format, "sidle-checkpoint") == 0)
        snprintf(what, size,
                 "a checkpoint of Sidle, not a text; name another file, or ");
    else
        snprintf(what, size,
                 "an HDF5 file, not a text; a token file (docs/data.md) needs "
                 "data.kind=tokens; ");
}

/* What bears the mark of another kind of file would be learnt as noise. */
static sidle_status check_kind(const char *path, const char *key, int fd,
                               int64_t size)
{
    char what[128];
    sidle_magic magic;

    if (!sidle_magic_find(fd, size, &magic))
        return SIDLE_OK;
    if (magic.is_hdf5)
        tell_hdf5(path, what, sizeof(what));
    else
        snprintf(what, sizeof(what), "%s, not a text; %s", magic.name,
                 magic.is_packed ? "unpack it, or " : "");
    return sidle_fail(SIDLE_EDATA,
                      "'%s' (%s) is %sif its raw bytes are meant, write "
                      "data.raw=true",
                      path, key, what);
}

static sidle_status map_text(const char *path, const char *key, int fd,
                             int64_t size, sidle_corpus *corpus)
{
    void *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (bytes == MAP_FAILED)
        return sidle_data_file_fail(path, key, strerror(errno));
    *corpus = (sidle_corpus){.bytes = bytes,
                             .n_bytes = size,
                             .n_documents = 1,
                             .done = unmap_text,
                             .self = bytes};
    return SIDLE_OK;
}

sidle_status sidle_corpus_text(const char *path, const char *key, int is_raw,
                               sidle_corpus *corpus)
{
    sidle_status status = SIDLE_OK;
    int64_t size;
    int fd;

    SIDLE_TRY(sidle_data_file_open(path, key, &fd, &size));
    if (size == 0)
        status = sidle_fail(
            SIDLE_EDATA, "'%s' is empty, expected a text; check %s", path, key);
    else if (!is_raw)
        status = check_kind(path, key, fd, size);
    if (status == SIDLE_OK)
        status = map_text(path, key, fd, size, corpus);
    close(fd);
    return status;
}
