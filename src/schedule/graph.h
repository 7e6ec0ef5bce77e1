/* graph.h - the edges between the blocks of a plan.
 *
 * An edge carries activations from a block to a later one, and their gradients
 * back. Edges 0 .. D - 2 are the chain: edge e leads from block e + 1 to the
 * next block and carries its main input. Edges from D - 1 on are skips, in the
 * order of the caller; one can also lead to the next block, from a unit inside
 * a block or to one. A plan without a graph is a chain,
 * at no extra cost.
 *
 * A message of an edge needs a fixed number of ticks in each direction. Skips
 * are possible only in tick order (sidle_schedule.takes_skips): in tick t block
 * n receives what was sent to it `ticks` ticks earlier, runs its forward if
 * there is a main input, then a backward if any edge delivered a gradient. Item
 * k enters block n in tick k + depth(n), where depth(n) is the number of ticks
 * of the chain before block n. Activations arrive earlier by a skip than by the
 * chain, so a block receives a newer item there; gradients arrive earlier, too,
 * so a block can have more backwards than items. All backwards are numbered in
 * order, and so are the messages of each edge. A backward without a valid
 * gradient computes nothing, but it is counted, and its messages are marked as
 * not valid.
 *
 * The boundary of item k in block n is the end of tick k + boundary(n), where
 * boundary(n) is the distance of block n from block 1 along edges in either
 * direction. In a chain it equals depth(n), and item k has just been forwarded.
 * The boundaries of the two blocks of an edge differ by at most its ticks.
 * Therefore no message sent after a boundary can arrive before one, and at a
 * boundary at most twice the ticks are in flight in each direction: the minimum
 * number of places of an edge.
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
    int ticks;    /* that a message needs, in each direction */
    int places;   /* messages in flight, in each direction */
} sidle_edge;

/* The places of an edge of one tick, such as those of a chain. */
#define SIDLE_EDGE_PLACES 2

/* Read only. */
typedef struct sidle_graph {
    int n_blocks, n_edges;
    sidle_edge *edges; /* (n_edges) the chain, then the skips */
    int *to_end;   /* (n_blocks) ticks of the shortest path to the last block */
    int *boundary; /* (n_blocks) see above */
    int *extra;    /* (n_blocks) backwards of a round minus its items */
} sidle_graph;

/** An edge of the chain, 0 .. D - 2. */
sidle_edge sidle_chain_edge(int edge);
/**
 * Make the graph of a chain of `n_blocks` blocks, and skips.
 * Calls:   local.
 * Errors:  SIDLE_EUSAGE for an edge that does not lead forward, has less than
 * one tick, or fewer places than twice the ticks; the message names the edge.
 * SIDLE_EINTERNAL: memory.
 */
sidle_status sidle_graph_new(int n_blocks, const sidle_edge *skips, int n_skips,
                             sidle_graph **graph_p);
void sidle_graph_free(sidle_graph *graph);
/** Steps from the first backward of the receiver to the first gradient of an
 * edge; 0 on the shortest path. */
int sidle_graph_offset(const sidle_graph *graph, const sidle_edge *edge);

#ifdef __cplusplus
}
#endif

#endif
