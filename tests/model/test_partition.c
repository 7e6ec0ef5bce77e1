/* test_partition.c - cuts against brute force, and as text. */
#include "check.h"

#include "model/cost.h"
#include "model/partition.h"

#include <math.h>
#include <string.h>

#define MOST 9

/* A kind without weights whose cost is its config. */
static sidle_status setup_costly(sidle_layer *layer, const void *config)
{
    layer->flops = *(const double *)config;
    layer->out_shape = layer->in_shape;
    return SIDLE_OK;
}

static const sidle_layer_ops costly_ops = {
    .kind = "costly", .options_size = sizeof(double), .setup = setup_costly};

static sidle_model *new_model(int n, const double *flops)
{
    static const char *const names[MOST] = {"cross",    "self.000", "self.001",
                                            "self.002", "self.003", "self.004",
                                            "self.005", "self.006", "final"};
    sidle_layer_entry entries[MOST];
    sidle_model *model;

    for (int k = 0; k < n; k++)
        entries[k] = (sidle_layer_entry){
            &costly_ops, names[k == n - 1 ? MOST - 1 : k], &flops[k]};
    assert_int_equal(sidle_model_list(entries, n, NULL, 1, &model), SIDLE_OK);
    return model;
}

static const sidle_loss_kind costly_loss = {.unit = "units"};
static const sidle_layer_ops costly_loss_ops = {.kind = "costly_loss",
                                                .options_size = sizeof(double),
                                                .loss = &costly_loss,
                                                .setup = setup_costly};

/* Costs with many ties: small whole numbers, some of them 0. */
static void draw(int n, uint64_t seed, double *flops)
{
    sidle_rng rng = {seed, sidle_rng_stream("flops", 0)};

    for (int k = 0; k < n; k++)
        flops[k] = (double)sidle_rng_below(rng, (uint64_t)k, 5);
}

static double worst_part(const sidle_costs *costs, const int *first,
                         int n_parts)
{
    double worst = 0.0;

    for (int b = 0; b < n_parts; b++) {
        double sum = 0.0;

        for (int k = first[b]; k < first[b + 1]; k++)
            sum += costs->of_layer[k] +
                   (costs->again ? costs->share[b] * costs->again[k] : 0.0);
        worst = sum > worst ? sum : worst;
    }
    return worst;
}

/* Tries all cuts in lexicographic order and keeps the first best one. */
static void brute_force(const sidle_costs *costs, int n, int part, int n_parts,
                        int *first, int *best)
{
    if (part == n_parts) {
        first[n_parts] = n;
        if (best[0] < 0 || worst_part(costs, first, n_parts) <
                               worst_part(costs, best, n_parts))
            memcpy(best, first, sizeof(int) * (size_t)(n_parts + 1));
        return;
    }
    for (int at = first[part - 1] + 1; at <= n - (n_parts - part); at++) {
        first[part] = at;
        brute_force(costs, n, part + 1, n_parts, first, best);
    }
}

static void best_cut_of(const sidle_costs *costs, int n, int n_parts, int *best)
{
    int first[MOST + 1] = {0};

    best[0] = -1;
    brute_force(costs, n, 1, n_parts, first, best);
}

static void best_cut(const double *of_layer, int n, int n_parts, int *best)
{
    best_cut_of(&(sidle_costs){.of_layer = of_layer}, n, n_parts, best);
}

TEST(auto_is_the_best_cut_and_goes_left)
{
    double flops[MOST], costs[MOST];
    sidle_partition partition;
    int best[MOST + 1];

    for (uint64_t seed = 0; seed < 60; seed++) {
        int n = 1 + (int)(seed % MOST);
        sidle_model *model;

        draw(n, seed, flops);
        model = new_model(n, flops);
        for (int k = 0; k < n; k++)
            costs[k] = sidle_cost_of(&model->layers[k]);
        for (int D = 1; D <= n; D++) {
            assert_int_equal(sidle_partition_auto(model, D, &partition),
                             SIDLE_OK);
            best_cut(costs, n, D, best);
            assert_int_equal(partition.n_blocks, D);
            assert_memory_equal(partition.first, best,
                                sizeof(int) * (size_t)(D + 1));
        }
        sidle_model_free(model);
    }
}

