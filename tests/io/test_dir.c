/* test_dir.c - a folder that is held: its files, and the folder moved, replaced
 * and removed meanwhile. */
#include "io/folder.h"

#include "io/dir.h"
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const int flags[] = {O_RDONLY, O_RDWR | O_CREAT, O_WRONLY | O_CREAT};

static void expect_refused(const sidle_dir *dir, const char *name,
                           const char *words)
{
    int fd;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(sidle_dir_file(dir, name, flags[i], &fd), SIDLE_EIO);
        if (strstr(sidle_fail_text(), words) == NULL)
            fail_msg("'%s' answers '%s'", name, sidle_fail_text());
        assert_int_equal(fd, -1);
    }
}

/* None of them hangs, and none is followed. */
TEST_IN_FOLDER(only_regular_files_are_opened)
{
    sidle_dir *dir = sidle_dir_open(check_folder);
    int fd;

    check_write("victim", "precious", 8);
    assert_int_equal(symlink("victim", check_path("link")), 0);
    assert_int_equal(symlink("nowhere", check_path("dangling")), 0);
    assert_int_equal(symlink("/dev/tty", check_path("tty")), 0);
    assert_int_equal(mkfifo(check_path("pipe"), 0666), 0);
    assert_int_equal(mkdir(check_path("folder"), 0777), 0);
    expect_refused(dir, "link", "is a link to 'victim'");
    expect_refused(dir, "dangling", "is a link to 'nowhere'");
    expect_refused(dir, "tty", "is a link to '/dev/tty'");
    expect_refused(dir, "pipe", "is a pipe, expected a regular file");
    expect_refused(dir, "folder", "is a folder, expected a regular file");
    assert_int_equal(sidle_dir_file(dir, "missing", O_RDONLY, &fd), SIDLE_OK);
    assert_int_equal(fd, -1);
    assert_int_equal(access(check_path("nowhere"), F_OK), -1);
    check_file_is("victim", "precious");
    sidle_dir_close(dir);
}

/* A new file takes the name, and what bore it is gone or as it was. */
TEST_IN_FOLDER(a_new_file_is_in_the_place_of_a_link)
{
    const char *const names[] = {"link", "hard", "pipe"};
    sidle_dir *dir = sidle_dir_open(check_folder);
    struct stat info;
    int fd;

    check_write("victim", "precious", 8);
    assert_int_equal(symlink("victim", check_path("link")), 0);
    assert_int_equal(mkfifo(check_path("pipe"), 0666), 0);
    for (int i = 0; i < 3; i++) {
        if (i == 1) {
            char from[PATH_MAX];

            snprintf(from, sizeof(from), "%s", check_path("victim"));
            assert_int_equal(link(from, check_path("hard")), 0);
        }
        assert_int_equal(
            sidle_dir_file(dir, names[i], O_WRONLY | O_CREAT | O_EXCL, &fd),
            SIDLE_OK);
        assert_int_equal(write(fd, "new", 3), 3);
        close(fd);
        assert_int_equal(lstat(check_path(names[i]), &info), 0);
        assert_true(S_ISREG(info.st_mode) && info.st_size == 3);
    }
    assert_int_equal(symlink("victim", check_path("config")), 0);
    assert_int_equal(symlink("victim", check_path(".config.tmp")), 0);
    assert_int_equal(sidle_replace_file(dir, "config", "x", 1), SIDLE_OK);
    check_file_is("config", "x");
    check_file_is("victim", "precious");
    sidle_dir_close(dir);
}

TEST_IN_FOLDER(files_follow_the_folder_that_is_held)
{
    char was[PATH_MAX], now[PATH_MAX];
    sidle_dir *dir;

    snprintf(was, sizeof(was), "%s", check_path("run"));
    snprintf(now, sizeof(now), "%s", check_path("moved"));
    assert_int_equal(mkdir(was, 0777), 0);
    dir = sidle_dir_open(was);
    assert_false(sidle_dir_has_moved(dir));
    assert_int_equal(rename(was, now), 0);
    assert_int_equal(mkdir(was, 0777), 0); /* another run's */
    check_write("run/a", "theirs", 6);
    assert_int_equal(sidle_replace_file(dir, "a", "ours", 4), SIDLE_OK);
    check_file_is("run/a", "theirs");
    check_file_is("moved/a", "ours");
    assert_true(sidle_dir_has_moved(dir));
    assert_non_null(strstr(dir->path, "/moved"));
    assert_false(sidle_dir_has_moved(dir)); /* told once */
    assert_int_equal(sidle_dir_remove(dir, "a"), SIDLE_OK);
    check_file_is("run/a", "theirs");
    assert_false(sidle_dir_is_gone(dir));
    assert_int_equal(rmdir(now), 0);
    assert_true(sidle_dir_is_gone(dir));
    assert_int_equal(sidle_replace_file(dir, "a", "ours", 4), SIDLE_EIO);
    check_file_is("run/a", "theirs");
    sidle_dir_close(dir);
}

TEST_MAIN
