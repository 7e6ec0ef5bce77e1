/* test_alone.c - one of many that finds itself alone says so, with the cure. */
#include "../check.h"

#include "mpi/comm.h"

#include <stdlib.h>
#include <string.h>

static void test_a_silent_singleton_is_refused(void **state)
{
    sidle_comm comm;

    (void)state;
    unsetenv("OMPI_COMM_WORLD_SIZE");
    setenv("SLURM_STEP_ID", "0", 1);
    setenv("SLURM_NTASKS", "4", 1);
    assert_int_equal(sidle_comm_open(&comm), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "srun started 4 processes"));
    assert_non_null(strstr(sidle_fail_text(), "--mpi=pmix"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_silent_singleton_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
