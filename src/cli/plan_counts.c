/* plan_counts.c - figures of a whole run that is predicted. */
#include "cli/plan_counts.h"

#include "run/memory.h"

#include <stdlib.h>

int64_t sidle_count_parameters(const sidle_setup *setup, int block)
{
    const int *first = setup->partition.first;
    int64_t n = 0;

    for (int l = first[block - 1]; l < first[block]; l++)
        for (int p = 0; p < setup->model->layers[l].n_params; p++)
            n += (int64_t)setup->model->layers[l].params[p].count;
    return n;
}

int64_t sidle_count_updates(const sidle_plan *plan)
{
    return (plan->steps + plan->update_every - 1) / plan->update_every;
}

int64_t sidle_count_backwards(const sidle_plan *plan, int block)
{
    return plan->steps + (plan->steps > 0 ? sidle_plan_extra(plan, block) : 0);
}

int64_t sidle_count_block_updates(const sidle_plan *plan, int block)
{
    int64_t n = sidle_count_backwards(plan, block);

    return (n + plan->update_every - 1) / plan->update_every;
}

int64_t sidle_count_evaluations(const sidle_plan *plan)
{
    int64_t n;

    if (plan->eval_every == 0)
        return 0;
    if (__builtin_mul_overflow(plan->steps / plan->eval_every, plan->eval_items,
                               &n))
        return INT64_MAX;
    return n;
}

double sidle_count_bytes(const sidle_prediction *p)
{
    double bytes = 0.0;

    for (int rank = 0; rank < p->n_ranks; rank++)
        bytes += sidle_memory_need(p->setup, rank);
    return bytes * p->setup->n_replicas;
}

double sidle_count_seconds(const sidle_prediction *p)
{
    return p->seconds_per_item * (double)p->setup->plan.steps;
}

double sidle_count_idle_ticks(const sidle_setup *setup)
{
    const sidle_play_times tick = {
        .forward = 1.0, .input_grad = 1.0, .weight_grad = 1.0};
    sidle_setup *equal = malloc(sizeof(*equal));
    sidle_prediction p;
    double idle;

    SIDLE_CHECK(equal != NULL, "no memory for a plan");
    *equal = *setup;
    equal->plan.steps = INT32_MAX;
    equal->plan.start = 0;
    SIDLE_CHECK(sidle_predict_begin(equal, equal->plan.n_blocks, &p) ==
                    SIDLE_OK,
                "%s", sidle_fail_text());
    for (int b = 0; b < equal->plan.n_blocks; b++)
        p.of_unit[equal->partition.first[b]] = tick;
    SIDLE_CHECK(sidle_predict(&p) == SIDLE_OK, "%s", sidle_fail_text());
    idle = p.idle;
    sidle_predict_done(&p);
    free(equal);
    return idle;
}
