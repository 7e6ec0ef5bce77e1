/* rng.h - random numbers from (seed, stream, index), the same on any rank.
 *
 * A draw has no hidden state: it is Philox4x32-10 of Random123 with the seed
 * as key and (index, stream) as counter (Salmon et al., SC 2011). Each purpose
 * has its own stream: a parameter tensor, a layer's dropout, the data order.
 */
#ifndef SIDLE_BASE_RNG_H
#define SIDLE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_rng {
    uint64_t seed;
    uint64_t stream;
} sidle_rng;

/** The stream called `name`, salted with `salt` (an item or layer number). */
uint64_t sidle_rng_stream(const char *name, uint64_t salt);

/** Four independent 32-bit words of draw `index`. Calls: local. */
void sidle_rng_words(sidle_rng rng, uint64_t index, uint32_t words[4]);

/** Uniform in [0, 1) with 53 bits. */
double sidle_rng_uniform(sidle_rng rng, uint64_t index);

/** Uniform in 0 .. n-1; n > 0. Bias below n / 2^64. */
uint64_t sidle_rng_below(sidle_rng rng, uint64_t index, uint64_t n);

/** Standard normal, truncated at +-2 by rejection (not rescaled). */
double sidle_rng_truncated_normal(sidle_rng rng, uint64_t index);

#ifdef __cplusplus
}
#endif

#endif
