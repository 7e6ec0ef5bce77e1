/* test_ckpt_link.c - one more name for a checkpoint: a link, or a copy. */
#include "io/folder.h"

#include "io/ckpt.h"

#include <sys/stat.h>

static nlink_t links_of(const char *name)
{
    struct stat info;

    assert_int_equal(lstat(check_path(name), &info), 0);
    return info.st_nlink;
}

static void test_a_name_replaces_what_bore_it(void **state)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    (void)state;
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
static void test_what_cannot_be_linked_is_copied(void **state)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    (void)state;
    assert_int_equal(sidle_ckpt_link(dir, "/proc/self/status", 1, "best.h5"),
                     SIDLE_OK);
    assert_true(check_has("best.h5", "Name:"));
    assert_int_equal(links_of("best.h5"), 1);
    sidle_dir_close(dir);
}

static void test_what_is_not_there_leaves_the_old_one(void **state)
{
    sidle_dir *dir = sidle_dir_open(check_folder);

    (void)state;
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

#define FRESH(test)                                                            \
    cmocka_unit_test_setup_teardown(test, check_folder_make,                   \
                                    check_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_a_name_replaces_what_bore_it),
        FRESH(test_what_cannot_be_linked_is_copied),
        FRESH(test_what_is_not_there_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
