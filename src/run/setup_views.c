/* setup_views.c - a set-up as a runner, a forecast and a picture want it. */
#include "run/setup_views.h"

#include "run/rates.h"
#include "schedule/print.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

sidle_forecast sidle_setup_forecast(const sidle_setup *setup, int place)
{
    const sidle_runner_config config = {.model = setup->model,
                                        .partition = &setup->partition,
                                        .plan = &setup->plan,
                                        .optim = &setup->optim,
                                        .block_lr = sidle_rates_of(setup),
                                        .n_replicas = setup->n_replicas,
                                        .trace_items = setup->options.log.trace,
                                        .staleness =
                                            setup->options.log.staleness};

    return sidle_forecast_rank(&config, setup->chain_ranks, place);
}

sidle_runner_config sidle_setup_runner(const sidle_setup *setup,
                                       const sidle_comm *comm)
{
    const sidle_options *options = &setup->options;

    return (sidle_runner_config){
        .comm = comm,
        .n_replicas = setup->n_replicas,
        .model = setup->model,
        .partition = &setup->partition,
        .plan = &setup->plan,
        .optim = &setup->optim,
        .block_lr = sidle_rates_of(setup),
        .train = &setup->train,
        .eval = setup->has_eval ? &setup->eval : NULL,
        .seed = (uint64_t)options->run.seed,
        .is_mean = options->is_loss_mean,
        .is_clip_global = options->is_clip_global,
        .skips_bad = strcmp(options->run.on_nan, "skip") == 0,
        .on_cut = options->parallel.on_cut,
        .patience = (double)options->run.patience,
    };
}

int sidle_setup_has_few_items(const sidle_setup *setup)
{
    const sidle_plan *plan = &setup->plan;

    return plan->next_clip == NULL &&
           plan->steps - plan->start < plan->update_every;
}

double sidle_setup_flops(const sidle_setup *setup)
{
    return setup->n_replicas * sidle_model_flops(setup->model);
}

sidle_plan sidle_setup_first_items(const sidle_setup *setup, int64_t steps)
{
    sidle_plan plan = setup->plan;

    plan.steps = sidle_smaller(plan.steps, steps);
    plan.eval_every = 0;
    plan.next_clip = NULL;
    plan.counts = NULL;
    return plan;
}

sidle_status sidle_setup_draw(const sidle_setup *setup)
{
    sidle_plan plan =
        sidle_setup_first_items(setup, 2 * (int64_t)setup->plan.n_blocks + 2);

    return sidle_plan_print(&plan, NULL, stderr);
}
