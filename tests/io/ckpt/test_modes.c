/* np: 1 2 3 5 */
/* test_modes.c - who writes does not matter to the file. */
#include "check.h"
#include "io/ckpt/wide.h"
#include "io/scratch.h"

#include "io/ckpt/write.h"
#include "io/digest.h"

static sidle_comm comm;

static const char config[] = "run: {name: wide}\n";
static const sidle_ckpt_info info = {.step = 3, .created = "now"};

/* A folder that all ranks know. */
static scratch shared_new(void)
{
    scratch s = {""};

    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    return s;
}

static void shared_done(const scratch *s)
{
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(s);
}

static void expect_same(const scratch *s, const char *a, const char *b)
{
    sidle_digest x, y;
    int64_t n, m;

    assert_int_equal(sidle_file_digest(scratch_path(s, a), &n, &x), SIDLE_OK);
    assert_int_equal(sidle_file_digest(scratch_path(s, b), &m, &y), SIDLE_OK);
    assert_int_equal(n, m);
    assert_string_equal(x.hex, y.hex);
}

static sidle_status save(const wide *w, const sidle_ckpt_target *target)
{
    return sidle_ckpt_save_to(&comm, target, &info, config, w->arrays,
                              WIDE_ARRAYS);
}

TEST(every_mode_writes_the_same_bytes)
{
    static const char *const names[] = {"independent.h5", "collective.h5",
                                        "funnel.h5"};
    scratch s = shared_new();
    wide w = {0}, alone = {0};

    wide_new(&w, comm.rank, comm.size);
    for (int m = 0; m < 3; m++) {
        sidle_ckpt_times times = {-1, -1, -1, -1};
        sidle_ckpt_target target = {s.folder, names[m], (sidle_ckpt_mode)m,
                                    &times, NULL};

        assert_int_equal(save(&w, &target), SIDLE_OK);
        assert_true(times.write > 0 && times.synchronize > 0 &&
                    times.verify > 0 && times.commit > 0);
    }
    if (comm.rank == 0) {
        wide_new(&alone, 0, 1);
        assert_int_equal(sidle_ckpt_save(NULL, s.folder, "alone.h5", &info,
                                         config, alone.arrays, WIDE_ARRAYS),
                         SIDLE_OK);
        for (int m = 0; m < 3; m++)
            expect_same(&s, "alone.h5", names[m]);
        assert_int_equal(
            sidle_ckpt_verify(scratch_path(&s, "alone.h5"), NULL, NULL),
            SIDLE_OK);
    }
    wide_done(&alone);
    wide_done(&w);
    shared_done(&s);
}

/* The other ranks of a funnel look for no folder: they may have none. */
TEST(only_rank_0_of_a_funnel_sees_the_folder)
{
    scratch s = shared_new();
    sidle_ckpt_target target = {.folder = comm.rank == 0 ? s.folder
                                                         : "/nowhere/at/all",
                                .name = "a.h5",
                                .mode = SIDLE_CKPT_FUNNEL};
    wide w = {0};

    wide_new(&w, comm.rank, comm.size);
    assert_int_equal(save(&w, &target), SIDLE_OK);
    target.mode = SIDLE_CKPT_INDEPENDENT;
    target.name = "b.h5";
    assert_int_equal(save(&w, &target), comm.size > 1 ? SIDLE_EIO : SIDLE_OK);
    if (comm.size > 1)
        assert_non_null(strstr(sidle_fail_text(), "/nowhere/at/all"));
    wide_done(&w);
    if (comm.rank == 0) {
        assert_true(scratch_has(&s, "a.h5"));
        assert_false(scratch_has(&s, ".b.h5.tmp"));
    }
    shared_done(&s);
}

/* A list that HDF5 refuses touches no disk. */
TEST(a_path_below_an_array_is_refused)
{
    scratch s = shared_new();
    int32_t number = 1;
    sidle_array arrays[2] = {{"/a", SIDLE_I32, 1, {1}, NULL, 0, 0, NULL},
                             {"/a/b", SIDLE_I32, 1, {1}, NULL, 0, 0, NULL}};

    if (comm.rank == 0)
        arrays[0].data = arrays[1].data = &number;
    for (int m = 0; m < 3; m++) {
        sidle_ckpt_target target = {s.folder, "a.h5", (sidle_ckpt_mode)m, NULL,
                                    NULL};

        assert_int_equal(
            sidle_ckpt_save_to(&comm, &target, &info, config, arrays, 2),
            SIDLE_EIO);
        assert_non_null(
            strstr(sidle_fail_text(), "cannot make data set '/a/b'"));
        assert_false(scratch_has(&s, ".a.h5.tmp"));
    }
    shared_done(&s);
}

/* Ranks r, r + turns, r + 2 turns ... write in one round. */
TEST(no_round_is_larger_than_it_may_be)
{
    for (int size = 1; size <= 5000; size++) {
        int turns = sidle_write_turns(size);
        int at_once = (size + turns - 1) / turns;

        assert_true(at_once * sidle_write_share(size) <= SIDLE_WRITE_ROUND);
    }
    assert_int_equal(sidle_write_turns(128), 1);
    assert_int_equal(sidle_write_turns(129), 2);
    assert_int_equal(sidle_write_turns(1024), 8);
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    failed = test_all(NULL, NULL);
    sidle_comm_close(&comm);
    return failed;
}
