/* state_words.c - what the numbers of a state mean, for who looks into a file.
 */
#include "mpi/state_inside.h"

#include "base/text.h"

#include <string.h>

static const char *const counter_names[N_COUNTERS] = {
    [C_ITEM] = "forwards",
    [C_BACKWARDS] = "backwards",
    [C_UPDATES] = "updates",
    [C_STAMP] = "weights_stamp",
    [C_VERSION] = "weights_version",
    [C_N_VALID] = "gradients_in_grad",
    [C_OPTIM_KIND] = "optimizer_kind",
    [C_OPTIM_UPDATES] = "optimizer_updates",
    [C_LOG_ITEMS] = "report_items",
    [C_LOG_TARGETS] = "report_targets",
    [C_LOG_CORRECT] = "report_correct",
};
/* "0 sgd, 1 adamw, ..", made when the first list is */
static char optim_kinds[256];
static const char *const counter_units[N_COUNTERS] = {
    [C_ITEM] = "items",           [C_BACKWARDS] = "items",
    [C_UPDATES] = "updates",      [C_STAMP] = "updates",
    [C_VERSION] = "index",        [C_N_VALID] = "items",
    [C_OPTIM_KIND] = optim_kinds, [C_OPTIM_UPDATES] = "updates",
    [C_LOG_ITEMS] = "items",      [C_LOG_TARGETS] = "targets",
    [C_LOG_CORRECT] = "targets",
};
const sidle_words sidle_counter_words = {counter_names, counter_units, NULL};

static const char *const scalar_names[N_SCALARS] = {
    [D_PRODUCT] = "optimizer_momentum_product",
    [D_FACTOR] = "lr_factor",
    [D_GRAD_NORM] = "grad_norm",
    [D_LOG_NATS] = "report_nats",
    [D_LOG_Z] = "report_z_loss",
};
static const char *const scalar_units[N_SCALARS] = {
    [D_PRODUCT] = "1",     [D_FACTOR] = "1",   [D_GRAD_NORM] = "1",
    [D_LOG_NATS] = "nats", [D_LOG_Z] = "nats",
};
const sidle_words sidle_scalar_words = {scalar_names, scalar_units, NULL};

static const char *const told_names[N_TOLD] = {
    [T_UPDATES] = "updates",
    [T_FACTOR] = "lr_factor",
    [T_GRAD_NORM] = "grad_norm",
};
static const char *const told_units[N_TOLD] = {
    [T_UPDATES] = "updates", [T_FACTOR] = "1", [T_GRAD_NORM] = "1"};
const sidle_words sidle_told_words = {told_names, told_units, NULL};

static const char *const slot_names[N_SLOT] = {
    [S_ITEM] = "item",
    [S_IS_USED] = "is_used",
    [S_STAMP] = "weights_stamp",
    [S_VERSION] = "weights_version",
};
static const char *const slot_units[N_SLOT] = {
    [S_ITEM] = "item number",
    [S_IS_USED] = "0 or 1",
    [S_STAMP] = "updates",
    [S_VERSION] = "index",
};
const sidle_words sidle_slot_words = {slot_names, slot_units, NULL};

static const char *const gradient_names[N_GRADIENT] = {
    [G_ITEM] = "item",
    [G_IS_THERE] = "is_there",
    [G_IS_VALID] = "is_valid",
};
static const char *const gradient_units[N_GRADIENT] = {
    [G_ITEM] = "item number",
    [G_IS_THERE] = "0 or 1",
    [G_IS_VALID] = "0 or 1",
};
const sidle_words sidle_gradient_words = {gradient_names, gradient_units, NULL};

static const char *const flight_names[N_FLIGHT] = {
    [F_ITEM] = "item",
    [F_NUMBER] = "number",
    [F_IS_THERE] = "is_there",
    [F_IS_VALID] = "is_valid",
};
static const char *const flight_units[N_FLIGHT] = {
    [F_ITEM] = "item number",
    [F_NUMBER] = "number of the forward or backward that it is of",
    [F_IS_THERE] = "0 or 1",
    [F_IS_VALID] = "0 or 1",
};
const sidle_words sidle_flight_words = {flight_names, flight_units, NULL};

/* Sums of a kind's number and of what changes its states. */
static void name_variants(char *text, size_t size)
{
    sidle_optim_config norm = {.kind = SIDLE_MUON, .rest = SIDLE_REST_NORM};
    sidle_optim_config mean = {.kind = SIDLE_SGD, .orthogonal = 1};

    sidle_text_format(text, size,
                      ", %lld muon with optim.rest norm; %lld more with "
                      "optim.orthogonal",
                      (long long)sidle_optim_rule(&norm),
                      (long long)sidle_optim_rule(&mean));
}

void sidle_state_name_kinds(void)
{
    const char *const *names;
    int n = sidle_optim_names(&names);

    optim_kinds[0] = '\0';
    for (int i = 0; i < n; i++) {
        size_t used = strlen(optim_kinds);

        sidle_text_format(optim_kinds + used, sizeof(optim_kinds) - used,
                          "%s%d %s", i > 0 ? ", " : "", i, names[i]);
    }
    name_variants(optim_kinds + strlen(optim_kinds),
                  sizeof(optim_kinds) - strlen(optim_kinds));
}
