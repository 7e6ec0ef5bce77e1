/* edges.c - the links of a rank, one an edge of the plan that begins or ends in
 * its blocks. */
#include "mpi/edges.h"

#include "mpi/layout.h"

#include <stdlib.h>

/* While messages of training are in flight, those of an evaluation must not
 * come behind them. */
static sidle_status open_eval_link(sidle_runner *runner, sidle_link_config link,
                                   sidle_end *from, sidle_end *to)
{
    sidle_link **link_p = &runner->links[runner->n_links];

    if (!sidle_plan_has_skips(runner->config.plan))
        return SIDLE_OK;
    link.number += sidle_plan_n_edges(runner->config.plan);
    SIDLE_TRY(sidle_link_open(runner->config.comm, &link, link_p));
    runner->n_links++;
    if (from != NULL)
        from->eval_link = *link_p;
    if (to != NULL)
        to->eval_link = *link_p;
    return SIDLE_OK;
}

static sidle_end end_of(const sidle_runner_config *config, int number,
                        int other, sidle_link *link)
{
    sidle_skip skip = sidle_layout_skip(config, number);

    return (sidle_end){.edge = number,
                       .other = other,
                       .unit = skip.unit,
                       .from = skip.from,
                       .link = link};
}

/* Both ranks know the size of a message. */
static sidle_status open_link(sidle_runner *runner, int number)
{
    const sidle_runner_config *config = &runner->config;
    sidle_edge edge = sidle_plan_edge(config->plan, number);
    sidle_station *from = sidle_runner_station(runner, edge.from);
    sidle_station *to = sidle_runner_station(runner, edge.to);
    sidle_link_config link = {.number = number,
                              .edge = edge,
                              .from_rank = runner->owner[edge.from - 1],
                              .to_rank = runner->owner[edge.to - 1],
                              .rows = (int)config->model->rows,
                              .payload = sidle_layout_payload(config, number)};
    sidle_link **link_p = &runner->links[runner->n_links];

    if (from == NULL && to == NULL)
        return SIDLE_OK; /* between other ranks */
    SIDLE_TRY(sidle_link_open(config->comm, &link, link_p));
    runner->n_links++;
    /* Edges come in the order of the plan: main first, then skips. */
    if (from != NULL)
        from->out[from->n_out++] = end_of(config, number, edge.to, *link_p);
    if (to != NULL)
        to->in[to->n_in++] = end_of(config, number, edge.from, *link_p);
    return open_eval_link(runner, link,
                          from != NULL ? &from->out[from->n_out - 1] : NULL,
                          to != NULL ? &to->in[to->n_in - 1] : NULL);
}

static sidle_status open_ends(const sidle_plan *plan, sidle_station *s)
{
    size_t n_in = 1, n_out = 1;

    /* From 1, because the main edge is missing only at the ends of the model,
     * where calloc of nothing might answer NULL. */
    while (sidle_plan_in_edge(plan, s->block->index, (int)n_in) >= 0)
        n_in++;
    while (sidle_plan_out_edge(plan, s->block->index, (int)n_out) >= 0)
        n_out++;
    s->in = calloc(n_in, sizeof(*s->in));
    s->out = calloc(n_out, sizeof(*s->out));
    s->outer = calloc(n_out, sizeof(*s->outer));
    return s->in != NULL && s->out != NULL && s->outer != NULL
               ? SIDLE_OK
               : sidle_fail(SIDLE_EINTERNAL, "no memory for edges");
}

/* Places for the gradients of outputs of layers inside the block. */
static void give_places(const sidle_runner_config *config, sidle_station *s)
{
    size_t at = 0;

    for (int i = 1; i < s->n_out; i++) {
        int edge = s->out[i].edge;

        if (!sidle_layout_is_inner(config, edge))
            continue;
        s->out[i].dy = s->dys + at;
        at += sidle_layout_padded(config, edge);
    }
}

/* Places for what comes before the main input that it is used with. */
static void give_rings(const sidle_runner_config *config, sidle_station *s)
{
    sidle_real *ring = s->rings;
    int64_t *clips = s->ring_clips;

    for (int i = 1; i < s->n_in; i++) {
        sidle_end *end = &s->in[i];

        end->n_ring = sidle_layout_ring(config, end->edge);
        end->ring = ring;
        end->ring_clips = clips;
        ring += (size_t)end->n_ring * sidle_layout_payload(config, end->edge);
        clips += end->n_ring * config->model->rows;
    }
}

sidle_status sidle_edges_open(sidle_runner *runner)
{
    const sidle_plan *plan = runner->config.plan;
    int n_edges = sidle_plan_n_edges(plan);

    runner->links = calloc(2 * (size_t)n_edges + 1, sizeof(*runner->links));
    if (runner->links == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d links", n_edges);
    for (int i = 0; i < runner->n_stations; i++)
        SIDLE_TRY(open_ends(plan, &runner->stations[i]));
    for (int e = 0; e < n_edges; e++)
        SIDLE_TRY(open_link(runner, e));
    for (int i = 0; i < runner->n_stations; i++)
        give_places(&runner->config, &runner->stations[i]);
    for (int i = 0; i < runner->n_stations; i++)
        give_rings(&runner->config, &runner->stations[i]);
    return SIDLE_OK;
}

sidle_status sidle_edges_check(const sidle_runner_config *config)
{
    const sidle_plan *plan = config->plan;
    int n = sidle_skips_list(config->model, config->partition, NULL);

    if (sidle_plan_n_edges(plan) == plan->n_blocks - 1 + n)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "the plan has %d skips between blocks, the model and its "
                      "partition %d",
                      sidle_plan_n_edges(plan) - (plan->n_blocks - 1), n);
}
