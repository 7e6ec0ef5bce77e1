/* losses.c - what the last block found of its items, and the report of it. */
#include "mpi/losses.h"

#include "mpi/finite.h"
#include "mpi/on_nan.h"

static void add_loss(sidle_report *sum, const sidle_loss *loss)
{
    sum->items++;
    sum->sum += loss->sum;
    sum->z += loss->z;
    sum->n_targets += loss->n_targets;
    sum->n_correct += loss->n_correct;
}

static void tell_updates(const sidle_station *s, sidle_report *report)
{
    report->updates = s->updates;
    report->factor = s->factor;
    report->grad_norm = s->grad_norm;
}

/* Where the pipe is flushed, some schedules update in front of an item's
 * boundary and some behind it: their training reports tell the updates in front
 * of the item's forward. A plan behind another one that was drained, and in
 * which nothing has gone forward yet, tells what that one would have told. */
static int tells_what_is_now(const sidle_station *s, const sidle_report *sum)
{
    const sidle_plan *plan = s->runner->config.plan;

    return sum->is_eval ||
           (!plan->schedule->is_flushed && s->cursor.forwards > plan->start);
}

void sidle_loss_report(sidle_station *s, sidle_report *sum, int64_t item)
{
    sidle_report report = *sum;

    report.item = item;
    if (tells_what_is_now(s, sum))
        tell_updates(s, &report);
    report.busy = s->runner->busy;
    sidle_reports_send(s->runner->reports, &report);
    *sum = (sidle_report){.is_eval = sum->is_eval};
}

static void tell_outputs(const sidle_station *s, const sidle_block *block)
{
    const sidle_runner_config *config = &s->runner->config;

    if (config->on_outputs != NULL)
        config->on_outputs(config->context, block, s->instr.slot);
}

void sidle_loss_count(sidle_station *s)
{
    const sidle_plan *plan = s->runner->config.plan;
    int is_good = sidle_on_nan_loss(s);

    if (!s->instr.is_eval) {
        tell_updates(s, &s->training);
        s->is_last_bad = !is_good;
        s->has_good |= is_good && sidle_finite_is_plausible(s);
        if (is_good) {
            add_loss(&s->training, &s->block->loss);
        } else {
            s->training.bad++;
            s->has_lost = 1;
        }
        return;
    }
    add_loss(&s->trying, &s->block->loss);
    sidle_reports_scores(s->runner->reports,
                         s->runner->eval_begin + s->instr.item, s->block,
                         s->instr.slot);
    tell_outputs(s, s->block);
    /* A run's evaluation reports once, at its end; a lone one item by item. */
    if (s->instr.item < plan->eval_items && !s->runner->is_evaluating)
        return;
    tell_outputs(s, NULL);
    sidle_loss_report(s, &s->trying, sidle_cursor_item(&s->cursor));
}
