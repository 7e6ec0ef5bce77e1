/* runner.c - the interpreter: round its blocks, whatever can go on goes on. */
#include "mpi/finite.h"

#include "base/poke.h"
#include "base/text.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Rounds without progress before the processor is offered to others. */
enum { SPINS = 64 };
/* Seconds; rounds of a rank that waits are shorter, also on a busy machine. */
#define LONGEST_ROUND 1.0

/* ---- who and when */

int sidle_runner_owner(const sidle_runner *runner, int replica, int block)
{
    return runner->owner[block - 1] +
           (replica - runner->replica) * runner->chain_ranks;
}

sidle_clock sidle_runner_clock(const sidle_runner *runner)
{
    const sidle_runner_hooks *hooks = &runner->config.hooks;

    return (sidle_clock){.now = hooks->now, .context = hooks->context};
}

double sidle_runner_now(const sidle_runner *runner)
{
    sidle_clock clock = sidle_runner_clock(runner);

    return sidle_clock_now(&clock);
}

/* ---- going round */

static int is_last_blocks_rank(const sidle_runner *runner)
{
    return runner->stations[runner->n_stations - 1].block->is_last;
}

static void go_on(sidle_station *s)
{
    s->instr = sidle_cursor_next(&s->cursor);
    s->is_announced = 0;
    if (s->instr.op == SIDLE_OP_END)
        sidle_station_end(s);
}

static int is_standing(const sidle_station *s)
{
    return s->is_at_cut || s->instr.op == SIDLE_OP_END;
}

/* A span of this rank's time, at a block's instruction. */
static void record(sidle_runner *runner, const sidle_station *s,
                   sidle_event_kind kind, double begin, double end)
{
    if (runner->trace != NULL)
        sidle_trace_add(runner->trace, &(sidle_event){.begin = begin,
                                                      .end = end,
                                                      .item = s->instr.item,
                                                      .block = s->block->index,
                                                      .kind = (int32_t)kind});
}

/* The rank was idle until just before this instruction could be done. */
static void end_wait(sidle_runner *runner, const sidle_station *s,
                     sidle_event_kind kind, double until)
{
    record(runner, s, kind, runner->idle_since, until);
    runner->waited += until - runner->idle_since;
    runner->is_idle = 0;
}

/* One instruction of a block, timed where the time is asked for. */
static int act(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t updates = s->updates;
    double begin = runner->is_idle ? sidle_runner_now(runner) : 0.0;
    sidle_event_kind wait = sidle_station_looks_left(s)
                                ? SIDLE_EVENT_WAIT_LEFT
                                : SIDLE_EVENT_WAIT_RIGHT;

    if (runner->trace != NULL)
        sidle_trace_begin(runner->trace);
    if (!sidle_station_act(s))
        return 0;
    if (runner->is_idle)
        end_wait(runner, s, wait, begin);
    if (runner->trace != NULL)
        sidle_trace_instr(runner->trace, s->block->index, &s->instr,
                          s->updates > updates, s->n_valid == 0);
    return 1;
}

/* One instruction of each block, the last block first: what it sends left is
 * what the others wait for. Answers whether anything was done. */
static int go_round(sidle_runner *runner)
{
    int is_progress = 0;

    for (int i = runner->n_stations - 1; i >= 0; i--) {
        sidle_station *s = &runner->stations[i];

        if (is_standing(s) || !act(s))
            continue;
        go_on(s);
        is_progress = 1;
    }
    return is_progress;
}

/* Whether all blocks of this rank stand at a cut or at the end. */
static int is_all_standing(const sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!is_standing(&runner->stations[i]))
            return 0;
    return 1;
}

static int have_arrivals(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!sidle_station_has_arrivals(&runner->stations[i]))
            return 0;
    return 1;
}

static void report_progress(sidle_runner *runner)
{
    sidle_replicas_have_wish(runner->replicas);
    sidle_reports_poll(runner->reports, sidle_runner_busy(runner));
}

/* One more round without progress. A gap between two rounds is no silence of
 * others: this process itself was stopped meanwhile, maybe with all the run. */
