/* figures.c - a window of whole updates, and the spans that lie in it. */
#include "run/figures.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>

static int is_work(int kind)
{
    return kind <= SIDLE_EVENT_EVAL;
}

static void *reserve(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size);

    SIDLE_CHECK(memory != NULL, "no memory for the figures of a trace");
    return memory;
}

/* ---- the window */

/* The rank's first block's forward of an item. */
static const sidle_event *find_forward(const sidle_trace *t, int rank,
                                       int64_t item)
{
    const sidle_trace_rank *r = &t->ranks[rank];

    for (int64_t i = r->first; i < r->first + r->count; i++)
        if (t->spans[i].kind == SIDLE_EVENT_FORWARD &&
            t->spans[i].block == r->first_block && t->spans[i].item == item)
            return &t->spans[i];
    return NULL;
}

/* The last item that the rank's first block took up; 0: none. */
static int64_t reached_by(const sidle_trace *t, int rank)
{
    const sidle_trace_rank *r = &t->ranks[rank];
    int64_t most = 0;

    for (int64_t i = r->first; i < r->first + r->count; i++)
        if (t->spans[i].kind == SIDLE_EVENT_FORWARD &&
            t->spans[i].block == r->first_block && t->spans[i].item > most)
            most = t->spans[i].item;
    return most;
}

static int64_t reached_by_all(const sidle_trace *t)
{
    int64_t least = t->n_ranks > 0 ? INT64_MAX : 0;

    for (int r = 0; r < t->n_ranks; r++) {
        int64_t most = reached_by(t, r);

        least = sidle_smaller(most, least);
    }
    return least;
}

/* Whole updates, up to one that all ranks went on after. */
static int64_t steady_items(const sidle_plan *plan, int64_t first,
                            int64_t reached)
{
    int64_t next = first, after;

    while (next < reached &&
           (after = sidle_plan_update_after(plan, next)) <= reached)
        next = after;
    return next - first;
}

/* What the trace's items from `first_item` to `reached` are good for. What
 * was in the pipe at a start is work of items before it. */
static void choose_window(const sidle_trace *t, int64_t reached,
                          sidle_figures *f)
{
    const sidle_plan *plan = t->plan;
    int is_flushed = plan->schedule->is_flushed;
    int is_whole = t->first_item == t->after + 1 &&
                   sidle_plan_round(plan, t->first_item).first == t->first_item;
    int is_at_end = t->last_item == plan->steps && reached == plan->steps;
    int64_t from = t->after + 1 + (is_flushed ? 0 : 2 * plan->n_blocks);
    int64_t next = t->last_item + 1; /* the rest of the items is not all here */

    from = sidle_larger(from, t->first_item);
    f->first = sidle_plan_update_from(plan, from);
    f->items = steady_items(plan, f->first, sidle_smaller(reached, next));
    if (f->items > 0 || !is_at_end || !(is_whole || is_flushed))
        return;
    f->is_to_end = 1;
    if (is_whole)
        f->first = t->first_item;
    f->items = reached - f->first + 1;
}

/* ---- sums */

typedef struct time_window {
    double from, to;
} time_window;

static time_window steady_time(const sidle_trace *t, const sidle_figures *f,
                               int rank)
{
    return (time_window){find_forward(t, rank, f->first)->begin,
                         find_forward(t, rank, f->first + f->items)->begin};
}

/* What blocks do, from the first of these items on, to the last of it. */
static time_window time_to_end(const sidle_trace *t, const sidle_figures *f)
{
    time_window all = {HUGE_VAL, -HUGE_VAL};

    for (int r = 0; r < t->n_ranks; r++)
        for (int64_t i = 0; i < t->ranks[r].count; i++) {
            const sidle_event *span = &t->spans[t->ranks[r].first + i];

            if (is_work(span->kind) || span->kind == SIDLE_EVENT_MESSAGE) {
                all.from = fmin(all.from, span->begin);
                all.to = fmax(all.to, span->end);
            }
        }
    if (f->first > t->first_item)
        all.from = find_forward(t, 0, f->first)->begin;
    return all;
}

/* The part of a span that counts. */
static double counted(const time_window *time, const sidle_event *span)
{
    double begin = fmax(span->begin, time->from);
    double end = fmin(span->end, time->to);

    return end > begin ? end - begin : 0.0;
}

static void add_rank(const sidle_trace *t, int rank, const time_window *time,
                     sidle_figures *f, sidle_block_figures *blocks)
{
    const sidle_trace_rank *r = &t->ranks[rank];
    sidle_rank_figures *sum = &f->ranks[rank];

    sum->seconds = time->to - time->from;
    for (int64_t i = r->first; i < r->first + r->count; i++) {
        const sidle_event *span = &t->spans[i];
        double seconds = counted(time, span);

        sum->share[span->kind] += seconds / sum->seconds;
        if (span->kind == SIDLE_EVENT_IO)
            sum->saving += seconds;
        if (!is_work(span->kind))
            continue;
        sum->work += seconds / (double)f->items;
        blocks[span->block - r->first_block].work += seconds / (double)f->items;
    }
}

static void compare(sidle_figures *f)
{
    double work = 0.0, most = 0.0, seconds = 0.0;

    for (int r = 0; r < f->n_ranks; r++) {
        const sidle_rank_figures *rank = &f->ranks[r];

        work += rank->work;
        most = fmax(most, rank->work);
        seconds =
            fmax(seconds, (rank->seconds - rank->saving) / (double)f->items);
        f->has_saves |= rank->saving > 0.0;
    }
    f->seconds_per_item = seconds;
    /* The rank with the most work sets the pace: at best all wait for it
     * alone. */
    f->ideal = work / (f->n_ranks * most);
    f->reached = work / (f->n_ranks * seconds);
    f->efficiency = f->reached / f->ideal;
}

void sidle_figures_of(const sidle_trace *trace, sidle_figures *figures)
{
    const sidle_trace *t = trace;
    sidle_figures *f = figures;
    int64_t reached = reached_by_all(t);
    int at = 0;

    *f = (sidle_figures){.n_ranks = t->n_ranks};
    if (reached < t->first_item || t->n_ranks == 0)
        return;
    f->shown = sidle_smaller(reached, t->last_item) - t->first_item + 1;
    choose_window(t, reached, f);
    if (f->items == 0)
        return;
    for (int r = 0; r < f->n_ranks; r++)
        f->n_blocks += t->ranks[r].n_blocks;
    f->ranks = reserve((size_t)f->n_ranks, sizeof(*f->ranks));
    f->blocks = reserve((size_t)f->n_blocks, sizeof(*f->blocks));
    for (int r = 0; r < f->n_ranks; r++) {
        time_window time =
            f->is_to_end ? time_to_end(t, f) : steady_time(t, f, r);

        for (int i = 0; i < t->ranks[r].n_blocks; i++)
            f->blocks[at + i] = (sidle_block_figures){
                .rank = r, .block = t->ranks[r].first_block + i};
        add_rank(t, r, &time, f, &f->blocks[at]);
        at += t->ranks[r].n_blocks;
    }
    compare(f);
}

void sidle_figures_done(sidle_figures *figures)
{
    free(figures->ranks);
    free(figures->blocks);
    *figures = (sidle_figures){0};
}
