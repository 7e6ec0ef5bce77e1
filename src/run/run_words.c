/* run_words.c - what a user says a run shall be, before it is read. */
#include "run/run_words.h"

sidle_status sidle_run_words_apply(const sidle_run_words *words,
                                   sidle_settings *settings)
{
    size_t from = settings->n;

    for (int i = 0; i < words->n_overrides; i++)
        SIDLE_TRY(sidle_settings_override(settings, words->overrides[i]));
    for (size_t i = from; i < settings->n && words->place != NULL; i++)
        settings->all[i].file = words->place;
    return SIDLE_OK;
}
