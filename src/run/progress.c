/* progress.c - the live line, and one row a report. */
#include "run/progress.h"
#include "run/data_kind.h"
#include "run/loss_words.h"
#include "run/rates.h"
#include "run/setup_views.h"
#include "run/update_size.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Reports that stay on a terminal however fast they come; seconds between two
 * that stay behind them; seconds between two looks of the live line. */
enum { ALWAYS_KEPT = 12 };
static const double between_kept = 1.0, between_drawn = 0.2;

/* ---- words */

static void add_word(sidle_report_words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_word(sidle_report_words *words, const char *format, ...)
{
    va_list args;

    SIDLE_CHECK(words->n < SIDLE_REPORT_WORDS, "too many words of a report");
    va_start(args, format);
    vsnprintf(words->text[words->n++], SIDLE_REPORT_WORD_MAX, format, args);
    va_end(args);
}

static void point_at(const sidle_report_words *words,
                     const char *list[SIDLE_REPORT_WORDS])
{
    for (size_t i = 0; i < words->n; i++)
        list[i] = words->text[i];
}

/* A line of the log, and of whoever reads standard error; 0: not on a terminal,
 * which had other reports just now. */
static void say(const sidle_progress *progress, const sidle_report_words *words,
                int is_kept)
{
    const char *list[SIDLE_REPORT_WORDS];
    char line[SIDLE_REPORT_WORDS * SIDLE_REPORT_WORD_MAX + 32];

    point_at(words, list);
    sidle_text_line(list, words->n, sizeof(line), line, sizeof(line));
    if (progress->display == NULL) {
        sidle_info("%s", line);
        return;
    }
    sidle_note("%s", line);
    if (is_kept)
        progress->display->keep(list, words->n);
}

/* Before there is a report: what is known of items that entered. */
static void describe_beginning(const sidle_progress *progress, double now,
                               sidle_report_words *words)
{
    double items = (double)(progress->entered - 1 - progress->first_item);
    double seconds = now - progress->started;
    double left = (double)(progress->setup->plan.steps - progress->entered + 1);
    char time[32];

    words->n = 1;
    if (items < 1.0 || seconds <= 0.0) {
        add_word(words, "the first items");
        return;
    }
    sidle_text_duration(round(left * seconds / items), time, sizeof(time));
    add_word(words, "left %s", time);
    add_word(words, "%.3g items/s", items / seconds);
}

/* The newest item, and what the last report said. */
static void draw(sidle_progress *progress, double now)
{
    sidle_report_words words = progress->words;
    const char *list[SIDLE_REPORT_WORDS];

    progress->drawn = now;
    if (progress->display == NULL)
        return;
    if (words.n == 0)
        describe_beginning(progress, now, &words);
    snprintf(words.text[0], sizeof(words.text[0]), "step %lld/%lld",
             (long long)progress->entered,
             (long long)progress->setup->plan.steps);
    point_at(&words, list);
    progress->display->draw(list, words.n);
}

/* ---- a run */

void sidle_progress_init(sidle_progress *progress, const sidle_setup *setup,
                         int64_t item, const sidle_peak *peak,
                         const sidle_display *display)
{
    memset(progress, 0, sizeof(*progress));
    progress->setup = setup;
    progress->display = display;
    progress->peak = *peak;
    progress->first_item = progress->last_item = item;
    progress->entered = item;
    progress->started = progress->last_time = sidle_now();
    progress->train_loss = progress->valid_loss = NAN;
    progress->is_kept = 1;
    sidle_expected_init(&progress->expected, setup, item);
    draw(progress, progress->started);
}

void sidle_progress_item(sidle_progress *progress, int64_t item)
{
    double now = sidle_now();

    progress->entered = item;
    sidle_expected_item(&progress->expected, item, now);
    if (now - progress->drawn >= between_drawn)
        draw(progress, now);
}

typedef struct rates {
    double items, tokens, share; /* a second; of the peak */
    double of_update;            /* tokens */
} rates;

static rates measure(sidle_progress *progress, const sidle_report *report,
                     double now)
{
    double seconds = now - progress->last_time;
    double items = (double)(report->item - progress->last_item);
    rates r = {0};

    if (report->items == 0)
        return r;
    r.of_update = (double)report->n_targets *
                  progress->setup->plan.update_every / (double)report->items;
    if (seconds <= 0.0)
        return r;
    r.items = items / seconds;
    r.tokens = r.items * (double)report->n_targets / (double)report->items;
    r.share = sidle_peak_share(
        &progress->peak, r.items * sidle_setup_flops(progress->setup), seconds);
    return r;
}

static void describe(sidle_progress *progress, const sidle_report *report,
                     const rates *r, double now)
{
    const sidle_setup *setup = progress->setup;
    sidle_report_words *words = &progress->words;
    int64_t left = setup->plan.steps - report->item;
    double whole = now - progress->started;
    double done = (double)(report->item - progress->first_item);
    char time[32] = "?", of_update[64];

    words->n = 0;
    if (done > 0.0)
        sidle_text_duration(round((double)left * whole / done), time,
                            sizeof(time));
    add_word(words, "step %lld/%lld", (long long)report->item,
             (long long)setup->plan.steps);
    add_word(words, "loss %.4f", progress->train_loss);
    if (!isnan(progress->valid_loss))
        add_word(words, "valid %.4f", progress->valid_loss);
    add_word(words, "left %s", time);
    add_word(words, "%.0f %ss/s", r->tokens,
             sidle_data_kind_find(setup->options.data.kind)->element);
    sidle_update_size_print(setup, r->of_update, of_update, sizeof(of_update));
    add_word(words, "update %lld of %s", (long long)report->updates, of_update);
    add_word(words, "lr %.3g", report->factor * sidle_rates_last(setup));
    add_word(words, "busy %.0f %%", 100.0 * report->busy);
    add_word(words, "about %.0f %% of peak", 100.0 * r->share);
}

static void tell_training(sidle_progress *progress, int64_t item, double now)
{
    progress->is_kept = progress->n_kept < ALWAYS_KEPT ||
                        now - progress->kept >= between_kept ||
                        item >= progress->setup->plan.steps;
    say(progress, &progress->words, progress->is_kept);
    if (progress->is_kept) {
        progress->n_kept++;
        progress->kept = now;
    }
    progress->entered = sidle_larger(item, progress->entered);
    draw(progress, now);
}

static void tell_evaluation(const sidle_progress *progress,
                            const sidle_report *report)
{
    const sidle_loss_kind *kind = sidle_loss_kind_of(progress->setup->model);
    const sidle_clip_counts clips = {report->n_clips, report->n_clips_correct};
    sidle_report_words words = {0};
    char loss[128], more[64];

    sidle_loss_print_clips(&clips, more, sizeof(more));
    sidle_loss_print(
        kind, progress->valid_loss,
        sidle_loss_accuracy(kind, report->n_correct, report->n_targets), more,
        loss, sizeof(loss));
    add_word(&words, "step %lld  valid loss %s", (long long)report->item, loss);
    say(progress, &words, 1);
}

static sidle_status record(const sidle_progress *progress,
                           const sidle_report *report, const rates *r,
                           double now)
{
    const sidle_loss_kind *kind = sidle_loss_kind_of(progress->setup->model);
    double loss = report->sum / (double)report->n_targets;
    double accuracy =
        sidle_loss_accuracy(kind, report->n_correct, report->n_targets);
    double matrix_lr = sidle_rates_last_matrix(progress->setup);
    sidle_metrics_row row = sidle_metrics_empty(report->item, report->updates);

    row.seconds = progress->before + now - progress->started;
    if (report->is_eval) {
        row.valid_loss = loss;
        row.valid_bits = sidle_loss_bits(kind, loss);
        row.valid_accuracy = accuracy;
        row.clip_accuracy = sidle_clip_accuracy(
            &(sidle_clip_counts){report->n_clips, report->n_clips_correct});
    } else {
        row.train_loss = loss;
        row.bits = sidle_loss_bits(kind, loss);
        row.accuracy = accuracy;
        row.lr = report->factor * sidle_rates_last(progress->setup);
        row.grad_norm = report->grad_norm;
        if (matrix_lr > 0.0)
            row.matrix_lr = report->factor * matrix_lr;
        row.tokens_per_second = r->tokens;
        row.busy = report->busy;
        row.rows_per_update =
            (double)sidle_update_size_of(progress->setup).rows;
        row.tokens_per_update = r->of_update;
    }
    /* Each is written, or told, whatever comes of the other. */
    if (progress->metrics != NULL &&
        sidle_metrics_append(progress->metrics, &row) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    return progress->tensorboard != NULL
               ? sidle_tensorboard_append(progress->tensorboard, &row)
               : SIDLE_OK;
}

sidle_status sidle_progress_norms(const sidle_progress *progress, int64_t item,
                                  const double *norms, int n_blocks)
{
    if (progress->tensorboard == NULL)
        return SIDLE_OK;
    return sidle_tensorboard_norms(progress->tensorboard, item, norms,
                                   n_blocks);
}

sidle_status sidle_progress_report(sidle_progress *progress,
                                   const sidle_report *report)
{
    double now = sidle_now();
    rates r = {0};

    if (report->bad > 0)
        sidle_warn("up to item %lld: %lld loss%s since the last report %s "
                   "not finite and %s excluded from the means",
                   (long long)report->item, (long long)report->bad,
                   report->bad == 1 ? "" : "es",
                   report->bad == 1 ? "was" : "were",
                   report->bad == 1 ? "is" : "are");
    if (report->n_targets == 0)
        return SIDLE_OK;
    if (report->is_eval) {
        progress->valid_loss = report->sum / (double)report->n_targets;
        if (!isfinite(progress->valid_loss)) {
            progress->valid_loss = (double)NAN; /* a warning named the item */
            return SIDLE_OK;
        }
        tell_evaluation(progress, report);
        return record(progress, report, &r, now);
    }
    progress->train_loss = report->sum / (double)report->n_targets;
    r = measure(progress, report, now);
    describe(progress, report, &r, now);
    tell_training(progress, report->item, now);
    progress->last_time = now;
    progress->last_item = report->item;
    return record(progress, report, &r, now);
}

void sidle_progress_done(sidle_progress *progress)
{
    const char *list[SIDLE_REPORT_WORDS];

    if (progress->display == NULL)
        return;
    point_at(&progress->words, list);
    if (!progress->is_kept)
        progress->display->keep(list, progress->words.n);
    progress->is_kept = 1;
    progress->display->end();
}
