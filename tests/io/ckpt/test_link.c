/* test_link.c - one more name for a checkpoint: a link, or a copy. */
#include "io/folder.h"

#include "io/ckpt.h"

#include <sys/stat.h>

static nlink_t links_of(const char *name)
{
    struct stat info;

    assert_int_equal(lstat(check_path(name), &info), 0);
    return info.st_nlink;
}

TEST_IN_FOLDER(a_name_replaces_what_bore_it)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    check_write("a", "first", 5);
    check_write("b", "second", 6);
    assert_int_equal(symlink("elsewhere", check_path("best.h5")), 0);
    assert_int_equal(sidle_ckpt_link(dir, "a", 0, "best.h5"), SIDLE_OK);
    check_file_is("best.h5", "first");
    assert_int_equal(links_of("a"), 2);
    /* once more, the same: no temporary file stays */
    assert_int_equal(sidle_ckpt_link(dir, "a", 0, "best.h5"), SIDLE_OK);
    assert_int_equal(links_of("a"), 2);
    assert_int_equal(sidle_ckpt_link(dir, check_path("b"), 1, "best.h5"),
                     SIDLE_OK);
    check_file_is("best.h5", "second");
    assert_int_equal(links_of("a"), 1);
    assert_int_not_equal(access(check_path(".best.h5.tmp"), F_OK), 0);
    sidle_dir_close(dir);
}

/* /proc is another file system, and what is in it cannot be linked. */
TEST_IN_FOLDER(what_cannot_be_linked_is_copied)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    assert_int_equal(sidle_ckpt_link(dir, "/proc/self/status", 1, "best.h5"),
                     SIDLE_OK);
    assert_true(check_has("best.h5", "Name:"));
    assert_int_equal(links_of("best.h5"), 1);
    sidle_dir_close(dir);
}

TEST_IN_FOLDER(what_is_not_there_leaves_the_old_one)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    check_write("best.h5", "old", 3);
    assert_int_equal(sidle_ckpt_link(dir, "none", 0, "best.h5"), SIDLE_EIO);
    check_file_is("best.h5", "old");
    assert_int_equal(sidle_ckpt_leave_best(dir), SIDLE_OK);
    check_file_is("left-best.h5", "old");
    assert_int_equal(sidle_ckpt_leave_best(dir), SIDLE_OK);
    check_write(".best.h5.tmp", "x", 1);
    check_write("next-best.h5", "x", 1);
    check_write(".next-best.h5.tmp", "x", 1);
    assert_int_equal(sidle_ckpt_sweep(dir), SIDLE_OK);
    assert_int_not_equal(access(check_path(".best.h5.tmp"), F_OK), 0);
    assert_int_not_equal(access(check_path("next-best.h5"), F_OK), 0);
    assert_int_not_equal(access(check_path(".next-best.h5.tmp"), F_OK), 0);
    sidle_dir_close(dir);
}

TEST_MAIN
