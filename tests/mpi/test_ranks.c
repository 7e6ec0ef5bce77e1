/* test_ranks.c - the number of ranks and their pace change no bit. */
/* np: 4 */
/* with: kinds_test.c mpi/play.c */
/* timeout: 120 */
#include "play.h"
#include "ranks.h"

static const char *const names[] = {"backprop", "sideways",      "pipedream",
                                    "gpipe",    "sideways-1f1b", "delayed",
                                    "1f1b"};

/* The same run on 1, 2, 3 and 4 ranks, and alone on each rank. */
static void expect_same_bits(const play *what)
{
    play alone = *what;
    uint64_t expected;

    alone.is_sleepy = 0;
    EXPECT(play_run(&alone) == SIDLE_OK);
    expected = play_digest(&alone);
    play_close(&alone);
    for (int n = 1; n <= ranks.size; n++) {
        play p = *what;

        if (!play_first_ranks(&ranks, n, &p.comm))
            continue;
        EXPECT(play_run(&p) == SIDLE_OK);
        EXPECT(play_digest(&p) == expected);
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
}

static void test_ranks_and_sleeps_change_no_bit(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = play_of(names[k], 4, 11);

            p.kind = NULL;
            p.update_every = U;
            p.optim.kind = SIDLE_NADAM;
            p.optim.lr = 0.01;
            p.optim.clip = 0.5;
            p.is_sleepy = 1;
            p.skipped = 5;
            expect_same_bits(&p);
        }
    ranks_finish();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_ranks_and_sleeps_change_no_bit),
};

RANKS_MAIN(tests)
