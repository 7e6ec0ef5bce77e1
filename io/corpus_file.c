/* corpus_file.c - documents of tokens from a text and from a token file. */
#include "io/corpus_file.h"

#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS "data.path or data.valid_path"
enum { PIECE = 1 << 16, VERSION = 1 };
/* Deflate makes 1032 bytes of one at most: no honest file claims more
 * elements than this for each of its bytes. */
enum { MOST_PER_BYTE = 2048 };

static sidle_status file_fail(const char *path)
{
    return sidle_fail(SIDLE_EIO, "cannot read '%s': %s; check " KEYS, path,
                      strerror(errno));
}

/* Size of a regular file, open on *fd_p. */
static sidle_status open_regular(const char *path, int *fd_p, int64_t *size_p)
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
                      "regular file; check " KEYS,
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

    SIDLE_TRY(open_regular(path, &fd, &size));
    if (size == 0) {
        close(fd);
        return sidle_fail(SIDLE_EDATA,
                          "'%s' is empty, expected a text; check " KEYS, path);
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

/* A list of integers in an open file. */
typedef struct column {
    hid_t set, space;
    int64_t n;
} column;

static void column_close(column *c)
{
    if (c->space >= 0)
        H5Sclose(c->space);
    if (c->set >= 0)
        H5Dclose(c->set);
}

static int is_integer(hid_t set)
{
    hid_t type = H5Dget_type(set);
    int is = type >= 0 && H5Tget_class(type) == H5T_INTEGER;

    if (type >= 0)
        H5Tclose(type);
    return is;
}

/* One dimension of integers, not more than a file of `size` bytes holds. */
static sidle_status column_open(hid_t file, const char *name, int64_t size,
                                column *c)
{
    hsize_t n = 0;

    *c = (column){-1, -1, 0};
    if (H5Lexists(file, name, H5P_DEFAULT) > 0)
        c->set = H5Dopen2(file, name, H5P_DEFAULT);
    if (c->set < 0)
        return sidle_fail(SIDLE_EDATA, "data set '/%s' is missing", name);
    c->space = H5Dget_space(c->set);
    if (!is_integer(c->set) || H5Sget_simple_extent_ndims(c->space) != 1) {
        column_close(c);
        return sidle_fail(SIDLE_EDATA, "'/%s' is not one dimension of integers",
                          name);
    }
    H5Sget_simple_extent_dims(c->space, &n, NULL);
    if (n / MOST_PER_BYTE > (hsize_t)size) {
        column_close(c);
        return sidle_fail(SIDLE_EDATA,
                          "'/%s' claims %llu elements in a file of %lld bytes",
                          name, (unsigned long long)n, (long long)size);
    }
    c->n = (int64_t)n;
    return SIDLE_OK;
}

static sidle_status column_read(const column *c, const char *name, int64_t from,
                                int64_t n, int64_t *out)
{
    hsize_t start = (hsize_t)from, count = (hsize_t)n;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    herr_t code = H5Sselect_hyperslab(c->space, H5S_SELECT_SET, &start, NULL,
                                      &count, NULL);

    if (code >= 0)
        code = H5Dread(c->set, H5T_NATIVE_INT64, memory, c->space, H5P_DEFAULT,
                       out);
    if (code < 0)
        sidle_h5_fail(SIDLE_EIO, "read data set", name);
    H5Sclose(memory);
    return code < 0 ? SIDLE_EIO : SIDLE_OK;
}

/* The memory behind a corpus of tokens. */
typedef struct token_memory {
    int32_t *tokens;
    int64_t *offsets;
} token_memory;

static void free_tokens(sidle_corpus *corpus)
{
    token_memory *m = corpus->self;

    if (m != NULL) {
        free(m->offsets);
        free(m->tokens);
    }
    free(m);
    *corpus = (sidle_corpus){0};
}

static sidle_status check_attributes(hid_t file, int64_t vocab)
{
    char format[64];
    int64_t version, found;

    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    if (strcmp(format, "sidle-tokens") != 0)
        return sidle_fail(SIDLE_EDATA,
                          "attribute 'format' is '%s', expected 'sidle-tokens'",
                          format);
    SIDLE_TRY(sidle_h5_read_int(file, "format_version", &version));
    if (version < 1 || version > VERSION)
        return sidle_fail(SIDLE_EDATA,
                          "format_version is %lld, this program reads 1 to %d",
                          (long long)version, VERSION);
    SIDLE_TRY(sidle_h5_read_int(file, "vocab", &found));
    if (found < 1 || found > vocab)
        return sidle_fail(SIDLE_EDATA,
                          "its vocabulary has %lld ids, expected 1 to "
                          "model.vocab, which is %lld",
                          (long long)found, (long long)vocab);
    return SIDLE_OK;
}

static sidle_status check_offsets(const int64_t *offsets, int64_t n,
                                  int64_t total)
{
    if (offsets[0] != 0)
        return sidle_fail(SIDLE_EDATA, "'/offsets' starts at %lld, expected 0",
                          (long long)offsets[0]);
    for (int64_t i = 1; i < n; i++)
        if (offsets[i] < offsets[i - 1])
            return sidle_fail(SIDLE_EDATA,
                              "'/offsets' decreases from %lld to %lld at "
                              "document %lld (from 0)",
                              (long long)offsets[i - 1], (long long)offsets[i],
                              (long long)(i - 1));
    if (offsets[n - 1] != total)
        return sidle_fail(SIDLE_EDATA,
                          "'/offsets' ends at %lld, expected the number of "
                          "tokens, %lld",
                          (long long)offsets[n - 1], (long long)total);
    return SIDLE_OK;
}

static sidle_status read_offsets(hid_t file, int64_t size, int64_t total,
                                 sidle_corpus *corpus)
{
    token_memory *m = corpus->self;
    column c;
    sidle_status st;

    SIDLE_TRY(column_open(file, "offsets", size, &c));
    if (c.n < 2) {
        column_close(&c);
        return sidle_fail(SIDLE_EDATA, "'/offsets' tells of no document");
    }
    m->offsets = malloc((size_t)c.n * sizeof(*m->offsets));
    SIDLE_CHECK(m->offsets != NULL, "out of memory");
    st = column_read(&c, "offsets", 0, c.n, m->offsets);
    column_close(&c);
    if (st == SIDLE_OK)
        st = check_offsets(m->offsets, c.n, total);
    corpus->offsets = m->offsets;
    corpus->n_documents = c.n - 1;
    return st;
}

static sidle_status wrong_id(const sidle_corpus *corpus, int64_t at, int64_t id,
                             int64_t vocab)
{
    int64_t document = 0;

    while (corpus->offsets[document + 1] <= at)
        document++;
    return sidle_fail(
        SIDLE_EDATA,
        "document %lld has id %lld at place %lld (both from 0), "
        "expected 1 to %lld%s",
        (long long)document, (long long)id,
        (long long)(at - corpus->offsets[document]), (long long)(vocab - 1),
        id == 0 ? "; 0 pads and may not stand in a document" : "");
}

/* In pieces of int64, so that an id that does not fit is told as it is. */
static sidle_status read_tokens(const column *c, int64_t vocab,
                                sidle_corpus *corpus)
{
    token_memory *m = corpus->self;
    int64_t *piece = malloc(PIECE * sizeof(*piece));
    sidle_status st = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "out of memory");
    for (int64_t at = 0; at < c->n && st == SIDLE_OK; at += PIECE) {
        int64_t n = c->n - at < PIECE ? c->n - at : PIECE;

        st = column_read(c, "tokens", at, n, piece);
        for (int64_t i = 0; i < n && st == SIDLE_OK; i++) {
            if (piece[i] < 1 || piece[i] >= vocab)
                st = wrong_id(corpus, at + i, piece[i], vocab);
            else
                m->tokens[at + i] = (int32_t)piece[i];
        }
    }
    free(piece);
    corpus->tokens = m->tokens;
    return st;
}

