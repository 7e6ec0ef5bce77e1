/* graph.h - who sends to whom: the edges between the blocks of a plan.
 *
 * An edge carries activations from a block to a later one, and their gradients
 * back. Edges 0 .. D - 2 are the chain, edge e from block e + 1 to the next;
 * the main input of a block comes by it. Edges from D - 1 on are skips: they
 * pass over blocks, in the order that the caller gives them. A plan without a
 * graph is a chain, and costs nothing.
 *
 * An edge takes a fixed number of ticks in each direction. Skips stand in tick
 * order only (sidle_schedule.takes_skips): in tick t block n takes what was
 * sent to it `ticks` ago, runs forward if there is a main input, then backward
 * if a gradient came by any edge. Item k enters block n in tick k + depth(n),
 * depth being the ticks of the chain before it. By a skip activations come
 * earlier than by the chain, so a block meets a newer item there; gradients
 * come earlier, too, so it may have more backwards than items. All of them are
 * numbered in order, and so are the messages of each edge. A backward without a
 * valid gradient is none, but it is counted, and sends messages that say so.
 *
 * The boundary of item k stands in block n at the end of tick k + boundary(n),
 * where boundary(n) is the distance of block n from block 1 along edges,
 * forward or backward. In a chain that is its depth: then item k just went
 * forward. Two blocks at an edge differ by at most its ticks, so nothing that
 * is sent behind a boundary can arrive in front of one, and at a boundary at
 * most twice the ticks are in flight in each direction: the places that an edge
 * must have.
 * Source: Malinowski et al., Gradient forward-propagation for large-scale
 *         temporal video modelling, arXiv:2106.08318 (Skip-Sideways). */
#ifndef SIDLE_SCHEDULE_GRAPH_H
#define SIDLE_SCHEDULE_GRAPH_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_edge {
    int from, to; /* blocks, from 1 */
    int ticks;    /* that a message takes, each direction */
    int places;   /* messages in flight, each direction */
} sidle_edge;

/* The places of an edge of one tick, as those of a chain. */
#define SIDLE_EDGE_PLACES 2

/* Read only. */
typedef struct sidle_graph {
    int n_blocks, n_edges;
    sidle_edge *edges; /* (n_edges) the chain, then the skips */
    int *to_end;   /* (n_blocks) ticks of the shortest way to the last one */
    int *boundary; /* (n_blocks) see above */
    int *extra;    /* (n_blocks) backwards that a round has more than
                      items */
} sidle_graph;

/** Edge 0 .. D - 2, of the chain. */
sidle_edge sidle_chain_edge(int edge);
/**
 * The chain of `n_blocks` blocks, and skips.
 * Calls:   local.
 * Errors:  SIDLE_EUSAGE, naming the edge: it does not lead forward, over at
 *          least one block; less than one tick; fewer places than twice the
 *          ticks. SIDLE_EINTERNAL: memory.
 */
sidle_status sidle_graph_new(int n_blocks, const sidle_edge *skips, int n_skips,
                             sidle_graph **graph_p);
void sidle_graph_free(sidle_graph *graph);
/** Steps that a gradient of an edge comes behind the first backward of its
 * receiver; 0 on the shortest way. */
int sidle_graph_offset(const sidle_graph *graph, const sidle_edge *edge);

#ifdef __cplusplus
}
#endif

#endif
