/* places.h - what `position_sizes` mean, and whether a context fits into them.
 *
 * embed.h says which row of which table an input takes. An input for which the
 * tables have no place takes the last one's rows: it cannot be told apart from
 * other inputs, and nobody sees that in a loss. So a context beyond the data
 * is refused, unless it is said to be meant. */
#ifndef SIDLE_LAYER_PLACES_H
#define SIDLE_LAYER_PLACES_H

#include "base/status.h"
#include "layer/sizes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It is usual to round a context up to a multiple of this. */
#define SIDLE_CONTEXT_ROUNDING 128

typedef enum sidle_fit {
    SIDLE_FITS,         /* or there are no sizes */
    SIDLE_FITS_SMALLER, /* the last places are never seen */
    SIDLE_FITS_PADDED,  /* rounded up, and position_pad says so */
    SIDLE_FITS_OLD,     /* only has_old_places lets it pass */
    SIDLE_FITS_NOT
} sidle_fit;

/**
 * Places for data: one size has them for positions 1 to size - 1, several for
 * each element of the grid of (size - 2). INT64_MAX where there are more.
 */
int64_t sidle_places(const sidle_perceiver *config);

/** How `context` fits into the tables of `position_sizes`. */
sidle_fit sidle_places_fit(const sidle_perceiver *config);

/**
 * A sentence on a fit that is not SIDLE_FITS or _NOT: what is there, what that
 * means. "" for those two, but for a position_pad without a use.
 */
void sidle_places_explain(const sidle_perceiver *config, char *out,
                          size_t size);

/** Errors: SIDLE_EUSAGE for what does not fit, with what to write instead. */
sidle_status sidle_places_check(const sidle_perceiver *config);

#ifdef __cplusplus
}
#endif

#endif