static void draw_reals(sidle_rng rng, int n, double *out)
{
    for (int k = 0; k < n; k++)
        out[k] = 1e-6 * (double)sidle_rng_below(rng, (uint64_t)k, 1000003);
}

/* Seconds, for example: no whole numbers, no relation to what is counted; some
 * of them counted less and less often from block to block, or as it happens. */
TEST(given_costs_have_their_own_best_cut)
{
    double flops[MOST], of_layer[MOST], again[MOST], share[MOST + 1];
    sidle_partition partition;
    int best[MOST + 1];

    for (uint64_t seed = 200; seed < 260; seed++) {
        sidle_costs costs = {of_layer, seed % 2 ? again : NULL, share, 0};
        sidle_model *model;

        draw(MOST, seed, flops);
        model = new_model(MOST, flops);
        draw_reals((sidle_rng){seed, sidle_rng_stream("seconds", 0)}, MOST,
                   of_layer);
        draw_reals((sidle_rng){seed, sidle_rng_stream("again", 0)}, MOST,
                   again);
        for (int D = 1; D <= MOST; D++) {
            if (seed % 4 == 1) /* 1 .. 1, then down to 0 */
                for (int b = 0; b < D; b++)
                    share[b] = fmin(1.0, (D - 1 - b) / 3.0);
            else
                draw_reals((sidle_rng){seed, sidle_rng_stream("share", 0)}, D,
                           share);
            assert_int_equal(
                sidle_partition_costs(model, &costs, D, &partition), SIDLE_OK);
            best_cut_of(&costs, MOST, D, best);
            assert_memory_equal(partition.first, best,
                                sizeof(int) * (size_t)(D + 1));
        }
        assert_int_equal(
            sidle_partition_costs(model, &costs, MOST + 1, &partition),
            SIDLE_EUSAGE);
        sidle_model_free(model);
    }
}

TEST(ranks_are_the_best_cut_of_blocks)
{
    double flops[MOST], costs[MOST];
    sidle_partition partition = {.n_blocks = 6, .first = {0, 1, 2, 4, 5, 6, 9}};
    int best[MOST + 1];

    for (uint64_t seed = 100; seed < 140; seed++) {
        sidle_model *model;

        draw(MOST, seed, flops);
        model = new_model(MOST, flops);
        memset(costs, 0, sizeof(costs));
        for (int b = 0; b < 6; b++)
            for (int k = partition.first[b]; k < partition.first[b + 1]; k++)
                costs[b] += sidle_cost_of(&model->layers[k]);
        for (int P = 1; P <= 6; P++) {
            int first[7];

            best_cut(costs, 6, P, best);
            sidle_partition_ranks(model, &partition, P, first);
            assert_memory_equal(first, best, sizeof(int) * (size_t)(P + 1));
        }
        sidle_model_free(model);
    }
}

TEST(auto_refuses_what_cannot_be_cut)
{
    double flops[3] = {1, 2, 3};
    sidle_model *model = new_model(3, flops);
    sidle_partition partition;

    assert_int_equal(sidle_partition_auto(model, 0, &partition), SIDLE_EUSAGE);
    assert_int_equal(sidle_partition_auto(model, 4, &partition), SIDLE_EUSAGE);
    sidle_model_free(model);
}

/* Four layers and a loss that costs more than they: its cost counts in the
 * block of the last layer. */
