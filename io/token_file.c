/* token_file.c - documents of tokens from an HDF5 file.
 *
 * HDF5 can be made to crash, to loop and to take any memory by a damaged file:
 * so a child reads it (fence.h) and sends the numbers, and this process
 * believes them as little as it would believe the file. */
#include "io/corpus_file.h"
#include "io/fence.h"
#include "io/h5.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 16, VERSION = 1 };
/* Deflate makes 1032 bytes of one at most: no honest data set is longer than
 * this for each byte that it has in the file. Without a filter it is not longer
 * than these bytes. So many elements nobody asks about. */
enum { MOST_PER_BYTE = 2048, FEW = 4096 };

/* Its memory is that of a chunk or two. A good file takes a second for some
 * MiB; where chunks are large, each is unpacked for many a piece. */
enum { SECONDS_LEAST = 60, BYTES_PER_SECOND = 256 << 10 };

static sidle_fence_limits limits_of(int64_t size)
{
    int64_t seconds = SECONDS_LEAST + size / BYTES_PER_SECOND;

    return (sidle_fence_limits){.bytes = (int64_t)1 << 30,
                                .seconds =
                                    seconds < INT_MAX ? (int)seconds : INT_MAX,
                                .silence_seconds = 60};
}

/* ---- what the child does */

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

static int has_filters(hid_t set)
{
    hid_t list = H5Dget_create_plist(set);
    int has = list >= 0 && H5Pget_nfilters(list) != 0;

    if (list >= 0)
        H5Pclose(list);
    return has;
}

