/* halt.c - all blocks stand at one boundary: save there, and go on or end. */
#include "mpi/halt.h"

#include "mpi/actions.h"
#include "mpi/staleness.h"
#include "mpi/wait.h"
#include "schedule/plan.h"

static int have_come(const sidle_end *end, sidle_direction direction, int n)
{
    sidle_message m;

    return n == 0 || sidle_link_peek(end->link, direction, n - 1, &m);
}

/* Whether the messages on their way at this boundary have all arrived. */
static int has_arrivals(const sidle_station *s)
{
    const sidle_plan *plan = s->runner->config.plan;
    const sidle_round *round = &s->cursor.round;

    for (int i = 0; i < s->n_in; i++)
        if (!have_come(&s->in[i], SIDLE_AHEAD,
                       sidle_plan_acts_in_flight(plan, round, s->in[i].edge,
                                                 s->instr.item)))
            return 0;
    for (int i = 0; i < s->n_out; i++)
        if (!have_come(&s->out[i], SIDLE_BACK,
                       sidle_plan_grads_in_flight(plan, round, s->out[i].edge,
                                                  s->instr.item)))
            return 0;
    return 1;
}

static int have_arrivals(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!has_arrivals(&runner->stations[i]))
            return 0;
    return 1;
}

static int is_last_blocks_rank(const sidle_runner *runner)
{
    return runner->stations[runner->n_stations - 1].block->is_last;
}

static int can_mark(sidle_runner *runner)
{
    return sidle_reports_can_send(runner->reports);
}

static void forget_on_their_way(sidle_station *s)
{
    sidle_message m;

    for (int i = 0; i < s->n_out; i++)
        for (int k = 0; sidle_link_peek(s->out[i].link, SIDLE_BACK, k, &m); k++)
            m.header->flags &= ~SIDLE_MSG_STOP;
}

/* The wish to stop is fulfilled, also where it is still on its way. */
static void forget_wishes(sidle_runner *runner)
{
    runner->wants_stop = 0;
    sidle_replicas_forget(runner->replicas);
    for (int i = 0; i < runner->n_stations; i++)
        forget_on_their_way(&runner->stations[i]);
}

static sidle_status save(sidle_runner *runner, int is_stopping)
{
    const sidle_runner_config *config = &runner->config;
    const sidle_station *s = runner->stations;
    double start = sidle_runner_now(runner);
    sidle_status status =
        config->on_save(config->context, s->instr.item, is_stopping);

    sidle_station_record(s, SIDLE_EVENT_IO, start, sidle_runner_now(runner));
    return status;
}

/* The run ends at this boundary: what is left of the plan is to drain it. */
static void end_here(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t back = s->cursor.backwards, weights = s->cursor.weights;

    runner->plan.steps = s->instr.item;
    sidle_cursor_seek(&s->cursor, &runner->plan, s->block->index,
                      s->instr.item);
    /* A shorter plan drains earlier, but what is done must be the same in
     * both. */
    SIDLE_CHECK(s->cursor.backwards == back && s->cursor.weights == weights,
                "block %d has gradients of other items than its plan",
                s->block->index);
}

/* Only the figures of staleness held the blocks here. */
static void go_on(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++) {
        runner->stations[i].is_at_boundary = 0;
        sidle_action_next(&runner->stations[i]);
    }
}

sidle_status sidle_halt_leave(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int flags = runner->stations[0].item_flags;
    sidle_status status = SIDLE_OK;

    if (sidle_staleness_is_due(runner->stations))
        sidle_staleness_take(runner);
    if (flags == 0) {
        go_on(runner);
        return SIDLE_OK;
    }
    /* A message in flight is saved by the rank that receives it, so it must
     * have arrived there first. */
    sidle_wait_until(
        runner, have_arrivals,
        "the gradients that the next block sent before this boundary");
    if (is_last_blocks_rank(runner)) {
        /* Reports keep their order: behind this mark rank 0 has all losses up
         * to here. */
        sidle_wait_until(runner, can_mark, "room to send its losses to rank 0");
        sidle_reports_mark(runner->reports);
    }
    sidle_wait_for_marks(runner);
    if (config->on_save != NULL)
        status = save(runner, (flags & SIDLE_MSG_STOP) != 0);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        if (flags & SIDLE_MSG_END)
            end_here(s);
        s->is_at_boundary = 0;
        s->item_flags = 0;
        sidle_action_next(s);
    }
    sidle_runner_begin_window(runner);
    if (!(flags & (SIDLE_MSG_STOP | SIDLE_MSG_END)))
        return SIDLE_OK;
    forget_wishes(runner);
    if (flags & SIDLE_MSG_END)
        return SIDLE_OK;
    return status != SIDLE_OK ? status : SIDLE_ESTOPPED;
}
