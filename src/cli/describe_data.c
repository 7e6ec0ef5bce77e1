/* describe_data.c - what a run trains on and is evaluated on, in words. */
#include "cli/describe_data.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>

static int64_t count_tokens(const sidle_corpus *corpus)
{
    int64_t n = 0;

    for (int64_t i = 0; i < corpus->n_documents; i++)
        n += sidle_corpus_length(corpus, i);
    return n;
}

/* "1280 bytes", "3 documents of 248 tokens" */
static const char *size_of(const sidle_corpus *corpus, char out[96])
{
    int64_t n = corpus->n_documents, tokens;

    if (corpus->offsets == NULL) {
        snprintf(out, 96, "%lld byte%s", (long long)corpus->n_bytes,
                 sidle_plural(corpus->n_bytes));
        return out;
    }
    tokens = count_tokens(corpus);
    snprintf(out, 96, "%lld document%s of %lld token%s", (long long)n,
             sidle_plural(n), (long long)tokens, sidle_plural(tokens));
    return out;
}

/* "a text of 1280 bytes" */
static void tell_file(const sidle_corpus *corpus, char *out, size_t size)
{
    char words[96];

    if (corpus->offsets == NULL)
        snprintf(out, size, "a text of %s", size_of(corpus, words));
    else
        snprintf(out, size, "%s (vocabulary %lld)", size_of(corpus, words),
                 (long long)corpus->vocab);
}

void sidle_data_describe(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    char file[160], train[96], valid[96];

    tell_file(&setup->files[0], file, sizeof(file));
    size_of(&setup->train_part, train);
    size_of(&setup->valid_part, valid);
    if (options->data.valid_path[0] != '\0')
        sidle_info("data: %s, %s, all to train on; held out: all of %s, %s",
                   options->data.path, file, options->data.valid_path, valid);
    else if (setup->has_eval)
        sidle_info("data: %s, %s: %s to train on; held out: its last %s "
                   "(data.valid_fraction)",
                   options->data.path, file, train, valid);
    else
        sidle_info("data: %s, %s, all to train on; nothing held out",
                   options->data.path, file);
}
