/* tensorboard.c - what a run tells TensorBoard: one event a step, of metrics,
 * norms or a text. */
#include "io/tensorboard.h"

#include "io/event_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sidle_tensorboard {
    sidle_records *records;
};

/* ---- the file of this process */

static double wall_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static sidle_status write_version(sidle_tensorboard *board)
{
    static char version[] = "brain.Event:2";
    Sidle__Event event = SIDLE__EVENT__INIT;

    event.wall_time = wall_time();
    event.what_case = SIDLE__EVENT__WHAT_FILE_VERSION;
    event.file_version = version;
    return sidle_event_append(board->records, &event);
}

static sidle_status write_start(sidle_tensorboard *board, int64_t step)
{
    Sidle__Event event = SIDLE__EVENT__INIT;
    Sidle__SessionLog log = SIDLE__SESSION_LOG__INIT;

    log.status = SIDLE__SESSION_LOG__SESSION_STATUS__START;
    event.wall_time = wall_time();
    event.step = step;
    event.what_case = SIDLE__EVENT__WHAT_SESSION_LOG;
    event.session_log = &log;
    return sidle_event_append(board->records, &event);
}

sidle_status sidle_tensorboard_open(const sidle_dir *folder,
                                    int64_t resumed_step, int has_row,
                                    sidle_tensorboard **board_p)
{
    char name[NAME_MAX];
    sidle_tensorboard *board;
    sidle_status status;

    SIDLE_TRY(sidle_event_files_cut(folder, resumed_step, has_row));
    board = calloc(1, sizeof(*board));
    SIDLE_CHECK(board != NULL, "no memory for TensorBoard's events");
    status = sidle_event_file_new(folder, name, &board->records);
    if (status == SIDLE_OK)
        status = write_version(board);
    if (status == SIDLE_OK && resumed_step > 0)
        status = write_start(board, resumed_step + (has_row != 0));
    if (status != SIDLE_OK) {
        if (board->records != NULL)
            unlinkat(folder->fd, name, 0);
        sidle_tensorboard_close(board);
        return status;
    }
    *board_p = board;
    return SIDLE_OK;
}

/* ---- what is told */

enum { MOST_VALUES = 32 };

/* The values of one step, being gathered. */
typedef struct gathered {
    Sidle__Summary summary;
    Sidle__Summary__Value values[MOST_VALUES], *list[MOST_VALUES];
} gathered;

static void gather(gathered *g)
{
    sidle__summary__init(&g->summary);
    g->summary.value = g->list;
}

static Sidle__Summary__Value *add_value(gathered *g, const char *tag)
{
    Sidle__Summary__Value *value = &g->values[g->summary.n_value];

    SIDLE_CHECK(g->summary.n_value < MOST_VALUES, "too many values at once");
    sidle__summary__value__init(value);
    /* The library takes texts that it does not change as char *. */
    value->tag = (char *)(uintptr_t)tag;
    g->list[g->summary.n_value++] = value;
    return value;
}

static void add_number(gathered *g, const char *tag, double number)
{
    Sidle__Summary__Value *value;

    if (isnan(number))
        return;
    value = add_value(g, tag);
    value->value_case = SIDLE__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
    value->simple_value = (float)number;
}

static sidle_status write_step(sidle_tensorboard *board, int64_t step,
                               gathered *g)
{
    Sidle__Event event = SIDLE__EVENT__INIT;

    if (g->summary.n_value == 0)
        return SIDLE_OK;
    event.wall_time = wall_time();
    event.step = step;
    event.what_case = SIDLE__EVENT__WHAT_SUMMARY;
    event.summary = &g->summary;
    return sidle_event_append(board->records, &event);
}

sidle_status sidle_tensorboard_append(sidle_tensorboard *board,
                                      const sidle_metrics_row *row)
{
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];
    gathered g;

    gather(&g);
    sidle_metrics_columns(row, columns);
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++)
        add_number(&g, columns[i].tag, columns[i].value);
    add_number(&g, "valid/bits", row->valid_bits);
    add_number(&g, "optim/matrix_lr", row->matrix_lr);
    return write_step(board, row->step, &g);
}

