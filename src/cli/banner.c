/* banner.c - a start in words. */
#include "cli/banner.h"

#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/plan_counts.h"
#include "run/update_size.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the command */

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "-_./=,:+@%^";

/* Answers 0 where there is no room. */
static int append(char *out, const char *text)
{
    size_t used = strlen(out);

    if (used + strlen(text) + 1 > SIDLE_COMMAND_MAX)
        return 0;
    strcpy(out + used, text);
    return 1;
}

static int is_control(char c)
{
    return (unsigned char)c < 32 || c == 127;
}

/* In $'..' a control character has a name. */
static int append_quoted(char *out, const char *word)
{
    int has_control = 0, fits;
    char one[8];

    for (const char *c = word; *c != '\0'; c++)
        has_control |= is_control(*c);
    fits = append(out, has_control ? "$'" : "'");
    for (const char *c = word; fits && *c != '\0'; c++) {
        if (is_control(*c))
            snprintf(one, sizeof(one), "\\x%02x", (unsigned)(unsigned char)*c);
        else if (has_control && (*c == '\'' || *c == '\\'))
            snprintf(one, sizeof(one), "\\%c", *c);
        else if (*c == '\'')
            snprintf(one, sizeof(one), "'\\''");
        else
            snprintf(one, sizeof(one), "%c", *c);
        fits = append(out, one);
    }
    return fits && append(out, "'");
}

void sidle_banner_words(int argc, char **argv, char out[SIDLE_COMMAND_MAX])
{
    out[0] = '\0';
    for (int i = 0; i < argc; i++) {
        size_t before = strlen(out);
        int is_plain =
            argv[i][0] != '\0' && strspn(argv[i], plain) == strlen(argv[i]);
        int fits = i == 0 || append(out, " ");

        fits = fits &&
               (is_plain ? append(out, argv[i]) : append_quoted(out, argv[i]));
        if (!fits || strlen(out) + 24 > SIDLE_COMMAND_MAX) {
            out[before] = '\0';
            snprintf(out + before, SIDLE_COMMAND_MAX - before, " (and %d more)",
                     argc - i);
            return;
        }
    }
}

void sidle_banner_begin(const sidle_comm *comm, const sidle_company *company,
                        const char *words)
{
    char folder[512];

    if (getcwd(folder, sizeof(folder)) == NULL)
        strcpy(folder, "?");
    sidle_info("sidle %s (commit %s), %d rank%s on host%s %s", sidle_version(),
               sidle_commit(), comm->size, sidle_plural(comm->size),
               sidle_plural(company->n_hosts), company->hosts);
    sidle_info("command: sidle %s, in %s", words, folder);
}

/* ---- data */

void sidle_banner_items(const sidle_setup *setup)
{
    int64_t rows = (int64_t)setup->model->rows * setup->n_replicas;
    ptrdiff_t targets = sidle_model_loss(setup->model)->targets;
    int64_t an_item = rows * (int64_t)targets;
    const sidle_data_kind *kind =
        sidle_data_kind_find(setup->options.data.kind);
    double epoch =
        (double)kind->count_targets(&setup->train_part) / (double)an_item;

    sidle_info("items: %lld %s%s each (%lld row%s of %td), %.*f items an "
               "epoch, %.3g epochs in all",
               (long long)an_item, kind->element, sidle_plural(an_item),
               (long long)rows, sidle_plural(rows), targets,
               epoch < 100.0 ? 2 : 0, epoch, (double)setup->plan.steps / epoch);
}

void sidle_banner_updates(const sidle_setup *setup)
{
    const sidle_plan *plan = &setup->plan;
    int64_t updates = sidle_count_updates(plan);
    char size[64];

    sidle_update_size_print(setup, (double)sidle_update_size_of(setup).targets,
                            size, sizeof(size));
    sidle_info("updates: %lld of %d item%s%s, %s", (long long)updates,
               plan->update_every, sidle_plural(plan->update_every),
               updates == 1 ? "" : " each", size);
}
