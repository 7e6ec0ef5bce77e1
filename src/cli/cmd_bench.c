/* cmd_bench.c - figures: matrix products, whole training ticks, checkpoints. */
#include "base/log.h"
#include "cli/bench.h"
#include "cli/bench_gemm.h"
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

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

int sidle_cmd_bench(int argc, char **argv)
{
    arguments args = {.overrides = calloc((size_t)argc, sizeof(char *)),
                      .items = 10};
    sidle_bench_words said;
    int code;

    SIDLE_CHECK(args.overrides != NULL, "no memory for %d words", argc);
    sidle_parse(&bench_argp, "bench", argc, argv, &args);
    said = (sidle_bench_words){.run = {.file = args.config,
                                       .overrides = args.overrides,
                                       .n_overrides = args.n_overrides},
                               .items = args.items,
                               .is_json = args.is_json};
    if (strcmp(args.what, "gemm") == 0)
        code = sidle_fail_print(sidle_bench_gemm(args.is_json));
    else if (strcmp(args.what, "tick") == 0)
        code = sidle_bench_tick(&said);
    else
        code = sidle_bench_checkpoint(&said);
    free(args.overrides);
    return code;
}
