/* eval_rows.c - which frame a row is: the next one of its clip. */
#include "run/eval_rows.h"

#include <stdlib.h>
#include <string.h>

void sidle_eval_rows_init(const sidle_setup *setup, sidle_eval_rows *rows)
{
    const sidle_model *model = setup->model;
    const sidle_clips *clips = &setup->valid_part.clips;
    const sidle_part *file =
        &setup->files[setup->options.data.valid_path[0] != '\0'];

    *rows = (sidle_eval_rows){.clips = clips};
    /* Views share the offsets of the file. */
    rows->first = clips->offsets - file->clips.offsets;
    rows->label = sidle_field_find(model->fields, model->n_fields, "label");
    rows->next = sidle_field_find(model->fields, model->n_fields, "next");
    rows->n = sidle_shape_size(&sidle_model_loss(model)->in_shape);
    rows->n_seen = calloc((size_t)clips->n_clips + 1, sizeof(*rows->n_seen));
    SIDLE_CHECK(rows->n_seen != NULL, "no memory for outputs");
}

void sidle_eval_rows_done(sidle_eval_rows *rows)
{
    free(rows->n_seen);
    rows->n_seen = NULL;
}

void sidle_eval_rows_restart(sidle_eval_rows *rows)
{
    memset(rows->n_seen, 0,
           (size_t)rows->clips->n_clips * sizeof(*rows->n_seen));
}

static sidle_eval_row row_of(sidle_eval_rows *rows, const sidle_slot *slot,
                             const sidle_real *out, ptrdiff_t b)
{
    int64_t clip = slot->clip[b], first = rows->clips->offsets[clip];
    const int32_t *label = rows->label >= 0 ? slot->fields[rows->label] : NULL;
    const sidle_real *next = rows->next >= 0 ? slot->fields[rows->next] : NULL;
    sidle_eval_row row = {.part_clip = clip,
                          .clip = rows->first + clip,
                          .frame = rows->n_seen[clip]++,
                          .length = rows->clips->offsets[clip + 1] - first,
                          .label = label != NULL ? label[b] : -1,
                          .out = out + (size_t)b * rows->n};

    row.index = first + row.frame;
    row.has_target = slot->scored[b] > 0 && (next != NULL || row.label >= 0);
    if (next != NULL)
        row.next = next + (size_t)b * rows->n;
    return row;
}

void sidle_eval_rows_each(
    sidle_eval_rows *rows, const sidle_block *block, int slot,
    void (*take)(void *context, const sidle_eval_row *row), void *context)
{
    const sidle_slot *at = &block->slots[slot];
    const sidle_real *out = sidle_block_outputs(block, slot);

    for (ptrdiff_t b = 0; b < block->rows; b++) {
        sidle_eval_row row;

        if (at->length[b] == 0)
            continue; /* the last item has rows too many */
        row = row_of(rows, at, out, b);
        take(context, &row);
    }
}
