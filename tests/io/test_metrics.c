/* test_metrics.c - metrics.csv: rows, and what a resume takes back. */
#include "io/folder.h"

#include "io/metrics.h"
#include "io/replace.h"

#include <signal.h>
#include <sys/resource.h>

#define HEADER                                                                 \
    "step,update,train_loss,bits,accuracy,valid_loss,valid_accuracy,lr,"       \
    "grad_norm,tokens_per_second,seconds,busy,loss_unit,"                      \
    "rows_per_update,tokens_per_update,clip_accuracy\n"

static sidle_status open_in(const char *path, int64_t step, int has_row,
                            sidle_metrics **out)
{
    sidle_dir *dir = sidle_dir_open(path);
    sidle_status status = sidle_metrics_open(dir, step, has_row, "u", out);

    sidle_dir_close(dir);
    return status;
}

static sidle_metrics *open_at(int64_t step)
{
    sidle_metrics *metrics;

    assert_int_equal(open_in(check_folder, step, 1, &metrics), SIDLE_OK);
    return metrics;
}

TEST_IN_FOLDER(rows_stand_in_the_file_at_once)
{
    sidle_metrics *metrics = open_at(0);
    sidle_metrics_row row = sidle_metrics_empty(20, 19);

    check_file_is("metrics.csv", HEADER);
    row.train_loss = 0.1 + 0.2;
    row.bits = 2.5;
    row.accuracy = 0.0;
    row.lr = 1e-5;
    row.busy = INFINITY;
    row.rows_per_update = 28.0;
    row.tokens_per_update = 7168.5;
    assert_int_equal(sidle_metrics_append(metrics, &row), SIDLE_OK);
    row = sidle_metrics_empty(5000000000, 1);
    row.valid_loss = -1.0;
    row.clip_accuracy = 0.25;
    assert_int_equal(sidle_metrics_append(metrics, &row), SIDLE_OK);
    check_file_is("metrics.csv",
                  HEADER "20,19,0.3,2.5,0,,,1e-05,,,,inf,u,28,7168.5,\n"
                         "5000000000,1,,,,-1,,,,,,,u,,,0.25\n");
    sidle_metrics_close(metrics);
}

static void append_step(sidle_metrics *metrics, int64_t step, int is_eval)
{
    sidle_metrics_row row = sidle_metrics_empty(step, step);

    *(is_eval ? &row.valid_loss : &row.train_loss) = 1.0;
    assert_int_equal(sidle_metrics_append(metrics, &row), SIDLE_OK);
}

TEST_IN_FOLDER(a_resume_takes_back_what_came_later)
{
    sidle_metrics *metrics = open_at(0);

    for (int64_t step = 1; step <= 4; step++) {
        append_step(metrics, step, 0);
        append_step(metrics, step, 1);
    }
    sidle_metrics_close(metrics);
    metrics = open_at(3);
    append_step(metrics, 3, 1);
    sidle_metrics_close(metrics);
    check_file_is("metrics.csv",
                  HEADER "1,1,1,,,,,,,,,,u,,,\n1,1,,,,1,,,,,,,u,,,\n"
                         "2,2,1,,,,,,,,,,u,,,\n2,2,,,,1,,,,,,,u,,,\n"
                         "3,3,1,,,,,,,,,,u,,,\n3,3,,,,1,,,,,,,u,,,\n");
    sidle_metrics_close(open_at(0));
    check_file_is("metrics.csv", HEADER);
}

TEST_IN_FOLDER(a_row_of_a_run_that_ended_is_told_again)
{
    sidle_metrics *metrics = open_at(0);

    append_step(metrics, 2, 0);
    append_step(metrics, 2, 1);
    append_step(metrics, 3, 1);
    append_step(metrics, 3, 0);
    sidle_metrics_close(metrics);
    assert_int_equal(open_in(check_folder, 3, 0, &metrics), SIDLE_OK);
    sidle_metrics_close(metrics);
    check_file_is("metrics.csv",
                  HEADER "2,2,1,,,,,,,,,,u,,,\n2,2,,,,1,,,,,,,u,,,\n");
}

