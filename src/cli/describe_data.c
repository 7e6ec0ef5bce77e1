/* describe_data.c - what a run trains on and is evaluated on, in words. */
#include "cli/describe_data.h"

#include "base/log.h"

void sidle_data_describe(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    const sidle_data_kind *kind = sidle_data_kind_find(options->data.kind);
    char file[160], train[96], valid[96];

    kind->describe(&setup->files[0], 1, file, sizeof(file));
    kind->describe(&setup->train_part, 0, train, sizeof(train));
    kind->describe(&setup->valid_part, 0, valid, sizeof(valid));
    if (options->data.valid_path[0] != '\0')
        sidle_info("data: %s, %s, all to train on; held out: all of %s, %s",
                   options->data.path, file, options->data.valid_path, valid);
    else if (setup->has_eval)
        sidle_info("data: %s, %s: %s to train on; held out: its last %s "
                   "(data.valid_fraction)",
                   options->data.path, file, train, valid);
    else
        sidle_info("data: %s, %s, all to train on; nothing held out",
                   options->data.path, file);
}
