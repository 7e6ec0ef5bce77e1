/* command.c - parsing a command's words, and the one way to end it. */
#include "cli/command.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void sidle_parse(const struct argp *argp, const char *command, int argc,
                 char **argv, void *input)
{
    char name[64];

    snprintf(name, sizeof(name), "sidle %s", command);
    argv[0] = name;
    argp_err_exit_status = SIDLE_EUSAGE;
    argp_parse(argp, argc, argv, sidle_launcher_rank() > 0 ? ARGP_SILENT : 0,
               NULL, input);
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
    if (status != SIDLE_OK)
        fprintf(stderr, "sidle: %s: %s\n", sidle_status_text(status),
                sidle_fail_text());
    return status;
}
