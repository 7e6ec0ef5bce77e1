/* timeline.c - instructions that took time become spans. */
#include "schedule/timeline.h"

#include <stdlib.h>

/* The list grows while the plan is played. */
typedef struct growing {
    sidle_timeline *timeline;
    size_t room;
    int is_short; /* of memory */
} growing;

static void add(growing *g, sidle_event span)
{
    sidle_timeline *t = g->timeline;

    if (span.end <= span.begin || g->is_short)
        return;
    if (t->n_spans == g->room) {
        size_t room = 2 * g->room + 64;
        sidle_event *spans = realloc(t->spans, room * sizeof(*spans));

        /* A hook has no answer: this is told when the play is over. */
        g->is_short = spans == NULL;
        if (g->is_short)
            return;
        t->spans = spans;
        g->room = room;
    }
    t->spans[t->n_spans++] = span;
}

static void note(void *context, int block, const sidle_instr *instr,
                 double begin, double end)
{
    growing *g = context;
    const sidle_play_times *times =
        sidle_play_times_of(g->timeline->play, block);
    sidle_event span = {.begin = begin,
                        .end = end,
                        .item = instr->item,
                        .block = block,
                        .kind = SIDLE_EVENT_FORWARD};

    switch (instr->op) {
    case SIDLE_OP_FORWARD:
        if (instr->is_eval)
            span.kind = SIDLE_EVENT_EVAL;
        break;
    case SIDLE_OP_INPUT_GRAD:
        span.kind = SIDLE_EVENT_RERUN;
        /* The play reports both as one: what exceeds an input gradient is a
         * forward that ran again; half of one is beyond rounding. */
        span.end = end - times->input_grad;
        if (span.end - begin > 0.5 * times->forward)
            add(g, span);
        else
            span.end = begin;
        span.kind = SIDLE_EVENT_INPUT_GRAD;
        span.begin = span.end;
        span.end = end;
        break;
    case SIDLE_OP_WEIGHT_GRAD:
        span.kind = SIDLE_EVENT_WEIGHT_GRAD;
        break;
    case SIDLE_OP_UPDATE:
        span.kind = SIDLE_EVENT_UPDATE;
        break;
    default:
        return;
    }
    add(g, span);
}

sidle_status sidle_timeline_of(const sidle_plan *plan, const sidle_play *play,
                               sidle_timeline *timeline)
{
    growing g = {.timeline = timeline};
    sidle_play how = *play;

    *timeline = (sidle_timeline){.plan = plan, .play = play};
    SIDLE_TRY(sidle_plan_check(plan));
    timeline->played =
        calloc((size_t)plan->n_blocks, sizeof(*timeline->played));
    if (timeline->played == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory to play %d blocks",
                          plan->n_blocks);
    how.on_instr = note;
    how.context = &g;
    SIDLE_TRY(sidle_plan_play(plan, &how, timeline->played));
    if (g.is_short)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for a timeline of %zu "
                          "spans",
                          timeline->n_spans);
    for (int i = 0; i < plan->n_blocks; i++)
        if (timeline->played[i].end > timeline->end)
            timeline->end = timeline->played[i].end;
    return SIDLE_OK;
}

void sidle_timeline_done(sidle_timeline *timeline)
{
    free(timeline->spans);
    free(timeline->played);
    *timeline = (sidle_timeline){0};
}

int sidle_play_worker(const sidle_play *play, int block)
{
    return play->worker != NULL ? play->worker[block - 1] : block - 1;
}

double sidle_worker_idle(const sidle_play *play, int n_blocks,
                         const sidle_played *played, int worker)
{
    double idle = 1.0;

    for (int b = 1; b <= n_blocks; b++)
        if (sidle_play_worker(play, b) == worker)
            idle -= 1.0 - played[b - 1].idle;
    return idle;
}
