/* tracer.c - an array of spans, and when it is written to. */
#include "mpi/tracer_inside.h"

#include "base/carve.h"
#include "base/number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Spans of an item in a block: each instruction, each wait, one rerun. */
#define SPANS_PER_ITEM 20
#define SPANS_PER_EVAL 8
#define SPANS_PER_BOUNDARY 4
/* Shorter messages and waits are left out. */
#define SHORTEST 1e-6

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
           seen * SPANS_PER_BOUNDARY;
}

/* Of `items` items, rounded up, in these blocks: no memory yet. */
static sidle_tracer tracer_of(const sidle_plan *plan, int first_block,
                              int n_blocks, int64_t items)
{
    sidle_tracer tracer = {.plan = plan,
                           .first_block = first_block,
                           .n_blocks = n_blocks,
                           .items = rounded(plan, items)};

    tracer.capacity = spans_of(plan, first_block, n_blocks, tracer.items);
    return tracer;
}

static void carve_memory(sidle_carve *carve, sidle_tracer *tracer)
{
    tracer->is_done = sidle_carve_bytes(carve, (size_t)tracer->n_blocks *
                                                   sizeof(*tracer->is_done));
    tracer->spans = sidle_carve_bytes(carve, (size_t)tracer->capacity *
                                                 sizeof(*tracer->spans));
}

size_t sidle_tracer_bytes(const sidle_plan *plan, int first_block, int n_blocks,
                          int64_t items)
{
    sidle_tracer tracer = tracer_of(plan, first_block, n_blocks, items);
    sidle_carve measure = sidle_carve_of(NULL);

    if (items > 0)
        carve_memory(&measure, &tracer);
    return sidle_carve_total(&measure);
}

static sidle_status take_memory(sidle_tracer *tracer, size_t bytes)
{
    sidle_carve carve;

    SIDLE_TRY(sidle_arena_new("a trace", bytes, &tracer->arena));
    carve = sidle_carve_of(sidle_arena_take(tracer->arena, bytes));
    carve_memory(&carve, tracer);
    memset(tracer->is_done, 0,
           (size_t)tracer->n_blocks * sizeof(*tracer->is_done));
    return SIDLE_OK;
}

sidle_status sidle_tracer_new(const sidle_plan *plan, int first_block,
                              int n_blocks, int64_t items,
                              const sidle_clock *clock, sidle_tracer **tracer_p)
{
    sidle_tracer *tracer = calloc(1, sizeof(*tracer));
    sidle_status status;

    if (tracer == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a trace");
    *tracer = tracer_of(plan, first_block, n_blocks, items);
    tracer->clock = *clock;
    status = take_memory(
        tracer, sidle_tracer_bytes(plan, first_block, n_blocks, items));
    if (status != SIDLE_OK) {
        free(tracer);
        return status;
    }
    *tracer_p = tracer;
    return SIDLE_OK;
}

void sidle_tracer_free(sidle_tracer *tracer)
{
    if (tracer == NULL)
        return;
    sidle_arena_free(tracer->arena);
    free(tracer);
}

/* ---- recording */

void sidle_tracer_start(sidle_tracer *tracer, const sidle_comm *comm,
                        int64_t item)
{
    const sidle_plan *plan = tracer->plan;
    int64_t items = sidle_smaller(tracer->items, plan->steps - item);
    int64_t first = sidle_plan_update_from(plan, item + 1 + 2 * plan->n_blocks);

    tracer->after = item;
    /* Behind the filling of the pipe; in a short run the last items instead. */
    tracer->first = sidle_smaller(first, plan->steps - items + 1);
    tracer->last = tracer->first + items - 1;
    tracer->before = sidle_sync_measure(comm, &tracer->clock);
}

static int may_be_left_out(int32_t kind)
{
    return kind == SIDLE_EVENT_MESSAGE || kind == SIDLE_EVENT_WAIT_LEFT ||
           kind == SIDLE_EVENT_WAIT_RIGHT;
}

void sidle_tracer_add(sidle_tracer *tracer, const sidle_event *span)
{
    if (!tracer->is_on ||
        (may_be_left_out(span->kind) && span->end - span->begin < SHORTEST))
        return;
    /* No step asks for memory: what does not fit is counted. */
    if (tracer->count == tracer->capacity)
        tracer->n_lost++;
    else
        tracer->spans[tracer->count++] = *span;
}

void sidle_tracer_begin(sidle_tracer *tracer)
{
    tracer->mark = sidle_clock_now(&tracer->clock);
}

void sidle_tracer_end(sidle_tracer *tracer, int block, sidle_event_kind kind,
                      int64_t item)
{
    double begin = tracer->mark;

    sidle_tracer_begin(tracer);
    sidle_tracer_add(tracer, &(sidle_event){.begin = begin,
                                            .end = tracer->mark,
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
    case SIDLE_OP_BOUNDARY:
    case SIDLE_OP_END:
        return SIDLE_N_EVENT_KINDS;
    default:
        return SIDLE_EVENT_MESSAGE;
    }
}

/* The last block that is done ends the record, but not before the first one
 * has taken up the item after. */
static void put_down(sidle_tracer *tracer, int block)
{
    int *is_done = &tracer->is_done[block - tracer->first_block];

    tracer->n_done += !*is_done;
    *is_done = 1;
}

static int takes_item(const sidle_instr *instr)
{
    return !instr->is_eval &&
           (instr->op == SIDLE_OP_LOAD || instr->op == SIDLE_OP_RECV_ACT);
}

void sidle_tracer_instr(sidle_tracer *tracer, int block,
                        const sidle_instr *instr, int is_updated,
                        int is_settled)
{
    sidle_event_kind kind = kind_of(instr, is_updated);

    if (takes_item(instr) && instr->item == tracer->first &&
        tracer->n_done == 0)
        tracer->is_on = 1;
    if (!tracer->is_on)
        return;
    if (kind != SIDLE_N_EVENT_KINDS)
        sidle_tracer_end(tracer, block, kind, instr->item);
    tracer->has_next |= block == tracer->first_block && !instr->is_eval &&
                        instr->op == SIDLE_OP_FORWARD &&
                        instr->item > tracer->last;
    if (instr->op == SIDLE_OP_UPDATE && instr->item >= tracer->last &&
        is_settled)
        put_down(tracer, block);
    if (tracer->n_done == tracer->n_blocks &&
        (tracer->has_next || tracer->last == tracer->plan->steps))
        tracer->is_on = 0;
}
