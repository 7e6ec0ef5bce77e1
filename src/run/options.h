/* options.h - the one table of options: name, type, default, range, help.
 *
 * It serves the configuration file, key=value on the command line, --help, and
 * the dump into the run folder and the checkpoint. */
#ifndef SIDLE_RUN_OPTIONS_H
#define SIDLE_RUN_OPTIONS_H

#include "io/config.h"
#include "run/option_values.h"

/** Every option at its default; required ones empty. */
void sidle_options_default(sidle_options *options);

/* ---- in option_apply.c */
/**
 * Apply settings in order; later ones win.
 * Errors: SIDLE_EUSAGE with file, line, key, what was found and what is right:
 *         an unknown key (with the nearest right one), a wrong type, a value
 *         out of range, a feature that does not exist yet.
 */
sidle_status sidle_options_apply(sidle_options *options,
                                 const sidle_settings *settings);
/**
 * What a start needs before it is known whether it continues a run, whose
 * values count for the keys that it does not set: the defaults and `settings`
 * on them, without the list of layers. Only single keys are checked, and that
 * run.dir is set. Errors: SIDLE_EUSAGE.
 */
sidle_status sidle_options_begin(const sidle_settings *settings,
                                 sidle_options *options);

/* ---- in option_check.c */
/**
 * Check required keys, and keys that depend on each other. Resolves
 * embed_width, cross_heads and run.name. Errors: SIDLE_EUSAGE.
 */
sidle_status sidle_options_check(sidle_options *options);
/** Errors: SIDLE_EUSAGE: the required key `path` is not set. */
sidle_status sidle_options_require(const char *path,
                                   const sidle_options *options);
/** Errors: SIDLE_EUSAGE: not exactly one of run.steps and run.updates is set.
 */
sidle_status sidle_options_check_length(const sidle_options *options);
/** Only resolve what sidle_options_check() resolves. */
void sidle_options_resolve(sidle_options *options);
/** The name that run.dir gives a run. */
void sidle_options_name(const char *dir, char name[SIDLE_TEXT_MAX]);

/** Whether one of the settings sets the key; a later one wins. */
int sidle_options_are_set(const sidle_settings *settings, const char *path);

/* ---- in option_old.c */
/** Every option at the default that it had before checkpoints held its key; and
 * the values that older programs accepted are accepted. */
void sidle_options_default_old(sidle_options *options);
/** The former of a key; NULL: it was not set. */
const char *sidle_option_old_default(const char *path);

/* ---- in options.c */
/** All three: the defaults, `settings` on them, the check. */
sidle_status sidle_options_of(const sidle_settings *settings,
                              sidle_options *options);
/** As sidle_options_of(), but accepts values that older programs accepted, for
 * a checkpoint's own settings. */
sidle_status sidle_options_of_old(const sidle_settings *settings,
                                  sidle_options *options);

/** The effective configuration as YAML, which reads back to the same
 * options; keys that are not set and have no default are left out. Owns: the
 * caller frees *text_p. */
sidle_status sidle_options_dump(const sidle_options *options, char **text_p);
/** The table for people: key, default, range, meaning. `stream` is a FILE. */
void sidle_options_help(void *stream);

#endif
