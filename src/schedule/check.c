/* check.c - the play: blocks as processes, edges as channels with few places.
 *
 * Each block carries out its list until a message is missing or a channel is
 * full, then the next block has its turn. Since a channel has one sender and
 * one receiver the outcome, times included, does not depend on the turns. */
#include "schedule/stage.h"

#include <inttypes.h>
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
                                       "cut",
                                       "end"};

const char *sidle_op_name(sidle_op op)
{
    return (size_t)op < sizeof(op_names) / sizeof(op_names[0]) ? op_names[op]
                                                               : "end";
}

static sidle_status broken(const player *p, const char *why)
{
    return sidle_fail(
        SIDLE_EINTERNAL,
        "schedule \"%s\", block %d of %d, %s of item %" PRId64 "%s: %s",
        p->cursor.plan->schedule->name, p->cursor.block,
        p->cursor.plan->n_blocks, sidle_op_name(p->instr.op), p->instr.item,
        p->instr.is_eval ? " (evaluation)" : "", why);
}

const sidle_play_times *sidle_play_times_of(const sidle_play *play, int block)
{
    return play->of_block ? &play->of_block[block - 1] : &play->times;
}

static const sidle_play_times *times_of(const stage *s, const player *p)
{
    return sidle_play_times_of(s->play, p->cursor.block);
}

/* Whether the message could be sent; a full channel is tried again later. */
static int try_send(const stage *s, player *p, channel *c)
{
    int edge = (int)((c - s->channels) / N_KINDS);
    double room = room_at(c), transfer = times_of(s, p)->transfer;

    if (room > p->horizon || isinf(room))
        return 0;
    if (room > p->now)
        p->now = room;
    if (is_inside(s, edge))
        transfer = 0.0;
    place_of(c, c->sent)->message = (message){p->instr.item, p->instr.is_eval,
                                              p->out->cuts, p->now + transfer};
    c->sent++;
    return 1;
}

static sidle_status try_receive(player *p, channel *c, int *is_done)
{
    place *at = place_of(c, c->received);
    const message *m = &at->message;

    *is_done = c->sent > c->received && m->arrival <= p->horizon;
    if (!*is_done)
        return SIDLE_OK;
    if (m->item != p->instr.item || m->is_eval != p->instr.is_eval)
        return broken(p, "the message is another item's");
    if (m->cuts > p->out->cuts)
        return broken(p, "the message was sent behind a cut");
    if (m->arrival > p->now)
        p->now = m->arrival;
    at->freed = p->now;
    c->received++;
    return SIDLE_OK;
}

static void work(player *p, double seconds)
{
    p->now += seconds;
    p->busy += seconds;
}

/* Input gradients that wait for their weight gradient. */
static int64_t n_stashed(const player *p)
{
    return p->out->input_grads - p->out->weight_grads;
}

/* An activation enters its slot: nobody may need what is there. Those of skips
 * are held besides, the newest of each. */
static sidle_status fill_slot(player *p)
{
    const sidle_plan *plan = p->cursor.plan;
    const sidle_schedule *schedule = plan->schedule;
    kept *slot;

    if (p->instr.edge != sidle_plan_in_edge(plan, p->cursor.block, 0))
        return SIDLE_OK;
    if (p->instr.is_eval) {
        if (p->instr.slot != sidle_plan_slots(plan, p->cursor.block))
            return broken(p, "not in the evaluation slot");
        return SIDLE_OK;
    }
    slot = &p->slots[p->instr.slot];
    if (p->instr.item != p->out->forwards + 1)
        return broken(p, "out of order");
    if (slot->item && (!schedule->is_newest || n_stashed(p) > 0))
        return broken(p, "its slot is still needed");
    sidle_held_enter(p, slot, p->instr.item);
    return SIDLE_OK;
}

static sidle_status play_forward(const stage *s, player *p)
{
    kept *slot;

    work(p, times_of(s, p)->forward);
    if (p->instr.is_eval) {
        p->out->evals++;
        return SIDLE_OK;
    }
    slot = &p->slots[p->instr.slot];
    if (slot->item != p->instr.item)
        return broken(p, "its slot holds another item");
    sidle_held_forward(p, slot);
    slot->is_ahead =
        s->plan->looks_ahead && sidle_plan_delay(s->plan, p->cursor.block) > 0;
    p->out->forwards++;
    return SIDLE_OK;
}

