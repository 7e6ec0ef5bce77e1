/* load.h - a checkpoint's model in one process, without MPI. */
#ifndef SIDLE_RUN_LOAD_H
#define SIDLE_RUN_LOAD_H

#include "io/ckpt.h"
#include "model/block.h"
#include "run/options.h"

/**
 * Parse the text of /config, which has to be valid options.
 * Owns:    the caller ends *settings, zero before, with sidle_settings_done(),
 *          also after a failure.
 * Errors:  SIDLE_EDATA: it is not.
 */
sidle_status sidle_load_settings(const sidle_ckpt *ckpt,
                                 sidle_settings *settings);

/**
 * The options that a checkpoint was trained with, then `overrides` on them. An
 * override of data.path resets the checkpoint's data.valid_path. The checksum
 * of /config is checked unless `is_trusting`.
 * Errors:  SIDLE_EIO, SIDLE_EDATA from the file; SIDLE_EUSAGE from a key, or
 *          if an override changes `model.`.
 */
sidle_status sidle_load_options(const char *path, int is_trusting,
                                char *const *overrides, int n_overrides,
                                sidle_options *options);

/** The same from an open checkpoint. Calls: local, also where a shared one has
 * its file on rank 0 only. */
sidle_status sidle_load_options_of(const sidle_ckpt *ckpt,
                                   char *const *overrides, int n_overrides,
                                   sidle_options *options);

/** Warn of values that an older program accepted and a new run may not have. */
void sidle_load_warn(const sidle_options *options);

/**
 * All layers of `model` as one block with the checkpoint's parameters; their
 * checksums are checked unless `is_trusting`.
 * Owns:    the caller frees the block; borrows the model.
 */
sidle_status sidle_load_block(const char *path, const sidle_model *model,
                              int is_trusting, sidle_block **block_p);

#endif
