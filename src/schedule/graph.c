/* graph.c - edges between blocks, and the ways along them. */
#include "schedule/graph.h"

#include <limits.h>
#include <stdlib.h>

sidle_edge sidle_chain_edge(int edge)
{
    return (sidle_edge){edge + 1, edge + 2, 1, SIDLE_EDGE_PLACES};
}

static sidle_status check_skip(int n_blocks, int number, const sidle_edge *e)
{
    if (e->from < 1 || e->from >= n_blocks || e->to > n_blocks ||
        e->to <= e->from)
        return sidle_fail(SIDLE_EUSAGE,
                          "skip %d leads from block %d to block %d of %d, "
                          "expected a later block",
                          number, e->from, e->to, n_blocks);
    if (e->ticks < 1)
        return sidle_fail(SIDLE_EUSAGE,
                          "skip %d from block %d to block %d takes %d ticks, "
                          "expected at least 1",
                          number, e->from, e->to, e->ticks);
    /* Halved, because twice the ticks might overflow. */
    if (e->places / 2 < e->ticks)
        return sidle_fail(SIDLE_EUSAGE,
                          "skip %d from block %d to block %d has %d places for "
                          "messages, expected at least 2 for each of its ticks "
                          "(%d)",
                          number, e->from, e->to, e->places, e->ticks);
    return SIDLE_OK;
}

/* The shortest ways to the last block: edges lead forward, so one pass from
 * the last block to the first is enough. */
static void measure_ways(sidle_graph *g)
{
    for (int b = g->n_blocks - 1; b >= 1; b--) {
        /* Never stays: the chain leads on from every block but the last. */
        g->to_end[b - 1] = INT_MAX;
        for (int e = 0; e < g->n_edges; e++) {
            const sidle_edge *edge = &g->edges[e];
            int *way = &g->to_end[b - 1];

            if (edge->from == b && g->to_end[edge->to - 1] + edge->ticks < *way)
                *way = g->to_end[edge->to - 1] + edge->ticks;
        }
    }
}

static int shorten(int *distance, int from, int ticks)
{
    if (from + ticks >= *distance)
        return 0;
    *distance = from + ticks;
    return 1;
}

/* Distances from block 1 along edges, whichever way they lead. */
static void measure_boundaries(sidle_graph *g)
{
    int is_shorter = 1;

    for (int b = 1; b <= g->n_blocks; b++)
        g->boundary[b - 1] = b - 1;
    /* As Bellman and Ford do: it ends after D rounds at the latest. */
    while (is_shorter) {
        is_shorter = 0;
        for (int e = 0; e < g->n_edges; e++) {
            const sidle_edge *edge = &g->edges[e];
            int *from = &g->boundary[edge->from - 1],
                *to = &g->boundary[edge->to - 1];

            is_shorter |= shorten(to, *from, edge->ticks);
            is_shorter |= shorten(from, *to, edge->ticks);
        }
    }
}

int sidle_graph_offset(const sidle_graph *g, const sidle_edge *edge)
{
    return edge->ticks + g->to_end[edge->to - 1] - g->to_end[edge->from - 1];
}

/* Backwards go on until the last gradient came by the longest way. */
static void count_extra(sidle_graph *g)
{
    for (int b = g->n_blocks - 1; b >= 1; b--)
        for (int e = 0; e < g->n_edges; e++) {
            const sidle_edge *edge = &g->edges[e];
            int n = g->extra[edge->to - 1] + sidle_graph_offset(g, edge);

            if (edge->from == b && n > g->extra[b - 1])
                g->extra[b - 1] = n;
        }
}

static sidle_status fill(sidle_graph *g, const sidle_edge *skips, int n_skips)
{
    int n_chain = g->n_edges - n_skips;

    for (int e = 0; e < n_chain; e++)
        g->edges[e] = sidle_chain_edge(e);
    for (int i = 0; i < n_skips; i++) {
        SIDLE_TRY(check_skip(g->n_blocks, i + 1, &skips[i]));
        g->edges[n_chain + i] = skips[i];
    }
    measure_ways(g);
    measure_boundaries(g);
    count_extra(g);
    return SIDLE_OK;
}

sidle_status sidle_graph_new(int n_blocks, const sidle_edge *skips, int n_skips,
                             sidle_graph **graph_p)
{
    sidle_graph *g = calloc(1, sizeof(*g));
    size_t n = (size_t)n_blocks;
    sidle_status status =
        sidle_fail(SIDLE_EINTERNAL, "no memory for a graph of blocks");

    if (g == NULL)
        return status;
    g->n_blocks = n_blocks;
    g->n_edges = n_blocks - 1 + n_skips;
    g->edges = calloc((size_t)g->n_edges + 1, sizeof(*g->edges));
    g->to_end = calloc(n, sizeof(*g->to_end));
    g->boundary = calloc(n, sizeof(*g->boundary));
    g->extra = calloc(n, sizeof(*g->extra));
    if (g->edges != NULL && g->to_end != NULL && g->boundary != NULL &&
        g->extra != NULL)
        status = fill(g, skips, n_skips);
    if (status != SIDLE_OK) {
        sidle_graph_free(g);
        return status;
    }
    *graph_p = g;
    return SIDLE_OK;
}

void sidle_graph_free(sidle_graph *g)
{
    if (g == NULL)
        return;
    free(g->edges);
    free(g->to_end);
    free(g->boundary);
    free(g->extra);
    free(g);
}
