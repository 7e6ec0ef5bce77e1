/* eval_outputs.c - rows of an evaluation, told which frames they are, to a file
 * and a picture. */
#include "run/eval_outputs.h"

#include "base/text.h"
#include "io/output.h"
#include "run/eval_file.h"
#include "run/eval_sheet.h"
#include "run/option_spec.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CLIPS = 12 }; /* of a contact sheet */

struct sidle_eval_outputs {
    const sidle_clips *clips;
    const char *png; /* NULL: none */
    int64_t first;   /* clip of the file that is the first one evaluated */
    int64_t *n_seen; /* (n_clips) frames of each clip so far */
    int label, next; /* fields; -1: not read */
    size_t n;        /* outputs of a row */
    sidle_eval_file *file;
    sidle_eval_sheet *sheet;
    sidle_status status; /* the first failure, and its words */
    char words[SIDLE_TEXT_MAX];
};

/* ---- begin */

static sidle_status check_data(const sidle_eval_request *request,
                               const sidle_setup *setup)
{
    if (setup->eval.has_clips)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "--%s is for data of frames, and data.kind is \"%s\": "
                      "what a network says of a text, sidle sample shows",
                      request->predictions != NULL ? "predictions" : "png",
                      setup->options.data.kind);
}

/* That the picture can be written is found now, not behind the work. */
static sidle_status check_png(const char *path)
{
    sidle_output output;

    SIDLE_TRY(sidle_png_check());
    SIDLE_TRY(sidle_png_check_target(path));
    SIDLE_TRY(sidle_output_begin(path, &output));
    sidle_output_end(&output, SIDLE_ESTOPPED);
    return SIDLE_OK;
}

static sidle_eval_outputs *outputs_of(const sidle_eval_request *request,
                                      const sidle_setup *setup)
{
    const sidle_model *model = setup->model;
    const sidle_part *part = &setup->valid_part;
    const sidle_part *file =
        &setup->files[setup->options.data.valid_path[0] != '\0'];
    sidle_eval_outputs *o = calloc(1, sizeof(*o));

    SIDLE_CHECK(o != NULL, "no memory for outputs");
    o->clips = &part->clips;
    o->png = request->png;
    /* Views share the offsets of the file. */
    o->first = part->clips.offsets - file->clips.offsets;
    o->label = sidle_field_find(model->fields, model->n_fields, "label");
    o->next = sidle_field_find(model->fields, model->n_fields, "next");
    o->n = sidle_shape_size(&sidle_model_loss(model)->in_shape);
    o->n_seen = calloc((size_t)o->clips->n_clips + 1, sizeof(*o->n_seen));
    SIDLE_CHECK(o->n_seen != NULL, "no memory for outputs");
    return o;
}

sidle_status sidle_eval_outputs_open(const sidle_eval_request *request,
                                     const char *checkpoint,
                                     const sidle_setup *setup,
                                     sidle_eval_outputs **outputs_p)
{
    sidle_eval_outputs *o;
    sidle_status status = SIDLE_OK;

    *outputs_p = NULL;
    if (request->predictions == NULL && request->png == NULL)
        return SIDLE_OK;
    SIDLE_TRY(check_data(request, setup));
    if (request->png != NULL)
        SIDLE_TRY(check_png(request->png));
    o = outputs_of(request, setup);
    if (request->predictions != NULL)
        status = sidle_eval_file_open(request->predictions, checkpoint, setup,
                                      &o->file);
    if (status == SIDLE_OK && request->png != NULL)
        status = sidle_eval_sheet_new(o->clips, sidle_model_loss(setup->model),
                                      sidle_option_ahead(&setup->options),
                                      MOST_CLIPS, &o->sheet);
    if (status != SIDLE_OK)
        return sidle_eval_outputs_close(o, status);
    *outputs_p = o;
    return SIDLE_OK;
}

/* ---- rows */

static sidle_eval_row row_of(sidle_eval_outputs *o, const sidle_slot *slot,
                             const sidle_real *out, ptrdiff_t b)
{
    int64_t clip = slot->clip[b], first = o->clips->offsets[clip];
    const int32_t *label = o->label >= 0 ? slot->fields[o->label] : NULL;
    const sidle_real *next = o->next >= 0 ? slot->fields[o->next] : NULL;
    sidle_eval_row row = {.part_clip = clip,
                          .clip = o->first + clip,
                          .frame = o->n_seen[clip]++,
                          .length = o->clips->offsets[clip + 1] - first,
                          .label = label != NULL ? label[b] : -1,
                          .out = out + (size_t)b * o->n};

    row.index = first + row.frame;
    row.has_target = slot->scored[b] > 0 && (next != NULL || row.label >= 0);
    if (next != NULL)
        row.next = next + (size_t)b * o->n;
    return row;
}

static void keep_failure(sidle_eval_outputs *o, sidle_status status)
{
    if (status == SIDLE_OK)
        return;
    o->status = status;
    sidle_text_format(o->words, sizeof(o->words), "%s", sidle_fail_text());
}

void sidle_eval_outputs_take(sidle_eval_outputs *o, const sidle_block *block,
                             int slot)
{
    const sidle_slot *at;
    const sidle_real *out;

    if (o == NULL || o->status != SIDLE_OK)
        return;
    at = &block->slots[slot];
    out = sidle_block_outputs(block, slot);
    for (ptrdiff_t b = 0; b < block->rows && o->status == SIDLE_OK; b++) {
        sidle_eval_row row;

        if (at->length[b] == 0)
            continue; /* the last item has rows too many */
        row = row_of(o, at, out, b);
        if (o->file != NULL)
            keep_failure(o, sidle_eval_file_add(o->file, &row));
        if (o->sheet != NULL)
            sidle_eval_sheet_add(o->sheet, &row);
    }
}

/* ---- end */

sidle_status sidle_eval_outputs_close(sidle_eval_outputs *o,
                                      sidle_status status)
{
    if (o == NULL)
        return status;
    if (status == SIDLE_OK && o->status != SIDLE_OK)
        status = sidle_fail(o->status, "%s", o->words);
    if (status == SIDLE_OK && o->sheet != NULL)
        status = sidle_png_write(sidle_eval_sheet_picture(o->sheet), o->png);
    status = sidle_eval_file_close(o->file, status);
    sidle_eval_sheet_free(o->sheet);
    free(o->n_seen);
    free(o);
    return status;
}
