/* kv.c - the growing state of one attention. */
#include "layer/kv.h"

#include <string.h>

/* Stands at the beginning of the state. */
struct head {
    int64_t start, count; /* elements in use */
    int64_t capacity;
};

static ptrdiff_t room_for(ptrdiff_t capacity)
{
    /* Slack, so that elements move to the front once in capacity / 4 drops. */
    return capacity + capacity / 4 + 1;
}

static struct head *carve_state(const sidle_heads *heads, sidle_carve *carve,
                                ptrdiff_t capacity, sidle_real **kv)
{
    struct head *head = sidle_carve_bytes(carve, sizeof(*head));

    *kv = sidle_carve_reals(carve, room_for(capacity) * 2 * heads->width);
    return head;
}

static struct head *head_of(const sidle_real *state)
{
    sidle_carve carve = sidle_carve_of(state);

    return sidle_carve_bytes(&carve, sizeof(struct head));
}

size_t sidle_kv_size(const sidle_heads *heads, ptrdiff_t capacity)
{
    sidle_carve carve = {NULL, 0};
    sidle_real *kv;

    carve_state(heads, &carve, capacity, &kv);
    return carve.used;
}

void sidle_kv_clear(sidle_real *state, ptrdiff_t capacity)
{
    *head_of(state) = (struct head){0, 0, capacity};
}

void sidle_kv_drop(sidle_real *state, ptrdiff_t n)
{
    struct head *head = head_of(state);

    SIDLE_CHECK(n >= 0 && n <= head->count,
                "%td of %td kept elements cannot be dropped", n,
                (ptrdiff_t)head->count);
    head->start += n;
    head->count -= n;
}

/* Where n more elements go; *first is the oldest one's place. */
static sidle_real *append(const sidle_heads *heads, sidle_real *state,
                          ptrdiff_t n, sidle_real **first)
{
    ptrdiff_t width = 2 * heads->width;
    struct head *head = head_of(state);
    sidle_carve carve = {state, 0};
    sidle_real *kv, *to;

    carve_state(heads, &carve, (ptrdiff_t)head->capacity, &kv);
    SIDLE_CHECK(head->count + n <= head->capacity,
                "%td elements and %td new ones exceed the capacity, %td",
                (ptrdiff_t)head->count, n, (ptrdiff_t)head->capacity);
    if (head->start + head->count + n > room_for((ptrdiff_t)head->capacity)) {
        memmove(kv, kv + head->start * width,
                (size_t)(head->count * width) * sizeof(*kv));
        head->start = 0;
    }
    *first = kv + head->start * width;
    to = *first + head->count * width;
    head->count += n;
    return to;
}

struct work {
    sidle_heads_call call;
    int64_t *new_at; /* (n_new) positions */
};

static struct work carve_work(const sidle_heads *heads, sidle_carve *carve,
                              ptrdiff_t n_keys, ptrdiff_t n_new,
                              ptrdiff_t n_out)
{
    struct work work;
    sidle_span *span = &work.call.span;

    *span = sidle_span_carve(carve, 1, n_out, n_keys);
    span->keep = NULL;
    work.call.kept.q = sidle_carve_reals(carve, n_out * heads->width);
    work.call.kept.y = sidle_carve_reals(carve, n_out * heads->width);
    work.call.kept.softmax =
        sidle_carve_reals(carve, 2 * n_out * heads->n_heads);
    work.new_at =
        sidle_carve_bytes(carve, (size_t)n_new * sizeof(*work.new_at));
    work.call.scratch = sidle_carve_rest(carve);
    return work;
}

size_t sidle_kv_scratch(const sidle_heads *heads, ptrdiff_t capacity,
                        ptrdiff_t n_new, ptrdiff_t n_out)
{
    sidle_carve carve = {NULL, 0};
    struct work work = carve_work(heads, &carve, capacity, n_new, n_out);

    return carve.used + sidle_heads_scratch(heads, &work.call.span);
}

void sidle_kv_attend(const sidle_heads *heads, const sidle_real *w,
                     sidle_real *state, const sidle_step *step, ptrdiff_t n_new,
                     const sidle_real *xk, const sidle_real *xq, sidle_real *y,
                     sidle_real *scratch)
{
    ptrdiff_t n_out = step->n_out,
              n_keys = (ptrdiff_t)head_of(state)->count + n_new;
    sidle_carve carve = {scratch, 0};
    struct work work = carve_work(heads, &carve, n_keys, n_new, n_out);
    sidle_span *span = &work.call.span;
    sidle_real *to = append(heads, state, n_new, &work.call.kept.kv);

    for (ptrdiff_t i = 0; i < n_new; i++)
        work.new_at[i] = step->position + n_out - n_new + i;
    for (ptrdiff_t i = 0; i < n_out; i++) {
        span->query_at[i] = step->position + i;
        span->first[i] = 0;
        /* The queries are the last n_out elements: each sees all up to
         * itself. */
        span->last[i] = (int32_t)(n_keys - n_out + i + 1);
    }
    sidle_heads_keys(heads, n_new, w, work.new_at, xk, to);
    sidle_heads_queries(heads, n_out, w, span->query_at, xq, work.call.kept.q);
    sidle_heads_attend(heads, &work.call);
    sidle_affine_forward(&heads->o, n_out, w, work.call.kept.y, y);
}
