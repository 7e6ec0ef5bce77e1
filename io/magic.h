/* magic.h - files that are no texts, known by their first bytes. */
#ifndef SIDLE_IO_MAGIC_H
#define SIDLE_IO_MAGIC_H

#include <stdint.h>

typedef struct sidle_magic {
    const char *name; /* "a gzip file" */
    int is_packed;    /* there is something to unpack */
    int is_hdf5;
} sidle_magic;

/**
 * What an open file of `size` bytes is, if its bytes say so.
 *
 * Only what no text begins with counts: marks that are words in some language
 * ("BM", "MZ", "ID3") count together with what has to follow them.
 *
 * Calls:   local; answers whether it is anything, *found is set then only.
 */
int sidle_magic_find(int fd, int64_t size, sidle_magic *found);

#endif
