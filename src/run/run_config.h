/* run_config.h - the configuration of a run: a file, and keys set by the
 * program.
 *
 *   sidle_run_config *config = sidle_run_config_new();
 *   sidle_run_config_file(config, "run.yaml");
 *   sidle_run_config_set(config, "optim.lr", "3e-4");
 *
 * The keys are those of `sidle --options`. One that is not set is at its
 * default, or as the run has it that is continued. */
#ifndef SIDLE_RUN_RUN_CONFIG_H
#define SIDLE_RUN_RUN_CONFIG_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_run_config sidle_run_config;

/** All keys at their defaults. Owns: the caller frees it. */
sidle_run_config *sidle_run_config_new(void);
void sidle_run_config_free(sidle_run_config *config);

/**
 * Begin with the YAML file `path` ("-": standard input), whatever was set
 * before: keys that are set replace its own. Rank 0 reads it, when a run is
 * opened, and then its errors are reported.
 * Calls:   local, on every rank.
 */
void sidle_run_config_file(sidle_run_config *config, const char *path);

/**
 * Set the key "section.key" like an argument of the command line: $NAME is a
 * variable of the environment, $$ a dollar, "[a, b]" a list. The last value of
 * a key counts.
 * Calls:   local, with the same arguments on every rank.
 * Errors:  SIDLE_EUSAGE, and nothing is set: no such key, or no value of it.
 */
sidle_status sidle_run_config_set(sidle_run_config *config, const char *key,
                                  const char *value);

/** As sidle_run_config_set(), given as "key=value", an argument of the command
 * line: its errors are reported when the run is opened. */
void sidle_run_config_override(sidle_run_config *config,
                               const char *assignment);

/** The file and the overrides so far (run_words.h). Owns: the configuration,
 * until it is changed. */
const struct sidle_run_words *
sidle_run_config_words(const sidle_run_config *config);

#ifdef __cplusplus
}
#endif

#endif
