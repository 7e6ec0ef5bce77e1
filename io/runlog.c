/* runlog.c - lines of a log, and which of them a resumed run will say again. */
#include "io/runlog.h"

#include "io/replace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "train.log"

static sidle_status log_failed(const char *path, const char *what)
{
    return sidle_fail(SIDLE_EIO, "%s: cannot be %s: %s", path, what,
                      strerror(errno));
}

static void path_of(const char *folder, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s/" FILE_NAME, PATH_MAX - 16, folder);
}

/* Whether bytes were written behind the last end of a line. */
static int is_unfinished(FILE *stream)
{
    return fseek(stream, -1, SEEK_END) == 0 && getc(stream) != '\n';
}

sidle_status sidle_runlog_open(const char *folder, void **stream_p)
{
    char path[PATH_MAX];
    FILE *stream;

    path_of(folder, path);
    stream = fopen(path, "a+e");
    if (stream == NULL)
        return log_failed(path, "opened");
    if (is_unfinished(stream)) {
        fseek(stream, 0, SEEK_END); /* between reading and writing */
        putc('\n', stream);
    }
    clearerr(stream); /* a full disk is no reason not to train */
    *stream_p = stream;
    return SIDLE_OK;
}

static int stays(const char *line, int64_t resumed_step)
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
           step <= resumed_step;
}

/* Copies the lines that stay; answers how many do not. */
static int64_t copy_lines(FILE *old, int64_t resumed_step, FILE *fresh)
{
    char *line = NULL;
    size_t room = 0;
    int64_t n_gone = 0;

    while (getline(&line, &room, old) > 0) {
        if (stays(line, resumed_step))
            fputs(line, fresh);
        else
            n_gone++;
    }
    free(line);
    return n_gone;
}

sidle_status sidle_runlog_trim(const char *folder, int64_t resumed_step)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int64_t n_gone = 0;
    sidle_status status = SIDLE_OK;
    FILE *old, *fresh;

    path_of(folder, path);
    old = fopen(path, "re");
    if (old == NULL)
        return errno == ENOENT ? SIDLE_OK : log_failed(path, "read");
    fresh = open_memstream(&text, &size);
    SIDLE_CHECK(fresh != NULL, "no memory for a log");
    n_gone = copy_lines(old, resumed_step, fresh);
    if (ferror(old))
        status = log_failed(path, "read");
    fclose(old);
    fclose(fresh);
    if (status == SIDLE_OK && n_gone > 0)
        status = sidle_replace_file(folder, FILE_NAME, text, size);
    free(text);
    return status;
}
