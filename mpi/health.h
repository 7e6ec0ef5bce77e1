/* health.h - whether a run's numbers are fit to be saved. */
#ifndef SIDLE_MPI_HEALTH_H
#define SIDLE_MPI_HEALTH_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/* How the numbers of a run are at a boundary (mpi/on_nan.h). */
typedef struct sidle_health {
    int is_ailing;    /* the newest loss is not finite, or a block skipped its
                         newest update: a save here may not be usable */
    int is_plausible; /* a loss since the last call was plausible: the weights
                         of that moment are usable */
} sidle_health;

/** Calls: collective, at a boundary. */
sidle_health sidle_runner_health(sidle_runner *runner);

/**
 * Before the arrays of sidle_runner_state() are written: die with 70 if this
 * rank's arrays are not finite. In a run that skips such numbers those in
 * flight may be so, the weights and the optimizer never.
 * Calls:   local, at a boundary.
 */
void sidle_runner_check_state(sidle_runner *runner);

#ifdef __cplusplus
}
#endif

#endif
