/* embed.h - embeddings of tokens and absolute positions, and their gradients.
 *
 * Positions count from 1 within the window. Learned positions are one table
 * with a row for each position (row 0 unused), or, with `position_sizes`, one
 * table per dimension of the data, whose rows are summed:
 *
 *   one size     the position itself
 *   two          [X+2, Y+2]: x varies fastest
 *   three, more  [X+2, Y+2, .., K+2]: the channel, the last, varies fastest,
 *                then x, then y, ..: an image in raster order of pixels
 *
 * Position 1 is SOS, with index 1 in every table. Data element k (from 0) of
 * an image has channel k % K, x = (k / K) % X, y = k / (K X), and index value
 * + 2 in each table. Positions after the last element have its indices: a
 * context is often rounded up, and contains no data there (places.h).
 *
 * Source: google-research/perceiver-ar; sin block, then cos block, and half - 1
 * in the exponent of the sinusoids' frequencies. */
#ifndef SIDLE_LAYER_EMBED_H
#define SIDLE_LAYER_EMBED_H

#include "base/carve.h"
#include "layer/perceiver.h"

typedef struct sidle_embed {
    const sidle_perceiver *config;
    ptrdiff_t token;                                 /* offset of (V, C) */
    int n_tables;                                    /* learned tables */
    ptrdiff_t table[SIDLE_MAX_POSITION_TABLES];      /* offsets */
    ptrdiff_t table_rows[SIDLE_MAX_POSITION_TABLES]; /* sizes */
    sidle_real *waves; /* (context + 1, C) sinusoids, or NULL */
} sidle_embed;

/**
 * Adds embed/token and the tables of positions.
 * Owns:    sidle_embed_done() frees the sinusoids.
 */
sidle_status sidle_embed_add(sidle_embed *embed, sidle_layer *layer,
                             const sidle_perceiver *config);
/**
 * Make the table of sinusoids, if there is none; without it they are computed
 * at each call, which is slower.
 * Errors:  SIDLE_EINTERNAL if memory cannot be allocated.
 */
sidle_status sidle_embed_ready(sidle_embed *embed);
/** Bytes of that table. */
size_t sidle_embed_tables(const sidle_embed *embed);
void sidle_embed_done(sidle_embed *embed);

/** Number of elements in the tables of `position_sizes`, SOS included. */
ptrdiff_t sidle_embed_elements(const sidle_perceiver *config);
/** The row of table `table` for a position, which is at least 1. */
ptrdiff_t sidle_embed_row(const sidle_embed *embed, int table,
                          int64_t position);

/** Number of inputs of a row that are embedded: at least one, since the latents
 * of an empty row start from its first input, PAD at position 0. */
static inline ptrdiff_t sidle_embed_count(ptrdiff_t length)
{
    return length > 0 ? length : 1;
}

/* The inputs of a batch. */
typedef struct sidle_inputs {
    ptrdiff_t rows, width; /* B; number of tokens in a row, context + 1 */
    const int32_t *length; /* (B) */
    const int32_t *tokens; /* (B, width), right padded with PAD */
} sidle_inputs;

/** The tokens that are a row's inputs; if a row has one valid token, this is a
 * target and its input is PAD. Owns: the batch. */
const int32_t *sidle_embed_row_tokens(const sidle_inputs *inputs, ptrdiff_t b);

/** x (n, C) of tokens (n) at positions first, first + 1, .. */
void sidle_embed_tokens(const sidle_embed *embed, const sidle_real *w,
                        ptrdiff_t n, const int32_t *tokens, int64_t first,
                        sidle_real *x);

/** Scratch of the function below for n inputs. Units: reals. */
size_t sidle_embed_scratch(const sidle_embed *embed, ptrdiff_t n);
/**
 * Adds the gradient dx (B, M, C) to the tables' gradients; an input after the
 * length of its row adds nothing. Rows of a table are summed in double and in
 * the order of inputs.
 */
void sidle_embed_weight_grad(const sidle_embed *embed,
                             const sidle_inputs *inputs, const sidle_real *dx,
                             sidle_real *dw, sidle_real *scratch);

#endif
