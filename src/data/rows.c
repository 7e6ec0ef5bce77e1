/* rows.c - the rows of an item. */
#include "data/rows.h"

int64_t sidle_rows_number(const sidle_rows *rows, int64_t item, ptrdiff_t row)
{
    return (item - 1) * rows->all + row;
}

static void keep_row(const sidle_row *r, sidle_batch *out, ptrdiff_t row)
{
    out->n_counted += r->n_targets;
    if (out->length != NULL)
        out->length[row] = (int32_t)r->length;
    if (out->scored != NULL)
        out->scored[row] = (int32_t)r->scored;
    if (out->clip != NULL)
        out->clip[row] = r->clip;
}

void sidle_rows_put(const sidle_rows *rows, sidle_row_put *put,
                    const void *self, int64_t item, sidle_batch *out)
{
    SIDLE_ASSERT(out->rows == rows->n);
    out->n_counted = out->n_all = 0;
    for (ptrdiff_t number = 0; number < rows->all; number++) {
        ptrdiff_t row = number - rows->first;
        int is_ours = row >= 0 && row < rows->n;
        /* Rows of other replicas are only counted: all replicas divide by
         * n_all. */
        sidle_row r = put(self, item, number, out, is_ours ? row : -1);

        out->n_all += r.n_targets;
        if (is_ours)
            keep_row(&r, out, row);
    }
}
