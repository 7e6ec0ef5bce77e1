/* few.c - a run that has fewer data, or fewer items, than it was made for. */
#include "run/few.h"

#include "base/log.h"
#include "run/setup_data.h"
#include "run/setup_views.h"

static void warn_of_few_items(const sidle_setup *setup)
{
    const sidle_plan *plan = &setup->plan;
    int64_t left = plan->steps - plan->start;

    if (sidle_setup_has_few_items(setup))
        sidle_warn("an update needs %d items (parallel.update_every), but "
                   "only %lld %s left (run.steps): the run makes one update, "
                   "at its end",
                   plan->update_every, (long long)left,
                   left == 1 ? "is" : "are");
}

void sidle_warn_if_few(const sidle_setup *setup)
{
    const sidle_data_view view = sidle_setup_view(setup, &setup->train_part);

    sidle_data_kind_find(setup->options.data.kind)->warn(&view);
    warn_of_few_items(setup);
}
