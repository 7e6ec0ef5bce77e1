/* advice.h - other keys with the same rows per update: smaller items, where
 * gradients are more than one update late; larger ones, where they may be.
 *
 * A head start is counted in items, a delay in updates: of smaller items, and
 * as many more of them, an update has the same rows and shorter delays. */
#ifndef SIDLE_CLI_ADVICE_H
#define SIDLE_CLI_ADVICE_H

#include "run/setup.h"

/* Room for the words of one advice. */
enum { SIDLE_ADVICE_MAX = 400 };

/* Keys, those of the run if there are no better ones. */
typedef struct sidle_advice {
    int is_other;                /* they are not those of the run */
    int64_t batch, update_every; /* data.batch and so on */
    int64_t steps;      /* 0: the length is given in updates, and stays */
    double delay, then; /* the largest of the run in updates, and with them */
    int64_t rows;       /* of an update, in all replicas */
} sidle_advice;

/**
 * The keys with the largest items with which no gradient is more than one
 * update late; with the smallest items, if the rows are too few for that. The
 * run's own if none is now, or if gradients meet the newest activation: they
 * are late in items, whatever an update is of. Calls:   local, as all of these.
 */
sidle_advice sidle_advise(const sidle_setup *setup);
/** The keys with larger items that have at least the items per update of the
 * rule (schedule/rule.h); the run's own if there are none. */
sidle_advice sidle_advise_larger(const sidle_setup *setup);
/** Print "data.batch=1 parallel.update_every=8 run.steps=10000"; "" if they are
 * the run's own. */
void sidle_advice_keys(const sidle_advice *advice, char *out, size_t size);

/** Print the largest delay and where it is. */
void sidle_delay_print(const sidle_setup *setup, char *out, size_t size);
/** Print what to do about it, as the end of a sentence that begins with it; ""
 * if it is one update at most. */
void sidle_advice_print(const sidle_setup *setup, char *out, size_t size);

#endif
