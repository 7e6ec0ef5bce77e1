/* startup_check.c - what MPI_Init would not survive, looked for before it. */
#include "mpi/startup.h"

#include "base/launcher.h"

#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- processes that cannot find each other */

#ifdef OPEN_MPI
static sidle_status check_company(void)
{
    sidle_launcher by = sidle_launcher_find();

    if (by.speaks_pmix || by.size == 1)
        return SIDLE_OK;
    if (strcmp(by.name, "srun") == 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "srun started %d processes, but without PMIx they "
                          "cannot find each other; start them with srun "
                          "--mpi=pmix (srun --mpi=list lists what it has), "
                          "or with mpirun",
                          by.size);
    return sidle_fail(SIDLE_EUSAGE,
                      "%s (%s is set) started several processes, but without "
                      "PMIx they cannot find each other; start them with the "
                      "mpirun of the Open MPI that sidle was built with, or "
                      "with srun --mpi=pmix; if each is a separate run, "
                      "unset %s",
                      by.name, by.variable, by.variable);
}
#else
static sidle_status check_company(void)
{
    return SIDLE_OK;
}
#endif

/* ---- a folder for MPI's files */

#define ROOM ((double)(12 << 20)) /* of Open MPI 4, for one process */

/* As Open MPI looks for it. */
static const char *find_folder(const char **variable)
{
    static const char *const names[] = {"OMPI_MCA_orte_tmpdir_base", "TMPDIR",
                                        "TEMP", "TMP"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        *variable = names[i];
        if (getenv(names[i]) != NULL)
            return getenv(names[i]);
    }
    *variable = "TMPDIR, which is not set";
    return "/tmp";
}

/* What is not there is made, if the last part that is there takes it. */
static void cut_to_what_is_there(char *path)
{
    char *slash;

    while (access(path, F_OK) != 0 && errno == ENOENT &&
           (slash = strrchr(path, '/')) != NULL && slash > path)
        *slash = '\0';
}

static sidle_status check_folder(void)
{
    const char *variable, *folder = find_folder(&variable);
    char there[4096], trial[4200];
    struct statvfs room = {0};
    double left;

    snprintf(there, sizeof(there), "%s", folder[0] != '\0' ? folder : "/");
    cut_to_what_is_there(there);
    snprintf(trial, sizeof(trial), "%s/sidle-XXXXXX", there);
    if (mkdtemp(trial) == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "MPI cannot start: it needs a folder for its "
                          "files, but none can be created in \"%s\" (%s): "
                          "%s; set TMPDIR to a writable folder",
                          folder, variable, strerror(errno));
    rmdir(trial);
    /* Not known: MPI itself will tell. */
    if (statvfs(there, &room) != 0)
        return SIDLE_OK;
    left = (double)room.f_bavail * (double)room.f_frsize;
    if (left >= ROOM)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EINTERNAL,
        "MPI cannot start: \"%s\" (%s) has %.1f MiB free, but its files need "
        "%.0f MiB; free some space, or set TMPDIR to a folder with more",
        folder, variable, left / 1048576.0, ROOM / 1048576.0);
}

sidle_status sidle_startup_check(void)
{
    SIDLE_TRY(check_company());
    /* A launcher has made one for its ranks. */
    return sidle_launcher_find().speaks_pmix ? SIDLE_OK : check_folder();
}
