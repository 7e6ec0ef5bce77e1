/* cmd_bench.c - figures: matrix products, whole training ticks, checkpoints. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/bench.h"
#include "cli/command.h"
#include "io/json.h"
#include "math/gemm.h"
#include "math/vector.h"
#include "mpi/runner.h"
#include "run/alike.h"
#include "run/configure.h"
#include "run/memory.h"
#include "run/setup.h"
#include "run/setup_views.h"
#include "run/uses.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    const char *what, *config;
    char **overrides;
    int n_overrides, is_json;
    int64_t items;
} arguments;

enum { KEY_JSON = 0x100, KEY_ITEMS };

static const struct argp_option words[] = {
    {"json", KEY_JSON, NULL, 0,
     "print one JSON object and nothing else (default: off)", 0},
    {"items", KEY_ITEMS, "N", 0,
     "number of items that tick measures after two warm-up items, instead of "
     "run.steps (default: 10)",
     0},
    {0}};

static void check_words(const arguments *args, const struct argp_state *state)
{
    int is_gemm;

    if (args->what == NULL)
        argp_error(state, "no benchmark is given: gemm, tick or checkpoint");
    is_gemm = strcmp(args->what, "gemm") == 0;
    if (!is_gemm && strcmp(args->what, "tick") != 0 &&
        strcmp(args->what, "checkpoint") != 0)
        argp_error(state,
                   "\"%s\" is not a benchmark: gemm, tick or "
                   "checkpoint",
                   args->what);
    if (!is_gemm && args->config == NULL)
        argp_error(state, "bench %s needs a configuration", args->what);
    if (is_gemm && (args->config != NULL || args->n_overrides > 0))
        argp_error(state, "bench gemm takes no configuration");
    if (is_gemm)
        sidle_parse_alone(state, "gemm");
}

enum { MOST_ITEMS = 1000000 }; /* of which the times are kept */

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_JSON:
        args->is_json = 1;
        return 0;
    case KEY_ITEMS:
        args->items = sidle_parse_whole(state, "items", value, 1);
        if (args->items > MOST_ITEMS)
            argp_error(state, "--items %s: at most %d", value, MOST_ITEMS);
        return 0;
    case ARGP_KEY_ARG:
        if (args->what == NULL)
            args->what = value;
        else if (args->config == NULL && strchr(value, '=') == NULL)
            args->config = value;
        else
            sidle_parse_override(state, value, args->overrides,
                                 &args->n_overrides);
        return 0;
    case ARGP_KEY_END:
        check_words(args, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp bench_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "gemm\ntick CONFIG.yaml [key=value ...]\n"
                "checkpoint CONFIG.yaml [key=value ...]",
    .doc = "Measures this machine. gemm: the rate of single-precision matrix "
           "products on one core. tick: whole training ticks of a "
           "configuration including the update, under mpirun or in one "
           "process, compared with gemm in the same minute. checkpoint: "
           "saves of a configuration's state to run.dir in each "
           "checkpoint.mode, in turn with a plain write of as many bytes (as "
           "dd bs=1M conv=fsync); the files are removed afterwards.\vOnly "
           "the model's operations are counted, forward and backward."};

/* ---- gemm */

typedef struct shape {
    ptrdiff_t m, n, k;
} shape;

static const shape shapes[] = {
    {64, 64, 64},      {128, 128, 128},    {256, 256, 256},
    {512, 512, 512},   {1024, 1024, 1024}, {2048, 256, 256},
    {2048, 1024, 256}, {2048, 256, 1024},  {256, 1024, 2048},
};

/* What ticks are held against. */
static const shape reference = {1024, 1024, 1024};

#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* The factors of one product, and the memory that they lie in. */
typedef struct product {
    sidle_real *memory;
    sidle_mat a, b, c;
} product;

static product product_new(const shape *s)
{
    size_t count = (size_t)(s->m * s->k + s->k * s->n + s->m * s->n);
    product p;

    p.memory = aligned_alloc(SIDLE_ALIGN,
                             sidle_arena_round(count * sizeof(*p.memory)));
    SIDLE_CHECK(p.memory != NULL, "no memory for %zu numbers", count);
    sidle_fill((ptrdiff_t)count, (sidle_real)0.5, p.memory);
    p.a = sidle_mat_of(p.memory, s->m, s->k);
    p.b = sidle_mat_of(p.memory + s->m * s->k, s->k, s->n);
    p.c = sidle_mat_of(p.memory + s->m * s->k + s->k * s->n, s->m, s->n);
    return p;
}