sidle_status sidle_tensorboard_norms(sidle_tensorboard *board, int64_t step,
                                     const double *norms, int n_blocks)
{
    char tags[MOST_VALUES][40];
    gathered g;

    for (int from = 0; from < n_blocks; from += MOST_VALUES) {
        gather(&g);
        for (int b = from; b < n_blocks && b < from + MOST_VALUES; b++) {
            snprintf(tags[b - from], sizeof(tags[0]), "grad_norm/block_%03d",
                     b + 1);
            if (norms[b] > 0.0)
                add_number(&g, tags[b - from], norms[b]);
        }
        SIDLE_TRY(write_step(board, step, &g));
    }
    return SIDLE_OK;
}

sidle_status sidle_tensorboard_staleness(sidle_tensorboard *board,
                                         const sidle_staleness_row *rows, int n)
{
    static const char *const names[] = {"rho", "cosine", "norm_ratio"};

    for (int i = 0; i < n; i++) {
        const double values[] = {rows[i].rho, rows[i].cosine,
                                 rows[i].norm_ratio};
        char tags[3][48];
        gathered g;

        gather(&g);
        for (int k = 0; k < 3; k++) {
            snprintf(tags[k], sizeof(tags[k]), "staleness/%s/block_%03d",
                     names[k], rows[i].block);
            add_number(&g, tags[k], values[k]);
        }
        SIDLE_TRY(write_step(board, rows[i].step, &g));
    }
    return SIDLE_OK;
}

/* Four blanks make a line of code in the page's notation. */
static char *indent(const char *text, size_t *size_p)
{
    char *out = NULL;
    FILE *stream = open_memstream(&out, size_p);

    SIDLE_CHECK(stream != NULL, "no memory for a text");
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        fprintf(stream, "    %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
    fclose(stream);
    return out;
}

sidle_status sidle_tensorboard_text(sidle_tensorboard *board, int64_t step,
                                    const char *tag, const char *text)
{
    static char plugin[] = "text";
    Sidle__SummaryMetadata__PluginData data =
        SIDLE__SUMMARY_METADATA__PLUGIN_DATA__INIT;
    Sidle__SummaryMetadata metadata = SIDLE__SUMMARY_METADATA__INIT;
    Sidle__TensorShape scalar = SIDLE__TENSOR_SHAPE__INIT;
    Sidle__Tensor tensor = SIDLE__TENSOR__INIT;
    ProtobufCBinaryData words;
    Sidle__Summary__Value *value;
    sidle_status status;
    gathered g;

    gather(&g);
    value = add_value(&g, tag);
    data.plugin_name = plugin;
    metadata.plugin_data = &data;
    metadata.data_class =
        SIDLE__SUMMARY_METADATA__DATA_CLASS__DATA_CLASS_TENSOR;
    value->metadata = &metadata;
    value->value_case = SIDLE__SUMMARY__VALUE__VALUE_TENSOR;
    value->tensor = &tensor;
    tensor.dtype = SIDLE__TENSOR__DATA_TYPE__DT_STRING;
    tensor.tensor_shape = &scalar;
    tensor.string_val = &words;
    tensor.n_string_val = 1;
    words.data = (uint8_t *)indent(text, &words.len);
    if (words.len > SIDLE_EVENT_MAX / 2)
        words.len = SIDLE_EVENT_MAX / 2;
    status = write_step(board, step, &g);
    free(words.data);
    return status;
}

sidle_status sidle_tensorboard_picture(sidle_tensorboard *board, int64_t step,
                                       const char *tag,
                                       const sidle_tensorboard_image *image)
{
    Sidle__Summary__Image picture = SIDLE__SUMMARY__IMAGE__INIT;
    Sidle__Summary__Value *value;
    gathered g;

    if (image->n > SIDLE_EVENT_MAX / 2)
        return sidle_fail(SIDLE_EUSAGE,
                          "a picture of %zu bytes is too large for "
                          "TensorBoard, expected at most %d",
                          image->n, SIDLE_EVENT_MAX / 2);
    picture.height = image->height;
    picture.width = image->width;
    picture.colorspace = image->channels;
    picture.encoded_image_string.data = image->bytes;
    picture.encoded_image_string.len = image->n;
    gather(&g);
    value = add_value(&g, tag);
    value->value_case = SIDLE__SUMMARY__VALUE__VALUE_IMAGE;
    value->image = &picture;
    return write_step(board, step, &g);
}

void sidle_tensorboard_close(sidle_tensorboard *board)
{
    if (board == NULL)
        return;
    sidle_records_close(board->records);
    free(board);
}
