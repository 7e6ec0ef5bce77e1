/* trace.c - an array of spans, when it is written to, and how it is gathered.
 */
#include "mpi/trace.h"

#include "base/cut.h"
#include "base/number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Spans of an item in a block: each instruction, each wait, one rerun. */
#define SPANS_PER_ITEM 20
#define SPANS_PER_EVAL 8
#define SPANS_PER_CUT 4
/* Shorter messages and waits are left out. */
#define SHORTEST 1e-6

struct sidle_trace {
    const sidle_plan *plan;
    sidle_clock clock;
    sidle_sync before;
    int first_block, n_blocks;
    int64_t items; /* that were asked for, whole updates */
    int64_t after, first, last;
    int is_on;
    int n_done;   /* blocks that are done with the last item */
    int *is_done; /* (n_blocks) */
    int has_next; /* the first block took up the item after the last */
    double mark;  /* the last sidle_trace_begin() */
    int64_t capacity, count, n_lost;
    sidle_event *spans;
    sidle_arena *arena;
};

/* ---- room */

/* Whole updates, as far as the run goes. */
static int64_t rounded(const sidle_plan *plan, int64_t items)
{
    int64_t U = plan->update_every;

    return sidle_smaller((items + U - 1) / U * U, plan->steps);
}

/* While a rank records, its blocks see the items themselves, those that its
 * head start and its deferral keep in flight before and after them, and what is
 * missing to an update. */
static int64_t spans_of(const sidle_plan *plan, int first_block, int n_blocks,
                        int64_t items)
{
    int64_t in_flight = plan->update_every + plan->n_blocks + 1, seen, evals;

    for (int i = first_block; i < first_block + n_blocks; i++)
        in_flight +=
            sidle_plan_head_start(plan, i) + sidle_plan_deferral(plan, i);
    seen = sidle_smaller(items + 2 * in_flight, plan->steps + 1);
    evals = plan->eval_every > 0
                ? (seen / plan->eval_every + 1) * plan->eval_items
                : 0;
    return n_blocks * (seen * SPANS_PER_ITEM + evals * SPANS_PER_EVAL) +
           seen * SPANS_PER_CUT;
}

/* Of `items` items, rounded up, in these blocks: no memory yet. */
static sidle_trace trace_of(const sidle_plan *plan, int first_block,
                            int n_blocks, int64_t items)
{
    sidle_trace trace = {.plan = plan,
                         .first_block = first_block,
                         .n_blocks = n_blocks,
                         .items = rounded(plan, items)};

    trace.capacity = spans_of(plan, first_block, n_blocks, trace.items);
    return trace;
}

static void cut_memory(sidle_cut *cut, sidle_trace *trace)
{
    trace->is_done =
        sidle_cut_bytes(cut, (size_t)trace->n_blocks * sizeof(*trace->is_done));
    trace->spans =
        sidle_cut_bytes(cut, (size_t)trace->capacity * sizeof(*trace->spans));
}

size_t sidle_trace_bytes(const sidle_plan *plan, int first_block, int n_blocks,
                         int64_t items)
{
    sidle_trace trace = trace_of(plan, first_block, n_blocks, items);
    sidle_cut measure = sidle_cut_of(NULL);

    if (items > 0)
        cut_memory(&measure, &trace);
    return sidle_cut_total(&measure);
}

static sidle_status take_memory(sidle_trace *trace, size_t bytes)
{
    sidle_cut cut;

    SIDLE_TRY(sidle_arena_new("a trace", bytes, &trace->arena));
    cut = sidle_cut_of(sidle_arena_take(trace->arena, bytes));
    cut_memory(&cut, trace);
    memset(trace->is_done, 0,
           (size_t)trace->n_blocks * sizeof(*trace->is_done));
    return SIDLE_OK;
}

