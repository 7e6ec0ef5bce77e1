/* optim.h - optimizers over flat arrays; they see no layers.
 *
 * An array of weights is described by segments, one per tensor. Weight decay is
 * decoupled and acts on two-dimensional segments only, before the step and with
 * every kind: w <- w (1 - rate * weight_decay), where rate is the learning rate
 * of this update for that tensor. The state has the layout of the weights and
 * is stored under the tensors' names.
 *
 * If a gradient is late by tau updates (`delay`), three remedies act here, each
 * an option; with tau = 0 the result is bit-identical to that without them
 * (delay.c):
 *   delay_rescale       rates / max(1, tau)^(1 - min(k / K, 1)) at update k
 *   spike_compensation  the newest gradient immediately gets the weight that
 *                       the momentum would give it over tau updates
 *   lookahead           Nesterov's step at a momentum that grows with tau
 * The fourth, weight prediction (`predict`), is part of the block.
 *
 * With `orthogonal` every rule gets, instead of a gradient, the part of it that
 * is orthogonal to the running mean of the gradients before (orthogonal.c). */
#ifndef SIDLE_OPTIM_OPTIM_H
#define SIDLE_OPTIM_OPTIM_H

#include "base/arena.h"
#include "base/real.h"
#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_decay_kind {
    SIDLE_DECAY_CONSTANT,
    SIDLE_DECAY_LINEAR,
    SIDLE_DECAY_COSINE
} sidle_decay_kind;

/* Checkpoints hold these numbers: a new kind is added at the end. */
typedef enum sidle_optim_kind {
    SIDLE_SGD,
    SIDLE_ADAMW,
    SIDLE_NADAM,
    SIDLE_MUON,
    SIDLE_RMSPROP,
    SIDLE_OPTIM_N_KINDS
} sidle_optim_kind;

/* The rule of the tensors that Muon does not turn. */
typedef enum sidle_rest_kind {
    SIDLE_REST_NADAM,
    SIDLE_REST_NORM
} sidle_rest_kind;

/* The numbers of `optim:`, meanings as in the option table. */
typedef struct sidle_optim_config {
    sidle_optim_kind kind;
    sidle_rest_kind rest;
    double lr, matrix_lr, matrix_momentum;
    int64_t warmup; /* updates */
    sidle_decay_kind decay;
    int64_t decay_steps; /* updates; not 0: the caller has resolved it */
    double final_lr;     /* fraction of lr */
    double beta1, beta2, eps;
    double momentum;
    int nesterov;
    double weight_decay;
    double clip;           /* norm; 0 off */
    int64_t delay_rescale; /* K, updates; 0 off */
    int spike_compensation;
    double lookahead; /* momentum at a delay of n_blocks updates; 0 off */
    int predict;      /* weight prediction; not used here (block.h) */
    int orthogonal;   /* remove a gradient's part along the running mean .. */
    double orthogonal_beta; /* .. whose decay rate this is */
    /* Of the block that is updated; set by the creator of its optimizer. */
    double delay; /* tau, updates; 0: gradients are not late */
    int n_blocks;
} sidle_optim_config;

typedef struct sidle_segment {
    ptrdiff_t offset, rows, cols; /* cols 1 and rows n for a vector */
    int n_dims;                   /* 1 or 2 */
    int is_matrix;                /* Muon orthogonalizes it */
} sidle_segment;

/* Those of a rule, and the running mean. */
#define SIDLE_OPTIM_MAX_STATES 3

typedef struct sidle_optim {
    sidle_optim_config config; /* momenta as the look-ahead raised them */
    double discount; /* of SGD's rate under look-ahead, (1 - m_i) / (1 - m) */
    const struct sidle_optim_ops *ops;
    const sidle_segment *segments; /* borrowed */
    int n_segments;
    ptrdiff_t count; /* reals of the flat arrays */
    int n_states;
    sidle_real *state[SIDLE_OPTIM_MAX_STATES]; /* each (count), from zero */
    int64_t updates; /* since the state of this rule began; for the bias
                        correction */
    double product;  /* NAdam's running product of momenta, from 1 */
    sidle_real *scratch;
    sidle_arena *arena; /* all of the above */
} sidle_optim;

