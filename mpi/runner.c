/* runner.c - the interpreter: round its blocks, whatever can go on goes on. */
#include "mpi/runner.h"

#include "mpi/actions.h"
#include "mpi/feed.h"
#include "mpi/halt.h"
#include "mpi/on_nan.h"
#include "mpi/wait.h"
#include "mpi/watchdog.h"

#include "base/poke.h"

static int is_standing(const sidle_station *s)
{
    return s->is_at_boundary || s->instr.op == SIDLE_OP_END;
}

/* The rank was idle until just before this instruction could be done. */
static void end_wait(sidle_runner *runner, const sidle_station *s,
                     sidle_event_kind kind, double until)
{
    sidle_station_record(s, kind, runner->idle_since, until);
    runner->waited += until - runner->idle_since;
    runner->is_idle = 0;
}

/* One instruction of a block, timed where the time is asked for. */
static int act(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t updates = s->updates;
    /* Only where a wait may end: most actions are short. */
    double begin = runner->is_idle ? sidle_runner_now(runner) : 0.0;
    sidle_event_kind wait = sidle_watchdog_looks_before(s)
                                ? SIDLE_EVENT_WAIT_LEFT
                                : SIDLE_EVENT_WAIT_RIGHT;

    if (runner->tracer != NULL)
        sidle_tracer_begin(runner->tracer);
    if (!sidle_action_try(s))
        return 0;
    if (runner->is_idle)
        end_wait(runner, s, wait, begin);
    if (runner->tracer != NULL)
        sidle_tracer_instr(runner->tracer, s->block->index, &s->instr,
                           s->updates > updates, s->n_valid == 0);
    return 1;
}

/* One instruction of each block, the last block first: what it sends back is
 * what the others wait for. Answers whether anything was done. */
static int go_round(sidle_runner *runner)
{
    int is_progress = 0;

    for (int i = runner->n_stations - 1; i >= 0; i--) {
        sidle_station *s = &runner->stations[i];

        if (is_standing(s) || !act(s))
            continue;
        sidle_action_next(s);
        is_progress = 1;
    }
    return is_progress;
}

/* Whether all blocks of this rank stand at a boundary or at the end. */
static int is_all_standing(const sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!is_standing(&runner->stations[i]))
            return 0;
    return 1;
}

static sidle_status carry_out(sidle_runner *runner)
{
    int spins = 0;

    for (;;) {
        int is_progress = go_round(runner);

        /* Also between actions: the senders of reports have few places for
         * them. */
        sidle_wait_poll(runner);
        if (is_all_standing(runner)) {
            /* A decision holds all blocks at one boundary, so the first speaks
             * for all. */
            if (!runner->stations[0].is_at_boundary)
                break;
            SIDLE_TRY(sidle_halt_leave(runner));
            is_progress = 1;
        }
        if (is_progress) {
            runner->idle_since = sidle_runner_now(runner);
            spins = 0;
            continue;
        }
        runner->is_idle = 1;
        for (int i = 0; i < runner->n_stations; i++)
            sidle_feed_ahead(&runner->stations[i]);
        sidle_watchdog_look(runner, ++spins, NULL);
    }
    sidle_wait_for_marks(runner);
    runner->is_finished = 1;
    return SIDLE_OK;
}

static void poke(void *context)
{
    const sidle_runner *runner = context;

    for (int i = 0; i < runner->n_links; i++)
        sidle_link_poke(runner->links[i]);
    for (int i = 0; i < runner->n_stations; i++)
        sidle_sum_poll(runner->stations[i].sum);
}

sidle_status sidle_runner_run(sidle_runner *runner)
{
    sidle_status status;

    if (runner->is_finished)
        return SIDLE_OK;
    if (runner->tracer != NULL)
        sidle_tracer_start(runner->tracer, &runner->comm,
                           sidle_runner_item(runner));
    sidle_runner_begin_window(runner);
    runner->idle_since = runner->since;
    for (int i = 0; i < runner->n_stations; i++)
        sidle_action_begin(&runner->stations[i]);
    /* Long kernels call it, so that messages move while this rank computes. */
    sidle_set_poke(runner->config.comm->size > 1 ? poke : NULL, runner);
    status = carry_out(runner);
    sidle_set_poke(NULL, NULL);
    /* Said of the training, not of each piece of an evaluation behind it. */
    for (int i = 0; i < runner->n_stations && !runner->is_evaluating; i++)
        sidle_on_nan_tell(&runner->stations[i]);
    return status;
}

void sidle_runner_evaluate(sidle_runner *runner, const sidle_source *source,
                           int64_t begin, int64_t n)
{
    sidle_tracer *tracer = runner->tracer;
    sidle_plan *plan = &runner->plan;

    SIDLE_CHECK(runner->is_finished && n > 0, "no end to evaluate, or nothing");
    /* A plan of no items, with an evaluation due at its only boundary. */
    plan->start = plan->steps = plan->eval_every = sidle_runner_item(runner);
    plan->eval_items = n;
    runner->config.eval = source;
    runner->eval_begin = begin;
    runner->is_evaluating = 1;
    runner->tracer = NULL;
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        sidle_cursor_seek(&s->cursor, plan, s->block->index, plan->steps);
        sidle_action_next(s);
    }
    runner->is_finished = 0;
    SIDLE_CHECK(sidle_runner_run(runner) == SIDLE_OK, "an evaluation stopped");
    runner->tracer = tracer;
}

/* ---- what others may see */

void sidle_runner_trace(const sidle_runner *runner, sidle_trace *trace)
{
    *trace = (sidle_trace){0};
    if (runner->tracer != NULL)
        sidle_trace_gather(runner->tracer, &runner->comm, trace);
}

int64_t sidle_runner_updates(const sidle_runner *runner)
{
    return runner->stations[0].updates;
}