sidle_status sidle_trace_new(const sidle_plan *plan, int first_block,
                             int n_blocks, int64_t items,
                             const sidle_clock *clock, sidle_trace **trace_p)
{
    sidle_trace *trace = calloc(1, sizeof(*trace));
    sidle_status status;

    if (trace == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a trace");
    *trace = trace_of(plan, first_block, n_blocks, items);
    trace->clock = *clock;
    status = take_memory(trace,
                         sidle_trace_bytes(plan, first_block, n_blocks, items));
    if (status != SIDLE_OK) {
        free(trace);
        return status;
    }
    *trace_p = trace;
    return SIDLE_OK;
}

void sidle_trace_free(sidle_trace *trace)
{
    if (trace == NULL)
        return;
    sidle_arena_free(trace->arena);
    free(trace);
}

void sidle_recording_done(sidle_recording *timeline)
{
    if (timeline == NULL)
        return;
    free(timeline->ranks);
    free(timeline->spans);
    *timeline = (sidle_recording){0};
}

/* ---- recording */

void sidle_trace_start(sidle_trace *trace, const sidle_comm *comm, int64_t item)
{
    const sidle_plan *plan = trace->plan;
    int64_t items = sidle_smaller(trace->items, plan->steps - item);
    int64_t first = sidle_plan_update_from(plan, item + 1 + 2 * plan->n_blocks);

    trace->after = item;
    trace->first = sidle_smaller(first, plan->steps - items + 1);
    trace->last = trace->first + items - 1;
    trace->before = sidle_sync_measure(comm, &trace->clock);
}

static int may_be_left_out(int32_t kind)
{
    return kind == SIDLE_EVENT_MESSAGE || kind == SIDLE_EVENT_WAIT_LEFT ||
           kind == SIDLE_EVENT_WAIT_RIGHT;
}

void sidle_trace_add(sidle_trace *trace, const sidle_event *span)
{
    if (!trace->is_on ||
        (may_be_left_out(span->kind) && span->end - span->begin < SHORTEST))
        return;
    if (trace->count == trace->capacity)
        trace->n_lost++;
    else
        trace->spans[trace->count++] = *span;
}

void sidle_trace_begin(sidle_trace *trace)
{
    trace->mark = sidle_clock_now(&trace->clock);
}

void sidle_trace_end(sidle_trace *trace, int block, sidle_event_kind kind,
                     int64_t item)
{
    double begin = trace->mark;

    sidle_trace_begin(trace);
    sidle_trace_add(trace, &(sidle_event){.begin = begin,
                                          .end = trace->mark,
                                          .item = item,
                                          .block = block,
                                          .kind = (int32_t)kind});
}

/* SIDLE_N_EVENT_KINDS: nothing to be seen. */
static sidle_event_kind kind_of(const sidle_instr *instr, int is_updated)
{
    switch (instr->op) {
    case SIDLE_OP_FORWARD:
        return instr->is_eval ? SIDLE_EVENT_EVAL : SIDLE_EVENT_FORWARD;
    case SIDLE_OP_INPUT_GRAD:
        return SIDLE_EVENT_INPUT_GRAD;
    case SIDLE_OP_WEIGHT_GRAD:
        return SIDLE_EVENT_WEIGHT_GRAD;
    case SIDLE_OP_UPDATE:
        return is_updated ? SIDLE_EVENT_UPDATE : SIDLE_N_EVENT_KINDS;
    case SIDLE_OP_CUT:
    case SIDLE_OP_END:
        return SIDLE_N_EVENT_KINDS;
    default:
        return SIDLE_EVENT_MESSAGE;
    }
}

/* The last block that is done ends the record, but not before the first one
 * has taken up the item after. */
static void put_down(sidle_trace *trace, int block)
{
    int *is_done = &trace->is_done[block - trace->first_block];

    trace->n_done += !*is_done;
    *is_done = 1;
}

static int takes_item(const sidle_instr *instr)
{
    return !instr->is_eval &&
           (instr->op == SIDLE_OP_LOAD || instr->op == SIDLE_OP_RECV_ACT);
}

void sidle_trace_instr(sidle_trace *trace, int block, const sidle_instr *instr,
                       int is_updated, int is_settled)
{
    sidle_event_kind kind = kind_of(instr, is_updated);

    if (takes_item(instr) && instr->item == trace->first && trace->n_done == 0)
        trace->is_on = 1;
    if (!trace->is_on)
        return;
    if (kind != SIDLE_N_EVENT_KINDS)
        sidle_trace_end(trace, block, kind, instr->item);
    trace->has_next |= block == trace->first_block && !instr->is_eval &&
                       instr->op == SIDLE_OP_FORWARD &&
                       instr->item > trace->last;
    if (instr->op == SIDLE_OP_UPDATE && instr->item >= trace->last &&
        is_settled)
        put_down(trace, block);
    if (trace->n_done == trace->n_blocks &&
        (trace->has_next || trace->last == trace->plan->steps))
        trace->is_on = 0;
}

/* ---- gathering */

static void translate(const sidle_trace *trace, const sidle_sync *after,
                      sidle_event *spans)
{
    for (int64_t i = 0; i < trace->count; i++) {
        spans[i] = trace->spans[i];
        spans[i].begin = sidle_sync_time(&trace->before, after, spans[i].begin);
        spans[i].end = sidle_sync_time(&trace->before, after, spans[i].end);
    }
}

static sidle_recording_rank part_of(const sidle_trace *trace,
                                    const sidle_comm *comm,
                                    const sidle_sync *after)
{
    const sidle_sync *before = &trace->before;
    sidle_recording_rank part;

    memset(&part, 0, sizeof(part));
    memcpy(part.host, comm->host, sizeof(part.host));
    part.first_block = trace->first_block;
    part.n_blocks = trace->n_blocks;
    part.error = before->error > after->error ? before->error : after->error;
    part.n_lost = trace->n_lost;
    part.count = trace->count;
    return part;
}

static void *reserve(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size);

    SIDLE_CHECK(memory != NULL, "no memory for a timeline of %zu spans", n);
    return memory;
}

