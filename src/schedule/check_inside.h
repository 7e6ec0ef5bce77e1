/* check_inside.h - the private side of the play: blocks, channels and their
 * clocks. */
#ifndef SIDLE_SCHEDULE_CHECK_INSIDE_H
#define SIDLE_SCHEDULE_CHECK_INSIDE_H

#include "schedule/check.h"
#include "schedule/plan.h"

#include <math.h>
#include <stddef.h>

enum {
    ACT,        /* with an edge */
    GRAD,       /* against it */
    NORM_BACK,  /* against it, in the chain: a sum of squares */
    NORM_TOTAL, /* with it: the total */
    N_KINDS
};

typedef struct message {
    int64_t item;
    int is_eval;
    int64_t boundaries; /* that the sender had passed */
    double arrival;
} message;

typedef struct place {
    message message;
    double freed; /* when it was last emptied */
} place;

typedef struct channel {
    place *places; /* (n_places) */
    int n_places;
    int64_t sent, received;
} channel;

typedef struct kept {
    int64_t item;    /* 0: nothing */
    int64_t version; /* of the weights that it went forward with */
    int is_ahead;    /* these were ahead of it */
} kept;

typedef struct player {
    sidle_cursor cursor;
    sidle_instr instr;
    int step; /* inside an instruction of several messages */
    int is_done;
    double now, begin; /* clock; when the present instruction began */
    double horizon;    /* what comes later is not there yet */
    double busy, window_begin, window_busy, window_end;
    kept *slots;
    int64_t *stashes;       /* items whose weight gradient is due; 0: none */
    int64_t first;          /* item of the present round .. */
    int64_t last_back;      /* .. its last input gradient, and .. */
    int64_t last_weight;    /* .. its last weight gradient */
    int64_t n_due;          /* backwards of all rounds so far */
    int64_t version;        /* updates done */
    int n_kept;             /* slots with an item */
    int64_t n_forwarded;    /* those that went forward ... */
    int n_versions;         /* ... the versions of weights they have ... */
    int64_t newest_version; /* ... and the one of the last of them */
    int64_t pending;        /* gradients since the last update */
    sidle_played *out;
} player;

typedef struct stage {
    const sidle_plan *plan;
    const sidle_play *play;
    player *players;   /* (D) */
    channel *channels; /* (n_edges, N_KINDS) */
    place *places;     /* of all of them */
    kept *slots;
    int64_t *stashes;
    struct worker *workers; /* (n_workers); NULL: each block has its own */
    int *winner;            /* (2 n_workers) of workers, by what they do next */
    int n_workers;
} stage;

static inline channel *channel_of(const stage *s, int edge, int kind)
{
    return &s->channels[edge * N_KINDS + kind];
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

/* When a channel has room, and when its next message is there; HUGE_VAL: not
 * before its other end has done something. */
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

/* The channel of a step of the sum of norms: squares go back to the first
 * block, the total comes from there. NULL where there is no neighbour. */
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
/* What is held, for max_kept and max_versions; local, and O(1). An item enters
 * a slot, goes forward with the weights of now, and leaves after its weight
 * gradient, in the order of items; an update makes a new version. With the
 * newest policy nothing leaves: an item takes the place of another. */
void sidle_held_enter(player *p, kept *slot, int64_t item);
void sidle_held_forward(player *p, kept *slot);
void sidle_held_leave(player *p, kept *slot);
void sidle_held_update(player *p);

/* ---- in check.c */
/* ---- in stage.c */
/** Carry out a block's present instruction, or as much of it as can be done.
 * Errors: SIDLE_EINTERNAL: the plan broke a promise. */
sidle_status sidle_stage_play(const stage *s, player *p, int *is_done);
/** Errors: SIDLE_EINTERNAL: the block's present instruction breaks a promise,
 * and why. */
sidle_status sidle_stage_broken(const player *p, const char *why);
/** The first instruction of a block, from its cursor. */
void sidle_stage_take_instr(player *p);
/** The instruction is done: tell it, and take the next one. */
void sidle_stage_go_on(const stage *s, player *p);

/* ---- in workers.c */
/* ---- in workers.c */
/**
 * Contiguous ranges of blocks, as the play's list says; none without a list.
 * Owns:    the caller frees workers and winner.
 * Errors:  SIDLE_EUSAGE: the list is none; SIDLE_EINTERNAL: memory.
 */
sidle_status sidle_workers_seat(stage *s);
/** All workers, to the end of all that can be done. Errors: as above. */
sidle_status sidle_workers_play(const stage *s);

#endif
