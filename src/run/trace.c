/* trace.c - from spans to a picture, and figures in words. */
#include "run/trace.h"

#include "base/log.h"
#include "base/text.h"
#include "io/json.h"
#include "io/trace_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART "trace.json.part"

static const sidle_trace_kind kinds[] = {
    [SIDLE_EVENT_FORWARD] = SIDLE_TRACE_FORWARD,
    [SIDLE_EVENT_RERUN] = SIDLE_TRACE_RERUN,
    [SIDLE_EVENT_INPUT_GRAD] = SIDLE_TRACE_INPUT_GRAD,
    [SIDLE_EVENT_WEIGHT_GRAD] = SIDLE_TRACE_WEIGHT_GRAD,
    [SIDLE_EVENT_UPDATE] = SIDLE_TRACE_UPDATE,
    [SIDLE_EVENT_EVAL] = SIDLE_TRACE_EVAL,
    [SIDLE_EVENT_MESSAGE] = SIDLE_TRACE_MESSAGE,
    [SIDLE_EVENT_WAIT_LEFT] = SIDLE_TRACE_WAIT_LEFT,
    [SIDLE_EVENT_WAIT_RIGHT] = SIDLE_TRACE_WAIT_RIGHT,
    [SIDLE_EVENT_IO] = SIDLE_TRACE_IO};

sidle_trace_kind sidle_trace_kind_of(int event_kind)
{
    return kinds[event_kind];
}

/* ---- the file */

/* The threads of a rank: its blocks by their numbers, then these. */
static int thread_of_waits(const sidle_trace_rank *rank)
{
    return rank->first_block + rank->n_blocks;
}

static int thread_of(const sidle_trace_rank *rank, const sidle_event *span)
{
    switch (span->kind) {
    case SIDLE_EVENT_WAIT_LEFT:
    case SIDLE_EVENT_WAIT_RIGHT:
        return thread_of_waits(rank);
    case SIDLE_EVENT_IO:
        return thread_of_waits(rank) + 1;
    default:
        return span->block;
    }
}

static void write_names(sidle_trace_file *file, int r,
                        const sidle_trace_rank *rank)
{
    char text[128];

    sidle_text_format(text, sizeof(text), "rank %d on host %s", r, rank->host);
    sidle_trace_file_process(file, r, text);
    for (int i = 0; i < rank->n_blocks; i++) {
        sidle_text_format(text, sizeof(text), "block %d",
                          rank->first_block + i);
        sidle_trace_file_thread(file, r, rank->first_block + i, text);
    }
    sidle_trace_file_thread(file, r, thread_of_waits(rank), "waiting");
    sidle_trace_file_thread(file, r, thread_of_waits(rank) + 1, "input/output");
}

/* The picture begins with the first span. */
static double origin_of(const sidle_trace *trace)
{
    double origin = HUGE_VAL;

    for (int r = 0; r < trace->n_ranks; r++)
        if (trace->ranks[r].count > 0)
            origin = fmin(origin, trace->spans[trace->ranks[r].first].begin);
    return origin;
}

static void write_spans(sidle_trace_file *file, const sidle_trace *trace)
{
    double origin = origin_of(trace);

    for (int r = 0; r < trace->n_ranks; r++) {
        const sidle_trace_rank *rank = &trace->ranks[r];

        write_names(file, r, rank);
        for (int64_t i = rank->first; i < rank->first + rank->count; i++) {
            const sidle_event *span = &trace->spans[i];

            sidle_trace_file_add(
                file, &(sidle_trace_event){
                          .kind = kinds[span->kind],
                          .item = span->item,
                          .process = r,
                          .thread = thread_of(rank, span),
                          /* The format counts microseconds. */
                          .begin = 1e6 * (span->begin - origin),
                          .duration = 1e6 * (span->end - span->begin)});
        }
    }
}

static void put_ranks(sidle_json *json, const sidle_trace *trace,
                      const sidle_figures *f)
{
    sidle_json_begin_list(json, "ranks");
    for (int r = 0; r < f->n_ranks; r++) {
        sidle_json_item(json);
        sidle_json_int(json, "rank", r);
        sidle_json_text(json, "host", trace->ranks[r].host);
        sidle_json_real(json, "clock_error", trace->ranks[r].error);
        sidle_json_real(json, "seconds", f->ranks[r].seconds);
        sidle_json_real(json, "work_per_item", f->ranks[r].work);
        for (int k = 0; k < SIDLE_N_EVENT_KINDS; k++)
            sidle_json_real(json, sidle_trace_words(kinds[k]),
                            f->ranks[r].share[k]);
    }
    sidle_json_end_list(json);
}

static sidle_status write_figures(sidle_trace_file *file,
                                  const sidle_trace *trace,
                                  const sidle_figures *f)
{
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_int(json, "first_item", trace->first_item);
    sidle_json_int(json, "last_item", trace->last_item);
    sidle_json_int(json, "counted_from", f->first);
    sidle_json_int(json, "items", f->items);
    sidle_json_flag(json, "to_end", f->is_to_end);
    sidle_json_real(json, "seconds_per_item", f->seconds_per_item);
    sidle_json_real(json, "ideal", f->ideal);
    sidle_json_real(json, "reached", f->reached);
    sidle_json_real(json, "efficiency", f->efficiency);
    put_ranks(json, trace, f);
    sidle_json_begin_list(json, "blocks");
    for (int i = 0; i < f->n_blocks; i++) {
        sidle_json_item(json);
        sidle_json_int(json, "block", f->blocks[i].block);
        sidle_json_int(json, "rank", f->blocks[i].rank);
        sidle_json_real(json, "work_per_item", f->blocks[i].work);
    }
    sidle_json_end_list(json);
    return sidle_trace_file_other(file, json);
}

