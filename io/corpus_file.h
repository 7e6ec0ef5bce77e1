/* corpus_file.h - documents of tokens from a text and from a token file.
 *
 * A text is any file, as bytes. A token file is HDF5: attributes format
 * "sidle-tokens", format_version and vocab; /tokens, all documents one after
 * the other; /offsets, one more than there are documents. Integers may have
 * any width and sign, strings fixed or variable length, data sets chunks and
 * filters: what h5py writes by its defaults is read. */
#ifndef SIDLE_IO_CORPUS_FILE_H
#define SIDLE_IO_CORPUS_FILE_H

#include "base/status.h"
#include "data/corpus.h"

#include <stdint.h>

/**
 * Map a text into memory.
 * Owns:    the caller ends it with corpus->done().
 * Errors:  SIDLE_EIO: missing, a directory, or unreadable; SIDLE_EDATA: empty.
 *          Sentences name the path and the keys that a path may come from.
 */
sidle_status sidle_corpus_text(const char *path, sidle_corpus *corpus);

#define SIDLE_CORPUS_KEYS "data.path or data.valid_path"
/** A regular file, open on *fd_p, and its size. Errors: SIDLE_EIO. */
sidle_status sidle_corpus_open(const char *path, int *fd_p, int64_t *size_p);

/** Whether a file says that it is a token file. Calls: local. */
int sidle_corpus_is_tokens(const char *path);

/**
 * Read a token file; `vocab` is the model's. HDF5 runs in a child (fence.h),
 * so that a damaged file harms nothing.
 * Owns:    the caller ends it with corpus->done().
 * Errors:  SIDLE_EIO as above, or the child was killed or silent; SIDLE_EDATA:
 *          not a token file, more elements than its bytes can hold, a larger
 *          vocabulary than the model's, offsets that do not start at 0,
 *          decrease, or do not end at the number of tokens, an id that is 0
 *          or not below `vocab` (document and place, both from 0), or so
 *          damaged that HDF5 crashed or took more processor time than a file
 *          of its size may.
 */
sidle_status sidle_corpus_tokens(const char *path, int64_t vocab,
                                 sidle_corpus *corpus);

#endif
