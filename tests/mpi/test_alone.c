/* test_alone.c - one of many that finds itself alone says so, with the cure. */
#include "../check.h"

#include "mpi/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void set(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
}

/* What refuses a process in such a job, "" if nothing does. A process starts
 * MPI once: each question takes one of its own. */
static const char *refusal(const char *job, const char *step, const char *tasks,
                           const char *nodes)
{
    static char words[1024];
    FILE *paper = tmpfile();
    pid_t pid;
    int code;

    assert_non_null(paper);
    pid = fork();
    if (pid == 0) {
        sidle_comm comm;

        set("OMPI_COMM_WORLD_SIZE", NULL);
        set("SLURM_STEP_NUM_TASKS", NULL);
        set("SLURM_JOB_ID", job);
        set("SLURM_STEP_ID", step);
        set("SLURM_NTASKS", tasks);
        set("SLURM_JOB_NUM_NODES", nodes);
        code = (int)sidle_comm_open(&comm);
        if (code == SIDLE_OK)
            sidle_comm_close(&comm);
        else
            fputs(sidle_fail_text(), paper);
        fflush(paper);
        _exit(code);
    }
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_true(WIFEXITED(code));
    rewind(paper);
    words[fread(words, 1, sizeof(words) - 1, paper)] = '\0';
    fclose(paper);
    assert_int_equal(WEXITSTATUS(code), words[0] == '\0' ? 0 : SIDLE_EUSAGE);
    return words;
}

TEST(a_silent_singleton_is_refused)
{
    const char *words = refusal("7", "0", "4", "1");

    assert_non_null(strstr(words, "srun started 4 processes"));
    assert_non_null(strstr(words, "--mpi=pmix"));
}

TEST(a_process_that_leaves_its_job_idle_is_refused)
{
    const char *words = refusal("7", NULL, "4", "1");

    assert_non_null(strstr(words, "this Slurm job is for 4 processes"));
    assert_non_null(strstr(words, "srun --mpi=pmix"));
    words = refusal(NULL, NULL, "4", NULL);
    assert_non_null(strstr(words, "unset SLURM_NTASKS"));
    words = refusal("7", NULL, NULL, "2");
    assert_non_null(strstr(words, "this Slurm job is for 2 processes"));
}

TEST(one_process_is_welcome)
{
    assert_string_equal(refusal(NULL, NULL, NULL, NULL), "");
    /* nodes of a job that is not ours, left in a shell */
    assert_string_equal(refusal(NULL, NULL, NULL, "2"), "");
    assert_string_equal(refusal("7", NULL, "1", "1"), "");
    assert_string_equal(refusal("7", NULL, NULL, "1"), "");
    assert_string_equal(refusal("7", "0", "1", "2"), "");
}

TEST_MAIN
