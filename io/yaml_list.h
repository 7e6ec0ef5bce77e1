/* yaml_list.h - reads a YAML list as the entries of a specification.
 *
 *     - relu                          a kind
 *     - conv2d: {channels: 16}        a kind with options
 *     - residual: [relu, gelu]        a kind with entries of its own
 *
 * An option is a value or a list of values. Anything else in YAML is refused:
 * it would be lost or ambiguous. */
#ifndef SIDLE_IO_YAML_LIST_H
#define SIDLE_IO_YAML_LIST_H

#include "io/yaml.h"
#include "model/spec.h"

/**
 * Read the list that starts at the present event, up to its end. Its entries
 * have the paths "path[0]", ..; their places are `source`, or if it is NULL,
 * name, line and column.
 * Owns:   the caller ends *list, which was zero, also after a failure.
 * Errors: SIDLE_EUSAGE with place and path for a list in a list, a map without
 *         a key or with two, a kind whose value is neither a map nor a list, an
 *         option whose value is a map, a duplicate key, an empty inner list, an
 *         alias, and more than the limits of spec.h.
 */
sidle_status sidle_yaml_list(sidle_yaml *yaml, const char *path,
                             const char *source, sidle_spec_list *list);
/** Whether an entry has more than its kind. */
int sidle_yaml_has_maps(const sidle_spec_list *list);
/** The elements, separated by commas. Owns: the caller frees the text. */
char *sidle_yaml_list_text(const sidle_spec_list *list);

#endif
