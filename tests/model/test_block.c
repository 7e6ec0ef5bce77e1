/* test_block.c - cuts, versions, reruns and memory of blocks, with layers that
 * only tests have. */
/* with: kinds_test.c */
#include "check.h"
#include "kinds_test.h"

#include "base/poke.h"
#include "model/block.h"

#include <string.h>

#define ROWS 3
#define N_LAYERS 6

/* Under the address sanitizer too a reservation that fails must answer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static const sidle_test_size sizes[] = {{4, 6}, {6, 5}, {5, 5},
                                        {5, 5}, {5, 3}, {3, 3}};

static sidle_model *new_model(void)
{
    const sidle_layer_entry entries[N_LAYERS] = {
        {&sidle_test_linear_ops, "a", &sizes[0]},
        {&sidle_test_tanh_ops, "b", &sizes[1]},
        {&sidle_test_identity_ops, "c", &sizes[2]},
        {&sidle_test_tanh_ops, "d", &sizes[3]},
        {&sidle_test_linear_ops, "e", &sizes[4]},
        {&sidle_test_mse_ops, "f", &sizes[5]}};
    const sidle_field values = sidle_test_field("values", 4);
    sidle_model *model;

    assert_int_equal(sidle_model_list(entries, N_LAYERS, &values, ROWS, &model),
                     SIDLE_OK);
    return model;
}

static sidle_block *new_block(const sidle_model *model, int first, int last,
                              const sidle_block_room *room)
{
    sidle_block *block;

    assert_int_equal(
        sidle_block_new(model, first, first, last - first, room, &block),
        SIDLE_OK);
    sidle_block_init_weights(block, 7);
    return block;
}

/* A slot as a runner fills it: input and labels are functions of the item. */
static void fill(sidle_block *block, int slot, int64_t item)
{
    sidle_slot *at = &block->slots[slot];

    sidle_block_set_item(block, slot, item, 1, 0, 0);
    for (int b = 0; b < ROWS; b++) {
        at->length[b] = 1;
        at->scored[b] = 1;
        at->clip[b] = 0;
    }
    if (at->fields[0] != NULL)
        check_random((uint64_t)item, "values", ROWS * 4, at->fields[0]);
    if (at->fields[1] != NULL)
        check_random((uint64_t)item, "targets", ROWS * 3, at->fields[1]);
    if (block->in > 0)
        check_random((uint64_t)item, "x", (ptrdiff_t)block->in, at->x);
}

static void change(sidle_block *block)
{
    sidle_real *w = sidle_block_begin_update(block);

    for (size_t i = 0; i < block->weights; i++)
        w[i] += (sidle_real)0.125;
    sidle_block_end_update(block);
}

/* ---- one item through a chain of blocks */

struct chain {
    int n;
    sidle_block *blocks[N_LAYERS];
    sidle_real y[N_LAYERS][32], dx[N_LAYERS][32];
};

static const sidle_block_room plain = {1, 1, 1, 0, 0};

/* Bit k of `cuts` is a boundary before layer k + 1. */
static void chain_init(struct chain *chain, const sidle_model *model,
                       unsigned cuts)
{
    int first = 0;

    chain->n = 0;
    for (int k = 1; k <= N_LAYERS; k++)
        if (k == N_LAYERS || (cuts >> (k - 1) & 1)) {
            chain->blocks[chain->n++] = new_block(model, first, k, &plain);
            first = k;
        }
}

static void chain_done(struct chain *chain)
{
    for (int b = 0; b < chain->n; b++)
        sidle_block_free(chain->blocks[b]);
}

static void chain_run(struct chain *chain, int64_t item)
{
    for (int b = 0; b < chain->n; b++) {
        sidle_block *block = chain->blocks[b];

        fill(block, 0, item);
        if (b > 0)
            memcpy(block->slots[0].x, chain->y[b - 1],
                   block->in * sizeof(sidle_real));
        sidle_block_forward(block, 0, block->is_last ? NULL : chain->y[b]);
    }
    for (int b = chain->n - 1; b >= 0; b--) {
        sidle_block *block = chain->blocks[b];
        const sidle_real *dy = block->is_last ? NULL : chain->dx[b + 1];

        sidle_block_input_grad(block, 0, 0, dy, b == 0 ? NULL : chain->dx[b]);
        sidle_block_weight_grad(block, 0, 0, dy);
        sidle_block_release(block, 0);
    }
}

