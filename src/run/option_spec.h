/* option_spec.h - model.layers as a list, and model.loss: settings without a
 * row in the table, since the kinds that they name have rows of their own.
 *
 * sidle_options keeps both as text, without pointers: options are copied, sent
 * to other ranks and compared as plain bytes. */
#ifndef SIDLE_RUN_OPTION_SPEC_H
#define SIDLE_RUN_OPTION_SPEC_H

#include "model/short.h"
#include "model/spec.h"
#include "run/option_values.h"

/** Whether the model is a list of layers, so that a specification makes it:
 * one of the configuration, or that of a short name (model/short.h). */
int sidle_option_has_list(const sidle_options *options);
/** The model.kind, or kinds, that a key of the table is for, if the options'
 * kind does not read it; else NULL. */
const char *sidle_option_is_for(const sidle_options *options, const char *path);
/** Whether a setting is handled here: "model.layers" with a list,
 * "model.layers[3].channels", "model.loss", "model.loss.ahead". */
int sidle_option_spec_takes(const sidle_setting *setting);
/**
 * Apply one setting to a specification; later ones win. A list replaces all
 * units, an index changes one unit: "[3]" its kind, "[3].channels" or
 * "[3].conv2d.channels" an option, "[3].residual[0].channels" one inside.
 * Errors: SIDLE_EUSAGE with the place: a unit that does not exist, a value of
 *         the wrong form.
 */
sidle_status sidle_option_spec_apply(sidle_spec *spec,
                                     const sidle_setting *setting);

/** Whether the networks of two configurations differ, and where. Errors: as of
 * sidle_option_spec_apply(). */
sidle_status sidle_option_spec_compare(const sidle_settings *a,
                                       const sidle_settings *b,
                                       int *is_different_p,
                                       sidle_spec_difference *difference);

/* ---- in option_spec_text.c */
/** Get the specification of options; without units if there is none. Owns: the
 * caller ends *spec. */
void sidle_option_spec_get(const sidle_options *options, sidle_spec *spec);
/** Errors: SIDLE_EUSAGE if it is longer than options have room for. */
sidle_status sidle_option_spec_put(sidle_options *options,
                                   const sidle_spec *spec);
/** How many frames a loss of frames looks ahead; 0 for other losses. */
int64_t sidle_option_ahead(const sidle_options *options);
/** Both as lines of the section "model" of a dump. */
void sidle_option_spec_dump(const sidle_options *options, FILE *stream);

#endif
