/* update_size.c - rows and targets of an update. */
#include "run/update_size.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

sidle_update_size sidle_update_size_of(const sidle_setup *setup)
{
    int64_t rows = (int64_t)setup->model->rows * setup->n_replicas *
                   setup->plan.update_every;

    return (sidle_update_size){
        .rows = rows,
        .targets = rows * (int64_t)sidle_model_loss(setup->model)->targets};
}

void sidle_update_size_print(const sidle_setup *setup, double targets,
                             char *out, size_t size)
{
    int64_t rows = sidle_update_size_of(setup).rows;

    snprintf(out, size, "%" PRId64 " row%s, %.0f %s%s", rows,
             sidle_plural(rows), targets,
             sidle_data_kind_find(setup->options.data.kind)->element,
             targets == 1.0 ? "" : "s");
}
