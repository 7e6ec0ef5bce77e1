/* kit_layer.c - finite differences, guard words, and a check of every size. */
#include "kit_layer.h"

#include "check.h"
#include "data/ids.h"
#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

#define GUARD 64  /* reals on either side of a buffer */
#define STEP 1e-5 /* of central differences */
#define TOLERANCE 2e-7

/* A buffer between guards; filled with NaN, so that a read of what was not
 * written shows. */
struct fenced {
    sidle_real *block, *p;
    size_t n;
};

static const sidle_real fence = (sidle_real)-12345.678;

static struct fenced fenced_new(size_t n)
{
    struct fenced f = {NULL, NULL, n};
    size_t all = (n + 2 * GUARD) * sizeof(*f.block);

    f.block = aligned_alloc(64, (all + 63) / 64 * 64);
    assert_non_null(f.block);
    f.p = f.block + GUARD;
    for (size_t i = 0; i < GUARD; i++)
        f.block[i] = f.block[GUARD + n + i] = fence;
    for (size_t i = 0; i < n; i++)
        f.p[i] = (sidle_real)NAN;
    return f;
}

static struct fenced fenced_random(uint64_t seed, const char *stream, size_t n)
{
    struct fenced f = fenced_new(n);

    check_random(seed, stream, (ptrdiff_t)n, f.p);
    return f;
}

static void fenced_done(struct fenced *f, const char *what)
{
    for (size_t i = 0; i < GUARD; i++)
        if (f->block[i] != fence || f->block[GUARD + f->n + i] != fence)
            fail_msg("%s: written beyond its %zu reals", what, f->n);
    free(f->block);
}

static sidle_real *copy_of(const struct fenced *f)
{
    size_t bytes = f->n * sizeof(*f->p);
    sidle_real *copy = malloc(bytes + 1);

    assert_non_null(copy);
    memcpy(copy, f->p, bytes);
    return copy;
}

static void check_unchanged(const struct fenced *f, sidle_real *copy,
                            const char *what)
{
    if (memcmp(copy, f->p, f->n * sizeof(*copy)) != 0)
        fail_msg("%s was changed", what);
    free(copy);
}

struct kit {
    sidle_layer layer;
    sidle_item item;
    sidle_loss loss;
    double grad_weight, z_loss;
    uint64_t seed;
    struct fenced w, x, y, dy, dx, dw, cache, stash, scratch;
    sidle_real *px, *py, *pdy, *pdx; /* NULL at the ends of a model */
};

static void spoil(struct fenced *f)
{
    for (size_t i = 0; i < f->n; i++)
        f->p[i] = (sidle_real)NAN;
}

static sidle_call call_of(struct kit *kit)
{
    return (sidle_call){.item = &kit->item,
                        .w = kit->w.p,
                        .x = kit->px,
                        .y = kit->py,
                        .cache = kit->cache.p,
                        .dy = kit->pdy,
                        .dx = kit->pdx,
                        .stash = kit->stash.p,
                        .dw = kit->dw.p,
                        .scratch = kit->scratch.p,
                        .grad_weight = kit->grad_weight,
                        .loss = &kit->loss};
}

static void run_forward(struct kit *kit)
{
    sidle_call call = call_of(kit);

    spoil(&kit->scratch);
    memset(&kit->loss, 0, sizeof(kit->loss));
    kit->layer.ops->forward(&kit->layer, &call);
}

/* The scalar whose gradient the backward makes: <dy, y>, or the loss. */
static double objective(struct kit *kit)
{
    double sum = 0.0;

    run_forward(kit);
    if (!kit->py)
        return kit->grad_weight * (kit->loss.sum + kit->z_loss * kit->loss.z);
    for (size_t i = 0; i < kit->y.n; i++)
        sum += (double)kit->y.p[i] * (double)kit->dy.p[i];
    return sum;
}

