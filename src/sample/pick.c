/* pick.c - thresholds on logits, then one draw. */
#include "sample/pick.h"

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

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void sort(ptrdiff_t n, const double *x, double *sorted)
{
    for (ptrdiff_t i = 0; i < n; i++)
        sorted[i] = x[i];
    qsort(sorted, (size_t)n, sizeof(*sorted), ascending);
}

static void keep_from(ptrdiff_t n, double threshold, double *x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (x[i] < threshold)
            x[i] = -HUGE_VAL;
}

/* The first logit, going up, where the probability of all up to it reaches
 * 1 - top_p. */
static double nucleus(ptrdiff_t n, const double *sorted, double top_p)
{
    double largest = sorted[n - 1], all = 0.0, mass = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        all += exp(sorted[i] - largest);
    for (ptrdiff_t i = 0; i < n; i++) {
        mass += exp(sorted[i] - largest);
        if (mass >= (1.0 - top_p) * all)
            return sorted[i];
    }
    return largest;
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
    double *x = scratch, *sorted = scratch + vocab;

    for (ptrdiff_t i = 0; i < vocab; i++)
        x[i] = (double)logits[i];
    x[SIDLE_TOKEN_PAD] = -HUGE_VAL;
    x[SIDLE_TOKEN_SOS] = -HUGE_VAL;
    if (pick->is_greedy || pick->temperature <= 0.0 || pick->top_p <= 0.0)
        return likeliest(vocab, x);
    if (pick->top_k > 0 && pick->top_k < vocab) {
        sort(vocab, x, sorted);
        keep_from(vocab, sorted[vocab - pick->top_k], x);
    }
    if (pick->top_p < 1.0) {
        sort(vocab, x, sorted);
        keep_from(vocab, nucleus(vocab, sorted, pick->top_p), x);
    }
    return draw(vocab, x, pick->temperature,
                sidle_rng_uniform(rng, (uint64_t)position));
}
