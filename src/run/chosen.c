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

sidle_status sidle_choose(sidle_options *options, int n_blocks)
{
    if (options->parallel.update_every == 0)
        options->parallel.update_every = sidle_rule_update_every(
            sidle_schedule_find(options->parallel.schedule), n_blocks);
    return choose_steps(options);
}
