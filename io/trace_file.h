/* trace_file.h - writes a timeline as a file for Perfetto (ui.perfetto.dev) and
 * chrome://tracing. The timeline that a plan predicts and the trace that a run
 * recorded have the same form.
 *
 * In the trace viewer a process is a rank, and a thread is a block; an event is
 * a span of a thread's time. The file is one JSON object with one event per
 * line.
 *
 * Source:  Trace Event Format (Google, 2016), JSON Object Format: complete
 *          events "X", metadata "M", reserved colour names "cname". */
#ifndef SIDLE_IO_TRACE_FILE_H
#define SIDLE_IO_TRACE_FILE_H

#include "io/dir.h"
#include "io/json.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* kind, category and first word of an event's name, reserved colour name */
#define SIDLE_TRACE_MAP(X)                                                     \
    X(SIDLE_TRACE_FORWARD, "forward", "thread_state_running")                  \
    X(SIDLE_TRACE_INPUT_GRAD, "input gradient", "rail_response")               \
    X(SIDLE_TRACE_WEIGHT_GRAD, "weight gradient", "thread_state_runnable")     \
    X(SIDLE_TRACE_RERUN, "forward again", "olive")                             \
    X(SIDLE_TRACE_UPDATE, "update", "bad")                                     \
    X(SIDLE_TRACE_EVAL, "evaluation", "rail_load")                             \
    X(SIDLE_TRACE_MESSAGE, "message", "yellow")                                \
    X(SIDLE_TRACE_WAIT_LEFT, "wait left", "grey")                              \
    X(SIDLE_TRACE_WAIT_RIGHT, "wait right", "white")                           \
    X(SIDLE_TRACE_IO, "input/output", "terrible")

typedef enum sidle_trace_kind {
#define SIDLE_TRACE_ENUM(kind, words, colour) kind,
    SIDLE_TRACE_MAP(SIDLE_TRACE_ENUM)
#undef SIDLE_TRACE_ENUM
} sidle_trace_kind;

/** "forward", "input gradient", .. */
const char *sidle_trace_words(sidle_trace_kind kind);

typedef struct sidle_trace_event {
    sidle_trace_kind kind;
    const char *name; /* NULL: the kind's words and the item */
    int64_t item;     /* 0: none */
    int process, thread;
    double begin, duration; /* microseconds */
} sidle_trace_event;

typedef struct sidle_trace_file sidle_trace_file;

/**
 * Begin the file at `path`, which replaces an older one.
 * Calls:   local, one rank.
 * Owns:    copies `path`; the caller ends it with sidle_trace_file_close().
 * Errors:  SIDLE_EIO with the path and errno's text.
 */
sidle_status sidle_trace_file_open(const char *path, sidle_trace_file **file_p);
/** Begin a new file, which replaces any entry of that name in the folder. */
sidle_status sidle_trace_file_open_in(const sidle_dir *folder, const char *name,
                                      sidle_trace_file **file_p);
/** Name a process or a thread, "rank 0", "block 3"; they are shown in the order
 * of their numbers. Names are UTF-8. */
void sidle_trace_file_process(sidle_trace_file *file, int process,
                              const char *name);
void sidle_trace_file_thread(sidle_trace_file *file, int process, int thread,
                             const char *name);
/** Add an event, in any order. A time that is not finite is a bug. */
void sidle_trace_file_add(sidle_trace_file *file,
                          const sidle_trace_event *event);
/**
 * Add further information under "otherData"; no event may follow.
 * Owns:    frees `other`.
 * Errors:  those of sidle_json_print().
 */
sidle_status sidle_trace_file_other(sidle_trace_file *file, sidle_json *other);
/**
 * End the file. NULL is allowed.
 * Errors:  SIDLE_EIO with path and reason if a part of it could not be written;
 *          the file is incomplete then.
 */
sidle_status sidle_trace_file_close(sidle_trace_file *file);

#ifdef __cplusplus
}
#endif

#endif
