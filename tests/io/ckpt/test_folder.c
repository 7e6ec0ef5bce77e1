/* test_folder.c - latest.h5, leftovers, the newest, and what is pruned. */
#include "check.h"
#include "io/scratch.h"

#include "io/ckpt.h"

static void touch(const scratch *s, const char *name)
{
    scratch_write(s, name, "x", 1);
}

/* Calls on a folder that is held for that long only. */
#define HELD(name, parameters, ...)                                            \
    static sidle_status name parameters                                        \
    {                                                                          \
        sidle_dir *dir = sidle_dir_open(path);                                 \
        sidle_status status = sidle_ckpt_##name(__VA_ARGS__);                  \
                                                                               \
        sidle_dir_close(dir);                                                  \
        return status;                                                         \
    }

HELD(point_latest, (const char *path, const char *name), dir, name)
HELD(sweep, (const char *path), dir)
HELD(leave, (const char *path, int64_t from, int64_t to, int64_t spared), dir,
     from, to, spared)
HELD(leave_end, (const char *path), dir)
HELD(prune,
     (const char *path, int64_t step, int64_t from, int64_t to, int64_t keep,
      int64_t keep_every),
     dir, step, from, to, keep, keep_every)

static void assert_latest(const scratch *s, const char *expected)
{
    char target[64] = "";

    assert_true(readlink(scratch_path(s, "latest.h5"), target, 63) > 0);
    assert_string_equal(target, expected);
}

TEST(latest_is_a_relative_link_that_moves)
{
    scratch s = scratch_new();

    touch(&s, ".latest.h5.tmp"); /* a killed run's */
    assert_int_equal(point_latest(s.folder, "step-00000001.h5"), SIDLE_OK);
    assert_latest(&s, "step-00000001.h5");
    assert_int_equal(point_latest(s.folder, "step-00000002.h5"), SIDLE_OK);
    assert_latest(&s, "step-00000002.h5");
    assert_false(scratch_has(&s, ".latest.h5.tmp"));
    scratch_done(&s);
    assert_int_equal(point_latest(s.folder, "step-00000002.h5"), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "No such file"));
}

