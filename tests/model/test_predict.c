/* test_predict.c - a block whose forwards use predicted weights, beside blocks
 * that do not predict and are given the weights by hand. */
/* with: kinds_test.c */
#include "check.h"
#include "kinds_test.h"

#include "model/block.h"

#include <string.h>

enum { ROWS = 3, WIDTH = 5, N = ROWS * WIDTH, MOST = 256 };

static const double horizon = 2.5;
static const sidle_block_room plain = {3, 1, 1, 0, 0};

/* The middle one of three is the block that is looked at. */
static sidle_model *new_model(void)
{
    static const sidle_test_size size = {WIDTH, WIDTH};
    const sidle_layer_entry entries[4] = {
        {&sidle_test_linear_ops, "a", &size},
        {&sidle_test_tanh_ops, "b", &size},
        {&sidle_test_tanh_ops, "c", &size},
        {&sidle_test_mse_ops, "d", &size},
    };
    const sidle_field values = sidle_test_field("values", WIDTH);
    sidle_model *model;

    assert_int_equal(sidle_model_list(entries, 4, &values, ROWS, &model),
                     SIDLE_OK);
    return model;
}

static sidle_block *new_block(const sidle_model *model,
                              const sidle_block_room *room)
{
    sidle_block *block;

    assert_int_equal(sidle_block_new(model, 2, 1, 2, room, &block), SIDLE_OK);
    sidle_block_init_weights(block, 7);
    assert_true(block->weights <= MOST);
    return block;
}

static void forward(sidle_block *block, int slot, int64_t item, sidle_real *y)
{
    sidle_slot *at = &block->slots[slot];

    sidle_block_set_item(block, slot, item, slot < block->n_slots - 1, 0, 0);
    check_random((uint64_t)item, "x", N, at->x);
    sidle_block_forward(block, slot, y);
}

struct grads {
    sidle_real dx[N], dw[MOST];
};

static struct grads backward(sidle_block *block, int slot)
{
    struct grads found = {{0}, {0}};
    sidle_real dy[N];

    check_random((uint64_t)block->slots[slot].item.number, "dy", N, dy);
    memset(block->grad, 0, block->weights * sizeof(sidle_real));
    sidle_block_input_grad(block, slot, 0, dy, found.dx);
    sidle_block_weight_grad(block, slot, 0, dy);
    memcpy(found.dw, block->grad, block->weights * sizeof(sidle_real));
    return found;
}

/* An update that moves every weight by another amount. */
static void change(sidle_block *block, uint64_t seed)
{
    sidle_real *w = sidle_block_begin_update(block), moves[MOST];

    check_random(seed, "move", (ptrdiff_t)block->weights, moves);
    for (size_t i = 0; i < block->weights; i++)
        w[i] += moves[i] / 8;
    sidle_block_end_update(block);
}

/* What a block that is given these weights answers. */
static struct grads answer_at(const sidle_model *model, const sidle_real *w,
                              int64_t item, sidle_real *y)
{
    sidle_block *block = new_block(model, &plain);
    struct grads found;

    memcpy(sidle_block_weights(block), w, block->weights * sizeof(*w));
    forward(block, 0, item, y);
    found = backward(block, 0);
    sidle_block_free(block);
    return found;
}

TEST(forwards_use_the_difference_times_the_horizon)
{
    static const sidle_block_room room = {1, 2, 1, 1, 2.5};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, &room);
    sidle_real before[MOST];
    double expected[MOST];

    for (int n = 0; n < 5; n++) {
        sidle_real y[N], y_there[N];

        memcpy(before, sidle_block_weights(block),
               block->weights * sizeof(sidle_real));
        change(block, (uint64_t)n);
        for (size_t i = 0; i < block->weights; i++) {
            double w = (double)sidle_block_weights(block)[i];

            expected[i] = w + horizon * (w - (double)before[i]);
        }
        check_close("w_hat", (ptrdiff_t)block->weights,
                    block->w[block->version], expected, 1e-6);
        forward(block, 0, n, y);
        answer_at(model, block->w[block->version], n, y_there);
        assert_memory_equal(y, y_there, sizeof(y));
        if (n % 2 == 1)
            sidle_block_release(block, 0);
    }
    sidle_block_free(block);
    sidle_model_free(model);
}