/* The array of a layer's parameter, wherever its block is. */
static const sidle_real *chain_find(const struct chain *chain, int layer,
                                    int param, int is_grad)
{
    for (int b = 0; b < chain->n; b++) {
        const sidle_block *block = chain->blocks[b];
        const sidle_real *w =
            is_grad ? block->grad : sidle_block_weights(block);

        if (layer >= block->first_layer &&
            layer < block->first_layer + block->n_layers)
            return w + sidle_block_param_offset(block, layer, param);
    }
    return NULL;
}

static void assert_same_params(const struct chain *a, const struct chain *b,
                               const sidle_model *model, int is_grad)
{
    for (int k = 0; k < N_LAYERS; k++)
        for (int p = 0; p < model->layers[k].n_params; p++)
            assert_memory_equal(
                chain_find(a, k, p, is_grad), chain_find(b, k, p, is_grad),
                (size_t)model->layers[k].params[p].count * sizeof(sidle_real));
}

TEST(blocks_cut_anywhere_give_the_same_bits)
{
    sidle_model *model = new_model();
    struct chain whole;

    chain_init(&whole, model, 0);
    chain_run(&whole, 5);
    assert_true(whole.blocks[0]->loss.sum > 0.0);
    assert_int_equal(whole.blocks[0]->loss.n_targets, ROWS);
    for (unsigned cuts = 1; cuts < 1u << (N_LAYERS - 1); cuts++) {
        struct chain chain;

        chain_init(&chain, model, cuts);
        assert_same_params(&chain, &whole, model, 0);
        chain_run(&chain, 5);
        assert_same_params(&chain, &whole, model, 1);
        assert_memory_equal(&chain.blocks[chain.n - 1]->loss,
                            &whole.blocks[0]->loss, sizeof(sidle_loss));
        chain_done(&chain);
    }
    chain_done(&whole);
    sidle_model_free(model);
}

TEST(every_piece_is_aligned)
{
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 0, N_LAYERS, &plain);

    for (int k = 0; k < N_LAYERS; k++)
        if (model->layers[k].n_params > 0)
            assert_int_equal(
                (uintptr_t)(sidle_block_weights(block) +
                            sidle_block_param_offset(block, k, 0)) %
                    64,
                0);
    assert_int_equal((uintptr_t)block->grad % 64, 0);
    assert_int_equal((uintptr_t)block->slots[1].cache % 64, 0);
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(bytes_are_what_is_reserved)
{
    static const sidle_block_room rooms[] = {
        {1, 1, 1, 0, 0}, {4, 3, 2, 1, 0}, {2, 1, 5, 0, 0}, {3, 2, 1, 1, 1.5}};
    sidle_model *model = new_model();

    for (int first = 0; first < N_LAYERS; first++)
        for (int last = first + 1; last <= N_LAYERS; last++)
            for (int r = 0; r < 4; r++) {
                sidle_block *block = new_block(model, first, last, &rooms[r]);

                assert_int_equal(
                    sidle_block_bytes(model, first, last - first, &rooms[r]),
                    sidle_block_reserved(block));
                sidle_block_free(block);
            }
    sidle_model_free(model);
}

TEST(a_block_has_room_for_the_fields_that_it_reads)
{
    sidle_model *model = new_model();
    sidle_block *first, *middle, *last;

    assert_int_equal(model->n_fields, 2);
    assert_int_equal(model->input, 0);
    first = new_block(model, 0, 2, &plain);
    middle = new_block(model, 2, 4, &plain);
    last = new_block(model, 4, N_LAYERS, &plain);
    assert_non_null(first->slots[0].fields[0]);
    assert_null(first->slots[0].fields[1]);
    assert_ptr_equal(first->slots[0].x, first->slots[0].fields[0]);
    assert_int_equal(first->in, 0);
    assert_null(middle->slots[0].fields[0]);
    assert_null(middle->slots[0].fields[1]);
    assert_non_null(middle->slots[0].x);
    assert_false(middle->reads_items);
    assert_null(last->slots[0].fields[0]);
    assert_non_null(last->slots[0].fields[1]);
    sidle_block_free(first);
    sidle_block_free(middle);
    sidle_block_free(last);
    sidle_model_free(model);
}