/* Of elements, in the bytes that the set has in a file of `size` bytes. */
static hsize_t most_elements(hid_t set, int64_t size)
{
    hid_t type = H5Dget_type(set);
    hsize_t element = type >= 0 ? H5Tget_size(type) : 0;
    hsize_t bytes = H5Dget_storage_size(set);

    if (type >= 0)
        H5Tclose(type);
    if (bytes > (hsize_t)size)
        bytes = (hsize_t)size;
    if (has_filters(set))
        bytes *= MOST_PER_BYTE;
    return FEW + (element > 0 ? bytes / element : 0);
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
    if (n > most_elements(c->set, size)) {
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

enum { FRAME_SIZES = 1, FRAME_OFFSETS, FRAME_TOKENS, FRAME_FORMAT };

typedef struct task {
    int fd;
    int64_t size, vocab;
} task;

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

static sidle_status say_column(int out, int kind, const column *c,
                               const char *name)
{
    int64_t *piece = malloc(PIECE * sizeof(*piece));
    sidle_status st = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "out of memory");
    for (int64_t at = 0; at < c->n && st == SIDLE_OK; at += PIECE) {
        int64_t n = c->n - at < PIECE ? c->n - at : PIECE;

        st = column_read(c, name, at, n, piece);
        if (st == SIDLE_OK)
            st = sidle_fence_say(out, kind, piece, (size_t)n * sizeof(*piece));
    }
    free(piece);
    return st;
}

static sidle_status say_columns(int out, const column *tokens,
                                const column *offsets)
{
    const int64_t sizes[2] = {tokens->n, offsets->n};

    if (offsets->n < 2)
        return sidle_fail(SIDLE_EDATA, "'/offsets' tells of no document");
    SIDLE_TRY(sidle_fence_say(out, FRAME_SIZES, sizes, sizeof(sizes)));
    SIDLE_TRY(say_column(out, FRAME_OFFSETS, offsets, "offsets"));
    return say_column(out, FRAME_TOKENS, tokens, "tokens");
}

static sidle_status say_documents(int out, void *context)
{
    const task *t = context;
    column tokens, offsets;
    sidle_status st;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(check_attributes(file, t->vocab));
    SIDLE_TRY(column_open(file, "tokens", t->size, &tokens));
    st = column_open(file, "offsets", t->size, &offsets);
    if (st == SIDLE_OK) {
        st = say_columns(out, &tokens, &offsets);
        column_close(&offsets);
    }
    column_close(&tokens);
    H5Fclose(file);
    return st;
}

static sidle_status say_format(int out, void *context)
{
    const task *t = context;
    char format[64];
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    return sidle_fence_say(out, FRAME_FORMAT, format, strlen(format));
}

/* ---- what this process makes of it */

/* The memory behind a corpus of tokens. */
typedef struct token_memory {
    int32_t *tokens;
    int64_t *offsets;
    int64_t n_tokens, n_offsets; /* as the file claims */
    int64_t tokens_come, offsets_come;
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

/* `n` more offsets, as they come: what is not in order is not kept. */
static sidle_status check_piece(const token_memory *m, const int64_t *piece,
                                int64_t n)
{
    int64_t come = m->offsets_come;
    int64_t before = come > 0 ? m->offsets[come - 1] : 0;

    if (come == 0 && piece[0] != 0)
        return sidle_fail(SIDLE_EDATA, "'/offsets' starts at %lld, expected 0",
                          (long long)piece[0]);
    for (int64_t i = 0; i < n; before = piece[i++])
        if (piece[i] < before)
            return sidle_fail(SIDLE_EDATA,
                              "'/offsets' decreases from %lld to %lld at "
                              "document %lld (from 0)",
                              (long long)before, (long long)piece[i],
                              (long long)(come + i - 1));
    if (before > m->n_tokens ||
        (come + n == m->n_offsets && before != m->n_tokens))
        return sidle_fail(SIDLE_EDATA,
                          "'/offsets' %s %lld, expected the number of tokens, "
                          "%lld%s",
                          come + n < m->n_offsets ? "goes to" : "ends at",
                          (long long)before, (long long)m->n_tokens,
                          come + n < m->n_offsets ? ", at most" : "");
    return SIDLE_OK;
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

/* Room for `n` more than `come` elements of at most `claimed`: it grows with
 * what comes, a claim alone reserves nothing. */
static void *make_room(void *memory, int64_t come, int64_t n, int64_t claimed,
                       size_t element)
{
    int64_t room = PIECE;

    while (room < come)
        room *= 2;
    if (come > 0 && come + n <= room)
        return memory;
    while (room < come + n)
        room *= 2;
    if (room > claimed)
        room = claimed;
    memory = realloc(memory, (size_t)room * element);
    SIDLE_CHECK(memory != NULL, "no memory for %lld numbers", (long long)room);
    return memory;
}

static sidle_status take_offsets(token_memory *m, const int64_t *piece,
                                 int64_t n)
{
    SIDLE_TRY(check_piece(m, piece, n));
    m->offsets = make_room(m->offsets, m->offsets_come, n, m->n_offsets,
                           sizeof(*m->offsets));
    memcpy(m->offsets + m->offsets_come, piece, (size_t)n * sizeof(*piece));
    m->offsets_come += n;
    return SIDLE_OK;
}

/* As int64 they come, so that an id that does not fit is told as it is. */
static sidle_status take_tokens(sidle_corpus *corpus, const int64_t *piece,
                                int64_t n, int64_t vocab)
{
    token_memory *m = corpus->self;

    m->tokens = make_room(m->tokens, m->tokens_come, n, m->n_tokens,
                          sizeof(*m->tokens));
    for (int64_t i = 0; i < n; i++) {
        if (piece[i] < 1 || piece[i] >= vocab)
            return wrong_id(corpus, m->tokens_come + i, piece[i], vocab);
        m->tokens[m->tokens_come + i] = (int32_t)piece[i];
    }
    m->tokens_come += n;
    return SIDLE_OK;
}

/* All offsets are there: they tell where the tokens belong. */
static void begin_tokens(sidle_corpus *corpus)
{
    token_memory *m = corpus->self;

    corpus->offsets = m->offsets;
    corpus->n_documents = m->n_offsets - 1;
}

static sidle_status out_of_turn(void)
{
    return sidle_fail(SIDLE_EDATA, "what its reader sent makes no sense");
}

static sidle_status take_frame(sidle_corpus *corpus, int kind,
                               const int64_t *piece, int64_t n, int64_t vocab)
{
    token_memory *m = corpus->self;
    int has_offsets = m->n_offsets > 0 && m->offsets_come == m->n_offsets;

    switch (kind) {
    case FRAME_SIZES:
        if (n != 2 || m->n_offsets != 0 || piece[0] < 0 || piece[1] < 2)
            return out_of_turn();
        m->n_tokens = piece[0];
        m->n_offsets = piece[1];
        return SIDLE_OK;
    case FRAME_OFFSETS:
        if (n < 1 || n > m->n_offsets - m->offsets_come)
            return out_of_turn();
        SIDLE_TRY(take_offsets(m, piece, n));
        if (m->offsets_come == m->n_offsets)
            begin_tokens(corpus);
        return SIDLE_OK;
    case FRAME_TOKENS:
        if (n < 1 || n > m->n_tokens - m->tokens_come || !has_offsets)
            return out_of_turn();
        return take_tokens(corpus, piece, n, vocab);
    default:
        return out_of_turn();
    }
}

static sidle_status hear_frames(sidle_fence *fence, int64_t vocab,
                                sidle_corpus *corpus, int64_t *piece)
{
    size_t n;
    int kind;

    for (;;) {
        SIDLE_TRY(
            sidle_fence_hear(fence, &kind, piece, PIECE * sizeof(*piece), &n));
        if (kind == 0)
            return SIDLE_OK;
        SIDLE_TRY(take_frame(corpus, kind, piece, (int64_t)(n / sizeof(*piece)),
                             vocab));
    }
}

static sidle_status read_documents(int fd, int64_t size, int64_t vocab,
                                   sidle_corpus *corpus)
{
    const sidle_fence_limits limits = limits_of(size);
    task t = {fd, size, vocab};
    token_memory *m = corpus->self;
    int64_t *piece = malloc(PIECE * sizeof(*piece));
    sidle_fence fence;
    sidle_status st = sidle_fence_begin(&limits, say_documents, &t, &fence);

    SIDLE_CHECK(piece != NULL, "out of memory");
    if (st == SIDLE_OK)
        st = hear_frames(&fence, vocab, corpus, piece);
    sidle_fence_end(&fence);
    free(piece);
    if (st == SIDLE_OK &&
        (m->n_offsets == 0 || m->offsets_come < m->n_offsets ||
         m->tokens_come < m->n_tokens))
        return out_of_turn();
    corpus->tokens = m->tokens;
    return st;
}

int sidle_corpus_is_tokens(const char *path)
{
    const sidle_fence_limits limits = limits_of(0);
    task t = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    char format[64] = "";
    sidle_fence fence;
    sidle_status st;
    size_t n = 0;
    int kind = 0;

    if (t.fd < 0)
        return 0;
    st = sidle_fence_begin(&limits, say_format, &t, &fence);
    if (st == SIDLE_OK)
        st = sidle_fence_hear(&fence, &kind, format, sizeof(format) - 1, &n);
    sidle_fence_end(&fence);
    close(t.fd);
    return st == SIDLE_OK && kind == FRAME_FORMAT &&
           strcmp(format, "sidle-tokens") == 0;
}

sidle_status sidle_corpus_tokens(const char *path, int64_t vocab,
                                 sidle_corpus *corpus)
{
    sidle_corpus made = {.done = free_tokens};
    sidle_status st;
    int64_t size;
    int fd;

    SIDLE_TRY(sidle_corpus_open(path, &fd, &size));
    made.self = calloc(1, sizeof(token_memory));
    SIDLE_CHECK(made.self != NULL, "out of memory");
    st = sidle_h5_check_signature(fd);
    if (st == SIDLE_OK)
        st = read_documents(fd, size, vocab, &made);
    close(fd);
    if (st != SIDLE_OK) {
        free_tokens(&made);
        return sidle_fail_in(st, "'%s' (" SIDLE_CORPUS_KEYS ")%s", path,
                             st == SIDLE_EDATA ? " is not as a token file is"
                                               : "");
    }
    *corpus = made;
    return SIDLE_OK;
}
