/* progress.c - the live line, and one row a report. */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/log.h"
#include "math/gemm.h"
#include "math/vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GEMM_SIZE 384 /* three matrices fit the second-level cache */

double sidle_measure_gemm(void)
{
    ptrdiff_t n = GEMM_SIZE, count = n * n;
    sidle_real *memory =
        aligned_alloc(SIDLE_ALIGN, sizeof(*memory) * 3 * (size_t)count);
    sidle_mat a, b, c;
    double best = HUGE_VAL, until = sidle_now() + 0.1;

    SIDLE_CHECK(memory != NULL, "no memory for three %td x %td matrices", n, n);
    sidle_fill(3 * count, (sidle_real)0.5, memory);
    a = sidle_mat_of(memory, n, n);
    b = sidle_mat_of(memory + count, n, n);
    c = sidle_mat_of(memory + 2 * count, n, n);
    while (sidle_now() < until) {
        double from = sidle_now(), took;

        sidle_gemm(1, a, b, 0, c);
        took = sidle_now() - from;
        best = took < best ? took : best;
    }
    free(memory);
    return 2.0 * (double)n * (double)n * (double)n / best;
}

int sidle_is_watched(void)
{
    char link[64], target[64];
    ssize_t n;

    if (isatty(STDERR_FILENO))
        return 1;
    /* Under mpirun our own standard error is a pipe to the launcher; what
     * counts is where the launcher's goes. */
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return 0;
    snprintf(link, sizeof(link), "/proc/%d/fd/2", (int)getppid());
    n = readlink(link, target, sizeof(target) - 1);
    if (n <= 0)
        return 0;
    target[n] = '\0';
    return strncmp(target, "/dev/pts/", 9) == 0 ||
           strncmp(target, "/dev/tty", 8) == 0;
}

static void wipe(void)
{
    fputs("\r\033[K", stderr);
}

void sidle_progress_init(sidle_progress *progress, const sidle_setup *setup,
                         int64_t item, double peak)
{
    memset(progress, 0, sizeof(*progress));
    progress->setup = setup;
    progress->peak = peak;
    progress->first_item = progress->last_item = item;
    progress->started = progress->last_time = sidle_now();
    progress->train_loss = progress->valid_loss = NAN;
    progress->is_live = sidle_is_watched();
    if (progress->is_live)
        sidle_log_set_wipe(wipe);
}

/* "1h02m", "3m20s", "12s" */
static void print_duration(double seconds, char *out, size_t size)
{
    long long s = (long long)(seconds + 0.5);

    if (s >= 3600)
        snprintf(out, size, "%lldh%02lldm", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(out, size, "%lldm%02llds", s / 60, s % 60);
    else
        snprintf(out, size, "%llds", s);
}

static void print_line(const sidle_progress *progress, const char *line)
{
    if (!progress->is_live) {
        sidle_info("%s", line);
        return;
    }
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
}

typedef struct rates {
    double items, tokens, share; /* a second; of the measured peak */
} rates;

static rates measure(const sidle_progress *progress, const sidle_report *report,
                     double now)
{
    double seconds = now - progress->last_time;
    double items = (double)(report->item - progress->last_item);
    rates r = {0};

    if (seconds <= 0.0 || report->items == 0)
        return r;
    r.items = items / seconds;
    r.tokens = r.items * (double)report->n_targets / (double)report->items;
    r.share = r.items * sidle_setup_flops(progress->setup) / progress->peak;
    return r;
}

static void print_train(const sidle_progress *progress,
                        const sidle_report *report, const rates *r, double now)
{
    const sidle_setup *setup = progress->setup;
    int64_t left = setup->plan.steps - report->item;
    double whole = now - progress->started;
    double done = (double)(report->item - progress->first_item);
    char line[256], valid[32] = "", eta[32] = "?";

    if (!isnan(progress->valid_loss))
        snprintf(valid, sizeof(valid), "  valid %.4f", progress->valid_loss);
    if (done > 0.0)
        print_duration((double)left * whole / done, eta, sizeof(eta));
    snprintf(line, sizeof(line),
             "step %lld/%lld  loss %.4f%s  lr %.3g  %.0f tokens/s  %.0f %% of "
             "peak  busy %.0f %%  left %s",
             (long long)report->item, (long long)setup->plan.steps,
             progress->train_loss, valid, report->factor * setup->optim.lr,
             r->tokens, 100.0 * r->share, 100.0 * report->busy, eta);
    print_line(progress, line);
}

static sidle_status record(const sidle_progress *progress,
                           const sidle_report *report, const rates *r,
                           double now)
{
    double n = (double)report->n_targets;
    sidle_metrics_row row = sidle_metrics_empty(report->item, report->updates);

    row.seconds = now - progress->started;
    if (report->is_eval) {
        row.valid_loss = report->nats / n;
        row.valid_accuracy = (double)report->n_correct / n;
    } else {
        row.train_loss = report->nats / n;
        row.bits = row.train_loss / M_LN2;
        row.accuracy = (double)report->n_correct / n;
        row.lr = report->factor * progress->setup->optim.lr;
        row.grad_norm = report->grad_norm;
        row.tokens_per_second = r->tokens;
        row.busy = report->busy;
    }
    if (progress->metrics != NULL)
        SIDLE_TRY(sidle_metrics_append(progress->metrics, &row));
    if (progress->tensorboard == NULL)
        return SIDLE_OK;
    return sidle_tensorboard_append(progress->tensorboard, &row);
}

sidle_status sidle_progress_report(sidle_progress *progress,
                                   const sidle_report *report)
{
    double now = sidle_now();
    rates r = {0};

    if (report->bad > 0)
        sidle_warn("up to item %lld: %lld losses since the last report were "
                   "not finite and are in no mean",
                   (long long)report->item, (long long)report->bad);
    if (report->n_targets == 0)
        return SIDLE_OK;
    if (report->is_eval) {
        progress->valid_loss = report->nats / (double)report->n_targets;
        if (!isfinite(progress->valid_loss)) {
            progress->valid_loss = (double)NAN; /* a warning named the item */
            return SIDLE_OK;
        }
        if (!progress->is_live)
            sidle_info("step %lld  valid loss %.4f (%.4f bits, accuracy %.4f)",
                       (long long)report->item, progress->valid_loss,
                       progress->valid_loss / M_LN2,
                       (double)report->n_correct / (double)report->n_targets);
        return record(progress, report, &r, now);
    }
    progress->train_loss = report->nats / (double)report->n_targets;
    r = measure(progress, report, now);
    print_train(progress, report, &r, now);
    progress->last_time = now;
    progress->last_item = report->item;
    return record(progress, report, &r, now);
}

void sidle_progress_done(sidle_progress *progress)
{
    if (progress->is_live)
        fputc('\n', stderr);
    sidle_log_set_wipe(NULL);
    progress->is_live = 0;
}
