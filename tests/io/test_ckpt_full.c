/* np: 2 4 */
/* test_ckpt_full.c - a disk that fills up in the middle of a save, on a file
 * system that keeps no space beforehand: io/space.h is replaced here. */
#include "check.h"
#include "io/scratch.h"
#include "io/state.h"

#include "io/space.h"

#include <signal.h>
#include <sys/resource.h>

static sidle_comm comm;
static state saved;

sidle_status sidle_space_check(const char *folder, int64_t bytes)
{
    (void)folder;
    (void)bytes;
    return SIDLE_OK;
}

sidle_status sidle_space_keep(int fd, int64_t bytes)
{
    (void)fd;
    (void)bytes;
    return SIDLE_OK;
}

sidle_status sidle_space_trim(int fd)
{
    (void)fd;
    return SIDLE_OK;
}

static sidle_status save_as(const scratch *s)
{
    sidle_ckpt_info info = state_info();

    return sidle_ckpt_save(&comm, s->folder, "a.h5", &info, STATE_CONFIG,
                           saved.arrays, STATE_ARRAYS);
}

/* The biggest array is the last rank's, and beyond what that rank may write. */
static void give_to_last_rank(sidle_array *a, void *data)
{
    a->owner = comm.size - 1;
    a->data = comm.rank == a->owner ? data : NULL;
}

static void test_a_write_that_fails_on_one_rank_harms_nothing(void **context)
{
    scratch s = {""};
    struct rlimit before, small;
    int n = 0;
    int64_t bytes = 0;

    (void)context;
    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    state_new(&saved, 21, comm.rank, comm.size);
    give_to_last_rank(&saved.arrays[5], saved.data[5]);
    assert_int_equal(save_as(&s), SIDLE_OK);

    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    if (comm.rank == comm.size - 1)
        small.rlim_cur = 200000;
    for (int i = 0; i < 2; i++) {
        setrlimit(RLIMIT_FSIZE, &small);
        assert_int_equal(save_as(&s), SIDLE_EIO);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_non_null(strstr(sidle_fail_text(), "cannot write data set"));
        assert_non_null(strstr(sidle_fail_text(), "File too large"));
        assert_false(scratch_has(&s, ".a.h5.tmp"));
        assert_int_equal(
            sidle_ckpt_verify(scratch_path(&s, "a.h5"), &n, &bytes), SIDLE_OK);
        MPI_Barrier(comm.comm);
    }
    assert_int_equal(save_as(&s), SIDLE_OK);
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_write_that_fails_on_one_rank_harms_nothing),
    };
    int failed;

    signal(SIGXFSZ, SIG_IGN);
    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sidle_comm_close(&comm);
    return failed;
}
