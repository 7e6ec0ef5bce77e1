/* hooks.h - what a test may observe or decide while a plan runs. */
#ifndef SIDLE_MPI_HOOKS_H
#define SIDLE_MPI_HOOKS_H

#include "model/block.h"
#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every field may be NULL. */
typedef struct sidle_runner_hooks {
    void *context;
    /* After a weight gradient: the incoming gradient and the block's sums. */
    void (*on_gradient)(void *context, int block, int64_t item,
                        int64_t activation_item, const sidle_block *b,
                        const sidle_real *dy);
    void (*on_forward)(void *context, int block, int64_t item);
    /* Before each instruction; may sleep. */
    void (*on_instr)(void *context, int block, const sidle_instr *instr);
    /* Whether an update that is due is made; NULL: always. If not, the
     * gradients accumulated so far are dropped. */
    int (*may_update)(void *context, int block, int64_t item);
    /* The clock of this rank; NULL: sidle_now(). */
    double (*now)(void *context);
} sidle_runner_hooks;

#ifdef __cplusplus
}
#endif

#endif
