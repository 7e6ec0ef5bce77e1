/* test_skip.c - skips inside a block and between blocks: shapes, gradients
 * against central differences, and the partitions that keep them whole. */
/* real: double */
#include "check.h"

#include "layer/kinds.h"
#include "model/block.h"
#include "model/skips.h"
#include "model/spec_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, MAX_SKIPS = 8 };

static const sidle_field frames = {"frames", 'f', {3, {2, 2, 2}}};

static void set(sidle_spec_entry *entry, const char *key, const char *text)
{
    const sidle_option_text value = {text, 0, 0};

    sidle_spec_set(entry, key, &value, "");
}

static sidle_spec_entry *add(sidle_spec *spec, const char *kind)
{
    return sidle_spec_add(&spec->layers, kind, "model.layers[0]", "");
}

static void add_linear(sidle_spec *spec, const char *width)
{
    set(add(spec, "linear"), "width", width);
}

static void add_skip(sidle_spec *spec, const char *from, const char *merge)
{
    sidle_spec_entry *entry = add(spec, "skip");

    set(entry, "from", from);
    set(entry, "merge", merge);
}

/* Two skips take one output, one takes that of the unit before it, and one
 * merges along the channels of places. */
static sidle_model *new_model(void)
{
    sidle_model *model;
    sidle_spec spec = {0};

    add(&spec, "tanh");                     /* 0 */
    add_skip(&spec, "layer.000", "concat"); /* 1 (2, 2, 4) */
    add(&spec, "flatten");                  /* 2 */
    add_linear(&spec, "5");                 /* 3 */
    add(&spec, "tanh");                     /* 4 */
    add_linear(&spec, "5");                 /* 5 */
    add_skip(&spec, "layer.004", "add");    /* 6 */
    add(&spec, "tanh");                     /* 7 */
    add_skip(&spec, "layer.003", "concat"); /* 8 */
    add_linear(&spec, "5");                 /* 9 */
    add_skip(&spec, "layer.004", "add");    /* 10 */
    add_linear(&spec, "3");                 /* 11 */
    sidle_spec_begin(&spec.loss, "cross_entropy", "model.loss", "");
    if (sidle_spec_model(&spec, &frames, ROWS, &model) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    sidle_spec_done(&spec);
    return model;
}

/* ---- one item through all blocks of a partition, sides passed by hand */

typedef struct net {
    const sidle_model *model;
    sidle_partition partition;
    sidle_block *blocks[8];
    sidle_skip skips[MAX_SKIPS];
    int n_skips;
} net;

static void give_item(sidle_block *block, int slot)
{
    sidle_slot *at = &block->slots[slot];

    sidle_block_set_item(block, slot, 1, 1, 0, 0);
    at->grad_weight = 1.0 / ROWS;
    for (int b = 0; b < ROWS; b++) {
        at->length[b] = at->scored[b] = 1;
        at->clip[b] = 0;
    }
    for (int f = 0; f < block->model->n_fields; f++) {
        if (at->fields[f] == NULL)
            continue;
        if (block->model->fields[f].type == 'f')
            check_random(5, "frames", ROWS * 8, at->fields[f]);
        for (int b = 0; b < ROWS && block->model->fields[f].type == 'i'; b++)
            ((int32_t *)at->fields[f])[b] = b;
    }
}

static net new_net(const sidle_model *model, const char *partition)
{
    const sidle_block_room room = {
        .n_slots = 1, .n_versions = 1, .n_stashes = 1};
    net n = {.model = model};

    assert_int_equal(sidle_partition_parse(model, partition, 0, &n.partition),
                     SIDLE_OK);
    n.n_skips = sidle_skips_list(model, &n.partition, n.skips);
    for (int b = 0; b < n.partition.n_blocks; b++) {
        int first = n.partition.first[b];
        sidle_real *w;

        assert_int_equal(sidle_block_new(model, b + 1, first,
                                         n.partition.first[b + 1] - first,
                                         &room, &n.blocks[b]),
                         SIDLE_OK);
        w = sidle_block_weights(n.blocks[b]);
        for (int l = first; l < n.partition.first[b + 1]; l++)
            for (int p = 0; p < model->layers[l].n_params; p++)
                check_random(9, model->layers[l].params[p].name,
                             model->layers[l].params[p].count,
                             w + sidle_block_param_offset(n.blocks[b], l, p));
        give_item(n.blocks[b], 0);
    }
    return n;
}

static void free_net(net *n)
{
    for (int b = 0; b < n->partition.n_blocks; b++)
        sidle_block_free(n->blocks[b]);
}

/* What a skip takes, to where its block wants it. */
static void pass_side(net *n, const sidle_skip *skip, const sidle_real *y)
{
    const sidle_block *from = n->blocks[skip->from_block - 1];
    sidle_block *to = n->blocks[skip->to_block - 1];
    const sidle_real *output =
        skip->from == from->first_layer + from->n_layers - 1
            ? y
            : sidle_block_output(from, 0, skip->from);

    memcpy(to->slots[0].sides + sidle_block_side_offset(to, skip->unit), output,
           n->model->layers[skip->unit].side * sizeof(*output));
}

static double forward(net *n)
{
    sidle_real y[ROWS * 16];

    for (int b = 0; b < n->partition.n_blocks; b++) {
        sidle_block_forward(n->blocks[b], 0, n->blocks[b]->is_last ? NULL : y);
        if (!n->blocks[b]->is_last)
            memcpy(n->blocks[b + 1]->slots[0].x, y,
                   n->blocks[b]->out * sizeof(*y));
        for (int i = 0; i < n->n_skips; i++)
            if (n->skips[i].from_block == b + 1)
                pass_side(n, &n->skips[i], y);
    }
    return n->blocks[n->partition.n_blocks - 1]->loss.sum / ROWS;
}

static void backward_block(net *n, int b, sidle_real *dy, sidle_real *dx)
{
    sidle_block *block = n->blocks[b];
    sidle_outer outer[MAX_SKIPS];

    block->outer = outer;
    block->n_outer = 0;
    for (int i = 0; i < n->n_skips; i++) {
        const sidle_skip *skip = &n->skips[i];
        const sidle_block *to = n->blocks[skip->to_block - 1];
        int layer = skip->from - block->first_layer;
        const sidle_real *dside;

        if (skip->from_block != b + 1)
            continue;
        dside = to->dsides + sidle_block_side_offset(to, skip->unit);
        if (layer < block->n_layers - 1)
            outer[block->n_outer++] = (sidle_outer){layer, dside};
        for (size_t k = 0; layer == block->n_layers - 1 && k < block->out; k++)
            dy[k] += dside[k];
    }
    sidle_block_input_grad(block, 0, 0, block->is_last ? NULL : dy, dx);
    sidle_block_weight_grad(block, 0, 0, block->is_last ? NULL : dy);
}

static void backward(net *n)
{
    sidle_real dy[ROWS * 16], dx[ROWS * 16];

    for (int b = n->partition.n_blocks - 1; b >= 0; b--) {
        backward_block(n, b, dy, b > 0 ? dx : NULL);
        memcpy(dy, dx, sizeof(dy));
    }
}

static void check_gradients(const char *partition)
{
    sidle_model *model = new_model();
    net n = new_net(model, partition);

    forward(&n);
    backward(&n);
    for (int b = 0; b < n.partition.n_blocks; b++) {
        sidle_block *block = n.blocks[b];
        sidle_real *w = sidle_block_weights(block);

        for (size_t i = 0; i < block->weights; i++) {
            sidle_real was = w[i];
            double up, down;

            w[i] = was + 1e-5;
            up = forward(&n);
            w[i] = was - 1e-5;
            down = forward(&n);
            w[i] = was;
            if (fabs((up - down) / 2e-5 - block->grad[i]) > 1e-8)
                fail_msg("partition %s, block %d, weight %zu: %g, expected %g",
                         partition, b + 1, i, block->grad[i],
                         (up - down) / 2e-5);
        }
    }
    free_net(&n);
    sidle_model_free(model);
}

TEST(gradients_agree_with_differences)
{
    check_gradients("layer.000");
    check_gradients("layer.000, layer.003, layer.008");
    check_gradients("layer.000, layer.001, layer.005, layer.006, layer.009");
    check_gradients("layer.000, layer.004, layer.005, layer.010");
}

TEST(skips_between_blocks_are_listed)
{
    sidle_model *model = new_model();
    sidle_partition partition;
    sidle_skip skips[MAX_SKIPS];

    assert_int_equal(sidle_partition_parse(model,
                                           "layer.000, layer.003, layer.008", 0,
                                           &partition),
                     SIDLE_OK);
    assert_int_equal(sidle_skips_list(model, &partition, NULL), 2);
    assert_int_equal(sidle_skips_list(model, &partition, skips), 2);
    assert_int_equal(skips[0].unit, 8);
    assert_int_equal(skips[0].from, 3);
    assert_int_equal(skips[0].from_block, 2);
    assert_int_equal(skips[0].to_block, 3);
    assert_int_equal(skips[1].unit, 10);
    assert_int_equal(sidle_skips_refuse(model, &partition, "sideways"),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "\"layer.008\""));
    assert_non_null(strstr(sidle_fail_text(), "\"layer.003\""));
    sidle_model_free(model);
}

