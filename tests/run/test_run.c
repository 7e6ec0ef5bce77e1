/* test_run.c - a run through the library: stopped, gone on with, finished. */
/* np: 1 2 */
#include "mpi/ranks.h"

#include "run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct play {
    char folder[64], text[96], run[96];
    sidle_run_config *config;
    sidle_run *open;
    int64_t last; /* item of the last report; rank 0 */
    int is_stopping;
} play;

static void set(play *p, const char *key, const char *value)
{
    if (sidle_run_config_set(p->config, key, value) != SIDLE_OK)
        EXPECT(!"set");
}

static void write_text(const play *p)
{
    FILE *file = fopen(p->text, "w");

    EXPECT(file != NULL);
    for (int i = 0; i < 200; i++)
        fprintf(file, "line %d of a text\n", i);
    fclose(file);
}

/* Rank 0's folder, for all. */
static play *begin(void)
{
    static const char *const keys[][2] = {
        {"run.steps", "8"},       {"model.context", "8"},
        {"model.latents", "4"},   {"model.width", "8"},
        {"model.heads", "2"},     {"model.layers", "1"},
        {"parallel.blocks", "2"}, {"data.batch", "1"},
        {"log.every", "2"},       {"log.tensorboard", "false"}};
    play *p = calloc(1, sizeof(*p));

    EXPECT(p != NULL);
    snprintf(p->folder, sizeof(p->folder), "/tmp/sidle_run.XXXXXX");
    if (ranks.rank == 0)
        EXPECT(mkdtemp(p->folder) != NULL);
    MPI_Bcast(p->folder, sizeof(p->folder), MPI_CHAR, 0, ranks.comm);
    snprintf(p->text, sizeof(p->text), "%s/text", p->folder);
    snprintf(p->run, sizeof(p->run), "%s/run", p->folder);
    if (ranks.rank == 0)
        write_text(p);
    MPI_Barrier(ranks.comm);
    p->config = sidle_run_config_new();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        set(p, keys[i][0], keys[i][1]);
    set(p, "data.path", p->text);
    set(p, "run.dir", p->run);
    return p;
}

static void end(play *p)
{
    char words[128];

    sidle_run_config_free(p->config);
    snprintf(words, sizeof(words), "rm -r %s", p->folder);
    MPI_Barrier(ranks.comm);
    if (ranks.rank == 0)
        EXPECT(system(words) == 0);
    free(p);
}

static void on_report(void *context, const sidle_report *report)
{
    play *p = context;

    EXPECT(ranks.rank == 0);
    p->last = report->item;
    if (p->is_stopping)
        sidle_run_stop(p->open);
}

static sidle_status train(play *p, int *is_finished)
{
    const sidle_run_start start = {.on_report = on_report, .context = p};
    sidle_status status = sidle_run_open(&ranks, p->config, &start, &p->open);

    EXPECT(status == SIDLE_OK);
    *is_finished = sidle_run_is_finished(p->open);
    status = sidle_run_train(p->open);
    sidle_run_close(p->open);
    MPI_Barrier(ranks.comm); /* all that rank 0 writes is there */
    return status;
}

static int is_there(const play *p, const char *name)
{
    char path[128];
    struct stat there;

    snprintf(path, sizeof(path), "%s/%s", p->run, name);
    return stat(path, &there) == 0;
}

TEST(a_run_that_is_stopped_is_gone_on_with_to_its_end)
{
    play *p = begin();
    int is_finished;

    p->is_stopping = 1;
    EXPECT(train(p, &is_finished) == SIDLE_ESTOPPED);
    EXPECT(is_finished == 0);
    EXPECT(is_there(p, "checkpoints/latest.h5") == 1);
    EXPECT(is_there(p, "checkpoints/final.h5") == 0);
    p->is_stopping = 0;
    EXPECT(train(p, &is_finished) == SIDLE_OK);
    EXPECT(is_finished == 0);
    EXPECT(p->last == (ranks.rank == 0 ? 8 : 0));
    EXPECT(is_there(p, "checkpoints/final.h5") == 1);
    p->last = 0;
    EXPECT(train(p, &is_finished) == SIDLE_OK);
    EXPECT(is_finished == 1);
    EXPECT(p->last == 0);
    end(p);
    ranks_finish();
}

TEST(a_run_that_was_not_trained_leaves_no_folder)
{
    const sidle_run_start dry = {.is_dry = 1};
    play *p = begin();

    EXPECT(sidle_run_open(&ranks, p->config, &dry, &p->open) == SIDLE_OK);
    EXPECT(sidle_run_check(p->open) == SIDLE_OK);
    sidle_run_close(p->open);
    EXPECT(is_there(p, "") == 0);
    EXPECT(sidle_run_open(&ranks, p->config, NULL, &p->open) == SIDLE_OK);
    MPI_Barrier(ranks.comm);
    EXPECT(is_there(p, "") == 1);
    sidle_run_close(p->open);
    MPI_Barrier(ranks.comm);
    EXPECT(is_there(p, "") == 0);
    sidle_run_close(NULL);
    end(p);
    ranks_finish();
}

TEST(a_run_is_trained_once_and_a_dry_one_never)
{
    play *p = begin();
    const sidle_run_start dry = {.is_dry = 1};

    EXPECT(sidle_run_open(&ranks, p->config, NULL, &p->open) == SIDLE_OK);
    EXPECT(sidle_run_train(p->open) == SIDLE_OK);
    EXPECT(sidle_run_train(p->open) == SIDLE_EUSAGE);
    EXPECT(strstr(sidle_fail_text(), "a second time") != NULL);
    sidle_run_close(p->open);
    set(p, "run.steps", "9");
    EXPECT(sidle_run_open(&ranks, p->config, &dry, &p->open) == SIDLE_OK);
    EXPECT(sidle_run_train(p->open) == SIDLE_EUSAGE);
    EXPECT(strstr(sidle_fail_text(), "of a dry run") != NULL);
    sidle_run_close(p->open);
    end(p);
}

TEST(what_cannot_begin_is_refused_on_all_ranks)
{
    const sidle_run_start from = {.resume = "/nowhere.h5"};
    play *p = begin();

    EXPECT(sidle_run_open(&ranks, p->config, &from, &p->open) == SIDLE_EIO);
    sidle_run_config_file(p->config, "/nowhere.yaml");
    EXPECT(sidle_run_open(&ranks, p->config, NULL, &p->open) == SIDLE_EIO);
    MPI_Barrier(ranks.comm);
    EXPECT(is_there(p, "") == 0);
    end(p);
    ranks_finish();
}

RANKS_MAIN