static void be_patient(sidle_runner *runner, int spins, const char *why)
{
    double patience = runner->config.patience, now, gap;

    if (spins < SPINS)
        return;
    sched_yield();
    now = sidle_runner_now(runner);
    gap = now - runner->looked;
    runner->looked = now;
    if (spins == SPINS)
        runner->silence = 0.0;
    else if (gap < LONGEST_ROUND)
        runner->silence += gap;
    if (patience > 0.0 && runner->silence > patience)
        sidle_watchdog_bark(runner, runner->silence, why);
}

/* Wait until `is_done`, in rounds that let messages go forward; `why` stands in
 * what is said when it takes too long. What is waited for comes from behind. */
static void wait_for(sidle_runner *runner, int (*is_done)(sidle_runner *),
                     const char *why)
{
    double start = sidle_runner_now(runner), end;

    for (int spins = 0; !is_done(runner); spins++) {
        report_progress(runner);
        be_patient(runner, spins, why);
    }
    end = sidle_runner_now(runner);
    record(runner, runner->stations, SIDLE_EVENT_WAIT_RIGHT, start, end);
    runner->waited += end - start;
}

static int has_mark(sidle_runner *runner)
{
    return sidle_reports_is_marked(runner->reports);
}

static void wait_for_mark(sidle_runner *runner)
{
    int last = sidle_runner_owner(runner, 0, runner->config.plan->n_blocks);
    char why[100];

    sidle_text_format(why, sizeof(why),
                      "the losses that the last block (rank %d) found so far",
                      last);
    wait_for(runner, has_mark, why);
}

static int have_replicas_marks(sidle_runner *runner)
{
    return sidle_replicas_are_marked(runner->replicas);
}

/* Every report and every wish has come; all ranks call it at the same point. */
static void see_marks(sidle_runner *runner)
{
    sidle_replicas_mark(runner->replicas);
    wait_for_mark(runner);
    wait_for(runner, have_replicas_marks,
             "the wishes that other replicas sent so far");
}

static int can_mark(sidle_runner *runner)
{
    return sidle_reports_can_send(runner->reports);
}

/* Of the measure how busy this rank is: saving does not count. */
static void begin_window(sidle_runner *runner)
{
    runner->since = sidle_runner_now(runner);
    runner->waited = 0.0;
}

/* The wish to stop is fulfilled, also where it is still on its way. */
static void forget_wishes(sidle_runner *runner)
{
    sidle_message m;

    runner->wants_stop = 0;
    sidle_replicas_forget(runner->replicas);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_link *right = runner->stations[i].right;

        for (int k = 0;
             right != NULL && sidle_link_peek(right, SIDLE_LEFT, k, &m); k++)
            m.header->flags &= ~SIDLE_MSG_STOP;
    }
}

static sidle_status save(sidle_runner *runner, int is_stopping)
{
    const sidle_runner_config *config = &runner->config;
    const sidle_station *s = runner->stations;
    double start = sidle_runner_now(runner);
    sidle_status st =
        config->on_save(config->context, s->instr.item, is_stopping);

    record(runner, s, SIDLE_EVENT_IO, start, sidle_runner_now(runner));
    return st;
}

/* The run ends at this cut: what is left of the plan is to drain it. */
static void end_here(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t back = s->cursor.backwards, weights = s->cursor.weights;

    runner->plan.steps = s->instr.item;
    sidle_cursor_seek(&s->cursor, &runner->plan, s->block->index,
                      s->instr.item);
    SIDLE_CHECK(s->cursor.backwards == back && s->cursor.weights == weights,
                "block %d has gradients of other items than its plan",
                s->block->index);
}

/* All blocks stand at a cut with a flag: let everything arrive, save, and say
 * whether to go on. */
