/* launcher.c - the variables by which launchers tell rank and size. */
#include "base/launcher.h"

#include "base/text.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct kind {
    const char *name, *size, *rank;
    const char *only_with; /* a variable that must be there, too, or NULL */
} kind;

/* The innermost one first: mpirun and others start their processes from within
 * a job of Slurm, whose numbers are those of their daemons. */
static const kind kinds[] = {
    {"mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", NULL},
    {"MVAPICH's launcher", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", NULL},
    {"MVAPICH's launcher", "MVP_COMM_WORLD_SIZE", "MVP_COMM_WORLD_RANK", NULL},
    {"jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK", NULL},
    {"flux run", "FLUX_JOB_SIZE", "FLUX_TASK_RANK", NULL},
    {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "PMI_JOBID"},
    {"mpiexec of another MPI", "PMI_SIZE", "PMI_RANK", NULL},
    {"mpiexec of another MPI", "MPI_LOCALNRANKS", "MPI_LOCALRANKID", NULL},
    {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", NULL},
    {"srun", "SLURM_NTASKS", "SLURM_PROCID", "SLURM_STEP_ID"},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* A number from the environment; -1: none. */
static int number_of(const char *name)
{
    const char *text = getenv(name);
    int64_t number;

    if (text == NULL || !sidle_text_int(text, &number) || number < 0 ||
        number > INT_MAX)
        return -1;
    return (int)number;
}

static int can_tell(const kind *k)
{
    return k->only_with == NULL || getenv(k->only_with) != NULL;
}

static int has_pmix(void)
{
    return getenv("PMIX_RANK") != NULL || getenv("PMIX_NAMESPACE") != NULL ||
           getenv("OMPI_COMM_WORLD_SIZE") != NULL;
}

/* Who is no first rank is not alone. A shell may keep Slurm's number. */
static void guess_size(sidle_launcher *found)
{
    for (int i = 0; i < N_KINDS; i++) {
        const kind *k = &kinds[i];

        if (number_of(k->rank) < 1 || strncmp(k->rank, "SLURM_", 6) == 0)
            continue;
        found->name = k->name;
        found->variable = k->rank;
        found->size = number_of(k->rank) + 1;
        found->is_guess = 1;
        return;
    }
}

sidle_launcher sidle_launcher_find(void)
{
    sidle_launcher found = {.name = "", .variable = "", .size = 1};
    /* The shell of srun --pty has the step's variables, and is one process. */
    int is_shell = getenv("SLURM_PTY_PORT") != NULL;

    for (int i = 0; i < N_KINDS; i++) {
        const kind *k = &kinds[i];
        int size = number_of(k->size);

        if (size < 1 || (is_shell && strncmp(k->size, "SLURM_", 6) == 0) ||
            !can_tell(k))
            continue;
        found.name = k->name;
        found.variable = k->size;
        found.size = size;
        break;
    }
    found.rank = sidle_launcher_rank();
    found.speaks_pmix = has_pmix();
    if (found.name[0] == '\0')
        guess_size(&found);
    return found;
}

int sidle_launcher_rank(void)
{
    static const char *const first[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK"};

    for (int i = 0; i < 2; i++)
        if (number_of(first[i]) >= 0)
            return number_of(first[i]);
    for (int i = 0; i < N_KINDS; i++)
        if (can_tell(&kinds[i]) && number_of(kinds[i].rank) >= 0)
            return number_of(kinds[i].rank);
    return 0;
}
