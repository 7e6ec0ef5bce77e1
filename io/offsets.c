/* offsets.c - where documents or clips begin: checked as the numbers come. */
#include "io/offsets.h"

#include "io/data_scan.h"

#include <stdlib.h>
#include <string.h>

/* What is not in order is not kept. */
static sidle_status check_piece(const sidle_offsets *o, const int64_t *piece,
                                int64_t n)
{
    int64_t come = o->come;
    int64_t before = come > 0 ? o->all[come - 1] : 0;

    if (come == 0 && piece[0] != 0)
        return sidle_fail(SIDLE_EDATA, "'/offsets' starts at %lld, expected 0",
                          (long long)piece[0]);
    for (int64_t i = 0; i < n; before = piece[i++])
        if (piece[i] < before)
            return sidle_fail(SIDLE_EDATA,
                              "'/offsets' decreases from %lld to %lld at "
                              "%s %lld (from 0)",
                              (long long)before, (long long)piece[i], o->unit,
                              (long long)(come + i - 1));
    if (before > o->total || (come + n == o->n && before != o->total))
        return sidle_fail(SIDLE_EDATA,
                          "'/offsets' %s %lld, expected the number of %ss, "
                          "%lld%s",
                          come + n < o->n ? "goes to" : "ends at",
                          (long long)before, o->element, (long long)o->total,
                          come + n < o->n ? ", at most" : "");
    return SIDLE_OK;
}

void *sidle_offsets_room(void *memory, int64_t come, int64_t n, int64_t claimed,
                         size_t element)
{
    int64_t room = SIDLE_DATA_PIECE;

    while (room < come)
        room *= 2;
    if (come > 0 && come + n <= room)
        return memory;
    while (room < come + n)
        room *= 2;
    if (room > claimed)
        room = claimed;
    memory = realloc(memory, (size_t)room * element);
    SIDLE_CHECK(memory != NULL, "no memory for %lld numbers", (long long)room);
    return memory;
}

sidle_status sidle_offsets_take(sidle_offsets *o, const int64_t *piece,
                                int64_t n)
{
    SIDLE_TRY(check_piece(o, piece, n));
    o->all = sidle_offsets_room(o->all, o->come, n, o->n, sizeof(*o->all));
    memcpy(o->all + o->come, piece, (size_t)n * sizeof(*piece));
    o->come += n;
    return SIDLE_OK;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

sidle_lengths sidle_offsets_lengths(const int64_t *offsets, int64_t n)
{
    int64_t *sorted = malloc((size_t)n * sizeof(*sorted));
    sidle_lengths l;

    SIDLE_CHECK(sorted != NULL, "no memory for %lld lengths", (long long)n);
    for (int64_t i = 0; i < n; i++)
        sorted[i] = offsets[i + 1] - offsets[i];
    qsort(sorted, (size_t)n, sizeof(*sorted), by_size);
    l = (sidle_lengths){
        .least = sorted[0],
        .most = sorted[n - 1],
        .median = 0.5 * (double)(sorted[(n - 1) / 2] + sorted[n / 2])};
    free(sorted);
    return l;
}
