/* generate.h - generates tokens from a Perceiver AR.
 *
 * With caches: keys and values of the cross-attention are kept for every
 * token of the context and computed once. Those of the self-attention depend
 * on the latents before them, so that their first latent is fixed: they grow
 * to N latents, and when they are full the last F positions are computed
 * again from the cross-attention's keys. Every token therefore attends to
 * between F and N latents (at the start, to all that exist). Up to N tokens
 * this is the full model; later the number of latents differs.
 *
 * Without caches (`is_exact`) each token is the full model on the last
 * `context` tokens with `latents` latents: the definition of correctness.
 *
 * Beyond `context` a rotary model drops its oldest key for each new token.
 * Other positions are numbers inside the window, so the whole window is
 * computed again each time.
 *
 * Source: Hawthorne et al., arXiv:2202.07765, appendix E.3. */
#ifndef SIDLE_SAMPLE_GENERATE_H
#define SIDLE_SAMPLE_GENERATE_H

#include "model/model.h"
#include "sample/pick.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_generator_config {
    const sidle_model *model; /* a Perceiver AR of one row */
    /* Returns the weights of a layer; called at every use. */
    const sidle_real *(*weights)(void *context, int layer);
    /* A new token, as soon as it is drawn; a failure ends the sequence. */
    sidle_status (*on_token)(void *context, int32_t token);
    void *context;
    sidle_pick pick;
    uint64_t seed;
    int is_exact;
    ptrdiff_t refill; /* F; 0: max(N - 128, N / 2, 1) */
} sidle_generator_config;

/* Of one sequence. */
typedef struct sidle_generated {
    int64_t n_tokens;   /* drawn, EOS not counted */
    int is_ended;       /* by EOS */
    int64_t n_refills;  /* of the self-attention's caches */
    int64_t n_windows;  /* times that a whole window was computed, the prompt's
                           included */
    double prompt_time; /* seconds until the first token could be drawn */
    double time;        /* seconds of the rest */
} sidle_generated;

typedef struct sidle_generator sidle_generator;

/**
 * Reserve all memory that generation needs.
 * Owns:    copies `config`, borrows the model and `context`; the caller frees.
 * Errors:  SIDLE_EUSAGE: a unit that cannot take steps, a model of several
 *          rows, or a refill above the latents; SIDLE_EINTERNAL: memory.
 */
sidle_status sidle_generator_new(const sidle_generator_config *config,
                                 sidle_generator **generator_p);
void sidle_generator_free(sidle_generator *generator);

/**
 * Draw up to `n_new` tokens after SOS and the prompt; EOS ends earlier.
 *
 * Each token is a function of (weights, prompt, pick, seed, `sequence`) and
 * does not depend on `n_new`. If the prompt is longer than `context`, its last
 * `context` tokens are used.
 *
 * Shapes:  prompt (n_prompt), may be NULL for 0 tokens.
 * Errors:  SIDLE_EDATA: a prompt token outside 1 .. vocab-1 (naming place and
 *          value), or logits that are not finite; the status that on_token()
 *          returns.
 */
sidle_status sidle_generate(sidle_generator *generator, const int32_t *prompt,
                            int64_t n_prompt, int64_t n_new, uint64_t sequence,
                            sidle_generated *generated);

#ifdef __cplusplus
}
#endif

#endif
