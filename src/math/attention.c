/* attention.c - one head in tiles of keys and queries, forward and backward. */
#include "math/attention.h"

#include "base/number.h"
#include "math/tile.h"
#include "math/vector.h"

#include <tgmath.h>

/* The keys of a tile, in the orders that the products want, stay in the
 * second-level cache while all queries go by, beside the scores of so few
 * queries: wide heads have smaller tiles. */
#define KEYS 512
#define KEY_CHANNELS (512 * 16)
#define QUERIES 48

/* A rectangle of scores: n keys that are not dropped, in order, and queries
 * i0 .. i0+m-1. Row i may see the columns from[i] .. to[i]-1, and no row sees
 * one outside of begin .. end-1. */
typedef struct tile {
    const sidle_attention *a;
    ptrdiff_t most_keys;   /* that a tile takes */
    ptrdiff_t n, next_key; /* the first key that no tile has had yet */
    ptrdiff_t i0, m, begin, end;
    int32_t key[KEYS], query[QUERIES], from[QUERIES], to[QUERIES];
} tile;

static ptrdiff_t keys_of_a_tile(ptrdiff_t width)
{
    return sidle_larger(SIDLE_TILE_COLS,
                        sidle_smaller(KEYS, KEY_CHANNELS / width));
}

/* Where things lie in the scratch. Rows of scores are `stride` apart, rows of
 * dense copies `wide`. */
typedef struct buffers {
    ptrdiff_t stride, wide;
    sidle_real *s, *ds;     /* (QUERIES, stride) */
    sidle_real *keys[2];    /* k and v as they lie */
    sidle_real *across[2];  /* k and v, keys side by side */
    sidle_real *queries[2]; /* q and dy as they lie */
    sidle_real *dkey[2];    /* dk and dv of the tile */
    /* backward only, of each query: y.dy, and what the gradients of its scores
     * are short of a sum of zero */
    sidle_real *mean, *rest;
    int32_t *top; /* the key that gets the rest, -1: none */
} buffers;

static sidle_real *take(sidle_real *scratch, ptrdiff_t n, ptrdiff_t *used)
{
    ptrdiff_t at = *used;

    *used += (n + SIDLE_LANES - 1) / SIDLE_LANES * SIDLE_LANES;
    return scratch != NULL ? scratch + at : NULL;
}

/* Answers the size of it all; scratch may be NULL to ask for that only. */
static ptrdiff_t lay_out(ptrdiff_t n_queries, ptrdiff_t n_keys, ptrdiff_t width,
                         sidle_real *scratch, buffers *b)
{
    ptrdiff_t m = sidle_tile_rows(sidle_smaller(n_queries, QUERIES));
    ptrdiff_t n = sidle_tile_cols(sidle_smaller(n_keys, keys_of_a_tile(width)));
    ptrdiff_t used = 0;

    b->stride = n;
    b->wide = sidle_tile_cols(width);
    /* blocks of rows may be read beyond the last column */
    b->s = take(scratch, m * n + SIDLE_TILE_ROWS, &used);
    b->ds = take(scratch, m * n + SIDLE_TILE_ROWS, &used);
    for (int i = 0; i < 2; i++) {
        b->keys[i] = take(scratch, n * b->wide, &used);
        b->across[i] = take(scratch, n * width, &used);
        b->queries[i] = take(scratch, m * b->wide, &used);
        b->dkey[i] = take(scratch, n * b->wide, &used);
    }
    b->mean = take(scratch, n_queries, &used);
    b->rest = take(scratch, n_queries, &used);
    b->top = (int32_t *)(void *)take(scratch, n_queries, &used);
    return used;
}

size_t sidle_attention_scratch(ptrdiff_t n_queries, ptrdiff_t n_keys,
                               ptrdiff_t width)
{
    buffers b;

    return (size_t)lay_out(n_queries, n_keys, width, NULL, &b);
}

/* The first key that any query may see; answers the end of them in *end. */
static ptrdiff_t seen_keys(const sidle_attention *a, ptrdiff_t *end)
{
    ptrdiff_t begin = a->n_keys;

    *end = 0;
    for (ptrdiff_t i = 0; i < a->n_queries; i++) {
        if (a->first[i] >= a->last[i])
            continue;
        begin = sidle_smaller(begin, a->first[i]);
        *end = sidle_larger(*end, a->last[i]);
    }
    return sidle_larger(begin, 0);
}

