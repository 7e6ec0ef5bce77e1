/* save.c - a run's state to and from checkpoint files. */
#include "run/save.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/version.h"
#include "io/ckpt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DATA_PATH "/pipeline/data"

/* Arrays that are no block's. */
enum { MOST_OF_A_RUN = 3 + SIDLE_BEST_ARRAYS };

double sidle_file_bytes(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? (double)info.st_size : 0.0;
}

double sidle_data_bytes(const sidle_comm *comm, const sidle_options *options)
{
    double bytes = sidle_file_bytes(options->data.path) +
                   sidle_file_bytes(options->data.valid_path);

    SIDLE_MPI(MPI_Bcast(&bytes, 1, MPI_DOUBLE, 0, comm->comm));
    return bytes;
}

static const char *const data_keys[2] = {"data.path", "data.valid_path"};
static const char *const items[2] = {"items", "items"};

static sidle_array identity_array(const sidle_comm *comm, const void *identity)
{
    static const char *const names[3] = {"bytes", "xxh3_128_high",
                                         "xxh3_128_low"};
    static const char *const units[3] = {"bytes", "64 bits", "64 bits"};
    static const sidle_words words = {names, units, data_keys};

    return (sidle_array){.path = DATA_PATH,
                         .words = &words,
                         .type = SIDLE_I64,
                         .n_dims = 2,
                         .dims = {2, 3},
                         .data = comm->rank == 0 ? (void *)identity : NULL,
                         .owner = 0};
}

static sidle_array start_array(const sidle_comm *comm, const void *start)
{
    static const char *const names[1] = {"items_before_this_plan"};
    static const sidle_words words = {.names = names, .units = items};

    return (sidle_array){.path = SIDLE_PLAN_START,
                         .words = &words,
                         .type = SIDLE_I64,
                         .n_dims = 1,
                         .dims = {1},
                         .data = comm->rank == 0 ? (void *)start : NULL,
                         .owner = 0};
}

/* Only where a file was changed: other checkpoints have no such array. */
static sidle_array changed_array(const sidle_comm *comm, const void *changed)
{
    static const sidle_words words = {.names = data_keys, .units = items};

    return (sidle_array){.path = SIDLE_DATA_CHANGED,
                         .words = &words,
                         .type = SIDLE_I64,
                         .n_dims = 1,
                         .dims = {2},
                         .data = comm->rank == 0 ? (void *)changed : NULL,
                         .owner = 0};
}

static int64_t milliseconds_of(const sidle_setup *setup)
{
    /* Never 0, which means that it is not known. */
    return setup->is_timed ? (int64_t)(1e3 * (sidle_now() - setup->began)) + 1
                           : 0;
}

static void fill_info(const sidle_runner *runner, const sidle_comm *comm,
                      const sidle_setup *setup, sidle_ckpt_info *info)
{
    time_t now = time(NULL);
    struct tm parts;

    *info = (sidle_ckpt_info){.step = sidle_runner_item(runner),
                              .update = sidle_runner_updates(runner),
                              .format_version = 1,
                              .milliseconds = milliseconds_of(setup)};
    gmtime_r(&now, &parts);
    strftime(info->created, sizeof(info->created), "%Y-%m-%dT%H:%M:%SZ",
             &parts);
    sidle_text_format(info->program_version, sizeof(info->program_version),
                      "%s", sidle_version());
    sidle_text_format(info->commit, sizeof(info->commit), "%s", sidle_commit());
    /* Attributes are the same on every rank: rank 0 knows the time. */
    SIDLE_MPI(MPI_Bcast(info, sizeof(*info), MPI_BYTE, 0, comm->comm));
}

sidle_status sidle_save_run_to(const sidle_comm *comm, sidle_runner *runner,
                               const sidle_setup *setup,
                               const sidle_data_identity *identity,
                               const sidle_ckpt_target *target)
{
    sidle_array *entries;
    sidle_array *arrays;
    sidle_ckpt_info info;
    sidle_status status;
    char *yaml = NULL;
    int64_t changed[2];
    sidle_best best = setup->best;
    int n, n_more = 2;

    sidle_runner_check_state(runner);
    sidle_runner_state(runner, &entries, &n);
    arrays = malloc((size_t)(n + MOST_OF_A_RUN) * sizeof(*arrays));
    SIDLE_CHECK(arrays != NULL, "no memory for a list of %d arrays", n);
    memcpy(arrays, entries, (size_t)n * sizeof(*arrays));
    arrays[n] = identity_array(comm, identity);
    arrays[n + 1] = start_array(comm, &setup->plan.start);
    /* Rank 0 alone watches the files, but all ranks list the same arrays. */
    memcpy(changed, setup->data_changed, sizeof(changed));
    SIDLE_MPI(MPI_Bcast(changed, 2, MPI_INT64_T, 0, comm->comm));
    if (changed[0] > 0 || changed[1] > 0)
        arrays[n + n_more++] = changed_array(comm, changed);
    if (setup->plan.eval_every > 0) {
        sidle_best_list(comm->rank == 0 ? &best : NULL, arrays + n + n_more);
        n_more += SIDLE_BEST_ARRAYS;
    }
    fill_info(runner, comm, setup, &info);
    status = sidle_agree(comm, sidle_options_dump(&setup->options, &yaml));
    if (status == SIDLE_OK)
        status =
            sidle_ckpt_save_to(comm, target, &info, yaml, arrays, n + n_more);
    free(yaml);
    free(arrays);
    return status;
}

