/* main.c - the command names and their help. */
#include "base/text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "run/options.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const sidle_command commands[] = {
    {"train", "train a model, in one process or under mpirun or srun",
     sidle_cmd_train},
    {"eval", "print loss, bits and accuracy of a checkpoint", sidle_cmd_eval},
    {"sample", "generate from a checkpoint, in one process", sidle_cmd_sample},
    {"inspect", "show a checkpoint or a data set", sidle_cmd_inspect},
    {"verify", "check a checkpoint or a data set", sidle_cmd_verify},
    {"data", "make a data file to train on", sidle_cmd_data},
    {"plan", "show partition, memory and time of a run before it starts",
     sidle_cmd_plan},
    {"bench", "measure matrix products, training ticks and saves",
     sidle_cmd_bench},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(void *stream)
{
    FILE *out = stream;

    fprintf(out, "Usage: sidle COMMAND [ARGUMENT...]\n"
                 "Trains deep networks depth-parallel over MPI.\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fprintf(out,
            "\n  sidle help COMMAND     the command's options (or COMMAND "
            "--help)\n"
            "  sidle --version        this build and its libraries\n"
            "  sidle --options        every key of a configuration\n\n"
            "Exit codes: 0 finished, 64 usage or configuration, 65 bad data, "
            "70 internal error,\n74 input/output, 75 stopped early with a "
            "valid checkpoint.\n");
}

/* What other programs call it. */
static const char *const synonyms[][2] = {
    {"evaluate", "eval"},   {"test", "eval"},         {"generate", "sample"},
    {"show", "inspect"},    {"info", "inspect"},      {"check", "verify"},
    {"run", "train"},       {"resume", "train"},      {"fit", "train"},
    {"benchmark", "bench"}, {"options", "--options"}, {"version", "--version"},
};

#define N_SYNONYMS (sizeof(synonyms) / sizeof(synonyms[0]))

static const char *nearest(const char *word)
{
    const char *names[N_COMMANDS + 4] = {"help", "--help", "--version",
                                         "--options"};

    for (size_t i = 0; i < N_SYNONYMS; i++)
        if (strcmp(word, synonyms[i][0]) == 0)
            return synonyms[i][1];
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[4 + i] = commands[i].name;
    return sidle_text_nearest(word, names, N_COMMANDS + 4);
}

static int unknown(const char *word)
{
    const char *near = nearest(word);

    if (sidle_launcher_rank() == 0)
        fprintf(stderr,
                "sidle: \"%s\" is not a command%s%s%s; see sidle --help\n",
                sidle_shown(word), near != NULL ? "; did you mean \"" : "",
                near != NULL ? near : "", near != NULL ? "\"" : "");
    return SIDLE_EUSAGE;
}

static const sidle_command *find_command(const char *word)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

static int is_one_of(const char *word, const char *const *list)
{
    while (*list != NULL && strcmp(word, *list) != 0)
        list++;
    return *list != NULL;
}

static int is_help(const char *word)
{
    static const char *const words[] = {"help", "--help",  "-h",
                                        "-?",   "--usage", NULL};

    return is_one_of(word, words);
}

/* One that is to be called alone, by one rank. */
static int print_once(void (*print)(void *stream))
{
    if (sidle_launcher_rank() == 0)
        print(stdout);
    return SIDLE_OK;
}

/* `sidle help train`: as `sidle train --help`. */
static int help(int argc, char **argv)
{
    const sidle_command *command;
    char word[] = "--help";
    char *words[] = {NULL, word, NULL};

    if (argc < 3 || is_help(argv[2]))
        return print_once(print_usage);
    if (strcmp(argv[2], "options") == 0 || strcmp(argv[2], "--options") == 0)
        return print_once(sidle_options_help);
    if (strcmp(argv[2], "version") == 0 || strcmp(argv[2], "--version") == 0)
        return print_once(sidle_print_version);
    command = find_command(argv[2]);
    if (command == NULL)
        return unknown(argv[2]);
    words[0] = argv[2];
    return command->run(2, words);
}

/* The last word that somebody tries; a file of that name comes first. */
static int asks_for_help(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[2], "help") == 0 &&
           access(argv[2], F_OK) != 0;
}

static int run(int argc, char **argv)
{
    const sidle_command *command;

    if (argc < 2) {
        if (sidle_launcher_rank() == 0)
            print_usage(stderr);
        return SIDLE_EUSAGE;
    }
    if (is_help(argv[1]))
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return print_once(sidle_print_version);
    if (strcmp(argv[1], "--options") == 0)
        return print_once(sidle_options_help);
    command = find_command(argv[1]);
    if (command == NULL)
        return unknown(argv[1]);
    if (asks_for_help(argc, argv)) {
        char *swapped[] = {argv[0], argv[2], argv[1], NULL};

        return help(argc, swapped);
    }
    return command->run(argc - 1, argv + 1);
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

int main(int argc, char **argv)
{
    fill_closed_streams();
    /* Under mpirun and srun standard output is a pipe: lines must not wait. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* A file that may not grow is an error that is answered, not a death. */
    signal(SIGXFSZ, SIG_IGN);
    return sidle_end_output(run(argc, argv));
}
