/* h5_tiles.h - reads bytes of a data set tile by tile.
 *
 * A tile is the part of a chunk that is read. HDF5 copies a tile in one piece,
 * but a selection across chunks in runs of a row of a chunk, which are a few
 * bytes where h5py chose the chunks of a video. */
#ifndef SIDLE_IO_H5_TILES_H
#define SIDLE_IO_H5_TILES_H

#include "io/h5_column.h"

/**
 * Read the bytes of rows [from, from + n) of the first of four dimensions.
 * Errors:  those of sidle_h5_read_fail(); SIDLE_EINTERNAL (memory for a chunk).
 */
sidle_status sidle_h5_tiles_read(const sidle_h5_column *c, int64_t from,
                                 int64_t n, unsigned char *out);

#endif
