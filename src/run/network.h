/* network.h - the model that the options describe. */
#ifndef SIDLE_RUN_NETWORK_H
#define SIDLE_RUN_NETWORK_H

#include "model/model.h"
#include "model/spec.h"
#include "run/options.h"

/** The layers and the loss of a model that is a list of layers: those of the
 * configuration, or what a short name writes for frames of a shape. Owns: the
 * caller ends *spec. */
void sidle_network_spec(const sidle_options *options, const sidle_shape *frame,
                        sidle_spec *spec);
/**
 * Make the model of `model.kind` for `rows` rows per item.
 * Shapes:  input: the field that the first layer of a list works on; NULL for a
 *          Perceiver AR, which reads its fields itself.
 * Owns:    the caller frees it with sidle_model_free().
 * Errors:  SIDLE_EUSAGE names the key or the unit that does not fit;
 *          SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_network_make(const sidle_options *options,
                                const sidle_field *input, ptrdiff_t rows,
                                sidle_model **model_p);

#endif
