/* check_inside.h - the private data of the simulation: blocks, channels and
 * their clocks. */
#ifndef SIDLE_SCHEDULE_CHECK_INSIDE_H
#define SIDLE_SCHEDULE_CHECK_INSIDE_H

#include "schedule/check.h"
#include "schedule/plan.h"

#include <math.h>
#include <stddef.h>

enum {
    ACT,        /* along an edge */
    GRAD,       /* in the opposite direction */
    NORM_BACK,  /* the same, in the chain: a sum of squares */
    NORM_TOTAL, /* along it: the total */
    EVAL_ACT,   /* with skips: activations of evaluations, while others are in
                   flight */
    N_KINDS
};

typedef struct message {
    int64_t item;
    int is_eval;
    int64_t boundaries; /* that the sender had completed */
    double arrival;
} message;

typedef struct place {
    message message;
    double freed; /* time at which it was last emptied */
} place;

typedef struct channel {
    place *places; /* (n_places) */
    int n_places;
    int64_t sent, received;
} channel;

typedef struct kept {
    int64_t item;    /* 0: none */
    int64_t version; /* of the weights of its forward */
    int is_ahead;    /* these were a prediction */
} kept;

typedef struct player {
    sidle_cursor cursor;
    sidle_instr instr;
    int step; /* in an instruction of several messages */
    int is_done;
    double now, begin; /* clock; begin of the present instruction */
    double horizon;    /* later events are not known yet */
    double busy, window_begin, window_busy, window_end;
    kept *slots;
    int64_t *stashes;       /* items with a weight gradient due; 0: none */
    int64_t first;          /* item of the present round .. */
    int64_t last_back;      /* .. its last input gradient, and .. */
    int64_t last_weight;    /* .. its last weight gradient */
    int64_t n_due;          /* backwards of all rounds so far */
    int64_t version;        /* updates done */
    int n_kept;             /* slots with an item */
    int64_t n_forwarded;    /* those that were forwarded ... */
    int n_versions;         /* ... the number of their weight versions ... */
    int64_t newest_version; /* ... and the newest of these */
    int64_t pending;        /* gradients since the last update */
    sidle_played *out;
} player;

typedef struct stage {
    const sidle_plan *plan;
    const sidle_play *play;
    player *players;   /* (D) */
    channel *channels; /* (n_edges, N_KINDS) */
    place *places;     /* of all channels */
    kept *slots;
    int64_t *stashes;
    struct worker *workers; /* (n_workers); NULL: each block has its own */
    int *winner;            /* (2 n_workers) of workers, by their next event */
    int n_workers;
} stage;

static inline channel *channel_of(const stage *s, int edge, int kind)
{
    return &s->channels[edge * N_KINDS + kind];
}

/* The channel of the activations of an instruction. */
static inline channel *act_channel(const stage *s, const sidle_instr *instr,
                                   int edge)
{
    int is_apart = instr->is_eval && sidle_plan_has_skips(s->plan);

    return channel_of(s, edge, is_apart ? EVAL_ACT : ACT);
}

/* Whether both ends of an edge have the same worker. */
static inline int is_inside(const stage *s, int edge)
{
    sidle_edge e = sidle_plan_edge(s->plan, edge);

    return s->play->worker != NULL &&
           s->play->worker[e.from - 1] == s->play->worker[e.to - 1];
}

static inline place *place_of(const channel *c, int64_t number)
{
    return &c->places[number % c->n_places];
}

/* The time at which a channel has a free place, and that at which its next
 * message arrives; HUGE_VAL: not before its other end has acted. */
static inline double room_at(const channel *c)
{
    return c->sent - c->received == c->n_places ? HUGE_VAL
                                                : place_of(c, c->sent)->freed;
}

static inline double message_at(const channel *c)
{
    return c->sent > c->received ? place_of(c, c->received)->message.arrival
                                 : HUGE_VAL;
}

/* The channel of a step of the sum of norms: squares are sent towards the first
 * block, which sends the total back. NULL if there is no neighbour. */
static inline channel *norm_channel(const stage *s, const player *p, int step)
{
    int is_before = step == 1 || step == 2;
    int edge = is_before ? sidle_plan_in_edge(s->plan, p->cursor.block, 0)
                         : sidle_plan_out_edge(s->plan, p->cursor.block, 0);

    if (edge < 0)
        return NULL;
    return channel_of(s, edge, step < 2 ? NORM_BACK : NORM_TOTAL);
}

/* ---- in held.c */
/* ---- in held.c */
/* Count slots and versions in use, for max_kept and max_versions; local, O(1).
 * An item enters a slot, is forwarded with the present weights, and leaves
 * after its weight gradient, in the order of items; an update makes a new
 * version. With the newest policy no item leaves; a new item replaces another.
 */
void sidle_held_enter(player *p, kept *slot, int64_t item);
void sidle_held_forward(player *p, kept *slot);
void sidle_held_leave(player *p, kept *slot);
void sidle_held_update(player *p);

/* ---- in check.c */
/* ---- in stage.c */
/** Perform a block's present instruction, or the part of it that is possible.
 * Errors: SIDLE_EINTERNAL: the plan violates an invariant. */
sidle_status sidle_stage_play(const stage *s, player *p, int *is_done);
/** Report that the block's present instruction violates an invariant, and why.
 * Returns SIDLE_EINTERNAL. */
sidle_status sidle_stage_broken(const player *p, const char *why);
/** Get the first instruction of a block from its cursor. */
void sidle_stage_take_instr(player *p);
/** Complete the instruction: report it to on_instr, and get the next one. */
void sidle_stage_go_on(const stage *s, player *p);

/* ---- in workers.c */
/* ---- in workers.c */
/**
 * Make the workers of the list in the play, each with a contiguous range of
 * blocks; without a list there are none.
 * Owns:    the caller frees workers and winner.
 * Errors:  SIDLE_EUSAGE: the list is not valid; SIDLE_EINTERNAL: memory.
 */
sidle_status sidle_workers_seat(stage *s);
/** Run all workers until none can continue. Errors: those of
 * sidle_stage_play(). */
sidle_status sidle_workers_play(const stage *s);

#endif
