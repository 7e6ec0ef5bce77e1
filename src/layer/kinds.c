/* kinds.c - the table of layer kinds: one line a kind. */
#include "layer/kinds.h"

#include "base/text.h"

#include <string.h>

/* Each name is the kind's and that of its sidle_<name>_ops. */
#define KINDS(kind)                                                            \
    kind(conv2d) kind(conv2d_transpose) kind(linear) kind(group_norm)          \
        kind(layer_norm) kind(max_pool) kind(avg_pool) kind(global_pool)       \
            kind(upsample) kind(relu) kind(gelu) kind(sq_relu) kind(tanh)      \
                kind(flatten) kind(dropout) kind(residual) kind(skip)          \
                    kind(cross_entropy) kind(mse)
#define DECLARE(name) extern const sidle_layer_ops sidle_##name##_ops;
#define ADDRESS(name) &sidle_##name##_ops,

KINDS(DECLARE)

static const sidle_layer_ops *const kinds[] = {KINDS(ADDRESS)};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const sidle_layer_ops *sidle_layer_kind_at(int i)
{
    return i >= 0 && i < N_KINDS ? kinds[i] : NULL;
}

const sidle_layer_ops *sidle_layer_kind(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i]->kind, name) == 0)
            return kinds[i];
    return NULL;
}

const sidle_layer_ops *sidle_layer_nearest_kind(const char *name)
{
    const char *names[N_KINDS], *near;

    for (int i = 0; i < N_KINDS; i++)
        names[i] = kinds[i]->kind;
    near = sidle_text_nearest(name, names, N_KINDS);
    return near != NULL ? sidle_layer_kind(near) : NULL;
}
