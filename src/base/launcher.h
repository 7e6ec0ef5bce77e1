/* launcher.h - the launcher of this process and the number of processes, from
 * the environment: known before MPI starts, and also if it cannot start. */
#ifndef SIDLE_BASE_LAUNCHER_H
#define SIDLE_BASE_LAUNCHER_H

typedef struct sidle_launcher {
    const char *name;     /* "mpirun", "srun", ..; "" if it is not known */
    const char *variable; /* the one that contains the size, or "" */
    int rank, size;       /* 0 and 1 if they are not known */
    int is_guess;         /* `size` is only a lower bound */
    int speaks_pmix;      /* which Open MPI's processes need to connect */
} sidle_launcher;

/** Calls: local, also before MPI_Init. */
sidle_launcher sidle_launcher_find(void);

/** Rank that the launcher gave to this process, 0 without a launcher. */
int sidle_launcher_rank(void);

#endif
