/* metrics.c - rows appended, and trimmed when a run is resumed. */
#include "io/metrics.h"

#include "io/records.h"
#include "io/replace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "metrics.csv"

#define UNIT "loss_unit" /* a text, with columns in front of it and behind */

enum { BEFORE_UNIT = 10 };

/* Older programs wrote fewer columns: those before the unit, then the unit,
 * then the sizes of updates. */
typedef enum layout {
    WITHOUT_UNIT,
    TO_UNIT,
    TO_UPDATES,
    WHOLE,
    N_LAYOUTS
} layout;

/* Columns of numbers in each; the last one is never asked for. */
static const int n_columns[N_LAYOUTS + 1] = {
    BEFORE_UNIT, BEFORE_UNIT, BEFORE_UNIT + 2, SIDLE_METRICS_COLUMNS};

struct sidle_metrics {
    sidle_records *records;
    const char *unit;
    double seconds; /* of the last row that stayed, 0: none */
};

sidle_metrics_row sidle_metrics_empty(int64_t step, int64_t update)
{
    return (sidle_metrics_row){step, update, NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                               NAN,  NAN,    NAN, NAN, NAN, NAN, NAN, NAN};
}

void sidle_metrics_columns(const sidle_metrics_row *row,
                           sidle_metrics_column columns[SIDLE_METRICS_COLUMNS])
{
    const sidle_metrics_column all[SIDLE_METRICS_COLUMNS] = {
        {"train_loss", "train/loss", row->train_loss},
        {"bits", "train/bits", row->bits},
        {"accuracy", "train/accuracy", row->accuracy},
        {"valid_loss", "valid/loss", row->valid_loss},
        {"valid_accuracy", "valid/accuracy", row->valid_accuracy},
        {"lr", "optim/lr", row->lr},
        {"grad_norm", "optim/grad_norm", row->grad_norm},
        {"tokens_per_second", "speed/tokens_per_second",
         row->tokens_per_second},
        {"seconds", "speed/seconds", row->seconds},
        {"busy", "speed/busy", row->busy},
        {"rows_per_update", "update/rows", row->rows_per_update},
        {"tokens_per_update", "update/tokens", row->tokens_per_update},
        {"clip_accuracy", "valid/clip_accuracy", row->clip_accuracy},
    };

    memcpy(columns, all, sizeof(all));
}

/* ---- trimming */

static void print_header(FILE *stream, layout in)
{
    const sidle_metrics_row row = sidle_metrics_empty(0, 0);
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];

    sidle_metrics_columns(&row, columns);
    fprintf(stream, "step,update");
    for (int i = 0; i < BEFORE_UNIT; i++)
        fprintf(stream, ",%s", columns[i].name);
    if (in != WITHOUT_UNIT)
        fputs("," UNIT, stream);
    for (int i = BEFORE_UNIT; i < n_columns[in]; i++)
        fprintf(stream, ",%s", columns[i].name);
    fputc('\n', stream);
}

static char *header_text(layout in)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    SIDLE_CHECK(stream != NULL, "no memory for the metrics");
    print_header(stream, in);
    fclose(stream);
    return text;
}

/* N_LAYOUTS: no program of ours wrote this first line. */
static layout layout_of(const char *line)
{
    int found = WITHOUT_UNIT;

    for (; found < N_LAYOUTS; found++) {
        char *header = header_text((layout)found);
        int is_it = strcmp(line, header) == 0;

        free(header);
        if (is_it)
            break;
    }
    return (layout)found;
}

/* A row without train_loss, its third cell, is an evaluation. */
static int is_evaluation(const char *line)
{
    const char *comma = strchr(line, ',');

    comma = comma != NULL ? strchr(comma + 1, ',') : NULL;
    return comma != NULL && comma[1] == ',';
}

/* A cell that is empty or a number; NULL: it is neither. */
static const char *after_cell(const char *line, int may_be_empty)
{
    char *end;

    strtod(line, &end);
    return end != line || may_be_empty ? end : NULL;
}

/* As many cells as there are columns, each empty or a number, but the unit. */
static int is_whole(const char *line, layout in)
{
    int n = 2 + n_columns[in];

    for (int i = 0; i < n; i++) {
        if (i > 0 && *line++ != ',')
            return 0;
        line = after_cell(line, i >= 2);
        if (line == NULL)
            return 0;
        if (i == 1 + BEFORE_UNIT && in != WITHOUT_UNIT) {
            if (*line++ != ',')
                return 0;
            line += strcspn(line, ",\n");
        }
    }
    return strcmp(line, "\n") == 0;
}

static int stays(const char *line, int64_t resumed_step, int has_row, layout in)
{
    long long step = strtoll(line, NULL, 10);

    if (!is_whole(line, in))
        return 0;
    return step < resumed_step ||
           (step == resumed_step && has_row && !is_evaluation(line));
}

