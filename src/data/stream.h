/* stream.h - crops of a stream, in which each row follows clips; private to the
 * room. A clip is a document, or one of R equal pieces of a text for R rows. */
#ifndef SIDLE_DATA_STREAM_H
#define SIDLE_DATA_STREAM_H

#include "data/crop.h"
#include "data/walk.h"

typedef struct sidle_stream {
    const sidle_corpus *corpus; /* borrowed */
    ptrdiff_t all_rows;         /* of all replicas */
    ptrdiff_t context, scored;  /* inputs and targets of a crop */
    int64_t stride;             /* targets that an item advances, at least 1 */
    sidle_walk walk;
} sidle_stream;

/** Prepare the walk; the caller has set all other members. Errors: those of
 * sidle_walk_init(). Owns: end with sidle_stream_done(). */
sidle_status sidle_stream_init(sidle_stream *stream);
void sidle_stream_done(sidle_stream *stream);

/** The crop of an item in global row `row`, and the number of clips that the
 * row has completed. */
sidle_crop sidle_stream_crop(const sidle_stream *stream, int64_t item,
                             ptrdiff_t row, int64_t *clip);

#endif