TEST(no_memory_is_an_answer)
{
    static const sidle_test_size one = {1, 1};
    const sidle_layer_entry entry = {&sidle_test_tanh_ops, "a", &one};
    const sidle_field value = sidle_test_field("value", 1);
    sidle_model *model;
    sidle_block *block = NULL;

    assert_int_equal(
        sidle_model_list(&entry, 1, &value, (ptrdiff_t)1 << 45, &model),
        SIDLE_OK);
    assert_int_equal(sidle_block_new(model, 0, 0, 1, &plain, &block),
                     SIDLE_EINTERNAL);
    assert_null(block);
    assert_non_null(strstr(sidle_fail_text(), "block 0"));
    sidle_model_free(model);
    sidle_block_free(NULL);
}

/* ---- weights that change under a kept activation */

/* The gradients of layers 1 .. 3 at item 5, for a fixed dy. */
struct grads {
    sidle_real dx[32], dw[256];
};

static void take_grads(sidle_block *block, int slot, struct grads *grads)
{
    sidle_real dy[32];

    memset(grads, 0, sizeof(*grads));
    check_random(9, "dy", (ptrdiff_t)block->out, dy);
    sidle_block_input_grad(block, slot, 0, dy, grads->dx);
    sidle_block_weight_grad(block, slot, 0, dy);
    assert_true(block->weights <= 256);
    memcpy(grads->dw, block->grad, block->weights * sizeof(sidle_real));
}

static void run(sidle_block *block, int slot, int64_t item)
{
    sidle_real y[32];

    fill(block, slot, item);
    sidle_block_forward(block, slot, y);
}

TEST(current_takes_the_gradient_at_the_newest_weights)
{
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &plain);
    struct grads old, stale, fresh;

    run(block, 0, 5);
    take_grads(block, 0, &old);
    change(block);
    take_grads(block, 0, &stale);
    change(block); /* clears the sum; weights move on by the same amount */
    run(block, 0, 5);
    take_grads(block, 0, &fresh);
    assert_memory_not_equal(&stale, &old, sizeof(old));
    assert_memory_not_equal(&stale, &fresh, sizeof(old));
    sidle_block_free(block);

    block = new_block(model, 1, 4, &plain);
    change(block);
    run(block, 0, 5);
    take_grads(block, 0, &fresh);
    assert_memory_equal(&stale, &fresh, sizeof(stale));
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(a_rerun_leaves_the_loss_alone)
{
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 3, N_LAYERS, &plain);
    sidle_loss loss;
    sidle_real dx[32];

    fill(block, 0, 5);
    sidle_block_forward(block, 0, NULL);
    loss = block->loss;
    change(block);
    sidle_block_input_grad(block, 0, 0, NULL, dx);
    assert_memory_equal(&block->loss, &loss, sizeof(loss));
    sidle_block_free(block);
    sidle_model_free(model);
}

static void count(void *context)
{
    ++*(int *)context;
}

TEST(stashed_takes_the_gradient_at_its_own_weights)
{
    static const sidle_block_room room = {3, 4, 1, 1, 0};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &room);
    struct grads expected[3], found;
    int calls = 0;

    for (int s = 0; s < 3; s++) {
        run(block, s, 5);
        memset(block->grad, 0, block->weights * sizeof(sidle_real));
        take_grads(block, s, &expected[s]);
        change(block);
    }
    sidle_set_poke(count, &calls);
    for (int s = 0; s < 3; s++) {
        memset(block->grad, 0, block->weights * sizeof(sidle_real));
        take_grads(block, s, &found);
        assert_memory_equal(&found, &expected[s], sizeof(found));
        sidle_block_release(block, s);
    }
    /* Three input gradients, two of weights: no forward ran again. */
    assert_int_equal(calls, 3 * 5);
    sidle_set_poke(NULL, NULL);
    assert_memory_not_equal(&expected[0], &expected[1], sizeof(found));
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(a_restored_slot_runs_forward_first)
{
    static const sidle_block_room room = {1, 2, 1, 1, 0};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &room);
    struct grads expected, found;

    run(block, 0, 5);
    take_grads(block, 0, &expected);
    change(block);
    for (size_t i = 0; i < model->layers[1].cache; i++)
        block->slots[0].cache[i] = (sidle_real)NAN;
    block->slots[0].stamp = -1;
    take_grads(block, 0, &found);
    assert_memory_equal(&found, &expected, sizeof(found));
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(weights_are_copied_only_where_a_slot_needs_them)
{
    static const sidle_block_room room = {2, 3, 1, 1, 0};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &room);

    assert_ptr_equal(sidle_block_begin_update(block), block->w[0]);
    run(block, 0, 5);
    assert_ptr_equal(sidle_block_begin_update(block), block->w[1]);
    assert_memory_equal(block->w[0], block->w[1],
                        block->weights * sizeof(sidle_real));
    sidle_block_end_update(block);
    assert_ptr_equal(sidle_block_begin_update(block), block->w[1]);
    run(block, 1, 6);
    assert_ptr_equal(sidle_block_begin_update(block), block->w[2]);
    sidle_block_release(block, 0);
    run(block, 0, 7);
    assert_ptr_equal(sidle_block_begin_update(block), block->w[0]);
    sidle_block_free(block);
    sidle_model_free(model);
}

