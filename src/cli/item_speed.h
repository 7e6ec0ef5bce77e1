/* item_speed.h - whether items are too small for fast products: the measured
 * rate of a run's units against that of the same units with larger items. */
#ifndef SIDLE_CLI_ITEM_SPEED_H
#define SIDLE_CLI_ITEM_SPEED_H

#include "run/predict.h"

/* Operations a second, forward and backward, updates left out. */
typedef struct sidle_item_speed {
    int64_t rows, larger; /* of an item; `larger` 0: not measured, because a
                             unit that takes this long has large products */
    double rate, larger_rate;
} sidle_item_speed;

/**
 * Compare with items of four times the rows.
 * Shapes:  prediction: its of_unit are measured.
 * Calls:   local, some seconds.
 * Errors:  those of sidle_setup_model() and sidle_pace_measure().
 */
sidle_status sidle_item_speed_measure(const sidle_prediction *prediction,
                                      sidle_item_speed *speed);
/** Whether larger items are worth it. */
int sidle_item_speed_is_low(const sidle_item_speed *speed);
/** Print the rates, and what to do if the first one is low. */
void sidle_item_speed_print(const sidle_setup *setup,
                            const sidle_item_speed *speed, char *out,
                            size_t size);

#endif
