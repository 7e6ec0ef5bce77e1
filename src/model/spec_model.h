/* spec_model.h - check a specification with the table of layer kinds, bring it
 * into canonical form, and make a model of it. */
#ifndef SIDLE_MODEL_SPEC_MODEL_H
#define SIDLE_MODEL_SPEC_MODEL_H

#include "model/model.h"
#include "model/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Check that all kinds exist and all options are valid; shapes are not checked.
 * Errors: SIDLE_EUSAGE with the place, for an unknown kind (with the nearest or
 *         all kinds), a loss among the layers, a layer as the loss, and the
 *         errors of sidle_spec_read().
 */
sidle_status sidle_spec_check(const sidle_spec *spec);
/**
 * Set every option, in its one canonical notation: two specifications of the
 * same network become equal.
 * Errors: as above; the specification is then partly changed.
 */
sidle_status sidle_spec_settle(sidle_spec *spec);
/**
 * Make the model of a specification: units "layer.000", .. and "loss"; if the
 * loss has classes, the last layer with become_head() becomes its head.
 * Shapes:  input: the real field that is the first unit's input.
 * Owns:    the caller frees the model.
 * Errors:  as above; SIDLE_EUSAGE for a unit whose shape or field does not
 *          fit; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_spec_model(const sidle_spec *spec, const sidle_field *input,
                              ptrdiff_t rows, sidle_model **model_p);

/** Print the kinds with their options, losses last. */
void sidle_spec_help(FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
