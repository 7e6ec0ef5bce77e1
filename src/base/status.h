/* status.h - the status that a call returns, and the abort of a process.
 *
 * There are three kinds of failure. A bug (SIDLE_CHECK) and a fault while other
 * ranks wait (sidle_die) end the process. Every failure that a user can cause
 * is returned as a sidle_status; the function that detects it stores its
 * message with sidle_fail(). */
#ifndef SIDLE_BASE_STATUS_H
#define SIDLE_BASE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* name, exit code of the program, words */
#define SIDLE_STATUS_MAP(X)                                                    \
    X(SIDLE_OK, 0, "success")                                                  \
    X(SIDLE_EUSAGE, 64, "usage or configuration")                              \
    X(SIDLE_EDATA, 65, "bad data or foreign file")                             \
    X(SIDLE_EINTERNAL, 70, "internal error")                                   \
    X(SIDLE_EIO, 74, "input/output")                                           \
    X(SIDLE_ESTOPPED, 75, "stopped early on request")

typedef enum sidle_status {
#define SIDLE_STATUS_ENUM(name, code, words) name = code,
    SIDLE_STATUS_MAP(SIDLE_STATUS_ENUM)
#undef SIDLE_STATUS_ENUM
} sidle_status;

/** Words for a status, for example "input/output". Calls: local. */
const char *sidle_status_text(sidle_status status);

/**
 * Store the message of a failure and return its status.
 *
 * The function that detects the failure states what was found, what was
 * expected and what to do; callers only pass the status on (SIDLE_TRY).
 * The message is the only process-wide variable, like errno.
 *
 * Calls:   local; from any thread of a rank, but from one at a time.
 * Errors:  returns `status`, never SIDLE_OK.
 */
sidle_status sidle_fail(sidle_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Put words before the stored message: "words: message". Calls: local. */
sidle_status sidle_fail_in(sidle_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The message of the last sidle_fail(), "" if there was none. */
const char *sidle_fail_text(void);
/** Print the meaning of `status` and that message to standard error; nothing
 * for SIDLE_OK. Returns the status. Calls: local. */
sidle_status sidle_fail_print(sidle_status status);

/** The function that ends the process; `code` is one of sidle_status. */
typedef void (*sidle_die_hook)(int code);

/** Let `hook` end the process, for example by MPI_Abort. NULL: exit(). */
void sidle_set_die_hook(sidle_die_hook hook);

/** Print speaker, place and message, then end the process with `code`. */
void sidle_die(int code, const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 4, 5)));

#define SIDLE_DIE(code, ...) sidle_die((code), __FILE__, __LINE__, __VA_ARGS__)

/* A check for a bug of Sidle, in every build. */
#define SIDLE_CHECK(condition, ...)                                            \
    do {                                                                       \
        if (!(condition))                                                      \
            sidle_die(SIDLE_EINTERNAL, __FILE__, __LINE__, __VA_ARGS__);       \
    } while (0)

/* A check for a bug of Sidle, in debug builds only. */
#ifdef NDEBUG
#define SIDLE_ASSERT(condition) ((void)0)
#else
#define SIDLE_ASSERT(condition)                                                \
    SIDLE_CHECK(condition, "assertion failed: %s", #condition)
#endif

/* Pass a failure on to the caller. */
#define SIDLE_TRY(call)                                                        \
    do {                                                                       \
        sidle_status sidle_try_status = (call);                                \
        if (sidle_try_status != SIDLE_OK)                                      \
            return sidle_try_status;                                           \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
