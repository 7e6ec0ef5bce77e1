/* print.c - the picture is a play, written down. */
#include "schedule/print.h"

#include "schedule/check.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct cell {
    char letter;
    int64_t item;
} cell;

typedef struct picture {
    cell *cells; /* (blocks, columns) */
    int64_t columns;
} picture;

static void put(void *context, int block, const sidle_instr *instr,
                double begin, double end)
{
    const picture *p = context;
    cell *row = &p->cells[(block - 1) * p->columns];
    int64_t last = (int64_t)end - 1;

    switch (instr->op) {
    case SIDLE_OP_FORWARD:
        row[last] = (cell){instr->is_eval ? 'E' : 'F', instr->item};
        break;
    case SIDLE_OP_INPUT_GRAD:
        row[last] = (cell){'B', instr->item};
        /* Two units of time: a forward ran again in front of the input
         * gradient. */
        if (end - begin > 1.5)
            row[last - 1] = (cell){'R', instr->item};
        break;
    case SIDLE_OP_WEIGHT_GRAD:
        row[last] = (cell){'W', instr->item};
        break;
    default:
        break;
    }
}

static void print_row(const picture *p, int block, int digits, FILE *stream)
{
    const cell *row = &p->cells[(block - 1) * p->columns];

    fprintf(stream, "block %2d ", block);
    for (int64_t i = 0; i < p->columns; i++)
        if (row[i].letter)
            fprintf(stream, " %c%-*" PRId64, row[i].letter, digits,
                    row[i].item);
        else
            fprintf(stream, " %-*c", digits + 1, '.');
}

static int digits_of(int64_t n)
{
    int digits = 1;

    for (; n > 9; n /= 10)
        digits++;
    return digits;
}

static sidle_status draw(const sidle_plan *plan, sidle_play *play,
                         sidle_played *played, FILE *stream)
{
    picture p = {NULL, 0};
    int64_t most = sidle_larger(plan->steps, plan->eval_items);

    /* Once for the number of columns, once more for what stands in them. */
    SIDLE_TRY(sidle_plan_play(plan, play, played));
    for (int i = 0; i < plan->n_blocks; i++)
        if (played[i].end > (double)p.columns)
            p.columns = (int64_t)played[i].end;
    p.cells =
        calloc((size_t)(plan->n_blocks * p.columns + 1), sizeof(*p.cells));
    if (p.cells == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for a picture of %" PRId64 " columns",
                          p.columns);
    play->on_instr = put;
    play->context = &p;
    SIDLE_CHECK(sidle_plan_play(plan, play, played) == SIDLE_OK,
                "a second play differs: %s", sidle_fail_text());
    for (int i = 0; i < plan->n_blocks; i++) {
        print_row(&p, i + 1, digits_of(most), stream);
        fprintf(stream, "  idle %.2f\n", played[i].idle);
    }
    free(p.cells);
    return SIDLE_OK;
}

sidle_status sidle_plan_print(const sidle_plan *plan, const int *worker,
                              FILE *stream)
{
    sidle_play play = {.times = {1.0, 1.0, 1.0, 0.0, 0.0}, .worker = worker};
    sidle_played *played;
    sidle_status status;

    SIDLE_TRY(sidle_plan_check(plan));
    played = calloc((size_t)plan->n_blocks, sizeof(*played));
    if (played == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory to play %d blocks",
                          plan->n_blocks);
    status = draw(plan, &play, played, stream);
    free(played);
    return status;
}
