/* embed.c - gather rows of tables, and scatter gradients into them. */
#include "layer/embed.h"

#include "base/number.h"
#include "base/text.h"
#include "data/ids.h"
#include "layer/places.h"
#include "math/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double wave_frequency(ptrdiff_t half, ptrdiff_t k)
{
    return pow(10000.0, half > 1 ? -(double)k / (double)(half - 1) : 0.0);
}

sidle_status sidle_embed_ready(sidle_embed *embed)
{
    ptrdiff_t C = embed->config->embed_width, half = C / 2;
    ptrdiff_t n = embed->config->context + 1;

    if (embed->config->positions != SIDLE_SINUSOIDAL || embed->waves != NULL)
        return SIDLE_OK;
    embed->waves = calloc((size_t)(n * C), sizeof(*embed->waves));
    if (embed->waves == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %td positions", n);
    for (ptrdiff_t k = 0; k < half; k++) {
        double frequency = wave_frequency(half, k);

        for (ptrdiff_t p = 0; p < n; p++) {
            double angle = (double)p * frequency;

            embed->waves[p * C + k] = (sidle_real)sin(angle);
            embed->waves[p * C + half + k] = (sidle_real)cos(angle);
        }
    }
    return SIDLE_OK;
}

size_t sidle_embed_tables(const sidle_embed *embed)
{
    if (embed->config->positions != SIDLE_SINUSOIDAL)
        return 0;
    return ((size_t)embed->config->context + 1) *
           (size_t)embed->config->embed_width * sizeof(*embed->waves);
}

/* Without a table each wave is made where it is met. */
static void add_wave(const sidle_embed *embed, int64_t position,
                     sidle_real *out)
{
    ptrdiff_t C = embed->config->embed_width, half = C / 2;

    if (embed->waves != NULL) {
        sidle_add(C, embed->waves + position * C, out);
        return;
    }
    for (ptrdiff_t k = 0; k < half; k++) {
        double angle = (double)position * wave_frequency(half, k);

        out[k] += (sidle_real)sin(angle);
        out[half + k] += (sidle_real)cos(angle);
    }
}

static void add_table(sidle_embed *embed, sidle_layer *layer, const char *name,
                      ptrdiff_t rows)
{
    int param =
        sidle_layer_add_param(layer, name, rows, embed->config->embed_width,
                              embed->config->embed_width, SIDLE_INIT_NORMAL, 0);

    embed->table[embed->n_tables] = layer->params[param].offset;
    embed->table_rows[embed->n_tables] = rows;
    embed->n_tables++;
}

static void add_tables(sidle_embed *embed, sidle_layer *layer)
{
    const sidle_perceiver *config = embed->config;
    char name[64];

    if (config->n_position_sizes == 0)
        add_table(embed, layer, "embed/position", config->context + 1);
    for (int i = 0; i < config->n_position_sizes; i++) {
        sidle_text_format(name, sizeof(name), "embed/position/%d", i);
        add_table(embed, layer, name, config->position_sizes[i]);
    }
}

sidle_status sidle_embed_add(sidle_embed *embed, sidle_layer *layer,
                             const sidle_perceiver *config)
{
    int token = sidle_layer_add_param(layer, "embed/token", config->vocab,
                                      config->embed_width, config->embed_width,
                                      SIDLE_INIT_NORMAL, 0);

    embed->config = config;
    embed->token = layer->params[token].offset;
    if (config->positions == SIDLE_LEARNED)
        add_tables(embed, layer);
    return SIDLE_OK;
}

void sidle_embed_done(sidle_embed *embed)
{
    free(embed->waves);
    embed->waves = NULL;
}

ptrdiff_t sidle_embed_elements(const sidle_perceiver *config)
{
    int64_t places = sidle_places(config);
    int has_sos = config->n_position_sizes > 1 && places < INT64_MAX;

    return (ptrdiff_t)(places + has_sos);
}

/* Elements between two values of a dimension: those of all faster ones. */
static ptrdiff_t stride_of(const sidle_perceiver *config, int table)
{
    int n = config->n_position_sizes, has_channel = n > 2;
    ptrdiff_t stride = 1;

    if (has_channel && table == n - 1)
        return 1;
    if (has_channel)
        stride = config->position_sizes[n - 1] - 2;
    for (int i = 0; i < table; i++)
        if (__builtin_mul_overflow(stride, config->position_sizes[i] - 2,
                                   &stride))
            return PTRDIFF_MAX;
    return stride;
}

ptrdiff_t sidle_embed_row(const sidle_embed *embed, int table, int64_t position)
{
    const sidle_perceiver *config = embed->config;
    ptrdiff_t last, at = (ptrdiff_t)position;

    if (embed->n_tables == 1) {
        last = embed->table_rows[0] - 1;
        /* Inputs behind the last place all take its row. */
        return sidle_smaller(at, last);
    }
    last = sidle_embed_elements(config);
    at = sidle_smaller(at, last);
    if (at <= 1)
        return at; /* padding, SOS */
    return (at - 2) / stride_of(config, table) %
               (config->position_sizes[table] - 2) +
           2;
}

void sidle_embed_tokens(const sidle_embed *embed, const sidle_real *w,
                        ptrdiff_t n, const int32_t *tokens, int64_t first,
                        sidle_real *x)
{
    const sidle_perceiver *config = embed->config;
    ptrdiff_t C = config->embed_width;

    for (ptrdiff_t i = 0; i < n; i++) {
        sidle_real *out = x + i * C;

        SIDLE_ASSERT(tokens[i] >= 0 && tokens[i] < config->vocab);
        memcpy(out, w + embed->token + tokens[i] * C, (size_t)C * sizeof(*out));
        for (int k = 0; k < embed->n_tables; k++)
            sidle_add(C,
                      w + embed->table[k] +
                          sidle_embed_row(embed, k, first + i) * C,
                      out);
        if (config->positions == SIDLE_SINUSOIDAL)
            add_wave(embed, first + i, out);
    }
}

/* Inputs grouped by the table row that they took. */
struct groups {
    int32_t *row;   /* (n) the row an input took, -1: none */
    int32_t *start; /* (rows + 1) where a row's inputs begin in `order` */
    int32_t *order; /* (n) inputs, by row and then by place */
    double *sum;    /* (C) */
};

static struct groups carve_groups(const sidle_embed *embed, sidle_carve *carve,
                                  ptrdiff_t n)
{
    struct groups groups;
    ptrdiff_t most = embed->config->vocab;

    for (int k = 0; k < embed->n_tables; k++)
        most = sidle_larger(embed->table_rows[k], most);
    groups.row = sidle_carve_bytes(carve, (size_t)n * sizeof(*groups.row));
    groups.start =
        sidle_carve_bytes(carve, (size_t)(most + 1) * sizeof(*groups.start));
    groups.order = sidle_carve_bytes(carve, (size_t)n * sizeof(*groups.order));
    groups.sum = sidle_carve_bytes(carve, (size_t)embed->config->embed_width *
                                              sizeof(*groups.sum));
    return groups;
}

size_t sidle_embed_scratch(const sidle_embed *embed, ptrdiff_t n)
{
    sidle_carve carve = {NULL, 0};

    carve_groups(embed, &carve, n);
    return carve.used;
}

/* Counting sort: stable, so inputs of a row stay in order. */
static void sort_groups(struct groups *groups, ptrdiff_t n, ptrdiff_t rows)
{
    memset(groups->start, 0, (size_t)(rows + 1) * sizeof(*groups->start));
    for (ptrdiff_t i = 0; i < n; i++)
        if (groups->row[i] >= 0)
            groups->start[groups->row[i] + 1]++;
    for (ptrdiff_t r = 0; r < rows; r++)
        groups->start[r + 1] += groups->start[r];
    for (ptrdiff_t i = 0; i < n; i++)
        if (groups->row[i] >= 0)
            groups->order[groups->start[groups->row[i]]++] = (int32_t)i;
    /* Now start[r] is the end of row r, which is the start of row r + 1. */
    memmove(groups->start + 1, groups->start,
            (size_t)rows * sizeof(*groups->start));
    groups->start[0] = 0;
}

static void add_groups(struct groups *groups, ptrdiff_t n, ptrdiff_t rows,
                       ptrdiff_t C, const sidle_real *dx, sidle_real *table)
{
    sort_groups(groups, n, rows);
    for (ptrdiff_t r = 0; r < rows; r++) {
        if (groups->start[r] == groups->start[r + 1])
            continue;
        /* In double, and rounded once however often a token occurs. */
        memset(groups->sum, 0, (size_t)C * sizeof(*groups->sum));
        for (int32_t i = groups->start[r]; i < groups->start[r + 1]; i++) {
            const sidle_real *from = dx + groups->order[i] * C;

            for (ptrdiff_t c = 0; c < C; c++)
                groups->sum[c] += (double)from[c];
        }
        for (ptrdiff_t c = 0; c < C; c++)
            table[r * C + c] += (sidle_real)groups->sum[c];
    }
}

const int32_t *sidle_embed_row_tokens(const sidle_inputs *inputs, ptrdiff_t b)
{
    static const int32_t pad = SIDLE_PAD;

    return inputs->length[b] > 0 ? inputs->tokens + b * inputs->width : &pad;
}

static void group_by_token(const sidle_inputs *inputs, int32_t *row)
{
    ptrdiff_t M = inputs->width - 1;

    for (ptrdiff_t b = 0; b < inputs->rows; b++)
        for (ptrdiff_t p = 0; p < M; p++)
            row[b * M + p] = p < sidle_embed_count(inputs->length[b])
                                 ? sidle_embed_row_tokens(inputs, b)[p]
                                 : -1;
}

static void group_by_position(const sidle_embed *embed, int table,
                              const sidle_inputs *inputs, int32_t *row)
{
    ptrdiff_t M = inputs->width - 1;

    for (ptrdiff_t b = 0; b < inputs->rows; b++)
        for (ptrdiff_t p = 0; p < M; p++)
            row[b * M + p] =
                p < sidle_embed_count(inputs->length[b])
                    /* An empty row's only input is PAD, at position 0. */
                    ? (int32_t)sidle_embed_row(embed, table,
                                               p + (inputs->length[b] > 0))
                    : -1;
}

void sidle_embed_weight_grad(const sidle_embed *embed,
                             const sidle_inputs *inputs, const sidle_real *dx,
                             sidle_real *dw, sidle_real *scratch)
{
    ptrdiff_t n = inputs->rows * (inputs->width - 1),
              C = embed->config->embed_width;
    sidle_carve carve = {scratch, 0};
    struct groups groups = carve_groups(embed, &carve, n);

    group_by_token(inputs, groups.row);
    add_groups(&groups, n, embed->config->vocab, C, dx, dw + embed->token);
    for (int k = 0; k < embed->n_tables; k++) {
        group_by_position(embed, k, inputs, groups.row);
        add_groups(&groups, n, embed->table_rows[k], C, dx,
                   dw + embed->table[k]);
    }
}