/* Operations a second of one product, now. */
static double product_rate(const product *p)
{
    double from = sidle_now();

    sidle_gemm(1, p->a, p->b, 0, p->c);
    return 2.0 * (double)p->c.rows * (double)p->c.cols * (double)p->a.cols /
           (sidle_now() - from);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double sidle_median(double *values, size_t n)
{
    qsort(values, n, sizeof(values[0]), by_size);
    return values[n / 2];
}

#define GEMM_TRIES 101

/* The median of many tries, as ticks are told by their median, too: on a shared
 * machine the best of many would be held against an ordinary one. */
static double rate_of(const shape *s)
{
    double rates[GEMM_TRIES], until = sidle_now() + 0.3;
    product p = product_new(s);
    size_t n = 0;

    product_rate(&p);
    while (n < GEMM_TRIES && (n < 5 || sidle_now() < until))
        rates[n++] = product_rate(&p);
    free(p.memory);
    return sidle_median(rates, n) * 1e-9;
}

static sidle_status bench_gemm(const arguments *args)
{
    sidle_json *json = NULL;

    if (args->is_json) {
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

/* ---- tick */

#define WARM_UP 2

typedef struct ticks {
    sidle_comm comm;
    sidle_options options;
    sidle_setup setup;
    sidle_runner *runner;
    double *left;    /* when the first block was done with an item */
    double *entered; /* when it took up the next one */
    double *gemm;    /* a product's rate just then, operations a second */
    product product;
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
        t->rate = product_rate(&t->product);
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

static figures figures_of(const arguments *args, ticks *t)
{
    size_t n = (size_t)args->items;
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

static sidle_status print_ticks(const arguments *args, ticks *t)
{
    figures f = figures_of(args, t);
    sidle_json *json;

    if (!args->is_json) {
        printf("tick: %.6f s an item (median of %lld, least %.6f), "
               "%.1f GFLOP/s, %.3f of gemm (%.1f a core), %d rank%s\n",
               f.seconds, (long long)args->items, f.least, f.gflops, f.fraction,
               f.gemm, t->comm.size, sidle_plural(t->comm.size));
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

static sidle_status bench_tick(const arguments *args, ticks *t)
{
    const sidle_run_words said = {.file = args->config,
                                  .overrides = args->overrides,
                                  .n_overrides = args->n_overrides};

    SIDLE_TRY(sidle_alike_program(&t->comm, "bench tick"));
    /* the last word, run.steps, is ours */
    SIDLE_TRY(sidle_agree(&t->comm, sidle_uses_bench("tick", args->overrides,
                                                     args->n_overrides - 1)));
    SIDLE_TRY(sidle_configure(&t->comm, &said, &t->options));
    SIDLE_TRY(sidle_setup_all(&t->comm, &t->options, &t->setup));
    SIDLE_TRY(sidle_memory_check(&t->comm, &t->setup, 0));
    t->left = calloc(3 * (size_t)t->options.run.steps, sizeof(double));
    SIDLE_CHECK(t->left != NULL, "no memory for the times of the items");
    t->entered = t->left + t->options.run.steps;
    t->gemm = t->entered + t->options.run.steps;
    t->product = product_new(&reference);
    SIDLE_TRY(run_ticks(t));
    return t->comm.rank == 0 ? print_ticks(args, t) : SIDLE_OK;
}

static int cmd_tick(arguments *args)
{
    char steps[40];
    ticks *t = calloc(1, sizeof(*t));
    sidle_status status;

    SIDLE_CHECK(t != NULL, "no memory");
    /* There is room: the words "bench" and "tick" are no overrides. */
    snprintf(steps, sizeof(steps), "run.steps=%lld",
             (long long)args->items + WARM_UP + 1);
    args->overrides[args->n_overrides++] = steps;
    status = sidle_comm_open(&t->comm);
    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_log_set_quiet(t->comm.rank != 0);
    status = bench_tick(args, t);
    sidle_runner_free(t->runner);
    sidle_setup_done(&t->setup);
    sidle_comm_close(&t->comm);
    free(t->product.memory);
    free(t->left);
    free(t);
    return status;
}

int sidle_cmd_bench(int argc, char **argv)
{
    arguments args = {.overrides = calloc((size_t)argc, sizeof(char *)),
                      .items = 10};
    int code;

    SIDLE_CHECK(args.overrides != NULL, "no memory for %d words", argc);
    sidle_parse(&bench_argp, "bench", argc, argv, &args);
    if (strcmp(args.what, "gemm") == 0)
        code = sidle_log_failure(bench_gemm(&args));
    else if (strcmp(args.what, "tick") == 0)
        code = cmd_tick(&args);
    else
        code = sidle_bench_checkpoint(args.config, args.overrides,
                                      args.n_overrides, args.is_json);
    free(args.overrides);
    return code;
}
