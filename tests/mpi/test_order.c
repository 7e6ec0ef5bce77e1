/* test_order.c - one process works on its blocks in the order that the play
 * predicts. */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
#include "play.h"
#include "ranks.h"

#include "schedule/check.h"

enum { D = 5, STEPS = 14, MOST = 2 * D * STEPS };

/* What was done, one after another: block, item, whether a gradient. */
typedef struct deed {
    int block, is_gradient;
    int64_t item;
} deed;

typedef struct record {
    deed deeds[MOST];
    int n;
} record;

static void note(record *r, int block, int64_t item, int is_gradient)
{
    assert_true(r->n < MOST);
    r->deeds[r->n++] = (deed){block, is_gradient, item};
}

static void on_forward(void *context, int block, int64_t item)
{
    note(context, block, item, 0);
}

static void on_gradient(void *context, int block, int64_t item,
                        int64_t activation_item, const sidle_block *b,
                        const sidle_real *dy)
{
    (void)activation_item;
    (void)b;
    (void)dy;
    note(context, block, item, 1);
}

static void on_played(void *context, int block, const sidle_instr *instr,
                      double begin, double end)
{
    (void)begin;
    (void)end;
    if (instr->op == SIDLE_OP_FORWARD && !instr->is_eval)
        note(context, block, instr->item, 0);
    if (instr->op == SIDLE_OP_WEIGHT_GRAD)
        note(context, block, instr->item, 1);
}

static void run(play *p, record *r)
{
    play_open(p);
    p->config.hooks = (sidle_runner_hooks){
        .context = r, .on_forward = on_forward, .on_gradient = on_gradient};
    play_start(p);
    EXPECT(sidle_runner_run(p->runner) == SIDLE_OK);
}

static void predict(const play *p, record *r)
{
    static const int together[D];
    const sidle_play how = {.times = {1.0, 1.5, 0.75, 0.5, 0.25},
                            .worker = together,
                            .on_instr = on_played,
                            .context = r};
    sidle_played played[D];

    EXPECT(sidle_plan_play(&p->plan, &how, played) == SIDLE_OK);
}

TEST(one_process_goes_round_as_predicted)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int u = 1; u <= 3; u += 2) {
            record done = {.n = 0}, predicted = {.n = 0};
            play p = play_of(names[i], D, STEPS);
            int k = 0;

            p.update_every = u;
            run(&p, &done);
            predict(&p, &predicted);
            while (k < MOST &&
                   done.deeds[k].block == predicted.deeds[k].block &&
                   done.deeds[k].item == predicted.deeds[k].item &&
                   done.deeds[k].is_gradient == predicted.deeds[k].is_gradient)
                k++;
            if (k < MOST)
                fprintf(stderr, "%s, U = %d: deed %d differs\n", names[i], u,
                        k);
            EXPECT(done.n == MOST && predicted.n == MOST && k == MOST);
            play_close(&p);
        }
    ranks_finish();
}

RANKS_MAIN
