/* log.c - levels, the quiet ranks and the second copy in the log file. */
#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static char speaker[128];
static int quiet;
static FILE *copy;
static int is_copying; /* a stream may have something to say itself */
static void (*wipe_line)(void), (*draw_line)(void);

void sidle_set_speaker(const char *who)
{
    snprintf(speaker, sizeof(speaker), "%s", who);
}

const char *sidle_speaker(void)
{
    return speaker;
}

void sidle_log_set_quiet(int is_quiet)
{
    quiet = is_quiet;
}

void sidle_log_set_file(void *stream)
{
    copy = stream;
}

void sidle_log_set_live(void (*wipe)(void), void (*draw)(void))
{
    wipe_line = wipe;
    draw_line = draw;
}

void sidle_log_wipe(void)
{
    if (wipe_line != NULL)
        wipe_line();
}

static void write_copy(const char *label, const char *text)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm parts;

    if (is_copying)
        return;
    localtime_r(&now, &parts);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    is_copying = 1;
    fprintf(copy, "%s %s%s\n", stamp, label, text);
    fflush(copy);
    is_copying = 0;
}

static void say(int is_warning, const char *format, va_list args)
{
    char text[2048];
    const char *label = is_warning ? "warning: " : "";
    const char *who = quiet ? sidle_speaker() : "";

    if (quiet && !is_warning)
        return;
    sidle_show(text, sizeof(text), format, args);
    sidle_log_wipe();
    fprintf(stderr, "%s%s%s%s\n", label, who, who[0] != '\0' ? ": " : "", text);
    if (draw_line != NULL)
        draw_line();
    if (copy != NULL)
        write_copy(label, text);
}

void sidle_info(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(0, format, args);
    va_end(args);
}

void sidle_warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(1, format, args);
    va_end(args);
}

void sidle_note(const char *format, ...)
{
    char text[2048];
    va_list args;

    if (copy == NULL)
        return;
    va_start(args, format);
    sidle_show(text, sizeof(text), format, args);
    va_end(args);
    write_copy("", text);
}
