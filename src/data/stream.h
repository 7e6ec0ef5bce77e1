/* stream.h - where a row of a stream stands; private to the room.
 *
 * Global row r visits clips r, r + all_rows, ... modulo their number: each
 * document of a token file, or one of all_rows equal pieces of a text. Rows
 * whose numbers agree modulo the greatest common divisor g of both numbers
 * share one cycle and begin at different places of it. */
#ifndef SIDLE_DATA_STREAM_H
#define SIDLE_DATA_STREAM_H

#include "data/crop.h"

typedef struct sidle_stream {
    sidle_crops crops; /* stride resolved */
    int64_t n_clips, n_cycles, cycle_size;
    int64_t *sums;  /* (n_cycles, cycle_size + 1) items before each visit */
    int64_t *begin; /* (all_rows) the row's first visit in its cycle */
} sidle_stream;

/** Errors: SIDLE_EUSAGE (memory for so many rows). Owns: end with
 * sidle_stream_done(). */
sidle_status sidle_stream_init(sidle_stream *stream, const sidle_crops *crops);
void sidle_stream_done(sidle_stream *stream);

/** The crop of an item in global row `row`, and how many clips the row left
 * behind. */
sidle_crop sidle_stream_crop(const sidle_stream *stream, int64_t item,
                             ptrdiff_t row, int64_t *clip);

#endif
