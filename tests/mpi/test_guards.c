/* test_guards.c - seats that do not fit are told with the cure, others are not.
 */
#include "said.h"

#include "mpi/guards.h"

#include <stdlib.h>

/* A rank on a machine, one thread, with cores first..last; it yields. */
static sidle_seat seat(const char *machine, int first, int last)
{
    sidle_seat s = {.n_threads = 1, .has_yield = 1};

    snprintf(s.machine, sizeof(s.machine), "%s", machine);
    snprintf(s.host, sizeof(s.host), "host-%s", machine);
    for (int core = first; core <= last; core++) {
        s.may_use[core / 8] |= (unsigned char)(1u << core % 8);
        s.n_cores++;
    }
    return s;
}

static const char *words_about(const sidle_seat *seats, int n)
{
    static said s;

    said_begin(&s);
    sidle_seats_check(seats, n);
    said_end(&s);
    return s.text;
}

TEST(ranks_that_fit_are_not_spoken_of)
{
    sidle_seat seats[4] = {seat("a", 0, 1), seat("b", 0, 1), seat("a", 0, 1),
                           seat("b", 0, 1)};

    for (int r = 0; r < 4; r++)
        seats[r].has_yield = 0;
    assert_string_equal(words_about(seats, 4), "");
    seats[0].n_threads = 2;
    assert_string_equal(words_about(seats, 4), "");
    /* more ranks than cores are welcome if they yield */
    for (int r = 0; r < 4; r++)
        seats[r] = seat("a", 0, 1);
    assert_string_equal(words_about(seats, 4), "");
    /* bound each to a core of its own, or of another machine */
    seats[0] = seat("a", 7, 7);
    seats[1] = seat("a", 8, 8);
    seats[2] = seat("b", 7, 7);
    seats[3] = seat("c", 8, 8);
    assert_string_equal(words_about(seats, 4), "");
}

TEST(hosts_and_cores_of_a_run_are_counted)
{
    sidle_seat seats[4] = {seat("a", 0, 1), seat("b", 0, 0), seat("a", 0, 1),
                           seat("b", 0, 0)};
    sidle_company company;

    sidle_seats_company(seats, 4, &company);
    assert_string_equal(company.hosts, "host-a (2 ranks), host-b (2 ranks)");
    assert_int_equal(company.n_hosts, 2);
    assert_int_equal(company.n_cores, 3); /* two share one core of b */
    sidle_seats_company(seats, 2, &company);
    assert_string_equal(company.hosts, "host-a (1 rank), host-b (1 rank)");
    sidle_seats_company(seats, 1, &company);
    assert_string_equal(company.hosts, "host-a");
    assert_int_equal(company.n_cores, 1);
}

TEST(more_ranks_than_cores_that_do_not_yield)
{
    sidle_seat seats[4] = {seat("b", 0, 7), seat("a", 9, 9), seat("a", 9, 10),
                           seat("a", 10, 10)};
    const char *words;

    seats[0].has_yield = seats[2].has_yield = 0;
    words = words_about(seats, 4);
    assert_non_null(strstr(words, "3 ranks share 2 cores of host host-a"));
    assert_non_null(strstr(words, "OMPI_MCA_mpi_yield_when_idle=1"));
    assert_null(strstr(words, "bound"));
    assert_null(strstr(words, "host-b"));
    /* a machine that does not tell its cores is not blamed */
    seats[3].n_cores = 0;
    assert_string_equal(words_about(seats, 4), "");
}

TEST(two_ranks_bound_to_one_core)
{
    sidle_seat seats[4] = {seat("a", 0, 0), seat("b", 13, 13),
                           seat("a", 13, 13), seat("b", 13, 13)};
    const char *words = words_about(seats, 4);

    assert_non_null(strstr(
        words, "ranks 1 and 3 are both bound to core 13 of host host-b"));
    assert_non_null(strstr(words, "--bind-to none"));
    assert_null(strstr(words, "host-a"));
}

TEST(more_threads_than_cores)
{
    sidle_seat seats[2] = {seat("a", 0, 3), seat("a", 2, 3)};
    const char *words;

    seats[0].n_threads = seats[1].n_threads = 4;
    words = words_about(seats, 2);
    assert_non_null(
        strstr(words, "rank 1 on host host-a computes with 4 threads and may "
                      "run on 2 cores; set BLIS_NUM_THREADS=2"));
    assert_non_null(strstr(words, "--cpus-per-task=4"));
}

/* What is said of a build of n threads where the environment is as given. */
static const char *words_about_environment(int n, const char *blis,
                                           const char *omp, const char *slurm)
{
    static const char *const names[] = {"BLIS_NUM_THREADS", "OMP_NUM_THREADS",
                                        "SLURM_CPUS_PER_TASK"};
    const char *values[] = {blis, omp, slurm};
    static said s;

    for (int i = 0; i < 3; i++) {
        unsetenv(names[i]);
        if (values[i] != NULL)
            setenv(names[i], values[i], 1);
    }
    said_begin(&s);
    sidle_threads_check(n);
    said_end(&s);
    return s.text;
}

TEST(threads_that_nothing_will_use)
{
    const char *words;

    words = words_about_environment(1, "4", NULL, NULL);
    assert_non_null(strstr(words, "BLIS_NUM_THREADS is 4, but this build "
                                  "computes with 1 thread a rank"));
    words = words_about_environment(1, NULL, "8", "2");
    assert_non_null(strstr(words, "OMP_NUM_THREADS is 8"));
    assert_null(strstr(words, "SLURM"));
    words = words_about_environment(1, "1", "8", "2");
    assert_non_null(strstr(words, "SLURM_CPUS_PER_TASK is 2"));
    assert_null(strstr(words, "OMP"));
    assert_string_equal(words_about_environment(1, "1", "8", NULL), "");
    assert_string_equal(words_about_environment(1, "all", NULL, "1"), "");
    assert_string_equal(words_about_environment(8, NULL, "8", "8"), "");
}

/* The truth of this process: asked of the system, BLIS and Open MPI. */
TEST(the_seat_of_this_rank)
{
    sidle_seat mine;
    int n_cores = 0;

    sidle_seat_take(&ranks, &mine);
    for (int core = 0; core < SIDLE_SEAT_CORES; core++)
        n_cores += sidle_seat_has_core(&mine, core);
    assert_true(mine.n_cores >= 1 && mine.n_cores == n_cores);
    assert_int_equal(mine.n_threads, 1);
    assert_int_equal(mine.has_yield, 0);
    assert_string_equal(mine.host, ranks.host);
    assert_true(mine.machine[0] != '\0');
}

int main(void)
{
    int n_failed;

    setenv("OMPI_MCA_mpi_yield_when_idle", "0", 1);
    setenv("BLIS_NUM_THREADS", "1", 1);
    if (sidle_comm_open(&ranks) != SIDLE_OK)
        return 1;
    n_failed = test_all(NULL, NULL);
    sidle_comm_close(&ranks);
    return n_failed != 0;
}