sidle_status sidle_save_run(const sidle_comm *comm, sidle_runner *runner,
                            const sidle_setup *setup,
                            const sidle_data_identity *identity,
                            const sidle_dir *folder, const char *name)
{
    const sidle_ckpt_target target = {.folder = folder->path,
                                      .name = name,
                                      .mode = setup->options.checkpoint.mode,
                                      .at = folder};

    return sidle_save_run_to(comm, runner, setup, identity, &target);
}

static sidle_status other_content(const char *key, int64_t changed,
                                  const sidle_data_identity *is,
                                  const sidle_data_identity *was)
{
    char when[96] = "when the run began", cure[64] = "give it the same file";

    if (changed > 0) {
        snprintf(when, sizeof(when),
                 "after item %lld, because it was changed during the run",
                 (long long)changed);
        snprintf(cure, sizeof(cure),
                 "restore that content, or resume from an older step");
    }
    return sidle_fail(SIDLE_EUSAGE,
                      "%s has other content (%lld bytes, checksum "
                      "%016llx%016llx) than %s (%lld bytes, %016llx%016llx); "
                      "%s",
                      key, (long long)is->size, (unsigned long long)is->high,
                      (unsigned long long)is->low, when, (long long)was->size,
                      (unsigned long long)was->high,
                      (unsigned long long)was->low, cure);
}

sidle_status sidle_read_changed(sidle_ckpt *ckpt, int64_t changed[2])
{
    const sidle_array expected = {.path = SIDLE_DATA_CHANGED,
                                  .type = SIDLE_I64,
                                  .n_dims = 1,
                                  .dims = {2}};

    changed[0] = changed[1] = 0;
    return sidle_ckpt_has(ckpt, SIDLE_DATA_CHANGED)
               ? sidle_ckpt_read(ckpt, &expected, changed)
               : SIDLE_OK;
}

static sidle_status check_identity(sidle_ckpt *ckpt, const sidle_comm *comm,
                                   const sidle_data_identity *identity)
{
    sidle_array expected = identity_array(comm, NULL);
    sidle_data_identity was[2];
    int64_t changed[2];

    SIDLE_TRY(sidle_ckpt_read(ckpt, &expected, was));
    SIDLE_TRY(sidle_read_changed(ckpt, changed));
    for (int i = 0; i < 2; i++)
        if (memcmp(&was[i], &identity[i], sizeof(was[i])) != 0)
            return other_content(data_keys[i], changed[i], &identity[i],
                                 &was[i]);
    return SIDLE_OK;
}

static int is_model_only(sidle_load_what what)
{
    return what == SIDLE_LOAD_MODEL || what == SIDLE_LOAD_EVAL;
}

static int is_wanted(const char *path, sidle_load_what what)
{
    if (is_model_only(what))
        return strncmp(path, "/model/", 7) == 0;
    return what == SIDLE_LOAD_ALL || strncmp(path, "/optimizer/", 11) != 0;
}

/* Those of this rank's arrays that are wanted, where they go. Owns: the caller
 * frees *arrays_p. */
static int list_wanted(const sidle_ckpt *ckpt, sidle_runner *runner,
                       sidle_load_what what, sidle_array **arrays_p)
{
    sidle_array *entries;
    sidle_array *arrays;
    int n, n_wanted = 0;

    sidle_runner_state(runner, &entries, &n);
    arrays = calloc((size_t)n + 1, sizeof(*arrays));
    SIDLE_CHECK(arrays != NULL, "no memory for a list of arrays");
    for (int i = 0; i < n; i++)
        if (entries[i].data != NULL && is_wanted(entries[i].path, what) &&
            (!entries[i].is_optional || sidle_ckpt_has(ckpt, entries[i].path)))
            arrays[n_wanted++] = entries[i];
    *arrays_p = arrays;
    return n_wanted;
}

static sidle_status read_entries(sidle_ckpt *ckpt, const sidle_comm *comm,
                                 sidle_runner *runner, sidle_load_what what)
{
    sidle_array *arrays;
    sidle_status status;
    int n;

    if (!is_model_only(what))
        sidle_runner_expect(runner, sidle_ckpt_has(ckpt, SIDLE_PREDICTION));
    if (what == SIDLE_LOAD_ALL)
        sidle_runner_expect_rule(runner);
    n = list_wanted(ckpt, runner, what, &arrays);
    status = sidle_ckpt_read_all(ckpt, comm, arrays, n);
    free(arrays);
    if (status == SIDLE_EDATA && what == SIDLE_LOAD_MODEL)
        return sidle_fail(SIDLE_EUSAGE, "--init: %s", sidle_fail_text());
    return status;
}

sidle_status sidle_load_run(const sidle_comm *comm, sidle_runner *runner,
                            const sidle_data_identity *identity,
                            sidle_ckpt *ckpt, sidle_load_what what)
{
    sidle_status status = SIDLE_OK;

    if (comm->rank == 0 && !is_model_only(what))
        status = check_identity(ckpt, comm, identity);
    SIDLE_TRY(sidle_agree(comm, status));
    SIDLE_TRY(sidle_agree(comm, read_entries(ckpt, comm, runner, what)));
    return is_model_only(what)
               ? SIDLE_OK
               : sidle_runner_restore(runner, sidle_ckpt_get_info(ckpt)->step);
}
