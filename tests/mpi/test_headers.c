/* test_headers.c - an item that is not the one expected ends the run at once,
 * wherever it turns up, with the two numbers. */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
#include "play.h"
#include "ranks.h"
#include "said.h"

#include "mpi/station.h"

/* A run of two blocks in which block `block` is made to expect something else
 * at one instruction of item 3. */
typedef struct confusion {
    int block;
    sidle_op op;
    int is_eval;  /* else the number is shifted by `by` */
    int64_t by;   /* of the instruction */
    int64_t slip; /* of the number of the slot's item */
    const char *words;
} confusion;

typedef struct confused {
    play play;
    const confusion *how;
} confused;

static void confuse(void *context, int block, const sidle_instr *instr)
{
    const confused *c = context;
    sidle_station *s;

    if (block != c->how->block || instr->op != c->how->op || instr->item != 3)
        return;
    s = &c->play.runner->stations[block - 1];
    s->instr.item += c->how->by;
    s->instr.is_eval = c->how->is_eval;
    s->block->slots[s->instr.slot].item.number += c->how->slip;
}

static const confusion confusions[] = {
    {.block = 2,
     .op = SIDLE_OP_RECV_ACT,
     .by = 1,
     .words = "block 2 received the activation of item 3, expected item 4"},
    {.block = 2,
     .op = SIDLE_OP_RECV_ACT,
     .is_eval = 1,
     .words = "block 2 received the activation of item 3, expected "
              "evaluation 3"},
    {.block = 1,
     .op = SIDLE_OP_RECV_GRAD,
     .by = -1,
     .words = "block 1 received gradient 3 of block 2, expected 2"},
    {.block = 2,
     .op = SIDLE_OP_INPUT_GRAD,
     .slip = 5,
     .words =
         "the labels are those of item 8, but the gradient is that of item 3"},
    {.block = 1,
     .op = SIDLE_OP_WEIGHT_GRAD,
     .by = 4,
     .words = "block 1 has stashed gradient 3, expected 7"},
};

/* The code of the run's end, and what was said. */
static int run_confused(const confusion *how, said *words)
{
    confused c = {.play = play_of("backprop", 2, 6), .how = how};
    int code;

    play_open(&c.play);
    c.play.config.hooks =
        (sidle_runner_hooks){.context = &c, .on_instr = confuse};
    play_start(&c.play);
    said_begin(words);
    CODE_OF_DEATH(&code, sidle_runner_run(c.play.runner));
    said_end(words);
    play_close(&c.play);
    return code;
}

TEST(another_item_ends_the_run_with_both_numbers)
{
    for (size_t i = 0; i < sizeof(confusions) / sizeof(*confusions); i++) {
        said words;

        EXPECT(run_confused(&confusions[i], &words) == SIDLE_EINTERNAL);
        said_expect(&words, confusions[i].words);
    }
    ranks_finish();
}

RANKS_MAIN