static sidle_status write_all(const sidle_trace *trace,
                              const sidle_figures *figures,
                              const sidle_dir *folder)
{
    sidle_trace_file *file;
    sidle_status status = SIDLE_OK, closed;

    /* Under another name: a picture that is there stays until this is whole. */
    SIDLE_TRY(sidle_trace_file_open_in(folder, PART, &file));
    write_spans(file, trace);
    if (figures->items > 0)
        status = write_figures(file, trace, figures);
    closed = sidle_trace_file_close(file);
    return closed != SIDLE_OK ? closed : status;
}

sidle_status sidle_trace_write(const sidle_trace *trace,
                               const sidle_figures *figures,
                               const sidle_dir *folder)
{
    sidle_status status = write_all(trace, figures, folder);

    if (status == SIDLE_OK)
        status = sidle_dir_rename(folder, PART, "trace.json");
    if (status != SIDLE_OK)
        unlinkat(folder->fd, PART, 0);
    return status;
}

/* ---- words */

static void tell_rank(const sidle_trace *trace, int r,
                      const sidle_rank_figures *figures)
{
    char text[512];
    size_t used = 0;

    for (int k = 0; k < SIDLE_N_EVENT_KINDS; k++) {
        sidle_text_format(text + used, sizeof(text) - used, "%s%s %.1f %%",
                          k > 0 ? ", " : "", sidle_trace_words(kinds[k]),
                          100.0 * figures->share[k]);
        used += strlen(text + used);
    }
    if (trace->n_ranks == 1)
        sidle_info("trace: %s", text);
    else
        sidle_info("trace: rank %d on host %s: %s", r, trace->ranks[r].host,
                   text);
}

static void tell_figures(const sidle_trace *trace, const sidle_figures *f)
{
    for (int r = 0; r < f->n_ranks; r++)
        tell_rank(trace, r, &f->ranks[r]);
    for (int i = 0; i < f->n_blocks; i++)
        sidle_info("trace: block %d on rank %d: %.6f s of work an item",
                   f->blocks[i].block, f->blocks[i].rank, f->blocks[i].work);
    sidle_info(
        "trace: items %lld to %lld%s%s: %.6f s an item; ranks work %.1f "
        "%% of their time, at best %.1f %% (all work / (%d x the slowest "
        "rank's)): efficiency %.3f",
        (long long)f->first, (long long)(f->first + f->items - 1),
        f->is_to_end ? ", with the pipe's filling and draining" : "",
        f->has_saves ? ", without the checkpoints" : "", f->seconds_per_item,
        100.0 * f->reached, 100.0 * f->ideal, f->n_ranks, f->efficiency);
}

/* A window needs an item after a whole update that the pipe was full for. */
static void tell_no_figures(const sidle_trace *trace, const sidle_figures *f)
{
    const sidle_plan *plan = trace->plan;
    char advice[80] = "";

    if (trace->first_item + f->shown - 1 < plan->steps) {
        sidle_info("trace: no figures: among the recorded items, up to item "
                   "%lld, there is no whole update after which the run "
                   "continued",
                   (long long)(trace->first_item + f->shown - 1));
        return;
    }
    if (trace->after == plan->start)
        snprintf(advice, sizeof(advice),
                 "; log.trace=%lld records all of such a start",
                 (long long)(plan->steps - plan->start));
    sidle_info("trace: no figures: no whole update was recorded between the "
               "warm-up, to item %lld, and the pipe's draining after item %lld"
               "%s",
               (long long)(trace->after + 2 * plan->n_blocks),
               (long long)plan->steps, advice);
}

static void warn_of_lost(const sidle_trace *trace)
{
    for (int r = 0; r < trace->n_ranks; r++)
        if (trace->ranks[r].n_lost > 0)
            sidle_warn("trace: %lld span%s of rank %d did not fit: its last "
                       "items are incomplete",
                       (long long)trace->ranks[r].n_lost,
                       sidle_plural(trace->ranks[r].n_lost), r);
}

static void tell(const sidle_trace *trace, const sidle_dir *folder)
{
    sidle_figures figures;

    sidle_figures_of(trace, &figures);
    if (figures.shown == 0)
        sidle_info("trace: the run reached none of the items to record; "
                   "%s/trace.json is unchanged",
                   folder->path);
    else if (sidle_trace_write(trace, &figures, folder) != SIDLE_OK)
        sidle_warn("the trace was not written: %s", sidle_fail_text());
    else
        sidle_info("trace: %s/trace.json shows %lld item%s from item %lld on; "
                   "open it in ui.perfetto.dev or chrome://tracing",
                   folder->path, (long long)figures.shown,
                   sidle_plural(figures.shown), (long long)trace->first_item);
    warn_of_lost(trace);
    if (figures.items > 0)
        tell_figures(trace, &figures);
    else if (figures.shown > 0)
        tell_no_figures(trace, &figures);
    sidle_figures_done(&figures);
}

void sidle_trace_tell(const sidle_runner *runner, const sidle_dir *folder)
{
    sidle_trace trace;

    sidle_runner_trace(runner, &trace);
    if (trace.n_ranks > 0)
        tell(&trace, folder);
    sidle_trace_done(&trace);
}
