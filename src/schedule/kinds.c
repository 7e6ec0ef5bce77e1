/* kinds.c - the table of schedules: a schedule is a row, not code. */
#include "schedule/plan.h"

#include <string.h>

/* ---- items before the first backward */

static int no_head_start(const sidle_plan *plan, int block)
{
    (void)plan;
    (void)block;
    return 0;
}

/* The backwards begin when all items of an update went forward. */
static int whole_update(const sidle_plan *plan, int block)
{
    (void)block;
    return plan->update_every;
}

/* The gradient of item k meets item k + D - i: 1F1B order. */
static int one_per_block(const sidle_plan *plan, int block)
{
    return plan->n_blocks - block;
}

/* ---- items that a weight gradient comes behind */

/* As many as block 1 of 1F1B keeps, in every block: what block i saves in
 * forwards ahead, i - 1, may wait for its weight gradient. */
static int one_per_block_before(int block)
{
    return block - 1;
}

/* ---- items between two flushes */

static int each_item(int update_every)
{
    (void)update_every;
    return 1;
}

static int each_update(int update_every)
{
    return update_every;
}

/* ---- idle ticks of an update */

/* Until the first forward comes, and until the last input gradient does. */
static int two_per_other_block(int n_blocks)
{
    return 2 * (n_blocks - 1);
}

/* The second half is filled with the weight gradients that waited. */
static int one_per_other_block(int n_blocks)
{
    return n_blocks - 1;
}

/* A name, and all that is not 0 or NULL (plan.h). */
#define SCHEDULES(X)                                                           \
    X("backprop", .is_flushed = 1, .head_start = no_head_start,                \
      .flush_every = each_item)                                                \
    X("gpipe", .is_flushed = 1, .head_start = whole_update,                    \
      .flush_every = each_update, .idle_ticks = two_per_other_block)           \
    X("1f1b", .is_flushed = 1, .head_start = one_per_block,                    \
      .flush_every = each_update, .idle_ticks = two_per_other_block)           \
    X("zero-bubble", .is_flushed = 1, .head_start = one_per_block,             \
      .flush_every = each_update, .deferral = one_per_block_before,            \
      .idle_ticks = one_per_other_block)                                       \
    X("sideways", .is_newest = 1, .head_start = sidle_plan_tick_order)         \
    X("skip-sideways", .is_newest = 1, .takes_skips = 1,                       \
      .head_start = sidle_plan_tick_order)                                     \
    X("sideways-1f1b", .is_newest = 1, .head_start = one_per_block)            \
    X("delayed", .head_start = sidle_plan_tick_order)                          \
    X("pipedream", .is_stashed = 1, .head_start = one_per_block)

#define ROW(a_name, ...) {.name = (a_name), __VA_ARGS__},
#define NAME(a_name, ...) a_name,

static const sidle_schedule schedules[] = {SCHEDULES(ROW)};
static const char *const names[] = {SCHEDULES(NAME)};

enum { N_SCHEDULES = sizeof(schedules) / sizeof(schedules[0]) };

const sidle_schedule *sidle_schedule_find(const char *name)
{
    for (int i = 0; i < N_SCHEDULES; i++)
        if (strcmp(schedules[i].name, name) == 0)
            return &schedules[i];
    return NULL;
}

int sidle_schedule_names(const char *const **names_p)
{
    *names_p = names;
    return N_SCHEDULES;
}
