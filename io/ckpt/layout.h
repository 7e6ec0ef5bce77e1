/* layout.h - the offsets of all data in a checkpoint. */
#ifndef SIDLE_IO_CKPT_LAYOUT_H
#define SIDLE_IO_CKPT_LAYOUT_H

#include "io/ckpt/format.h"

/* The offsets of all data in a file. Data sets are numbered from 0: /config,
 * then the arrays in the order of the list, then /integrity's path, bytes,
 * xxh3_128. */
typedef struct sidle_layout {
    int64_t size;          /* of the whole file, bytes */
    int64_t *offsets;      /* (n_arrays + 4), bytes; 0 for an empty array */
    unsigned char *tables; /* rank 0: HDF5's tables, from byte 0 on */
    int64_t tables_size;
} sidle_layout;

/** Reserve the offsets; the rest is zero. Owns: the caller ends it with
 * sidle_layout_done(). */
void sidle_layout_new(int n_arrays, sidle_layout *layout);
void sidle_layout_done(sidle_layout *layout);

/**
 * Let HDF5 create all attributes, groups and data sets, in the order of the
 * list, in memory: no file is used, so a disk cannot make it fail.
 * Calls:   one rank. Errors: SIDLE_EIO: HDF5 refuses, for instance a duplicate
 *          path.
 */
sidle_status sidle_layout_make(const sidle_content *content,
                               sidle_layout *layout);

#endif
