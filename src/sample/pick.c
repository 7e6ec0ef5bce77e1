/* pick.c - thresholds on logits, then one draw. */
#include "sample/pick.h"

#include "data/ids.h"

#include <math.h>
#include <stdlib.h>

static int32_t likeliest(ptrdiff_t vocab, const double *logits)
{
    ptrdiff_t best = 0;

    for (ptrdiff_t i = 1; i < vocab; i++)
        if (logits[i] > logits[best])
            best = i;
    return (int32_t)best;
}

typedef struct candidate {
    double logit, id;
} candidate;

/* Of equal ones the lower id is the likelier. */
static int less_likely_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;

    if (x->logit < y->logit || x->logit > y->logit)
        return x->logit < y->logit ? -1 : 1;
    return x->id > y->id ? -1 : 1;
}

static void sort(ptrdiff_t n, const double *x, candidate *sorted)
{
    for (ptrdiff_t i = 0; i < n; i++)
        sorted[i] = (candidate){x[i], (double)i};
    qsort(sorted, (size_t)n, sizeof(*sorted), less_likely_first);
}

static void drop(ptrdiff_t n, const candidate *sorted, double *x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[(ptrdiff_t)sorted[i].id] = -HUGE_VAL;
}

/* How many, going up, do not yet make up 1 - top_p of the probability. */
static ptrdiff_t outside_nucleus(ptrdiff_t n, const candidate *sorted,
                                 double top_p)
{
    double largest = sorted[n - 1].logit, all = 0.0, mass = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        /* Without the largest, so that exp() cannot overflow. */
        all += exp(sorted[i].logit - largest);
    for (ptrdiff_t i = 0; i < n; i++) {
        mass += exp(sorted[i].logit - largest);
        if (mass >= (1.0 - top_p) * all)
            return i;
    }
    return n - 1;
}

static int32_t draw(ptrdiff_t n, double *x, double temperature, double uniform)
{
    double largest = x[likeliest(n, x)], all = 0.0, mass = 0.0;
    ptrdiff_t drawn = 0;

    temperature = fmax(temperature, 1e-12);
    for (ptrdiff_t i = 0; i < n; i++) {
        x[i] = exp((x[i] - largest) / temperature);
        all += x[i];
    }
    /* Rounding may leave the last sum below its bound: a possible token then.*/
    for (ptrdiff_t i = 0; i < n && mass <= uniform * all; i++) {
        mass += x[i];
        if (x[i] > 0.0)
            drawn = i;
    }
    return (int32_t)drawn;
}

int32_t sidle_pick_token(const sidle_pick *pick, ptrdiff_t vocab,
                         const sidle_real *logits, sidle_rng rng,
                         int64_t position, double *scratch)
{
    double *x = scratch;
    candidate *sorted = (candidate *)(scratch + vocab);

    for (ptrdiff_t i = 0; i < vocab; i++)
        x[i] = (double)logits[i];
    /* Neither follows anything in the data. */
    x[SIDLE_PAD] = -HUGE_VAL;
    x[SIDLE_SOS] = -HUGE_VAL;
    if (pick->is_greedy || pick->temperature <= 0.0 || pick->top_p <= 0.0)
        return likeliest(vocab, x);
    if (pick->top_k > 0 && pick->top_k < vocab) {
        sort(vocab, x, sorted);
        drop(vocab - pick->top_k, sorted, x);
    }
    if (pick->top_p < 1.0) {
        sort(vocab, x, sorted);
        drop(outside_nucleus(vocab, sorted, pick->top_p), sorted, x);
    }
    return draw(vocab, x, pick->temperature,
                sidle_rng_uniform(rng, (uint64_t)position));
}