/* The change of the objective along `direction`, by central differences. */
static double difference(struct kit *kit, sidle_real *at, size_t n,
                         const sidle_real *direction)
{
    double plus, minus;
    sidle_real *old = malloc(n * sizeof(*old));

    assert_non_null(old);
    memcpy(old, at, n * sizeof(*old));
    for (size_t i = 0; i < n; i++)
        at[i] = old[i] + (sidle_real)STEP * direction[i];
    plus = objective(kit);
    for (size_t i = 0; i < n; i++)
        at[i] = old[i] - (sidle_real)STEP * direction[i];
    minus = objective(kit);
    memcpy(at, old, n * sizeof(*old));
    free(old);
    return (plus - minus) / (2.0 * STEP);
}

static void compare(const char *what, const char *how, double got, double want,
                    double size)
{
    if (!(fabs(got - want) <= TOLERANCE * (1.0 + size)))
        fail_msg("%s: gradient %s is %.12g, differences say %.12g", what, how,
                 got, want);
}

/* A random direction, then three single elements (the largest gradient among
 * them, so that a tensor whose gradient is mostly zero is looked at too). */
static void check_gradient(struct kit *kit, const char *what, sidle_real *at,
                           size_t n, const sidle_real *gradient)
{
    sidle_real *direction = calloc(n, sizeof(*direction));
    size_t largest = 0, places[3];
    double got = 0.0, size = 0.0;

    assert_non_null(direction);
    check_random(kit->seed, what, (ptrdiff_t)n, direction);
    for (size_t i = 0; i < n; i++) {
        got += (double)gradient[i] * (double)direction[i];
        size += fabs((double)gradient[i] * (double)direction[i]);
        largest = fabs(gradient[i]) > fabs(gradient[largest]) ? i : largest;
    }
    compare(what, "along a direction", got, difference(kit, at, n, direction),
            size);
    places[0] = largest;
    places[1] = n / 3;
    places[2] = n - 1;
    for (int k = 0; k < 3; k++) {
        double at_place = (double)gradient[places[k]];

        memset(direction, 0, n * sizeof(*direction));
        direction[places[k]] = 1;
        compare(what, "of one element", at_place,
                difference(kit, at, n, direction), fabs(at_place));
    }
    free(direction);
}

static void check_all_gradients(struct kit *kit)
{
    for (int i = 0; i < kit->layer.n_params; i++) {
        const sidle_param *param = &kit->layer.params[i];

        check_gradient(kit, param->name, kit->w.p + param->offset,
                       (size_t)param->count, kit->dw.p + param->offset);
    }
    if (kit->pdx)
        check_gradient(kit, "input", kit->x.p, kit->x.n, kit->dx.p);
}

static void check_forward_repeats(struct kit *kit)
{
    sidle_loss loss;
    sidle_real *y;

    run_forward(kit);
    y = copy_of(&kit->y);
    loss = kit->loss;
    spoil(&kit->y);
    spoil(&kit->cache);
    run_forward(kit);
    if (kit->py)
        assert_true(sidle_all_finite((ptrdiff_t)kit->y.n, y));
    check_unchanged(&kit->y, y, "y of a second forward");
    assert_memory_equal(&loss, &kit->loss, sizeof(loss));
}

static void run_weight_grad(struct kit *kit)
{
    sidle_call call = call_of(kit);

    spoil(&kit->scratch);
    if (kit->layer.ops->weight_grad != NULL)
        kit->layer.ops->weight_grad(&kit->layer, &call);
    else
        assert_int_equal(kit->layer.n_params, 0);
}

/* What is left for weight_grad() does not depend on who wants dx. */
static void run_input_grad(struct kit *kit)
{
    sidle_call call = call_of(kit);
    sidle_real *stash;

    call.dx = NULL;
    spoil(&kit->scratch);
    kit->layer.ops->input_grad(&kit->layer, &call);
    stash = copy_of(&kit->stash);
    call = call_of(kit);
    spoil(&kit->scratch);
    kit->layer.ops->input_grad(&kit->layer, &call);
    check_unchanged(&kit->stash, stash, "stash without dx");
}

