/* train_and_sample.c - trains on a text and samples from what it has saved:
 *   mpirun -n 2 train_and_sample TEXT FOLDER
 * The next start continues the run in FOLDER, or finds it finished. */
#include <sidle.h>
#include <stdio.h>

static sidle_status train(const sidle_comm *comm, const char *text,
                          const char *folder)
{
    const char *const keys[][2] = {
        {"data.path", text},     {"run.dir", folder},     {"run.steps", "20"},
        {"model.context", "32"}, {"model.latents", "16"}, {"model.width", "16"},
        {"model.heads", "2"},    {"model.layers", "2"},   {"optim.lr", "1e-3"}};
    sidle_run_config *config = sidle_run_config_new();
    sidle_run *run = NULL;
    sidle_status status = SIDLE_OK;

    for (int i = 0; i < 9 && status == SIDLE_OK; i++)
        status = sidle_fail_print(
            sidle_run_config_set(config, keys[i][0], keys[i][1]));
    if (status == SIDLE_OK)
        status = sidle_run_open(comm, config, NULL, &run);
    if (status == SIDLE_OK)
        status = sidle_run_train(run);
    sidle_run_close(run);
    sidle_run_config_free(config);
    return status;
}

static sidle_status print(void *context, int32_t token)
{
    fprintf(context, " %d", token - SIDLE_BYTE);
    return SIDLE_OK;
}

static sidle_status sample(const char *folder)
{
    sidle_sampling how = sidle_sampling_default();
    sidle_generated made;
    sidle_loaded loaded;
    sidle_sampler *sampler = NULL;
    sidle_status status = sidle_load(folder, 0, &loaded);

    how.on_token = print;
    how.context = stdout;
    if (status == SIDLE_OK)
        status = sidle_sampler_new(&loaded, &how, &sampler);
    if (status == SIDLE_OK)
        status = sidle_sampler_run(sampler, NULL, 0, 8, 0, &made);
    if (status == SIDLE_OK)
        printf("\n%d bytes\n", (int)made.n_tokens);
    sidle_sampler_free(sampler);
    sidle_loaded_done(&loaded);
    return status;
}

int main(int argc, char **argv)
{
    sidle_comm comm;
    sidle_status status;

    if (argc != 3)
        return SIDLE_EUSAGE;
    status = sidle_comm_open(&comm);
    if (status != SIDLE_OK)
        return sidle_fail_print(status);
    sidle_log_set_quiet(comm.rank != 0);
    status = train(&comm, argv[1], argv[2]);
    if (status == SIDLE_OK && comm.rank == 0)
        status = sidle_fail_print(sample(argv[2]));
    sidle_comm_close(&comm);
    return status;
}
