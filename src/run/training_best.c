/* training_best.c - what evaluations decide: which file is the best, and
 * whether the run ends because none of them is better (run.early_stop). */
#include "run/training_best.h"

#include "base/log.h"
#include "base/number.h"
#include "base/text.h"

#include <math.h>

/* Whether there is an evaluation after `item`. */
static int is_eval_at(const sidle_run *run, int64_t item)
{
    const sidle_plan *plan = &run->setup.plan;

    return plan->eval_every > 0 && item > 0 && item % plan->eval_every == 0;
}

/* The item at whose cut a file holds the weights that the evaluation after
 * `item` sees. Behind the last one that is the end, when all is drained; where
 * the pipe is flushed behind the boundary, the next item's. */
int64_t sidle_training_boundary_of_eval(const sidle_run *run, int64_t item)
{
    const sidle_plan *plan = &run->setup.plan;

    if (!plan->schedule->is_flushed || sidle_plan_head_start(plan, 1) == 0 ||
        plan->counts != NULL || plan->next_clip != NULL ||
        item <= plan->start || item >= plan->steps)
        return item;
    return sidle_plan_round(plan, item).last == item ? item + 1 : item;
}

/* Rank 0. At SIDLE_NEXT_BEST the loss is not known yet, at SIDLE_NEW_BEST it
 * is. */
int sidle_training_what_best(const sidle_run *run, int64_t item)
{
    const sidle_best *best = &run->setup.best;

    if (run->best_file.folder == NULL)
        return SIDLE_NO_BEST;
    if (is_eval_at(run, item) && item < run->end &&
        sidle_training_boundary_of_eval(run, item) == item)
        return SIDLE_NEXT_BEST;
    return is_eval_at(run, item - 1) &&
                   sidle_training_boundary_of_eval(run, item - 1) == item &&
                   best->item == item - 1 && best->loss < run->best_file.loss
               ? SIDLE_NEW_BEST
               : SIDLE_NO_BEST;
}

/* Whether sidle_training_what_best() may be something: before the loss is
 * known. */
int sidle_training_may_be_best(const sidle_run *run, int64_t item)
{
    return run->best_file.folder != NULL &&
           ((is_eval_at(run, item) &&
             sidle_training_boundary_of_eval(run, item) == item) ||
            (is_eval_at(run, item - 1) &&
             sidle_training_boundary_of_eval(run, item - 1) == item));
}

/* Where no step file is due a file for best.h5 costs a save. Evaluations that
 * come very often may not make a run that mostly saves. */
int sidle_training_affords_best(sidle_run *run, double now)
{
    static const double free_seconds = 10.0, share = 0.1;
    double spent = run->best_file.seconds;

    if (spent < free_seconds || spent < share * (now - run->started))
        return 1;
    if (!run->best_file.is_late)
        sidle_warn("saves for best.h5 took %.0f s of %.0f s: from here on "
                   "some evaluations are skipped, so that saves take a tenth "
                   "of the time; set eval.every to a multiple of "
                   "checkpoint.every, or set checkpoint.best=false",
                   spent, now - run->started);
    run->best_file.is_late = 1;
    return 0;
}

/* How many items behind it the loss of an evaluation counts, on any number of
 * ranks: the gradient of the item behind it is back at the first block. */
static int64_t items_to_verdict(const sidle_run *run)
{
    return sidle_plan_head_start(&run->setup.plan, 1) + 2;
}

/* Whether the losses are known that decide about `item`. */
int sidle_training_knows(const sidle_run *run, int64_t item)
{
    int64_t every = run->setup.plan.eval_every;
    int64_t last = item - items_to_verdict(run);

    if (run->options.run.early_stop == 0 || every == 0 || last < every)
        return 1;
    last -= last % every;
    /* What was before this start is in the checkpoint. */
    return last < run->resume.step || run->last_eval >= last;
}

int sidle_training_is_enough(const sidle_run *run, int64_t item)
{
    int64_t enough = run->setup.best.enough;

    return enough > 0 && item >= enough + items_to_verdict(run) &&
           item < run->end;
}

void sidle_training_take_evaluation(sidle_run *run, const sidle_report *report)
{
    sidle_best *best = &run->setup.best;
    int64_t item = report->item, early_stop = run->options.run.early_stop;
    int64_t end = item + items_to_verdict(run);
    double loss = report->n_targets > 0
                      ? report->sum / (double)report->n_targets
                      : (double)NAN;

    sidle_best_take(best, early_stop, item, loss);
    run->last_eval = item;
    run->last_loss = loss;
    sidle_best_file_take(&run->best_file, item, loss);
    if (best->enough == item)
        sidle_info("run.early_stop: %lld evaluation%s since that after item "
                   "%lld, none better than its %.4f: the run ends after item "
                   "%lld",
                   (long long)best->since, sidle_plural(best->since),
                   (long long)best->item, best->loss,
                   (long long)sidle_smaller(end, run->end));
}
