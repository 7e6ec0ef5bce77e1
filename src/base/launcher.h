/* launcher.h - what the environment tells of who started this process, with how
 * many others: known before MPI is, and where MPI cannot start. */
#ifndef SIDLE_BASE_LAUNCHER_H
#define SIDLE_BASE_LAUNCHER_H

typedef struct sidle_launcher {
    const char *name;     /* "mpirun", "srun", ..; "" where nobody is known */
    const char *variable; /* the one that tells the size, or "" */
    int rank, size;       /* 0 and 1 where nobody is known */
    int is_guess;         /* the size: at least that many */
    int speaks_pmix;      /* so that Open MPI's processes find each other */
} sidle_launcher;

/** Calls: local, also before MPI_Init. */
sidle_launcher sidle_launcher_find(void);

/** Rank of this process as the launcher tells it, 0 if there is none. */
int sidle_launcher_rank(void);

#endif
