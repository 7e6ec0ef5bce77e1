/* partition.c - the best partition of a row of costs, and partitions as text.
 *
 * For every part and every item that it may begin with stands in a table what
 * the costliest of this and all later parts costs at best: it is exact, also
 * where an item costs less in a later part. A part is not made longer once it
 * alone costs more than the best found, nor once no partition can be better, so
 * the work is about n^2, and D n^2 / 2 in the worst case. */
#include "model/partition.h"

#include "base/text.h"
#include "model/cost.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of costs to be divided into parts: of layers, or of blocks. */
struct row {
    int n;
    double *cost;        /* (n) */
    double *again;       /* (n), or NULL: what an item costs besides */
    const double *share; /* (parts): so much of `again` counts there */
    double *
        least_of_rest; /* (n + 1): of any partition of the items from here on */
};

static double cost_at(const struct row *row, int i, int part)
{
    return row->again != NULL ? row->cost[i] + row->share[part] * row->again[i]
                              : row->cost[i];
}

/* A row of n items whose costs are still to be told. */
static struct row row_of(int n, const sidle_costs *costs)
{
    struct row row = {.n = n};

    row.cost = calloc(3 * (size_t)n + 1, sizeof(*row.cost));
    SIDLE_CHECK(row.cost != NULL, "no memory to divide %d layers into blocks",
                n);
    row.least_of_rest = row.cost + n;
    if (costs != NULL && costs->of_layer != NULL)
        memcpy(row.cost, costs->of_layer, (size_t)n * sizeof(*row.cost));
    if (costs != NULL)
        row.share = costs->share;
    if (costs != NULL && costs->again != NULL) {
        row.again = row.least_of_rest + n + 1;
        memcpy(row.again, costs->again, (size_t)n * sizeof(*row.again));
    }
    return row;
}

/* Items behind the first n are part of the last of these. */
static void shorten(struct row *row, int n)
{
    for (int i = n; i < row->n; i++) {
        row->cost[n - 1] += row->cost[i];
        if (row->again != NULL)
            row->again[n - 1] += row->again[i];
    }
    row->n = n;
}

/* Whether no skip leads from before layer `at` to it or past it. */
static int is_cut_allowed(const sidle_model *model, int at)
{
    for (int l = at; l < model->n_layers; l++)
        if (model->layers[l].back > 0 && l - model->layers[l].back < at)
            return 0;
    return 1;
}

/* Units that no block may divide become one item; begin[i] is the first unit
 * of item i. */
static void join(struct row *row, const sidle_model *model, int *begin)
{
    int n = 0;

    for (int i = 0; i < row->n; i++) {
        if (i == 0 || is_cut_allowed(model, i)) {
            begin[n] = i;
            row->cost[n] = row->cost[i];
            if (row->again != NULL)
                row->again[n] = row->again[i];
            n++;
            continue;
        }
        row->cost[n - 1] += row->cost[i];
        if (row->again != NULL)
            row->again[n - 1] += row->again[i];
    }
    row->n = n;
}

/* One of the parts holds the costliest item, at best where it costs least. */
static void find_least(struct row *row, int n_parts)
{
    for (int i = row->n - 1; i >= 0; i--) {
        double least = cost_at(row, i, 0);

        for (int part = 1; part < n_parts; part++)
            least = fmin(least, cost_at(row, i, part));
        row->least_of_rest[i] = fmax(least, row->least_of_rest[i + 1]);
    }
}

/* The least cost of the costliest of parts part .. n_parts-1, which items
 * first .. n-1 are divided into; `later` is that list for part + 1 and all
 * items.
 */
static double best_cost(const struct row *row, int part, int n_parts, int first,
                        const double *later)
{
    double best = HUGE_VAL, sum = 0.0;
    int most = row->n - (n_parts - 1 - part); /* an item for each later part */

    for (int at = first + 1; at <= most; at++) {
        sum += cost_at(row, at - 1, part);
        if (sum >= best || best <= row->least_of_rest[first])
            break;
        if (part < n_parts - 1)
            best = fmin(best, fmax(sum, later[at]));
        else if (at == row->n)
            best = sum;
    }
    return best;
}

/* first[0 .. n_parts]: the best partition, every part as short as the rest
 * allows. The row is done. */
static void divide(struct row *row, int n_parts, int *first)
{
    size_t width = (size_t)row->n + 1;
    double *table = calloc((size_t)(n_parts + 1) * width, sizeof(*table));

    SIDLE_CHECK(table != NULL, "no memory to divide %d layers into blocks",
                row->n);
    find_least(row, n_parts);
    for (int part = n_parts - 1; part >= 0; part--)
        for (int i = part; i < row->n; i++)
            table[(size_t)part * width + (size_t)i] = best_cost(
                row, part, n_parts, i, table + (size_t)(part + 1) * width);
    first[0] = 0;
    first[n_parts] = row->n;
    for (int part = 1; part < n_parts; part++) {
        int at = first[part - 1] + 1;

        /* table[0] is the cost of the whole: what the rest may cost. */
        while (table[(size_t)part * width + (size_t)at] > table[0])
            at++;
        first[part] = at;
    }
    free(table);
    free(row->cost);
}

