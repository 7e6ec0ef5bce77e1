/* token_file.c - documents of tokens from an HDF5 file.
 *
 * A child reads the file (token_scan.h), and this process believes what it
 * sends as little as it would believe the file. */
#include "data/ids.h"
#include "io/corpus_file.h"
#include "io/data_file.h"
#include "io/h5.h"
#include "io/magic.h"
#include "io/offsets.h"
#include "io/token_scan.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its lines can be pasted; %lld is the vocabulary. */
#define SIDLE_TOKEN_RECIPE                                                     \
    "import h5py, numpy\n"                                                     \
    "documents = [[2, 5, 4, 1], [2, 3, 1]]  "                                  \
    "# ids from 1; by convention 2 begins, 1 ends; 0 is padding\n"             \
    "f = h5py.File(\"tokens.h5\", \"w\")\n"                                    \
    "f.attrs[\"format\"] = \"sidle-tokens\"\n"                                 \
    "f.attrs[\"format_version\"] = 1\n"                                        \
    "f.attrs[\"vocab\"] = %lld  # every id is smaller; model.vocab is "        \
    "at least this\n"                                                          \
    "f[\"tokens\"] = numpy.concatenate(documents).astype(\"int32\")\n"         \
    "f[\"offsets\"] = numpy.cumsum([0] + [len(d) for d in documents])\n"       \
    "f.close()"

/* The memory behind a corpus of tokens. */
typedef struct token_memory {
    int32_t *tokens;
    sidle_offsets offsets; /* and the number of tokens that is claimed */
    int64_t tokens_come;
} token_memory;

static void free_tokens(sidle_corpus *corpus)
{
    token_memory *m = corpus->self;

    if (m != NULL) {
        free(m->offsets.all);
        free(m->tokens);
    }
    free(m);
    *corpus = (sidle_corpus){0};
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
        id == SIDLE_PAD ? "; 0 is padding and must not occur in a document"
                        : "");
}

