/* magic.h - recognises files that are not texts by their first bytes. */
#ifndef SIDLE_IO_MAGIC_H
#define SIDLE_IO_MAGIC_H

#include <stdint.h>

typedef struct sidle_magic {
    const char *name; /* "a gzip file" */
    int is_packed;    /* compressed or an archive */
    int is_hdf5;
} sidle_magic;

/**
 * Find out the kind of an open file of `size` bytes from its first bytes.
 *
 * Only bytes that no text begins with are used: signatures that are words in
 * some language ("BM", "MZ", "ID3") are accepted only with the bytes that must
 * follow them.
 *
 * Calls:   local; returns whether a kind was found; *found is set only then.
 */
int sidle_magic_find(int fd, int64_t size, sidle_magic *found);

#endif
