/* data_scan.h - the frames that a fenced child sends about any data file.
 *
 * A damaged file can make HDF5 crash, loop or use any amount of memory, so HDF5
 * reads it in a process of its own (fence.h), which sends the numbers. */
#ifndef SIDLE_IO_DATA_SCAN_H
#define SIDLE_IO_DATA_SCAN_H

#include "base/status.h"
#include "io/fence.h"
#include "io/h5_column.h"

#include <stdint.h>

enum { SIDLE_DATA_PIECE = 1 << 16 }; /* most numbers in a frame */
enum { SIDLE_DATA_FORMAT = 1 };      /* kind of the frame with the format */

typedef struct sidle_data_task {
    int fd;
    int64_t size; /* of the file, in bytes */
} sidle_data_task;

/** The limits of a child that reads a data file of `size` bytes. */
sidle_fence_limits sidle_data_limits(int64_t size);

/** In the child: send all integers of one dimension, in frames of `kind`.
 * Errors: those of reading; SIDLE_EIO: the pipe is closed. */
sidle_status sidle_say_column(int out, int kind, const sidle_h5_column *c);
/** In the child: send the text of the attribute `format` as one frame; the
 * context is a sidle_data_task. Errors: SIDLE_EDATA, SIDLE_EIO. */
sidle_status sidle_say_format(int out, void *context);

#endif
