/* loss_words.h - a loss in words: its unit, and what else its kind knows. */
#ifndef SIDLE_RUN_LOSS_WORDS_H
#define SIDLE_RUN_LOSS_WORDS_H

#include "model/model.h"

/** The kind of the model's loss. */
const sidle_loss_kind *sidle_loss_kind_of(const sidle_model *model);

/**
 * A mean loss as people read it: "1.2345 (1.7810 bits, accuracy 0.5432)" where
 * targets are classes, "0.1234 squared error a target" elsewhere; `more`, which
 * may be empty, joins what stands in parentheses.
 */
void sidle_loss_print(const sidle_loss_kind *kind, double loss, double accuracy,
                      const char *more, char *out, size_t size);
/** The same mean in bits; NAN where the loss has no bits. */
double sidle_loss_bits(const sidle_loss_kind *kind, double loss);
/** The share of right ones; NAN where targets are no classes. */
double sidle_loss_accuracy(const sidle_loss_kind *kind, int64_t n_correct,
                           int64_t n_targets);

#endif
