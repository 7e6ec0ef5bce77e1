/* eval_outputs.c - rows of an evaluation, told which frames they are, to a file
 * and a picture. */
#include "run/eval_outputs.h"

#include "base/text.h"
#include "io/output.h"
#include "run/eval_file.h"
#include "run/eval_rows.h"
#include "run/eval_sheet.h"
#include "run/option_spec.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CLIPS = 12 }; /* of a contact sheet */

struct sidle_eval_outputs {
    sidle_eval_rows rows;
    const char *png; /* NULL: none */
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
    o = calloc(1, sizeof(*o));
    SIDLE_CHECK(o != NULL, "no memory for outputs");
    o->png = request->png;
    sidle_eval_rows_init(setup, &o->rows);
    if (request->predictions != NULL)
        status = sidle_eval_file_open(request->predictions, checkpoint, setup,
                                      &o->file);
    if (status == SIDLE_OK && request->png != NULL)
        status = sidle_eval_sheet_new(
            o->rows.clips, sidle_model_loss(setup->model),
            sidle_option_ahead(&setup->options), MOST_CLIPS, &o->sheet);
    if (status != SIDLE_OK)
        return sidle_eval_outputs_close(o, status);
    *outputs_p = o;
    return SIDLE_OK;
}

/* ---- rows */

static void keep_failure(sidle_eval_outputs *o, sidle_status status)
{
    if (status == SIDLE_OK)
        return;
    o->status = status;
    sidle_text_format(o->words, sizeof(o->words), "%s", sidle_fail_text());
}

static void take_row(void *context, const sidle_eval_row *row)
{
    sidle_eval_outputs *o = context;

    if (o->file != NULL && o->status == SIDLE_OK)
        keep_failure(o, sidle_eval_file_add(o->file, row));
    if (o->sheet != NULL)
        sidle_eval_sheet_add(o->sheet, row);
}

void sidle_eval_outputs_take(sidle_eval_outputs *o, const sidle_block *block,
                             int slot)
{
    if (o != NULL && o->status == SIDLE_OK)
        sidle_eval_rows_each(&o->rows, block, slot, take_row, o);
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
    sidle_eval_rows_done(&o->rows);
    free(o);
    return status;
}
