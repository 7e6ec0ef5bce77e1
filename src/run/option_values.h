/* option_values.h - the value of every option. */
#ifndef SIDLE_RUN_OPTION_VALUES_H
#define SIDLE_RUN_OPTION_VALUES_H

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
        int64_t seed, steps, updates, max_minutes, patience, early_stop;
        char on_nan[16], precision[16];
        int overcommit;
    } run;
    sidle_perceiver model; /* 0 for embed_width and cross_heads resolved */
    char model_kind[32];
    ptrdiff_t classes; /* -1: not set, as of the labels */
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
    double block_lr[SIDLE_MAX_BLOCKS]; /* (n_block_lr) one a block; 0: none */
    int n_block_lr;
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
        int64_t every, trace, staleness;
        int tensorboard;
    } log;
} sidle_options;

#endif
