/* peak.c - a matrix product timed now and then, and the run itself. */
#include "run/peak.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"
#include "math/gemm.h"
#include "math/vector.h"

#include <math.h>
#include <stdlib.h>

#define GEMM_SIZE 384 /* three matrices fit the second-level cache */

static const double at_start = 0.1, again = 0.02, pause = 10.0; /* seconds */

double sidle_measure_gemm(double seconds)
{
    ptrdiff_t n = GEMM_SIZE, count = n * n;
    sidle_real *memory =
        aligned_alloc(SIDLE_ALIGN, sizeof(*memory) * 3 * (size_t)count);
    sidle_mat a, b, c;
    double best = HUGE_VAL, until = sidle_now() + seconds;

    SIDLE_CHECK(memory != NULL, "no memory for three %td x %td matrices", n, n);
    sidle_fill(3 * count, (sidle_real)0.5, memory);
    a = sidle_mat_of(memory, n, n);
    b = sidle_mat_of(memory + count, n, n);
    c = sidle_mat_of(memory + 2 * count, n, n);
    while (sidle_now() < until || best == HUGE_VAL) {
        double from = sidle_now(), took;

        sidle_gemm(1, a, b, 0, c);
        took = sidle_now() - from;
        /* Whatever else runs on the core only makes a product slower. */
        best = took < best ? took : best;
    }
    free(memory);
    return 2.0 * (double)n * (double)n * (double)n / best;
}

void sidle_peak_init(sidle_peak *peak, double cores)
{
    *peak = (sidle_peak){.best = sidle_measure_gemm(at_start) * cores,
                         .cores = cores,
                         .looked = sidle_now()};
}

void sidle_peak_look(sidle_peak *peak)
{
    double now = sidle_now(), rate;

    if (now - peak->looked < pause)
        return;
    rate = sidle_measure_gemm(again) * peak->cores;
    peak->looked = sidle_now();
    peak->best = rate > peak->best ? rate : peak->best;
}

double sidle_peak_share(sidle_peak *peak, double rate, double seconds)
{
    if (rate > peak->best && seconds >= 1.0)
        peak->best = rate;
    return rate < peak->best ? rate / peak->best : 1.0;
}
