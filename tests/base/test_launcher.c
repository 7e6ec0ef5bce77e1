/* test_launcher.c - who started this process, with how many others, is told by
 * the variables of the innermost launcher. */
#include "check.h"

#include "base/launcher.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"OMPI_COMM_WORLD_SIZE",
                                    "OMPI_COMM_WORLD_RANK",
                                    "PMIX_RANK",
                                    "PMIX_NAMESPACE",
                                    "PMI_SIZE",
                                    "PMI_RANK",
                                    "MPI_LOCALNRANKS",
                                    "MPI_LOCALRANKID",
                                    "MV2_COMM_WORLD_SIZE",
                                    "MV2_COMM_WORLD_RANK",
                                    "FLUX_JOB_SIZE",
                                    "FLUX_TASK_RANK",
                                    "SLURM_STEP_NUM_TASKS",
                                    "SLURM_STEP_ID",
                                    "SLURM_PROCID",
                                    "SLURM_NTASKS",
                                    "SLURM_PTY_PORT",
                                    "SLURM_JOB_ID",
                                    "PMI_JOBID"};

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

/* "NAME=VALUE NAME=VALUE", and nothing else is set. */
static sidle_launcher with(const char *settings)
{
    char text[256];

    for (int i = 0; i < N_NAMES; i++)
        unsetenv(names[i]);
    strcpy(text, settings);
    for (char *word = strtok(text, " "); word != NULL;
         word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');

        *value = '\0';
        setenv(word, value + 1, 1);
    }
    return sidle_launcher_find();
}

static void expect(const char *settings, const char *name, int rank, int size,
                   int speaks_pmix)
{
    sidle_launcher by = with(settings);

    assert_string_equal(by.name, name);
    assert_int_equal(by.rank, rank);
    assert_int_equal(by.size, size);
    assert_int_equal(by.speaks_pmix, speaks_pmix);
}

TEST(each_launcher_is_known)
{
    expect("OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=2 PMIX_RANK=2",
           "mpirun", 2, 3, 1);
    expect("SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=3", "srun", 3,
           4, 0);
    expect("SLURM_STEP_ID=0 SLURM_NTASKS=4 SLURM_PROCID=1", "srun", 1, 4, 0);
    expect("SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=3 PMIX_RANK=3 "
           "PMIX_NAMESPACE=slurm.pmix.1.0",
           "srun", 3, 4, 1);
    expect("PMI_SIZE=2 PMI_RANK=1", "mpiexec of another MPI", 1, 2, 0);
    expect("MPI_LOCALNRANKS=2 MPI_LOCALRANKID=1", "mpiexec of another MPI", 1,
           2, 0);
    expect("MV2_COMM_WORLD_SIZE=2 MV2_COMM_WORLD_RANK=1", "MVAPICH's launcher",
           1, 2, 0);
    expect("FLUX_JOB_SIZE=2 FLUX_TASK_RANK=1", "flux run", 1, 2, 0);
}

TEST(the_innermost_one_counts)
{
    expect("SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 "
           "OMPI_COMM_WORLD_SIZE=8 OMPI_COMM_WORLD_RANK=5",
           "mpirun", 5, 8, 1);
    expect("SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 PMI_SIZE=8 "
           "PMI_RANK=5",
           "mpiexec of another MPI", 5, 8, 0);
    expect("SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 PMI_SIZE=2 PMI_RANK=1 "
           "PMI_JOBID=7.0",
           "srun", 1, 2, 0);
}

TEST(a_rank_tells_that_there_are_more)
{
    expect("PMI_RANK=2", "mpiexec of another MPI", 2, 3, 0);
    assert_true(with("PMI_RANK=2").is_guess);
    assert_false(with("PMI_RANK=2 PMI_SIZE=4").is_guess);
    expect("PMI_RANK=0", "", 0, 1, 0);
    expect("SLURM_PROCID=3", "", 3, 1, 0);
}

TEST(one_process_is_alone)
{
    expect("PATH=/bin", "", 0, 1, 0);
    /* a batch script, the shell of salloc and that of srun --pty */
    expect("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0", "", 0, 1, 0);
    expect("SLURM_STEP_ID=4294967290 SLURM_STEP_NUM_TASKS=1 SLURM_NTASKS=4",
           "srun", 0, 1, 0);
    expect("SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 SLURM_PTY_PORT=1", "", 0, 1,
           0);
    expect("PMI_SIZE=2x PMI_RANK=-1 OMPI_COMM_WORLD_SIZE=0", "", 0, 1, 1);
}

TEST_MAIN
