/* plan_files.h - a predicted timeline as a picture and as a trace. */
#ifndef SIDLE_CLI_PLAN_FILES_H
#define SIDLE_CLI_PLAN_FILES_H

#include "run/predict.h"

/** An SVG. Calls: local. Errors: SIDLE_EIO. */
sidle_status sidle_plan_write_svg(const sidle_prediction *prediction,
                                  const sidle_timeline *timeline,
                                  const char *path);
/** JSON for chrome://tracing and Perfetto. Calls: local. Errors: SIDLE_EIO. */
sidle_status sidle_plan_write_trace(const sidle_timeline *timeline,
                                    const char *path);

#endif
