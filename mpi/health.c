/* health.c - what is known of a run's numbers when it is about to be saved. */
#include "mpi/health.h"

#include "mpi/on_nan.h"
#include "mpi/state.h"

#include "math/vector.h"

#include <inttypes.h>
#include <string.h>

sidle_health sidle_runner_health(sidle_runner *runner)
{
    int mine[2] = {0, 0};

    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        mine[0] |= s->is_last_bad || s->bad_in_a_row > 0;
        mine[1] |= s->has_good;
        s->has_good = 0;
    }
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, mine, 2, MPI_INT, MPI_MAX,
                            runner->comm.comm));
    return (sidle_health){.is_ailing = mine[0], .is_plausible = mine[1]};
}

static int is_of_weights(const char *path)
{
    return strncmp(path, "/pipeline/", 10) != 0 ||
           strstr(path, "/weights_") != NULL ||
           strstr(path, "/predicted") != NULL;
}

void sidle_runner_check_state(sidle_runner *runner)
{
    sidle_array *entries;
    int n;

    sidle_runner_state(runner, &entries, &n);
    for (int i = 0; i < n; i++) {
        const sidle_array *entry = &entries[i];

        /* With run.on_nan=skip a gradient may be bad until its update is
         * skipped; weights may never be. */
        if (entry->type != SIDLE_F32 || entry->data == NULL ||
            (runner->config.skips_bad && !is_of_weights(entry->path)) ||
            sidle_all_finite((ptrdiff_t)sidle_array_count(entry), entry->data))
            continue;
        SIDLE_DIE(SIDLE_EINTERNAL,
                  "item %" PRId64 ": %s is not finite and is not saved; the "
                  "run ends; " SIDLE_NAN_CURE,
                  sidle_runner_item(runner), entry->path);
    }
}
