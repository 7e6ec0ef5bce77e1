/* offsets.h - offsets of documents or clips, checked while they arrive. */
#ifndef SIDLE_IO_OFFSETS_H
#define SIDLE_IO_OFFSETS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct sidle_offsets {
    const char *unit, *element; /* nouns: "document", "token" */
    int64_t *all;
    int64_t n, total; /* numbers of offsets and of elements, as the file
                         states */
    int64_t come;
} sidle_offsets;

/**
 * Append `n` offsets.
 * Owns:    o->all, which the caller frees.
 * Errors:  SIDLE_EDATA: they do not start at 0, decrease, or do not end at the
 *          number of elements.
 */
sidle_status sidle_offsets_take(sidle_offsets *o, const int64_t *piece,
                                int64_t n);

/** Get room for `n` more than `come` elements, of at most `claimed`: it grows
 * with the elements that arrive; the stated number alone reserves nothing. */
void *sidle_offsets_room(void *memory, int64_t come, int64_t n, int64_t claimed,
                         size_t element);

typedef struct sidle_lengths {
    int64_t least, most;
    double median;
} sidle_lengths;

/** Lengths of `n` >= 1 documents or clips. Shapes: offsets (n + 1). Calls:
 * local. */
sidle_lengths sidle_offsets_lengths(const int64_t *offsets, int64_t n);

#endif
