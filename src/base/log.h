/* log.h - lines for people: to standard error, and to the run's log file.
 *
 * A line is printed by rank 0 only, or, with the speaker in front, by the rank
 * that has something of its own to say. */
#ifndef SIDLE_BASE_LOG_H
#define SIDLE_BASE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/** Who speaks in messages, for example "rank 3 on host n7"; "" for nobody. */
void sidle_set_speaker(const char *who);
const char *sidle_speaker(void);

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

/** One line; a newline is added. Calls: local. */
void sidle_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sidle_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The same to the log file only. */
void sidle_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
