/* test_share.c - a checkpoint that one rank looked into, read by all. */
/* np: 1 2 4 */
#define _GNU_SOURCE /* memmem */
#include "check.h"
#include "io/ckpt/state.h"
#include "io/scratch.h"

#include <pthread.h>

static const sidle_ckpt_mode modes[2] = {SIDLE_CKPT_INDEPENDENT,
                                         SIDLE_CKPT_FUNNEL};

static sidle_comm comm;
static state saved, got;
static int n_forks; /* of this process */

static void count_a_fork(void)
{
    n_forks++;
}

/* One file of rank 0's folder, open on rank 0 only. */
static scratch begin(sidle_ckpt **ckpt_p)
{
    scratch s = {""};
    sidle_ckpt_info info = state_info();

    *ckpt_p = NULL;
    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    state_new(&saved, 5, comm.rank, comm.size);
    assert_int_equal(sidle_ckpt_save(&comm, s.folder, "a.h5", &info,
                                     STATE_CONFIG, saved.arrays, STATE_ARRAYS),
                     SIDLE_OK);
    n_forks = 0;
    if (comm.rank == 0)
        assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), ckpt_p),
                         SIDLE_OK);
    MPI_Barrier(comm.comm); /* before a rank changes the file */
    return s;
}

static void end(const scratch *s, sidle_ckpt *ckpt)
{
    sidle_ckpt_close(ckpt);
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(s);
}

/* This rank reads what it owns. */
static sidle_status read_own(sidle_ckpt *ckpt)
{
    sidle_array arrays[STATE_ARRAYS];

    memset(got.data, 0, sizeof(got.data));
    for (int i = 0; i < STATE_ARRAYS; i++) {
        arrays[i] = saved.arrays[i];
        if (arrays[i].data != NULL)
            arrays[i].data = got.data[i];
    }
    return sidle_ckpt_read_all(ckpt, &comm, arrays, STATE_ARRAYS);
}

/* An array of some bytes that the last rank owns. */
static const sidle_array *last_ranks(void)
{
    for (int i = 0; i < STATE_ARRAYS; i++)
        if (saved.arrays[i].owner == comm.size - 1 &&
            state_bytes(&saved.arrays[i]) > 0)
            return &saved.arrays[i];
    fail();
    return NULL;
}

TEST(every_rank_reads_its_own_and_one_process_is_started)
{
    for (int m = 0; m < 2; m++) {
        sidle_ckpt *ckpt;
        scratch s = begin(&ckpt);

        assert_int_equal(sidle_ckpt_share(&comm, modes[m], &ckpt), SIDLE_OK);
        assert_string_equal(sidle_ckpt_config(ckpt), STATE_CONFIG);
        assert_string_equal(sidle_ckpt_path(ckpt), scratch_path(&s, "a.h5"));
        assert_int_equal(sidle_ckpt_get_info(ckpt)->step, 7);
        assert_true(sidle_ckpt_has(ckpt, "/model/embed/token"));
        assert_int_equal(read_own(ckpt), SIDLE_OK);
        for (int i = 0; i < STATE_ARRAYS; i++)
            if (saved.arrays[i].data != NULL)
                assert_memory_equal(got.data[i], saved.data[i],
                                    state_bytes(&saved.arrays[i]));
        assert_int_equal(n_forks, comm.rank == 0);
        end(&s, ckpt);
    }
}

TEST(a_funnel_needs_the_file_on_rank_0_only)
{
    for (int m = 0; m < 2; m++) {
        sidle_ckpt *ckpt;
        scratch s = begin(&ckpt);
        sidle_status expected = m == 0 && comm.size > 1 ? SIDLE_EIO : SIDLE_OK;

        if (comm.rank == 0)
            unlink(scratch_path(&s, "a.h5"));
        assert_int_equal(sidle_ckpt_share(&comm, modes[m], &ckpt), expected);
        if (expected == SIDLE_OK)
            assert_int_equal(read_own(ckpt), SIDLE_OK);
        else if (comm.rank > 0)
            assert_non_null(strstr(sidle_fail_text(),
                                   "a.h5': cannot be opened: No such file or "
                                   "directory; where only rank 0 sees the "
                                   "file, set checkpoint.mode=funnel"));
        end(&s, ckpt);
    }
}

TEST(another_file_in_its_place_is_refused)
{
    sidle_ckpt *ckpt;
    scratch s = begin(&ckpt);

    if (comm.rank == 0) {
        unlink(scratch_path(&s, "a.h5"));
        scratch_write(&s, "a.h5", "other", 5);
    }
    assert_int_equal(sidle_ckpt_share(&comm, SIDLE_CKPT_INDEPENDENT, &ckpt),
                     comm.size > 1 ? SIDLE_EIO : SIDLE_OK);
    if (comm.rank > 0)
        assert_non_null(strstr(sidle_fail_text(), "has 5 bytes here, but "));
    end(&s, ckpt);
}

