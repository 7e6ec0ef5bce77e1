/* plan_files.c - a predicted timeline as a picture and as a trace. */
#include "cli/plan_files.h"

#include "base/text.h"
#include "io/trace_file.h"
#include "run/trace.h"
#include "schedule/svg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under each block's number its units, by the name of the first one. */
static sidle_status print_svg(const sidle_prediction *p,
                              const sidle_timeline *t, FILE *stream)
{
    const sidle_setup *setup = p->setup;
    const char **labels = calloc((size_t)t->plan->n_blocks, sizeof(*labels));
    char title[SIDLE_TEXT_MAX];

    if (labels == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a picture");
    for (int b = 0; b < t->plan->n_blocks; b++)
        labels[b] = setup->model->layers[setup->partition.first[b]].name;
    sidle_text_format(
        title, sizeof(title),
        "%s, %d block%s on %d rank%s; predicted: %.3g ms an item, "
        "ranks idle %.1f %% %s",
        t->plan->schedule->name, t->plan->n_blocks,
        sidle_plural(t->plan->n_blocks), p->n_ranks, sidle_plural(p->n_ranks),
        1e3 * p->seconds_per_item, 100.0 * p->idle,
        p->play.to > 0 ? "once the pipe is full" : "over the whole run");
    sidle_svg_print(t, &(sidle_svg_words){title, labels, 1}, stream);
    free(labels);
    return SIDLE_OK;
}

sidle_status sidle_plan_write_svg(const sidle_prediction *p,
                                  const sidle_timeline *t, const char *path)
{
    FILE *stream = fopen(path, "w");
    sidle_status status;
    int failed;

    if (stream == NULL)
        return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", path,
                          strerror(errno));
    status = print_svg(p, t, stream);
    failed = ferror(stream) || fflush(stream) != 0;
    if (fclose(stream) != 0 || failed)
        return sidle_fail(SIDLE_EIO, "%s: cannot be written: %s", path,
                          strerror(errno));
    return status;
}

static void name_threads(const sidle_timeline *t, sidle_trace_file *file)
{
    char name[64];

    for (int b = 1; b <= t->plan->n_blocks; b++) {
        int rank = sidle_play_worker(t->play, b);

        snprintf(name, sizeof(name), "rank %d", rank);
        if (b == 1 || rank != sidle_play_worker(t->play, b - 1))
            sidle_trace_file_process(file, rank, name);
        snprintf(name, sizeof(name), "block %d", b);
        sidle_trace_file_thread(file, rank, b, name);
    }
}

sidle_status sidle_plan_write_trace(const sidle_timeline *t, const char *path)
{
    sidle_trace_file *file;

    SIDLE_TRY(sidle_trace_file_open(path, &file));
    name_threads(t, file);
    for (size_t i = 0; i < t->n_spans; i++) {
        const sidle_event *s = &t->spans[i];
        sidle_trace_event event = {.kind = sidle_trace_kind_of(s->kind),
                                   .item = s->item,
                                   .process =
                                       sidle_play_worker(t->play, s->block),
                                   .thread = s->block,
                                   .begin = 1e6 * s->begin,
                                   .duration = 1e6 * (s->end - s->begin)};

        sidle_trace_file_add(file, &event);
    }
    return sidle_trace_file_close(file);
}
