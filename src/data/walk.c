/* walk.c - the clips that each row of a stream goes through. */
#include "data/walk.h"

#include <stdlib.h>

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The clip of a visit of a cycle. */
static int64_t clip_of(const sidle_walk *walk, int64_t cycle, int64_t visit)
{
    int64_t step = walk->all_rows % walk->n_clips;

    return (cycle + visit * step) % walk->n_clips;
}

static void add_up(sidle_walk *walk, sidle_walk_steps *steps,
                   const void *context)
{
    int64_t *sums = walk->sums;

    for (int64_t cycle = 0; cycle < walk->n_cycles; cycle++) {
        *sums = 0;
        for (int64_t i = 0; i < walk->cycle_size; i++, sums++)
            sums[1] = sums[0] + steps(context, clip_of(walk, cycle, i));
        sums++;
    }
}

/* A row begins at the clip of its own number: some visit of its cycle. */
static void find_begins(sidle_walk *walk)
{
    for (int64_t row = 0; row < walk->all_rows; row++) {
        int64_t first = row % walk->n_clips;
        int64_t cycle = row % walk->n_cycles, visit = 0;

        while (clip_of(walk, cycle, visit) != first)
            visit++;
        walk->begin[row] = visit;
    }
}

sidle_status sidle_walk_init(sidle_walk *walk, int64_t n_clips,
                             int64_t all_rows, sidle_walk_steps *steps,
                             const void *context)
{
    int64_t n_cycles = common_divisor(n_clips, all_rows);

    *walk = (sidle_walk){.n_clips = n_clips,
                         .all_rows = all_rows,
                         .n_cycles = n_cycles,
                         .cycle_size = n_clips / n_cycles};
    walk->sums = malloc((size_t)(n_clips + n_cycles) * sizeof(*walk->sums));
    walk->begin = malloc((size_t)all_rows * sizeof(*walk->begin));
    if (walk->sums == NULL || walk->begin == NULL) {
        sidle_walk_done(walk);
        return sidle_fail(SIDLE_EUSAGE,
                          "no memory for the places of %lld rows in %lld "
                          "clips; make data.batch or parallel.replicas smaller",
                          (long long)all_rows, (long long)n_clips);
    }
    add_up(walk, steps, context);
    find_begins(walk);
    return SIDLE_OK;
}

void sidle_walk_done(sidle_walk *walk)
{
    free(walk->sums);
    free(walk->begin);
    walk->sums = walk->begin = NULL;
}

sidle_stand sidle_walk_at(const sidle_walk *walk, int64_t item, int64_t row)
{
    int64_t size = walk->cycle_size, cycle = row % walk->n_cycles;
    const int64_t *sums = walk->sums + cycle * (size + 1);
    /* As if the row had walked from the first visit of its cycle. */
    int64_t at = sums[walk->begin[row]] + item - 1, round, visit;

    if (sums[size] == 0)
        return (sidle_stand){.clip = -1};
    round = at / sums[size];
    visit = sidle_walk_find(sums, size, at % sums[size]);
    return (sidle_stand){.clip = clip_of(walk, cycle, visit),
                         .step = at % sums[size] - sums[visit],
                         .left = round * size + visit - walk->begin[row]};
}

void sidle_walk_clips(const sidle_walk *walk, int64_t item, int64_t *out)
{
    for (int64_t row = 0; row < walk->all_rows; row++)
        out[row] = sidle_walk_at(walk, item, row).left;
}

int64_t sidle_walk_find(const int64_t *sums, int64_t n, int64_t at)
{
    int64_t low = 0, high = n;

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        /* Of equal sums the last is found: a clip without steps is passed
         * over. */
        if (sums[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}
