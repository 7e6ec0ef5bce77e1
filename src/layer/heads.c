/* heads.c - projections, rotation and the loop over rows and heads. */
#include "layer/heads.h"

#include "base/text.h"
#include "math/attention.h"

#include <math.h>
#include <stdlib.h>

static int add(sidle_layer *layer, const char *path, char which,
               const char *leaf, ptrdiff_t out, ptrdiff_t in)
{
    char name[64];

    sidle_text_format(name, sizeof(name), "%s/%c/%s", path, which, leaf);
    return sidle_layer_add_param(layer, name, out, in, in,
                                 in > 0 ? SIDLE_INIT_FAN_IN : SIDLE_INIT_ZERO,
                                 in > 0);
}

/* k and v are joined: together they are one map to 2 D_a. */
static sidle_affine add_kv(sidle_layer *layer, const char *path,
                           ptrdiff_t width)
{
    int weight, bias, last;

    weight = add(layer, path, 'k', "weight", width, width);
    last = add(layer, path, 'v', "weight", width, width);
    sidle_layer_join_params(layer, weight, last);
    bias = add(layer, path, 'k', "bias", width, 0);
    last = add(layer, path, 'v', "bias", width, 0);
    sidle_layer_join_params(layer, bias, last);
    return (sidle_affine){width, 2 * width, layer->params[weight].offset,
                          layer->params[bias].offset};
}

void sidle_heads_add(sidle_heads *heads, sidle_layer *layer, const char *path,
                     ptrdiff_t width, ptrdiff_t key_width, ptrdiff_t n_heads)
{
    char name[64];

    heads->width = key_width;
    heads->n_heads = n_heads;
    sidle_text_format(name, sizeof(name), "%s/q", path);
    heads->q = sidle_affine_add(layer, name, key_width, width, 1);
    heads->kv = add_kv(layer, path, key_width);
    sidle_text_format(name, sizeof(name), "%s/o", path);
    heads->o = sidle_affine_add(layer, name, width, key_width, 1);
}

