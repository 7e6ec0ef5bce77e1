/* command.c - parsing a command's words, and the one way to end it. */
#include "cli/command.h"

#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "run/expand.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE = 5 }; /* seconds */

/* What argp says is set aside to be shown: it has words of the command line in
 * it. On a rank other than 0, which has said it already, or ends the job now,
 * it may not be said at all, unless only this rank's words are wrong (mpirun A
 * : B). */
static struct {
    FILE *out, *err; /* the real ones; NULL: not aside */
    char *text;
    size_t size;
} aside;

/* argp's last line is its own; what stands before is one of ours. */
static void show_aside(void)
{
    char *last = NULL, *next = aside.text, *shown = malloc(4 * aside.size + 1);

    SIDLE_CHECK(shown != NULL, "no memory for the words of the command line");
    while ((next = strstr(next, "\nTry `")) != NULL)
        last = next++;
    if (last != NULL)
        *last = '\0';
    sidle_show_text(aside.text, last == NULL, shown, 4 * aside.size + 1);
    fprintf(aside.err, "%s%s%s", shown, last != NULL ? "\n" : "",
            last != NULL ? last + 1 : "");
    fflush(aside.err);
    free(shown);
}

static void say_late(void)
{
    int rank = sidle_launcher_rank();

    if (aside.err == NULL)
        return;
    fflush(stderr);
    if (aside.size == 0) /* help */
        return;
    if (rank > 0) {
        if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
            return; /* srun: all have one's words */
        sleep(PAUSE);
        fprintf(aside.err, "rank %d: ", rank);
    }
    show_aside();
}

static void set_aside(int rank)
{
    FILE *out = rank > 0 ? fopen("/dev/null", "w") : stdout;
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
    if (stdout != aside.out)
        fclose(stdout);
    fclose(stderr);
    free(aside.text);
    stdout = aside.out;
    stderr = aside.err;
    aside.err = NULL;
}

/* ---- help, for each command in the same words */

enum { KEY_USAGE = 0x200 };

static const struct argp_option help_words[] = {
    {"help", 'h', NULL, 0, "print this help", -1},
    {NULL, '?', NULL, OPTION_ALIAS, NULL, -1},
    {"usage", KEY_USAGE, NULL, 0, "print a short usage line", -1},
    {0}};

static error_t parse_help(int key, char *value, struct argp_state *state)
{
    unsigned help = ARGP_HELP_STD_HELP;

    (void)value;
    if (key == KEY_USAGE)
        help = ARGP_HELP_USAGE;
    else if (key != 'h' && key != '?')
        return ARGP_ERR_UNKNOWN;
    argp_state_help(state, state->out_stream,
                    help & ~(unsigned)ARGP_HELP_EXIT_OK);
    exit(sidle_end_output(SIDLE_OK));
}

static const struct argp help_argp = {.options = help_words,
                                      .parser = parse_help};

/* ---- the words of a command */

/* getopt would take all that stands behind an argument for arguments. */
static void parse_anywhere(const struct argp *argp, int argc, char **argv,
                           unsigned flags, void *input)
{
    const struct argp_child children[] = {{&help_argp, 0, NULL, 0}, {0}};
    const char *posix = getenv("POSIXLY_CORRECT");
    char *kept = posix != NULL ? strdup(posix) : NULL;
    struct argp whole = *argp;

    whole.children = children;
    unsetenv("POSIXLY_CORRECT");
    argp_parse(&whole, argc, argv, ARGP_NO_HELP | flags, NULL, input);
    if (kept != NULL)
        setenv("POSIXLY_CORRECT", kept, 1);
    free(kept);
}

static void parse(const struct argp *argp, const char *command, int argc,
                  char **argv, unsigned flags, void *input)
{
    int rank = sidle_launcher_rank();
    char name[64];

    snprintf(name, sizeof(name), "sidle %s", command);
    argv[0] = name;
    argp_err_exit_status = SIDLE_EUSAGE;
    set_aside(rank);
    parse_anywhere(argp, argc, argv, flags, input);
    set_back();
}

void sidle_parse(const struct argp *argp, const char *command, int argc,
                 char **argv, void *input)
{
    parse(argp, command, argc, argv, 0, input);
}

void sidle_parse_in_order(const struct argp *argp, const char *command,
                          int argc, char **argv, void *input)
{
    parse(argp, command, argc, argv, ARGP_IN_ORDER, input);
}

void sidle_parse_alone(const struct argp_state *state, const char *what)
{
    sidle_launcher by = sidle_launcher_find();

    if (by.size > 1)
        argp_error(state,
                   "%s%sruns in one process, but %s started %d, and each "
                   "would do all of the work; start one, without %s",
                   what, what[0] != '\0' ? " " : "", by.name, by.size, by.name);
}

int64_t sidle_parse_whole(const struct argp_state *state, const char *name,
                          const char *value, int64_t least)
{
    int64_t number = 0;

    if (!sidle_text_whole(value, &number) || number < least)
        argp_error(state, "--%s is %s, expected an integer, %lld to %lld", name,
                   value, (long long)least, LLONG_MAX);
    return number;
}

const char *sidle_parse_path(const struct argp_state *state, const char *value)
{
    static struct kept { /* found again by what looks for lost memory */
        char *path;
        struct kept *before;
    } * last;
    struct kept *one = calloc(1, sizeof(*one));

    SIDLE_CHECK(one != NULL, "no memory for a path");
    one->before = last;
    last = one;
    if (sidle_expand_path(value, &one->path) != SIDLE_OK)
        argp_error(state, "\"%s\": %s", value, sidle_fail_text());
    return one->path;
}

void sidle_parse_override(struct argp_state *state, char *word,
                          char **overrides, int *n_overrides)
{
    if (strchr(word, '=') == NULL)
        argp_error(state, "\"%s\" is not key=value", word);
    else
        overrides[(*n_overrides)++] = word;
}

int sidle_end_output(int code)
{
    int failed = fflush(stdout) != 0 || ferror(stdout);

    if (!failed || code != SIDLE_OK)
        return code;
    return sidle_fail_print(sidle_fail(SIDLE_EIO,
                                       "cannot write to standard output; a "
                                       "part of the output is lost"));
}
