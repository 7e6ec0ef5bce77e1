/* corpus.h - documents of tokens in memory, and crops of them as items.
 *
 * Reserved ids: 0 PAD, 1 EOS, 2 SOS; byte b is b + 3. A text is one document:
 * SOS, its bytes, EOS, the first and last added here. Documents of a token
 * file hold their reserved ids themselves. Whoever fills a corpus has seen to
 * it that no id inside a document is 0 or outside the vocabulary. */
#ifndef SIDLE_DATA_CORPUS_H
#define SIDLE_DATA_CORPUS_H

#include "data/source.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_PAD 0
#define SIDLE_EOS 1
#define SIDLE_SOS 2
#define SIDLE_BYTE 3

typedef struct sidle_corpus {
    const unsigned char *bytes; /* a text (n_bytes), or NULL */
    const int32_t *tokens;      /* all documents one after the other, or NULL */
    const int64_t *offsets;     /* (n_documents + 1), tokens only */
    int64_t n_bytes;
    int64_t n_documents;                       /* 1 for a text */
    int64_t vocab;                             /* of a token file, else 0 */
    void (*done)(struct sidle_corpus *corpus); /* frees the memory behind */
    void *self;
} sidle_corpus;

/** Length of a document in tokens, SOS and EOS of a text included. */
int64_t sidle_corpus_length(const sidle_corpus *corpus, int64_t document);
/** Copy tokens [from, from + n) of a document. */
void sidle_corpus_copy(const sidle_corpus *corpus, int64_t document,
                       int64_t from, int64_t n, int32_t *out);

/**
 * Split off the held-out part: the last `fraction` of a text's bytes, or the
 * last documents (rounded to whole ones, at least one if fraction > 0).
 * Outputs are views that borrow from `corpus`; an empty valid has 0 documents.
 */
void sidle_corpus_split(const sidle_corpus *corpus, double fraction,
                        sidle_corpus *train, sidle_corpus *valid);

typedef enum sidle_order {
    SIDLE_SHUFFLE,
    SIDLE_SEQUENTIAL,
    SIDLE_STREAM
} sidle_order;

typedef struct sidle_crops {
    const sidle_corpus *corpus; /* borrowed */
    uint64_t seed;
    ptrdiff_t context, latents; /* M, N */
    ptrdiff_t rows, first_row;  /* B, and the global number of row 0 */
    ptrdiff_t all_rows;         /* B * replicas */
    sidle_order order;
    int64_t stride; /* tokens an item advances; 0: latents */
} sidle_crops;

/**
 * Training items: crops of context + 1 tokens in one of the three orders.
 *
 * A crop ends after a target and reaches back as far as the context and the
 * document allow. SHUFFLE: document and end are uniform, the end such that no
 * crop has fewer than `latents` targets if the document has them. SEQUENTIAL:
 * a text in windows `latents` targets apart, or each document's last crop.
 * STREAM: global row r goes through documents r, r + all_rows, ... (around),
 * or through its own of all_rows equal pieces of a text, `stride` targets an
 * item; clip counts these visits.
 *
 * Owns:    copies `crops`, borrows the corpus; end with source->done().
 * Errors:  SIDLE_EDATA if no document has a target or a text is empty;
 *          SIDLE_EINTERNAL (memory), SIDLE_EUSAGE (memory for so many rows).
 * Source:  google-research/perceiver-ar, random crops of the training data.
 */
sidle_status sidle_crops_source(const sidle_crops *crops, sidle_source *source);

typedef struct sidle_windows {
    const sidle_corpus *corpus; /* borrowed */
    ptrdiff_t context, latents; /* M, N */
    ptrdiff_t rows, first_row;  /* as in sidle_crops */
    ptrdiff_t all_rows;
    int64_t stride; /* targets that a window scores; 0: latents */
    int64_t most;   /* windows at the most, from the first one; 0: all */
} sidle_windows;

/**
 * Evaluation items: strided windows of every document (block mode), the rows of
 * all replicas in order, every target once; n_items is their number.
 *
 * Windows end a multiple of `stride` inputs before the document's last input;
 * the first is the short one. Each row scores its last `stride` latents, the
 * first window of a document what is left. Rows of the last item that are
 * left over are PAD, with length and scored 0.
 *
 * Owns:    copies `windows`, borrows the corpus; end with source->done().
 * Errors:  SIDLE_EUSAGE if stride > latents; SIDLE_EDATA if no document has a
 *          target; SIDLE_EINTERNAL (memory).
 * Source:  google-research/perceiver-ar, strided evaluation.
 */
sidle_status sidle_windows_source(const sidle_windows *windows,
                                  sidle_source *source);

#ifdef __cplusplus
}
#endif

#endif