static jmp_buf dying;

static void on_die(int code)
{
    longjmp(dying, code);
}

TEST(too_many_versions_are_a_bug)
{
    static const sidle_block_room room = {1, 1, 1, 1, 0};
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &room);
    int code;

    run(block, 0, 5);
    sidle_set_die_hook(on_die);
    code = setjmp(dying);
    if (code == 0)
        sidle_block_begin_update(block);
    sidle_set_die_hook(NULL);
    assert_int_equal(code, SIDLE_EINTERNAL);
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(an_update_counts_and_clears)
{
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &plain);
    struct grads grads;

    run(block, 0, 5);
    take_grads(block, 0, &grads);
    change(block);
    assert_int_equal(block->stamp, 1);
    for (size_t i = 0; i < block->weights; i++)
        assert_true(block->grad[i] == 0);
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST(evaluation_changes_no_bit)
{
    static const sidle_block_room room = {1, 2, 1, 1, 0};
    sidle_model *model = new_model();
    sidle_block *with = new_block(model, 1, 4, &room);
    sidle_block *without = new_block(model, 1, 4, &room);
    struct grads a, b;

    run(with, 0, 5);
    run(without, 0, 5);
    change(with);
    change(without);
    run(with, with->n_slots - 1, 77);
    assert_false(with->slots[with->n_slots - 1].is_used);
    take_grads(with, 0, &a);
    take_grads(without, 0, &b);
    assert_memory_equal(&a, &b, sizeof(a));
    sidle_block_release(with, 0);
    sidle_block_release(without, 0);
    assert_int_equal(sidle_block_begin_update(with) - with->w[0],
                     sidle_block_begin_update(without) - without->w[0]);
    sidle_block_free(with);
    sidle_block_free(without);
    sidle_model_free(model);
}

TEST(weight_gradients_may_wait)
{
    static const sidle_block_room room = {2, 1, 2, 0, 0};
    sidle_model *model = new_model();
    sidle_block *late = new_block(model, 1, 4, &room);
    sidle_block *soon = new_block(model, 1, 4, &room);
    sidle_real dy[2][32], dx[32];

    for (int s = 0; s < 2; s++) {
        check_random(9, s == 0 ? "dy0" : "dy1", 32, dy[s]);
        run(late, s, 5 + s);
        run(soon, s, 5 + s);
        sidle_block_input_grad(late, s, s, dy[s], dx);
        sidle_block_input_grad(soon, s, 0, dy[s], dx);
        sidle_block_weight_grad(soon, s, 0, dy[s]);
    }
    for (int s = 0; s < 2; s++)
        sidle_block_weight_grad(late, s, s, dy[s]);
    assert_memory_equal(late->grad, soon->grad,
                        late->weights * sizeof(sidle_real));
    sidle_block_free(late);
    sidle_block_free(soon);
    sidle_model_free(model);
}

TEST(poke_is_called_after_every_layer)
{
    sidle_model *model = new_model();
    sidle_block *block = new_block(model, 1, 4, &plain);
    struct grads grads;
    int calls = 0;

    sidle_set_poke(count, &calls);
    run(block, 0, 5);
    assert_int_equal(calls, 3);
    take_grads(block, 0, &grads);
    assert_int_equal(calls, 8); /* one of the three has no weights */
    sidle_set_poke(NULL, NULL);
    run(block, 0, 5);
    assert_int_equal(calls, 8);
    sidle_block_free(block);
    sidle_model_free(model);
}

TEST_MAIN
