/* check.c - the play: blocks as processes, edges as channels with few places.
 *
 * Each block carries out its list until a message is missing or a channel is
 * full, then the next block has its turn. Since a channel has one sender and
 * one receiver the outcome, times included, does not depend on the turns. */
#include "schedule/check_inside.h"

#include <stdlib.h>

static const char *const op_names[] = {"load",
                                       "receive activation",
                                       "forward",
                                       "send activation",
                                       "receive gradient",
                                       "input gradient",
                                       "send gradient",
                                       "weight gradient",
                                       "sum norms",
                                       "update",
                                       "boundary",
                                       "end"};

const char *sidle_op_name(sidle_op op)
{
    return (size_t)op < sizeof(op_names) / sizeof(op_names[0]) ? op_names[op]
                                                               : "end";
}

const sidle_play_times *sidle_play_times_of(const sidle_play *play, int block)
{
    return play->of_block != NULL ? &play->of_block[block - 1] : &play->times;
}

/* As far as the block comes; *moved counts its instructions. */
static sidle_status play_block(const stage *s, player *p, int64_t *moved)
{
    int is_done = 1;

    while (!p->is_done) {
        SIDLE_TRY(sidle_stage_play(s, p, &is_done));
        if (!is_done)
            return SIDLE_OK;
        ++*moved;
        sidle_stage_go_on(s, p);
    }
    return SIDLE_OK;
}

/* ---- the whole play */

static sidle_status play_blocks(const stage *s)
{
    /* Ends when a whole turn moves nothing: all are done, or wait for each
     * other. */
    for (int64_t moved = 1; moved > 0;) {
        moved = 0;
        for (int i = 0; i < s->plan->n_blocks; i++)
            SIDLE_TRY(play_block(s, &s->players[i], &moved));
    }
    return SIDLE_OK;
}

/* Whether all that was sent by an edge was received. */
static int is_edge_empty(const stage *s, int edge)
{
    for (int i = 0; i < N_KINDS; i++) {
        const channel *c = channel_of(s, edge, i);

        if (c->sent != c->received)
            return 0;
    }
    return 1;
}

/* What is left over when all lists have ended. */
static sidle_status check_end(const stage *s, player *p)
{
    const sidle_plan *plan = s->plan;
    int block = p->cursor.block, slots = sidle_plan_slots(plan, block);

    p->instr.op = SIDLE_OP_END;
    if (p->out->forwards != plan->steps || p->out->boundaries != plan->steps ||
        p->out->weight_grads != plan->start + p->n_due || p->pending > 0)
        return sidle_stage_broken(p, "not every item went both ways");
    for (int i = 0, e; (e = sidle_plan_out_edge(plan, block, i)) >= 0; i++)
        if (!is_edge_empty(s, e))
            return sidle_stage_broken(p, "a message was never received");
    if (p->out->max_kept > slots ||
        p->out->max_versions > sidle_plan_versions(plan, block))
        return sidle_stage_broken(p, "more is kept than there are places");
    return SIDLE_OK;
}

static void sum_up(const stage *s, player *p, double run_end)
{
    double length = run_end, busy = p->busy;

    if (s->play->to > 0) {
        length = p->window_end - p->window_begin;
        busy = p->window_busy;
    }
    p->out->end = p->now;
    p->out->length = length;
    p->out->idle = length > 0.0 ? 1.0 - busy / length : 0.0;
    if (p->out->idle < 0.0 && p->out->idle > -1e-12)
        p->out->idle = 0.0; /* rounding */
}

static sidle_status play_all(const stage *s)
{
    double run_end = 0.0;

    SIDLE_TRY(s->workers != NULL ? sidle_workers_play(s) : play_blocks(s));
    for (int i = 0; i < s->plan->n_blocks; i++)
        if (!s->players[i].is_done)
            return sidle_stage_broken(&s->players[i], "waits for ever");
    for (int i = 0; i < s->plan->n_blocks; i++) {
        SIDLE_TRY(check_end(s, &s->players[i]));
        if (s->players[i].now > run_end)
            run_end = s->players[i].now;
    }
    for (int i = 0; i < s->plan->n_blocks; i++)
        sum_up(s, &s->players[i], run_end);
    return SIDLE_OK;
}

static void seat_players(const stage *s, sidle_played *played)
{
    kept *slots = s->slots;
    int64_t *stashes = s->stashes;

    for (int i = 0; i < s->plan->n_blocks; i++) {
        player *p = &s->players[i];

        played[i] = (sidle_played){.forwards = s->plan->start,
                                   .input_grads = s->plan->start,
                                   .weight_grads = s->plan->start,
                                   .boundaries = s->plan->start,
                                   .max_versions = 1};
        p->out = &played[i];
        /* A block of its own waits for messages of any time; workers set a
         * clock. */
        p->horizon = HUGE_VAL;
        p->slots = slots;
        slots += sidle_plan_slots(s->plan, i + 1);
        p->stashes = stashes;
        stashes += sidle_plan_stashes(s->plan, i + 1);
        sidle_cursor_init(&p->cursor, s->plan, i + 1);
        /* No round yet: the first instruction begins one. */
        p->first = -1;
        sidle_stage_take_instr(p);
    }
}

static sidle_status no_memory(const sidle_plan *plan)
{
    return sidle_fail(SIDLE_EINTERNAL, "no memory to play a plan of %d blocks",
                      plan->n_blocks);
}

static sidle_status open_channels(stage *s)
{
    int n_edges = sidle_plan_n_edges(s->plan);
    size_t n_places = 0, at = 0;

    for (int e = 0; e < n_edges; e++)
        n_places += (size_t)sidle_plan_edge(s->plan, e).places * N_KINDS;
    s->channels = calloc((size_t)n_edges * N_KINDS + 1, sizeof(*s->channels));
    s->places = calloc(n_places + 1, sizeof(*s->places));
    if (s->channels == NULL || s->places == NULL)
        return no_memory(s->plan);
    for (int i = 0; i < n_edges * N_KINDS; i++) {
        channel *c = &s->channels[i];

        c->n_places = sidle_plan_edge(s->plan, i / N_KINDS).places;
        c->places = &s->places[at];
        at += (size_t)c->n_places;
    }
    return SIDLE_OK;
}

static sidle_status open_players(stage *s)
{
    size_t n_slots = 0, n_stashes = 0;

    for (int i = 1; i <= s->plan->n_blocks; i++) {
        n_slots += (size_t)sidle_plan_slots(s->plan, i);
        n_stashes += (size_t)sidle_plan_stashes(s->plan, i);
    }
    s->players = calloc((size_t)s->plan->n_blocks, sizeof(*s->players));
    s->slots = calloc(n_slots, sizeof(*s->slots));
    s->stashes = calloc(n_stashes, sizeof(*s->stashes));
    return s->players != NULL && s->slots != NULL && s->stashes != NULL
               ? SIDLE_OK
               : no_memory(s->plan);
}

static sidle_status open_and_play(stage *s, sidle_played *played)
{
    SIDLE_TRY(open_channels(s));
    SIDLE_TRY(open_players(s));
    seat_players(s, played);
    SIDLE_TRY(sidle_workers_seat(s));
    return play_all(s);
}

sidle_status sidle_plan_play(const sidle_plan *plan, const sidle_play *play,
                             sidle_played *played)
{
    stage s = {.plan = plan, .play = play};
    sidle_status status;

    SIDLE_TRY(sidle_plan_check(plan));
    status = open_and_play(&s, played);
    free(s.winner);
    free(s.workers);
    free(s.stashes);
    free(s.slots);
    free(s.players);
    free(s.places);
    free(s.channels);
    return status;
}
