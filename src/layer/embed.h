/* embed.h - tokens and absolute positions to vectors, and back to tables.
 *
 * Positions count from 1 within the window. Learned positions are one table
 * with a row for each (row 0 unused), or, with `position_sizes`, one table per
 * dimension of the data, whose rows are summed:
 *
 *   one size     the position itself
 *   two          [X+2, Y+2]: x goes fastest
 *   three, more  [X+2, Y+2, .., K+2]: the channel, the last, goes fastest, then
 *                x, then y, ..: an image in raster order of pixels
 *
 * Position 1 is SOS, with index 1 in every table. Data element k (from 0) of
 * an image has channel k % K, x = (k / K) % X, y = k / (K X), and index value
 * + 2 in each table. Positions beyond the last element take its indices: a
 * context is often rounded up, and no data stand there (places.h).
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
    int n_tables;                                    /* learned ones */
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
 * Make the table of sinusoids, if there is none; they are right without it, but
 * slow. Errors: SIDLE_EINTERNAL if memory cannot be had.
 */
sidle_status sidle_embed_ready(sidle_embed *embed);
/** Bytes of that table. */
size_t sidle_embed_tables(const sidle_embed *embed);
void sidle_embed_done(sidle_embed *embed);

/** Elements that the tables of `position_sizes` know, SOS included. */
ptrdiff_t sidle_embed_elements(const sidle_perceiver *config);
/** The row of table `table` at a position from 1. */
ptrdiff_t sidle_embed_row(const sidle_embed *embed, int table,
                          int64_t position);

/** Inputs of a row that are embedded: an empty row's first, PAD at position 0,
 * is, since its latents start from it. */
static inline ptrdiff_t sidle_embed_count(ptrdiff_t length)
{
    return length > 0 ? length : 1;
}

/* The inputs of a batch. */
typedef struct sidle_inputs {
    ptrdiff_t rows, width; /* B; tokens of a row, context + 1 */
    const int32_t *length; /* (B) */
    const int32_t *tokens; /* (B, width), right padded with PAD */
} sidle_inputs;

/** The tokens that a row's inputs are: where the last valid token is the only
 * one, it is a target and its input is PAD. Owns: the batch. */
const int32_t *sidle_embed_row_tokens(const sidle_inputs *inputs, ptrdiff_t b);

/** x (n, C) of tokens (n) at positions first, first + 1, .. */
void sidle_embed_tokens(const sidle_embed *embed, const sidle_real *w,
                        ptrdiff_t n, const int32_t *tokens, int64_t first,
                        sidle_real *x);

/** Scratch of the function below for n inputs. Units: reals. */
size_t sidle_embed_scratch(const sidle_embed *embed, ptrdiff_t n);
/**
 * Adds the gradient dx (B, M, C) to the tables' gradients; an input beyond its
 * row's length counts nothing. Rows of a table are summed in double and in
 * the order of inputs.
 */
void sidle_embed_weight_grad(const sidle_embed *embed,
                             const sidle_inputs *inputs, const sidle_real *dx,
                             sidle_real *dw, sidle_real *scratch);

#endif
