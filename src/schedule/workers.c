/* workers.c - the play by workers of several blocks each, as ranks have them: a
 * worker carries out one instruction of each block in turn, on one clock. */
#include "schedule/check_inside.h"

#include <stdlib.h>

struct worker {
    int first, last;  /* its blocks are first .. last - 1, from 0 */
    int at;           /* the block that has its turn */
    int n_failed;     /* turns since something could be done */
    double now, next; /* clock; when there is something to do */
};

typedef struct worker worker;

/* When there is room in all channels of one kind that begin at a block and
 * end at its own worker. In memory a result is computed into its message. */
static double room_inside_at(const stage *s, const player *p, int kind)
{
    int block = p->cursor.block;
    double room = 0.0;
    int edge;

    for (int i = 0;; i++) {
        edge = kind == ACT ? sidle_plan_out_edge(s->plan, block, i)
                           : sidle_plan_in_edge(s->plan, block, i);
        if (edge < 0)
            return room;
        if (is_inside(s, edge))
            room =
                fmax(room, room_at(kind == ACT ? act_channel(s, &p->instr, edge)
                                               : channel_of(s, edge, kind)));
    }
}

static double norms_at(const stage *s, const player *p)
{
    int step = p->step;
    const channel *c;

    while (step < 4 && norm_channel(s, p, step) == NULL)
        step++;
    if (step == 4)
        return 0.0;
    c = norm_channel(s, p, step);
    return step % 2 == 0 ? message_at(c) : room_at(c);
}

/* When a block can go on; HUGE_VAL: not before another one did something. */
static double ready_at(const stage *s, const player *p)
{
    int edge = p->instr.edge;

    if (p->is_done)
        return HUGE_VAL;
    switch (p->instr.op) {
    case SIDLE_OP_RECV_ACT:
        return message_at(act_channel(s, &p->instr, edge));
    case SIDLE_OP_RECV_GRAD:
        return message_at(channel_of(s, edge, GRAD));
    case SIDLE_OP_FORWARD:
        return room_inside_at(s, p, ACT);
    case SIDLE_OP_INPUT_GRAD:
        return room_inside_at(s, p, GRAD);
    case SIDLE_OP_SEND_ACT:
        return room_at(act_channel(s, &p->instr, edge));
    case SIDLE_OP_SEND_GRAD:
        return room_at(channel_of(s, edge, GRAD));
    case SIDLE_OP_SUM_NORMS:
        return norms_at(s, p);
    default:
        return 0.0;
    }
}

/* When a worker has something to do; its clock while it has not looked at all
 * of its blocks. */
static double next_work(const stage *s, const worker *w)
{
    double first = HUGE_VAL;

    if (w->n_failed < w->last - w->first)
        return w->now;
    for (int i = w->first; i < w->last; i++) {
        double ready = ready_at(s, &s->players[i]);

        first = ready < first ? ready : first;
    }
    return first > w->now ? first : w->now;
}

/* The turn of one block. */
static sidle_status take_turn(const stage *s, worker *w)
{
    player *p = &s->players[w->at];
    int is_done = 0;

    w->at = w->at > w->first ? w->at - 1 : w->last - 1;
    w->n_failed++;
    if (ready_at(s, p) > w->now)
        return SIDLE_OK;
    /* A sum of norms takes several turns: it began with the first. */
    if (p->step == 0)
        p->begin = w->now;
    p->now = p->horizon = w->now;
    SIDLE_TRY(sidle_stage_play(s, p, &is_done));
    if (is_done) {
        w->now = p->now;
        w->n_failed = 0;
        sidle_stage_go_on(s, p);
    }
    return SIDLE_OK;
}

/* Of two workers the one that is behind. */
static int behind(const stage *s, int a, int b)
{
    double at = s->workers[a].next, bt = s->workers[b].next;

    return at < bt || (at == bt && a < b) ? a : b;
}

/* A worker's next work has changed: the tournament from its leaf, node
 * n_workers + i, up to the winner, node 1. */
static void play_off(const stage *s, int i)
{
    int node = s->n_workers + i;

    s->winner[node] = i;
    for (node /= 2; node >= 1; node /= 2)
        s->winner[node] =
            behind(s, s->winner[2 * node], s->winner[2 * node + 1]);
}

static void look_again(const stage *s, int i)
{
    if (i < 0 || i >= s->n_workers)
        return;
    s->workers[i].next = next_work(s, &s->workers[i]);
    play_off(s, i);
}

/* What a worker does only those at the other ends of its edges can see: its
 * neighbours in the chain, and those that a skip leads to. */
static void look_around(const stage *s, int i)
{
    const int *of = s->play->worker;

    for (int k = i - 1; k <= i + 1; k++)
        look_again(s, k);
    for (int e = s->plan->n_blocks - 1; e < sidle_plan_n_edges(s->plan); e++) {
        sidle_edge skip = sidle_plan_edge(s->plan, e);

        if (of[skip.from - 1] == i)
            look_again(s, of[skip.to - 1]);
        if (of[skip.to - 1] == i)
            look_again(s, of[skip.from - 1]);
    }
}

/* All workers, always the one whose clock is behind: what it could hear of has
 * then happened. */
sidle_status sidle_workers_play(const stage *s)
{
    for (int i = s->n_workers - 1; i >= 1; i--)
        s->winner[i] = 0;
    for (int i = 0; i < s->n_workers; i++)
        s->winner[s->n_workers + i] = i;
    for (int i = 0; i < s->n_workers; i++)
        look_again(s, i);
    for (;;) {
        int i = s->winner[1];
        worker *w = &s->workers[i];

        if (isinf(w->next))
            return SIDLE_OK;
        if (w->next > w->now)
            w->now = w->next;
        SIDLE_TRY(take_turn(s, w));
        look_around(s, i);
    }
}

sidle_status sidle_workers_seat(stage *s)
{
    const int *of = s->play->worker;
    int n = 0;

    if (of == NULL)
        return SIDLE_OK;
    for (int i = 0; i < s->plan->n_blocks; i++) {
        if (of[i] != n - 1 && of[i] != n)
            return sidle_fail(SIDLE_EUSAGE,
                              "block %d has worker %d, expected %d or %d",
                              i + 1, of[i], n > 0 ? n - 1 : 0, n);
        n = of[i] + 1;
    }
    s->workers = calloc((size_t)n, sizeof(*s->workers));
    s->winner = calloc(2 * (size_t)n, sizeof(*s->winner));
    if (s->workers == NULL || s->winner == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d workers", n);
    s->n_workers = n;
    for (int i = s->plan->n_blocks - 1; i >= 0; i--) {
        worker *w = &s->workers[of[i]];

        w->last = w->last > 0 ? w->last : i + 1;
        w->first = i;
        /* The last block first, as a rank goes round its blocks. */
        w->at = w->last - 1;
    }
    return SIDLE_OK;
}
