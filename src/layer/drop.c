/* drop.c - residual dropout, drawn row by row. */
#include "layer/drop.h"

#include "math/activation.h"

/* Whether anything is dropped. */
static int is_on(const sidle_drop *drop, const sidle_item *item)
{
    return item != NULL && item->is_training && drop->p > 0.0;
}

static void draw(const sidle_drop *drop, const sidle_item *item,
                 const sidle_real *x, sidle_real *y)
{
    sidle_rng rng = {item->seed,
                     sidle_rng_stream(drop->place, (uint64_t)item->number)};
    /* Four elements share a draw: every row starts at a multiple of four. */
    ptrdiff_t stride = (drop->row_size + 3) / 4 * 4;

    for (ptrdiff_t b = 0; b < item->rows; b++)
        sidle_dropout(rng, (uint64_t)((item->first_row + b) * stride), drop->p,
                      drop->row_size, x + b * drop->row_size,
                      y + b * drop->row_size);
}

void sidle_drop_apply(const sidle_drop *drop, const sidle_item *item,
                      sidle_real *x)
{
    if (is_on(drop, item))
        draw(drop, item, x, x);
}

const sidle_real *sidle_dropped(const sidle_drop *drop, const sidle_item *item,
                                const sidle_real *x, sidle_real *buffer)
{
    if (!is_on(drop, item))
        return x;
    draw(drop, item, x, buffer);
    return buffer;
}
