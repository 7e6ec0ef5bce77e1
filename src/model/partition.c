/* partition.c - the best cut of a row of costs, and cuts as text.
 *
 * For every part and every item that it may begin with stands in a table what
 * the costliest of this and all later parts costs at best: it is exact, also
 * where an item costs less in a later part. A part is not made longer once it
 * alone costs more than the best found, so the work is about n^2. */
#include "model/partition.h"

#include "base/text.h"
#include "model/cost.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of costs that is cut: of layers, or of blocks. */
struct row {
    const sidle_model *model;
    const sidle_partition *blocks; /* NULL: the row holds layers */
    const sidle_costs *costs;      /* of layers; NULL: counted */
    int n;
};

/* Of item i in a part, from 0. */
static double cost_at(const struct row *row, int i, int part)
{
    const sidle_costs *given = row->costs;
    double cost = 0.0;

    if (given != NULL && given->again != NULL)
        return given->of_layer[i] + given->share[part] * given->again[i];
    if (given != NULL)
        return given->of_layer[i];
    if (row->blocks == NULL)
        return sidle_cost_of(&row->model->layers[i]);
    for (int k = row->blocks->first[i]; k < row->blocks->first[i + 1]; k++)
        cost += sidle_cost_of(&row->model->layers[k]);
    return cost;
}

/* The least cost of the costliest of parts part .. n_parts-1, which items
 * first .. n-1 are cut into; `later` is that list for part + 1 and all items.
 */
static double best_cost(const struct row *row, int part, int n_parts, int first,
                        const double *later)
{
    double best = HUGE_VAL, sum = 0.0;
    int most = row->n - (n_parts - 1 - part); /* an item for each later part */

    for (int at = first + 1; at <= most; at++) {
        sum += cost_at(row, at - 1, part);
        if (sum >= best)
            break;
        if (part < n_parts - 1)
            best = fmin(best, fmax(sum, later[at]));
        else if (at == row->n)
            best = sum;
    }
    return best;
}

/* first[0 .. n_parts]: the best cut, every part as short as the rest allows. */
static void cut(const struct row *row, int n_parts, int *first)
{
    size_t width = (size_t)row->n + 1;
    double *table = calloc((size_t)(n_parts + 1) * width, sizeof(*table));

    SIDLE_CHECK(table != NULL, "no memory to cut %d layers", row->n);
    for (int part = n_parts - 1; part >= 0; part--)
        for (int i = part; i < row->n; i++)
            table[(size_t)part * width + (size_t)i] = best_cost(
                row, part, n_parts, i, table + (size_t)(part + 1) * width);
    first[0] = 0;
    first[n_parts] = row->n;
    for (int part = 1; part < n_parts; part++) {
        int at = first[part - 1] + 1;

        while (table[(size_t)part * width + (size_t)at] > table[0])
            at++;
        first[part] = at;
    }
    free(table);
}

sidle_status sidle_partition_auto(const sidle_model *model, int n_blocks,
                                  sidle_partition *partition)
{
    return sidle_partition_costs(model, NULL, n_blocks, partition);
}

sidle_status sidle_partition_costs(const sidle_model *model,
                                   const sidle_costs *costs, int n_blocks,
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
