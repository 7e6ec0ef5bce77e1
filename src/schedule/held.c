/* held.c - what a block of the play holds: items in slots, versions of weights.
 *
 * Items enter and leave in order, so under the policy "stashed" their versions
 * do not fall from the oldest to the newest: a version is one run of
 * neighbours, and counts come about without a look at the other slots. Where
 * weights are not kept there is one version, and what is counted of others is
 * not told. */
#include "schedule/check_inside.h"

/* The weights of now are one version, unless the newest item has it. */
static void note_most(player *p)
{
    int is_shared = p->n_forwarded > 0 && p->newest_version == p->version;
    int n_versions = p->n_versions + !is_shared;

    if (p->n_kept > p->out->max_kept)
        p->out->max_kept = p->n_kept;
    if (p->cursor.plan->schedule->is_stashed &&
        n_versions > p->out->max_versions)
        p->out->max_versions = n_versions;
}

void sidle_held_enter(player *p, kept *slot, int64_t item)
{
    p->n_kept += slot->item == 0;
    *slot = (kept){.item = item, .version = p->version};
    note_most(p);
}

void sidle_held_forward(player *p, kept *slot)
{
    slot->version = p->version;
    p->n_versions += p->n_forwarded == 0 || p->newest_version != p->version;
    p->newest_version = p->version;
    p->n_forwarded++;
    note_most(p);
}

void sidle_held_leave(player *p, kept *slot)
{
    const sidle_cursor *at = &p->cursor;
    const kept *next =
        &p->slots[sidle_plan_slot(at->plan, at->block, slot->item + 1)];

    p->n_kept--;
    p->n_forwarded--;
    p->n_versions -= p->n_forwarded == 0 || next->version != slot->version;
    slot->item = 0;
}

void sidle_held_update(player *p)
{
    p->version++;
    note_most(p);
}
