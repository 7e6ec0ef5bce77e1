/* main.c - the command names and their help. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const sidle_command commands[] = {
    {"train", "train a model; alone, or under mpirun or srun", sidle_cmd_train},
    {"eval", "loss, bits and accuracy of a checkpoint", sidle_cmd_eval},
    {"sample", "generate from a checkpoint, in one process", sidle_cmd_sample},
    {"inspect", "show a checkpoint or a data set", sidle_cmd_inspect},
    {"verify", "check every checksum of a checkpoint", sidle_cmd_verify},
    {"plan", "partition, memory and time of a run, before it starts",
     sidle_cmd_plan},
    {"bench", "measure matrix products and training ticks", sidle_cmd_bench},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
    fprintf(out, "Usage: sidle COMMAND [ARGUMENT...]\n"
                 "Trains deep networks depth-parallel over MPI.\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fprintf(out,
            "\n  sidle COMMAND --help   the command's options\n"
            "  sidle --version        this build and its libraries\n"
            "  sidle --options        every key of a configuration\n\n"
            "Exit codes: 0 finished, 64 usage or configuration, 65 bad data, "
            "70 internal error,\n74 input/output, 75 stopped early with a "
            "valid checkpoint.\n");
}

static int unknown(const char *word)
{
    const char *names[N_COMMANDS], *near;

    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    near = sidle_text_nearest(word, names, N_COMMANDS);
    if (sidle_launcher_rank() == 0)
        fprintf(stderr,
                "sidle: \"%s\" is not a command%s%s%s; see sidle --help\n",
                word, near != NULL ? "; did you mean \"" : "",
                near != NULL ? near : "", near != NULL ? "\"" : "");
    return SIDLE_EUSAGE;
}

static int run(int argc, char **argv)
{
    int is_first = sidle_launcher_rank() == 0;

    if (argc < 2) {
        print_usage(stderr);
        return SIDLE_EUSAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        if (is_first)
            print_usage(stdout);
        return SIDLE_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        if (is_first)
            sidle_print_version(stdout);
        return SIDLE_OK;
    }
    if (strcmp(argv[1], "--options") == 0) {
        if (is_first)
            sidle_options_help(stdout);
        return SIDLE_OK;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}

/* A file that is opened in the place of a closed stream would get its text.
 * What stands in for it is opened the wrong way round: its use still fails. */
static void fill_closed_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            _exit(SIDLE_EIO);
}

/* What was printed has arrived, or the command has failed. */
static int end_output(int code)
{
    int failed = fflush(stdout) != 0 || ferror(stdout);

    if (!failed || code != SIDLE_OK)
        return code;
    return sidle_end(sidle_fail(SIDLE_EIO, "cannot write to standard output; "
                                           "a part of it is lost"));
}

int main(int argc, char **argv)
{
    fill_closed_streams();
    /* Under mpirun and srun standard output is a pipe: lines must not wait. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* A file that may not grow is an error that is answered, not a death. */
    signal(SIGXFSZ, SIG_IGN);
    return end_output(run(argc, argv));
}
