/* bench_tick.c - whole training ticks, against matrix products at their side.
 */
#include "cli/bench.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/bench_gemm.h"
#include "cli/command.h"
#include "cli/median.h"
#include "io/json.h"
#include "mpi/runner.h"
#include "run/alike.h"
#include "run/configure.h"
#include "run/memory.h"
#include "run/setup_views.h"
#include "run/uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WARM_UP 2

typedef struct ticks {
    sidle_comm comm;
    sidle_options options;
    sidle_setup setup;
    sidle_runner *runner;
    double *left;    /* when the first block was done with an item */
    double *entered; /* when it took up the next one */
    double *gemm;    /* a product's rate just then, operations a second */
    sidle_product product;
    double rate; /* the last one */
} ticks;

/* Between two items a product is timed, so that each tick is held against what
 * the core gives in the same second; of several ranks the others would work on
 * meanwhile, so there it is timed before the first tick. */
static int note_time(void *context, int64_t item)
{
    ticks *t = context;

    t->left[item - 1] = sidle_now();
    if (t->comm.size == 1 || item <= WARM_UP)
        t->rate = sidle_product_rate(&t->product);
    t->gemm[item - 1] = t->rate;
    t->entered[item - 1] = sidle_now();
    return 0;
}

static sidle_status run_ticks(ticks *t)
{
    sidle_runner_config config = sidle_setup_runner(&t->setup, &t->comm);

    config.on_item = note_time;
    config.context = t;
    t->setup.plan.eval_every = 0;
    SIDLE_TRY(sidle_runner_new(&config, &t->runner));
    return sidle_runner_run(t->runner);
}

typedef struct figures {
    double seconds, least, gflops, gemm, fraction;
} figures;

static figures figures_of(const sidle_bench_words *words, ticks *t)
{
    size_t n = (size_t)words->items;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double used = (double)(t->comm.size < cores ? t->comm.size : cores);
    double flops = sidle_setup_flops(&t->setup);
    double *took = t->left + WARM_UP + 1, *gemm = t->gemm + WARM_UP + 1;
    double *fraction = t->entered + WARM_UP;
    figures f;

    for (size_t i = 0; i < n; i++) {
        took[i] -= fraction[i];
        fraction[i] = flops / took[i] / (gemm[i] * used);
    }
    f.seconds = sidle_median(took, n);
    f.least = took[0];
    f.gflops = flops * 1e-9 / f.seconds;
    f.gemm = sidle_median(gemm, n) * 1e-9;
    f.fraction = sidle_median(fraction, n);
    return f;
}

static sidle_status print_ticks(const sidle_bench_words *words, ticks *t)
{
    figures f = figures_of(words, t);
    sidle_json *json;

    if (!words->is_json) {
        printf("tick: %.6f s an item (median of %lld, least %.6f), "
               "%.1f GFLOP/s, %.3f of gemm (%.1f a core), %d rank%s\n",
               f.seconds, (long long)words->items, f.least, f.gflops,
               f.fraction, f.gemm, t->comm.size, sidle_plural(t->comm.size));
        return SIDLE_OK;
    }
    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_real(json, "seconds_per_item", f.seconds);
    sidle_json_real(json, "gflops", f.gflops);
    sidle_json_real(json, "fraction_of_gemm", f.fraction);
    sidle_json_int(json, "ranks", t->comm.size);
    sidle_json_real(json, "gemm_gflops", f.gemm);
    sidle_json_real(json, "least_seconds_per_item", f.least);
    return sidle_json_print(json, stdout);
}

/* Beside the items that count, those that warm up, and one to end the last. */
static sidle_status configure(const sidle_bench_words *words, ticks *t)
{
    const sidle_run_words *said = &words->run;
    size_t size = ((size_t)said->n_overrides + 2) * sizeof(char *);
    static char updates[] = "run.updates=0";
    char steps[40], **overrides = malloc(size);
    sidle_run_words all = *said;
    sidle_status status;

    SIDLE_CHECK(overrides != NULL, "no memory for %d words", said->n_overrides);
    for (int i = 0; i < said->n_overrides; i++)
        overrides[i] = said->overrides[i];
    snprintf(steps, sizeof(steps), "run.steps=%lld",
             (long long)words->items + WARM_UP + 1);
    overrides[all.n_overrides++] = steps;
    overrides[all.n_overrides++] = updates;
    all.overrides = overrides;
    status = sidle_configure(&t->comm, &all, &t->options);
    free(overrides);
    return status;
}

static sidle_status bench_tick(const sidle_bench_words *words, ticks *t)
{
    const sidle_run_words *said = &words->run;

    SIDLE_TRY(sidle_alike_program(&t->comm, "bench tick"));
    SIDLE_TRY(sidle_agree(&t->comm, sidle_uses_bench("tick", said->overrides,
                                                     said->n_overrides)));
    SIDLE_TRY(configure(words, t));
    SIDLE_TRY(sidle_setup_all(&t->comm, &t->options, &t->setup));
    SIDLE_TRY(sidle_memory_check(&t->comm, &t->setup, 0));
    t->left = calloc(3 * (size_t)t->options.run.steps, sizeof(double));
    SIDLE_CHECK(t->left != NULL, "no memory for the times of the items");
    t->entered = t->left + t->options.run.steps;
    t->gemm = t->entered + t->options.run.steps;
    t->product = sidle_product_new();
    SIDLE_TRY(run_ticks(t));
    return t->comm.rank == 0 ? print_ticks(words, t) : SIDLE_OK;
}

int sidle_bench_tick(const sidle_bench_words *words)
{
    ticks *t = calloc(1, sizeof(*t));
    sidle_status status;

    SIDLE_CHECK(t != NULL, "no memory");
    status = sidle_comm_open(&t->comm);
    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_log_set_quiet(t->comm.rank != 0);
    status = bench_tick(words, t);
    sidle_runner_free(t->runner);
    sidle_setup_done(&t->setup);
    sidle_comm_close(&t->comm);
    sidle_product_done(&t->product);
    free(t->left);
    free(t);
    return status;
}
