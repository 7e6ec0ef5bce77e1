/* runlog.c - lines of a log, and which of them a resumed run will say again. */
#define _GNU_SOURCE /* fopencookie */
#include "io/runlog.h"

#include "base/log.h"
#include "io/bytes.h"
#include "io/records.h"
#include "io/replace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "train.log"
#define LINE_MAX_BYTES 4096 /* longer ones go in pieces */

/* ---- to read */

static sidle_status open_old(const sidle_dir *folder, FILE **old_p)
{
    int fd;

    *old_p = NULL;
    SIDLE_TRY(sidle_dir_file(folder, FILE_NAME, O_RDONLY, &fd));
    if (fd < 0)
        return SIDLE_OK;
    *old_p = fdopen(fd, "r");
    SIDLE_CHECK(*old_p != NULL, "no memory for a stream");
    return SIDLE_OK;
}

/* ---- to append */

/* Says in the file itself that it is not whole. */
static void note_lost(sidle_records *records, int64_t n_lost)
{
    char line[96], stamp[32];
    time_t now = time(NULL);
    struct tm parts;
    int n;

    localtime_r(&now, &parts);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    n = snprintf(line, sizeof(line), "%s warning: %lld line%s lost\n", stamp,
                 (long long)n_lost, n_lost > 1 ? "s" : "");
    /* The disk may be full again: whoever reads on is told so each time. */
    if (sidle_records_append(records, line, (size_t)n) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* All is taken, or the stream would keep it and try for ever. */
static ssize_t take_lines(void *cookie, const char *lines, size_t size)
{
    sidle_records *records = cookie;
    int64_t n_lost = sidle_records_lost(records);

    if (sidle_records_append(records, lines, size) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    else if (n_lost > 0 && sidle_records_lost(records) == 0)
        note_lost(records, n_lost);
    return (ssize_t)size;
}

static int close_lines(void *cookie)
{
    sidle_records_close(cookie);
    return 0;
}

/* A file with a second name is copied, and a last line ended; where the disk is
 * full it is not: that is no reason not to train. */
static sidle_status mend(const sidle_dir *folder, int fd)
{
    struct stat info;
    char *text, last = '\n';
    ssize_t n;
    sidle_status status;

    if (fstat(fd, &info) != 0)
        return sidle_dir_fail(folder, FILE_NAME, "read");
    if (info.st_nlink < 2) {
        if (info.st_size > 0 && pread(fd, &last, 1, info.st_size - 1) == 1 &&
            last != '\n')
            sidle_write_at(fd, info.st_size, 1, "\n");
        return SIDLE_OK;
    }
    text = malloc((size_t)info.st_size + 1);
    SIDLE_CHECK(text != NULL, "no memory for a log");
    n = pread(fd, text, (size_t)info.st_size, 0);
    if (n > 0 && text[n - 1] != '\n')
        text[n++] = '\n';
    status = n < 0 ? sidle_dir_fail(folder, FILE_NAME, "read")
                   : sidle_replace_file(folder, FILE_NAME, text, (size_t)n);
    free(text);
    return status;
}

static sidle_status mend_old(const sidle_dir *folder)
{
    sidle_status status = SIDLE_OK;
    int fd;

    SIDLE_TRY(sidle_dir_file(folder, FILE_NAME, O_RDWR, &fd));
    if (fd < 0)
        return SIDLE_OK;
    status = mend(folder, fd);
    close(fd);
    return status;
}

sidle_status sidle_runlog_open(const sidle_dir *folder, void **stream_p)
{
    static const cookie_io_functions_t calls = {.write = take_lines,
                                                .close = close_lines};
    sidle_records *records;
    FILE *stream;

    SIDLE_TRY(mend_old(folder));
    SIDLE_TRY(sidle_records_open(folder, FILE_NAME, "line", 0, &records));
    stream = fopencookie(records, "a", calls);
    SIDLE_CHECK(stream != NULL, "no memory for a log");
    setvbuf(stream, NULL, _IOFBF, LINE_MAX_BYTES);
    *stream_p = stream;
    return SIDLE_OK;
}

/* ---- to trim */

static int stays(const char *line, int64_t resumed_step, int has_row)
{
    const char *words = strchr(line, ' ');
    char *end;
    long long step;

    if (words == NULL || strncmp(words, " step ", 6) != 0)
        return 1;
    step = strtoll(words + 6, &end, 10);
    if (end == words + 6)
        return 1;
    /* Without what follows the number may be cut itself. */
    if (strncmp(end, "  valid loss ", 13) == 0)
        return step < resumed_step;
    return *end == '/' && strstr(end, "  loss ") != NULL &&
           step < resumed_step + (has_row != 0);
}

/* Copies the lines that stay; answers how many do not. */
static int64_t copy_lines(FILE *old, int64_t resumed_step, int has_row,
                          FILE *fresh)
{
    char *line = NULL;
    size_t room = 0;
    int64_t n_gone = 0;

    while (getline(&line, &room, old) > 0) {
        if (stays(line, resumed_step, has_row))
            fputs(line, fresh);
        else
            n_gone++;
    }
    free(line);
    return n_gone;
}

sidle_status sidle_runlog_trim(const sidle_dir *folder, int64_t resumed_step,
                               int has_row)
{
    char *text = NULL;
    size_t size = 0;
    int64_t n_gone = 0;
    sidle_status status = SIDLE_OK;
    FILE *old, *fresh;

    SIDLE_TRY(open_old(folder, &old));
    if (old == NULL)
        return SIDLE_OK;
    fresh = open_memstream(&text, &size);
    SIDLE_CHECK(fresh != NULL, "no memory for a log");
    n_gone = copy_lines(old, resumed_step, has_row, fresh);
    if (ferror(old))
        status = sidle_dir_fail(folder, FILE_NAME, "read");
    fclose(old);
    fclose(fresh);
    if (status == SIDLE_OK && n_gone > 0)
        status = sidle_replace_file(folder, FILE_NAME, text, size);
    free(text);
    return status;
}
