/* optim.c - the table of kinds, and the memory of one optimizer. */
#include "optim/optim_inside.h"

#include "base/carve.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static const sidle_optim_ops *const kinds[] = {
    [SIDLE_SGD] = &sidle_sgd_ops,         [SIDLE_ADAMW] = &sidle_adamw_ops,
    [SIDLE_NADAM] = &sidle_nadam_ops,     [SIDLE_MUON] = &sidle_muon_ops,
    [SIDLE_RMSPROP] = &sidle_rmsprop_ops,
};

enum {
    N_KINDS = sizeof(kinds) / sizeof(kinds[0]),
    REST = 100, /* above the numbers of all kinds */
    MEAN = 200
};

_Static_assert((int)N_KINDS == (int)SIDLE_OPTIM_N_KINDS, "a kind has no row");

const sidle_optim_ops *sidle_optim_row(sidle_optim_kind kind)
{
    return kinds[kind];
}

const char *sidle_optim_name(sidle_optim_kind kind)
{
    return kinds[kind]->name;
}

int sidle_optim_names(const char *const **names_p)
{
    static const char *names[N_KINDS];

    for (int i = 0; i < N_KINDS; i++)
        names[i] = kinds[i]->name;
    *names_p = names;
    return N_KINDS;
}

sidle_status sidle_optim_check(const sidle_optim_config *config)
{
    if (config->rest == SIDLE_REST_NORM && config->kind != SIDLE_MUON)
        return sidle_fail(SIDLE_EUSAGE,
                          "'optim.rest' norm is a step for what 'optim.kind' "
                          "muon does not turn, but 'optim.kind' is %s; use "
                          "muon, or leave optim.rest out",
                          sidle_optim_name(config->kind));
    return sidle_delay_check(config);
}

int64_t sidle_optim_rule(const sidle_optim_config *config)
{
    return (int64_t)config->kind +
           (config->rest == SIDLE_REST_NORM ? REST : 0) +
           (config->orthogonal ? MEAN : 0);
}

int sidle_optim_is_rule(int64_t rule)
{
    int64_t of_kind = rule >= MEAN ? rule - MEAN : rule;

    return (of_kind >= 0 && of_kind < N_KINDS) || of_kind == SIDLE_MUON + REST;
}

/* The number of the running mean among the states. */
static int mean_of(const sidle_optim_config *config)
{
    return kinds[config->kind]->n_states(config);
}

int sidle_optim_n_states(const sidle_optim_config *config)
{
    return mean_of(config) + (config->orthogonal ? 1 : 0);
}

const char *sidle_optim_state_name(const sidle_optim_config *config, int state)
{
    return state < mean_of(config) ? kinds[config->kind]->state_names[state]
                                   : "mean";
}

int sidle_optim_has_state(const sidle_optim_config *config, int state,
                          const sidle_segment *segment)
{
    const sidle_optim_ops *ops = kinds[config->kind];

    if (state >= mean_of(config))
        return state < sidle_optim_n_states(config);
    return ops->has_state == NULL || ops->has_state(state, segment);
}

int sidle_optim_two_states(const sidle_optim_config *config)
{
    (void)config;
    return 2;
}

int sidle_optim_fits_single(const sidle_optim_config *config, double squares)
{
    /* The second moment stores squares as floats; none exceeds their sum, and a
     * clipped gradient is small. */
    return config->clip > 0.0 || squares <= (double)FLT_MAX;
}

int sidle_optim_touched(const sidle_optim_config *config,
                        const sidle_segment *segment)
{
    int n = 5; /* w read and written; g read for its norm, read, zeroed */

    for (int i = 0; i < sidle_optim_n_states(config); i++)
        n += 2 * sidle_optim_has_state(config, i, segment);
    /* Products of gradient and mean first, and the gradient changes. */
    return config->orthogonal ? n + 4 : n;
}

