/* attention.c - one head in tiles of queries and keys, forward and backward. */
#include "math/attention.h"

#include "math/gemm.h"
#include "math/vector.h"

#include <string.h>
#include <tgmath.h>

/* Two tiles of scores fit the second-level cache together with the rows of
 * q, k and v that they are made of. */
#define QUERIES 64
#define KEYS 512

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

static ptrdiff_t most(ptrdiff_t a, ptrdiff_t b)
{
    return a > b ? a : b;
}

/* A rectangle of scores: queries i0 .. i0+m-1, keys j0 .. j0+n-1. */
typedef struct tile {
    const sidle_attention *a;
    ptrdiff_t i0, m, j0, n;
    sidle_real *bias; /* (n) -inf where the key is dropped; NULL: none is */
    sidle_real *s;    /* (m, n) scores, then probabilities */
    sidle_real *ds;   /* (m, n) gradient of the scores; NULL in the forward */
} tile;

static sidle_mat queries_of(const tile *t, const sidle_real *q)
{
    return sidle_mat_strided(q + t->i0 * t->a->query_stride, t->m, t->a->width,
                             t->a->query_stride);
}

static sidle_mat keys_of(const tile *t, const sidle_real *k)
{
    return sidle_mat_strided(k + t->j0 * t->a->key_stride, t->n, t->a->width,
                             t->a->key_stride);
}

static sidle_mat scores_of(const tile *t)
{
    return sidle_mat_of(t->s, t->m, t->n);
}

/* The keys [*from, *to) of row i of the tile that the query may see. */
static void allowed(const tile *t, ptrdiff_t i, ptrdiff_t *from, ptrdiff_t *to)
{
    *from = most(0, t->a->first[t->i0 + i] - t->j0);
    *to = least(t->n, t->a->last[t->i0 + i] - t->j0);
}

static int is_empty(const tile *t)
{
    for (ptrdiff_t i = 0; i < t->m; i++) {
        ptrdiff_t from, to;

        allowed(t, i, &from, &to);
        if (from < to)
            return 0;
    }
    return 1;
}

/* The keys [*from, *to) that any query of the tile's rows may see. */
static void reach(const tile *t, ptrdiff_t *from, ptrdiff_t *to)
{
    *from = t->a->n_keys;
    *to = 0;
    for (ptrdiff_t i = t->i0; i < t->i0 + t->m; i++) {
        if (t->a->first[i] >= t->a->last[i])
            continue;
        *from = least(*from, t->a->first[i]);
        *to = most(*to, t->a->last[i]);
    }
    *from = most(*from, 0);
    *to = least(*to, t->a->n_keys);
}

/* Step to the next tile of the same queries with an allowed key. */
static int next_keys(tile *t, ptrdiff_t to)
{
    for (t->j0 += t->n; t->j0 < to; t->j0 += t->n) {
        t->n = least(KEYS, to - t->j0);
        if (!is_empty(t))
            return 1;
    }
    return 0;
}

static void score(const tile *t, const sidle_real *q, const sidle_real *k)
{
    const uint8_t *keep = t->a->keep;

    sidle_gemm(t->a->scale, queries_of(t, q), sidle_mat_t(keys_of(t, k)), 0,
               scores_of(t));
    if (!keep)
        return;
    for (ptrdiff_t j = 0; j < t->n; j++)
        t->bias[j] = keep[t->j0 + j] ? 0 : (sidle_real)-INFINITY;
    sidle_add_rows(t->m, t->n, t->bias, t->s);
}

/* Zero what lies outside [from, to) of a row; all of it if that is empty. */
static void clear_outside(ptrdiff_t n, ptrdiff_t from, ptrdiff_t to,
                          sidle_real *row)
{
    if (from >= to)
        from = to = n;
    sidle_fill(from, 0, row);
    sidle_fill(n - to, 0, row + to);
}

/* Scores become exp(score - running maximum); what was summed up under an older
 * maximum is scaled down to the new one.
 * max, sum: (m) the running maximum and sum of exponentials; y as it grows. */
static void soften(const tile *t, sidle_real *max, sidle_real *sum,
                   sidle_real *y)
{
    sidle_mat out = queries_of(t, y);

    for (ptrdiff_t i = 0; i < t->m; i++) {
        sidle_real *row = t->s + i * t->n, old = max[i];
        ptrdiff_t from, to;

        allowed(t, i, &from, &to);
        if (from < to)
            max[i] = fmax(old, sidle_max(to - from, row + from));
        if (max[i] == (sidle_real)-INFINITY)
            to = from;
        clear_outside(t->n, from, to, row);
        if (from >= to)
            continue;
        if (max[i] > old && sum[i] > 0) {
            sidle_real shrink = exp(old - max[i]);

            sum[i] *= shrink;
            sidle_scale(out.cols, shrink, out.p + i * out.row_stride);
        }
        sum[i] += sidle_exp_sum(to - from, row + from, max[i], row + from);
    }
}

/* Divide by the sums; a query without a key gives zero. */
static void finish(const tile *t, const sidle_real *max, const sidle_real *sum,
                   sidle_real *y, sidle_real *lse)
{
    sidle_mat out = queries_of(t, y);

    for (ptrdiff_t i = 0; i < t->m; i++) {
        sidle_real *row = out.p + i * out.row_stride;

        if (max[i] == (sidle_real)-INFINITY)
            sidle_fill(out.cols, 0, row);
        else
            sidle_scale(out.cols, 1 / sum[i], row);
        lse[t->i0 + i] = max[i] + log(sum[i]);
    }
}