TEST_IN_FOLDER(unfinished_lines_go)
{
    const char text[] = HEADER "1,1,1,,,,,,,,,,u,,,\nrubbish\n2,2,1,,";
    const char torn[] =
        HEADER "1,1,1,,,,,,,,,,u,,,\n2,2,1,,3,3,1,,,,,,,,,,u,,,\n"
               "4,4,1,,,,,,,,,,,u,,,\n5,5,one,,,,,,,,,,u,,,\n"
               ",6,1,,,,,,,,,,u,,,\n7,,1,,,,,,,,,,u,,,\n"
               "8,8,1,,,,,,,,,,u,,,\n"
               "9,9,1,,,,,,,,,,u\n9,9,1,,,,,,,,,,u,\n"
               "9,9,1,,,,,,,,,,u,1,2,3,\n9,9,1,,,,,,,,,,u,1,2,b\n"
               "9,9,1,,,,,,,,,,u,1,2,3";

    check_write("metrics.csv", text, sizeof(text) - 1);
    sidle_metrics_close(open_at(9));
    check_file_is("metrics.csv", HEADER "1,1,1,,,,,,,,,,u,,,\n");
    /* torn rows that older programs left on a full disk, and others' lines */
    check_write("metrics.csv", torn, sizeof(torn) - 1);
    sidle_metrics_close(open_at(9));
    check_file_is("metrics.csv",
                  HEADER "1,1,1,,,,,,,,,,u,,,\n8,8,1,,,,,,,,,,u,,,\n");
    check_write("metrics.csv", "step,up", 7);
    sidle_metrics_close(open_at(9));
    check_file_is("metrics.csv", HEADER);
}

#define OLDEST_HEADER                                                          \
    "step,update,train_loss,bits,accuracy,valid_loss,valid_accuracy,lr,"       \
    "grad_norm,tokens_per_second,seconds,busy"

static void check_it_goes_on(const char *text, size_t size)
{
    sidle_metrics *metrics;

    check_write("metrics.csv", text, size);
    metrics = open_at(9);
    assert_true(sidle_metrics_seconds(metrics) == 7.0);
    append_step(metrics, 2, 0);
    sidle_metrics_close(metrics);
    check_file_is("metrics.csv", HEADER "1,1,1,,,,,,,,7,,u,,,\n"
                                        "2,2,1,,,,,,,,,,u,,,\n");
}

TEST_IN_FOLDER(files_of_older_programs_get_the_columns_that_they_lack)
{
    const char oldest[] = OLDEST_HEADER "\n1,1,1,,,,,,,,7,\n2,2,1,,\n";
    const char old[] = OLDEST_HEADER ",loss_unit\n1,1,1,,,,,,,,7,,u\n"
                                     "2,2,1,,,,,,,,,\n3,3,1,,,,,,,,,,u,,\n";
    const char newer[] =
        OLDEST_HEADER ",loss_unit,rows_per_update,tokens_per_update\n"
                      "1,1,1,,,,,,,,7,,u,,\n2,2,1,,,,,,,,,,u\n"
                      "3,3,1,,,,,,,,,,u,,,\n";

    check_it_goes_on(oldest, sizeof(oldest) - 1);
    check_it_goes_on(old, sizeof(old) - 1);
    check_it_goes_on(newer, sizeof(newer) - 1);
}

TEST_IN_FOLDER(files_with_other_columns_are_left_alone)
{
    sidle_metrics *metrics;

    check_write("metrics.csv", "step,loss\n1,2\n", 14);
    assert_int_equal(open_in(check_folder, 9, 1, &metrics), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "metrics.csv: has other"));
    check_file_is("metrics.csv", "step,loss\n1,2\n");
}

TEST_IN_FOLDER(what_cannot_be_written_is_said)
{
    sidle_metrics *metrics;

    assert_int_equal(open_in("/proc/none", 0, 1, &metrics), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/none"));
    assert_non_null(strstr(sidle_fail_text(), "No such file"));
}

/* A disk that is full, as far as this process goes. */
static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST_IN_FOLDER(a_full_disk_harms_no_older_row)
{
    sidle_metrics *metrics = open_at(0);
    sidle_metrics_row row = sidle_metrics_empty(2, 2);
    sidle_dir *dir = sidle_dir_open(check_folder);
    sidle_status appended, replaced;

    append_step(metrics, 1, 0);
    set_file_limit(strlen(HEADER) + 16);
    appended = sidle_metrics_append(metrics, &row);
    replaced = sidle_replace_file(dir, "x", HEADER HEADER, 2 * strlen(HEADER));
    set_file_limit(RLIM_INFINITY);
    sidle_dir_close(dir);
    assert_int_equal(appended, SIDLE_EIO);
    assert_int_equal(replaced, SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "File too large"));
    assert_int_equal(access(check_path(".x.tmp"), F_OK), -1);
    sidle_metrics_close(metrics);
    sidle_metrics_close(open_at(9));
    check_file_is("metrics.csv", HEADER "1,1,1,,,,,,,,,,u,,,\n");
}

TEST_MAIN
