/* stage.c - one instruction of a block in the play: what it takes, and what it
 * would break. */
#include "schedule/check_inside.h"

#include <inttypes.h>

sidle_status sidle_stage_broken(const player *p, const char *why)
{
    return sidle_fail(
        SIDLE_EINTERNAL,
        "schedule \"%s\", block %d of %d, %s of item %" PRId64 "%s: %s",
        p->cursor.plan->schedule->name, p->cursor.block,
        p->cursor.plan->n_blocks, sidle_op_name(p->instr.op), p->instr.item,
        p->instr.is_eval ? " (evaluation)" : "", why);
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
    place_of(c, c->sent)->message = (message){
        p->instr.item, p->instr.is_eval, p->out->boundaries, p->now + transfer};
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
        return sidle_stage_broken(p, "the message is another item's");
    /* Sent behind a boundary and received before it: a checkpoint there would
     * not be a consistent cut (Chandy and Lamport 1985). */
    if (m->boundaries > p->out->boundaries)
        return sidle_stage_broken(p, "the message was sent after a boundary");
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
            return sidle_stage_broken(p, "not in the evaluation slot");
        return SIDLE_OK;
    }
    slot = &p->slots[p->instr.slot];
    if (p->instr.item != p->out->forwards + 1)
        return sidle_stage_broken(p, "out of order");
    if (slot->item && (!schedule->is_newest || n_stashed(p) > 0))
        return sidle_stage_broken(p, "its slot is still needed");
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
        return sidle_stage_broken(p, "its slot holds another item");
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
        return sidle_stage_broken(p, "out of order");
    p->last_back = p->instr.item;
    /* Under Sideways the gradient meets the newest activation, not its own
     * (Malinowski et al., CVPR 2020). */
    if (slot->item != (schedule->is_newest ? p->out->forwards : p->instr.item))
        return sidle_stage_broken(p, "its slot holds another item");
    if (p->stashes[p->instr.stash])
        return sidle_stage_broken(p, "the stash is still needed");
    if (schedule->is_flushed && staleness > 0)
        return sidle_stage_broken(p, "the weights changed since its forward");
    /* The forward used other weights than the gradient will: it runs again. */
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
        return sidle_stage_broken(p, "the stash is another item's");
    if (p->instr.item != ++p->last_weight)
        return sidle_stage_broken(p, "out of order");
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
        return sidle_stage_broken(p, "the pipe is not empty");
    return SIDLE_OK;
}

static sidle_status play_boundary(const stage *s, player *p)
{
    const sidle_plan *plan = s->plan;
    int block = p->cursor.block;
    int64_t item = p->instr.item;
    int64_t back = sidle_plan_backwards(plan, block, item);
    int64_t weights = sidle_plan_weight_grads(plan, block, item);

    if (item != ++p->out->boundaries ||
        p->out->forwards != sidle_plan_forwards(plan, block, item))
        return sidle_stage_broken(p, "out of order");
    if (p->last_back != back || p->last_weight != weights)
        return sidle_stage_broken(p,
                                  "not as many backwards as the plan promises");
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
    /* Steps 0 and 2 receive, 1 and 3 send: squares go back, the total ahead. */
    while (*is_done && p->step < 4) {
        channel *c = norm_channel(s, p, p->step);

        if (c != NULL) {
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
        SIDLE_TRY(try_receive(p, act_channel(s, &p->instr, edge), is_done));
        return *is_done ? fill_slot(p) : SIDLE_OK;
    case SIDLE_OP_FORWARD:
        return play_forward(s, p);
    case SIDLE_OP_SEND_ACT:
        *is_done = try_send(s, p, act_channel(s, &p->instr, edge));
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
    case SIDLE_OP_BOUNDARY:
        return play_boundary(s, p);
    case SIDLE_OP_END:
        p->is_done = 1;
        return SIDLE_OK;
    }
    return sidle_stage_broken(p, "unknown instruction");
}

/* Backwards are numbered from the first item of each round on. */
void sidle_stage_take_instr(player *p)
{
    const sidle_round *round = &p->cursor.round;

    p->instr = sidle_cursor_next(&p->cursor);
    if (round->first == p->first)
        return;
    p->first = round->first;
    p->last_back = p->last_weight = round->first - 1;
    if (round->first > p->cursor.plan->start)
        p->n_due += round->last - round->first + 1 +
                    sidle_plan_extra(p->cursor.plan, p->cursor.block);
}

void sidle_stage_go_on(const stage *s, player *p)
{
    if (s->play->on_instr != NULL)
        s->play->on_instr(s->play->context, p->cursor.block, &p->instr,
                          p->begin, p->now);
    sidle_stage_take_instr(p);
    p->begin = p->now;
    p->step = 0;
}
