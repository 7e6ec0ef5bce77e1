/* eval_file.c - rows of "sidle-predictions": a frame's clip, its number there
 * and in the file, and what the network says of it. */
#include "run/eval_file.h"

#include "io/table_file.h"
#include "run/option_spec.h"

#include <math.h>
#include <stdlib.h>

struct sidle_eval_file {
    sidle_table_file *table;
    ptrdiff_t n; /* outputs of a frame */
    int has_classes;
    float *probability;   /* (n), or .. */
    unsigned char *frame; /* .. (n) */
};

static const char *file_of(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;

    return options->data.valid_path[0] != '\0' ? options->data.valid_path
                                               : options->data.path;
}

/* The last one is what the network puts out. */
static int list_columns(const sidle_setup *setup, const sidle_layer *loss,
                        sidle_table_column columns[SIDLE_TABLE_MOST])
{
    int n = 0;

    columns[n++] = (sidle_table_column){"clip", 'q', 0, {0}};
    columns[n++] = (sidle_table_column){"frame", 'q', 0, {0}};
    columns[n++] = (sidle_table_column){"index", 'q', 0, {0}};
    if (loss->classes > 0) {
        columns[n++] = (sidle_table_column){"label", 'i', 0, {0}};
        columns[n++] =
            (sidle_table_column){"probabilities", 'f', 1, {loss->classes}};
        return n;
    }
    columns[n++] = (sidle_table_column){"loss", 'f', 0, {0}};
    columns[n] = (sidle_table_column){"frames", 'B', 3, {0}};
    for (int i = 0; i < 3; i++)
        columns[n].dims[i] = setup->valid_part.clips.shape.dims[i];
    return n + 1;
}

static sidle_status write_words(const sidle_eval_file *file,
                                const char *checkpoint,
                                const sidle_setup *setup)
{
    const sidle_layer *loss = sidle_model_loss(setup->model);

    SIDLE_TRY(sidle_table_file_text(file->table, "checkpoint", checkpoint));
    SIDLE_TRY(sidle_table_file_text(file->table, "data", file_of(setup)));
    SIDLE_TRY(sidle_table_file_text(file->table, "loss", loss->ops->kind));
    if (file->has_classes)
        return SIDLE_OK;
    return sidle_table_file_int(file->table, "ahead",
                                sidle_option_ahead(&setup->options));
}

sidle_status sidle_eval_file_open(const char *path, const char *checkpoint,
                                  const sidle_setup *setup,
                                  sidle_eval_file **file_p)
{
    const sidle_layer *loss = sidle_model_loss(setup->model);
    sidle_table_column columns[SIDLE_TABLE_MOST];
    sidle_eval_file *file = calloc(1, sizeof(*file));
    sidle_status status;

    SIDLE_CHECK(file != NULL, "no memory for predictions");
    file->n = (ptrdiff_t)sidle_shape_size(&loss->in_shape);
    file->has_classes = loss->classes > 0;
    file->probability = calloc((size_t)file->n, sizeof(*file->probability));
    file->frame = calloc((size_t)file->n, 1);
    SIDLE_CHECK(file->probability != NULL && file->frame != NULL,
                "no memory for predictions");
    status =
        sidle_table_file_open(path, "sidle-predictions", columns,
                              list_columns(setup, loss, columns), &file->table);
    if (status == SIDLE_OK)
        status = write_words(file, checkpoint, setup);
    if (status != SIDLE_OK)
        return sidle_eval_file_close(file, status);
    *file_p = file;
    return SIDLE_OK;
}

/* ---- rows */

/* In double: the loss of the row has them so, too. */
static void softmax(ptrdiff_t n, const sidle_real *x, float *out)
{
    double largest = (double)x[sidle_eval_class(n, x)], sum = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = (float)(exp((double)x[i] - largest) / sum);
}

static float squares(ptrdiff_t n, const sidle_eval_row *row)
{
    double sum = 0.0;

    if (!row->has_target)
        return NAN;
    for (ptrdiff_t i = 0; i < n; i++) {
        double far = (double)row->out[i] - (double)row->next[i];

        sum += far * far;
    }
    return (float)(sum / (double)n);
}

sidle_status sidle_eval_file_add(sidle_eval_file *file,
                                 const sidle_eval_row *row)
{
    float loss;

    if (file->has_classes) {
        softmax(file->n, row->out, file->probability);
        return sidle_table_file_add(
            file->table,
            (const void *const[]){&row->clip, &row->frame, &row->index,
                                  &row->label, file->probability});
    }
    loss = squares(file->n, row);
    for (ptrdiff_t i = 0; i < file->n; i++)
        file->frame[i] = sidle_eval_byte(row->out[i]);
    return sidle_table_file_add(
        file->table, (const void *const[]){&row->clip, &row->frame, &row->index,
                                           &loss, file->frame});
}

sidle_status sidle_eval_file_close(sidle_eval_file *file, sidle_status status)
{
    if (file == NULL)
        return status;
    status = sidle_table_file_close(file->table, status);
    free(file->probability);
    free(file->frame);
    free(file);
    return status;
}
