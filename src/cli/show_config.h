/* show_config.h - a configuration, as it stands in a file, for programs. */
#ifndef SIDLE_CLI_SHOW_CONFIG_H
#define SIDLE_CLI_SHOW_CONFIG_H

#include "io/json.h"

/**
 * The configuration under "config": an object a section, in it each key with
 * its value as what the table of options says it is, number, truth value, list
 * or text. A key that the table does not know, of a later program, is what it
 * looks like. What is no configuration is null, and its text stands under
 * "config_text".
 */
void sidle_show_config_json(const char *yaml, sidle_json *json);

#endif