sidle_status sidle_heads_rotate(sidle_heads *heads, double fraction,
                                ptrdiff_t longest)
{
    heads->rotary = calloc(1, sizeof(*heads->rotary));
    if (heads->rotary == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a rotary table");
    heads->longest = longest;
    return sidle_rotary_init(heads->rotary, heads->width / heads->n_heads,
                             fraction, (double)longest, 0);
}

sidle_status sidle_heads_ready(sidle_heads *heads)
{
    if (heads->rotary == NULL || heads->rotary->n_cached > heads->longest)
        return SIDLE_OK;
    return sidle_rotary_tabulate(heads->rotary, heads->longest + 1);
}

size_t sidle_heads_tables(const sidle_heads *heads)
{
    if (heads->rotary == NULL)
        return 0;
    return 2 * (size_t)heads->rotary->n_bands * ((size_t)heads->longest + 1) *
           sizeof(sidle_real);
}

void sidle_heads_done(sidle_heads *heads)
{
    if (heads->rotary != NULL)
        sidle_rotary_done(heads->rotary);
    free(heads->rotary);
    heads->rotary = NULL;
}

sidle_span sidle_span_carve(sidle_carve *carve, ptrdiff_t rows,
                            ptrdiff_t n_queries, ptrdiff_t n_keys)
{
    sidle_span span = {.rows = rows, .n_queries = n_queries, .n_keys = n_keys};
    size_t queries = (size_t)(rows * n_queries), keys = (size_t)(rows * n_keys);

    span.first = sidle_carve_bytes(carve, queries * sizeof(*span.first));
    span.last = sidle_carve_bytes(carve, queries * sizeof(*span.last));
    span.query_at = sidle_carve_bytes(carve, queries * sizeof(*span.query_at));
    span.key_at = sidle_carve_bytes(carve, keys * sizeof(*span.key_at));
    span.keep = sidle_carve_bytes(carve, keys);
    return span;
}

sidle_heads_kept sidle_heads_carve_kept(const sidle_heads *heads,
                                        sidle_carve *carve,
                                        const sidle_span *span)
{
    sidle_heads_kept kept;
    ptrdiff_t queries = span->rows * span->n_queries;

    kept.q = sidle_carve_reals(carve, queries * heads->width);
    kept.kv =
        sidle_carve_reals(carve, span->rows * span->n_keys * 2 * heads->width);
    kept.y = sidle_carve_reals(carve, queries * heads->width);
    kept.softmax = sidle_carve_reals(carve, 2 * queries * heads->n_heads);
    return kept;
}

sidle_heads_grads sidle_heads_carve_grads(const sidle_heads *heads,
                                          sidle_carve *carve,
                                          const sidle_span *span)
{
    sidle_heads_grads grads;

    grads.q =
        sidle_carve_reals(carve, span->rows * span->n_queries * heads->width);
    grads.kv =
        sidle_carve_reals(carve, span->rows * span->n_keys * 2 * heads->width);
    return grads;
}

struct work {
    sidle_real *dy;        /* (rows, N, D_a), backward only */
    sidle_real *attention; /* the kernel's */
};

static struct work carve_work(const sidle_heads *heads, sidle_carve *carve,
                              const sidle_span *span)
{
    struct work work;

    work.dy =
        sidle_carve_reals(carve, span->rows * span->n_queries * heads->width);
    work.attention = sidle_carve_reals(
        carve,
        (ptrdiff_t)sidle_attention_scratch(span->n_queries, span->n_keys,
                                           heads->width / heads->n_heads));
    return work;
}

size_t sidle_heads_scratch(const sidle_heads *heads, const sidle_span *span)
{
    sidle_carve carve = {NULL, 0};

    carve_work(heads, &carve, span);
    return carve.used;
}

static void rotate(const sidle_heads *heads, int direction, ptrdiff_t n,
                   ptrdiff_t stride, const int64_t *at, sidle_real *x)
{
    if (heads->rotary != NULL)
        sidle_rotary_apply(heads->rotary, direction, n, heads->n_heads,
                           heads->width / heads->n_heads, stride, at, x);
}

void sidle_heads_queries(const sidle_heads *heads, ptrdiff_t n,
                         const sidle_real *w, const int64_t *at,
                         const sidle_real *x, sidle_real *q)
{
    sidle_affine_forward(&heads->q, n, w, x, q);
    rotate(heads, 1, n, heads->width, at, q);
}

void sidle_heads_keys(const sidle_heads *heads, ptrdiff_t n,
                      const sidle_real *w, const int64_t *at,
                      const sidle_real *x, sidle_real *kv)
{
    sidle_affine_forward(&heads->kv, n, w, x, kv);
    rotate(heads, 1, n, 2 * heads->width, at, kv);
}

/* The kernel's view of one row of the batch; the same for all its heads. */
static sidle_attention row_of(const sidle_heads *heads, const sidle_span *span,
                              ptrdiff_t b)
{
    ptrdiff_t width = heads->width / heads->n_heads;

    return (sidle_attention){
        .n_queries = span->n_queries,
        .n_keys = span->n_keys,
        .width = width,
        .query_stride = heads->width,
        .key_stride = 2 * heads->width,
        /* Vaswani et al., NeurIPS 2017, equation 1. */
        .scale = (sidle_real)(1.0 / sqrt((double)width)),
        .first = span->first + b * span->n_queries,
        .last = span->last + b * span->n_queries,
        .keep = span->keep != NULL ? span->keep + b * span->n_keys : NULL,
    };
}

void sidle_heads_attend(const sidle_heads *heads, const sidle_heads_call *call)
{
    const sidle_span *span = &call->span;
    const sidle_heads_kept *kept = &call->kept;
    sidle_carve carve = {call->scratch, 0};
    struct work work = carve_work(heads, &carve, span);

    for (ptrdiff_t b = 0; b < span->rows; b++) {
        sidle_attention row = row_of(heads, span, b);

        for (ptrdiff_t h = 0; h < heads->n_heads; h++) {
            ptrdiff_t q = b * span->n_queries * heads->width + h * row.width;
            /* The key and the value of an element lie side by side. */
            ptrdiff_t k = b * span->n_keys * 2 * heads->width + h * row.width;
            ptrdiff_t s = 2 * (b * heads->n_heads + h) * span->n_queries;

            sidle_attention_forward(&row, kept->q + q, kept->kv + k,
                                    kept->kv + k + heads->width, kept->y + q,
                                    kept->softmax + s, work.attention);
        }
    }
}

void sidle_heads_forward(const sidle_heads *heads, const sidle_heads_call *call,
                         const sidle_real *w, const sidle_real *xq,
                         const sidle_real *xk, sidle_real *y)
{
    const sidle_span *span = &call->span;
    ptrdiff_t queries = span->rows * span->n_queries;

    sidle_heads_queries(heads, queries, w, span->query_at, xq, call->kept.q);
    sidle_heads_keys(heads, span->rows * span->n_keys, w, span->key_at, xk,
                     call->kept.kv);
    sidle_heads_attend(heads, call);
    sidle_affine_forward(&heads->o, queries, w, call->kept.y, y);
}

static void attend_grad(const sidle_heads *heads, const sidle_heads_call *call,
                        const struct work *work)
{
    const sidle_span *span = &call->span;
    const sidle_heads_kept *kept = &call->kept;
    const sidle_heads_grads *grads = &call->grads;

    for (ptrdiff_t b = 0; b < span->rows; b++) {
        sidle_attention row = row_of(heads, span, b);

        for (ptrdiff_t h = 0; h < heads->n_heads; h++) {
            ptrdiff_t q = b * span->n_queries * heads->width + h * row.width;
            ptrdiff_t k = b * span->n_keys * 2 * heads->width + h * row.width;
            ptrdiff_t v = k + heads->width;
            ptrdiff_t s = 2 * (b * heads->n_heads + h) * span->n_queries;

            sidle_attention_backward(
                &row, kept->q + q, kept->kv + k, kept->kv + v, kept->y + q,
                kept->softmax + s, work->dy + q, grads->q + q, grads->kv + k,
                grads->kv + v, work->attention);
        }
    }
}

void sidle_heads_input_grad(const sidle_heads *heads,
                            const sidle_heads_call *call, const sidle_real *w,
                            const sidle_real *dy, sidle_real *dxq,
                            sidle_real *dxk)
{
    const sidle_span *span = &call->span;
    const sidle_heads_grads *grads = &call->grads;
    ptrdiff_t queries = span->rows * span->n_queries;
    ptrdiff_t keys = span->rows * span->n_keys;
    sidle_carve carve = {call->scratch, 0};
    struct work work = carve_work(heads, &carve, span);

    sidle_affine_input_grad(&heads->o, queries, w, dy, (sidle_real)0, work.dy);
    attend_grad(heads, call, &work);
    /* The gradient of a rotation is the rotation back. */
    rotate(heads, -1, queries, heads->width, span->query_at, grads->q);
    rotate(heads, -1, keys, 2 * heads->width, span->key_at, grads->kv);
    sidle_affine_input_grad(&heads->q, queries, w, grads->q, (sidle_real)0,
                            dxq);
    /* In self-attention keys and queries have one input: its gradients add
     * up. */
    sidle_affine_input_grad(&heads->kv, keys, w, grads->kv,
                            (sidle_real)(dxk == dxq), dxk);
}

void sidle_heads_weight_grad(const sidle_heads *heads,
                             const sidle_heads_call *call, const sidle_real *xq,
                             const sidle_real *xk, const sidle_real *dy,
                             sidle_real *dw)
{
    const sidle_span *span = &call->span;
    ptrdiff_t queries = span->rows * span->n_queries;

    sidle_affine_weight_grad(&heads->o, queries, call->kept.y, dy, dw);
    sidle_affine_weight_grad(&heads->q, queries, xq, call->grads.q, dw);
    sidle_affine_weight_grad(&heads->kv, span->rows * span->n_keys, xk,
                             call->grads.kv, dw);
}
