/* np: 2 3 */
/* timeout: 120 */
/* test_full.c - files that may not grow any more in the middle of a save,
 * on a file system that keeps no space beforehand: io/space.h is replaced here.
 */
#include "check.h"
#include "io/ckpt/wide.h"
#include "io/scratch.h"

#include "base/clock.h"
#include "io/space.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

static sidle_comm comm;
static wide saved;
static scratch shared;

sidle_status sidle_space_check(const sidle_dir *folder, int64_t bytes)
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

static sidle_status save(const scratch *s, sidle_ckpt_mode mode)
{
    sidle_ckpt_info info = {.step = 1, .created = "now"};
    sidle_ckpt_target target = {s->folder, "a.h5", mode, NULL, NULL};

    return sidle_ckpt_save_to(&comm, &target, &info, "run: {}\n", saved.arrays,
                              WIDE_ARRAYS);
}

/* ---- the limit of this process: none, or from a moment on */

static struct rlimit unlimited, limited;

static void limit(int signal)
{
    (void)signal;
    setrlimit(RLIMIT_FSIZE, &limited);
}

static void limit_in(double seconds)
{
    struct itimerval when = {
        .it_value = {(time_t)seconds, (suseconds_t)(1e6 * seconds) % 1000000}};

    setitimer(ITIMER_REAL, &when, NULL);
}

static void unlimit(void)
{
    limit_in(0.0);
    setrlimit(RLIMIT_FSIZE, &unlimited);
}

/* ---- what must hold after a save, however it ended */

static void expect_unharmed(const scratch *s, sidle_status status)
{
    int worst = (int)status, best = (int)status;

    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, comm.comm);
    MPI_Allreduce(MPI_IN_PLACE, &best, 1, MPI_INT, MPI_MIN, comm.comm);
    assert_int_equal(worst, best);
    assert_true(status == SIDLE_OK || status == SIDLE_EIO);
    if (status == SIDLE_EIO)
        assert_non_null(strstr(sidle_fail_text(), "File too large"));
    assert_false(scratch_has(s, ".a.h5.tmp"));
    if (comm.rank == 0)
        assert_int_equal(sidle_ckpt_verify(scratch_path(s, "a.h5"), NULL, NULL),
                         SIDLE_OK);
    MPI_Barrier(comm.comm);
}

static const char *const words[] = {"independent", "collective", "funnel"};

/* One rank may not write so far as its arrays lie. A rank that does not write
 * does not meet it; in a collective call that may be any but one. */
TEST(a_write_that_fails_on_one_rank_harms_nothing)
{
    scratch *s = &shared;
    int last = comm.size > 1 ? 1 : 0;

    for (int mode = 0; mode < 3; mode++)
        for (int who = 0; who <= last; who++) {
            sidle_status status;

            limited.rlim_cur = who == 0 ? 200000 : 20000000;
            if (comm.rank == who)
                limit(0);
            status = save(s, (sidle_ckpt_mode)mode);
            unlimit();
            if (who == 0)
                assert_int_equal(status, SIDLE_EIO);
            else if (mode == SIDLE_CKPT_FUNNEL)
                assert_int_equal(status, SIDLE_OK);
            else if (mode == SIDLE_CKPT_INDEPENDENT)
                assert_int_equal(status, SIDLE_EIO);
            if (status == SIDLE_EIO && mode != SIDLE_CKPT_COLLECTIVE)
                assert_non_null(strstr(sidle_fail_text(), "/.a.h5.tmp'"));
            expect_unharmed(s, status);
        }
    assert_int_equal(save(s, SIDLE_CKPT_INDEPENDENT), SIDLE_OK);
}

/* No rank may write any more from a moment on, each time a later one. */
TEST(a_limit_that_comes_in_the_middle_harms_nothing)
{
    enum { MOMENTS = 4 };
    scratch *s = &shared;

    limited.rlim_cur = 0;
    for (int mode = 0; mode < 3; mode++) {
        double from = sidle_now(), seconds;
        int failed = 0;

        assert_int_equal(save(s, (sidle_ckpt_mode)mode), SIDLE_OK);
        seconds = sidle_now() - from;
        MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, comm.comm);
        for (int i = 0; i < MOMENTS; i++) {
            sidle_status status;

            MPI_Barrier(comm.comm);
            limit_in(1e-5 + seconds * i / MOMENTS);
            status = save(s, (sidle_ckpt_mode)mode);
            unlimit();
            failed += status != SIDLE_OK;
            expect_unharmed(s, status);
        }
        if (comm.rank == 0)
            print_message("%s: %d of %d failed\n", words[mode], failed,
                          MOMENTS);
        assert_true(failed > 0);
        assert_int_equal(save(s, (sidle_ckpt_mode)mode), SIDLE_OK);
    }
}

static int begin(void **context)
{
    (void)context;
    if (comm.rank == 0)
        shared = scratch_new();
    MPI_Bcast(&shared, (int)sizeof(shared), MPI_BYTE, 0, comm.comm);
    wide_new(&saved, comm.rank, comm.size);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limited = unlimited;
    return save(&shared, SIDLE_CKPT_INDEPENDENT) != SIDLE_OK;
}

static int end(void **context)
{
    (void)context;
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(&shared);
    wide_done(&saved);
    return 0;
}

int main(void)
{
    int failed;

    signal(SIGXFSZ, SIG_IGN);
    signal(SIGALRM, limit);
    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    failed = test_all(begin, end);
    sidle_comm_close(&comm);
    return failed;
}
