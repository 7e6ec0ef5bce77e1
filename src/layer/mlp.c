/* mlp.c - the MLP of a layer with its norm, residual and dropout. */
#include "layer/mlp.h"

#include "base/text.h"
#include "math/vector.h"

#include <string.h>

struct work {
    sidle_moments moments;
    sidle_real *normed; /* (rows, d) */
    sidle_real *active; /* (rows, w d) */
};

static struct work carve_work(const sidle_mlp *mlp, sidle_carve *carve,
                              ptrdiff_t rows)
{
    struct work work;

    work.moments.mean = sidle_carve_reals(carve, rows);
    work.moments.rstd = sidle_carve_reals(carve, rows);
    work.normed = sidle_carve_reals(carve, rows * mlp->up.in);
    work.active = sidle_carve_reals(carve, rows * mlp->up.out);
    return work;
}

size_t sidle_mlp_scratch(const sidle_mlp *mlp, ptrdiff_t rows)
{
    sidle_carve carve = {NULL, 0};

    carve_work(mlp, &carve, rows);
    return carve.used;
}

void sidle_mlp_add(sidle_mlp *mlp, sidle_layer *layer, const char *path,
                   ptrdiff_t width, ptrdiff_t factor)
{
    char name[64];

    sidle_text_format(name, sizeof(name), "%s/norm_mlp", path);
    mlp->norm = sidle_norm_add(layer, name, width);
    sidle_text_format(name, sizeof(name), "%s/mlp_up", path);
    mlp->up = sidle_affine_add(layer, name, factor * width, width, 1);
    sidle_text_format(name, sizeof(name), "%s/mlp_down", path);
    mlp->down = sidle_affine_add(layer, name, width, factor * width, 1);
}

sidle_mlp_kept sidle_mlp_carve_kept(const sidle_mlp *mlp, sidle_carve *carve,
                                    ptrdiff_t rows)
{
    sidle_mlp_kept kept;

    kept.moments.mean = sidle_carve_reals(carve, rows);
    kept.moments.rstd = sidle_carve_reals(carve, rows);
    kept.hidden = sidle_carve_reals(carve, rows * mlp->up.out);
    return kept;
}

sidle_mlp_grads sidle_mlp_carve_grads(const sidle_mlp *mlp, sidle_carve *carve,
                                      ptrdiff_t rows)
{
    sidle_mlp_grads grads;

    grads.normed = sidle_carve_reals(carve, rows * mlp->up.in);
    grads.hidden = sidle_carve_reals(carve, rows * mlp->up.out);
    return grads;
}

void sidle_mlp_forward(const sidle_mlp *mlp, const sidle_mlp_call *call,
                       const sidle_real *w, const sidle_real *x, sidle_real *y)
{
    sidle_carve carve = {call->scratch, 0};
    struct work work = carve_work(mlp, &carve, call->rows);

    sidle_norm_forward(&mlp->norm, call->rows, w, x, work.normed,
                       call->kept.moments);
    sidle_affine_forward(&mlp->up, call->rows, w, work.normed,
                         call->kept.hidden);
    sidle_activate(mlp->activation, call->rows * mlp->up.out, call->kept.hidden,
                   work.active);
    sidle_affine_forward(&mlp->down, call->rows, w, work.active, y);
    sidle_drop_apply(&mlp->drop, call->item, y);
    sidle_add(call->rows * mlp->up.in, x, y);
}

void sidle_mlp_input_grad(const sidle_mlp *mlp, const sidle_mlp_call *call,
                          const sidle_real *w, const sidle_real *x,
                          const sidle_real *dy, sidle_real *dx)
{
    sidle_carve carve = {call->scratch, 0};
    struct work work = carve_work(mlp, &carve, call->rows);
    ptrdiff_t n = call->rows * mlp->up.in;
    const sidle_real *dropped =
        sidle_dropped(&mlp->drop, call->item, dy, work.normed);

    sidle_affine_input_grad(&mlp->down, call->rows, w, dropped, (sidle_real)0,
                            call->grads.hidden);
    sidle_activate_grad(mlp->activation, call->rows * mlp->up.out,
                        call->kept.hidden, call->grads.hidden,
                        call->grads.hidden);
    sidle_affine_input_grad(&mlp->up, call->rows, w, call->grads.hidden,
                            (sidle_real)0, call->grads.normed);
    /* The residual branch first: the norm's gradient is added to it. */
    memcpy(dx, dy, (size_t)n * sizeof(*dx));
    sidle_norm_input_grad(&mlp->norm, call->rows, w, x, call->kept.moments,
                          call->grads.normed, dx);
}

void sidle_mlp_weight_grad(const sidle_mlp *mlp, const sidle_mlp_call *call,
                           const sidle_real *w, const sidle_real *x,
                           const sidle_real *dy, sidle_real *dw)
{
    sidle_carve carve = {call->scratch, 0};
    struct work work = carve_work(mlp, &carve, call->rows);
    const sidle_real *dropped =
        sidle_dropped(&mlp->drop, call->item, dy, work.normed);

    sidle_activate(mlp->activation, call->rows * mlp->up.out, call->kept.hidden,
                   work.active);
    sidle_affine_weight_grad(&mlp->down, call->rows, work.active, dropped, dw);
    /* Only now: `dropped` may lie in `normed`. */
    sidle_norm_forward(&mlp->norm, call->rows, w, x, work.normed, work.moments);
    sidle_affine_weight_grad(&mlp->up, call->rows, work.normed,
                             call->grads.hidden, dw);
    sidle_norm_weight_grad(&mlp->norm, call->rows, x, call->kept.moments,
                           call->grads.normed, dw);
}
