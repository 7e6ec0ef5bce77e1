/* test_stack.c - what the layers together must hold to: the first loss, no
 * look ahead, rows that do not know each other, draws that belong to rows. */
/* real: double */
/* with: kit_layer.c */
#include "layer/stack.h"

#include "kit_layer.h"

#include <string.h>

TEST(first_loss_is_that_of_a_fair_guess)
{
    const int32_t length[3] = {10, 4, 1};
    sidle_perceiver config = stack_small();
    kit_batch batch = kit_batch_new(81, 3, config.context, 13, length);
    stack s = stack_new(&config, 3, 0.0);
    sidle_loss loss = {0};
    sidle_real z[3 * 6 * 16];

    stack_forward(&s, &batch.item, z, &loss);
    assert_int_equal(loss.n_targets, 6 + 4 + 1);
    assert_true(fabs(loss.sum / 11 - log(13.0)) < 1e-12);
    assert_true(fabs(loss.z / 11 - log(13.0) * log(13.0)) < 1e-12);
    stack_free(&s);
    kit_batch_free(&batch);
}

TEST(only_scored_latents_count)
{
    const int32_t length[3] = {10, 4, 1}, scored[3] = {2, 5, 0};
    sidle_perceiver config = stack_small();
    kit_batch batch = kit_batch_new(85, 3, config.context, 13, length);
    stack s = stack_new(&config, 3, 0.0);
    sidle_loss loss = {0};
    sidle_real z[3 * 6 * 16];

    batch.item.scored = scored;
    stack_forward(&s, &batch.item, z, &loss);
    assert_int_equal(loss.n_targets, 2 + 4 + 0);
    stack_free(&s);
    kit_batch_free(&batch);
}

/* Change input j: nothing that sits before j changes by a bit. An invalid
 * latent starts from input 0. */
static void check_causality(const sidle_perceiver *config, int32_t length)
{
    ptrdiff_t N = config->latents, d = config->width;
    stack s = stack_new(config, 1, 0.3);
    kit_batch batch = kit_batch_new(82, 1, config->context, 13, &length);
    sidle_real before[10 * 16], after[10 * 16];

    stack_forward(&s, &batch.item, before, NULL);
    for (ptrdiff_t j = 0; j <= length; j++) {
        int32_t old = batch.tokens[j];
        int is_seen = 0;

        batch.tokens[j] = old == 5 ? 6 : 5;
        stack_forward(&s, &batch.item, after, NULL);
        batch.tokens[j] = old;
        for (ptrdiff_t i = 0; i < N; i++) {
            ptrdiff_t at = sidle_latent_input(length, N, i);
            int is_same = memcmp(before + i * d, after + i * d,
                                 (size_t)d * sizeof(*after)) == 0;

            if ((at < 0 ? 0 : at) < j)
                assert_true(is_same);
            is_seen = is_seen || !is_same;
        }
        assert_int_equal(is_seen, j < length);
    }
    stack_free(&s);
    kit_batch_free(&batch);
}

TEST(no_output_sees_a_later_input)
{
    sidle_perceiver config = stack_small();

    for (int kind = 0; kind < 3; kind++)
        for (int32_t length = 1; length <= 10; length++) {
            config.positions = (sidle_positions)kind;
            config.latents = 6;
            check_causality(&config, length);
            config.latents = 10;
            check_causality(&config, length);
        }
}

/* Rows 1 and 2 by themselves, with their global numbers, draw and compute what
 * they did in the batch of three; on another item the draws are others. */
TEST(a_row_is_the_same_in_any_batch)
{
    const int32_t length[3] = {10, 7, 3};
    sidle_perceiver config = stack_small();
    kit_batch batch = kit_batch_new(83, 3, config.context, 13, length);
    ptrdiff_t row = 6 * 16;
    sidle_real all[3 * 6 * 16], part[3 * 6 * 16];
    double expected[3 * 6 * 16];
    stack s, two;

    config.dropout = 0.4;
    config.cross_dropout = 0.4;
    s = stack_new(&config, 3, 0.1);
    two = stack_new(&config, 2, 0.1);
    batch.item.is_training = 1;
    stack_forward(&s, &batch.item, all, NULL);
    for (ptrdiff_t i = 0; i < 3 * row; i++)
        expected[i] = (double)all[i];
    batch.item.rows = 2;
    batch.item.first_row = 1;
    batch.item.fields[0] = batch.tokens + config.context + 1;
    batch.item.length += 1;
    stack_forward(&two, &batch.item, part, NULL);
    check_close("rows 1 and 2", 2 * row, part, expected + row, 1e-12);
    batch.item.number++;
    stack_forward(&two, &batch.item, part, NULL);
    assert_true(fabs((double)part[0] - expected[row]) > 1e-6);
    stack_free(&s);
    stack_free(&two);
    kit_batch_free(&batch);
}

TEST_MAIN
