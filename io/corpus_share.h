/* corpus_share.h - shares documents that one rank has read with all ranks. */
#ifndef SIDLE_IO_CORPUS_SHARE_H
#define SIDLE_IO_CORPUS_SHARE_H

#include "data/corpus.h"
#include "mpi/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Share a corpus that rank 0 has opened from `path` and checked with all ranks:
 * no other rank checks it or starts a process for it.
 *
 * A text is mapped by each rank from the file itself. With `is_funnel` only
 * rank 0 needs access to the file, and every rank, including rank 0, has a copy
 * of its own: later writes to the file change none of them. Tokens are always
 * copies.
 *
 * Calls:   collective over comm. *corpus is in on rank 0, out on the others,
 *          where it is zero before; `key` as in sidle_corpus_text().
 * Owns:    every rank ends its own with corpus->done().
 * Errors:  SIDLE_EIO on all ranks, reported by the first that cannot map the
 *          file, or finds another size than rank 0.
 */
sidle_status sidle_corpus_share(const sidle_comm *comm, const char *path,
                                const char *key, int is_funnel,
                                sidle_corpus *corpus);

#ifdef __cplusplus
}
#endif

#endif