/* Both halves; dw becomes the gradient, after a look that it is added. */
static void run_backward(struct kit *kit)
{
    sidle_real *cache = copy_of(&kit->cache), *w = copy_of(&kit->w);
    sidle_real *x = copy_of(&kit->x), *dy = copy_of(&kit->dy), *stash, *once;

    run_input_grad(kit);
    stash = copy_of(&kit->stash);
    check_random(kit->seed, "before", (ptrdiff_t)kit->dw.n, kit->dw.p);
    once = copy_of(&kit->dw);
    run_weight_grad(kit);
    for (size_t i = 0; i < kit->dw.n; i++) {
        sidle_real before = once[i];

        once[i] = kit->dw.p[i] - before;
        kit->dw.p[i] = 0;
    }
    run_weight_grad(kit);
    for (size_t i = 0; i < kit->dw.n; i++)
        if (fabs(once[i] - kit->dw.p[i]) > 1e-9 * (1 + fabs(once[i])))
            fail_msg("weight_grad does not add: %g and %g", once[i],
                     kit->dw.p[i]);
    free(once);
    check_unchanged(&kit->cache, cache, "cache");
    check_unchanged(&kit->w, w, "w");
    check_unchanged(&kit->x, x, "x");
    check_unchanged(&kit->dy, dy, "dy");
    check_unchanged(&kit->stash, stash, "stash");
}

static void reserve(struct kit *kit)
{
    const sidle_layer *layer = &kit->layer;

    kit->w = fenced_random(kit->seed, "weights", layer->weights);
    kit->x = fenced_random(kit->seed, "x", layer->in);
    kit->dy = fenced_random(kit->seed, "dy", layer->out);
    kit->y = fenced_new(layer->out);
    kit->dx = fenced_new(layer->in);
    kit->dw = fenced_new(layer->weights);
    kit->cache = fenced_new(layer->cache);
    kit->stash = fenced_new(layer->stash);
    kit->scratch = fenced_new(layer->scratch);
    kit->px = layer->in ? kit->x.p : NULL;
    kit->pdx = layer->in ? kit->dx.p : NULL;
    kit->py = layer->out ? kit->y.p : NULL;
    kit->pdy = layer->out ? kit->dy.p : NULL;
}

static void release(struct kit *kit)
{
    fenced_done(&kit->w, "weights");
    fenced_done(&kit->x, "x");
    fenced_done(&kit->y, "y");
    fenced_done(&kit->dy, "dy");
    fenced_done(&kit->dx, "dx");
    fenced_done(&kit->dw, "dw");
    fenced_done(&kit->cache, "cache");
    fenced_done(&kit->stash, "stash");
    fenced_done(&kit->scratch, "scratch");
    sidle_layer_done(&kit->layer);
}

void kit_check_layer(const kit_case *given)
{
    struct kit kit = {.item = given->item,
                      .seed = given->seed,
                      .grad_weight = given->grad_weight,
                      .z_loss = given->z_loss};

    assert_int_equal(sidle_layer_init(&kit.layer, given->ops, given->name,
                                      &given->in, given->item.rows,
                                      given->options),
                     SIDLE_OK);
    reserve(&kit);
    check_forward_repeats(&kit);
    run_backward(&kit);
    check_all_gradients(&kit);
    release(&kit);
}

kit_batch kit_batch_new(uint64_t seed, ptrdiff_t rows, ptrdiff_t context,
                        ptrdiff_t vocab, const int32_t *length)
{
    kit_batch batch;
    sidle_rng rng = {seed, sidle_rng_stream("tokens", 0)};
    ptrdiff_t width = context + 1;

    batch.tokens = calloc((size_t)(rows * width), sizeof(*batch.tokens));
    batch.length = calloc((size_t)rows, sizeof(*batch.length));
    assert_non_null(batch.tokens);
    assert_non_null(batch.length);
    for (ptrdiff_t b = 0; b < rows; b++) {
        int32_t *row = batch.tokens + b * width;

        batch.length[b] = length[b];
        for (int32_t p = 0; length[b] > 0 && p <= length[b]; p++)
            row[p] = p == 0 ? (int32_t)SIDLE_SOS
                            : SIDLE_BYTE + (int32_t)sidle_rng_below(
                                               rng, (uint64_t)(b * width + p),
                                               (uint64_t)vocab - SIDLE_BYTE);
    }
    batch.item = (sidle_item){.number = 1,
                              .seed = seed,
                              .rows = rows,
                              .length = batch.length,
                              .fields = {batch.tokens}};
    return batch;
}

void kit_batch_free(kit_batch *batch)
{
    free(batch->tokens);
    free(batch->length);
}
