/* places.h - the meaning of `position_sizes`, and whether a context fits.
 *
 * embed.h defines which row of each table an input uses. An input for which the
 * tables have no place uses the rows of the last place: it has the same
 * position as other inputs, and a loss does not reveal this. A context larger
 * than the data is therefore an error, unless the configuration allows it
 * explicitly. */
#ifndef SIDLE_LAYER_PLACES_H
#define SIDLE_LAYER_PLACES_H

#include "base/status.h"
#include "layer/sizes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A context is usually rounded up to a multiple of this. */
#define SIDLE_CONTEXT_ROUNDING 128

typedef enum sidle_fit {
    SIDLE_FITS,         /* or there are no sizes */
    SIDLE_FITS_SMALLER, /* the last places are never used */
    SIDLE_FITS_PADDED,  /* rounded up, which position_pad allows */
    SIDLE_FITS_OLD,     /* only has_old_places allows it */
    SIDLE_FITS_NOT
} sidle_fit;

/**
 * Number of places for data: with one size, positions 1 to size - 1; with
 * several, the elements of the grid of (size - 2). At most INT64_MAX.
 */
int64_t sidle_places(const sidle_perceiver *config);

/** How `context` fits into the tables of `position_sizes`. */
sidle_fit sidle_places_fit(const sidle_perceiver *config);

/**
 * Write a sentence on a fit other than SIDLE_FITS or _NOT: what was found and
 * what it means. "" for those two, except for a position_pad without effect.
 */
void sidle_places_explain(const sidle_perceiver *config, char *out,
                          size_t size);

/** Errors: SIDLE_EUSAGE for SIDLE_FITS_NOT; the message states what to write
 * instead. */
sidle_status sidle_places_check(const sidle_perceiver *config);

#ifdef __cplusplus
}
#endif

#endif