double sidle_optim_flops(const sidle_optim_config *config,
                         const sidle_segment *segment)
{
    const sidle_optim_ops *ops = kinds[config->kind];

    return ops->flops != NULL ? ops->flops(segment) : 0.0;
}

int sidle_optim_can_use(const sidle_optim_config *config, double squares)
{
    const sidle_optim_ops *ops = kinds[config->kind];

    return ops->can_use == NULL || ops->can_use(config, squares);
}

double sidle_optim_matrix_lr(const sidle_optim_config *config)
{
    const sidle_optim_ops *ops = kinds[config->kind];

    return ops->matrix_lr != NULL ? ops->matrix_lr(config) : 0.0;
}

sidle_real sidle_optim_keep(const sidle_optim *optim,
                            const sidle_segment *segment, double rate)
{
    /* Biases and the parameters of norms do not decay. */
    if (segment->n_dims != 2)
        return 1;
    return (sidle_real)(1.0 - rate * optim->config.weight_decay);
}

static sidle_optim optim_of(const sidle_optim_config *config,
                            const sidle_segment *segments, int n_segments,
                            ptrdiff_t count)
{
    sidle_optim optim = {
        .config = sidle_optim_raised(config),
        .ops = kinds[config->kind],
        .segments = segments,
        .n_segments = n_segments,
        .count = count,
        .n_states = sidle_optim_n_states(config),
        .product = 1.0,
    };

    /* A raised momentum moves the weights by 1 / (1 - m) in all: the rate makes
     * up for it. */
    optim.discount = (1.0 - optim.config.momentum) / (1.0 - config->momentum);
    return optim;
}

static void carve_memory(sidle_carve *carve, sidle_optim *optim)
{
    const sidle_optim_ops *ops = optim->ops;

    for (int i = 0; i < optim->n_states; i++)
        optim->state[i] = sidle_carve_reals(carve, optim->count);
    if (ops->scratch != NULL)
        optim->scratch = sidle_carve_reals(
            carve, ops->scratch(optim->segments, optim->n_segments));
}

size_t sidle_optim_bytes(const sidle_optim_config *config,
                         const sidle_segment *segments, int n_segments,
                         ptrdiff_t count)
{
    sidle_carve measure = sidle_carve_of(NULL);
    sidle_optim optim = optim_of(config, segments, n_segments, count);

    carve_memory(&measure, &optim);
    return sidle_carve_total(&measure);
}

/* States begin at zero, scratch as the arena gives it. */
static sidle_status take_memory(sidle_optim *optim, size_t bytes)
{
    sidle_carve carve;

    SIDLE_TRY(sidle_arena_new("the optimizer", bytes, &optim->arena));
    carve = sidle_carve_of(sidle_arena_take(optim->arena, bytes));
    carve_memory(&carve, optim);
    for (int i = 0; i < optim->n_states; i++)
        memset(optim->state[i], 0, (size_t)optim->count * sizeof(sidle_real));
    return SIDLE_OK;
}

sidle_status sidle_optim_new(const sidle_optim_config *config,
                             const sidle_segment *segments, int n_segments,
                             ptrdiff_t count, sidle_optim **optim_p)
{
    sidle_optim *optim = malloc(sizeof(*optim));
    sidle_status status;

    if (optim == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "out of memory for an optimizer");
    *optim = optim_of(config, segments, n_segments, count);
    status = take_memory(
        optim, sidle_optim_bytes(config, segments, n_segments, count));
    if (status != SIDLE_OK) {
        free(optim);
        return status;
    }
    *optim_p = optim;
    return SIDLE_OK;
}

void sidle_optim_free(sidle_optim *optim)
{
    if (optim == NULL)
        return;
    sidle_arena_free(optim->arena);
    free(optim);
}

void sidle_optim_step(sidle_optim *optim, double factor, sidle_real *w,
                      sidle_real *g)
{
    optim->updates++;
    if (optim->config.orthogonal)
        sidle_orthogonal_apply(optim, g);
    optim->ops->step(optim, factor, w, g);
}
