/* rows.h - the rows of an item: those that a source fills, and their order. */
#ifndef SIDLE_DATA_ROWS_H
#define SIDLE_DATA_ROWS_H

#include "data/source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_order {
    SIDLE_SHUFFLE,
    SIDLE_SEQUENTIAL,
    SIDLE_STREAM
} sidle_order;

/* Of the `all` rows of all replicas, the source fills rows [first, first + n).
 */
typedef struct sidle_rows {
    ptrdiff_t n, first, all;
} sidle_rows;

/** The index of global row `row` among the rows of all items, from 0. */
int64_t sidle_rows_number(const sidle_rows *rows, int64_t item, ptrdiff_t row);

/* The description of a row without its fields. */
typedef struct sidle_row {
    int64_t length, scored, clip; /* as in sidle_batch */
    int64_t n_targets;            /* for the counts of sidle_batch */
} sidle_row;

/**
 * Describe global row `number` of an item, and write its fields to row `row` of
 * the batch; if `row` is -1, it belongs to another replica and is only
 * described.
 */
typedef sidle_row sidle_row_put(const void *self, int64_t item,
                                ptrdiff_t number, sidle_batch *out,
                                ptrdiff_t row);

/** Fill the batch of an item: calls `put` for each row of all replicas, in
 * order. */
void sidle_rows_put(const sidle_rows *rows, sidle_row_put *put,
                    const void *self, int64_t item, sidle_batch *out);

#ifdef __cplusplus
}
#endif

#endif
