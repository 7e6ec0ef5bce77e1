/* ranks.h - tests of several ranks: count failures, never leave between two
 * communications, and let all ranks fail together at the end. */
#ifndef SIDLE_TESTS_MPI_RANKS_H
#define SIDLE_TESTS_MPI_RANKS_H

#include "../check.h"

#include "mpi/comm.h"

#include <setjmp.h>

static sidle_comm ranks;
static int ranks_n_failed;

#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition)) {                                                    \
            ranks_n_failed++;                                                  \
            fprintf(stderr, "rank %d: %s:%d: %s\n", ranks.rank, __FILE__,      \
                    __LINE__, #condition);                                     \
        }                                                                      \
    } while (0)

/* Ends a test: fails on every rank if any rank counted a failure. */
static inline void ranks_finish(void)
{
    int mine = ranks_n_failed, all = 0;

    SIDLE_MPI(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, ranks.comm));
    ranks_n_failed = 0;
    assert_int_equal(all, 0);
}

static jmp_buf ranks_survivor;

static inline void ranks_survive(int code)
{
    longjmp(ranks_survivor, code);
}

/* The code with which a statement ends the process; 0 if it does not. The
 * die hook is gone afterwards. */
#define CODE_OF_DEATH(code_p, statement)                                       \
    do {                                                                       \
        sidle_set_die_hook(ranks_survive);                                     \
        *(code_p) = setjmp(ranks_survivor);                                    \
        if (*(code_p) == 0) {                                                  \
            statement;                                                         \
        }                                                                      \
        sidle_set_die_hook(NULL);                                              \
    } while (0)

#define RANKS_MAIN                                                             \
    int main(void)                                                             \
    {                                                                          \
        int n_failed;                                                          \
                                                                               \
        if (sidle_comm_open(&ranks) != SIDLE_OK)                               \
            return 1;                                                          \
        n_failed = test_all(NULL, NULL);                                       \
        sidle_comm_close(&ranks);                                              \
        return n_failed;                                                       \
    }

#endif
