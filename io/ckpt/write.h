/* write.h - the arrays into a file that is laid out: who writes. */
#ifndef SIDLE_IO_CKPT_WRITE_H
#define SIDLE_IO_CKPT_WRITE_H

#include "io/ckpt/layout.h"

typedef struct sidle_writing {
    const sidle_comm *comm; /* NULL: one process without MPI */
    int rank;
    const sidle_content *content;
    const sidle_layout *layout;
    const char *path;
    int fd; /* of the file; -1 on a rank that does not write */
} sidle_writing;

/**
 * Write what this rank owns by plain calls.
 * Calls:   local. Errors: SIDLE_EIO with errno's words.
 */
sidle_status sidle_write_independent(const sidle_writing *w);

/* What all ranks write in one collective call is less than MPI-IO moves in one
 * round of exchange: Open MPI's leaves its rounds where a write fails, and the
 * others wait for the next one for ever (seen in 4.1.4 with 32 MiB, two
 * rounds). Ranks share it; so many that a share would be tiny take turns. */
enum { SIDLE_WRITE_ROUND = 8 << 20, SIDLE_WRITE_LEAST = 64 << 10 };

/** Bytes that a rank writes in its turn at most. */
int64_t sidle_write_share(int size);
/** Rounds until each rank had one turn. */
int sidle_write_turns(int size);

/**
 * Write by collective calls of MPI-IO, all ranks equally often.
 * Calls:   collective; each answers what it met itself, and none hangs where
 *          another fails.
 * Errors:  SIDLE_EIO with errno's words, or MPI's if a plain write that tries
 *          to meet the same does not.
 */
sidle_status sidle_write_collective(const sidle_writing *w);

/**
 * Let rank 0 write everything: what it does not own comes in messages of at
 * most 16 MiB.
 * Calls:   collective; ranks but 0 answer SIDLE_OK.
 * Errors:  SIDLE_EIO with errno's words; all messages are taken.
 */
sidle_status sidle_write_funnel(const sidle_writing *w);

/** After a failure that errno told somebody else: add what a plain write
 * beyond the file's end meets, if it fails. Calls: local. */
void sidle_write_add_reason(const sidle_writing *w);

#endif