/* Its cell of the column "seconds"; `otherwise` where that is empty. */
static double seconds_of(const char *line, double otherwise)
{
    const sidle_metrics_row row = sidle_metrics_empty(0, 0);
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];
    double value;
    char *end;
    int at = 0;

    sidle_metrics_columns(&row, columns);
    while (strcmp(columns[at].name, "seconds") != 0)
        at++;
    for (at += 2; at > 0; at--)
        line = strchr(line, ',') + 1;
    value = strtod(line, &end);
    return end != line && value > 0.0 ? value : otherwise;
}

static void copy_row(const char *line, layout in, const char *unit, FILE *fresh)
{
    fprintf(fresh, "%.*s", (int)strcspn(line, "\n"), line);
    if (in == WITHOUT_UNIT)
        fprintf(fresh, ",%s", unit);
    for (int i = n_columns[in]; i < SIDLE_METRICS_COLUMNS; i++)
        fputc(',', fresh);
    fputc('\n', fresh);
}

/* Copies the header and the rows that stay; `old` NULL: the header only. */
static sidle_status trim(FILE *old, const sidle_dir *folder,
                         int64_t resumed_step, int has_row, const char *unit,
                         FILE *fresh, double *seconds_p)
{
    char *line = NULL;
    size_t room = 0;
    int is_first = 1;
    layout in = WHOLE;

    print_header(fresh, WHOLE);
    while (old != NULL && getline(&line, &room, old) > 0) {
        if (is_first && strchr(line, '\n') != NULL)
            in = layout_of(line);
        else if (in != N_LAYOUTS && stays(line, resumed_step, has_row, in)) {
            copy_row(line, in, unit, fresh);
            *seconds_p = seconds_of(line, *seconds_p);
        }
        is_first = 0;
    }
    free(line);
    if (in != N_LAYOUTS)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "%s/" FILE_NAME ": has other columns than this program "
                      "writes; move it away and start again",
                      folder->path);
}

static sidle_status rewrite(const sidle_dir *folder, int64_t resumed_step,
                            int has_row, const char *unit, double *seconds_p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *fresh, *old = NULL;
    sidle_status status;
    int fd;

    SIDLE_TRY(sidle_dir_file(folder, FILE_NAME, O_RDONLY, &fd));
    if (fd >= 0)
        old = fdopen(fd, "r");
    fresh = open_memstream(&text, &size);
    SIDLE_CHECK(fresh != NULL && (fd < 0 || old != NULL),
                "no memory for the metrics");
    status = trim(old, folder, resumed_step, has_row, unit, fresh, seconds_p);
    if (status == SIDLE_OK && old != NULL && ferror(old))
        status = sidle_dir_fail(folder, FILE_NAME, "read");
    if (old != NULL)
        fclose(old);
    fclose(fresh);
    if (status == SIDLE_OK)
        status = sidle_replace_file(folder, FILE_NAME, text, size);
    free(text);
    return status;
}

/* ---- appending */

sidle_status sidle_metrics_open(const sidle_dir *folder, int64_t resumed_step,
                                int has_row, const char *unit,
                                sidle_metrics **metrics_p)
{
    sidle_records *records;
    double seconds = 0.0;

    SIDLE_TRY(rewrite(folder, resumed_step, has_row, unit, &seconds));
    SIDLE_TRY(sidle_records_open(folder, FILE_NAME, "row", 0, &records));
    *metrics_p = calloc(1, sizeof(**metrics_p));
    SIDLE_CHECK(*metrics_p != NULL, "no memory for the metrics");
    (*metrics_p)->records = records;
    (*metrics_p)->seconds = seconds;
    (*metrics_p)->unit = unit;
    return SIDLE_OK;
}

static void print_row(FILE *stream, const sidle_metrics_row *row,
                      const char *unit)
{
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];

    sidle_metrics_columns(row, columns);
    fprintf(stream, "%" PRId64 ",%" PRId64, row->step, row->update);
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++) {
        if (i == BEFORE_UNIT)
            fprintf(stream, ",%s", unit);
        fputc(',', stream);
        if (!isnan(columns[i].value))
            fprintf(stream, "%.9g", columns[i].value);
    }
    fputc('\n', stream);
}

double sidle_metrics_seconds(const sidle_metrics *metrics)
{
    return metrics->seconds;
}

sidle_status sidle_metrics_append(sidle_metrics *metrics,
                                  const sidle_metrics_row *row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    sidle_status status;

    SIDLE_CHECK(stream != NULL, "no memory for a row");
    print_row(stream, row, metrics->unit);
    fclose(stream);
    status = sidle_records_append(metrics->records, text, size);
    free(text);
    return status;
}

void sidle_metrics_close(sidle_metrics *metrics)
{
    if (metrics == NULL)
        return;
    sidle_records_close(metrics->records);
    free(metrics);
}