/* ---- in optim.c */
/** Check that the rest and the remedies for delay fit the rule. Errors:
 * SIDLE_EUSAGE. */
sidle_status sidle_optim_check(const sidle_optim_config *config);
/** Errors: SIDLE_EINTERNAL (memory). Owns: copies config; free with _free. */
sidle_status sidle_optim_new(const sidle_optim_config *config,
                             const sidle_segment *segments, int n_segments,
                             ptrdiff_t count, sidle_optim **optim_p);
void sidle_optim_free(sidle_optim *optim);
/** Bytes that sidle_optim_new() reserves. */
size_t sidle_optim_bytes(const sidle_optim_config *config,
                         const sidle_segment *segments, int n_segments,
                         ptrdiff_t count);

/** "sgd", "adamw", ... */
const char *sidle_optim_name(sidle_optim_kind kind);
/** Get the names of all kinds, in their order; returns how many. */
int sidle_optim_names(const char *const **names_p);
/** The number by which checkpoints tell whose states they contain: the kind's,
 * 100 more if the rest is not NAdam's, 200 more with a running mean. A number
 * that it never returns is unknown. */
int64_t sidle_optim_rule(const sidle_optim_config *config);
int sidle_optim_is_rule(int64_t rule);
/** How many states a kind has, their names ("m", "v"; "mean" of the gradients
 * is the last), and whether the segment has that state (a Muon matrix has no
 * "v"; plain SGD has none). */
int sidle_optim_n_states(const sidle_optim_config *config);
const char *sidle_optim_state_name(const sidle_optim_config *config, int state);
int sidle_optim_has_state(const sidle_optim_config *config, int state,
                          const sidle_segment *segment);

/** Numbers that one update reads and writes for a weight of the segment: the
 * weight, the gradient twice, as it is zeroed afterwards, and the states. */
int sidle_optim_touched(const sidle_optim_config *config,
                        const sidle_segment *segment);
/** Operations of the matrix products in one update of the segment, additions
 * and multiplications counted separately; 0 for most rules. */
double sidle_optim_flops(const sidle_optim_config *config,
                         const sidle_segment *segment);
/** Whether the rule can use a gradient with this finite sum of squares, which
 * may overflow one of its states. */
int sidle_optim_can_use(const sidle_optim_config *config, double squares);
/** The rate of the matrices if it differs from that of the other tensors, else
 * 0. */
double sidle_optim_matrix_lr(const sidle_optim_config *config);

/**
 * Make one update: w changes in place, g (the mean gradient) may be
 * overwritten. `factor` is the schedule's factor of lr (sidle_rate_factor),
 * times that of the delay (sidle_delay_factor).
 */
void sidle_optim_step(sidle_optim *optim, double factor, sidle_real *w,
                      sidle_real *g);

/* ---- in rate.c */
/**
 * The schedule's factor s of lr after `update` updates have been made: linear
 * from 0 over `warmup`, then constant, linear or cosine to final_lr over
 * decay_steps counted from the end of the warm-up.
 */
double sidle_rate_factor(const sidle_optim_config *config, int64_t update);

/* ---- in delay.c */
/** The factor of both rates by delay_rescale after `update` updates, at most
 * 1.
 * Source: PipeMare (Yang et al., arXiv:1910.05124), technique 1; a delay
 *          below one update has no effect. */
double sidle_delay_factor(const sidle_optim_config *config, int64_t update);

/* ---- in clip.c */
/** Sum of squares over the segments, in double, in their order. */
double sidle_grad_squares(const sidle_segment *segments, int n_segments,
                          const sidle_real *g);
/** min(1, clip / sqrt(squares)); 1 if clip is 0 or squares is 0. */
double sidle_clip_factor(double clip, double squares);

#ifdef __cplusplus
}
#endif

#endif