/* In the order of these operations, which files of older programs rely on. */
TEST(predictions_keep_their_bits)
{
    static const double late[] = {1.0 / 7, 1.0 / 3, 1.0, 2.5, 7.0};
    sidle_model *model = new_model();

    for (int k = 0; k < 5; k++) {
        sidle_block *block =
            new_block(model, &(sidle_block_room){2, 2, 1, 1, late[k]});
        sidle_real before[MOST], expected[MOST], tau = (sidle_real)late[k];

        for (int n = 0; n < 4; n++) {
            const sidle_real *w = sidle_block_weights(block);

            memcpy(before, w, block->weights * sizeof(*w));
            change(block, (uint64_t)n);
            for (size_t i = 0; i < block->weights; i++)
                expected[i] = w[i] + tau * (w[i] - before[i]);
            assert_memory_equal(block->w[block->version], expected,
                                block->weights * sizeof(*w));
        }
        sidle_block_free(block);
    }
    sidle_model_free(model);
}

TEST(stashed_takes_gradients_at_the_prediction)
{
    static const sidle_block_room room = {3, 4, 1, 1, 2.5};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, &room);
    sidle_real w_hat[3][MOST], y[N];

    for (int s = 0; s < 3; s++) {
        change(block, (uint64_t)s);
        memcpy(w_hat[s], block->w[block->version],
               block->weights * sizeof(sidle_real));
        forward(block, s, 10 + s, y);
    }
    change(block, 3);
    for (int s = 0; s < 3; s++) {
        struct grads found = backward(block, s);
        struct grads there = answer_at(model, w_hat[s], 10 + s, y);

        assert_memory_equal(&found, &there, sizeof(found));
        sidle_block_release(block, s);
        change(block, (uint64_t)(4 + s));
    }
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(current_takes_gradients_at_the_weights)
{
    static const sidle_block_room room = {2, 1, 1, 0, 2.5};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, &room);
    sidle_real y[N];

    change(block, 0);
    for (int s = 0; s < 2; s++) {
        struct grads found, there;

        forward(block, s, 20 + s, y);
        if (s == 1)
            change(block, 1);
        found = backward(block, s);
        there = answer_at(model, sidle_block_weights(block), 20 + s, y);
        assert_memory_equal(&found, &there, sizeof(found));
    }
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(evaluations_use_the_weights)
{
    static const sidle_block_room room = {1, 2, 1, 1, 2.5};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, &room);
    sidle_real y[N], true_y[N], train_y[N];

    change(block, 0);
    forward(block, block->n_slots - 1, 30, y);
    answer_at(model, sidle_block_weights(block), 30, true_y);
    assert_memory_equal(y, true_y, sizeof(y));
    forward(block, 0, 30, train_y);
    assert_memory_not_equal(train_y, true_y, sizeof(y));
    sidle_block_free(block);
    sidle_model_free(model);
}

/* As after --init: nothing is predicted from, and weights came from a file. */
TEST(before_the_first_update_the_weights_are_used)
{
    static const sidle_block_room room = {1, 2, 1, 1, 2.5};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, &room);
    sidle_real y[N], true_y[N];
    struct grads found, there;

    check_random(3, "read", (ptrdiff_t)block->weights,
                 sidle_block_weights(block));
    forward(block, 0, 40, y);
    found = backward(block, 0);
    there = answer_at(model, sidle_block_weights(block), 40, true_y);
    assert_memory_equal(y, true_y, sizeof(y));
    assert_memory_equal(&found, &there, sizeof(found));
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(a_prediction_takes_one_more_array_of_weights)
{
    sidle_block_room room = {2, 3, 1, 1, 0};
    sidle_model *model = new_model();
    size_t without = sidle_block_bytes(model, 1, 2, &room);
    sidle_block *block = new_block(model, &room);

    assert_null(block->truth);
    assert_ptr_equal(sidle_block_weights(block), block->w[0]);
    sidle_block_free(block);
    room.horizon = horizon;
    block = new_block(model, &room);
    assert_int_equal(sidle_block_bytes(model, 1, 2, &room),
                     without + block->weights * sizeof(sidle_real));
    assert_int_equal(sidle_block_bytes(model, 1, 2, &room),
                     sidle_block_reserved(block));
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST_MAIN
