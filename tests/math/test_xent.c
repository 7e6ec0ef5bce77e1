/* test_xent.c - cross-entropy of rows: loss, hits, and which rows count. */
#include "check.h"

#include "math/xent.h"

#include <string.h>

#define ROOM 20000

static void check_shape(ptrdiff_t rows, ptrdiff_t V, double size)
{
    static sidle_real logits[ROOM], grad[ROOM];
    static double expected[ROOM];
    sidle_real softmax[2 * 64];
    int32_t label[64];
    sidle_loss loss = {.sum = 1.0, .z = 2.0, .n_targets = 3, .n_correct = 4};
    double nats = 1.0, z2 = 2.0;
    int64_t n_targets = 3, n_correct = 4;
    const double weight = 0.25, z_loss = 0.01;

    check_random((uint64_t)V, "logits", rows * V, logits);
    for (ptrdiff_t r = 0; r < rows; r++) {
        sidle_real *row = logits + r * V;
        double z = 0.0;
        ptrdiff_t best = 0;

        label[r] = r % 4 == 3 ? -1 : (int32_t)((r * 7) % V);
        for (ptrdiff_t i = 0; i < V; i++) {
            row[i] *= (sidle_real)size;
            z += exp((double)row[i] - size);
            best = row[i] > row[best] ? i : best;
        }
        z = log(z) + size;
        for (ptrdiff_t i = 0; i < V; i++)
            expected[r * V + i] = label[r] < 0
                                      ? 0.0
                                      : weight * ((1.0 + 2.0 * z_loss * z) *
                                                      exp((double)row[i] - z) -
                                                  (i == label[r]));
        if (label[r] < 0)
            continue;
        nats += z - (double)row[label[r]];
        z2 += z * z;
        n_targets++;
        n_correct += best == label[r];
    }
    sidle_xent(rows, V, logits, label, softmax, &loss);
    assert_true(fabs(loss.sum - nats) < 1e-5 * (1.0 + nats));
    assert_true(fabs(loss.z - z2) < 1e-5 * (1.0 + z2));
    assert_int_equal(loss.n_targets, n_targets);
    assert_int_equal(loss.n_correct, n_correct);
    sidle_xent_grad(rows, V, logits, label, softmax, weight, z_loss, grad);
    check_close("dlogits", rows * V, grad, expected, 1e-6);
    sidle_xent_grad(rows, V, logits, label, softmax, weight, z_loss, logits);
    assert_memory_equal(logits, grad, (size_t)(rows * V) * sizeof *grad);
}

TEST(loss_and_gradient_of_odd_shapes)
{
    check_shape(5, 2, 1.0);
    check_shape(64, 259, 1.0);
    check_shape(33, 17, 8.0);
    check_shape(3, 5000, 4.0);
    check_shape(0, 5, 4.0);
}

TEST(equal_logits_give_ln_V_and_no_hits)
{
    sidle_real logits[4 * 259], softmax[2 * 4];
    int32_t label[4] = {1, 100, 258, -1};
    sidle_loss loss = {0};

    memset(logits, 0, sizeof logits);
    sidle_xent(4, 259, logits, label, softmax, &loss);
    assert_int_equal(loss.n_targets, 3);
    assert_int_equal(loss.n_correct, 0);
    assert_true(fabs(loss.sum / 3 - 5.556828) < 1e-6);
    /* the reference's z-loss at the start: 1e-4 (ln 259)^2 */
    assert_true(fabs(1e-4 * loss.z / 3 - 0.003088) < 1e-6);
}

TEST(large_logits_do_not_overflow)
{
    sidle_real logits[3] = {-5000, 3000, 2999}, softmax[2];
    int32_t label = 1;
    sidle_loss loss = {0};

    sidle_xent(1, 3, logits, &label, softmax, &loss);
    assert_true(fabs(loss.sum - log(1.0 + exp(-1.0))) < 1e-6);
    assert_int_equal(loss.n_correct, 1);
}

/* A constant in front of all logits changes nothing; here it leaves them all
 * their digits, but none to a log Z in float. */
TEST(logits_far_from_zero_have_the_same_gradient)
{
    sidle_real near[9], far[9], softmax[2], want[9], got[9];
    double expected[9];
    int32_t label = 4;
    sidle_loss loss = {0}, far_loss = {0};

    for (int i = 0; i < 9; i++) {
        near[i] = (sidle_real)(i % 5) / 4;
        far[i] = near[i] + (1 << 20);
    }
    sidle_xent(1, 9, near, &label, softmax, &loss);
    sidle_xent_grad(1, 9, near, &label, softmax, 1.0, 0.0, want);
    sidle_xent(1, 9, far, &label, softmax, &far_loss);
    sidle_xent_grad(1, 9, far, &label, softmax, 1.0, 0.0, got);
    for (int i = 0; i < 9; i++)
        expected[i] = (double)want[i];
    check_close("gradient", 9, got, expected, 1e-6);
    assert_true(fabs(far_loss.sum - loss.sum) < 1e-6);
}

TEST(a_bad_logit_shows_in_the_loss)
{
    sidle_real logits[40], softmax[2];
    int32_t label = 7;

    check_random(1, "logits", 40, logits);
    for (int i = 0; i < 40; i++) {
        sidle_real kept = logits[i];
        sidle_loss loss = {0};

        logits[i] = (sidle_real)NAN;
        sidle_xent(1, 40, logits, &label, softmax, &loss);
        assert_true(isnan(loss.sum));
        logits[i] = kept;
    }
}

/* Also where the softmax of the row is finite; other rows are left alone. */
TEST(a_bad_loss_shows_in_every_gradient)
{
    sidle_real logits[12], grad[12], softmax[2 * 3];
    const int32_t label[3] = {1, 2, 3};
    sidle_loss loss = {0};

    check_random(2, "logits", 12, logits);
    logits[4 + 2] = (sidle_real)-INFINITY;
    logits[8 + 1] = (sidle_real)INFINITY;
    sidle_xent(3, 4, logits, label, softmax, &loss);
    assert_true(loss.sum - loss.sum != 0.0);
    sidle_xent_grad(3, 4, logits, label, softmax, 0.5, 0.0, grad);
    for (int i = 0; i < 12; i++)
        assert_true((grad[i] != grad[i]) == (i >= 4));
}

TEST_MAIN
