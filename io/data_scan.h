/* data_scan.h - what a child behind a fence says of any data file.
 *
 * HDF5 can be made to crash, to loop and to take any memory by a damaged file,
 * so it reads one in a process of its own (fence.h), and sends the numbers. */
#ifndef SIDLE_IO_DATA_SCAN_H
#define SIDLE_IO_DATA_SCAN_H

#include "base/status.h"
#include "io/fence.h"
#include "io/h5_column.h"

#include <stdint.h>

enum { SIDLE_DATA_PIECE = 1 << 16 }; /* numbers of a frame at most */
enum { SIDLE_DATA_FORMAT = 1 };      /* kind of the frame of a format */

typedef struct sidle_data_task {
    int fd;
    int64_t size; /* of the file, in bytes */
} sidle_data_task;

/** Of a child that reads a data file of `size` bytes. */
sidle_fence_limits sidle_data_limits(int64_t size);

/** In the child: all integers of one dimension, in frames of `kind`. Errors: of
 * reading, or SIDLE_EIO: nobody listens. */
sidle_status sidle_say_column(int out, int kind, const sidle_h5_column *c);
/** In the child: the text of the attribute `format`, as one frame; the context
 * is a sidle_data_task. Errors: SIDLE_EDATA, SIDLE_EIO. */
sidle_status sidle_say_format(int out, void *context);

#endif
