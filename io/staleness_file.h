/* staleness_file.h - the figures of log.staleness as a table, staleness.csv: a
 * row a block, in the order of the blocks, for every measured item. */
#ifndef SIDLE_IO_STALENESS_FILE_H
#define SIDLE_IO_STALENESS_FILE_H

#include "io/dir.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_staleness_file sidle_staleness_file;

/* One row; NAN is an empty cell. */
typedef struct sidle_staleness_row {
    int64_t step;      /* the item at whose boundary it was measured */
    int block;         /* from 1 */
    int64_t item, lag; /* of the loss; items to the input that it met;
                        * 0 without a gradient yet: empty cells */
    double rho, cosine, norm_ratio;
} sidle_staleness_row;

/**
 * Open staleness.csv to append, and create it with its header if it is missing.
 * Rows behind `resumed_step` (0: a fresh run) and incomplete ones are removed.
 * Calls:   local, rank 0.
 * Owns:    the caller ends it with sidle_staleness_file_close().
 * Errors:  SIDLE_EDATA if the file has another header; those of
 *          sidle_records_open() and sidle_replace_file().
 */
sidle_status sidle_staleness_file_open(const sidle_dir *folder,
                                       int64_t resumed_step,
                                       sidle_staleness_file **file_p);
/** Append (n) rows, all or none. Errors: those of sidle_records_append(). */
sidle_status sidle_staleness_file_append(sidle_staleness_file *file,
                                         const sidle_staleness_row *rows,
                                         int n);
void sidle_staleness_file_close(sidle_staleness_file *file);

#ifdef __cplusplus
}
#endif

#endif
