/* edges.c - the edges of a plan, and when what they carry is due. */
#include "schedule/plan.h"

#include <stddef.h>

int sidle_plan_n_edges(const sidle_plan *plan)
{
    return plan->graph != NULL ? plan->graph->n_edges : plan->n_blocks - 1;
}

int sidle_plan_has_skips(const sidle_plan *plan)
{
    return sidle_plan_n_edges(plan) >= plan->n_blocks;
}

sidle_edge sidle_plan_edge(const sidle_plan *plan, int edge)
{
    return plan->graph != NULL ? plan->graph->edges[edge]
                               : sidle_chain_edge(edge);
}

/* The i-th skip, from 0, at a block; -1 if it has not so many. */
static int skip_at(const sidle_plan *plan, int block, int i, int is_out)
{
    /* Numbers below are those of the chain. */
    for (int e = plan->n_blocks - 1; e < sidle_plan_n_edges(plan); e++) {
        const sidle_edge *edge = &plan->graph->edges[e];

        if ((is_out ? edge->from : edge->to) == block && i-- == 0)
            return e;
    }
    return -1;
}

int sidle_plan_in_edge(const sidle_plan *plan, int block, int i)
{
    if (block == 1) /* nothing leads there */
        return -1;
    return i == 0 ? block - 2 : skip_at(plan, block, i - 1, 0);
}

int sidle_plan_out_edge(const sidle_plan *plan, int block, int i)
{
    if (block == plan->n_blocks)
        return -1;
    return i == 0 ? block - 1 : skip_at(plan, block, i - 1, 1);
}

/* ---- when it is due */

static int depth_of(int block)
{
    return block - 1;
}

static int to_end(const sidle_plan *plan, int block)
{
    return plan->graph != NULL ? plan->graph->to_end[block - 1]
                               : plan->n_blocks - block;
}

static int boundary_of(const sidle_plan *plan, int block)
{
    return plan->graph != NULL ? plan->graph->boundary[block - 1]
                               : depth_of(block);
}

int sidle_plan_tick_order(const sidle_plan *plan, int block)
{
    return depth_of(plan->n_blocks) + to_end(plan, block) -
           boundary_of(plan, block);
}

int sidle_plan_forward_lag(const sidle_plan *plan, int block)
{
    return depth_of(block) - boundary_of(plan, block);
}

int sidle_plan_act_lag(const sidle_plan *plan, int edge)
{
    sidle_edge e = sidle_plan_edge(plan, edge);

    return depth_of(e.from) + e.ticks - boundary_of(plan, e.to);
}

int sidle_plan_grad_lag(const sidle_plan *plan, int edge)
{
    sidle_edge e = sidle_plan_edge(plan, edge);

    return sidle_plan_head_start(plan, e.from) +
           (plan->graph != NULL ? sidle_graph_offset(plan->graph, &e) : 0);
}

int sidle_plan_extra(const sidle_plan *plan, int block)
{
    return plan->graph != NULL ? plan->graph->extra[block - 1] : 0;
}

int64_t sidle_plan_tick(const sidle_plan *plan, int block, int64_t step)
{
    return step + boundary_of(plan, block);
}

/* ---- in flight at a boundary */

int sidle_plan_most_acts(const sidle_plan *plan, int edge)
{
    return sidle_plan_act_lag(plan, edge) -
           sidle_plan_forward_lag(plan, sidle_plan_edge(plan, edge).from);
}

int sidle_plan_most_grads(const sidle_plan *plan, int edge)
{
    return sidle_plan_grad_lag(plan, edge) -
           sidle_plan_head_start(plan, sidle_plan_edge(plan, edge).to);
}

/* What is done in so many steps, once in each, if it begins `lag` steps late.
 */
static int64_t done_in(int64_t steps, int lag)
{
    return steps > lag ? steps - lag : 0;
}

int sidle_plan_acts_in_flight(const sidle_plan *plan, const sidle_round *round,
                              int edge, int64_t item)
{
    int64_t steps = item - (round->first - 1);
    int sender = sidle_plan_edge(plan, edge).from;

    return (int)(done_in(steps, sidle_plan_forward_lag(plan, sender)) -
                 done_in(steps, sidle_plan_act_lag(plan, edge)));
}

int sidle_plan_grads_in_flight(const sidle_plan *plan, const sidle_round *round,
                               int edge, int64_t item)
{
    int64_t steps = item - (round->first - 1);
    int sender = sidle_plan_edge(plan, edge).to;

    return (int)(done_in(steps, sidle_plan_head_start(plan, sender)) -
                 done_in(steps, sidle_plan_grad_lag(plan, edge)));
}
