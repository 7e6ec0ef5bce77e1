/* update_size.h - how much data an update is of: what one compares runs by that
 * differ in the size of an item. */
#ifndef SIDLE_RUN_UPDATE_SIZE_H
#define SIDLE_RUN_UPDATE_SIZE_H

#include "run/setup_state.h"

/* Of U items in all replicas. */
typedef struct sidle_update_size {
    int64_t rows;
    int64_t targets; /* tokens or frames, if every row is full */
} sidle_update_size;

/** Of an update of the set-up's plan. Calls: local, as the next. */
sidle_update_size sidle_update_size_of(const sidle_setup *setup);

/** Print "28 rows, 7168 tokens", or frames, with this number of targets. */
void sidle_update_size_print(const sidle_setup *setup, double targets,
                             char *out, size_t size);

#endif
