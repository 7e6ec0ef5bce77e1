/* show_plan_json.h - what is predicted of a run, as JSON. */
#ifndef SIDLE_CLI_SHOW_PLAN_JSON_H
#define SIDLE_CLI_SHOW_PLAN_JSON_H

#include "run/predict.h"

/** One JSON object on standard output. Errors: SIDLE_EIO. */
sidle_status sidle_show_plan_json(const sidle_prediction *prediction);

#endif
