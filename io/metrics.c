/* metrics.c - rows appended, and trimmed when a run is resumed. */
#include "io/metrics.h"

#include "io/replace.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "metrics.csv"

struct sidle_metrics {
    FILE *stream;
    char path[PATH_MAX];
};

sidle_metrics_row sidle_metrics_empty(int64_t step, int64_t update)
{
    return (sidle_metrics_row){step, update, NAN, NAN, NAN, NAN,
                               NAN,  NAN,    NAN, NAN, NAN, NAN};
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
    };

    memcpy(columns, all, sizeof(all));
}

/* ---- trimming */

static void print_header(FILE *stream)
{
    const sidle_metrics_row row = sidle_metrics_empty(0, 0);
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];

    sidle_metrics_columns(&row, columns);
    fprintf(stream, "step,update");
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++)
        fprintf(stream, ",%s", columns[i].name);
    fputc('\n', stream);
}

/* A row without train_loss, its third cell, is an evaluation. */
static int is_evaluation(const char *line)
{
    const char *comma = strchr(line, ',');

    comma = comma != NULL ? strchr(comma + 1, ',') : NULL;
    return comma != NULL && comma[1] == ',';
}

static int stays(const char *line, int64_t resumed_step)
{
    char *end;
    long long step = strtoll(line, &end, 10);

    if (end == line || *end != ',' || strchr(line, '\n') == NULL)
        return 0;
    return step < resumed_step ||
           (step == resumed_step && !is_evaluation(line));
}

/* Copies the header and the rows that stay; `old` NULL: the header only. */
static sidle_status trim(FILE *old, const char *path, int64_t resumed_step,
                         FILE *fresh)
{
    char *header = NULL, *line = NULL;
    size_t header_size = 0, room = 0;
    FILE *stream = open_memstream(&header, &header_size);
    int is_ours = 1, is_first = 1;

    SIDLE_CHECK(stream != NULL, "no memory for the metrics");
    print_header(stream);
    fclose(stream);
    fputs(header, fresh);
    while (old != NULL && getline(&line, &room, old) > 0) {
        if (is_first && strchr(line, '\n') != NULL)
            is_ours = strcmp(line, header) == 0;
        else if (stays(line, resumed_step))
            fputs(line, fresh);
        is_first = 0;
    }
    free(line);
    free(header);
    if (is_ours)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "%s: has other columns than this program writes; move "
                      "it away and start again",
                      path);
}

static sidle_status rewrite(const char *folder, const char *path,
                            int64_t resumed_step)
{
    char *text = NULL;
    size_t size = 0;
    FILE *fresh = open_memstream(&text, &size);
    FILE *old = fopen(path, "r");
    sidle_status status;

    SIDLE_CHECK(fresh != NULL, "no memory for the metrics");
    if (old == NULL && errno != ENOENT)
        status = sidle_fail(SIDLE_EIO, "%s: cannot be read: %s", path,
                            strerror(errno));
    else
        status = trim(old, path, resumed_step, fresh);
    if (status == SIDLE_OK && old != NULL && ferror(old))
        status = sidle_fail(SIDLE_EIO, "%s: cannot be read: %s", path,
                            strerror(errno));
    if (old != NULL)
        fclose(old);
    fclose(fresh);
    if (status == SIDLE_OK)
        status = sidle_replace_file(folder, FILE_NAME, text, size);
    free(text);
    return status;
}

/* ---- appending */

sidle_status sidle_metrics_open(const char *folder, int64_t resumed_step,
                                sidle_metrics **metrics_p)
{
    sidle_metrics *metrics = calloc(1, sizeof(*metrics));
    sidle_status status;

    SIDLE_CHECK(metrics != NULL, "no memory for the metrics");
    snprintf(metrics->path, sizeof(metrics->path), "%s/" FILE_NAME, folder);
    status = rewrite(folder, metrics->path, resumed_step);
    if (status == SIDLE_OK) {
        metrics->stream = fopen(metrics->path, "a");
        if (metrics->stream == NULL)
            status = sidle_fail(SIDLE_EIO, "%s: cannot be opened: %s",
                                metrics->path, strerror(errno));
    }
    if (status != SIDLE_OK) {
        free(metrics);
        return status;
    }
    *metrics_p = metrics;
    return SIDLE_OK;
}

sidle_status sidle_metrics_append(sidle_metrics *metrics,
                                  const sidle_metrics_row *row)
{
    sidle_metrics_column columns[SIDLE_METRICS_COLUMNS];
    FILE *stream = metrics->stream;

    sidle_metrics_columns(row, columns);
    clearerr(stream);
    fprintf(stream, "%" PRId64 ",%" PRId64, row->step, row->update);
    for (int i = 0; i < SIDLE_METRICS_COLUMNS; i++) {
        fputc(',', stream);
        if (!isnan(columns[i].value))
            fprintf(stream, "%.9g", columns[i].value);
    }
    fputc('\n', stream);
    if (fflush(stream) != 0 || ferror(stream))
        return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", metrics->path,
                          strerror(errno));
    return SIDLE_OK;
}

void sidle_metrics_close(sidle_metrics *metrics)
{
    if (metrics == NULL)
        return;
    fclose(metrics->stream);
    free(metrics);
}
