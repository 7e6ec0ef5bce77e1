/* plan_counts.c - figures of a whole run that is predicted. */
#include "cli/plan_counts.h"

#include "run/memory.h"

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
