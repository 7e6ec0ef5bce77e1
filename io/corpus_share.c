/* corpus_share.c - documents that one rank has read, on all ranks. */
#include "io/corpus_share.h"

#include "io/corpus_file.h"
#include "io/spread.h"

#include <stdlib.h>
#include <string.h>

static void free_copy(sidle_corpus *corpus)
{
    free((void *)(uintptr_t)corpus->bytes);
    free((void *)(uintptr_t)corpus->tokens);
    free((void *)(uintptr_t)corpus->offsets);
    *corpus = (sidle_corpus){0};
}

/* Sizes first: they say whether it is a text. */
static void share_sizes(const sidle_comm *comm, sidle_corpus *corpus,
                        int *is_text)
{
    int64_t sizes[4] = {corpus->n_bytes, corpus->n_documents, corpus->vocab,
                        corpus->offsets == NULL};

    sidle_spread(comm, sizes, sizeof(sizes));
    *is_text = sizes[3] != 0;
    if (comm->rank == 0)
        return;
    *corpus = (sidle_corpus){.n_bytes = sizes[0],
                             .n_documents = sizes[1],
                             .vocab = sizes[2],
                             .done = free_copy};
}

static void share_tokens(const sidle_comm *comm, sidle_corpus *corpus)
{
    int64_t n = corpus->n_documents + 1;
    void *offsets = (void *)(uintptr_t)corpus->offsets, *tokens;

    sidle_spread_new(comm, &offsets, n * (int64_t)sizeof(*corpus->offsets));
    corpus->offsets = offsets;
    tokens = (void *)(uintptr_t)corpus->tokens;
    sidle_spread_new(comm, &tokens,
                     corpus->offsets[n - 1] * (int64_t)sizeof(*corpus->tokens));
    corpus->tokens = tokens;
}

/* Rank 0 trades its pages of the file for the copy that the others get. */
static void copy_text(const sidle_comm *comm, sidle_corpus *corpus)
{
    void *bytes = NULL;

    if (comm->rank == 0) {
        bytes = malloc((size_t)corpus->n_bytes);
        SIDLE_CHECK(bytes != NULL, "no memory for a text of %lld bytes",
                    (long long)corpus->n_bytes);
        memcpy(bytes, corpus->bytes, (size_t)corpus->n_bytes);
    }
    sidle_spread_new(comm, &bytes, corpus->n_bytes);
    if (comm->rank == 0) {
        sidle_corpus copy = *corpus;

        corpus->done(corpus);
        *corpus = copy;
        corpus->self = NULL;
        corpus->done = free_copy;
    }
    corpus->bytes = bytes;
}

/* What bytes are a text has been decided: these are. */
static sidle_status map_text(const sidle_comm *comm, const char *path,
                             const char *key, sidle_corpus *corpus)
{
    sidle_corpus mapped;

    if (comm->rank == 0)
        return SIDLE_OK;
    if (sidle_corpus_text(path, key, 1, &mapped) != SIDLE_OK)
        return sidle_fail(SIDLE_EIO,
                          "%s; where only rank 0 sees the file, set "
                          "checkpoint.mode=funnel",
                          sidle_fail_text());
    if (mapped.n_bytes != corpus->n_bytes) {
        sidle_fail(SIDLE_EIO,
                   "'%s' (%s) has %lld bytes here, but %lld on rank 0: it is "
                   "another file; make all ranks see the same one, or set "
                   "checkpoint.mode=funnel",
                   path, key, (long long)mapped.n_bytes,
                   (long long)corpus->n_bytes);
        mapped.done(&mapped);
        return SIDLE_EIO;
    }
    *corpus = mapped;
    return SIDLE_OK;
}

sidle_status sidle_corpus_share(const sidle_comm *comm, const char *path,
                                const char *key, int is_funnel,
                                sidle_corpus *corpus)
{
    sidle_status status = SIDLE_OK;
    int is_text;

    share_sizes(comm, corpus, &is_text);
    if (!is_text)
        share_tokens(comm, corpus);
    else if (is_funnel)
        copy_text(comm, corpus);
    else
        status = map_text(comm, path, key, corpus);
    return sidle_agree(comm, status);
}
