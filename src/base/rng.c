/* rng.c - the counter-based generator; the only file that knows Random123. */
#include "base/rng.h"

#include <Random123/philox.h>
#include <math.h>

uint64_t sidle_rng_stream(const char *name, uint64_t salt)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bit */

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    for (int byte = 0; byte < 8; byte++)
        hash = (hash ^ ((salt >> (8 * byte)) & 0xff)) * 1099511628211u;
    return hash;
}

void sidle_rng_words(sidle_rng rng, uint64_t index, uint32_t words[4])
{
    philox4x32_ctr_t counter = {{(uint32_t)index, (uint32_t)(index >> 32),
                                 (uint32_t)rng.stream,
                                 (uint32_t)(rng.stream >> 32)}};
    philox4x32_key_t key = {{(uint32_t)rng.seed, (uint32_t)(rng.seed >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, key);

    for (int i = 0; i < 4; i++)
        words[i] = out.v[i];
}

static uint64_t long_word(const uint32_t *pair)
{
    return ((uint64_t)pair[1] << 32) | pair[0];
}

static double unit(uint64_t word)
{
    return (double)(word >> 11) * 0x1p-53;
}

double sidle_rng_uniform(sidle_rng rng, uint64_t index)
{
    uint32_t words[4];

    sidle_rng_words(rng, index, words);
    return unit(long_word(words));
}

__extension__ typedef unsigned __int128 wide_word;

uint64_t sidle_rng_below(sidle_rng rng, uint64_t index, uint64_t n)
{
    uint32_t words[4];

    sidle_rng_words(rng, index, words);
    return (uint64_t)(((wide_word)long_word(words) * n) >> 64);
}

double sidle_rng_truncated_normal(sidle_rng rng, uint64_t index)
{
    /* Box-Muller; 95 % of the draws are kept. Tries live in streams of their
     * own, so that neighbouring indices never share a word. */
    for (uint64_t attempt = 0;; attempt++) {
        sidle_rng tries = {rng.seed,
                           rng.stream + 0x9e3779b97f4a7c15u * attempt};
        uint32_t words[4];
        double radius, angle, z;

        sidle_rng_words(tries, index, words);
        radius = sqrt(-2.0 * log(1.0 - unit(long_word(words))));
        angle = 6.283185307179586476925 * unit(long_word(words + 2));
        z = radius * cos(angle);
        if (fabs(z) <= 2.0)
            return z;
    }
}
