/* optim_inside.h - the functions of a kind of optimizer; private to the
 * room. */
#ifndef SIDLE_OPTIM_INSIDE_H
#define SIDLE_OPTIM_INSIDE_H

#include "optim/optim.h"

typedef struct sidle_optim_ops {
    const char *name;
    const char *state_names[SIDLE_OPTIM_MAX_STATES];
    /** How many states the rule itself has. */
    int (*n_states)(const sidle_optim_config *config);
    /** Whether a momentum acts in its steps; NULL: always. */
    int (*has_momentum)(const sidle_optim_config *config);
    /** Whether a segment has this state; NULL: every segment has all. */
    int (*has_state)(int state, const sidle_segment *segment);
    /** Reals of scratch for the largest segment; NULL: none. */
    ptrdiff_t (*scratch)(const sidle_segment *segments, int n_segments);
    /** Operations of the products in one update of a segment; NULL: none.
     * Operations per weight are estimated from the numbers read and written. */
    double (*flops)(const sidle_segment *segment);
    /** Whether the rule can use a gradient with this finite sum of squares;
     * NULL: any. */
    int (*can_use)(const sidle_optim_config *config, double squares);
    /** A rate other than optim.lr, of the segments that the rule
     * orthogonalizes; 0: none. NULL: none. */
    double (*matrix_lr)(const sidle_optim_config *config);
    /** Whether optim.lookahead fits the rule and its momenta (delay.c). */
    sidle_status (*check_lookahead)(const sidle_optim_config *config);
    /** One update; optim->updates counts it already. */
    void (*step)(sidle_optim *optim, double factor, sidle_real *w,
                 sidle_real *g);
} sidle_optim_ops;

extern const sidle_optim_ops sidle_sgd_ops, sidle_adamw_ops, sidle_nadam_ops,
    sidle_muon_ops, sidle_rmsprop_ops;

/* ---- in optim.c */
const sidle_optim_ops *sidle_optim_row(sidle_optim_kind kind);

/** n_states of the kinds with m and v. */
int sidle_optim_two_states(const sidle_optim_config *config);
/** can_use of the kinds that keep the squares of the gradient in single
 * precision: with clipping every gradient fits. */
int sidle_optim_fits_single(const sidle_optim_config *config, double squares);

/** The factor by which decay scales a weight before its step at this rate. */
sidle_real sidle_optim_keep(const sidle_optim *optim,
                            const sidle_segment *segment, double rate);

/* ---- in orthogonal.c */
/** Make every segment of g orthogonal to its running mean, then take g as it
 * was into the mean, the last state. */
void sidle_orthogonal_apply(const sidle_optim *optim, sidle_real *g);

/* ---- in norm.c */
/** One update of a segment; g becomes the direction. */
void sidle_norm_segment(const sidle_optim *optim, double factor,
                        const sidle_segment *segment, sidle_real *w,
                        sidle_real *g);

/* ---- in delay.c */
/** Check that the remedies for delay fit the rule. Errors: SIDLE_EUSAGE. */
sidle_status sidle_delay_check(const sidle_optim_config *config);
/** For check_lookahead: check that it raises this momentum, whose option is
 * `key`. Errors: SIDLE_EUSAGE. */
sidle_status sidle_optim_raises(const sidle_optim_config *config,
                                const char *key, double momentum);
/** The config whose momenta the look-ahead has raised for its delay. */
sidle_optim_config sidle_optim_raised(const sidle_optim_config *config);
/** Whether the steps of this block compensate spikes. */
int sidle_is_compensated(const sidle_optim_config *config);
/**
 * The share of the momentum in a step, m^(ahead + tau); the rest is the newest
 * gradient's. `ahead` is 1 for Nesterov's step, else 0; tau is the delay if
 * spikes are compensated, else 0.
 */
double sidle_momentum_share(const sidle_optim_config *config, double momentum,
                            int ahead);

/* NAdam's numbers of one update, the same for every segment. */
typedef struct sidle_nadam_step {
    double rate;
    sidle_real beta1, beta2, eps;
    sidle_real fresh1, fresh2; /* 1 - beta1, 1 - beta2 */
    sidle_real unbias;         /* 1 / (1 - beta2^t) */
    sidle_real from_g, from_m; /* parts of the gradient and of its mean */
} sidle_nadam_step;

/* ---- in nadam.c */
/** Advances the running product of momenta: call once per update. */
sidle_nadam_step sidle_nadam_begin(sidle_optim *optim, double factor);
void sidle_nadam_segment(const sidle_optim *optim, const sidle_nadam_step *step,
                         const sidle_segment *segment, sidle_real *w,
                         const sidle_real *g);

#endif
