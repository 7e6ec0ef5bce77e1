/* bench_gemm.c - the rate of single-precision matrix products on one core. */
#include "cli/bench_gemm.h"

#include "base/arena.h"
#include "base/clock.h"
#include "cli/median.h"
#include "io/json.h"
#include "math/gemm.h"
#include "math/vector.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct shape {
    ptrdiff_t m, n, k;
} shape;

static const shape shapes[] = {
    {64, 64, 64},      {128, 128, 128},    {256, 256, 256},
    {512, 512, 512},   {1024, 1024, 1024}, {2048, 256, 256},
    {2048, 1024, 256}, {2048, 256, 1024},  {256, 1024, 2048},
};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static sidle_product product_new(const shape *s)
{
    size_t count = (size_t)(s->m * s->k + s->k * s->n + s->m * s->n);
    sidle_product p;

    p.memory = aligned_alloc(SIDLE_ALIGN,
                             sidle_arena_round(count * sizeof(*p.memory)));
    SIDLE_CHECK(p.memory != NULL, "no memory for %zu numbers", count);
    sidle_fill((ptrdiff_t)count, (sidle_real)0.5, p.memory);
    p.a = sidle_mat_of(p.memory, s->m, s->k);
    p.b = sidle_mat_of(p.memory + s->m * s->k, s->k, s->n);
    p.c = sidle_mat_of(p.memory + s->m * s->k + s->k * s->n, s->m, s->n);
    return p;
}

sidle_product sidle_product_new(void)
{
    static const shape reference = {1024, 1024, 1024};

    return product_new(&reference);
}

void sidle_product_done(sidle_product *p)
{
    free(p->memory);
    p->memory = NULL;
}

double sidle_product_rate(const sidle_product *p)
{
    double from = sidle_now();

    sidle_gemm(1, p->a, p->b, 0, p->c);
    return 2.0 * (double)p->c.rows * (double)p->c.cols * (double)p->a.cols /
           (sidle_now() - from);
}

#define GEMM_TRIES 101

/* The median of many tries, as ticks are told by their median, too: on a shared
 * machine the best of many would be held against an ordinary one. */
static double rate_of(const shape *s)
{
    double rates[GEMM_TRIES], until = sidle_now() + 0.3;
    sidle_product p = product_new(s);
    size_t n = 0;

    sidle_product_rate(&p);
    while (n < GEMM_TRIES && (n < 5 || sidle_now() < until))
        rates[n++] = sidle_product_rate(&p);
    sidle_product_done(&p);
    return sidle_median(rates, n) * 1e-9;
}

sidle_status sidle_bench_gemm(int is_json)
{
    sidle_json *json = NULL;

    if (is_json) {
        SIDLE_TRY(sidle_json_new(&json));
        sidle_json_begin_list(json, "results");
    }
    for (size_t i = 0; i < N_SHAPES; i++) {
        const shape *s = &shapes[i];
        double gflops = rate_of(s);

        if (json == NULL) {
            printf("gemm m %td n %td k %td: %.1f GFLOP/s\n", s->m, s->n, s->k,
                   gflops);
            continue;
        }
        sidle_json_item(json);
        sidle_json_int(json, "m", s->m);
        sidle_json_int(json, "n", s->n);
        sidle_json_int(json, "k", s->k);
        sidle_json_real(json, "gflops", gflops);
    }
    if (json == NULL)
        return SIDLE_OK;
    sidle_json_end_list(json);
    return sidle_json_print(json, stdout);
}
