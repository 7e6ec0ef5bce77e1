/* play.h - small runs for the tests of the runner: a net, a stream of made-up
 * items, a plan; and a record of every gradient. */
#ifndef SIDLE_TESTS_MPI_PLAY_H
#define SIDLE_TESTS_MPI_PLAY_H

#include "kinds_test.h"

#include "layer/perceiver.h"

#include "mpi/health.h"
#include "mpi/restore.h"
#include "mpi/runner.h"
#include "mpi/state.h"

enum { PLAY_MAX_BLOCKS = 8, PLAY_ROWS = 2, PLAY_WIDTH = 5 };

/* One weight gradient of one block. */
typedef struct play_record {
    int block;
    int64_t item, at;    /* of the loss, and of the activation it met */
    size_t weights, out; /* reals; out is 0 in the last block */
    sidle_real *grad;    /* (weights) */
    sidle_real *dy;      /* (out); NULL in the last block */
    sidle_real *w;       /* (weights) that the block had then */
} play_record;

typedef struct play {
    /* What to play: play_init() sets defaults, the test changes them before
     * play_open(). */
    sidle_comm comm;
    /* NULL: the ranks of comm. Else as many of these as there are blocks, and
     * what happened on any of them is known to all of them afterwards. */
    const sidle_comm *over;
    const char *schedule;
    int n_blocks;
    const sidle_layer_ops *kind; /* of all blocks; NULL: a Perceiver AR with
                                    dropout, four layers at least */
    sidle_optim_config optim;
    const double *block_lr; /* NULL: optim.lr */
    int64_t start, steps;   /* items start + 1 .. steps */
    int update_every;
    uint64_t seed;
    int is_frozen; /* no update is made: a record holds one gradient */
    int is_recorded;
    int is_global;  /* clipping by the norm of all blocks */
    int is_sleepy;  /* random sleeps before instructions */
    int is_echo;    /* labels are the inputs */
    double dropout; /* of a Perceiver AR */
    /* Which frame item k shows; NULL: k itself. */
    int64_t (*frame)(int64_t item);
    int64_t perturbed; /* this frame is another one; 0: none */
    double speed;      /* > 0: frames move by so much an item, on a line */
    int64_t untaught;  /* items 1 .. untaught have no target */
    int64_t skipped;   /* so has each item that this divides; 0: none */
    int64_t (*clip)(int64_t item, int row); /* NULL: always 0 */
    /* Of a Perceiver AR: rows of a replica and replicas; 0: PLAY_ROWS, 1. */
    int rows, n_replicas;
    int layers; /* self-attention layers of a Perceiver AR; 0: n_blocks */
    /* Tokens of a row of all replicas, 0 .. context + 1; NULL: random, from 2.
     */
    int64_t (*n_tokens)(int64_t item, int row);
    int (*may_update)(struct play *play, int block, int64_t item);

    /* What is made of it. */
    sidle_model *model;
    sidle_perceiver perceiver;
    sidle_test_size size;
    sidle_partition partition;
    sidle_plan plan;
    sidle_source train, eval;
    sidle_runner_config config; /* may be changed before play_start() */
    sidle_runner *runner;

    /* What happened. */
    play_record *records;
    int n_records;
    int n_forwards[PLAY_MAX_BLOCKS + 1], n_backwards[PLAY_MAX_BLOCKS + 1];
    int64_t n_updates;
    /* With `over`: the newest weights of all blocks, and their play_digest().
     */
    sidle_real *weights[PLAY_MAX_BLOCKS + 1];
    size_t n_weights[PLAY_MAX_BLOCKS + 1];
    uint64_t digest;
    sidle_report reports[256];
    int n_reports;
    int64_t save_at, stop_at; /* items whose boundary saves, stops; 0: none */
    int64_t wish_after;       /* wants_stop after so many questions; 0: no */
    int64_t n_wishes;
} play;

/** A net of `n_blocks` tanh blocks, backprop, plain SGD, one process. */
play play_of(const char *schedule, int n_blocks, int64_t steps);
/** Make model, plan and configuration. */
void play_open(play *p);
/** Make the runner. Calls: collective over p->comm. */
void play_start(play *p);
/** Run what was started. Answers what the run answered. Calls: collective over
 * p->comm, with `over` over these ranks. */
sidle_status play_go(play *p);
/** What happened on any of the ranks of `over`, for all of them; play_go() does
 * it. Calls: collective over these. */
void play_share(play *p);
/** Open, start and go. */
sidle_status play_run(play *p);
void play_close(play *p);

/** The record of a block's gradient of an item's loss; NULL: none. */
const play_record *play_find(const play *p, int block, int64_t item);
/** The k-th message's inputs and labels, as the source gives them. */
void play_values(const play *p, int64_t item, sidle_real *values,
                 sidle_real *targets);
/** A number for the bits of the newest weights of all blocks. Collective. */
uint64_t play_digest(const play *p);
/** Another one for the bits of an array. */
uint64_t play_digest_of(const void *data, size_t bytes, uint64_t seed);
/** Another one for what a report says, but for how busy the ranks were. */
uint64_t play_digest_of_report(const sidle_report *r, uint64_t seed);
/** Ranks 0 .. n-1 as a communicator of their own; answers 0 on the others.
 * Calls: collective over `all`. */
int play_first_ranks(const sidle_comm *all, int n, sidle_comm *some);

#endif
