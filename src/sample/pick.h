/* pick.h - draws one token from logits: top-k, nucleus, temperature.
 *
 * The order is the reference's: the nucleus is found before the logits are
 * divided by the temperature. PAD and SOS are never drawn.
 *
 * Source: google-research/perceiver-ar, sampling; Holtzman et al.,
 *          arXiv:1904.09751 (nucleus). Top-k, which the reference lacks, comes
 * first. */
#ifndef SIDLE_SAMPLE_PICK_H
#define SIDLE_SAMPLE_PICK_H

#include "base/real.h"
#include "base/rng.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_pick {
    double temperature; /* <= 0: the most likely token */
    ptrdiff_t top_k;    /* keep the k most likely; 0: all */
    double top_p;       /* <= 0: the most likely token; >= 1: all */
    int is_greedy;      /* always the most likely token; ignores the other
                           fields */
} sidle_pick;

/**
 * The token at `position` of a sequence, drawn with (rng, position).
 *
 * The nucleus is the smallest set of most likely tokens that leaves less than
 * 1 - top_p of the probability outside. Of equally likely tokens the one with
 * the lower id comes first, at every threshold and in a greedy choice.
 *
 * Shapes:  logits (vocab), finite, vocab > 2; scratch (3, vocab).
 */
int32_t sidle_pick_token(const sidle_pick *pick, ptrdiff_t vocab,
                         const sidle_real *logits, sidle_rng rng,
                         int64_t position, double *scratch);

#ifdef __cplusplus
}
#endif

#endif
