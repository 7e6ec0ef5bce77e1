/* partition.c - the best cut of a row of costs, and cuts as text.
 *
 * Whether parts of at most a given cost suffice is a walk from left to right.
 * So the largest part's best cost is found by bisection over doubles, down to
 * two neighbouring ones: it is exact. */
#include "model/partition.h"

#include "base/text.h"
#include "model/cost.h"

#include <ctype.h>
#include <string.h>

/* A row of costs that is cut: of layers, or of blocks. */
struct row {
    const sidle_model *model;
    const sidle_partition *blocks; /* NULL: the row holds layers */
    const double *costs;           /* of layers; NULL: counted */
    int n;
};

static double cost_at(const struct row *row, int i)
{
    double cost = 0.0;

    if (row->costs != NULL)
        return row->costs[i];
    if (row->blocks == NULL)
        return sidle_cost_of(&row->model->layers[i]);
    for (int k = row->blocks->first[i]; k < row->blocks->first[i + 1]; k++)
        cost += sidle_cost_of(&row->model->layers[k]);
    return cost;
}

/* Parts that items first .. n-1 need if none may cost more than `most`;
 * n + 1 if one item alone does. */
static int parts_needed(const struct row *row, int first, double most)
{
    double sum = 0.0;
    int parts = first < row->n;

    for (int i = first; i < row->n; i++) {
        double cost = cost_at(row, i);

        if (cost > most)
            return row->n + 1;
        if (sum + cost > most) {
            parts++;
            sum = 0.0;
        }
        sum += cost;
    }
    return parts;
}

/* The smallest `most` for which `n_parts` parts suffice. */
static double best_cost(const struct row *row, int n_parts)
{
    double low = -1.0, high = 0.0; /* too small, enough */

    for (int i = 0; i < row->n; i++)
        high += cost_at(row, i);
    for (;;) {
        double middle = low + (high - low) / 2.0;

        if (middle <= low || middle >= high)
            return high;
        if (parts_needed(row, 0, middle) <= n_parts)
            high = middle;
        else
            low = middle;
    }
}

/* first[0 .. n_parts]: the best cut, every part as short as the rest allows. */
static void cut(const struct row *row, int n_parts, int *first)
{
    double most = best_cost(row, n_parts);

    first[0] = 0;
    first[n_parts] = row->n;
    for (int part = 1; part < n_parts; part++) {
        int left = n_parts - part, at = first[part - 1] + 1;

        while (parts_needed(row, at, most) > left)
            at++;
        first[part] = at;
    }
}

sidle_status sidle_partition_auto(const sidle_model *model, int n_blocks,
                                  sidle_partition *partition)
{
    return sidle_partition_costs(model, NULL, n_blocks, partition);
}

sidle_status sidle_partition_costs(const sidle_model *model,
                                   const double *costs, int n_blocks,
                                   sidle_partition *partition)
{
    struct row row = {.model = model, .costs = costs, .n = model->n_layers};

    if (n_blocks < 1 || n_blocks > model->n_layers)
        return sidle_fail(SIDLE_EUSAGE,
                          "cannot cut %d layers into %d blocks; use 1 to %d",
                          model->n_layers, n_blocks, model->n_layers);
    if (n_blocks > SIDLE_MAX_BLOCKS)
        return sidle_fail(SIDLE_EUSAGE, "%d blocks are too many; use 1 to %d",
                          n_blocks, SIDLE_MAX_BLOCKS);
    partition->n_blocks = n_blocks;
    cut(&row, n_blocks, partition->first);
    return SIDLE_OK;
}

void sidle_partition_ranks(const sidle_model *model,
                           const sidle_partition *partition, int n_ranks,
                           int rank, int *first_p, int *last_p)
{
    struct row row = {
        .model = model, .blocks = partition, .n = partition->n_blocks};
    int first[SIDLE_MAX_BLOCKS + 1];

    SIDLE_CHECK(n_ranks >= 1 && n_ranks <= partition->n_blocks,
                "%d ranks for %d blocks", n_ranks, partition->n_blocks);
    SIDLE_CHECK(rank >= 0 && rank < n_ranks, "rank %d of %d", rank, n_ranks);
    cut(&row, n_ranks, first);
    *first_p = first[rank];
    *last_p = first[rank + 1];
}

/* ---- text */

static sidle_status unknown_layer(const sidle_model *model, const char *name)
{
    int near = 0;

    for (int k = 1; k < model->n_layers; k++)
        if (sidle_text_distance(name, model->layers[k].name) <
            sidle_text_distance(name, model->layers[near].name))
            near = k;
    return sidle_fail(SIDLE_EUSAGE,
                      "partition: no layer is called \"%s\"; the nearest is "
                      "\"%s\"",
                      name, model->layers[near].name);
}

/* The block that starts at the layer called `name` joins the list. */
static sidle_status add_block(const sidle_model *model, const char *name,
                              sidle_partition *partition)
{
    int at = sidle_model_find(model, name), n = partition->n_blocks;

    if (at < 0)
        return unknown_layer(model, name);
    if (n == 0 && at != 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "partition: the first block starts with \"%s\", not "
                          "\"%s\"",
                          model->layers[0].name, name);
    if (n > 0 && at <= partition->first[n - 1])
        return sidle_fail(SIDLE_EUSAGE,
                          "partition: \"%s\" stands after \"%s\"; name each "
                          "block's first layer once, in the model's order",
                          name, model->layers[partition->first[n - 1]].name);
    if (n == SIDLE_MAX_BLOCKS)
        return sidle_fail(SIDLE_EUSAGE, "partition: more than %d blocks",
                          SIDLE_MAX_BLOCKS);
    partition->first[n] = at;
    partition->n_blocks = n + 1;
    return SIDLE_OK;
}

static int is_between(char c)
{
    return c == ',' || c == '[' || c == ']' || isspace((unsigned char)c);
}

/* The next name of a list; answers its end, NULL at the list's. A name that is
 * longer than any layer's is cut off: it is unknown either way. */
static const char *next_name(const char *text, char *name, size_t size)
{
    size_t n = 0;

    while (is_between(*text))
        text++;
    if (*text == '\0')
        return NULL;
    for (; *text != '\0' && !is_between(*text); text++)
        if (n + 1 < size)
            name[n++] = *text;
    name[n] = '\0';
    return text;
}

sidle_status sidle_partition_parse(const sidle_model *model, const char *text,
                                   int n_blocks, sidle_partition *partition)
{
    sidle_partition found = {0};
    char name[64];

    while ((text = next_name(text, name, sizeof(name))) != NULL)
        SIDLE_TRY(add_block(model, name, &found));
    if (found.n_blocks == 0)
        return sidle_fail(SIDLE_EUSAGE, "partition: the list names no layer");
    if (n_blocks != 0 && found.n_blocks != n_blocks)
        return sidle_fail(SIDLE_EUSAGE,
                          "partition: the list names %d blocks, but there are "
                          "to be %d",
                          found.n_blocks, n_blocks);
    found.first[found.n_blocks] = model->n_layers;
    *partition = found;
    return SIDLE_OK;
}

void sidle_partition_print(const sidle_model *model,
                           const sidle_partition *partition, char *out,
                           size_t size)
{
    size_t used = 0;

    for (int b = 0; b < partition->n_blocks; b++) {
        sidle_text_format(out + used, size - used, "%s%s", b == 0 ? "" : ", ",
                          model->layers[partition->first[b]].name);
        used += strlen(out + used);
    }
}
