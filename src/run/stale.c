/* stale.c - figures of stale gradients in words. */
#include "run/stale.h"

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below it a step goes less than half of its way along the exact gradient. */
static const double poor_cosine = 0.5;
/* The relative change up to which half the lag is known to be enough: in the
 * toy study of six blocks 1F1B order learns as well as blocking in the same
 * time up to about 1, tick order up to about 0.3. */
static const double most_change = 1.2;

sidle_status sidle_stale_check(const sidle_plan *plan, int64_t every)
{
    if (every == 0 || sidle_plan_n_edges(plan) < plan->n_blocks)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'log.staleness' is %lld, but the network has skips "
                      "between blocks, and no exact gradient is computed "
                      "across them; set log.staleness=0",
                      (long long)every);
}

/* What does not fit is left out: a line of a thousand blocks helps nobody. */
static void append(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *out, size_t size, const char *format, ...)
{
    size_t at = strlen(out);
    va_list args;

    va_start(args, format);
    vsnprintf(out + at, size - at, format, args);
    va_end(args);
}

static void add_column(char *out, size_t size, const char *name,
                       const sidle_staleness *of, int n_blocks, size_t at)
{
    append(out, size, "  %s", name);
    for (int b = 0; b < n_blocks; b++) {
        double value;

        memcpy(&value, (const char *)&of[b] + at, sizeof(value));
        if (isnan(value))
            append(out, size, " -");
        else
            append(out, size, " %.2g", value);
    }
}

void sidle_stale_figures(int64_t step, const sidle_staleness *of, int n_blocks,
                         char *out, size_t size)
{
    sidle_text_format(out, size,
                      "step %lld  staleness of the blocks:", (long long)step);
    add_column(out, size, "rho", of, n_blocks,
               offsetof(sidle_staleness, change));
    add_column(out, size, "cosine", of, n_blocks,
               offsetof(sidle_staleness, cosine));
    add_column(out, size, "norm ratio", of, n_blocks,
               offsetof(sidle_staleness, ratio));
}

/* The block whose gradient is worst; -1: none is poor. */
static int worst_of(const sidle_staleness *of, int n_blocks)
{
    int worst = -1;

    for (int b = 0; b < n_blocks; b++)
        if (of[b].cosine < poor_cosine &&
            (worst < 0 || of[b].cosine < of[worst].cosine))
            worst = b;
    return worst;
}

static const char *remedy_of(const sidle_schedule *schedule,
                             const sidle_staleness *of)
{
    if (!schedule->is_newest)
        return "more items an update (parallel.update_every) or a lower "
               "optim.lr, or a schedule that is flushed, such as 1f1b";
    if (strcmp(schedule->name, "sideways-1f1b") == 0 ||
        of->change > most_change)
        return "pipedream";
    return "sideways-1f1b or pipedream";
}

int sidle_stale_print(const char *schedule, const sidle_staleness *of,
                      int n_blocks, char *out, size_t size)
{
    int worst = worst_of(of, n_blocks);
    char rho[40] = "";

    out[0] = '\0';
    if (worst < 0)
        return 0;
    if (!isnan(of[worst].change))
        sidle_text_format(rho, sizeof(rho), "rho %.2g, ", of[worst].change);
    sidle_text_format(out, size, "block %d: %scosine %.2g: %s", worst + 1, rho,
                      of[worst].cosine,
                      remedy_of(sidle_schedule_find(schedule), &of[worst]));
    return worst + 1;
}

sidle_status sidle_stale_record(sidle_staleness_file *file,
                                sidle_tensorboard *board, int64_t step,
                                const sidle_staleness *of, int n_blocks)
{
    sidle_staleness_row *rows = calloc((size_t)n_blocks, sizeof(*rows));
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(rows != NULL, "no memory for %d rows", n_blocks);
    for (int b = 0; b < n_blocks; b++)
        rows[b] = (sidle_staleness_row){.step = step,
                                        .block = b + 1,
                                        .item = of[b].item,
                                        .lag = of[b].lag,
                                        .rho = of[b].change,
                                        .cosine = of[b].cosine,
                                        .norm_ratio = of[b].ratio};
    if (file != NULL)
        status = sidle_staleness_file_append(file, rows, n_blocks);
    if (status == SIDLE_OK && board != NULL)
        status = sidle_tensorboard_staleness(board, rows, n_blocks);
    free(rows);
    return status;
}
