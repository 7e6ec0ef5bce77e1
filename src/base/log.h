/* log.h - lines for people: to standard error, and to the run's log file.
 *
 * A line is printed by rank 0 only, or, with the speaker in front, by the rank
 * that has something of its own to say. */
#ifndef SIDLE_BASE_LOG_H
#define SIDLE_BASE_LOG_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Quiet ranks print warnings only; 0 (default) prints all. Calls: local. */
void sidle_log_set_quiet(int is_quiet);

/**
 * Also append every line, with a time stamp, to an open stream.
 * Owns: borrows `stream` until the next call; NULL ends it.
 */
void sidle_log_set_file(void *stream);

/**
 * Called before and behind each line for a terminal, so that a line that is
 * drawn again and again can be wiped first and drawn again below. NULL
 * (default) for nothing to do.
 */
void sidle_log_set_live(void (*wipe)(void), void (*draw)(void));
/** For who prints to standard error by himself: wipe that line. Calls: local.
 */
void sidle_log_wipe(void);

/** The kept sentence of a failure, with what its status means in front, to
 * standard error; nothing of SIDLE_OK. Answers the status. Calls: local. */
sidle_status sidle_log_failure(sidle_status status);

/** One line; a newline is added. Calls: local. */
void sidle_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sidle_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The same to the log file only. */
void sidle_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
