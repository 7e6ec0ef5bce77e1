/* cmd_plan.c - what a run will need and how long it will take, before it is
 * started: no MPI, nothing reserved. */
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/item_speed.h"
#include "cli/plan_files.h"
#include "cli/show_plan.h"
#include "cli/show_plan_json.h"
#include "run/configure.h"
#include "run/pace.h"
#include "run/peak.h"
#include "run/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *config, *svg, *trace;
    char **overrides;
    int n_overrides, is_json, is_measured;
    int64_t ranks, items; /* 0: not given */
} arguments;

enum {
    KEY_RANKS = 0x100,
    KEY_MEASURE,
    KEY_JSON,
    KEY_SVG,
    KEY_TRACE,
    KEY_ITEMS
};

static const struct argp_option words[] = {
    {"ranks", KEY_RANKS, "P", 0, "MPI ranks of one chain of blocks (required)",
     0},
    {"measure", KEY_MEASURE, NULL, 0,
     "time every unit on this machine and print the partition that balances "
     "the blocks (default: count operations)",
     0},
    {"json", KEY_JSON, NULL, 0,
     "print one JSON object and nothing else (default: off)", 0},
    {"svg", KEY_SVG, "FILE", 0,
     "draw the first items as a picture (default: "
     "off)",
     0},
    {"trace", KEY_TRACE, "FILE", 0,
     "write the first items as a timeline for Perfetto or chrome://tracing "
     "(default: off)",
     0},
    {"items", KEY_ITEMS, "N", 0,
     "number of items to show, draw and trace (default: twice the number of "
     "blocks, plus two, plus one update)",
     0},
    {0}};

enum { MOST_SHOWN = 200, MOST_ITEMS = 10000 }; /* unasked; at all */

static void check_words(const arguments *args, const struct argp_state *state)
{
    if (args->items > MOST_ITEMS)
        argp_error(state, "--items is %lld, expected at most %d",
                   (long long)args->items, MOST_ITEMS);
    if (args->svg != NULL && args->trace != NULL &&
        strcmp(args->svg, args->trace) == 0)
        argp_error(state, "--svg and --trace name the same file, \"%s\"",
                   args->svg);
    if (args->config == NULL)
        argp_error(state, "no configuration is given; name a YAML file, or - "
                          "for standard input");
    if (args->ranks == 0)
        argp_error(state, "the number of ranks is missing: --ranks P");
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_RANKS:
        args->ranks = sidle_parse_whole(state, "ranks", value, 1);
        return 0;
    case KEY_MEASURE:
        args->is_measured = 1;
        return 0;
    case KEY_JSON:
        args->is_json = 1;
        return 0;
    case KEY_SVG:
        args->svg = sidle_parse_path(state, value);
        return 0;
    case KEY_TRACE:
        args->trace = sidle_parse_path(state, value);
        return 0;
    case KEY_ITEMS:
        args->items = sidle_parse_whole(state, "items", value, 1);
        return 0;
    case ARGP_KEY_ARG:
        if (args->config == NULL)
            args->config = value;
        else
            sidle_parse_override(state, value, args->overrides,
                                 &args->n_overrides);
        return 0;
    case ARGP_KEY_END:
        check_words(args, state);
        sidle_parse_alone(state, "");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp plan_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "CONFIG.yaml --ranks P [key=value ...]",
    .doc = "Shows the plan of a run: partition, memory of each rank, "
           "schedule, predicted time of an item and idle share. It runs in "
           "one process without MPI, and does not need the data. If "
           "CONFIG.yaml is -, standard input is read.\vThe memory is what "
           "train reserves and reports at its end. The data and the memory "
           "of MPI and HDF5 are not included. Every key=value of train is "
           "accepted; one that does not affect the plan is only checked."};

/* ---- the command */

static int64_t n_shown(const arguments *args, const sidle_plan *plan)
{
    int64_t few = 2 * (int64_t)plan->n_blocks + 2;
    int64_t update = (int64_t)plan->update_every + 1;

    if (args->items > 0)
        return args->items;
    if (few < update)
        few = update;
    return few < MOST_SHOWN ? few : MOST_SHOWN;
}

static sidle_status write_files(const arguments *args,
                                const sidle_prediction *p)
{
    sidle_timeline timeline = {0};
    sidle_plan plan;
    sidle_status status;

    if (args->svg == NULL && args->trace == NULL)
        return SIDLE_OK;
    status = sidle_predict_timeline(p, n_shown(args, &p->setup->plan), &plan,
                                    &timeline);
    if (status == SIDLE_OK && args->svg != NULL)
        status = sidle_plan_write_svg(p, &timeline, args->svg);
    if (status == SIDLE_OK && args->trace != NULL)
        status = sidle_plan_write_trace(&timeline, args->trace);
    sidle_timeline_done(&timeline);
    return status;
}

/* A `speed` of no rows: not measured. */
static sidle_status find_times(const arguments *args, sidle_prediction *p,
                               sidle_item_speed *speed)
{
    p->is_measured = args->is_measured;
    if (args->is_measured) {
        SIDLE_TRY(sidle_pace_measure(p->setup, p->of_unit));
        return sidle_item_speed_measure(p, speed);
    }
    p->rate = sidle_measure_gemm(0.1);
    return sidle_pace_count(p->setup, p->rate, p->of_unit);
}

static sidle_status show(const arguments *args, const sidle_setup *setup)
{
    sidle_item_speed speed = {0};
    sidle_prediction p;
    sidle_status status = sidle_predict_begin(setup, (int)args->ranks, &p);

    if (status == SIDLE_OK)
        status = find_times(args, &p, &speed);
    if (status == SIDLE_OK)
        status = sidle_predict(&p);
    if (status == SIDLE_OK)
        status = write_files(args, &p);
    if (status == SIDLE_OK)
        status = args->is_json
                     ? sidle_show_plan_json(&p, &speed)
                     : sidle_show_plan(&p, &speed, n_shown(args, &setup->plan));
    sidle_predict_done(&p);
    return status;
}

static sidle_status run(const arguments *args, sidle_setup *setup)
{
    const sidle_run_words said = {.file = args->config,
                                  .overrides = args->overrides,
                                  .n_overrides = args->n_overrides};
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = sidle_configure_alone(&said, options);
    if (status == SIDLE_OK && args->ranks > SIDLE_MAX_BLOCKS)
        status = sidle_fail(SIDLE_EUSAGE, "--ranks %lld: at most %d",
                            (long long)args->ranks, SIDLE_MAX_BLOCKS);
    if (status == SIDLE_OK)
        status = sidle_setup_plan(options, (int)args->ranks, setup);
    free(options);
    SIDLE_TRY(status);
    return show(args, setup);
}

int sidle_cmd_plan(int argc, char **argv)
{
    arguments args = {.overrides = calloc((size_t)argc, sizeof(char *))};
    sidle_setup *setup = calloc(1, sizeof(*setup));
    sidle_status status;

    SIDLE_CHECK(args.overrides != NULL && setup != NULL, "no memory");
    sidle_parse(&plan_argp, "plan", argc, argv, &args);
    status = run(&args, setup);
    sidle_setup_done(setup);
    free(setup);
    free(args.overrides);
    return sidle_fail_print(status);
}
