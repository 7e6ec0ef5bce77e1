/* windows.h - evaluation items: windows that score every target once. */
#ifndef SIDLE_DATA_WINDOWS_H
#define SIDLE_DATA_WINDOWS_H

#include "data/corpus.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_windows {
    const sidle_corpus *corpus; /* borrowed */
    ptrdiff_t context, latents; /* M, N */
    sidle_rows rows;
    int64_t stride; /* targets that a window scores; 0: latents */
    int64_t most;   /* largest number of windows, the first ones; 0: all */
} sidle_windows;

/**
 * Evaluation items: strided windows of every document (block mode) over the
 * rows of all replicas, every target once; n_items is the number of items.
 *
 * Windows end a multiple of `stride` inputs before the document's last input;
 * the first window is the short one. Each row scores its last `stride` latents,
 * the first window of a document the remaining ones. The remaining rows of the
 * last item are PAD, with length and scored 0.
 *
 * Owns:    copies `windows`, borrows the corpus; end with source->done().
 * Errors:  SIDLE_EUSAGE if stride > latents; SIDLE_EDATA if no document has a
 *          target; SIDLE_EINTERNAL (memory).
 * Source:  google-research/perceiver-ar, strided evaluation.
 */
sidle_status sidle_windows_source(const sidle_windows *windows,
                                  sidle_source *source);

#ifdef __cplusplus
}
#endif

#endif
