/* show_plan.h - what is predicted of a run, as tables for people. */
#ifndef SIDLE_CLI_SHOW_PLAN_H
#define SIDLE_CLI_SHOW_PLAN_H

#include "cli/item_speed.h"

/**
 * Tables on standard output: model, ranks, blocks, times; the plan's first
 * `items` items in words and as a picture, where there are not too many blocks.
 * Shapes:  speed: used if units were measured.
 * Errors:  what playing the plan answers.
 */
sidle_status sidle_show_plan(const sidle_prediction *prediction,
                             const sidle_item_speed *speed, int64_t items);
#endif
