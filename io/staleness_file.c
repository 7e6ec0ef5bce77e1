/* staleness_file.c - rows appended, and trimmed when a run is resumed. */
#include "io/staleness_file.h"

#include "io/records.h"
#include "io/replace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "staleness.csv"
#define HEADER "step,block,item,lag,rho,cosine,norm_ratio\n"

struct sidle_staleness_file {
    sidle_records *records;
};

/* A row of a step that the run has made; the last one may be cut off. */
static int stays(const char *line, int64_t resumed_step)
{
    return line[strlen(line) - 1] == '\n' &&
           strtoll(line, NULL, 10) <= resumed_step;
}

/* `old` NULL: the header only. */
static sidle_status trim(FILE *old, const sidle_dir *folder,
                         int64_t resumed_step, FILE *fresh)
{
    char *line = NULL;
    size_t room = 0;
    int is_first = 1, is_ours = 1;

    fputs(HEADER, fresh);
    while (old != NULL && is_ours && getline(&line, &room, old) > 0) {
        if (is_first)
            is_ours = strcmp(line, HEADER) == 0;
        else if (stays(line, resumed_step))
            fputs(line, fresh);
        is_first = 0;
    }
    free(line);
    if (is_ours)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "%s/" FILE_NAME ": has other columns than this program "
                      "writes; move it away and start again",
                      folder->path);
}

static sidle_status rewrite(const sidle_dir *folder, int64_t resumed_step)
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
                "no memory for the figures of staleness");
    status = trim(old, folder, resumed_step, fresh);
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

sidle_status sidle_staleness_file_open(const sidle_dir *folder,
                                       int64_t resumed_step,
                                       sidle_staleness_file **file_p)
{
    sidle_records *records;

    SIDLE_TRY(rewrite(folder, resumed_step));
    SIDLE_TRY(sidle_records_open(folder, FILE_NAME, "row", 0, &records));
    *file_p = calloc(1, sizeof(**file_p));
    SIDLE_CHECK(*file_p != NULL, "no memory for the figures of staleness");
    (*file_p)->records = records;
    return SIDLE_OK;
}

/* A block to which no gradient has come yet has no item. */
static void print_item(FILE *stream, const sidle_staleness_row *row)
{
    if (row->item == 0)
        fputs(",,", stream);
    else
        fprintf(stream, ",%" PRId64 ",%" PRId64, row->item, row->lag);
}

static void print_cell(FILE *stream, double value)
{
    fputc(',', stream);
    if (!isnan(value))
        fprintf(stream, "%.9g", value);
}

sidle_status sidle_staleness_file_append(sidle_staleness_file *file,
                                         const sidle_staleness_row *rows, int n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    sidle_status status;

    SIDLE_CHECK(stream != NULL, "no memory for a row");
    for (int i = 0; i < n; i++) {
        const sidle_staleness_row *row = &rows[i];

        fprintf(stream, "%" PRId64 ",%d", row->step, row->block);
        print_item(stream, row);
        print_cell(stream, row->rho);
        print_cell(stream, row->cosine);
        print_cell(stream, row->norm_ratio);
        fputc('\n', stream);
    }
    fclose(stream);
    status = sidle_records_append(file->records, text, size);
    free(text);
    return status;
}

void sidle_staleness_file_close(sidle_staleness_file *file)
{
    if (file == NULL)
        return;
    sidle_records_close(file->records);
    free(file);
}