static sidle_status play_input_grad(const stage *s, player *p)
{
    const sidle_schedule *schedule = s->plan->schedule;
    kept *slot = &p->slots[p->instr.slot];
    int64_t lag = slot->item - p->instr.item;
    int64_t staleness = p->version - slot->version;

    if (p->instr.item != p->last_back + 1)
        return broken(p, "out of order");
    p->last_back = p->instr.item;
    if (slot->item != (schedule->is_newest ? p->out->forwards : p->instr.item))
        return broken(p, "its slot holds another item");
    if (p->stashes[p->instr.stash])
        return broken(p, "the stash is still needed");
    if (schedule->is_flushed && staleness > 0)
        return broken(p, "the weights changed since its forward");
    if ((staleness > 0 || slot->is_ahead) && !schedule->is_stashed) {
        work(p, times_of(s, p)->forward);
        slot->version = p->version;
        slot->is_ahead = 0;
        p->out->reruns++;
    }
    work(p, times_of(s, p)->input_grad);
    p->stashes[p->instr.stash] = p->instr.item;
    p->out->input_grads++;
    if (n_stashed(p) > p->out->max_stashed)
        p->out->max_stashed = (int)n_stashed(p);
    if (lag > p->out->max_lag)
        p->out->max_lag = lag;
    if (staleness > p->out->max_staleness)
        p->out->max_staleness = staleness;
    return SIDLE_OK;
}

static sidle_status play_weight_grad(const stage *s, player *p)
{
    if (p->stashes[p->instr.stash] != p->instr.item)
        return broken(p, "the stash is another item's");
    if (p->instr.item != ++p->last_weight)
        return broken(p, "out of order");
    work(p, times_of(s, p)->weight_grad);
    p->stashes[p->instr.stash] = 0;
    if (!s->plan->schedule->is_newest)
        sidle_held_leave(p, &p->slots[p->instr.slot]);
    p->pending += s->plan->counts == NULL ||
                  s->plan->counts(s->plan->context, p->instr.item);
    p->out->weight_grads++;
    return SIDLE_OK;
}

static int is_update_due(const player *p)
{
    return p->instr.is_drain ? p->pending > 0
                             : p->pending == p->cursor.plan->update_every;
}

static sidle_status play_update(const stage *s, player *p)
{
    if (!is_update_due(p))
        return SIDLE_OK;
    work(p, times_of(s, p)->update);
    sidle_held_update(p);
    p->pending = 0;
    p->out->updates++;
    if (p->cursor.plan->schedule->is_flushed &&
        p->out->forwards != p->out->weight_grads)
        return broken(p, "the pipe is not empty");
    return SIDLE_OK;
}

static sidle_status play_cut(const stage *s, player *p)
{
    const sidle_plan *plan = s->plan;
    int block = p->cursor.block;
    int64_t item = p->instr.item;
    int64_t back = sidle_plan_backwards(plan, block, item);
    int64_t weights = sidle_plan_weight_grads(plan, block, item);

    if (item != ++p->out->cuts ||
        p->out->forwards != sidle_plan_forwards(plan, block, item))
        return broken(p, "out of order");
    if (p->last_back != back || p->last_weight != weights)
        return broken(p, "not as many backwards as the plan promises");
    if (item == s->play->from) {
        p->window_begin = p->now;
        p->window_busy = p->busy;
    }
    if (item == s->play->to) {
        p->window_end = p->now;
        p->window_busy = p->busy - p->window_busy;
    }
    return SIDLE_OK;
}

static sidle_status play_norms(const stage *s, player *p, int *is_done)
{
    *is_done = 1;
    while (*is_done && p->step < 4) {
        channel *c = norm_channel(s, p, p->step);

        if (c) {
            if (p->step % 2 == 0)
                SIDLE_TRY(try_receive(p, c, is_done));
            else
                *is_done = try_send(s, p, c);
        }
        p->step += *is_done;
    }
    return SIDLE_OK;
}

