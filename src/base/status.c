/* status.c - the kept sentence of a failure, and the end of a process. */
#include "base/status.h"

#include "base/log.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char fail_text[2048];
static sidle_die_hook die_hook;

const char *sidle_status_text(sidle_status status)
{
    switch (status) {
#define SIDLE_STATUS_CASE(name, code, words)                                   \
    case name:                                                                 \
        return words;
        SIDLE_STATUS_MAP(SIDLE_STATUS_CASE)
#undef SIDLE_STATUS_CASE
    }
    return "unknown status";
}

sidle_status sidle_fail(sidle_status status, const char *format, ...)
{
    va_list args;
    char text[sizeof(fail_text)];

    SIDLE_CHECK(status != SIDLE_OK, "sidle_fail was given SIDLE_OK");
    va_start(args, format);
    sidle_show(text, sizeof(text), format, args);
    va_end(args);
    /* An argument may be the kept sentence itself, hence the copy. */
    memcpy(fail_text, text, sizeof(fail_text));
    return status;
}

sidle_status sidle_fail_in(sidle_status status, const char *format, ...)
{
    va_list args;
    char where[512], whole[sizeof(where) + sizeof(fail_text) + 2];

    va_start(args, format);
    sidle_show(where, sizeof(where), format, args);
    va_end(args);
    snprintf(whole, sizeof(whole), "%s: %s", where, fail_text);
    return sidle_fail(status, "%s", whole);
}

const char *sidle_fail_text(void)
{
    return fail_text;
}

sidle_status sidle_fail_print(sidle_status status)
{
    if (status == SIDLE_OK)
        return status;
    sidle_log_wipe();
    fprintf(stderr, "sidle: %s: %s\n", sidle_status_text(status),
            sidle_fail_text());
    return status;
}

void sidle_set_die_hook(sidle_die_hook hook)
{
    die_hook = hook;
}

void sidle_die(int code, const char *file, int line, const char *format, ...)
{
    va_list args;
    char text[2048];

    va_start(args, format);
    sidle_show(text, sizeof(text), format, args);
    va_end(args);
    sidle_log_wipe();
    fprintf(stderr, "sidle: %s%s%s (%s:%d)\n", sidle_speaker(),
            sidle_speaker()[0] != '\0' ? ": " : "", text, file, line);
    fflush(NULL);
    if (die_hook != NULL)
        die_hook(code);
    exit(code);
}
