/* resume_compare.c - whether a run may go on from its checkpoint: two
 * configurations, as text, key by key. */
#include "run/resume.h"

#include "base/log.h"
#include "base/text.h"
#include "io/ckpt.h"
#include "run/load.h"
#include "run/option_spec.h"
#include "run/option_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_SET "(not set)"

static const char *value_of(const sidle_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->all[i].path, path) == 0)
            return settings->all[i].value;
    return NOT_SET;
}

static int has_prefix(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static int must_be_equal(const char *path)
{
    const char *const fixed[] = {"model.", "run.seed", "run.precision",
                                 "parallel.replicas", "data."};

    /* Their contents are compared (save.c), wherever they lie. */
    if (strcmp(path, "data.path") == 0 || strcmp(path, "data.valid_path") == 0)
        return 0;
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (has_prefix(path, fixed[i]))
            return 1;
    return 0;
}

/* What the state in flight depends on: where one of these changes, the pipe is
 * drained first. Only streams have clips, and only a flush moves the clip
 * changes. */
static int makes_the_state(const sidle_settings *was, const sidle_settings *is,
                           const char *path)
{
    const char *const keys[] = {"parallel.blocks", "parallel.partition",
                                "parallel.schedule", "parallel.update_every"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(path, keys[i]) == 0)
            return 1;
    return strcmp(path, "parallel.on_cut") == 0 &&
           strcmp(value_of(is, "data.order"), "stream") == 0 &&
           (strcmp(value_of(was, path), "flush") == 0 ||
            strcmp(value_of(is, path), "flush") == 0);
}

/* Lists of units are alike however they are spaced. */
static int is_alike(const char *a, const char *b)
{
    const char *const loose = " []";

    for (;; a++, b++) {
        a += strspn(a, loose);
        b += strspn(b, loose);
        if (*a != *b)
            return 0;
        if (*a == '\0')
            return 1;
    }
}

/* What an older program took without a question has now to be meant. */
static int is_first_asked(const char *path, const char *before)
{
    return strcmp(path, "data.raw") == 0 && strcmp(before, NOT_SET) == 0;
}

/* "2e-3" and "0.002" are one value. */
static int is_same_value(const char *a, const char *b)
{
    double x, y;

    return strcmp(a, b) == 0 ||
           (sidle_text_real(a, &x) && sidle_text_real(b, &y) && x == y);
}

/* Files of older programs write a real in another way. */
static int is_same_real(const char *path, const char *a, const char *b)
{
    const sidle_option *row = sidle_option_find(path);

    return row != NULL && row->type == SIDLE_OPTION_REAL && is_same_value(a, b);
}

/* For sidle_resume_tell(): a start that is refused has changed nothing. */
static void note(sidle_resume *resume, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(sidle_resume *resume, const char *format, ...)
{
    size_t n = resume->changes != NULL ? strlen(resume->changes) : 0;
    char line[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    resume->changes = realloc(resume->changes, n + strlen(line) + 2);
    SIDLE_CHECK(resume->changes != NULL, "no memory for a line");
    snprintf(resume->changes + n, strlen(line) + 2, "%s\n", line);
}

void sidle_resume_tell(sidle_resume *resume)
{
    char *at = resume->changes;

    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, "\n");

        sidle_info("%.*s", (int)n, at);
        at += n + 1;
    }
    free(resume->changes);
    resume->changes = NULL;
}

static sidle_status refuse(const char *path, const char *now,
                           const char *before)
{
    return sidle_fail(SIDLE_EUSAGE,
                      "%s is %s, but the run that is resumed has %s; use its "
                      "value, or another run.dir",
                      path, now, before);
}

static sidle_status compare_key(sidle_resume *resume, const sidle_settings *was,
                                const sidle_settings *is, const char *path)
{
    const char *before = value_of(was, path), *now = value_of(is, path);

    if (is_alike(before, now) || is_same_real(path, before, now))
        return SIDLE_OK;
    if (must_be_equal(path) && !is_first_asked(path, before))
        return refuse(path, now, before);
    if (makes_the_state(was, is, path)) {
        resume->is_drained = 1;
        note(resume, "changed: %s from %s to %s: the pipe is drained first",
             path, before, now);
        return SIDLE_OK;
    }
    note(resume, "changed: %s from %s to %s", path, before, now);
    return SIDLE_OK;
}

/* A key that the checkpoint's program did not have yet was at its default. */
static int is_new_default(const sidle_settings *was,
                          const sidle_setting *setting)
{
    const char *standard = sidle_option_old_default(setting->path);

    return strcmp(value_of(was, setting->path), NOT_SET) == 0 &&
           standard != NULL && is_same_value(standard, setting->value);
}

static sidle_status compare_networks(const sidle_settings *was,
                                     const sidle_settings *is)
{
    sidle_spec_difference d;
    int is_different;

    SIDLE_TRY(sidle_option_spec_compare(was, is, &is_different, &d));
    return is_different ? refuse(d.path, d.b, d.a) : SIDLE_OK;
}

static sidle_status compare_all(sidle_resume *resume, const sidle_settings *was,
                                const sidle_settings *is)
{
    for (size_t i = 0; i < is->n; i++)
        if (!sidle_option_spec_takes(&is->all[i]) &&
            !is_new_default(was, &is->all[i]))
            SIDLE_TRY(compare_key(resume, was, is, is->all[i].path));
    SIDLE_TRY(compare_networks(was, is));
    if (strcmp(value_of(was, "run.steps"), value_of(is, "run.steps")) != 0 &&
        strcmp(value_of(is, "optim.decay"), "constant") != 0 &&
        strcmp(value_of(is, "optim.decay_steps"), "0") == 0)
        note(resume, "optim.decay_steps is 0: the decay now extends to the "
                     "new end");
    return SIDLE_OK;
}

/* A key that was not there yet was at its default, 0. */
static int is_changed(const sidle_settings *was, const sidle_settings *is,
                      const char *path)
{
    const char *before = value_of(was, path);

    return strcmp(strcmp(before, NOT_SET) == 0 ? "0" : before,
                  value_of(is, path)) != 0;
}

static int has_reported(const sidle_settings *was, int64_t step)
{
    int64_t every;

    return sidle_text_int(value_of(was, "log.every"), &every) && every > 0 &&
           step % every == 0;
}

static int has_momentum(const sidle_settings *settings)
{
    double momentum;

    return sidle_text_real(value_of(settings, "optim.momentum"), &momentum) &&
           momentum != 0.0;
}

/* A key that was not there yet was at its default, nadam. */
static int is_normed(const sidle_settings *settings)
{
    return strcmp(value_of(settings, "optim.rest"), "norm") == 0;
}

static int is_orthogonal(const sidle_settings *settings)
{
    return strcmp(value_of(settings, "optim.orthogonal"), "true") == 0;
}

/* Another kind, another rule of the rest, a running mean that begins or ends,
 * or plain SGD that gets a momentum: there is nothing to read. */
static int is_new_rule(const sidle_settings *was, const sidle_settings *is)
{
    const char *kind = value_of(is, "optim.kind");

    if (strcmp(value_of(was, "optim.kind"), kind) != 0)
        return 1;
    if (is_normed(was) != is_normed(is) ||
        is_orthogonal(was) != is_orthogonal(is))
        return 1;
    return strcmp(kind, "sgd") == 0 && has_momentum(is) && !has_momentum(was);
}

sidle_status sidle_resume_compare(sidle_resume *resume,
                                  const sidle_settings *said,
                                  sidle_options *options)
{
    sidle_settings was = {0}, is = {0};
    char *text = NULL;
    sidle_status status = sidle_load_settings(resume->ckpt, &was);

    if (status == SIDLE_OK)
        status = sidle_resume_merge(resume->ckpt, said, options);
    if (status == SIDLE_OK)
        status = sidle_options_dump(options, &text);
    if (status == SIDLE_OK)
        status = sidle_settings_parse("this start", text, strlen(text), &is);
    if (status == SIDLE_OK)
        status = compare_all(resume, &was, &is);
    /* Behind it: what may not change is told before what follows from it. */
    if (status == SIDLE_OK)
        status = sidle_options_check(options);
    if (status == SIDLE_OK) {
        if (is_changed(&was, &is, "run.early_stop"))
            sidle_best_begin_again(&resume->best);
        resume->is_new_rule = is_new_rule(&was, &is);
        resume->has_reported = has_reported(&was, resume->step);
    }
    free(text);
    sidle_settings_done(&is);
    sidle_settings_done(&was);
    return status;
}
