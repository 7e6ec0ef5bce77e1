/* test_records.c - whole records on a disk that is full, as far as this process
 * goes: a limit of file sizes takes a part of a write. */
#include "io/folder.h"

#include "base/log.h"
#include "io/records.h"
#include "io/runlog.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static void set_limit(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static sidle_records *open_rows(void)
{
    sidle_dir *dir = sidle_dir_open(check_folder);
    sidle_records *records;

    assert_int_equal(sidle_records_open(dir, "rows", "row", 0, &records),
                     SIDLE_OK);
    sidle_dir_close(dir);
    return records;
}

static sidle_status append(sidle_records *records, const char *row)
{
    return sidle_records_append(records, row, strlen(row));
}

TEST_IN_FOLDER(a_row_is_written_whole_or_not_at_all)
{
    sidle_records *records = open_rows();

    assert_int_equal(append(records, "first\n"), SIDLE_OK);
    set_limit(9); /* three bytes more */
    assert_int_equal(append(records, "second\n"), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "File too large"));
    check_file_is("rows", "first\n");
    assert_int_equal(append(records, "third\n"), SIDLE_OK); /* told once */
    assert_int_equal(sidle_records_lost(records), 2);
    set_limit(RLIM_INFINITY);
    assert_int_equal(append(records, "fourth\n"), SIDLE_OK);
    assert_int_equal(sidle_records_lost(records), 0);
    sidle_records_close(records);
    check_file_is("rows", "first\nfourth\n");
}

/* Others may have cut it, or added to it. */
TEST_IN_FOLDER(the_end_is_where_the_file_ends)
{
    sidle_records *records = open_rows();

    assert_int_equal(append(records, "first\n"), SIDLE_OK);
    check_write("rows", "by hand\n", 8);
    assert_int_equal(append(records, "second\n"), SIDLE_OK);
    sidle_records_close(records);
    check_file_is("rows", "by hand\nsecond\n");
}

/* The words of standard error while a log has no room; a pipe has its own. */
static char *say_without_room(const char *const *lines, int n)
{
    static char said[4096];
    int old = dup(STDERR_FILENO), ends[2];
    ssize_t size;

    fflush(stderr);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    set_limit(40);
    for (int i = 0; i < n; i++)
        sidle_info("%s", lines[i]);
    set_limit(RLIM_INFINITY);
    sidle_info("a line that is kept");
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    size = read(ends[0], said, sizeof(said) - 1);
    said[size > 0 ? size : 0] = '\0';
    close(ends[0]);
    return said;
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

/* What is said while train.log, which begins with "T begun", is opened, has no
 * room for these lines, and is closed. */
static const char *fill_log(const char *const *lines, int n)
{
    sidle_dir *dir = sidle_dir_open(check_folder);
    const char *said;
    void *log;

    check_write("train.log", "T begun", 7);
    assert_int_equal(sidle_runlog_open(dir, &log), SIDLE_OK);
    sidle_log_set_file(log);
    said = say_without_room(lines, n);
    sidle_log_set_file(NULL);
    fclose(log);
    sidle_dir_close(dir);
    return said;
}

/* There is room for the second line, but not for the note on the first one. */
TEST_IN_FOLDER(a_log_that_is_full_again_at_once_says_so_again)
{
    const char *const lines[] = {"a line that is lost", "ok"};
    const char *said = fill_log(lines, 2);
    size_t size;
    char *text = check_read("train.log", &size);

    assert_non_null(strstr(text, " ok\n"));
    assert_int_equal(count(said, "train.log: cannot be written: "), 2);
    assert_int_equal(count(said, "train.log: writable again, 1 line lost"), 2);
    free(text);
}

TEST_IN_FOLDER(a_log_without_room_says_so_once_and_once_more)
{
    const char *const lines[] = {"a line that is lost", "a line that is lost",
                                 "a line that is lost", "a line that is lost",
                                 "a line that is lost"};
    const char *said = fill_log(lines, 5);
    size_t size;
    char *text;

    assert_int_equal(count(said, "a line that is lost\n"), 5);
    assert_int_equal(count(said, "train.log: cannot be written: "), 1);
    assert_int_equal(count(said, "train.log: writable again, 5 lines lost"), 1);
    text = check_read("train.log", &size);
    assert_int_equal(count(text, "lost"), 1);
    assert_non_null(strstr(text, "T begun\n"));
    assert_non_null(strstr(text, " a line that is kept\n"));
    assert_non_null(strstr(text, " warning: 5 lines lost\n"));
    assert_int_equal(count(text, "\n"), 3);
    free(text);
}

TEST_MAIN
