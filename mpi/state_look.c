/* state_look.c - a number of a checkpoint beside what it should be. */
#include "mpi/state_look.h"

#include <stdio.h>

sidle_status sidle_look_refuse(const sidle_look *l, const char *set, int at,
                               const char *found, const char *expected)
{
    char replica[40] = "";

    if (l->s->runner->replica > 0)
        snprintf(replica, sizeof(replica), "/replica_%03d",
                 l->s->runner->replica);
    return sidle_fail(SIDLE_EDATA,
                      "the checkpoint is inconsistent: "
                      "'/pipeline%s/block_%03d/%s'[%d] is %s, expected %s",
                      replica, l->block, set, at, found, expected);
}

sidle_status sidle_look_within(const sidle_look *l, const char *set, int at,
                               int64_t value, int64_t least, int64_t most)
{
    char found[24], expected[64];

    if (value >= least && value <= most)
        return SIDLE_OK;
    snprintf(found, sizeof(found), "%lld", (long long)value);
    if (least == most)
        snprintf(expected, sizeof(expected), "%lld", (long long)least);
    else
        snprintf(expected, sizeof(expected), "%lld to %lld", (long long)least,
                 (long long)most);
    return sidle_look_refuse(l, set, at, found, expected);
}

sidle_status sidle_look_is(const sidle_look *l, const char *set, int at,
                           int64_t value, int64_t expected)
{
    return sidle_look_within(l, set, at, value, expected, expected);
}

sidle_status sidle_look_real(const sidle_look *l, const char *set, int at,
                             double value, double most)
{
    char found[32], expected[64];

    /* Written so that NaN, for which each comparison is false, is refused. */
    if (value >= 0.0 && value <= most)
        return SIDLE_OK;
    snprintf(found, sizeof(found), "%g", value);
    snprintf(expected, sizeof(expected), "0 to %g", most);
    return sidle_look_refuse(l, set, at, found, expected);
}
