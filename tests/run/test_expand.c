/* test_expand.c - what stands for something else in a user's values. */
#include "check.h"

#include "run/expand.h"
#include "run/options.h"

#include <stdlib.h>
#include <string.h>

static void set_environment(void)
{
    setenv("HOME", "/home/ann", 1);
    setenv("NAME", "kjv", 1);
    setenv("_N2", "7", 1);
    setenv("EMPTY", "", 1);
    setenv("SIGNS", "~/$NAME%j", 1);
    setenv("LINES", "a\nb", 1);
    setenv("SLURM_JOB_ID", "41", 1);
    setenv("SLURM_ARRAY_TASK_ID", "3", 1);
    setenv("SLURM_ARRAY_JOB_ID", "40", 1);
    unsetenv("NOT_SET");
}

static sidle_status expand(const char *assignment, sidle_settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    assert_int_equal(sidle_settings_override(settings, assignment), SIDLE_OK);
    return sidle_expand(settings, 0);
}

TEST(values_are_expanded_once)
{
    static const char *const pairs[][2] = {
        {"run.name=$NAME", "kjv"},
        {"run.name=a${NAME}b$_N2/", "akjvb7/"},
        {"run.name=$EMPTY.x", ".x"},
        {"run.name=$$NAME$$", "$NAME$"},
        {"run.name=$SIGNS", "~/$NAME%j"},
        {"run.name=%j%q~/", "%j%q~/"},
        {"run.seed=$_N2", "7"},
        {"model.position_sizes=[\"${_N2}0\", $_N2]", "70, 7"},
        {"run.dir=runs/%j-%A_%a", "runs/41-40_3"},
        {"run.dir=100%%%%j", "100%%j"},
        {"run.dir=~/$NAME", "/home/ann/kjv"},
        {"run.dir=~", "/home/ann"},
        {"run.dir=$SIGNS", "/home/ann/$NAME%j"},
        {"run.dir=./~/x", "./~/x"},
        {"data.path=~/t.txt", "/home/ann/t.txt"},
        {"data.valid_path=~/%j", "/home/ann/%j"},
        {"data.valid_path=", ""},
    };

    set_environment();
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        sidle_settings settings;

        assert_int_equal(expand(pairs[i][0], &settings), SIDLE_OK);
        assert_string_equal(settings.all[0].value, pairs[i][1]);
        sidle_settings_done(&settings);
    }
}

static void refuse(const char *assignment, const char *words)
{
    sidle_settings settings;

    assert_int_equal(expand(assignment, &settings), SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("'%s' answers '%s'", assignment, sidle_fail_text());
    sidle_settings_done(&settings);
}

TEST(what_stands_for_nothing_is_refused)
{
    static const char *const signs[] = {"$",   "a$",     "$5",       "$ ", "${",
                                        "${}", "${NAME", "${NA ME}", "$-"};

    set_environment();
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        char assignment[64];

        snprintf(assignment, sizeof(assignment), "run.name=%s", signs[i]);
        refuse(assignment, "write $$ for a dollar");
    }
    refuse("optim.lr=$NOT_SET", "command line: 'optim.lr' is '$NOT_SET': the "
                                "variable 'NOT_SET' is not set");
    refuse("run.name=$LINES", "'LINES' is not one line of text");
    refuse("run.dir=%q", "write %% for a percent sign");
    refuse("run.dir=50%", "write %% for a percent sign");
    refuse("run.dir=~bob/x", "write the whole path, or './~bob/x'");
    unsetenv("SLURM_ARRAY_TASK_ID");
    unsetenv("SLURM_ARRAY_JOB_ID");
    refuse("run.dir=%a", "SLURM_ARRAY_TASK_ID is not set: this process does "
                         "not run in a job array (sbatch --array)");
    refuse("run.dir=%A", "SLURM_ARRAY_JOB_ID is not set");
    unsetenv("SLURM_JOB_ID");
    unsetenv("SLURM_JOBID");
    refuse("run.dir=%j",
           "SLURM_JOB_ID is not set: this process does not run in a Slurm job");
    unsetenv("HOME");
    refuse("data.path=~/x", "the variable 'HOME' is not set");
}

TEST(only_later_settings_are_expanded)
{
    sidle_settings settings = {0};

    set_environment();
    assert_int_equal(sidle_settings_override(&settings, "run.name=$NOT_SET"),
                     SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "run.dir=$NAME"),
                     SIDLE_OK);
    assert_int_equal(sidle_expand(&settings, 1), SIDLE_OK);
    assert_string_equal(settings.all[0].value, "$NOT_SET");
    assert_string_equal(settings.all[1].value, "kjv");
    sidle_settings_done(&settings);
}

TEST(what_is_replaced_needs_no_variable)
{
    sidle_settings settings = {0};

    set_environment();
    assert_int_equal(sidle_settings_override(&settings, "run.seed=$NOT_SET"),
                     SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "run.dir=a"), SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "run.seed=5"),
                     SIDLE_OK);
    assert_int_equal(sidle_expand(&settings, 0), SIDLE_OK);
    assert_int_equal(settings.n, 2);
    assert_string_equal(settings.all[0].value, "a");
    assert_string_equal(settings.all[1].value, "5");
    sidle_settings_done(&settings);
}

TEST_MAIN