/* One rank meets it; the others get their arrays all the same. */
TEST(an_array_that_is_damaged_is_told_by_the_rank_that_reads_it)
{
    for (int m = 0; m < 2; m++) {
        sidle_ckpt *ckpt;
        scratch s = begin(&ckpt);
        const sidle_array *victim = last_ranks();
        int is_mine = comm.rank == comm.size - 1;
        size_t n, bytes = state_bytes(victim);

        if (is_mine) {
            unsigned char *all = scratch_read(&s, "a.h5", &n), *at;

            at = memmem(all, n, victim->data, bytes);
            assert_non_null(at);
            *at ^= 1;
            scratch_write(&s, "a.h5", all, n);
            free(all);
        }
        MPI_Barrier(comm.comm);
        assert_int_equal(sidle_ckpt_share(&comm, modes[m], &ckpt), SIDLE_OK);
        assert_int_equal(read_own(ckpt), is_mine ? SIDLE_EIO : SIDLE_OK);
        if (is_mine) {
            assert_non_null(strstr(sidle_fail_text(), victim->path));
            assert_non_null(strstr(sidle_fail_text(), "is damaged"));
        }
        end(&s, ckpt);
    }
}

TEST(another_shape_is_told_by_the_rank_that_expects_it)
{
    for (int m = 0; m < 2; m++) {
        sidle_ckpt *ckpt;
        scratch s = begin(&ckpt);
        sidle_array array = *last_ranks();
        int is_wrong = comm.rank == comm.size - 1;

        array.data = got.data[0];
        array.dims[0] += is_wrong;
        assert_int_equal(sidle_ckpt_share(&comm, modes[m], &ckpt), SIDLE_OK);
        assert_int_equal(sidle_ckpt_read_all(ckpt, &comm, &array, 1),
                         is_wrong ? SIDLE_EDATA : SIDLE_OK);
        end(&s, ckpt);
    }
}

/* More than one message takes. */
TEST(a_large_array_comes_in_pieces)
{
    enum { N = 5 << 20 };
    sidle_ckpt_info info = state_info();
    float *all = calloc(N, sizeof(*all)), *found = calloc(N, sizeof(*found));
    sidle_array array = {.path = "/model/large",
                         .type = SIDLE_F32,
                         .n_dims = 1,
                         .dims = {N},
                         .owner = comm.size - 1};
    sidle_ckpt *ckpt = NULL;
    scratch s = {""};

    assert_true(all != NULL && found != NULL);
    for (int i = 0; i < N; i++)
        all[i] = (float)i;
    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    array.data = comm.rank == array.owner ? all : NULL;
    assert_int_equal(sidle_ckpt_save(&comm, s.folder, "a.h5", &info,
                                     STATE_CONFIG, &array, 1),
                     SIDLE_OK);
    if (comm.rank == 0)
        assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), &ckpt),
                         SIDLE_OK);
    assert_int_equal(sidle_ckpt_share(&comm, SIDLE_CKPT_FUNNEL, &ckpt),
                     SIDLE_OK);
    array.data = comm.rank == array.owner ? found : NULL;
    assert_int_equal(sidle_ckpt_read_all(ckpt, &comm, &array, 1), SIDLE_OK);
    if (comm.rank == array.owner)
        assert_memory_equal(found, all, N * sizeof(*all));
    end(&s, ckpt);
    free(found);
    free(all);
}

/* Nobody waits for bytes that do not come. */
TEST(a_file_that_was_cut_off_is_told_by_whoever_reads)
{
    for (int m = 0; m < 2; m++) {
        sidle_ckpt *ckpt;
        scratch s = begin(&ckpt);
        int is_reader;

        assert_int_equal(sidle_ckpt_share(&comm, modes[m], &ckpt), SIDLE_OK);
        MPI_Barrier(comm.comm);
        if (comm.rank == 0)
            assert_int_equal(truncate(scratch_path(&s, "a.h5"), 100), 0);
        MPI_Barrier(comm.comm);
        assert_int_equal(read_own(ckpt), SIDLE_EIO);
        is_reader = m == 0 || comm.rank == 0;
        assert_non_null(
            strstr(sidle_fail_text(), is_reader ? "the file ends at byte"
                                                : "rank 0 cannot read '/"));
        end(&s, ckpt);
    }
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    pthread_atfork(count_a_fork, NULL, NULL);
    failed = test_all(NULL, NULL);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_SUM, comm.comm);
    sidle_comm_close(&comm);
    return failed != 0;
}
