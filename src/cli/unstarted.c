/* unstarted.c - how a command ends where MPI does not start.
 *
 * Open MPI says what it lacks, and ends the process itself with 1, which is
 * none of ours; MPI_Init returns no error, and no hook of exit() is called. */
#include "base/log.h"
#include "cli/command.h"
#include "mpi/startup.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the place of the C library's for the libraries, too. */
void _exit(int code)
{
    static const char words[] =
        "sidle: internal error: MPI did not start; the messages of Open MPI "
        "above tell why. It needs a writable folder with free space "
        "(TMPDIR), its own programs (orted) in PATH, and values of "
        "OMPI_MCA_* that name existing components\n";

    if (sidle_startup_is_on() && code < SIDLE_EUSAGE) {
        ssize_t n = write(STDERR_FILENO, words, sizeof(words) - 1);

        (void)n;
        code = SIDLE_EINTERNAL;
    }
    for (;;)
        syscall(SYS_exit_group, code);
}

sidle_status sidle_end_unstarted(sidle_status status)
{
    sidle_launcher by = sidle_launcher_find();

    if (status == SIDLE_EUSAGE && by.rank > 0 && !by.is_guess)
        return status;
    return sidle_fail_print(status);
}
