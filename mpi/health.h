/* health.h - whether a run's numbers are finite and plausible when it saves. */
#ifndef SIDLE_MPI_HEALTH_H
#define SIDLE_MPI_HEALTH_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/* The state of a run's numbers at a boundary (mpi/on_nan.h). */
typedef struct sidle_health {
    int is_ailing;    /* the newest loss is not finite, or a block skipped its
                         newest update: a save here may not be usable */
    int is_plausible; /* a loss since the last call was plausible: the weights
                         at that time are usable */
} sidle_health;

/** Calls: collective, at a boundary. */
sidle_health sidle_runner_health(sidle_runner *runner);

/**
 * Before the arrays of sidle_runner_state() are written: abort with exit code
 * 70 if this rank's arrays are not finite. In a run that skips such numbers,
 * arrays in flight may contain them, but weights and optimizer state may not.
 * Calls:   local, at a boundary.
 */
void sidle_runner_check_state(sidle_runner *runner);

#ifdef __cplusplus
}
#endif

#endif
