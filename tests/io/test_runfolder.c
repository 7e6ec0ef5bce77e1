/* test_runfolder.c - the folder of a run, and who may use it. */
#include "io/folder.h"

#include "base/log.h"
#include "io/runfolder.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static sidle_runfolder *open_at(const char *name)
{
    sidle_runfolder *folder;

    assert_int_equal(sidle_runfolder_open(check_path(name), &folder), SIDLE_OK);
    return folder;
}

TEST_IN_FOLDER(folders_are_made_and_the_log_is_appended)
{
    sidle_runfolder *folder = open_at("a/b//c/");
    struct stat found;

    assert_int_equal(stat(sidle_runfolder_checkpoints(folder)->path, &found),
                     0);
    assert_true(S_ISDIR(found.st_mode));
    assert_non_null(
        strstr(sidle_runfolder_checkpoints(folder)->path, "/checkpoints"));
    fprintf(sidle_runfolder_log(folder), "one\n");
    sidle_runfolder_close(folder);
    folder = open_at("a/b/c");
    fprintf(sidle_runfolder_log(folder), "two\n");
    sidle_runfolder_close(folder);
    check_file_is("a/b/c/train.log", "one\ntwo\n");
}

/* Lines of a run that was killed after item 60, in the middle of a line. */
TEST_IN_FOLDER(a_resume_takes_back_what_it_will_report_again)
{
    const char start[] = "T resuming from x/step-00000030.h5, step 30\n"
                         "T step 20/400  loss 5.5  left 1s\n"
                         "T step 40  valid loss 5.4 (7 bits)\n"
                         "T step 40/400  loss 5.3  valid 5.4\n";
    const char later[] = "T saved x/step-00000060.h5 in 0.1 s\n"
                         "T step 60/400  loss 5.2\n"
                         "T warning: step 60 was no good\n"
                         "T step\nstep 70/400\nT step 6";
    char text[1024];
    sidle_runfolder *folder;

    sidle_runfolder_close(open_at("run"));
    snprintf(text, sizeof(text), "%s%s", start, later);
    check_write("run/train.log", text, strlen(text));
    folder = open_at("run");
    fprintf(sidle_runfolder_log(folder), "T going on\n");
    assert_int_equal(sidle_runfolder_trim_log(folder, 40, 1), SIDLE_OK);
    fprintf(sidle_runfolder_log(folder), "T step 60/400  loss 5.1\n");
    sidle_runfolder_close(folder);
    check_file_is("run/train.log",
                  "T resuming from x/step-00000030.h5, step 30\n"
                  "T step 20/400  loss 5.5  left 1s\n"
                  "T step 40/400  loss 5.3  valid 5.4\n"
                  "T saved x/step-00000060.h5 in 0.1 s\n"
                  "T warning: step 60 was no good\n"
                  "T step\nstep 70/400\nT going on\n"
                  "T step 60/400  loss 5.1\n");
    folder = open_at("run");
    assert_int_equal(sidle_runfolder_trim_log(folder, 60, 1), SIDLE_OK);
    assert_true(check_has("run/train.log", "T step 60/400"));
    assert_int_equal(sidle_runfolder_trim_log(folder, 60, 0), SIDLE_OK);
    assert_false(check_has("run/train.log", "T step 60/400"));
    assert_true(check_has("run/train.log", "T step 40/400"));
    assert_int_equal(sidle_runfolder_trim_log(folder, 0, 1), SIDLE_OK);
    sidle_runfolder_close(folder);
    check_file_is("run/train.log",
                  "T resuming from x/step-00000030.h5, step 30\n"
                  "T saved x/step-00000060.h5 in 0.1 s\n"
                  "T warning: step 60 was no good\n"
                  "T step\nstep 70/400\nT going on\n");
}

