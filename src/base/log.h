/* log.h - messages, written to standard error and to the run's log file.
 *
 * Rank 0 alone prints a message that concerns the run; a message that concerns
 * one rank is printed by that rank and begins with its name. */
#ifndef SIDLE_BASE_LOG_H
#define SIDLE_BASE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/** Set the name that messages begin with, for example "rank 3 on host n7"; ""
 * for none. */
void sidle_set_speaker(const char *who);
const char *sidle_speaker(void);

/** A quiet rank prints warnings only; 0 (default) prints all. Calls: local. */
void sidle_log_set_quiet(int is_quiet);

/**
 * Also append every line, with a time stamp, to an open stream.
 * Owns: borrows `stream` until the next call; NULL ends it.
 */
void sidle_log_set_file(void *stream);

/**
 * Set two functions that run before and after each line on a terminal, so that
 * a progress line can be wiped and drawn again below it. NULL (default): none.
 */
void sidle_log_set_live(void (*wipe)(void), void (*draw)(void));
/** Wipe the progress line before other output to standard error. Calls: local.
 */
void sidle_log_wipe(void);

/** Print one line; a newline is added. Calls: local. */
void sidle_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sidle_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The same to the log file only. */
void sidle_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
