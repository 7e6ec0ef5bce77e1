/* command.c - parsing a command's words, and the one way to end it. */
#include "cli/command.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sidle_launcher_rank(void)
{
    const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                 "SLURM_PROCID"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL)
            return atoi(value);
    }
    return 0;
}

enum { PAUSE = 5 }; /* seconds */

/* What argp says on a rank other than 0, which has said it already, or ends the
 * job now, unless only this rank's words are wrong (mpirun A : B). */
static struct {
    FILE *out, *err; /* the real ones; NULL: not aside */
    char *text;
    size_t size;
} aside;

static void say_late(void)
{
    if (aside.err == NULL)
        return;
    fflush(stderr);
    if (aside.size == 0) /* help */
        return;
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL) /* srun: all have one's words */
        return;
    sleep(PAUSE);
    fprintf(aside.err, "rank %d: %s", sidle_launcher_rank(), aside.text);
    fflush(aside.err);
}

static void set_aside(void)
{
    FILE *out = fopen("/dev/null", "w");
    FILE *err = open_memstream(&aside.text, &aside.size);

    SIDLE_CHECK(out != NULL && err != NULL && atexit(say_late) == 0,
                "no memory for the words of the command line");
    aside.out = stdout;
    aside.err = stderr;
    stdout = out;
    stderr = err;
}

static void set_back(void)
{
    fclose(stdout);
    fclose(stderr);
    free(aside.text);
    stdout = aside.out;
    stderr = aside.err;
    aside.err = NULL;
}

void sidle_parse(const struct argp *argp, const char *command, int argc,
                 char **argv, void *input)
{
    int rank = sidle_launcher_rank();
    char name[64];

    snprintf(name, sizeof(name), "sidle %s", command);
    argv[0] = name;
    argp_err_exit_status = SIDLE_EUSAGE;
    if (rank > 0)
        set_aside();
    argp_parse(argp, argc, argv, 0, NULL, input);
    if (rank > 0)
        set_back();
}

int64_t sidle_parse_whole(const struct argp_state *state, const char *name,
                          const char *value, int64_t least)
{
    int64_t number = 0;

    if (!sidle_text_int(value, &number) || number < least)
        argp_error(state, "--%s %s: a whole number from %lld is needed", name,
                   value, (long long)least);
    return number;
}

void sidle_parse_override(struct argp_state *state, char *word,
                          char **overrides, int *n_overrides)
{
    if (strchr(word, '=') == NULL)
        argp_error(state, "\"%s\" is not key=value", word);
    else
        overrides[(*n_overrides)++] = word;
}

sidle_status sidle_end(sidle_status status)
{
    if (status == SIDLE_OK)
        return status;
    sidle_log_wipe();
    fprintf(stderr, "sidle: %s: %s\n", sidle_status_text(status),
            sidle_fail_text());
    return status;
}
