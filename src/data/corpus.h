/* corpus.h - documents of tokens in memory.
 *
 * A text is one document: SOS, its bytes, EOS (ids.h); the corpus adds SOS
 * and EOS. Documents of a token file contain their reserved ids. The code
 * that fills a corpus has checked that no id of a document is PAD or outside
 * the vocabulary. */
#ifndef SIDLE_DATA_CORPUS_H
#define SIDLE_DATA_CORPUS_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_corpus {
    const unsigned char *bytes; /* a text (n_bytes), or NULL */
    const int32_t *tokens;      /* all documents in order, or NULL */
    const int64_t *offsets;     /* (n_documents + 1), tokens only */
    int64_t n_bytes;
    int64_t n_documents;                       /* 1 for a text */
    int64_t vocab;                             /* of a token file, else 0 */
    void (*done)(struct sidle_corpus *corpus); /* frees the memory */
    void *self;
} sidle_corpus;

/** Length of a document in tokens, SOS and EOS of a text included. */
int64_t sidle_corpus_length(const sidle_corpus *corpus, int64_t document);
/** Copy tokens [from, from + n) of a document. */
void sidle_corpus_copy(const sidle_corpus *corpus, int64_t document,
                       int64_t from, int64_t n, int32_t *out);

/**
 * Split off the held-out part: the last `fraction` of a text's bytes, or of the
 * documents, rounded, at least one if fraction > 0.
 * Outputs are views that borrow from `corpus`; an empty valid has 0 documents.
 */
void sidle_corpus_split(const sidle_corpus *corpus, double fraction,
                        sidle_corpus *train, sidle_corpus *valid);

#ifdef __cplusplus
}
#endif

#endif
