/* write.h - writes the arrays into a file with a layout, in one of three
 * modes. */
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
 * Write this rank's own arrays by plain calls.
 * Calls:   local. Errors: SIDLE_EIO with errno's text.
 */
sidle_status sidle_write_independent(const sidle_writing *w);

/* All ranks together write less in one collective call than MPI-IO moves in one
 * round of exchange: in Open MPI, a rank leaves the rounds if its write fails,
 * and the others wait for the next round for ever (seen in 4.1.4 with 32 MiB,
 * two rounds). The ranks share the bytes of a call; if there are too many ranks
 * for a useful share, they take turns. */
enum { SIDLE_WRITE_ROUND = 8 << 20, SIDLE_WRITE_LEAST = 64 << 10 };

/** Most bytes that a rank writes in its turn. */
int64_t sidle_write_share(int size);
/** Number of rounds in which each rank has one turn. */
int sidle_write_turns(int size);

/**
 * Write by collective calls of MPI-IO, all ranks equally often.
 * Calls:   collective; each rank returns its own status, and none hangs if
 *          another fails.
 * Errors:  SIDLE_EIO with errno's text, or MPI's if a plain write does not
 *          reproduce the failure.
 */
sidle_status sidle_write_collective(const sidle_writing *w);

/**
 * Let rank 0 write everything: the other ranks send their arrays in messages of
 * at most 16 MiB.
 * Calls:   collective; the other ranks return SIDLE_OK.
 * Errors:  SIDLE_EIO with errno's text; all messages are received nevertheless.
 */
sidle_status sidle_write_funnel(const sidle_writing *w);

/** After a failure whose errno another process received: add the error of a
 * plain write beyond the file's end, if that fails, too. Calls: local. */
void sidle_write_add_reason(const sidle_writing *w);

#endif
