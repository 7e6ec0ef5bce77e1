/* clip_tally.c - sums of log-probabilities of the clips of the newest items. */
#include "run/clip_tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = -1, SEVERAL = -2 };

/* A clip that has not ended. */
typedef struct entry {
    int64_t clip, item; /* the last item that contained it */
    int64_t n;          /* frames with a target */
    int32_t label;      /* of all of them, or one of the above */
    double *sum;        /* (K) of log-probabilities */
} entry;

struct sidle_clip_tally {
    ptrdiff_t rows, classes;
    int n_open;
    entry *open; /* (2 rows): clips of two items, at most */
    double *sums;
    sidle_clip_counts counts;
};

sidle_clip_tally *sidle_clip_tally_new(ptrdiff_t rows, ptrdiff_t classes)
{
    sidle_clip_tally *tally = calloc(1, sizeof(*tally));
    size_t n = 2 * (size_t)rows;

    SIDLE_CHECK(tally != NULL, "no memory for clips");
    tally->rows = rows;
    tally->classes = classes;
    tally->open = calloc(n, sizeof(*tally->open));
    tally->sums = calloc(n * (size_t)classes, sizeof(*tally->sums));
    SIDLE_CHECK(tally->open != NULL && tally->sums != NULL,
                "no memory for %zu clips of %td classes", n, classes);
    for (size_t i = 0; i < n; i++)
        tally->open[i].sum = tally->sums + i * (size_t)classes;
    return tally;
}

void sidle_clip_tally_free(sidle_clip_tally *tally)
{
    if (tally == NULL)
        return;
    free(tally->open);
    free(tally->sums);
    free(tally);
}

/* The first of the largest, as for single rows. */
static int32_t best_class(const entry *e, ptrdiff_t classes)
{
    ptrdiff_t best = 0;

    for (ptrdiff_t k = 1; k < classes; k++)
        if (e->sum[k] > e->sum[best])
            best = k;
    return (int32_t)best;
}

/* The last entry takes its place. */
static void close_entry(sidle_clip_tally *tally, int at)
{
    entry *e = &tally->open[at], closed = *e;

    if (e->label >= 0) {
        tally->counts.n_clips++;
        /* Sums that are not finite name no class. */
        tally->counts.n_correct += isfinite(e->sum[e->label]) &&
                                   best_class(e, tally->classes) == e->label;
    }
    *e = tally->open[--tally->n_open];
    tally->open[tally->n_open] = closed; /* its sums, for another clip */
}

static entry *find_entry(sidle_clip_tally *tally, int64_t clip)
{
    entry *e = tally->open;

    while (e < tally->open + tally->n_open && e->clip != clip)
        e++;
    if (e < tally->open + tally->n_open)
        return e;
    SIDLE_CHECK(tally->n_open < 2 * tally->rows,
                "more clips than rows of two items");
    tally->n_open++;
    *e = (entry){.clip = clip, .label = NO_LABEL, .sum = e->sum};
    memset(e->sum, 0, (size_t)tally->classes * sizeof(*e->sum));
    return e;
}

static void add_row(sidle_clip_tally *tally, int64_t item,
                    const sidle_scores *scores, ptrdiff_t row)
{
    entry *e = find_entry(tally, scores->clip[row]);
    const sidle_real *log_p = scores->log_p + row * scores->classes;
    int32_t label = scores->label[row];

    e->item = item;
    if (label < 0)
        return;
    e->label = e->n == 0 || e->label == label ? label : SEVERAL;
    e->n++;
    for (ptrdiff_t k = 0; k < tally->classes; k++)
        e->sum[k] += (double)log_p[k];
}

void sidle_clip_tally_add(sidle_clip_tally *tally, int64_t item,
                          const sidle_scores *scores)
{
    SIDLE_ASSERT(scores->classes == tally->classes);
    /* The item before this one is complete, this one perhaps is not. */
    for (int i = tally->n_open - 1; i >= 0; i--)
        if (tally->open[i].item < item - 1)
            close_entry(tally, i);
    for (ptrdiff_t row = 0; row < scores->rows; row++)
        if (scores->clip[row] >= 0)
            add_row(tally, item, scores, row);
}

sidle_clip_counts sidle_clip_tally_end(sidle_clip_tally *tally)
{
    sidle_clip_counts counts;

    while (tally->n_open > 0)
        close_entry(tally, tally->n_open - 1);
    counts = tally->counts;
    tally->counts = (sidle_clip_counts){0};
    return counts;
}

double sidle_clip_accuracy(const sidle_clip_counts *counts)
{
    return counts->n_clips > 0
               ? (double)counts->n_correct / (double)counts->n_clips
               : (double)NAN;
}
