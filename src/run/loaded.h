/* loaded.h - the model of a checkpoint in one process, without MPI. */
#ifndef SIDLE_RUN_LOADED_H
#define SIDLE_RUN_LOADED_H

#include "model/block.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_loaded {
    char *path;         /* of the file */
    int has_bytes;      /* trained on texts: a token is a byte, SIDLE_BYTE + b;
                           else on token ids */
    sidle_model *model; /* of one row */
    sidle_block *block; /* all its layers, with the file's parameters */
} sidle_loaded;

/**
 * Load a checkpoint; from a run folder its final.h5, else the newest step file;
 * a line of the log names the file then. Checksums are checked unless
 * `is_trusting`.
 * Calls:   local.
 * Owns:    the caller ends it with sidle_loaded_done().
 * Errors:  SIDLE_EIO, SIDLE_EDATA from the file; SIDLE_EUSAGE: it holds a
 *          network from a list of layers, which generates nothing.
 */
sidle_status sidle_load(const char *path, int is_trusting,
                        sidle_loaded *loaded);
void sidle_loaded_done(sidle_loaded *loaded);

#ifdef __cplusplus
}
#endif

#endif
