/* perceiver.h - the units of a Perceiver AR: "cross", "self.000" .., "final".
 */
#ifndef SIDLE_MODEL_PERCEIVER_H
#define SIDLE_MODEL_PERCEIVER_H

#include "layer/perceiver.h"
#include "model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make the model of a Perceiver AR for items of `rows` sequences.
 * Owns:    copies `config`; the caller frees the model.
 * Errors:  SIDLE_EUSAGE from sidle_perceiver_check(); SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_model_perceiver(const sidle_perceiver *config,
                                   ptrdiff_t rows, sidle_model **model_p);

#ifdef __cplusplus
}
#endif

#endif