TEST(auto_keeps_a_skip_whole_unless_it_may_cut)
{
    sidle_model *model = new_model();
    sidle_partition partition;

    /* Whole: 0 to 1, 2, 3 to 10, 11 with the loss. */
    for (int D = 1; D <= 4; D++) {
        assert_int_equal(sidle_partition_auto(model, D, &partition), SIDLE_OK);
        assert_int_equal(partition.first[D], model->n_layers);
        assert_int_equal(sidle_skips_list(model, &partition, NULL), 0);
    }
    assert_int_equal(sidle_partition_auto(model, 5, &partition), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "use 1 to 4"));
    assert_int_equal(sidle_partition_costs(
                         model, &(sidle_costs){.cuts_skips = 1}, 6, &partition),
                     SIDLE_OK);
    sidle_model_free(model);
}

/* ---- what is refused */

static void is_refused(sidle_spec *spec, const char *words)
{
    sidle_model *model;

    sidle_spec_begin(&spec->loss, "mse", "model.loss", "");
    assert_int_equal(sidle_spec_model(spec, &frames, ROWS, &model),
                     SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("'%s', not '%s'", sidle_fail_text(), words);
    sidle_spec_done(spec);
}

TEST(a_skip_takes_the_output_of_an_earlier_unit)
{
    sidle_spec spec = {0};

    add(&spec, "tanh");
    add_skip(&spec, "layer.002", "add");
    add(&spec, "tanh");
    is_refused(&spec, "\"layer.001\" (skip) takes the output of \"layer.002\", "
                      "which is no earlier unit");
    add(&spec, "tanh");
    add_skip(&spec, "layer.001", "add");
    is_refused(&spec, "no earlier unit; use \"layer.000\" to \"layer.000\"");
    add_skip(&spec, "layer.000", "add");
    is_refused(&spec, "\"layer.000\" (skip) is the first unit");
}

TEST(a_skip_stands_in_no_other_unit)
{
    sidle_spec spec = {0};
    sidle_spec_entry *entry, *inner;

    add(&spec, "tanh");
    entry = add(&spec, "residual");
    inner = sidle_spec_add(&entry->inner, "skip", "model.layers[1]", "");
    set(inner, "from", "layer.000");
    is_refused(&spec, "\"layer.001.000\" (skip) stands inside another unit");
}

TEST(shapes_of_a_skip_fit)
{
    sidle_spec spec = {0};

    add(&spec, "tanh");
    add(&spec, "flatten");
    add_skip(&spec, "layer.000", "concat");
    is_refused(&spec, "\"layer.002\" (skip) gets an input of shape (8), the "
                      "output of \"layer.000\" has shape (2, 2, 2); merge "
                      "concat needs equal shapes but for the channels");
    add(&spec, "flatten");
    add_linear(&spec, "4");
    add_skip(&spec, "layer.000", "add");
    is_refused(&spec, "merge add needs equal shapes");
}

TEST_MAIN
