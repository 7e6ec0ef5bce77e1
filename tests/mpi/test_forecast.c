/* test_forecast.c - what is predicted for a rank's memory is what is reserved.
 */
/* np: 1 2 3 4 5 */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include "mpi/forecast.h"
#include "mpi/layout.h"

#include <stdlib.h>

enum { D = 5 };

static void check(play *p, const char *what)
{
    size_t before = sidle_arena_total(), reserved;
    sidle_forecast f;
    sidle_array *entries;
    int n_entries, n_ranks;

    play_open(p);
    p->config.trace_items = p->update_every;
    play_start(p);
    EXPECT(sidle_runner_run(p->runner) == SIDLE_OK);
    sidle_runner_state(p->runner, &entries, &n_entries);
    reserved = sidle_arena_total() - before;
    n_ranks = ranks.size / p->n_replicas;
    f = sidle_forecast_rank(&p->config, n_ranks, ranks.rank % n_ranks);
    if (f.total != reserved)
        fprintf(stderr, "%s, %s, U = %d: predicted %zu, reserved %zu\n",
                p->schedule, what, p->update_every, f.total, reserved);
    EXPECT(f.total == reserved);
    EXPECT(f.last - f.first + 1 == n_blocks_of(p->runner));
    play_close(p);
    EXPECT(sidle_arena_total() == before);
}

TEST(what_is_predicted_is_what_is_reserved)
{
    static const sidle_optim_kind kinds[] = {SIDLE_SGD, SIDLE_ADAMW,
                                             SIDLE_NADAM, SIDLE_MUON};
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int k = 0; k < 4; k++)
            for (int u = 1; u <= 3; u += 2) {
                play p = play_of(names[i], D, 4);

                p.comm = ranks;
                p.kind = k % 2 == 0 ? NULL : p.kind;
                p.update_every = u;
                p.optim.kind = kinds[k];
                /* without the second moment of the rest */
                p.optim.rest = kinds[k] == SIDLE_MUON && u > 1
                                   ? SIDLE_REST_NORM
                                   : SIDLE_REST_NADAM;
                check(&p, sidle_optim_name(kinds[k]));
            }
    ranks_finish();
}

/* Weight prediction keeps weights of before, sums over replicas need places. */
TEST(remedies_and_replicas_are_counted)
{
    static const char *const names[] = {"pipedream", "delayed", "sideways"};

    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            play p = play_of(names[i], D, 4);

            p.comm = ranks;
            p.kind = NULL;
            p.optim.kind = SIDLE_ADAMW;
            p.optim.predict = k == 0;
            p.optim.spike_compensation = k == 1;
            p.n_replicas = ranks.size % 2 == 0 ? 2 : 1;
            check(&p, k == 0 ? "predict" : "spike_compensation");
        }
    ranks_finish();
}

/* The parts of a forecast are its sum, and the ranks' blocks all blocks. */
TEST(ranks_share_all_blocks)
{
    play p = play_of("pipedream", D, 4);
    int64_t parameters = 0;
    int next = 1;

    p.kind = NULL;
    play_open(&p);
    for (int rank = 0; rank < 3; rank++) {
        sidle_forecast f = sidle_forecast_rank(&p.config, 3, rank);

        EXPECT(f.first == next && f.last >= f.first);
        EXPECT(f.total == f.blocks.weights + f.blocks.gradients +
                              f.blocks.activations + f.blocks.scratch +
                              f.optimizer + f.messages + f.gradients +
                              f.checkpoint + f.sums);
        next = f.last + 1;
        parameters += f.parameters;
    }
    EXPECT(next == D + 1);
    EXPECT(parameters == sidle_model_count(p.model));
    play_close(&p);
    ranks_finish();
}

TEST(an_optimizer_sees_a_blocks_tensors)
{
    play p = play_of("pipedream", D, 4);

    p.comm = ranks;
    p.kind = NULL;
    play_open(&p);
    play_start(&p);
    for (int i = 0; i < n_blocks_of(p.runner); i++) {
        const sidle_block *b = block_of(p.runner, i);
        sidle_segment *segments;
        int n, at = 0;

        EXPECT(sidle_layout_segments(p.model, b->first_layer, b->n_layers,
                                     &segments, &n) == SIDLE_OK);
        for (int l = b->first_layer; l < b->first_layer + b->n_layers; l++)
            for (int k = 0; k < p.model->layers[l].n_params; k++, at++)
                EXPECT(segments[at].offset ==
                       sidle_block_param_offset(b, l, k));
        EXPECT(at == n);
        free(segments);
    }
    play_close(&p);
    ranks_finish();
}

RANKS_MAIN
