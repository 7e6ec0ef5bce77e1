/* test_graph.c - plans between blocks with skips, against the rule of
 * Skip-Sideways played tick by tick. */
#include "check.h"

#include "schedule/check.h"
#include "schedule/graph.h"
#include "schedule/listing.h"
#include "schedule/plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLOCKS = 8, MAX_EDGES = 12, MAX_STEPS = 16, MAX_TICKS = 64 };

/* What issue "Video" puts into the table. */
static const sidle_schedule skipping = {.name = "skipping",
                                        .is_newest = 1,
                                        .takes_skips = 1,
                                        .head_start = sidle_plan_tick_order};
static const sidle_play unit_times = {.times = {1.0, 1.0, 0.5, 0.25, 0.25}};

static sidle_graph *graph_of(int n_blocks, const sidle_edge *skips, int n)
{
    sidle_graph *graph = NULL;

    if (sidle_graph_new(n_blocks, skips, n, &graph) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    return graph;
}

/* ---- the rule, in the words of the design, with loss items as sets of bits */

typedef struct world {
    int64_t forward[MAX_BLOCKS + 1][MAX_TICKS]; /* item; 0: none */
    int64_t act[MAX_EDGES][MAX_TICKS];          /* sent; 0: nothing */
    uint32_t back[MAX_BLOCKS + 1][MAX_TICKS];   /* loss items; 0: no backward */
    uint32_t grad[MAX_EDGES][MAX_TICKS];        /* sent */
} world;

static void play_tick(world *w, const sidle_graph *g, int64_t steps, int t,
                      int block)
{
    int64_t item = block == 1 && t <= steps ? t : 0;
    uint32_t losses = 0;

    for (int e = 0; e < g->n_edges; e++) {
        const sidle_edge *edge = &g->edges[e];
        int then = t - edge->ticks;

        if (then > 0 && edge->to == block && e == block - 2)
            item = w->act[e][then];
        if (then > 0 && edge->from == block)
            losses |= w->grad[e][then];
    }
    if (block == g->n_blocks && item > 0)
        losses = 1u << item;
    w->forward[block][t] = item;
    w->back[block][t] = losses;
    for (int e = 0; e < g->n_edges; e++) {
        if (g->edges[e].from == block)
            w->act[e][t] = item;
        if (g->edges[e].to == block)
            w->grad[e][t] = losses;
    }
}

static world *play_ticks(const sidle_graph *g, int64_t steps)
{
    world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    for (int t = 1; t < MAX_TICKS; t++)
        for (int b = 1; b <= g->n_blocks; b++)
            play_tick(w, g, steps, t, b);
    return w;
}

/* ---- a plan against the rule */

static uint32_t newest(uint32_t losses)
{
    uint32_t item = 0;

    for (; losses > 1; losses >>= 1)
        item++;
    return item;
}

/* One instruction of a block, in its tick; what it does is taken away. */
static void check_instr(world *w, const sidle_plan *plan, int block, int64_t t,
                        const sidle_instr *instr)
{
    sidle_edge edge = {0};
    int64_t sent;

    if (instr->edge >= 0) {
        edge = sidle_plan_edge(plan, instr->edge);
        assert_int_equal(instr->op == SIDLE_OP_RECV_ACT ||
                                 instr->op == SIDLE_OP_SEND_GRAD
                             ? edge.to
                             : edge.from,
                         block);
    }
    sent = t - edge.ticks;
    switch (instr->op) {
    case SIDLE_OP_FORWARD:
        assert_int_equal(instr->item, w->forward[block][t]);
        w->forward[block][t] = 0;
        break;
    case SIDLE_OP_RECV_ACT:
        assert_true(sent > 0);
        assert_int_equal(instr->item, w->act[instr->edge][sent]);
        w->act[instr->edge][sent] = 0;
        break;
    case SIDLE_OP_RECV_GRAD:
        assert_true(sent > 0);
        w->grad[instr->edge][sent] = 0;
        break;
    case SIDLE_OP_INPUT_GRAD: /* maybe of nothing, between two short streams */
        if (w->back[block][t] != 0)
            assert_in_range(instr->item - newest(w->back[block][t]), 0,
                            sidle_plan_extra(plan, block));
        w->back[block][t] = 0;
        break;
    default:
        break;
    }
}

static void check_ticks(const sidle_plan *plan)
{
    world *w = play_ticks(plan->graph, plan->steps);
    static const world nothing;

    for (int b = 1; b <= plan->n_blocks; b++) {
        sidle_cursor cursor;
        sidle_instr instr;

        sidle_cursor_init(&cursor, plan, b);
        while ((instr = sidle_cursor_next(&cursor)).op != SIDLE_OP_END)
            check_instr(w, plan, b, sidle_plan_tick(plan, b, cursor.step),
                        &instr);
    }
    assert_memory_equal(w, &nothing, sizeof(nothing)); /* all has been done */
    free(w);
}

/* ---- a plan, played without a common clock */

typedef struct counts {
    const sidle_plan *plan;
    int64_t sent[2][MAX_EDGES]
                [MAX_STEPS + 1]; /* at each boundary of the sender */
    int64_t received[2][MAX_EDGES][MAX_STEPS + 1];
    int64_t now_sent[2][MAX_EDGES], now_received[2][MAX_EDGES];
} counts;

static void count(void *context, int block, const sidle_instr *instr,
                  double begin, double end)
{
    counts *c = context;
    int by = instr->edge < 0 ? 0 : instr->edge; /* of no message: adds 0 */

    (void)begin;
    (void)end;
    c->now_sent[0][by] += instr->op == SIDLE_OP_SEND_ACT;
    c->now_sent[1][by] += instr->op == SIDLE_OP_SEND_GRAD;
    c->now_received[0][by] += instr->op == SIDLE_OP_RECV_ACT;
    c->now_received[1][by] += instr->op == SIDLE_OP_RECV_GRAD;
    for (int e = 0; e < sidle_plan_n_edges(c->plan); e++) {
        sidle_edge edge = sidle_plan_edge(c->plan, e);
        int is_to = edge.to == block, is_from = edge.from == block;

        if (instr->op != SIDLE_OP_BOUNDARY || !(is_to || is_from))
            continue;
        c->sent[is_to][e][instr->item] = c->now_sent[is_to][e];
        c->received[!is_to][e][instr->item] = c->now_received[!is_to][e];
    }
}

static void check_boundaries(const counts *c)
{
    for (int64_t k = 1; k <= c->plan->steps; k++) {
        sidle_round round = sidle_plan_round(c->plan, k);

        for (int e = 0; e < sidle_plan_n_edges(c->plan); e++) {
            int places = sidle_plan_edge(c->plan, e).places;
            int acts = sidle_plan_acts_in_flight(c->plan, &round, e, k);
            int grads = sidle_plan_grads_in_flight(c->plan, &round, e, k);

            assert_int_equal(c->sent[0][e][k] - c->received[0][e][k], acts);
            assert_int_equal(c->sent[1][e][k] - c->received[1][e][k], grads);
            assert_in_range(acts, 0, sidle_plan_most_acts(c->plan, e));
            assert_in_range(grads, 0, sidle_plan_most_grads(c->plan, e));
            assert_in_range(sidle_plan_most_acts(c->plan, e), 0, places);
            assert_in_range(sidle_plan_most_grads(c->plan, e), 0, places);
        }
    }
}

static void play(const sidle_plan *plan, const int *worker)
{
    sidle_played played[MAX_BLOCKS];
    counts c = {.plan = plan};
    sidle_play how = unit_times;

    how.on_instr = count;
    how.context = &c;
    how.worker = worker;
    if (sidle_plan_play(plan, &how, played) != SIDLE_OK)
        fail_msg("D = %d, U = %d, T = %d: %s", plan->n_blocks,
                 plan->update_every, (int)plan->steps, sidle_fail_text());
    for (int b = 1; b <= plan->n_blocks; b++)
        assert_int_equal(played[b - 1].forwards, plan->steps);
    check_boundaries(&c);
}

/* A cursor that is put to any boundary goes on like one that came there. */
static void check_seek(const sidle_plan *plan)
{
    for (int b = 1; b <= plan->n_blocks; b++) {
        sidle_cursor walker, seeker;
        sidle_instr instr;

        sidle_cursor_init(&walker, plan, b);
        while ((instr = sidle_cursor_next(&walker)).op != SIDLE_OP_END) {
            sidle_cursor copy = walker;

            if (instr.op != SIDLE_OP_BOUNDARY)
                continue;
            sidle_cursor_seek(&seeker, plan, b, instr.item);
            for (int i = 0; i < 24; i++) {
                sidle_instr x = sidle_cursor_next(&copy);
                sidle_instr y = sidle_cursor_next(&seeker);

                assert_memory_equal(&x, &y, sizeof(x));
            }
        }
    }
}

static void check_graph(int n_blocks, const sidle_edge *skips, int n_skips)
{
    static const int pairs[MAX_BLOCKS] = {0, 0, 1, 1, 2, 2, 3, 3};
    sidle_graph *graph = graph_of(n_blocks, skips, n_skips);

    for (int64_t steps = 0; steps <= MAX_STEPS; steps += 1 + steps / 3)
        for (int u = 1; u <= 2; u++) {
            sidle_plan plan = {.schedule = &skipping,
                               .graph = graph,
                               .n_blocks = n_blocks,
                               .update_every = u,
                               .steps = steps};

            check_ticks(&plan);
            check_seek(&plan);
            play(&plan, NULL);
            play(&plan, pairs);
            plan.eval_every = 3;
            plan.eval_items = 5;
            play(&plan, NULL);
            play(&plan, pairs);
        }
    sidle_graph_free(graph);
}

/* ---- tests */

TEST(any_skip_keeps_the_rule)
{
    for (int d = 2; d <= MAX_BLOCKS; d++)
        for (int from = 1; from <= d - 1; from++)
            for (int to = from + 1; to <= d; to++)
                for (int ticks = 1; ticks <= 3; ticks += 2) {
                    sidle_edge skip = {from, to, ticks, 2 * ticks};

                    check_graph(d, &skip, 1);
                }
}

TEST(several_skips_keep_the_rule)
{
    static const sidle_edge nested[] = {{1, 6, 1, 2}, {2, 4, 1, 2}};
    static const sidle_edge crossed[] = {{1, 4, 1, 2}, {2, 6, 1, 3}};
    static const sidle_edge both[] = {{2, 5, 1, 2}, {2, 5, 1, 2}};
    static const sidle_edge fan[] = {
        {1, 3, 1, 2}, {1, 4, 1, 2}, {1, 8, 1, 2}, {6, 8, 1, 2}};

    check_graph(6, nested, 2);
    check_graph(7, crossed, 2);
    check_graph(6, both, 2);
    check_graph(8, fan, 4);
}

/* Block 4 has the loss of item k in tick k + 3; by the chain its gradient is
 * in block 1 three ticks later, by the skip in the next one. */
TEST(a_gradient_comes_early_by_a_skip_and_late_by_the_chain)
{
    static const sidle_edge skip = {1, 4, 1, 2};
    sidle_graph *graph = graph_of(4, &skip, 1);
    sidle_plan plan = {.schedule = &skipping,
                       .graph = graph,
                       .n_blocks = 4,
                       .update_every = 1,
                       .steps = 5};
    sidle_cursor cursor;
    sidle_instr instr;
    int n_main = 0, n_side = 0;

    sidle_cursor_init(&cursor, &plan, 1);
    while ((instr = sidle_cursor_next(&cursor)).op != SIDLE_OP_END) {
        int64_t tick = sidle_plan_tick(&plan, 1, cursor.step);

        if (instr.op == SIDLE_OP_RECV_GRAD && instr.edge == 0)
            assert_int_equal(tick, ++n_main + 3 + 3);
        if (instr.op == SIDLE_OP_RECV_GRAD && instr.edge == 3)
            assert_int_equal(tick, ++n_side + 3 + 1);
    }
    assert_int_equal(n_main, 5);
    assert_int_equal(n_side, 5);
    sidle_graph_free(graph);
}

TEST(a_listing_tells_the_other_end_of_a_skip)
{
    static const sidle_edge skip = {1, 3, 1, 2};
    sidle_graph *graph = graph_of(3, &skip, 1);
    sidle_plan plan = {.schedule = &skipping,
                       .graph = graph,
                       .n_blocks = 3,
                       .update_every = 1,
                       .steps = 9};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(sidle_plan_list(&plan, stream), SIDLE_OK);
    assert_int_equal(fclose(stream), 0);
    if (strstr(text, "block 1   items 1 to 3: load k, forward k, send "
                     "activation k, send activation k to block 3\n") == NULL ||
        strstr(text, "receive gradient k - 4, receive gradient k - 3 from "
                     "block 3, input gradient k - 3") == NULL ||
        strstr(text, "receive activation k, receive activation k + 1 from "
                     "block 1, forward k") == NULL ||
        strstr(text, "send gradient k, send gradient k to block 1") == NULL)
        fail_msg("%s", text);
    free(text);
    sidle_graph_free(graph);
}

/* New clips end a round: its pipe is drained, and the next begins anew. */
static int64_t each_five(void *context, int64_t from)
{
    (void)context;
    return (from + 4) / 5 * 5 + 1;
}

TEST(a_drained_pipe_begins_anew)
{
    static const sidle_edge skips[] = {{1, 4, 1, 2}, {3, 5, 1, 2}};
    sidle_graph *graph = graph_of(5, skips, 2);
    sidle_plan plan = {.schedule = &skipping,
                       .graph = graph,
                       .n_blocks = 5,
                       .update_every = 1,
                       .steps = MAX_STEPS,
                       .next_clip = each_five};

    check_seek(&plan);
    play(&plan, NULL);
    sidle_graph_free(graph);
}

TEST(a_graph_without_skips_is_the_chain)
{
    for (int d = 1; d <= 6; d++) {
        sidle_graph *graph = graph_of(d, NULL, 0);
        sidle_plan with = {.schedule = sidle_schedule_find("sideways"),
                           .graph = graph,
                           .n_blocks = d,
                           .update_every = 2,
                           .steps = 11};
        sidle_plan without = with;

        without.graph = NULL;
        for (int b = 1; b <= d; b++) {
            sidle_cursor x, y;
            sidle_instr a, c;

            sidle_cursor_init(&x, &with, b);
            sidle_cursor_init(&y, &without, b);
            do {
                a = sidle_cursor_next(&x);
                c = sidle_cursor_next(&y);
                assert_memory_equal(&a, &c, sizeof(a));
            } while (a.op != SIDLE_OP_END);
        }
        sidle_graph_free(graph);
    }
}

static void is_refused(sidle_edge skip, const char *words)
{
    sidle_graph *graph = NULL;

    assert_int_equal(sidle_graph_new(4, &skip, 1, &graph), SIDLE_EUSAGE);
    assert_null(graph);
    if (!strstr(sidle_fail_text(), words))
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
}

TEST(an_edge_that_cannot_be_is_refused)
{
    is_refused((sidle_edge){4, 1, 1, 2},
               "skip 1 leads from block 4 to block 1");
    is_refused((sidle_edge){2, 2, 1, 2}, "expected a later block");
    is_refused((sidle_edge){3, 5, 1, 2}, "to block 5 of 4");
    is_refused((sidle_edge){0, 2, 1, 2}, "from block 0");
    is_refused((sidle_edge){INT_MAX, 4, 1, 2}, "from block 2147483647");
    is_refused((sidle_edge){1, 4, 0, 2}, "takes 0 ticks, expected at least 1");
    is_refused((sidle_edge){1, 4, 1, 1}, "has 1 places for messages, expected "
                                         "at least 2 for each of its ticks");
    is_refused((sidle_edge){1, 4, 2, 3}, "has 3 places");
}

static void plan_is_refused(const sidle_plan *plan, const char *words)
{
    assert_int_equal(sidle_plan_check(plan), SIDLE_EUSAGE);
    if (!strstr(sidle_fail_text(), words))
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
}

TEST(a_plan_that_cannot_have_skips_is_refused)
{
    static const sidle_edge skip = {2, 4, 1, 2};
    sidle_graph *graph = graph_of(4, &skip, 1);
    sidle_plan plan = {.schedule = sidle_schedule_find("sideways"),
                       .graph = graph,
                       .n_blocks = 4,
                       .update_every = 1,
                       .steps = 3};

    plan_is_refused(&plan, "schedule \"sideways\" takes no skip from block 2 "
                           "to block 4");
    plan.schedule = &skipping;
    assert_int_equal(sidle_plan_check(&plan), SIDLE_OK);
    plan.n_blocks = 5;
    plan_is_refused(&plan, "a graph of 4 blocks in a plan of 5 blocks");
    sidle_graph_free(graph);
}

static int one_per_block(const sidle_plan *plan, int block)
{
    return plan->n_blocks - block;
}

TEST(another_order_than_that_of_ticks_is_refused)
{
    static const sidle_edge skip = {1, 4, 1, 2};
    static const sidle_schedule wrong = {.name = "wrong",
                                         .is_newest = 1,
                                         .takes_skips = 1,
                                         .head_start = one_per_block};
    sidle_graph *graph = graph_of(4, &skip, 1);
    sidle_plan plan = {.schedule = &wrong,
                       .graph = graph,
                       .n_blocks = 4,
                       .update_every = 1,
                       .steps = 9};

    plan_is_refused(&plan, "begins backward in block 1 after 3 items, "
                           "expected 4");
    sidle_graph_free(graph);
}

TEST_MAIN
