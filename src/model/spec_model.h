/* spec_model.h - a specification against the table of layer kinds: whether it
 * is right, in its canonical form, and as a model. */
#ifndef SIDLE_MODEL_SPEC_MODEL_H
#define SIDLE_MODEL_SPEC_MODEL_H

#include "model/model.h"
#include "model/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether all kinds exist and all options are right; shapes are not looked at.
 * Errors: SIDLE_EUSAGE with the place: an unknown kind with the nearest or all
 *         right ones, a loss among the layers, a layer as the loss, what
 *         sidle_spec_read() refuses.
 */
sidle_status sidle_spec_check(const sidle_spec *spec);
/**
 * Every option set, each as a number, flag or word is written in one way: two
 * specifications of one network become alike.
 * Errors: as above; the specification is then partly changed.
 */
sidle_status sidle_spec_settle(sidle_spec *spec);
/**
 * The model of a specification: units "layer.000", .. and "loss"; the last
 * layer that can score classes becomes the head of a loss that has classes.
 * Shapes:  input: the real field that the first unit works on.
 * Owns:    the caller frees the model.
 * Errors:  as above; SIDLE_EUSAGE names a unit whose shape or field does not
 *          fit; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_spec_model(const sidle_spec *spec, const sidle_field *input,
                              ptrdiff_t rows, sidle_model **model_p);

/** Kinds, losses last, with their options, for people. */
void sidle_spec_help(FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