/* As int64 they come, so that an id that does not fit is told as it is. */
static sidle_status take_tokens(sidle_corpus *corpus, const int64_t *piece,
                                int64_t n, int64_t vocab)
{
    token_memory *m = corpus->self;

    m->tokens = sidle_offsets_room(m->tokens, m->tokens_come, n,
                                   m->offsets.total, sizeof(*m->tokens));
    for (int64_t i = 0; i < n; i++) {
        if (piece[i] <= SIDLE_PAD || piece[i] >= vocab)
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

    corpus->offsets = m->offsets.all;
    corpus->n_documents = m->offsets.n - 1;
}

static sidle_status out_of_turn(void)
{
    return sidle_fail(SIDLE_EDATA, "what its reader sent makes no sense");
}

/* A larger vocabulary than the model's could not be embedded. */
static sidle_status take_sizes(sidle_corpus *corpus, const int64_t *piece,
                               int64_t n, int64_t vocab)
{
    token_memory *m = corpus->self;

    if (n != 3 || m->offsets.n != 0 || piece[0] < 0 || piece[1] < 2)
        return out_of_turn();
    m->offsets.total = piece[0];
    m->offsets.n = piece[1];
    corpus->vocab = piece[2];
    if (corpus->vocab >= 1 && corpus->vocab <= vocab)
        return SIDLE_OK;
    if (corpus->vocab < 1)
        return sidle_fail(SIDLE_EDATA,
                          "its attribute vocab is %lld, expected the number of "
                          "ids, 1 or more",
                          (long long)corpus->vocab);
    return sidle_fail(SIDLE_EDATA,
                      "its vocabulary has %lld ids, expected 1 to model.vocab, "
                      "which is %lld; set model.vocab to it",
                      (long long)corpus->vocab, (long long)vocab);
}

/* Of a model's vocabulary. */
typedef struct taking {
    sidle_corpus *corpus;
    int64_t vocab;
} taking;

static sidle_status take_frame(void *context, int kind, const int64_t *piece,
                               int64_t n)
{
    const taking *t = context;
    sidle_corpus *corpus = t->corpus;
    token_memory *m = corpus->self;
    sidle_offsets *o = &m->offsets;

    switch (kind) {
    case SIDLE_TOKENS_SIZES:
        return take_sizes(corpus, piece, n, t->vocab);
    case SIDLE_TOKENS_OFFSETS:
        if (n < 1 || n > o->n - o->come)
            return out_of_turn();
        SIDLE_TRY(sidle_offsets_take(o, piece, n));
        if (o->come == o->n)
            begin_tokens(corpus);
        return SIDLE_OK;
    case SIDLE_TOKENS_IDS:
        if (n < 1 || n > o->total - m->tokens_come || o->come < o->n)
            return out_of_turn();
        return take_tokens(corpus, piece, n, t->vocab);
    default:
        return out_of_turn();
    }
}

/* What is wrong with a file that its reader has seen to the end can be mended
 * by whoever makes it. */
static void add_recipe(int64_t vocab)
{
    sidle_fail(SIDLE_EDATA,
               "%s\nA token file is made like this (docs/data.md says "
               "more):\n" SIDLE_TOKEN_RECIPE,
               sidle_fail_text(),
               vocab >= 6 && vocab < INT32_MAX ? (long long)vocab
                                               : SIDLE_BYTE_VOCAB);
}

static sidle_status read_documents(int fd, int64_t size, int64_t vocab,
                                   sidle_corpus *corpus)
{
    const sidle_data_task task = {fd, size};
    taking to = {corpus, vocab};
    token_memory *m = corpus->self;
    int has_died;
    sidle_status status = sidle_data_file_hear(&task, sidle_tokens_say,
                                               take_frame, &to, &has_died);

    if (status == SIDLE_OK &&
        (m->offsets.n == 0 || m->offsets.come < m->offsets.n ||
         m->tokens_come < m->offsets.total))
        return out_of_turn();
    if (status == SIDLE_EDATA && !has_died && corpus->vocab <= vocab)
        add_recipe(vocab);
    corpus->tokens = m->tokens;
    return status;
}

/* Something else than HDF5: a text most likely. */
static sidle_status fail_foreign(int fd, int64_t size)
{
    sidle_magic magic;

    if (sidle_magic_find(fd, size, &magic))
        sidle_fail(SIDLE_EDATA, "it is %s, not an HDF5 file", magic.name);
    else
        sidle_fail(SIDLE_EDATA, "%s; for a text write data.kind=text",
                   sidle_fail_text());
    return SIDLE_EDATA;
}

sidle_status sidle_corpus_tokens(const char *path, const char *key,
                                 int64_t vocab, sidle_corpus *corpus)
{
    sidle_corpus made = {.done = free_tokens};
    token_memory *m = calloc(1, sizeof(*m));
    sidle_status status;
    int64_t size;
    int fd;

    SIDLE_CHECK(m != NULL, "out of memory");
    m->offsets = (sidle_offsets){.unit = "document", .element = "token"};
    made.self = m;
    status = sidle_data_file_open(path, key, &fd, &size);
    if (status != SIDLE_OK) {
        free_tokens(&made);
        return status;
    }
    status = sidle_h5_check_signature(fd);
    if (status == SIDLE_EDATA) {
        fail_foreign(fd, size);
        add_recipe(vocab);
    }
    if (status == SIDLE_OK)
        status = read_documents(fd, size, vocab, &made);
    close(fd);
    if (status != SIDLE_OK) {
        free_tokens(&made);
        return sidle_fail_in(status, "'%s'%s%s%s, read as a token file", path,
                             key != NULL ? " (" : "", key != NULL ? key : "",
                             key != NULL ? ")" : "");
    }
    *corpus = made;
    return SIDLE_OK;
}
