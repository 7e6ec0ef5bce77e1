/* on_nan.c - the run ends at a number that is not finite, or leaves it out. */
#include "mpi/on_nan.h"

#include "mpi/finite.h"

#include "base/log.h"
#include "base/text.h"
#include "math/vector.h"

#include <inttypes.h>
#include <math.h>

#define OR_SKIP SIDLE_NAN_CURE "; run.on_nan=skip skips such items"

/* ---- names */

/* "item 7", or where an update is made of several: "the sum of 3 gradients up
 * to item 7". */
static void name_items(const sidle_station *s, int64_t n, char *out,
                       size_t size)
{
    if (n > 1)
        sidle_text_format(
            out, size, "the sum of %" PRId64 " gradients up to item %" PRId64,
            n, s->instr.item);
    else
        sidle_text_format(out, size, "item %" PRId64, s->instr.item);
}

/* The first three, then the 10th, the 100th, .. */
static int is_told(int64_t count)
{
    if (count <= 3)
        return 1;
    while (count % 10 == 0)
        count /= 10;
    return count == 1;
}

/* ---- losses */

static void tell_loss(const sidle_station *s, double loss)
{
    if (is_told(s->bad_losses))
        sidle_warn("block %d, item %" PRId64
                   ": the loss is %g; its gradient is skipped in all blocks "
                   "(run.on_nan; %" PRId64 " so far in this start)",
                   s->block->index, s->instr.item, loss, s->bad_losses);
}

int sidle_on_nan_loss(sidle_station *s)
{
    double loss = s->block->loss.sum;

    if (isfinite(loss))
        return 1;
    if (isnan(loss))
        loss = (double)NAN; /* its sign is no news */
    if (s->instr.is_eval) {
        if (isfinite(s->trying.sum) && !s->runner->is_evaluating)
            /* one word an evaluation */
            sidle_warn("the evaluation after item %" PRId64
                       ": the loss of its item %" PRId64
                       " is %g, so it has no valid loss; training continues",
                       sidle_cursor_item(&s->cursor), s->instr.item, loss);
        return 0;
    }
    if (!s->runner->config.skips_bad)
        SIDLE_DIE(SIDLE_EINTERNAL,
                  "block %d, item %" PRId64 ": the loss is %g; the run ends, "
                  "and this item has changed no weight; " OR_SKIP,
                  s->block->index, s->instr.item, loss);
    s->bad_losses++;
    tell_loss(s, loss);
    return 0;
}

/* ---- gradients */

static void die_of_gradient(const sidle_station *s, int64_t n_items)
    __attribute__((noreturn));
static void die_of_gradient(const sidle_station *s, int64_t n_items)
{
    const char *tensor = sidle_finite_bad_tensor(s->block, s->block->grad);
    char items[96];

    name_items(s, n_items, items, sizeof(items));
    SIDLE_DIE(SIDLE_EINTERNAL,
              "block %d, %s: the gradient of %s is not finite; the run ends, "
              "and it has changed no weight; " OR_SKIP,
              s->block->index, items,
              tensor != NULL ? tensor : "the block's input");
}

void sidle_on_nan_input_gradient(sidle_station *s, sidle_gradient *g,
                                 const sidle_real *dx)
{
    const sidle_block *block = s->block;

    /* A block with sides has an input. */
    if (dx == NULL ||
        (sidle_all_finite((ptrdiff_t)block->in, dx) &&
         sidle_all_finite((ptrdiff_t)block->sides, block->dsides)))
        return;
    if (s->runner->config.skips_bad) {
        g->sends_bad = 1;
        return;
    }
    /* Which tensor: a weight gradient that was to come later. */
    sidle_block_weight_grad(s->block, s->instr.slot, s->instr.stash, g->dy);
    die_of_gradient(s, 1);
}

void sidle_on_nan_squares(const sidle_station *s, double squares)
{
    if (!isfinite(squares) && !s->runner->config.skips_bad)
        die_of_gradient(s, s->n_valid);
}

static void check_weights(const sidle_station *s)
{
    const char *tensor =
        sidle_finite_bad_tensor(s->block, sidle_block_weights(s->block));

    if (tensor != NULL)
        SIDLE_DIE(SIDLE_EINTERNAL,
                  "block %d, item %" PRId64
                  ": the weights of %s are not finite, so that every item "
                  "would be skipped; " SIDLE_NAN_CURE,
                  s->block->index, s->instr.item, tensor);
}

/* Only where the numbers arose: what came from elsewhere was told there. */
static void tell_update(const sidle_station *s)
{
    const char *tensor = sidle_finite_bad_tensor(s->block, s->block->grad);
    char items[96];

    if (s->has_heard_bad || s->has_lost || tensor == NULL ||
        !is_told(s->bad_updates))
        return;
    name_items(s, s->n_valid, items, sizeof(items));
    sidle_warn("block %d, %s: the gradient of %s is not finite; the update "
               "is skipped (run.on_nan; %" PRId64 " so far in this start)",
               s->block->index, items, tensor, s->bad_updates);
}

/* Of updates that are left out one after the other: then it is no bad item but
 * weights with which no item has a finite loss. */
enum { MOST_IN_A_ROW = 25 };

static void count_update(sidle_station *s)
{
    s->bad_updates++;
    if (++s->bad_in_a_row < MOST_IN_A_ROW)
        return;
    SIDLE_DIE(SIDLE_EINTERNAL,
              "block %d, item %" PRId64
              ": %d updates in a row were skipped, because the gradient was "
              "never finite; the run ends; " SIDLE_NAN_CURE,
              s->block->index, s->instr.item, MOST_IN_A_ROW);
}

static void refuse_norm(const sidle_station *s, double squares)
{
    char items[96];

    name_items(s, s->n_valid, items, sizeof(items));
    if (!s->runner->config.skips_bad)
        SIDLE_DIE(SIDLE_EINTERNAL,
                  "block %d, %s: the norm of the gradient is %g, whose square "
                  "does not fit into a float; the run ends, and it has changed "
                  "no weight; set optim.clip, which is 0; " OR_SKIP,
                  s->block->index, items, sqrt(squares));
    if (is_told(s->bad_updates + 1))
        sidle_warn("block %d, %s: the norm of the gradient is %g, whose "
                   "square does not fit into a float; the update is skipped "
                   "(run.on_nan)",
                   s->block->index, items, sqrt(squares));
}

int sidle_on_nan_update(sidle_station *s, double squares)
{
    if (isfinite(squares) &&
        !sidle_optim_can_use(s->runner->config.optim, squares)) {
        refuse_norm(s, squares);
        count_update(s);
        return 0;
    }
    if (isfinite(squares)) {
        s->bad_in_a_row = 0;
        return 1;
    }
    sidle_on_nan_squares(s, squares);
    check_weights(s);
    count_update(s);
    tell_update(s);
    return 0;
}

void sidle_on_nan_tell(const sidle_station *s)
{
    if (s->bad_losses > 0)
        sidle_warn("block %d: %" PRId64 " loss%s of this start %s not finite",
                   s->block->index, s->bad_losses,
                   s->bad_losses == 1 ? "" : "es",
                   s->bad_losses == 1 ? "was" : "were");
    if (s->bad_updates > 0)
        sidle_warn("block %d: %" PRId64 " update%s of this start %s skipped, "
                   "because the gradient was not finite",
                   s->block->index, s->bad_updates,
                   sidle_plural(s->bad_updates),
                   s->bad_updates == 1 ? "was" : "were");
}