/* A loss alone has nothing to learn, and only makes all others later. */
int sidle_partition_most(const sidle_model *model)
{
    const sidle_layer *last = sidle_model_loss(model);
    int is_loss = last->ops->loss != NULL && last->n_params == 0;

    return is_loss && model->n_layers > 1 ? model->n_layers - 1
                                          : model->n_layers;
}

sidle_status sidle_partition_auto(const sidle_model *model, int n_blocks,
                                  sidle_partition *partition)
{
    return sidle_partition_costs(model, NULL, n_blocks, partition);
}

/* Every unit an item. */
static int *new_beginnings(int n)
{
    int *begin = calloc((size_t)n, sizeof(*begin));

    SIDLE_CHECK(begin != NULL, "no memory to divide %d layers into blocks", n);
    for (int i = 0; i < n; i++)
        begin[i] = i;
    return begin;
}

/* Whether there is an item for each block; else the row is done. */
static sidle_status check_joined(struct row *row, int n_blocks)
{
    if (n_blocks <= row->n)
        return SIDLE_OK;
    free(row->cost);
    return sidle_fail(SIDLE_EUSAGE,
                      "cannot divide the units into %d blocks: units that a "
                      "skip leads past are in one block, which leaves %d to "
                      "divide; use 1 to %d blocks, or "
                      "parallel.schedule=skip-sideways",
                      n_blocks, row->n, row->n);
}

sidle_status sidle_partition_costs(const sidle_model *model,
                                   const sidle_costs *costs, int n_blocks,
                                   sidle_partition *partition)
{
    int most = sidle_partition_most(model);
    int *begin;
    struct row row;
    sidle_status status;

    if (n_blocks < 1 || n_blocks > most)
        return sidle_fail(SIDLE_EUSAGE,
                          "cannot divide %d unit%s into %d block%s; use 1 to "
                          "%d",
                          model->n_layers, sidle_plural(model->n_layers),
                          n_blocks, sidle_plural(n_blocks), most);
    if (n_blocks > SIDLE_MAX_BLOCKS)
        return sidle_fail(SIDLE_EUSAGE, "%d blocks are too many; use 1 to %d",
                          n_blocks, SIDLE_MAX_BLOCKS);
    row = row_of(model->n_layers, costs);
    for (int l = 0; (costs == NULL || costs->of_layer == NULL) && l < row.n;
         l++)
        row.cost[l] = sidle_cost_of(&model->layers[l]);
    shorten(&row, most);
    begin = new_beginnings(most);
    if (costs == NULL || !costs->cuts_skips)
        join(&row, model, begin);
    status = check_joined(&row, n_blocks);
    if (status == SIDLE_OK) {
        partition->n_blocks = n_blocks;
        divide(&row, n_blocks, partition->first);
        for (int b = 0; b < n_blocks; b++)
            partition->first[b] = begin[partition->first[b]];
        partition->first[n_blocks] = model->n_layers;
    }
    free(begin);
    return status;
}

void sidle_partition_ranks(const sidle_model *model,
                           const sidle_partition *partition, int n_ranks,
                           int *first)
{
    struct row row;

    SIDLE_CHECK(n_ranks >= 1 && n_ranks <= partition->n_blocks,
                "%d ranks for %d blocks", n_ranks, partition->n_blocks);
    row = row_of(partition->n_blocks, NULL);
    for (int b = 0; b < row.n; b++)
        for (int l = partition->first[b]; l < partition->first[b + 1]; l++)
            row.cost[b] += sidle_cost_of(&model->layers[l]);
    divide(&row, n_ranks, first);
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
                      "partition: no unit is called \"%s\"; the nearest is "
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
                          "block's first unit once, in the model's order",
                          name, model->layers[partition->first[n - 1]].name);
    if (n > 0 && at >= sidle_partition_most(model))
        return sidle_fail(SIDLE_EUSAGE,
                          "partition: \"%s\" begins no block; it belongs to "
                          "the block of the unit before it, \"%s\"",
                          name, model->layers[at - 1].name);
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
 * longer than any layer's is shortened: it is unknown either way. */
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
        return sidle_fail(SIDLE_EUSAGE, "partition: the list names no unit");
    if (n_blocks != 0 && found.n_blocks != n_blocks)
        return sidle_fail(SIDLE_EUSAGE,
                          "partition: the list names %d block%s, expected %d "
                          "(parallel.blocks)",
                          found.n_blocks, sidle_plural(found.n_blocks),
                          n_blocks);
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