TEST(only_our_leftovers_are_swept)
{
    static const char *const ours[] = {".step-00000500.h5.tmp", ".final.h5.tmp",
                                       ".latest.h5.tmp"};
    static const char *const others[] = {"step-00000500.h5",
                                         "final.h5",
                                         ".step-500.h5.tmp",
                                         ".notes.tmp",
                                         "step-00000500.tmp",
                                         ".step-00000500.h5",
                                         ".tmp",
                                         ".step-00000500.h5.tmp.old"};
    scratch s = scratch_new();

    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        touch(&s, ours[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        touch(&s, others[i]);
    assert_int_equal(sweep(s.folder), SIDLE_OK);
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        assert_false(scratch_has(&s, ours[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_true(scratch_has(&s, others[i]));
    assert_int_equal(mkdir(scratch_path(&s, ".final.h5.tmp"), 0777), 0);
    assert_int_equal(sweep(s.folder), SIDLE_EIO);
    scratch_done(&s);
    assert_int_equal(sweep(s.folder), SIDLE_EIO);
}

TEST(steps_are_listed_newest_first)
{
    static const char *const names[] = {"step-00000500.h5",
                                        "step-00001000.h5",
                                        "step-00000007.h5",
                                        "step-123456789.h5",
                                        "step-0000007.h5",
                                        "step-000000070.h5",
                                        "step-00000008.h5.tmp",
                                        "step--0000008.h5",
                                        "final.h5",
                                        "latest.h5",
                                        "step-00000009x.h5"};
    static const int64_t steps[] = {123456789, 1000, 500, 7};
    scratch s = scratch_new();
    sidle_ckpt_name *found = NULL;
    int n = -1;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        touch(&s, names[i]);
    assert_int_equal(sidle_ckpt_newest(s.folder, &found, &n), SIDLE_OK);
    assert_int_equal(n, 4);
    for (int i = 0; i < n; i++)
        assert_int_equal(found[i].step, steps[i]);
    assert_string_equal(found[0].name, "step-123456789.h5");
    assert_string_equal(found[3].name, "step-00000007.h5");
    free(found);
    scratch_done(&s);

    assert_int_equal(sidle_ckpt_newest(s.folder, &found, &n), SIDLE_OK);
    assert_int_equal(n, 0);
    assert_null(found);
    assert_int_equal(sidle_ckpt_newest("/dev/null", &found, &n), SIDLE_EIO);
}

/* Steps 100, 200 .. 900 with latest.h5 at 300, kept as asked. */
static void prune_sparing(int64_t spared, int64_t up_to, int64_t keep,
                          int64_t keep_every, const char *kept)
{
    scratch s = scratch_new();
    sidle_ckpt_name name;

    for (int64_t step = 100; step < 1000; step += 100) {
        sidle_ckpt_step_name(step, &name);
        touch(&s, name.name);
    }
    touch(&s, "final.h5");
    assert_int_equal(point_latest(s.folder, "step-00000300.h5"), SIDLE_OK);
    assert_int_equal(prune(s.folder, up_to, spared, spared, keep, keep_every),
                     SIDLE_OK);
    for (int64_t step = 100; step < 1000; step += 100) {
        int is_kept = strchr(kept, '0' + (int)(step / 100)) != NULL;

        sidle_ckpt_step_name(step, &name);
        assert_int_equal(scratch_has(&s, name.name), is_kept);
    }
    assert_true(scratch_has(&s, "final.h5"));
    assert_latest(&s, "step-00000300.h5");
    scratch_done(&s);
}

static void prune_and_expect(int64_t up_to, int64_t keep, int64_t keep_every,
                             const char *kept)
{
    prune_sparing(-1, up_to, keep, keep_every, kept);
}

TEST(pruning_keeps_the_newest_and_every_so_many)
{
    prune_and_expect(900, 3, 0, "3789");
    prune_and_expect(900, 3, 400, "34789");
    prune_and_expect(900, 0, 0, "3");
    prune_and_expect(900, 20, 0, "123456789");
}

/* The sum with the later files may not overflow, nor lose its upper half. */
TEST(pruning_takes_a_huge_number_to_keep_all)
{
    static const int64_t huge[] = {INT32_MAX, (int64_t)INT32_MAX + 1,
                                   (int64_t)1 << 32, 1000000000000000,
                                   INT64_MAX};

    for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
        prune_and_expect(900, huge[i], 0, "123456789");
        prune_and_expect(700, huge[i], 0, "123456789");
    }
}

/* The last one that is known to be good. */
TEST(pruning_spares_one)
{
    prune_sparing(500, 900, 2, 0, "3589");
    prune_sparing(900, 900, 1, 0, "39");
}

/* Files that a resume passed over are later ones: they take no place of good
 * ones, and stay. */
TEST(pruning_neither_counts_nor_removes_later_steps)
{
    prune_and_expect(700, 2, 0, "36789");
    prune_and_expect(750, 1, 200, "2346789");
    prune_and_expect(50, 1, 0, "123456789");
}

TEST(pruning_spares_a_range)
{
    scratch s = scratch_new();
    sidle_ckpt_name name;

    for (int64_t step = 100; step <= 500; step += 100) {
        sidle_ckpt_step_name(step, &name);
        touch(&s, name.name);
    }
    assert_int_equal(prune(s.folder, 500, 0, 200, 1, 0), SIDLE_OK);
    assert_true(scratch_has(&s, "step-00000100.h5"));
    assert_true(scratch_has(&s, "step-00000200.h5"));
    assert_false(scratch_has(&s, "step-00000300.h5"));
    assert_false(scratch_has(&s, "step-00000400.h5"));
    assert_true(scratch_has(&s, "step-00000500.h5"));
    scratch_done(&s);
}

TEST(what_a_branch_leaves_is_renamed)
{
    scratch s = scratch_new();

    touch(&s, "step-00000100.h5");
    touch(&s, "step-00000200.h5");
    touch(&s, "step-00000300.h5");
    touch(&s, "step-00000400.h5");
    touch(&s, "left-00000300.h5");
    touch(&s, "final.h5");
    assert_int_equal(leave(s.folder, 101, INT64_MAX, 400), SIDLE_OK);
    assert_true(scratch_has(&s, "step-00000100.h5"));
    assert_false(scratch_has(&s, "step-00000200.h5"));
    assert_false(scratch_has(&s, "step-00000300.h5"));
    assert_true(scratch_has(&s, "left-00000200.h5"));
    assert_true(scratch_has(&s, "left-00000300.h5"));
    assert_true(scratch_has(&s, "left-00000300-2.h5"));
    assert_true(scratch_has(&s, "step-00000400.h5"));
    assert_true(scratch_has(&s, "final.h5"));
    assert_int_equal(leave_end(s.folder), SIDLE_OK);
    assert_int_equal(leave_end(s.folder), SIDLE_OK);
    assert_false(scratch_has(&s, "final.h5"));
    assert_true(scratch_has(&s, "left-final.h5"));
    scratch_done(&s);
    assert_int_equal(leave("/dev/null", 100, 200, -1), SIDLE_EIO);
    assert_int_equal(leave_end("/dev/null"), SIDLE_EIO);
}

TEST_MAIN
