/* sampler.h - generates sequences with the model of a checkpoint.
 *
 *   sidle_load("runs/one", 0, &loaded);
 *   sidle_sampler_new(&loaded, NULL, &sampler);
 *   sidle_sampler_run(sampler, prompt, n_prompt, 100, 0, &made); */
#ifndef SIDLE_RUN_SAMPLER_H
#define SIDLE_RUN_SAMPLER_H

#include "run/loaded.h"
#include "sample/generate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_sampling {
    sidle_pick pick;
    uint64_t seed;
    int is_exact; /* without caches (sample/generate.h) */
    /* A new token, as soon as it is drawn, the end of a text (SIDLE_EOS), too;
     * a failure ends the sequence. NULL: not wanted. */
    sidle_status (*on_token)(void *context, int32_t token);
    void *context;
} sidle_sampling;

/** Draws of all tokens at temperature 1, with seed 1. */
sidle_sampling sidle_sampling_default(void);

typedef struct sidle_sampler sidle_sampler;

/**
 * Reserve all that sampling takes.
 * Calls:   local.
 * Owns:    borrows `loaded`, copies `how` (NULL: the default); the caller frees
 *          it.
 * Errors:  SIDLE_EUSAGE: a model that cannot generate.
 */
sidle_status sidle_sampler_new(const sidle_loaded *loaded,
                               const sidle_sampling *how,
                               sidle_sampler **sampler_p);
void sidle_sampler_free(sidle_sampler *sampler);

/**
 * Draw up to `n_new` tokens after a prompt: sequence number `sequence` of the
 * seed, the same tokens each time.
 * Calls:   local.
 * Shapes:  prompt (n_prompt), may be NULL for 0 tokens.
 * Errors:  those of sidle_generate().
 */
sidle_status sidle_sampler_run(sidle_sampler *sampler, const int32_t *prompt,
                               int64_t n_prompt, int64_t n_new,
                               uint64_t sequence, sidle_generated *made);

#ifdef __cplusplus
}
#endif

#endif
