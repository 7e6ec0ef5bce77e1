/* options.h - the one table of options: name, type, default, range, help.
 *
 * It serves the configuration file, key=value on the command line, --help, and
 * the dump into the run folder and the checkpoint. */
#ifndef SIDLE_RUN_OPTIONS_H
#define SIDLE_RUN_OPTIONS_H

#include "data/rows.h"
#include "io/ckpt.h"
#include "io/config.h"
#include "layer/perceiver.h"
#include "mpi/runner_config.h"
#include "optim/optim.h"

#include <stdint.h>

#define SIDLE_TEXT_MAX 1024 /* bytes of a text option */
/* Of a list of units: "self.000, " for every block. */
#define SIDLE_UNITS_MAX (10 * SIDLE_MAX_BLOCKS)

/* Of the units of a network as YAML. */
#define SIDLE_LAYERS_MAX (64 * SIDLE_SPEC_MAX_ENTRIES)

typedef struct sidle_options {
    struct {
        char name[SIDLE_TEXT_MAX]; /* "": the last part of dir */
        char dir[SIDLE_TEXT_MAX];
        int64_t seed, steps, max_minutes, patience, early_stop;
        char on_nan[16], precision[16];
        int overcommit;
    } run;
    sidle_perceiver model; /* 0 for embed_width and cross_heads resolved */
    char model_kind[32];
    /* model.layers as a list and model.loss, as YAML; "" where there is none;
     * option_spec.h */
    char layers[SIDLE_LAYERS_MAX], loss[SIDLE_TEXT_MAX];
    int tie;
    struct {
        int64_t blocks; /* 0: one per rank */
        char schedule[32];
        int64_t update_every, replicas;
        char partition[SIDLE_UNITS_MAX]; /* "auto" or a list */
        sidle_on_cut on_cut;
    } parallel;
    struct {
        char kind[16], path[SIDLE_TEXT_MAX], valid_path[SIDLE_TEXT_MAX];
        int raw;               /* any bytes are a text */
        double valid_fraction; /* -1: not set, data_kind.h */
        int64_t batch, stride;
        sidle_order order;
    } data;
    sidle_optim_config optim; /* decay_steps 0 still means: to the end */
    int is_clip_global;
    int is_loss_mean;
    struct {
        int64_t every, items, stride, batch;
        int at_end;
    } eval;
    struct {
        int64_t every, minutes, keep, keep_every;
        int at_start, on_signal, best;
        sidle_ckpt_mode mode;
    } checkpoint;
    struct {
        int64_t every, trace;
        int tensorboard;
    } log;
} sidle_options;

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
/* ---- in options.c */
/**
 * What one key alone cannot tell: required keys, keys against each other.
 * Resolves embed_width, cross_heads and run.name. Errors: SIDLE_EUSAGE.
 */
sidle_status sidle_options_check(sidle_options *options);

/** All three: the defaults, `settings` on them, the check. */
sidle_status sidle_options_of(const sidle_settings *settings,
                              sidle_options *options);
/** The same with what older programs let pass, for a checkpoint's own settings
 * and for a start that may go on from one; sidle_options_check() with
 * `model.has_old_places` 0 is the whole check. */
sidle_status sidle_options_of_old(const sidle_settings *settings,
                                  sidle_options *options);

/** The effective configuration as YAML, which reads back to the same
 * options; keys that are not set and have no default are left out. Owns: the
 * caller frees *text_p. */
sidle_status sidle_options_dump(const sidle_options *options, char **text_p);
/** The table for people: key, default, range, meaning. `stream` is a FILE. */
void sidle_options_help(void *stream);

#endif
