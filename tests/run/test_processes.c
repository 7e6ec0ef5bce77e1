/* test_processes.c - a start looks into its files in one process each, on rank
 * 0: a process that is started after MPI_Init shares the pages that a network
 * card writes to, and a thousand ranks would start a thousand. */
/* np: 1 4 */
/* timeout: 120 */
/* label: once */
#include "check.h"
#include "io/scratch.h"
#include "run/tokens.h"

#include "base/log.h"
#include "run/run.h"

#include <pthread.h>

static sidle_comm comm;
static scratch folder;
static int n_forks; /* of this process */

static void count_a_fork(void)
{
    n_forks++;
}

static void set(sidle_run_config *config, const char *key, const char *value)
{
    assert_int_equal(sidle_run_config_set(config, key, value), SIDLE_OK);
}

static sidle_run_config *new_config(const char *name, const char *kind,
                                    const char *mode)
{
    sidle_run_config *config = sidle_run_config_new();
    const char *data =
        scratch_path(&folder, strcmp(kind, "text") == 0 ? "text" : "tokens.h5");

    set(config, "run.dir", scratch_path(&folder, name));
    set(config, "data.kind", kind);
    set(config, "data.path", data);
    set(config, "data.valid_fraction", "0");
    set(config, "data.batch", "1");
    set(config, "checkpoint.mode", mode);
    set(config, "model.context", "4");
    set(config, "model.latents", "2");
    set(config, "model.width", "8");
    set(config, "model.heads", "2");
    set(config, "model.layers", "2");
    set(config, "parallel.schedule", "pipedream");
    set(config, "parallel.update_every", "1");
    set(config, "run.steps", "2");
    return config;
}

/* Train, and how many processes it took. */
static int forks_of(const sidle_run_config *config,
                    const sidle_run_start *start)
{
    sidle_run *run = NULL;

    n_forks = 0;
    assert_int_equal(sidle_run_open(&comm, config, start, &run), SIDLE_OK);
    assert_int_equal(sidle_run_train(run), SIDLE_OK);
    sidle_run_close(run);
    return n_forks;
}

/* A fresh start, a resume, one that drains first, and one with --init. */
static void expect_processes(const char *kind, const char *mode, int n_data)
{
    sidle_run_start init = {0};
    char name[64], final[PATH_MAX];
    sidle_run_config *config;
    int is_first = comm.rank == 0;

    snprintf(name, sizeof(name), "%s-%s", kind, mode);
    config = new_config(name, kind, mode);
    assert_int_equal(forks_of(config, NULL), is_first * n_data);
    set(config, "run.steps", "4");
    assert_int_equal(forks_of(config, NULL), is_first * (n_data + 1));
    set(config, "run.steps", "6");
    set(config, "parallel.schedule", "sideways");
    assert_int_equal(forks_of(config, NULL), is_first * (n_data + 1));
    snprintf(final, sizeof(final), "%s/checkpoints/final.h5",
             scratch_path(&folder, name));
    strcat(name, "-again");
    set(config, "run.dir", scratch_path(&folder, name));
    init.init = final;
    assert_int_equal(forks_of(config, &init), is_first * (n_data + 1));
    sidle_run_config_free(config);
}

TEST(a_text_and_its_checkpoint_need_one)
{
    expect_processes("text", "independent", 0);
    expect_processes("text", "funnel", 0);
}

TEST(tokens_and_their_checkpoint_need_two)
{
    expect_processes("tokens", "independent", 1);
    expect_processes("tokens", "funnel", 1);
}

/* Runs are folders of folders. */
static void remove_all(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -r '%s'", folder.folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    sidle_log_set_quiet(comm.rank != 0);
    if (comm.rank == 0) {
        folder = scratch_new();
        scratch_write(&folder, "text", "In the beginning", 16);
        make_tokens(scratch_path(&folder, "tokens.h5"), 4, 4);
    }
    MPI_Bcast(&folder, (int)sizeof(folder), MPI_BYTE, 0, comm.comm);
    pthread_atfork(count_a_fork, NULL, NULL);
    failed = test_all(NULL, NULL);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_SUM, comm.comm);
    if (comm.rank == 0)
        remove_all();
    sidle_comm_close(&comm);
    return failed != 0;
}
