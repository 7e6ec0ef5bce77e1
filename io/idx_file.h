/* idx_file.h - reads arrays of bytes in the IDX form of MNIST, also compressed
 * with gzip. */
#ifndef SIDLE_IO_IDX_FILE_H
#define SIDLE_IO_IDX_FILE_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_idx {
    int n_dims; /* 1 to 3 */
    int64_t dims[3];
    uint8_t *bytes; /* row-major */
} sidle_idx;

/**
 * Read a file of unsigned bytes.
 * Calls:   local.
 * Owns:    the caller ends it with sidle_idx_done().
 * Errors:  SIDLE_EIO: missing or unreadable; SIDLE_EDATA: not IDX, not of bytes
 *          with `n_dims` dimensions, or shorter than it says.
 * Source:  Y. LeCun, C. Cortes, C. Burges, description of the MNIST files.
 */
sidle_status sidle_idx_read(const char *path, int n_dims, sidle_idx *idx);
void sidle_idx_done(sidle_idx *idx);

#endif
