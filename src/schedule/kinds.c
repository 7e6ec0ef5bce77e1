/* kinds.c - the table of schedules: a schedule is a row, not code. */
#include "schedule/plan.h"

#include <string.h>

static int no_head_start(int block, int n_blocks, int update_every)
{
    (void)block;
    (void)n_blocks;
    (void)update_every;
    return 0;
}

/* The backwards begin when all items of an update went forward. */
static int whole_update(int block, int n_blocks, int update_every)
{
    (void)block;
    (void)n_blocks;
    return update_every;
}

/* The gradient of item k meets item k + D - i: 1F1B order. */
static int one_per_block(int block, int n_blocks, int update_every)
{
    (void)update_every;
    return n_blocks - block;
}

/* One tick up and one tick down for each block above: tick order. */
static int two_per_block(int block, int n_blocks, int update_every)
{
    (void)update_every;
    return 2 * (n_blocks - block);
}

/* As many as block 1 of 1F1B keeps, in every block: what block i saves in
 * forwards ahead, i - 1, may wait for its weight gradient. */
static int one_per_block_before(int block)
{
    return block - 1;
}

static int never(int update_every)
{
    (void)update_every;
    return 0;
}

static int each_item(int update_every)
{
    (void)update_every;
    return 1;
}

static int each_update(int update_every)
{
    return update_every;
}

/* name, newest, stashed, flushed, head start, items between two flushes,
 * items that weight gradients come behind */
#define SCHEDULES(X)                                                           \
    X("backprop", 0, 0, 1, no_head_start, each_item, NULL)                     \
    X("gpipe", 0, 0, 1, whole_update, each_update, NULL)                       \
    X("1f1b", 0, 0, 1, one_per_block, each_update, NULL)                       \
    X("zero-bubble", 0, 0, 1, one_per_block, each_update,                      \
      one_per_block_before)                                                    \
    X("sideways", 1, 0, 0, two_per_block, never, NULL)                         \
    X("sideways-1f1b", 1, 0, 0, one_per_block, never, NULL)                    \
    X("delayed", 0, 0, 0, two_per_block, never, NULL)                          \
    X("pipedream", 0, 1, 0, one_per_block, never, NULL)

#define ROW(...) {__VA_ARGS__},
#define NAME(name, ...) name,

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