TEST_IN_FOLDER(a_log_that_cannot_be_replaced_is_left_alone)
{
    const char text[] = "T step 60/400  loss 5.2\n";
    sidle_runfolder *folder = open_at("run");

    check_write("run/train.log", text, strlen(text));
    assert_int_equal(mkdir(check_path("run/.train.log.tmp"), 0777), 0);
    assert_int_equal(sidle_runfolder_trim_log(folder, 40, 1), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), ".train.log.tmp: cannot be"));
    check_file_is("run/train.log", text);
    sidle_runfolder_close(folder);
    assert_int_equal(rmdir(check_path("run/.train.log.tmp")), 0);
}

TEST_IN_FOLDER(leftovers_of_a_killed_run_are_swept)
{
    const char *const names[] = {"run/.config.yaml.tmp", "run/.metrics.csv.tmp",
                                 "run/.train.log.tmp", "run/trace.json.part"};

    sidle_runfolder_close(open_at("run"));
    for (int i = 0; i < 4; i++)
        check_write(names[i], "x", 1);
    sidle_runfolder_close(open_at("run"));
    for (int i = 0; i < 4; i++)
        assert_int_equal(access(check_path(names[i]), F_OK), -1);
}

TEST_IN_FOLDER(the_configuration_is_replaced)
{
    sidle_runfolder *folder = open_at("run");

    assert_int_equal(sidle_runfolder_write_config(folder, "a: 1\nb: 2\n"),
                     SIDLE_OK);
    assert_int_equal(sidle_runfolder_write_config(folder, "c: 3\n"), SIDLE_OK);
    check_file_is("run/config.yaml", "c: 3\n");
    assert_int_equal(access(check_path("run/.config.yaml.tmp"), F_OK), -1);
    assert_int_equal(rmdir(sidle_runfolder_checkpoints(folder)->path), 0);
    assert_int_equal(remove(check_path("run/config.yaml")), 0);
    assert_int_equal(mkdir(check_path("run/config.yaml"), 0777), 0);
    assert_int_equal(sidle_runfolder_write_config(folder, "d: 4\n"), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "config.yaml: cannot be"));
    assert_int_equal(access(check_path("run/.config.yaml.tmp"), F_OK), -1);
    sidle_runfolder_close(folder);
}

TEST_IN_FOLDER(one_run_at_a_time)
{
    sidle_runfolder *first = open_at("run"), *second;
    char who[64];

    snprintf(who, sizeof(who), "in use by another run (process %d on host ",
             (int)getpid());
    assert_int_equal(sidle_runfolder_open(check_path("run"), &second),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), who));
    sidle_runfolder_close(first);
    sidle_runfolder_close(open_at("run"));
}

/* Another process holds the folder until it is killed. */
TEST_IN_FOLDER(a_dead_run_holds_nothing)
{
    sidle_runfolder *folder;
    int ready[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        if (sidle_runfolder_open(check_path("run"), &folder) == SIDLE_OK &&
            write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(sidle_runfolder_open(check_path("run"), &folder),
                     SIDLE_EIO);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    sidle_runfolder_close(open_at("run"));
    close(ready[0]);
    close(ready[1]);
}

static void check_refused(const char *dir, const char *words)
{
    sidle_runfolder *folder;

    assert_int_equal(sidle_runfolder_open(dir, &folder), SIDLE_EIO);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("'%s' answers '%s'", dir, sidle_fail_text());
}

TEST_IN_FOLDER(paths_that_cannot_be_a_folder_are_named)
{
    char path[PATH_MAX + 1];

    check_write("file", "x", 1);
    check_refused(check_path("file"), "is a file, not a folder");
    check_refused(check_path("file/run"), "is a file, not a folder");
    check_refused("/proc/none/run", "cannot be made: No such file");
    check_refused("/proc/self", "cannot be written: ");
    check_refused("", "is empty or too long");
    memset(path, 'x', PATH_MAX);
    path[PATH_MAX] = '\0';
    check_refused(path, "is empty or too long");
    path[300] = '\0';
    check_refused(path, "cannot be made: File name too long");
}

TEST_MAIN