/* Gather the next keys that are not dropped; answers 0 after the last. */
static int next_keys(tile *t, ptrdiff_t end)
{
    const uint8_t *keep = t->a->keep;

    t->n = 0;
    for (; t->next_key < end && t->n < t->most_keys; t->next_key++)
        if (keep == NULL || keep[t->next_key])
            t->key[t->n++] = (int32_t)t->next_key;
    t->i0 = t->m = 0;
    return t->n > 0;
}

/* The column of the first key of the tile that is not below `key`. */
static int32_t column_of(const tile *t, int32_t key)
{
    ptrdiff_t low = 0, high = t->n;

    if (t->key[t->n - 1] - t->key[0] == t->n - 1)
        return (int32_t)sidle_larger(
            0, sidle_smaller(t->n, (ptrdiff_t)key - t->key[0]));
    while (low < high) {
        ptrdiff_t middle = (low + high) / 2;

        if (t->key[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

/* Find out what the rows may see; answers 0 if they see nothing. */
static int look(tile *t)
{
    t->begin = t->n;
    t->end = 0;
    for (ptrdiff_t i = 0; i < t->m; i++) {
        t->query[i] = (int32_t)(t->i0 + i);
        t->from[i] = column_of(t, t->a->first[t->i0 + i]);
        t->to[i] = column_of(t, t->a->last[t->i0 + i]);
        if (t->from[i] >= t->to[i])
            continue;
        t->begin = sidle_smaller(t->begin, t->from[i]);
        t->end = sidle_larger(t->end, t->to[i]);
    }
    t->begin -= t->begin % SIDLE_TILE_COLS;
    return t->begin < t->end;
}

/* Step to the next queries that see a key of the tile. */
static int next_queries(tile *t)
{
    for (t->i0 += t->m; t->i0 < t->a->n_queries; t->i0 += t->m) {
        t->m = sidle_smaller(QUERIES, t->a->n_queries - t->i0);
        if (look(t))
            return 1;
    }
    return 0;
}

/* Copies of x, k or v: as it lies, and with keys side by side. */
static sidle_factor gather_keys(const tile *t, const buffers *b, int which,
                                const sidle_real *x)
{
    return sidle_tile_copy(t->n, t->a->width, x, t->a->key_stride, t->key,
                           b->keys[which]);
}

static sidle_factor keys_across(const tile *t, const buffers *b, int which,
                                sidle_real scale)
{
    return sidle_tile_pack(t->n, t->a->width, b->keys[which], b->wide, scale,
                           SIDLE_TILE_COLS, b->across[which]);
}

/* A copy of x, q or dy, as it lies: rows of a product's right side. */
static sidle_factor gather_queries(const tile *t, const buffers *b, int which,
                                   const sidle_real *x)
{
    return sidle_tile_copy(t->m, t->a->width, x, t->a->query_stride, t->query,
                           b->queries[which]);
}

/* The same copy as the left side of a product. */
static sidle_factor left(const buffers *b, int which)
{
    return (sidle_factor){b->queries[which], SIDLE_TILE_ROWS * b->wide, b->wide,
                          1};
}

/* scores <- queries keys^T over the columns that are seen. */
static void score(const tile *t, const buffers *b, sidle_factor queries,
                  sidle_factor keys, sidle_real *scores)
{
    keys.at += t->begin / SIDLE_TILE_COLS * keys.block;
    sidle_tile_product(sidle_tile_rows(t->m),
                       sidle_tile_cols(t->end - t->begin), t->a->width, queries,
                       keys, 0, scores + t->begin, b->stride);
}

/* y += scores x, x (keys, width), for the rows of the tile. */
static void add_to_queries(const tile *t, const buffers *b,
                           const sidle_real *scores, sidle_factor x,
                           sidle_real *y)
{
    sidle_factor rows = {scores + t->begin, SIDLE_TILE_ROWS * b->stride,
                         b->stride, 1};

    x.at += t->begin * x.along;
    sidle_tile_product(t->m, t->a->width, t->end - t->begin, rows, x, 1,
                       y + t->i0 * t->a->query_stride, t->a->query_stride);
}

/* y += scores^T x, x (queries, width), for the keys of the tile. */
static void add_to_keys(const tile *t, const buffers *b,
                        const sidle_real *scores, sidle_factor x, sidle_real *y)
{
    sidle_factor columns = {scores + t->begin, SIDLE_TILE_ROWS, 1, b->stride};

    sidle_tile_product(t->end - t->begin, b->wide, t->m, columns, x, 1,
                       y + t->begin * b->wide, b->wide);
}

/* Zero what row i must not see; answers 0 if it sees nothing. */
static int clear_unseen(const tile *t, ptrdiff_t i, sidle_real *row)
{
    ptrdiff_t from = t->from[i], to = t->to[i];

    if (from >= to) {
        sidle_fill(t->end - t->begin, 0, row + t->begin);
        return 0;
    }
    sidle_fill(from - t->begin, 0, row + t->begin);
    sidle_fill(t->end - to, 0, row + to);
    return 1;
}

/* Scores become exp(score - running maximum); what was summed up under an older
 * maximum is scaled down to the new one. */
static void soften(const tile *t, const buffers *b, sidle_real *max,
                   sidle_real *sum, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < t->m; i++) {
        sidle_real *row = b->s + i * b->stride + t->from[i];
        ptrdiff_t n = t->to[i] - t->from[i], query = t->i0 + i;
        sidle_real old = max[query];

        if (!clear_unseen(t, i, b->s + i * b->stride))
            continue;
        max[query] = fmax(old, sidle_max(n, row));
        if (max[query] > old && sum[query] > 0) {
            sidle_real shrink = exp(old - max[query]);

            sum[query] *= shrink;
            sidle_scale(t->a->width, shrink, y + query * t->a->query_stride);
        }
        sum[query] += sidle_exp_sum(n, row, max[query], row);
    }
}

/* Divide by the sums; a query without a key keeps its zeros. */
static void finish(const sidle_attention *a, const sidle_real *max,
                   const sidle_real *sum, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < a->n_queries; i++)
        if (max[i] != (sidle_real)-INFINITY)
            sidle_scale(a->width, 1 / sum[i], y + i * a->query_stride);
}

static void clear_rows(ptrdiff_t n, ptrdiff_t width, ptrdiff_t stride,
                       sidle_real *x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        sidle_fill(width, 0, x + i * stride);
}

void sidle_attention_forward(const sidle_attention *a, const sidle_real *q,
                             const sidle_real *k, const sidle_real *v,
                             sidle_real *y, sidle_real *softmax,
                             sidle_real *scratch)
{
    sidle_real *max = softmax, *sum = softmax + a->n_queries;
    ptrdiff_t end;
    tile t = {.a = a,
              .most_keys = keys_of_a_tile(a->width),
              .next_key = seen_keys(a, &end)};
    buffers b;

    lay_out(a->n_queries, a->n_keys, a->width, scratch, &b);
    clear_rows(a->n_queries, a->width, a->query_stride, y);
    sidle_fill(a->n_queries, (sidle_real)-INFINITY, max);
    sidle_fill(a->n_queries, 0, sum);
    while (next_keys(&t, end)) {
        sidle_factor values = gather_keys(&t, &b, 1, v), keys;

        gather_keys(&t, &b, 0, k);
        keys = keys_across(&t, &b, 0, a->scale);
        while (next_queries(&t)) {
            gather_queries(&t, &b, 0, q);
            score(&t, &b, left(&b, 0), keys, b.s);
            soften(&t, &b, max, sum, y);
            add_to_queries(&t, &b, b.s, values, y);
        }
    }
    finish(a, max, sum, y);
}

/* The gradients ds of a query's scores have a sum of zero. Those of a
 * probability near one are a difference of numbers that agree but for
 * rounding, and large keys make much of what is left of it. Where one key has
 * half of the probability or more, its gradient is what the others, whose
 * small probabilities make such errors small, are short of zero. */
static void set_largest_aside(const tile *t, const buffers *b, ptrdiff_t i,
                              ptrdiff_t largest)
{
    sidle_real *ds = b->ds + i * b->stride;
    ptrdiff_t query = t->i0 + i, from = t->from[i];

    if (largest < t->to[i] && b->top[query] < 0) {
        b->top[query] = t->key[largest];
        ds[largest] = 0;
    }
    b->rest[query] -= sidle_add_up(t->to[i] - from, ds + from);
}

/* Scores become probabilities p, and dp = dy v^T becomes the gradient of the
 * scores before their scale: p (dp - y.dy) scale. */
static void harden(const tile *t, const buffers *b, const sidle_real *max,
                   const sidle_real *sum)
{
    for (ptrdiff_t i = 0; i < t->m; i++) {
        sidle_real *p = b->s + i * b->stride, *ds = b->ds + i * b->stride;
        ptrdiff_t from = t->from[i], query = t->i0 + i, largest = t->to[i];
        sidle_real mean = b->mean[query], share, scale = t->a->scale;

        clear_unseen(t, i, ds);
        if (!clear_unseen(t, i, p))
            continue;
        share = 1 / sum[query];
        sidle_exp_shifted(t->to[i] - from, p + from, max[query], p + from);
        if (share >= (sidle_real)0.5) /* exp(0) is in the tile, or in another */
            largest = from + sidle_find(t->to[i] - from, 1, p + from);
        for (ptrdiff_t j = from; j < t->to[i]; j++) {
            p[j] *= share;
            ds[j] = p[j] * (ds[j] - mean) * scale;
        }
        if (share >= (sidle_real)0.5)
            set_largest_aside(t, b, i, largest);
    }
}

/* y.dy of each query: the mean of dp under the probabilities. */
static void dots(const sidle_attention *a, const sidle_real *y,
                 const sidle_real *dy, sidle_real *y_dot_dy)
{
    for (ptrdiff_t i = 0; i < a->n_queries; i++)
        y_dot_dy[i] = (sidle_real)sidle_dot(a->width, y + i * a->query_stride,
                                            dy + i * a->query_stride);
}

/* Gradients of a tile's keys go home. */
static void scatter_keys(const tile *t, const buffers *b,
                         const sidle_real *from, sidle_real *x)
{
    for (ptrdiff_t j = 0; j < t->n; j++)
        memcpy(x + t->key[j] * t->a->key_stride, from + j * b->wide,
               (size_t)t->a->width * sizeof *x);
}

/* All queries of a tile of keys; k and v lie in b->keys. */
static void backward_tile(tile *t, const buffers *b, const sidle_real *q,
                          const sidle_real *softmax, const sidle_real *dy,
                          sidle_real *dq)
{
    const sidle_attention *a = t->a;
    sidle_factor rows_of_k = {b->keys[0], SIDLE_TILE_COLS, 1, b->wide};
    sidle_factor keys = keys_across(t, b, 0, a->scale);
    sidle_factor values = keys_across(t, b, 1, 1);

    sidle_fill(t->n * b->wide, 0, b->dkey[0]);
    sidle_fill(t->n * b->wide, 0, b->dkey[1]);
    while (next_queries(t)) {
        sidle_factor rows_of_q = gather_queries(t, b, 0, q);
        sidle_factor rows_of_dy = gather_queries(t, b, 1, dy);

        score(t, b, left(b, 0), keys, b->s);
        score(t, b, left(b, 1), values, b->ds);
        harden(t, b, softmax, softmax + a->n_queries);
        add_to_keys(t, b, b->s, rows_of_dy, b->dkey[1]);
        add_to_keys(t, b, b->ds, rows_of_q, b->dkey[0]);
        add_to_queries(t, b, b->ds, rows_of_k, dq);
    }
}

/* The keys that were set aside get their gradients. */
static void add_rest(const sidle_attention *a, const buffers *b,
                     const sidle_real *q, const sidle_real *k, sidle_real *dq,
                     sidle_real *dk)
{
    for (ptrdiff_t i = 0; i < a->n_queries; i++) {
        ptrdiff_t query = i * a->query_stride, key = b->top[i] * a->key_stride;

        if (b->top[i] < 0)
            continue;
        sidle_add_scaled(a->width, b->rest[i], k + key, dq + query);
        sidle_add_scaled(a->width, b->rest[i], q + query, dk + key);
    }
}

void sidle_attention_backward(const sidle_attention *a, const sidle_real *q,
                              const sidle_real *k, const sidle_real *v,
                              const sidle_real *y, const sidle_real *softmax,
                              const sidle_real *dy, sidle_real *dq,
                              sidle_real *dk, sidle_real *dv,
                              sidle_real *scratch)
{
    ptrdiff_t end;
    tile t = {.a = a,
              .most_keys = keys_of_a_tile(a->width),
              .next_key = seen_keys(a, &end)};
    buffers b;

    lay_out(a->n_queries, a->n_keys, a->width, scratch, &b);
    clear_rows(a->n_queries, a->width, a->query_stride, dq);
    clear_rows(a->n_keys, a->width, a->key_stride, dk);
    clear_rows(a->n_keys, a->width, a->key_stride, dv);
    dots(a, y, dy, b.mean);
    sidle_fill(a->n_queries, 0, b.rest);
    for (ptrdiff_t i = 0; i < a->n_queries; i++)
        b.top[i] = -1;
    while (next_keys(&t, end)) {
        gather_keys(&t, &b, 0, k);
        gather_keys(&t, &b, 1, v);
        backward_tile(&t, &b, q, softmax, dy, dq);
        scatter_keys(&t, &b, b.dkey[0], dk);
        scatter_keys(&t, &b, b.dkey[1], dv);
    }
    add_rest(a, &b, q, k, dq, dk);
}
