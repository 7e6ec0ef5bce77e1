/* token_file.c - documents of tokens from an HDF5 file.
 *
 * A child reads the file (token_scan.h), and this process believes what it
 * sends as little as it would believe the file. */
#include "io/corpus_file.h"
#include "io/fence.h"
#include "io/h5.h"
#include "io/token_scan.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    int64_t room = SIDLE_TOKENS_PIECE;

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
    case SIDLE_TOKENS_SIZES:
        if (n != 2 || m->n_offsets != 0 || piece[0] < 0 || piece[1] < 2)
            return out_of_turn();
        m->n_tokens = piece[0];
        m->n_offsets = piece[1];
        return SIDLE_OK;
    case SIDLE_TOKENS_OFFSETS:
        if (n < 1 || n > m->n_offsets - m->offsets_come)
            return out_of_turn();
        SIDLE_TRY(take_offsets(m, piece, n));
        if (m->offsets_come == m->n_offsets)
            begin_tokens(corpus);
        return SIDLE_OK;
    case SIDLE_TOKENS_IDS:
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
        SIDLE_TRY(sidle_fence_hear(fence, &kind, piece,
                                   SIDLE_TOKENS_PIECE * sizeof(*piece), &n));
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
    sidle_token_task t = {fd, size, vocab};
    token_memory *m = corpus->self;
    int64_t *piece = malloc(SIDLE_TOKENS_PIECE * sizeof(*piece));
    sidle_fence fence;
    sidle_status st = sidle_fence_begin(&limits, sidle_tokens_say, &t, &fence);

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
    sidle_token_task t = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    char format[64] = "";
    sidle_fence fence;
    sidle_status st;
    size_t n = 0;
    int kind = 0;

    if (t.fd < 0)
        return 0;
    st = sidle_fence_begin(&limits, sidle_tokens_say_format, &t, &fence);
    if (st == SIDLE_OK)
        st = sidle_fence_hear(&fence, &kind, format, sizeof(format) - 1, &n);
    sidle_fence_end(&fence);
    close(t.fd);
    return st == SIDLE_OK && kind == SIDLE_TOKENS_FORMAT &&
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