TEST(a_loss_begins_no_block)
{
    static double one = 1000.0, much = 3000.0;
    const sidle_layer_entry entries[5] = {{&costly_ops, "layer.000", &one},
                                          {&costly_ops, "layer.001", &one},
                                          {&costly_ops, "layer.002", &one},
                                          {&costly_ops, "layer.003", &one},
                                          {&costly_loss_ops, "loss", &much}};
    sidle_model *model;
    sidle_partition partition;

    assert_int_equal(sidle_model_list(entries, 5, NULL, 1, &model), SIDLE_OK);
    assert_int_equal(sidle_partition_most(model), 4);
    for (int D = 1; D <= 4; D++) {
        assert_int_equal(sidle_partition_auto(model, D, &partition), SIDLE_OK);
        assert_int_equal(partition.first[D - 1], D == 1 ? 0 : 3);
        assert_int_equal(partition.first[D], 5);
    }
    assert_int_equal(sidle_partition_auto(model, 5, &partition), SIDLE_EUSAGE);
    assert_int_equal(
        sidle_partition_parse(model, "[layer.000, loss]", 0, &partition),
        SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "\"loss\" begins no block"));
    sidle_model_free(model);
}

TEST(a_model_of_too_many_layers_is_cut_into_few)
{
    enum { N = SIDLE_MAX_BLOCKS + 2 };
    static double one = 1.0;
    static sidle_layer_entry entries[N];
    sidle_model *model;
    sidle_partition partition;

    for (int k = 0; k < N; k++)
        entries[k] = (sidle_layer_entry){&costly_ops, "layer", &one};
    assert_int_equal(sidle_model_list(entries, N, NULL, 1, &model), SIDLE_OK);
    assert_int_equal(sidle_partition_auto(model, N, &partition), SIDLE_EUSAGE);
    assert_int_equal(sidle_partition_auto(model, 2, &partition), SIDLE_OK);
    assert_int_equal(partition.first[1], N / 2);
    sidle_model_free(model);
}

TEST(a_list_is_read_and_printed)
{
    double flops[6] = {1, 1, 1, 1, 1, 1};
    sidle_model *model = new_model(6, flops);
    sidle_partition partition;
    char text[64];

    assert_int_equal(sidle_partition_parse(model, " [cross,self.002 , final]",
                                           0, &partition),
                     SIDLE_OK);
    assert_int_equal(partition.n_blocks, 3);
    assert_int_equal(partition.first[1], 3);
    assert_int_equal(partition.first[2], 5);
    assert_int_equal(partition.first[3], 6);
    sidle_partition_print(model, &partition, text, sizeof(text));
    assert_string_equal(text, "cross, self.002, final");
    assert_int_equal(
        sidle_partition_parse(model, "cross, self.001", 2, &partition),
        SIDLE_OK);
    assert_int_equal(partition.first[1], 2);
    sidle_model_free(model);
}

TEST(a_wrong_list_is_refused)
{
    static const struct {
        const char *text;
        int n_blocks;
        const char *word; /* that the sentence must hold */
    } wrong[] = {{"[cross, selff.002]", 0, "self.002"},
                 {"[cross, self.001, self.001]", 0, "self.001"},
                 {"[cross, final, self.001]", 0, "self.001"},
                 {"[self.000, final]", 0, "cross"},
                 {"[cross, final]", 3, "3"},
                 {"[]", 0, "no unit"},
                 {"", 0, "no unit"}};
    double flops[6] = {1, 1, 1, 1, 1, 1};
    sidle_model *model = new_model(6, flops);
    sidle_partition partition;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_int_equal(sidle_partition_parse(model, wrong[i].text,
                                               wrong[i].n_blocks, &partition),
                         SIDLE_EUSAGE);
        assert_non_null(strstr(sidle_fail_text(), wrong[i].word));
    }
    sidle_model_free(model);
}

TEST(cost_counts_operations_and_bytes)
{
    sidle_layer layer = {.in = 10,
                         .out = 20,
                         .cache = 30,
                         .stash = 40,
                         .weights = 50,
                         .flops = 1000.0};

    /* 3 x 1000, and 4 bytes of 2 (10 + 20 + 30 + 40) + 4 x 50 numbers */
    assert_true(sidle_cost_of(&layer) ==
                3000.0 + SIDLE_COST_OF_BYTE * 4.0 * 400.0);
}

TEST_MAIN
