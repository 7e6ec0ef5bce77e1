/* log.c - levels, the quiet ranks and the second copy in the log file. */
#include "base/log.h"

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static sidle_log_level lowest = SIDLE_LOG_INFO;
static int quiet;
static FILE *copy;
static void (*wipe_line)(void);

void sidle_log_set_level(sidle_log_level level)
{
    lowest = level;
}

void sidle_log_set_quiet(int is_quiet)
{
    quiet = is_quiet;
}

void sidle_log_set_file(void *stream)
{
    copy = stream;
}

void sidle_log_set_wipe(void (*wipe)(void))
{
    wipe_line = wipe;
}

static void write_copy(const char *label, const char *text)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm parts;

    localtime_r(&now, &parts);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf(copy, "%s %s%s\n", stamp, label, text);
    fflush(copy);
}

static void say(sidle_log_level level, const char *format, va_list args)
{
    char text[2048];
    const char *label = level == SIDLE_LOG_WARN    ? "warning: "
                        : level == SIDLE_LOG_DEBUG ? "debug: "
                                                   : "";
    const char *who = quiet ? sidle_speaker() : "";

    if (level < lowest || (quiet && level < SIDLE_LOG_WARN))
        return;
    vsnprintf(text, sizeof(text), format, args);
    if (wipe_line != NULL)
        wipe_line();
    fprintf(stderr, "%s%s%s%s\n", label, who, who[0] != '\0' ? ": " : "", text);
    if (copy != NULL)
        write_copy(label, text);
}

#define SAY(level)                                                             \
    do {                                                                       \
        va_list args;                                                          \
        va_start(args, format);                                                \
        say(level, format, args);                                              \
        va_end(args);                                                          \
    } while (0)

void sidle_debug(const char *format, ...)
{
    SAY(SIDLE_LOG_DEBUG);
}

void sidle_info(const char *format, ...)
{
    SAY(SIDLE_LOG_INFO);
}

void sidle_warn(const char *format, ...)
{
    SAY(SIDLE_LOG_WARN);
}
