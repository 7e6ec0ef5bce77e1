/* trace_file.c - events as lines of JSON. */
#include "io/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sidle_trace_file {
    FILE *stream;
    char *path;
    int n_lines, has_other;
    int error; /* errno of the first write that failed, or 0 */
};

static const struct {
    const char *words, *colour;
} kinds[] = {
#define ROW(kind, words, colour) [kind] = {words, colour},
    SIDLE_TRACE_MAP(ROW)
#undef ROW
};

const char *sidle_trace_words(sidle_trace_kind kind)
{
    return kinds[kind].words;
}

static sidle_trace_file *begin(FILE *stream, char *path)
{
    sidle_trace_file *file = calloc(1, sizeof(*file));

    SIDLE_CHECK(file != NULL && path != NULL, "no memory for a trace");
    file->path = path;
    file->stream = stream;
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", file->stream);
    return file;
}

sidle_status sidle_trace_file_open(const char *path, sidle_trace_file **file_p)
{
    FILE *stream = fopen(path, "w");

    if (stream == NULL)
        return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", path,
                          strerror(errno));
    *file_p = begin(stream, strdup(path));
    return SIDLE_OK;
}

sidle_status sidle_trace_file_open_in(const sidle_dir *folder, const char *name,
                                      sidle_trace_file **file_p)
{
    size_t size = strlen(folder->path) + strlen(name) + 2;
    char *path;
    FILE *stream;
    int fd;

    SIDLE_TRY(sidle_dir_file(folder, name, O_WRONLY | O_CREAT | O_EXCL, &fd));
    stream = fdopen(fd, "w");
    path = malloc(size);
    SIDLE_CHECK(stream != NULL && path != NULL, "no memory for a trace");
    snprintf(path, size, "%s/%s", folder->path, name);
    *file_p = begin(stream, path);
    return SIDLE_OK;
}

static void print_text(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        if ((unsigned char)*text < 0x20)
            fprintf(stream, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, stream);
    }
    fputc('"', stream);
}

/* The failure that came first is the one to tell. */
static void note_failure(sidle_trace_file *file)
{
    if (file->error == 0 && ferror(file->stream))
        file->error = errno != 0 ? errno : EIO;
}

static FILE *begin_line(sidle_trace_file *file)
{
    errno = 0;
    fputs(file->n_lines++ > 0 ? ",\n{" : "\n{", file->stream);
    return file->stream;
}

static void end_line(sidle_trace_file *file)
{
    fputc('}', file->stream);
    note_failure(file);
}

/* A name, and the place among the others; thread -1: of the process. */
static void describe(sidle_trace_file *file, int process, int thread,
                     const char *name)
{
    const char *what = thread < 0 ? "process" : "thread";
    int place = thread < 0 ? process : thread;

    for (int is_place = 0; is_place <= 1; is_place++) {
        FILE *stream = begin_line(file);

        fprintf(stream, "\"ph\":\"M\",\"pid\":%d,", process);
        if (thread >= 0)
            fprintf(stream, "\"tid\":%d,", thread);
        fprintf(stream, "\"name\":\"%s_%s\",\"args\":{", what,
                is_place ? "sort_index" : "name");
        if (is_place) {
            fprintf(stream, "\"sort_index\":%d", place);
        } else {
            fputs("\"name\":", stream);
            print_text(stream, name);
        }
        fputc('}', stream);
        end_line(file);
    }
}

void sidle_trace_file_process(sidle_trace_file *file, int process,
                              const char *name)
{
    describe(file, process, -1, name);
}

void sidle_trace_file_thread(sidle_trace_file *file, int process, int thread,
                             const char *name)
{
    SIDLE_CHECK(thread >= 0, "thread %d of a trace", thread);
    describe(file, process, thread, name);
}

static void print_name(FILE *stream, const sidle_trace_event *event)
{
    fputs("\"name\":", stream);
    if (event->name != NULL)
        print_text(stream, event->name);
    else if (event->item == 0)
        print_text(stream, kinds[event->kind].words);
    else
        fprintf(stream, "\"%s %" PRId64 "\"", kinds[event->kind].words,
                event->item);
}

void sidle_trace_file_add(sidle_trace_file *file,
                          const sidle_trace_event *event)
{
    FILE *stream = begin_line(file);

    SIDLE_CHECK(isfinite(event->begin) && isfinite(event->duration),
                "an event from %g for %g microseconds", event->begin,
                event->duration);
    print_name(stream, event);
    /* A thousandth of a microsecond: more than a clock tells. */
    fprintf(stream,
            ",\"cat\":\"%s\",\"cname\":\"%s\",\"ph\":\"X\",\"pid\":%d,"
            "\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f",
            kinds[event->kind].words, kinds[event->kind].colour, event->process,
            event->thread, event->begin, event->duration);
    if (event->item != 0)
        fprintf(stream, ",\"args\":{\"item\":%" PRId64 "}", event->item);
    end_line(file);
}

sidle_status sidle_trace_file_other(sidle_trace_file *file, sidle_json *other)
{
    sidle_status status;

    fputs("\n],\"otherData\":", file->stream);
    file->has_other = 1;
    errno = 0;
    status = sidle_json_print(other, file->stream);
    note_failure(file);
    return status;
}

sidle_status sidle_trace_file_close(sidle_trace_file *file)
{
    sidle_status status = SIDLE_OK;

    if (file == NULL)
        return SIDLE_OK;
    errno = 0;
    fputs(file->has_other ? "}\n" : "\n]}\n", file->stream);
    note_failure(file);
    if (fclose(file->stream) != 0 && file->error == 0)
        file->error = errno;
    if (file->error != 0)
        status = sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", file->path,
                            strerror(file->error));
    free(file->path);
    free(file);
    return status;
}
