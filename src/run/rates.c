/* rates.c - optim.block_lr against the partition, and what a report tells. */
#include "run/rates.h"

#include "base/text.h"
#include "mpi/layout.h"

sidle_status sidle_rates_check(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    int found = options->n_block_lr, expected = setup->partition.n_blocks;

    if (found == 0)
        return SIDLE_OK;
    if (found != expected)
        return sidle_fail(SIDLE_EUSAGE,
                          "'optim.block_lr' has %d number%s, expected %d, one "
                          "for each block; set as many, or [] for optim.lr in "
                          "every block",
                          found, sidle_plural(found), expected);
    if (options->optim.kind == SIDLE_MUON && options->optim.lr == 0.0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'optim.lr' is 0, but 'optim.block_lr' changes "
                          "optim.matrix_lr in the ratio of both; set optim.lr "
                          "above 0");
    return SIDLE_OK;
}

const double *sidle_rates_of(const sidle_setup *setup)
{
    return setup->options.n_block_lr > 0 ? setup->options.block_lr : NULL;
}

/* As the runner makes it. */
static sidle_optim_config last_of(const sidle_setup *setup)
{
    const sidle_runner_config config = {.plan = &setup->plan,
                                        .optim = &setup->optim,
                                        .block_lr = sidle_rates_of(setup)};

    return sidle_layout_optim(&config, setup->partition.n_blocks);
}

double sidle_rates_last(const sidle_setup *setup)
{
    return last_of(setup).lr;
}

double sidle_rates_last_matrix(const sidle_setup *setup)
{
    sidle_optim_config last = last_of(setup);

    return sidle_optim_matrix_lr(&last);
}