/* One rank after the other: there is time. */
static void collect(const sidle_comm *comm, MPI_Datatype type,
                    const sidle_event *mine, sidle_recording *timeline)
{
    int64_t total = 0;

    for (int r = 0; r < comm->size; r++) {
        timeline->ranks[r].first = total;
        total += timeline->ranks[r].count;
    }
    timeline->spans = reserve((size_t)total, sizeof(*timeline->spans));
    memcpy(timeline->spans, mine,
           (size_t)timeline->ranks[0].count * sizeof(*mine));
    for (int r = 1; r < comm->size; r++)
        SIDLE_MPI(MPI_Recv(timeline->spans + timeline->ranks[r].first,
                           (int)timeline->ranks[r].count, type, r,
                           SIDLE_TAG_CLOCK, comm->comm, MPI_STATUS_IGNORE));
}

void sidle_trace_gather(const sidle_trace *trace, const sidle_comm *comm,
                        sidle_recording *timeline)
{
    sidle_sync after = sidle_sync_measure(comm, &trace->clock);
    sidle_recording_rank part = part_of(trace, comm, &after);
    sidle_event *mine = reserve((size_t)trace->count, sizeof(*mine));
    MPI_Datatype type;

    *timeline = (sidle_recording){.plan = trace->plan,
                                  .after = trace->after,
                                  .first_item = trace->first,
                                  .last_item = trace->last};
    translate(trace, &after, mine);
    if (comm->rank == 0) {
        timeline->n_ranks = comm->size;
        timeline->ranks = reserve((size_t)comm->size, sizeof(*timeline->ranks));
    }
    SIDLE_MPI(MPI_Gather(&part, (int)sizeof(part), MPI_BYTE, timeline->ranks,
                         (int)sizeof(part), MPI_BYTE, 0, comm->comm));
    SIDLE_MPI(MPI_Type_contiguous((int)sizeof(*mine), MPI_BYTE, &type));
    SIDLE_MPI(MPI_Type_commit(&type));
    if (comm->rank == 0)
        collect(comm, type, mine, timeline);
    else
        SIDLE_MPI(MPI_Send(mine, (int)trace->count, type, 0, SIDLE_TAG_CLOCK,
                           comm->comm));
    SIDLE_MPI(MPI_Type_free(&type));
    free(mine);
}
