/* show_plan_json.h - what is predicted of a run, as JSON. */
#ifndef SIDLE_CLI_SHOW_PLAN_JSON_H
#define SIDLE_CLI_SHOW_PLAN_JSON_H

#include "cli/item_speed.h"

/** One JSON object on standard output; `speed` is used if units were measured.
 * Errors: SIDLE_EIO. */
sidle_status sidle_show_plan_json(const sidle_prediction *prediction,
                                  const sidle_item_speed *speed);

#endif
