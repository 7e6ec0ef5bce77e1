/* startup.c - what MPI_Init is spared, and the room for messages in memory. */
#include "mpi/startup.h"

#include "base/launcher.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* btl_vader_segment_size, as it comes with Open MPI 4 */
#define SEGMENT ((double)(4 << 20))

/* The first of the variables that is set, as a number; -1: none. */
static int number_of(const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *text = getenv(*names);

        if (text != NULL)
            return atoi(text);
    }
    return -1;
}

/* ---- room for messages in memory */

static int uses_shared_memory(void)
{
    const char *list = getenv("OMPI_MCA_btl");

    if (list == NULL)
        return 1;
    /* A list names what is used or, behind '^', what is not. */
    return (strstr(list, "vader") != NULL) == (list[0] != '^');
}

static void check_room(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_LOCAL_SIZE",
                                        "SLURM_STEP_TASKS_PER_NODE", NULL};
    static const char *const places[] = {"OMPI_COMM_WORLD_LOCAL_RANK",
                                         "SLURM_LOCALID", NULL};
    const char *folder = getenv("OMPI_MCA_btl_vader_backing_directory");
    int n = number_of(sizes);
    struct statvfs room;
    double there, needed = (double)n * SEGMENT;

    if (folder == NULL)
        folder = "/dev/shm";
    /* One rank of a host speaks for all. */
    if (n < 2 || number_of(places) != 0 || !uses_shared_memory() ||
        statvfs(folder, &room) != 0)
        return;
    there = (double)room.f_bavail * (double)room.f_frsize;
    if (there < needed)
        sidle_warn("%s has %.1f MiB free, and the %d ranks of this host need "
                   "%.0f MiB there for their messages: they will be slow, or "
                   "end with a bus error; free some space (docker run "
                   "--shm-size), or export OMPI_MCA_btl=self,tcp, or name a "
                   "folder with space in OMPI_MCA_btl_vader_backing_directory",
                   folder, there / 1048576.0, n, needed / 1048576.0);
}

/* ---- alone in a step of Slurm */

#define STEP "SLURM_STEP_ID"

static char *hidden_step;

static void hide_step(void)
{
    sidle_launcher by = sidle_launcher_find();
    const char *step = getenv(STEP);

    if (step == NULL || by.speaks_pmix || by.size > 1)
        return;
    hidden_step = strdup(step);
    unsetenv(STEP);
}

static void show_step(void)
{
    if (hidden_step != NULL)
        setenv(STEP, hidden_step, 1);
    free(hidden_step);
    hidden_step = NULL;
}

static pid_t who_starts;

void sidle_startup_begin(void)
{
    check_room();
    hide_step();
    who_starts = getpid();
}

void sidle_startup_end(void)
{
    who_starts = 0;
    show_step();
}

int sidle_startup_is_on(void)
{
    /* MPI_Init may fork: its child is not this process. */
    return who_starts == getpid();
}
