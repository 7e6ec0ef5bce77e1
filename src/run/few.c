/* few.c - a run that has fewer data, or fewer items, than it was made for. */
#include "run/few.h"

#include "base/log.h"
#include "base/text.h"
#include "run/setup_views.h"

static int64_t count_tokens(const sidle_corpus *corpus)
{
    int64_t n = 0;

    for (int64_t i = 0; i < corpus->n_documents; i++)
        n += sidle_corpus_length(corpus, i);
    return n;
}

/* A document that is shorter than a row has one of its own all the same. */
static int64_t count_rows(const sidle_corpus *corpus, int64_t width)
{
    int64_t n = 0;

    if (corpus->offsets == NULL)
        return count_tokens(corpus) / width;
    for (int64_t i = 0; i < corpus->n_documents; i++) {
        int64_t length = sidle_corpus_length(corpus, i);

        n += length < width ? length > 1 : length / width;
    }
    return n;
}

static void warn_of_short_data(const sidle_setup *setup)
{
    int64_t rows = (int64_t)setup->model->rows * setup->n_replicas;
    int64_t width = (int64_t)setup->options.model.context + 1;
    int64_t tokens = count_tokens(&setup->train_part);

    if (tokens / width >= rows || count_rows(&setup->train_part, width) >= rows)
        return;
    sidle_warn("%s has %lld tokens to train on, fewer than one item needs "
               "(data.batch: %lld row%s of %lld, which is model.context and "
               "a target): %s; use more data, or a smaller data.batch or "
               "model.context",
               setup->options.data.path, (long long)tokens, (long long)rows,
               sidle_plural(rows), (long long)width,
               tokens < width ? "its rows are mostly padding and repeat it"
                              : "its rows repeat it");
}

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
    warn_of_short_data(setup);
    warn_of_few_items(setup);
}
