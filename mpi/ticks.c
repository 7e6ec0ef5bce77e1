/* ticks.c - what a block's skips bring in an evaluation.
 *
 * A row shows one frame of its clip in each tick, each clip from an empty pipe.
 * A skip brings a later frame than the chain does; behind the last frame of the
 * clip the newest is held. Rows are independent, and clips end in each row at
 * another item, so the items go on without a gap: where what a skip brought is
 * of the row's next clip already, the row gets the newest of its own clip, as
 * if this clip were the only one. */
#include "mpi/ticks.h"

#include "mpi/layout.h"

#include "base/number.h"

#include <string.h>

static size_t payload_of(const sidle_station *s, const sidle_end *end)
{
    return sidle_layout_payload(&s->runner->config, end->edge);
}

static size_t place_of(const sidle_end *end, int64_t item)
{
    return (size_t)(item % end->n_ring);
}

void sidle_tick_keep(const sidle_station *s, const sidle_end *end,
                     const sidle_message *m)
{
    size_t at = place_of(end, m->header->item);
    size_t rows = sidle_station_rows(s), n = payload_of(s, end);

    memcpy(end->ring + at * n, m->payload, n * sizeof(*end->ring));
    memcpy(end->ring_clips + at * rows, m->clip,
           rows * sizeof(*end->ring_clips));
}

/* The newest item of a row's clip, from the one that is forwarded on. */
static int64_t newest_of(const sidle_station *s, const sidle_end *end,
                         size_t row, int64_t clip)
{
    size_t rows = sidle_station_rows(s);
    int64_t item = s->instr.item;
    int64_t newest = sidle_smaller(item + end->n_ring - 1,
                                   s->runner->config.plan->eval_items);

    while (newest > item &&
           end->ring_clips[place_of(end, newest) * rows + row] != clip)
        newest--;
    return newest;
}

static void merge(const sidle_station *s, const sidle_end *end)
{
    sidle_slot *slot = sidle_station_slot(s);
    sidle_real *side =
        slot->sides + sidle_block_side_offset(s->block, end->unit);
    size_t rows = sidle_station_rows(s);
    size_t all = payload_of(s, end), n = all / rows;

    for (size_t row = 0; row < rows; row++) {
        int64_t item = newest_of(s, end, row, slot->clip[row]);

        memcpy(side + row * n, end->ring + place_of(end, item) * all + row * n,
               n * sizeof(*side));
    }
}

void sidle_tick_merge(const sidle_station *s)
{
    for (int i = 1; i < s->n_in; i++)
        merge(s, &s->in[i]);
}
