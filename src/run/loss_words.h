/* loss_words.h - a loss as text, with its unit and the other values of its
 * kind. */
#ifndef SIDLE_RUN_LOSS_WORDS_H
#define SIDLE_RUN_LOSS_WORDS_H

#include "model/model.h"
#include "run/clip_tally.h"

/** The kind of the model's loss. */
const sidle_loss_kind *sidle_loss_kind_of(const sidle_model *model);

/**
 * Print a mean loss for people: "1.2345 (1.7810 bits, accuracy 0.5432)" if
 * targets are classes, else "0.1234 squared error a target"; `more`, which may
 * be empty, is added in the parentheses.
 */
void sidle_loss_print(const sidle_loss_kind *kind, double loss, double accuracy,
                      const char *more, char *out, size_t size);
/** The mean loss in bits; NAN if the loss is not in nats. */
double sidle_loss_bits(const sidle_loss_kind *kind, double loss);
/** The share of correct targets; NAN if targets are not classes. */
double sidle_loss_accuracy(const sidle_loss_kind *kind, int64_t n_correct,
                           int64_t n_targets);
/** "clip accuracy 0.6000 of 5 clips"; empty if there are none. */
void sidle_loss_print_clips(const sidle_clip_counts *clips, char *out,
                            size_t size);

#endif