static sidle_status leave_cut(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int flags = runner->stations[0].cut_flags;
    sidle_status st = SIDLE_OK;

    wait_for(runner, have_arrivals,
             "the gradients that were sent before this cut from behind");
    if (is_last_blocks_rank(runner)) {
        wait_for(runner, can_mark, "room to send its losses to rank 0");
        sidle_reports_mark(runner->reports);
    }
    see_marks(runner);
    if (config->on_save != NULL)
        st = save(runner, (flags & SIDLE_MSG_STOP) != 0);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        if (flags & SIDLE_MSG_END)
            end_here(s);
        s->is_at_cut = 0;
        s->cut_flags = 0;
        go_on(s);
    }
    begin_window(runner);
    if (!(flags & (SIDLE_MSG_STOP | SIDLE_MSG_END)))
        return SIDLE_OK;
    forget_wishes(runner);
    if (flags & SIDLE_MSG_END)
        return SIDLE_OK;
    return st != SIDLE_OK ? st : SIDLE_ESTOPPED;
}

static sidle_status carry_out(sidle_runner *runner)
{
    int spins = 0;

    for (;;) {
        int is_progress = go_round(runner);

        report_progress(runner);
        if (is_all_standing(runner)) {
            if (!runner->stations[0].is_at_cut)
                break;
            SIDLE_TRY(leave_cut(runner));
            is_progress = 1;
        }
        if (is_progress) {
            runner->idle_since = sidle_runner_now(runner);
            spins = 0;
            continue;
        }
        runner->is_idle = 1;
        be_patient(runner, ++spins, NULL);
    }
    see_marks(runner);
    runner->is_finished = 1;
    return SIDLE_OK;
}

static void poke(void *context)
{
    const sidle_runner *runner = context;

    for (int i = 0; i <= runner->n_stations; i++)
        if (runner->links[i] != NULL)
            sidle_link_poke(runner->links[i]);
    for (int i = 0; i < runner->n_stations; i++)
        sidle_sum_poll(runner->stations[i].sum);
}

sidle_status sidle_runner_run(sidle_runner *runner)
{
    sidle_status st;

    if (runner->is_finished)
        return SIDLE_OK;
    if (runner->trace != NULL)
        sidle_trace_start(runner->trace, &runner->comm,
                          sidle_runner_item(runner));
    begin_window(runner);
    runner->idle_since = runner->since;
    for (int i = 0; i < runner->n_stations; i++)
        if (runner->stations[i].instr.op == SIDLE_OP_END)
            sidle_station_end(&runner->stations[i]);
    sidle_set_poke(runner->config.comm->size > 1 ? poke : NULL, runner);
    st = carry_out(runner);
    sidle_set_poke(NULL, NULL);
    /* Said of the training, not of each piece of an evaluation behind it. */
    for (int i = 0; i < runner->n_stations && !runner->is_evaluating; i++)
        sidle_finite_tell(&runner->stations[i]);
    return st;
}

void sidle_runner_evaluate(sidle_runner *runner, const sidle_source *source,
                           int64_t begin, int64_t n)
{
    sidle_trace *trace = runner->trace;
    sidle_plan *plan = &runner->plan;

    SIDLE_CHECK(runner->is_finished && n > 0, "no end to evaluate, or nothing");
    plan->start = plan->steps = plan->eval_every = sidle_runner_item(runner);
    plan->eval_items = n;
    runner->config.eval = source;
    runner->eval_begin = begin;
    runner->is_evaluating = 1;
    runner->trace = NULL;
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        sidle_cursor_seek(&s->cursor, plan, s->block->index, plan->steps);
        go_on(s);
    }
    runner->is_finished = 0;
    SIDLE_CHECK(sidle_runner_run(runner) == SIDLE_OK, "an evaluation stopped");
    runner->trace = trace;
}

/* ---- what others may see */

void sidle_runner_timeline(const sidle_runner *runner,
                           sidle_recording *timeline)
{
    *timeline = (sidle_recording){0};
    if (runner->trace != NULL)
        sidle_trace_gather(runner->trace, &runner->comm, timeline);
}

int64_t sidle_runner_item(const sidle_runner *runner)
{
    return runner->stations[0].cursor.forwards;
}

int64_t sidle_runner_updates(const sidle_runner *runner)
{
    return runner->stations[0].updates;
}

int sidle_runner_n_blocks(const sidle_runner *runner)
{
    return runner->n_stations;
}

sidle_block *sidle_runner_block(const sidle_runner *runner, int i)
{
    return runner->stations[i].block;
}
