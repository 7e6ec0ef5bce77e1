/* test_health.c - a plausible loss after a checkpoint keeps it, whatever the
 * kind of the loss, and not by one of weights that have grown too large. */
/* np: 1 2 */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

enum { D = 2, STEPS = 6, SAVE_AT = 4 };

static sidle_health found;

static sidle_status ask(void *context, int64_t item, int is_stopping)
{
    const play *p = context;

    (void)item;
    (void)is_stopping;
    found = sidle_runner_health(p->runner);
    return SIDLE_OK;
}

static void scale_weights(const play *p, double by)
{
    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        sidle_block *b = block_of(p->runner, i);
        sidle_real *w = sidle_block_weights(b);

        for (size_t k = 0; k < b->weights; k++)
            w[k] *= (sidle_real)by;
    }
}

/* With what comes out of the last block so many times as large. */
static sidle_health health_of(const sidle_layer_ops *kind, double by)
{
    play p = play_of("1f1b", D, STEPS);

    p.comm = ranks;
    p.kind = kind;
    p.is_frozen = 1;
    p.save_at = SAVE_AT;
    found = (sidle_health){0};
    play_open(&p);
    p.config.on_save = ask;
    play_start(&p);
    scale_weights(&p, by);
    EXPECT(play_go(&p) == SIDLE_OK);
    play_close(&p);
    return found;
}

TEST(a_sane_loss_of_numbers_proves)
{
    sidle_health h = health_of(&sidle_test_linear_ops, 1.0);

    EXPECT(h.is_plausible && !h.is_ailing);
    ranks_finish();
}

TEST(a_sane_loss_of_classes_proves)
{
    sidle_health h = health_of(NULL, 1.0);

    EXPECT(h.is_plausible && !h.is_ailing);
    ranks_finish();
}

/* The loss is finite all the same. */
TEST(weights_that_are_of_no_use_prove_nothing)
{
    sidle_health h = health_of(&sidle_test_linear_ops, 1e4);

    EXPECT(!h.is_plausible && !h.is_ailing);
    ranks_finish();
}

RANKS_MAIN