/* One instruction; *is_done 0 if it has to wait for a neighbour. */
sidle_status sidle_stage_play(const stage *s, player *p, int *is_done)
{
    int edge = p->instr.edge;

    *is_done = 1;
    switch (p->instr.op) {
    case SIDLE_OP_LOAD:
        return fill_slot(p);
    case SIDLE_OP_RECV_ACT:
        SIDLE_TRY(try_receive(p, channel_of(s, edge, ACT), is_done));
        return *is_done ? fill_slot(p) : SIDLE_OK;
    case SIDLE_OP_FORWARD:
        return play_forward(s, p);
    case SIDLE_OP_SEND_ACT:
        *is_done = try_send(s, p, channel_of(s, edge, ACT));
        p->out->acts_sent += *is_done && !p->instr.is_eval;
        return SIDLE_OK;
    case SIDLE_OP_RECV_GRAD:
        return try_receive(p, channel_of(s, edge, GRAD), is_done);
    case SIDLE_OP_INPUT_GRAD:
        return play_input_grad(s, p);
    case SIDLE_OP_SEND_GRAD:
        *is_done = try_send(s, p, channel_of(s, edge, GRAD));
        p->out->grads_sent += *is_done;
        return SIDLE_OK;
    case SIDLE_OP_WEIGHT_GRAD:
        return play_weight_grad(s, p);
    case SIDLE_OP_SUM_NORMS:
        return play_norms(s, p, is_done);
    case SIDLE_OP_UPDATE:
        return play_update(s, p);
    case SIDLE_OP_CUT:
        return play_cut(s, p);
    case SIDLE_OP_END:
        p->is_done = 1;
        return SIDLE_OK;
    }
    return broken(p, "unknown instruction");
}

/* Backwards are numbered from the first item of each stretch on. */
static void take_instr(player *p)
{
    const sidle_stretch *stretch = &p->cursor.stretch;

    p->instr = sidle_cursor_next(&p->cursor);
    if (stretch->first == p->first)
        return;
    p->first = stretch->first;
    p->last_back = p->last_weight = stretch->first - 1;
    if (stretch->first > p->cursor.plan->start)
        p->n_due += stretch->last - stretch->first + 1 +
                    sidle_plan_extra(p->cursor.plan, p->cursor.block);
}

void sidle_stage_go_on(const stage *s, player *p)
{
    if (s->play->on_instr)
        s->play->on_instr(s->play->context, p->cursor.block, &p->instr,
                          p->begin, p->now);
    take_instr(p);
    p->begin = p->now;
    p->step = 0;
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
    if (p->out->forwards != plan->steps || p->out->cuts != plan->steps ||
        p->out->weight_grads != plan->start + p->n_due || p->pending > 0)
        return broken(p, "not every item went both ways");
    for (int i = 0, e; (e = sidle_plan_out_edge(plan, block, i)) >= 0; i++)
        if (!is_edge_empty(s, e))
            return broken(p, "a message was never received");
    if (p->out->max_kept > slots ||
        p->out->max_versions > sidle_plan_versions(plan, block))
        return broken(p, "more is kept than there are places");
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

    SIDLE_TRY(s->workers ? sidle_workers_play(s) : play_blocks(s));
    for (int i = 0; i < s->plan->n_blocks; i++)
        if (!s->players[i].is_done)
            return broken(&s->players[i], "waits for ever");
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
                                   .cuts = s->plan->start,
                                   .max_versions = 1};
        p->out = &played[i];
        p->horizon = HUGE_VAL;
        p->slots = slots;
        slots += sidle_plan_slots(s->plan, i + 1);
        p->stashes = stashes;
        stashes += sidle_plan_stashes(s->plan, i + 1);
        sidle_cursor_init(&p->cursor, s->plan, i + 1);
        p->first = -1;
        take_instr(p);
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
    if (!s->channels || !s->places)
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
    return s->players && s->slots && s->stashes ? SIDLE_OK : no_memory(s->plan);
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
