/* chosen.c - numbers that follow from the blocks: items of an update and of the
 * run. */
#include "run/chosen.h"

#include "run/bounds.h"
#include "run/option_table.h"
#include "schedule/rule.h"

/* From here on items count: updates may be more of them than can be told. */
static sidle_status choose_steps(sidle_options *options)
{
    double most = sidle_option_find("run.steps")->most;
    int64_t updates = options->run.updates;
    int64_t U = options->parallel.update_every;

    if (updates == 0)
        return SIDLE_OK;
    if ((double)updates * (double)U > most)
        return sidle_fail(SIDLE_EUSAGE,
                          "'run.updates' is %lld, with %lld items each "
                          "('parallel.update_every'), but a run has at most "
                          "%.0f items; reduce one of them",
                          (long long)updates, (long long)U, most);
    options->run.steps = updates * U;
    options->run.updates = 0;
    return sidle_bounds_check_rows(options);
}

/* Where the rule keeps gradients within one update, prediction costs nothing
 * but memory for pipedream, which runs no forward again, and helps Muon. */
static int predicts_by_rule(const sidle_options *options,
                            const sidle_schedule *schedule, int n_blocks)
{
    return schedule->is_stashed && n_blocks > 1 &&
           options->optim.kind == SIDLE_MUON;
}

sidle_status sidle_choose(sidle_options *options, int n_blocks)
{
    const sidle_schedule *schedule =
        sidle_schedule_find(options->parallel.schedule);
    int is_by_rule = options->parallel.update_every == 0;

    if (is_by_rule)
        options->parallel.update_every =
            sidle_rule_update_every(schedule, n_blocks);
    if (options->optim.predict < 0)
        options->optim.predict =
            is_by_rule && predicts_by_rule(options, schedule, n_blocks);
    return choose_steps(options);
}
