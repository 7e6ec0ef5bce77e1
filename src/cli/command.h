/* command.h - the commands of the program, and how they end. */
#ifndef SIDLE_CLI_COMMAND_H
#define SIDLE_CLI_COMMAND_H

#include "base/launcher.h"
#include "base/status.h"

#include <argp.h>
#include <stdint.h>

/* A command gets its own name as argv[0] and answers the exit code. */
typedef struct sidle_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} sidle_command;

/* ---- in cmd_train.c */
int sidle_cmd_train(int argc, char **argv);
/* ---- in cmd_eval.c */
int sidle_cmd_eval(int argc, char **argv);
/* ---- in cmd_sample.c */
int sidle_cmd_sample(int argc, char **argv);
/* ---- in cmd_inspect.c */
int sidle_cmd_inspect(int argc, char **argv);
int sidle_cmd_verify(int argc, char **argv);
/* ---- in cmd_data.c */
int sidle_cmd_data(int argc, char **argv);
/* ---- in cmd_plan.c */
int sidle_cmd_plan(int argc, char **argv);
/* ---- in cmd_bench.c */
int sidle_cmd_bench(int argc, char **argv);

/* ---- in command.c */
/**
 * Parse the words of a command, options also behind arguments, whatever
 * POSIXLY_CORRECT says. Help and mistakes are answered and end the program with
 * 0 and 64. Of several ranks the first one speaks at once, any
 * other of mpirun, which may have words of its own, about a mistake only, and
 * only if it still runs some seconds later: mpirun ends all ranks with the
 * first one that ends with 64.
 */
void sidle_parse(const struct argp *argp, const char *command, int argc,
                 char **argv, void *input);

/** The same, options and arguments in the order of the command line: an option
 * may concern the arguments behind it. */
void sidle_parse_in_order(const struct argp *argp, const char *command,
                          int argc, char **argv, void *input);

/** For a command, or `what` of it, that does all of its work in each process:
 * several of them are a mistake, see sidle_parse(). */
void sidle_parse_alone(const struct argp_state *state, const char *what);

/** A whole number from `least` as the value of --`name`; any other text is a
 * mistake, see sidle_parse(). */
int64_t sidle_parse_whole(const struct argp_state *state, const char *name,
                          const char *value, int64_t least);

/** A path as the value of an option, "~/" expanded; any other "~" in front is a
 * mistake. Owns: the program, to its end. */
const char *sidle_parse_path(const struct argp_state *state, const char *value);

/** One more "key=value" behind the others; anything else is a mistake. */
void sidle_parse_override(struct argp_state *state, char *word,
                          char **overrides, int *n_overrides);

/** What was printed has arrived, or a command that answers 0 has failed. */
int sidle_end_output(int code);

/* ---- in unstarted.c */
/** The same where no communicator is: what is wrong with how several processes
 * were started (SIDLE_EUSAGE) is told by the first one of them. */
sidle_status sidle_end_unstarted(sidle_status status);

/* ---- in version.c */
/** Version, commit, compiler, MPI, HDF5, BLIS and its kernel set. */
void sidle_print_version(void *stream);

#endif