size_t sidle_attention_scratch(ptrdiff_t n_queries, ptrdiff_t n_keys,
                               ptrdiff_t width)
{
    ptrdiff_t m = least(n_queries, QUERIES), n = least(n_keys, KEYS);

    (void)width;
    return (size_t)(2 * m * n + 2 * m + n);
}

/* Tiles of the queries from i0 on, before the first tile of keys. */
static tile queries_at(const sidle_attention *a, ptrdiff_t i0,
                       sidle_real *scratch)
{
    ptrdiff_t m = least(a->n_queries, QUERIES), n = least(a->n_keys, KEYS);

    return (tile){.a = a,
                  .i0 = i0,
                  .m = least(m, a->n_queries - i0),
                  .s = scratch,
                  .ds = scratch + m * n,
                  .bias = scratch + 2 * m * n + 2 * m};
}

void sidle_attention_forward(const sidle_attention *a, const sidle_real *q,
                             const sidle_real *k, const sidle_real *v,
                             sidle_real *y, sidle_real *lse,
                             sidle_real *scratch)
{
    for (ptrdiff_t i0 = 0; i0 < a->n_queries; i0 += QUERIES) {
        tile t = queries_at(a, i0, scratch);
        sidle_real *max = t.bias - 2 * t.m, *sum = t.bias - t.m, beta = 0;
        ptrdiff_t to;

        sidle_fill(t.m, (sidle_real)-INFINITY, max);
        sidle_fill(t.m, 0, sum);
        reach(&t, &t.j0, &to);
        while (next_keys(&t, to)) {
            score(&t, q, k);
            soften(&t, max, sum, y);
            sidle_gemm(1, scores_of(&t), keys_of(&t, v), beta,
                       queries_of(&t, y));
            beta = 1;
        }
        finish(&t, max, sum, y, lse);
    }
}

/* Scores become probabilities, and dp = dy v^T their gradient:
 * ds = p (dp - y.dy) scale. */
static void harden(const tile *t, const sidle_real *lse,
                   const sidle_real *y_dot_dy)
{
    for (ptrdiff_t i = 0; i < t->m; i++) {
        sidle_real *p = t->s + i * t->n, *ds = t->ds + i * t->n;
        sidle_real log_sum = lse[t->i0 + i], mean = y_dot_dy[i];
        ptrdiff_t from, to;

        allowed(t, i, &from, &to);
        if (log_sum == (sidle_real)-INFINITY)
            to = from;
        clear_outside(t->n, from, to, p);
        clear_outside(t->n, from, to, ds);
        if (from >= to)
            continue;
        sidle_exp_shifted(to - from, p + from, log_sum, p + from);
        for (ptrdiff_t j = from; j < to; j++)
            ds[j] = p[j] * (ds[j] - mean) * t->a->scale;
    }
}

static void clear_rows(ptrdiff_t n, ptrdiff_t width, ptrdiff_t stride,
                       sidle_real *x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        sidle_fill(width, 0, x + i * stride);
}

/* y.dy of each query: the mean of dp under the probabilities. */
static void dots(const tile *t, const sidle_real *y, const sidle_real *dy,
                 sidle_real *y_dot_dy)
{
    sidle_mat ys = queries_of(t, y), dys = queries_of(t, dy);

    for (ptrdiff_t i = 0; i < t->m; i++)
        y_dot_dy[i] = (sidle_real)sidle_dot(ys.cols, ys.p + i * ys.row_stride,
                                            dys.p + i * dys.row_stride);
}

void sidle_attention_backward(const sidle_attention *a, const sidle_real *q,
                              const sidle_real *k, const sidle_real *v,
                              const sidle_real *y, const sidle_real *lse,
                              const sidle_real *dy, sidle_real *dq,
                              sidle_real *dk, sidle_real *dv,
                              sidle_real *scratch)
{
    clear_rows(a->n_queries, a->width, a->query_stride, dq);
    clear_rows(a->n_keys, a->width, a->key_stride, dk);
    clear_rows(a->n_keys, a->width, a->key_stride, dv);
    for (ptrdiff_t i0 = 0; i0 < a->n_queries; i0 += QUERIES) {
        tile t = queries_at(a, i0, scratch);
        sidle_real *y_dot_dy = t.bias - t.m;
        ptrdiff_t to;

        dots(&t, y, dy, y_dot_dy);
        reach(&t, &t.j0, &to);
        while (next_keys(&t, to)) {
            sidle_mat ds = sidle_mat_of(t.ds, t.m, t.n);

            score(&t, q, k);
            sidle_gemm(1, queries_of(&t, dy), sidle_mat_t(keys_of(&t, v)), 0,
                       ds);
            harden(&t, lse, y_dot_dy);
            sidle_gemm(1, sidle_mat_t(scores_of(&t)), queries_of(&t, dy), 1,
                       keys_of(&t, dv));
            sidle_gemm(1, sidle_mat_t(ds), queries_of(&t, q), 1,
                       keys_of(&t, dk));
            sidle_gemm(1, ds, keys_of(&t, k), 1, queries_of(&t, dq));
        }
    }
}