static sidle_status read_documents(hid_t file, int64_t size, int64_t vocab,
                                   sidle_corpus *corpus)
{
    token_memory *m = corpus->self;
    column c;
    sidle_status st;

    SIDLE_TRY(check_attributes(file, vocab));
    SIDLE_TRY(column_open(file, "tokens", size, &c));
    m->tokens = malloc((size_t)(c.n + 1) * sizeof(*m->tokens));
    SIDLE_CHECK(m->tokens != NULL, "out of memory");
    st = read_offsets(file, size, c.n, corpus);
    if (st == SIDLE_OK)
        st = read_tokens(&c, vocab, corpus);
    column_close(&c);
    return st;
}

int sidle_corpus_is_tokens(const char *path)
{
    char format[64] = "";
    hid_t file;

    if (sidle_h5_open(path, &file) != SIDLE_OK)
        return 0;
    if (sidle_h5_read_text(file, "format", format, sizeof(format)) != SIDLE_OK)
        format[0] = '\0';
    H5Fclose(file);
    return strcmp(format, "sidle-tokens") == 0;
}

sidle_status sidle_corpus_tokens(const char *path, int64_t vocab,
                                 sidle_corpus *corpus)
{
    sidle_corpus made = {.done = free_tokens};
    sidle_status st;
    int64_t size;
    hid_t file;
    int fd;

    SIDLE_TRY(open_regular(path, &fd, &size));
    close(fd);
    st = sidle_h5_open(path, &file);
    if (st != SIDLE_OK)
        return sidle_fail_in(st, "check " KEYS);
    made.self = calloc(1, sizeof(token_memory));
    SIDLE_CHECK(made.self != NULL, "out of memory");
    st = read_documents(file, size, vocab, &made);
    H5Fclose(file);
    if (st != SIDLE_OK) {
        free_tokens(&made);
        return sidle_fail_in(st, "'%s' (" KEYS ") is not as a token file is",
                             path);
    }
    *corpus = made;
    return SIDLE_OK;
}
