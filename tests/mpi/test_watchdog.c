/* test_watchdog.c - a rank that waits for too long says for what and for whom,
 * also at a boundary; one that is only slow is waited for. */
/* np: 2 3 */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
#include "play.h"
#include "ranks.h"
#include "said.h"

#include "base/text.h"

enum { D = 3 };

/* The last block stands still once, for `seconds`, before an instruction. */
typedef struct stand {
    play play;
    sidle_op op;
    int64_t item; /* 0: of each item */
    double seconds;
} stand;

static void stand_still(void *context, int block, const sidle_instr *instr)
{
    const stand *s = context;

    if (block == D && instr->op == s->op &&
        (s->item == 0 || instr->item == s->item))
        usleep((useconds_t)(s->seconds * 1e6));
}

static stand stand_of(const char *schedule, sidle_op op, int64_t item,
                      double seconds)
{
    stand s = {.play = play_of(schedule, D, 6),
               .op = op,
               .item = item,
               .seconds = seconds};

    s.play.comm = ranks;
    return s;
}

static int try_run(sidle_runner *runner, sidle_status *status_p)
{
    int code;

    CODE_OF_DEATH(&code, *status_p = sidle_runner_run(runner));
    EXPECT(code == 0 || code == SIDLE_EINTERNAL);
    return code;
}

/* The hook lets a rank survive its death: a wait that was given up has changed
 * nothing, and begins anew. Answers how often that was; `text` is what was
 * said. */
static int run_patiently(stand *s, double patience, sidle_status *status_p,
                         said *words)
{
    int n_deaths = 0;

    play_open(&s->play);
    s->play.config.patience = patience;
    s->play.config.hooks =
        (sidle_runner_hooks){.context = s, .on_instr = stand_still};
    play_start(&s->play);
    said_begin(words);
    while (try_run(s->play.runner, status_p) != 0 && n_deaths < 100)
        n_deaths++;
    said_end(words);
    return n_deaths;
}

TEST(a_silent_neighbour_is_named)
{
    stand s = stand_of("backprop", SIDLE_OP_FORWARD, 4, 1.5);
    int before = ranks.size - 2; /* the rank before the last block's */
    char expected[256];
    sidle_status status;
    said words;
    int n;

    n = run_patiently(&s, 0.5, &status, &words);
    EXPECT(status == SIDLE_OK);
    if (ranks.rank == before) {
        EXPECT(n >= 1);
        sidle_text_format(expected, sizeof(expected),
                          "block 2 waits in the backward of item 4 for its "
                          "gradient, block 3 (rank %d on host %s)",
                          ranks.size - 1, ranks.host);
        said_expect(&words, expected);
        said_expect(&words, "(run.patience)");
    }
    play_close(&s.play);
    ranks_finish();
}

TEST(a_wait_at_a_boundary_is_no_exception)
{
    stand s = stand_of("pipedream", SIDLE_OP_BOUNDARY, 4, 1.5);
    sidle_status status;
    said words;
    int n;

    s.play.stop_at = 4;
    n = run_patiently(&s, 0.5, &status, &words);
    EXPECT(status == SIDLE_ESTOPPED);
    if (ranks.rank == 0) {
        EXPECT(n >= 1);
        said_expect(&words, "block 1 is at the boundary of item 4");
        said_expect(&words, "the rank waits for the losses that the last "
                            "block (rank");
    }
    play_close(&s.play);
    ranks_finish();
}

/* No item takes as long as the patience, all of them take longer. */
TEST(a_slow_neighbour_is_waited_for)
{
    stand s = stand_of("backprop", SIDLE_OP_FORWARD, 0, 0.6);
    sidle_status status;
    said words;

    EXPECT(run_patiently(&s, 2.0, &status, &words) == 0);
    EXPECT(status == SIDLE_OK);
    play_close(&s.play);
    ranks_finish();
}

RANKS_MAIN
