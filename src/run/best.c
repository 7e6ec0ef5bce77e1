/* best.c - the least loss of a run's evaluations, counted, saved and read. */
#include "run/best.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

int sidle_best_take(sidle_best *best, int64_t early_stop, int64_t item,
                    double loss)
{
    if (isfinite(loss) && (best->item == 0 || loss < best->loss)) {
        best->loss = loss;
        best->item = item;
        best->since = 0;
        return 1;
    }
    best->since++;
    /* Once: evaluations that come before the run has ended change nothing. */
    if (early_stop > 0 && best->since >= early_stop && best->enough == 0)
        best->enough = item;
    return 0;
}

void sidle_best_begin_again(sidle_best *best)
{
    best->since = best->enough = best->is_over = 0;
}

/* ---- in a checkpoint */

#define PLACE(member) offsetof(sidle_best, member)

typedef struct part {
    const char *name[1], *unit[1];
    sidle_dtype type;
    size_t offset;
} part;

static const part parts[SIDLE_BEST_ARRAYS] = {
    {{"best_loss"}, {"nats a target"}, SIDLE_F64, PLACE(loss)},
    {{"best_item"}, {"items"}, SIDLE_I64, PLACE(item)},
    {{"since_best"}, {"evaluations"}, SIDLE_I64, PLACE(since)},
    {{"enough_after"}, {"items"}, SIDLE_I64, PLACE(enough)},
    {{"is_over"}, {"0 or 1"}, SIDLE_I64, PLACE(is_over)},
};

#define WORDS(i)                                                               \
    {                                                                          \
        parts[i].name, parts[i].unit, NULL                                     \
    }
static const sidle_words words[SIDLE_BEST_ARRAYS] = {
    WORDS(0), WORDS(1), WORDS(2), WORDS(3), WORDS(4)};

void sidle_best_list(sidle_best *best, sidle_array arrays[SIDLE_BEST_ARRAYS])
{
    for (int i = 0; i < SIDLE_BEST_ARRAYS; i++) {
        arrays[i] = (sidle_array){
            .type = parts[i].type,
            .n_dims = 1,
            .dims = {1},
            .words = &words[i],
            .data = best == NULL ? NULL : (char *)best + parts[i].offset};
        sidle_text_format(arrays[i].path, sizeof(arrays[i].path),
                          "/pipeline/evaluation/%s", parts[i].name[0]);
    }
}

static sidle_status check(const sidle_best *best, int64_t step)
{
    const int64_t most[SIDLE_BEST_ARRAYS] = {0, step, step, step, 1};

    if (!isfinite(best->loss))
        return sidle_fail(SIDLE_EDATA,
                          "/pipeline/evaluation/best_loss is %g, expected a "
                          "finite number",
                          best->loss);
    for (int i = 1; i < SIDLE_BEST_ARRAYS; i++) {
        int64_t value =
            *(const int64_t *)((const char *)best + parts[i].offset);

        if (value < 0 || value > most[i])
            return sidle_fail(SIDLE_EDATA,
                              "/pipeline/evaluation/%s is %" PRId64
                              ", expected 0 to %" PRId64,
                              parts[i].name[0], value, most[i]);
    }
    return SIDLE_OK;
}

sidle_status sidle_best_read(sidle_ckpt *ckpt, int64_t step, sidle_best *best)
{
    sidle_array arrays[SIDLE_BEST_ARRAYS];

    *best = (sidle_best){0};
    sidle_best_list(best, arrays);
    for (int i = 0; i < SIDLE_BEST_ARRAYS; i++)
        if (sidle_ckpt_has(ckpt, arrays[i].path))
            SIDLE_TRY(sidle_ckpt_read(ckpt, &arrays[i], arrays[i].data));
    return check(best, step);
}
