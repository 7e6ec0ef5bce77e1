/* corpus.c - documents in memory: lengths, copies, the held-out part. */
#include "data/corpus.h"
#include "data/ids.h"

#include "data/split.h"

#include <math.h>
#include <string.h>

static int is_text(const sidle_corpus *corpus)
{
    return corpus->offsets == NULL;
}

int64_t sidle_corpus_length(const sidle_corpus *corpus, int64_t document)
{
    if (is_text(corpus))
        return corpus->n_bytes + 2;
    return corpus->offsets[document + 1] - corpus->offsets[document];
}

static int32_t text_token(const sidle_corpus *corpus, int64_t at)
{
    if (at == 0)
        return SIDLE_SOS;
    if (at == corpus->n_bytes + 1)
        return SIDLE_EOS;
    return SIDLE_BYTE + (int32_t)corpus->bytes[at - 1];
}

void sidle_corpus_copy(const sidle_corpus *corpus, int64_t document,
                       int64_t from, int64_t n, int32_t *out)
{
    SIDLE_ASSERT(from >= 0 && n >= 0 &&
                 from + n <= sidle_corpus_length(corpus, document));
    if (n == 0)
        return;
    if (!is_text(corpus)) {
        memcpy(out, corpus->tokens + corpus->offsets[document] + from,
               (size_t)n * sizeof(*out));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = text_token(corpus, from + i);
}

static void split_text(const sidle_corpus *corpus, double fraction,
                       sidle_corpus *train, sidle_corpus *valid)
{
    int64_t n = (int64_t)floor(fraction * (double)corpus->n_bytes);

    if (n == 0 && fraction > 0.0)
        /* Who asks for a part gets some of it, but never the whole text. */
        n = corpus->n_bytes > 1;
    train->n_bytes -= n;
    valid->bytes = n > 0 ? corpus->bytes + train->n_bytes : NULL;
    valid->n_bytes = n;
    valid->n_documents = n > 0;
}

static void split_documents(const sidle_corpus *corpus, double fraction,
                            sidle_corpus *train, sidle_corpus *valid)
{
    int64_t n = sidle_split_count(fraction, corpus->n_documents);

    train->n_documents -= n;
    valid->offsets = corpus->offsets + train->n_documents;
    valid->n_documents = n;
}

void sidle_corpus_split(const sidle_corpus *corpus, double fraction,
                        sidle_corpus *train, sidle_corpus *valid)
{
    *train = *corpus;
    /* Both parts borrow: the whole is freed once. */
    train->done = NULL;
    train->self = NULL;
    *valid = *train;
    if (is_text(corpus))
        split_text(corpus, fraction, train, valid);
    else
        split_documents(corpus, fraction, train, valid);
}
