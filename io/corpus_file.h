/* corpus_file.h - reads documents of tokens from a text or from a token file.
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

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Map a text into memory. `key` is the option that names the path, "data.path";
 * with `is_raw` any bytes are accepted as a text.
 * Owns:    the caller ends it with corpus->done().
 * Errors:  SIDLE_EIO: missing, a directory, or unreadable; SIDLE_EDATA: empty,
 *          or a file of another kind according to its first bytes (magic.h).
 *          Messages name path and key.
 */
sidle_status sidle_corpus_text(const char *path, const char *key, int is_raw,
                               sidle_corpus *corpus);

/**
 * Read a token file; `vocab` is the model's, `key` may be NULL. HDF5 runs in a
 * child process (fence.h), which protects this process from a damaged file. See
 * token_file.c.
 * Owns:    the caller ends it with corpus->done().
 * Errors:  SIDLE_EIO as above, or the child was killed or silent; SIDLE_EDATA:
 *          not a token file, elements that are in other files or that no
 *          available filter decodes, more elements than its bytes can hold, a
 *          larger vocabulary than the model's, offsets that do not start at 0,
 *          decrease, or do not end at the number of tokens, an id that is 0 or
 *          not below `vocab` (document and place, both from 0), or so damaged
 *          that HDF5 crashed or took more processor time than a file of its
 *          size may. A message about the format of the file is followed by
 *          lines of h5py that make a valid one.
 */
sidle_status sidle_corpus_tokens(const char *path, const char *key,
                                 int64_t vocab, sidle_corpus *corpus);

#ifdef __cplusplus
}
#endif

#endif
