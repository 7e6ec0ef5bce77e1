/* twin.h - segments, and weights in double that follow the formulas. */
#ifndef SIDLE_TESTS_TWIN_H
#define SIDLE_TESTS_TWIN_H

#include "check.h"

#include "optim/optim.h"

#include <stdlib.h>
#include <string.h>

#define TWIN_MAX 2048

/* What stands between segments: no update may move it. */
#define TWIN_PADDING 0.25

/* One optimizer with its weights, and the same in double. */
typedef struct twin {
    sidle_optim *optim;
    const sidle_segment *segments;
    int n_segments;
    ptrdiff_t count;
    sidle_real w[TWIN_MAX], g[TWIN_MAX];
    double w2[TWIN_MAX], m2[TWIN_MAX], v2[TWIN_MAX], g2[TWIN_MAX];
} twin;

/* A generous default of every number; tests change what they are about. */
static inline sidle_optim_config twin_config(sidle_optim_kind kind)
{
    return (sidle_optim_config){
        .kind = kind,
        .lr = 0.3,
        .matrix_lr = 2e-2,
        .matrix_momentum = 0.9,
        .decay_steps = 100,
        .final_lr = 0.1,
        .beta1 = 0.95,
        .beta2 = 0.99,
        .eps = 1e-8,
    };
}

static inline ptrdiff_t twin_size(const sidle_segment *segment)
{
    return segment->rows * segment->cols;
}

static inline void twin_begin(twin *t, const sidle_optim_config *config,
                              const sidle_segment *segments, int n_segments,
                              ptrdiff_t count, uint64_t seed)
{
    assert_true(count <= TWIN_MAX);
    memset(t, 0, sizeof(*t));
    t->segments = segments;
    t->n_segments = n_segments;
    t->count = count;
    assert_int_equal(
        sidle_optim_new(config, segments, n_segments, count, &t->optim),
        SIDLE_OK);
    for (ptrdiff_t i = 0; i < count; i++)
        t->w[i] = (sidle_real)TWIN_PADDING;
    for (int i = 0; i < n_segments; i++)
        check_random(seed + (uint64_t)i, "w", twin_size(&segments[i]),
                     t->w + segments[i].offset);
    for (ptrdiff_t i = 0; i < count; i++)
        t->w2[i] = (double)t->w[i];
}

/* Fresh gradients everywhere, between the segments too. */
static inline void twin_fresh_gradient(twin *t, uint64_t seed)
{
    check_random(seed, "g", t->count, t->g);
    for (ptrdiff_t i = 0; i < t->count; i++)
        t->g2[i] = (double)t->g[i];
}

static inline void twin_end(twin *t)
{
    sidle_optim_free(t->optim);
}

#endif
