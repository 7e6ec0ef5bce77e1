/* resume_merge.c - the options of a start that continues a run: a key that
 * neither the file nor the command line sets is as the run has it. */
#include "run/resume.h"

#include "run/chosen.h"
#include "run/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys that follow from others */

static int is_auto(const sidle_settings *said, const sidle_options *options)
{
    return !sidle_options_are_set(said, "parallel.partition") ||
           strcmp(options->parallel.partition, "auto") == 0;
}

static int64_t units_in(const char *list)
{
    int64_t n = 1;

    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

/* Where this start names another number of blocks, their partition is made
 * anew, and a partition tells how many. */
static void merge_blocks(const sidle_settings *said, const sidle_options *was,
                         sidle_options *options)
{
    int64_t *blocks = &options->parallel.blocks;
    char *partition = options->parallel.partition;
    size_t size = sizeof(options->parallel.partition);
    int is_open =
        *blocks == 0 || !sidle_options_are_set(said, "parallel.blocks");

    if (!is_auto(said, options)) {
        *blocks = is_open ? units_in(partition) : *blocks;
        return;
    }
    *blocks = is_open ? was->parallel.blocks : *blocks;
    snprintf(partition, size, "%s",
             *blocks == was->parallel.blocks ? was->parallel.partition
                                             : "auto");
}

/* "0" asks for the rule again, which only other blocks or another schedule can
 * make differ from what the run has. */
static void merge_update(const sidle_options *was, sidle_options *options)
{
    if (options->parallel.update_every == 0 &&
        options->parallel.blocks == was->parallel.blocks &&
        strcmp(options->parallel.schedule, was->parallel.schedule) == 0)
        options->parallel.update_every = was->parallel.update_every;
}

/* One of the two, or neither, where the run's own end stays. */
static sidle_status merge_length(const sidle_settings *said,
                                 const sidle_options *was,
                                 sidle_options *options)
{
    if (!sidle_options_are_set(said, "run.steps"))
        options->run.steps = 0;
    if (options->run.steps == 0 && options->run.updates == 0)
        options->run.steps = was->run.steps;
    return sidle_options_check_length(options);
}

/* A name that followed run.dir follows it again. */
static void merge_name(const sidle_settings *said, const sidle_options *was,
                       sidle_options *options)
{
    char followed[SIDLE_TEXT_MAX];

    sidle_options_name(was->run.dir, followed);
    if (!sidle_options_are_set(said, "run.name") &&
        strcmp(was->run.name, followed) == 0)
        options->run.name[0] = '\0';
}

static sidle_status merge(const sidle_settings *said, const sidle_options *was,
                          sidle_options *options)
{
    *options = *was;
    SIDLE_TRY(sidle_options_apply(options, said));
    merge_blocks(said, was, options);
    merge_update(was, options);
    merge_name(said, was, options);
    SIDLE_TRY(merge_length(said, was, options));
    sidle_options_resolve(options);
    return sidle_choose(options, (int)options->parallel.blocks);
}

static sidle_status read_run(const sidle_ckpt *ckpt, sidle_options *was)
{
    SIDLE_TRY(sidle_load_options_of(ckpt, NULL, 0, was));
    if (was->parallel.blocks > 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "/config of '%s' has no parallel.blocks, expected their "
                      "number; name another checkpoint",
                      sidle_ckpt_path(ckpt));
}

sidle_status sidle_resume_merge(const sidle_ckpt *ckpt,
                                const sidle_settings *said,
                                sidle_options *options)
{
    sidle_options *was = malloc(sizeof(*was));
    sidle_status status;

    SIDLE_CHECK(was != NULL, "no memory for options");
    status = read_run(ckpt, was);
    if (status == SIDLE_OK)
        status = merge(said, was, options);
    free(was);
    return status;
}
