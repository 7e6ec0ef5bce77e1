/* data_tokens.c - data.kind text and tokens: documents, and crops of them. */
#include "run/data_kind.h"

#include "base/log.h"
#include "base/text.h"
#include "data/crops.h"
#include "data/ids.h"
#include "data/windows.h"
#include "io/corpus_file.h"
#include "io/corpus_share.h"
#include "run/options.h"

#include <stdio.h>

static sidle_status open_text(const sidle_options *options, const char *path,
                              const char *key, sidle_part *part)
{
    if (options->model.vocab < SIDLE_BYTE_VOCAB)
        return sidle_fail(SIDLE_EUSAGE,
                          "model.vocab is %td, but a text of bytes needs %d "
                          "(256 bytes and 3 reserved ids); set model.vocab=%d",
                          options->model.vocab, SIDLE_BYTE_VOCAB,
                          SIDLE_BYTE_VOCAB);
    SIDLE_TRY(sidle_corpus_text(path, key, options->data.raw, &part->corpus));
    part->n = part->corpus.n_documents;
    return SIDLE_OK;
}

static sidle_status open_tokens(const sidle_options *options, const char *path,
                                const char *key, sidle_part *part)
{
    SIDLE_TRY(
        sidle_corpus_tokens(path, key, options->model.vocab, &part->corpus));
    part->n = part->corpus.n_documents;
    return SIDLE_OK;
}

static sidle_status share(const sidle_comm *comm, const sidle_options *options,
                          const char *path, const char *key, sidle_part *part)
{
    int is_funnel = options->checkpoint.mode == SIDLE_CKPT_FUNNEL;

    SIDLE_TRY(sidle_corpus_share(comm, path, key, is_funnel, &part->corpus));
    part->n = part->corpus.n_documents;
    return SIDLE_OK;
}

static void close_corpus(sidle_part *part)
{
    if (part->corpus.done != NULL)
        part->corpus.done(&part->corpus);
}

static void split(const sidle_part *whole, double fraction, sidle_part *train,
                  sidle_part *valid)
{
    *train = *valid = (sidle_part){0};
    sidle_corpus_split(&whole->corpus, fraction, &train->corpus,
                       &valid->corpus);
    train->n = train->corpus.n_documents;
    valid->n = valid->corpus.n_documents;
}

static sidle_status train(const sidle_data_view *view, sidle_source *source)
{
    const sidle_options *options = view->options;
    const sidle_crops crops = {
        .corpus = &view->part->corpus,
        .seed = (uint64_t)options->run.seed,
        .context = options->model.context,
        .latents = options->model.latents,
        .rows = view->rows,
        .order = options->data.order,
        .stride = options->data.stride,
    };

    return sidle_crops_source(&crops, source);
}

static sidle_status evaluate(const sidle_data_view *view, int64_t most,
                             sidle_source *source)
{
    const sidle_options *options = view->options;
    const sidle_windows windows = {
        .corpus = &view->part->corpus,
        .context = options->model.context,
        .latents = options->model.latents,
        .rows = view->rows,
        .stride = options->eval.stride,
        .most = most,
    };

    return sidle_windows_source(&windows, source);
}

/* ---- in words */

static int64_t count_tokens(const sidle_corpus *corpus)
{
    int64_t n = 0;

    for (int64_t i = 0; i < corpus->n_documents; i++)
        n += sidle_corpus_length(corpus, i);
    return n;
}

static int64_t count_targets(const sidle_part *part)
{
    int64_t n = 0;

    for (int64_t i = 0; i < part->n; i++) {
        int64_t length = sidle_corpus_length(&part->corpus, i);

        n += length > 1 ? length - 1 : 0;
    }
    return n;
}

static void describe_text(const sidle_part *part, int is_file, char *out,
                          size_t size)
{
    int64_t n = part->corpus.n_bytes;

    snprintf(out, size, "%s%lld byte%s", is_file ? "a text of " : "",
             (long long)n, sidle_plural(n));
}

static void describe_tokens(const sidle_part *part, int is_file, char *out,
                            size_t size)
{
    const sidle_corpus *corpus = &part->corpus;
    int64_t tokens = count_tokens(corpus);
    char vocab[48] = "";

    if (is_file)
        snprintf(vocab, sizeof(vocab), " (vocabulary %lld)",
                 (long long)corpus->vocab);
    snprintf(out, size, "%lld document%s of %lld token%s%s", (long long)part->n,
             sidle_plural(part->n), (long long)tokens, sidle_plural(tokens),
             vocab);
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

static void warn(const sidle_data_view *view)
{
    const sidle_corpus *corpus = &view->part->corpus;
    int64_t rows = view->rows.all, tokens = count_tokens(corpus);
    int64_t width = (int64_t)view->options->model.context + 1;

    if (tokens / width >= rows || count_rows(corpus, width) >= rows)
        return;
    sidle_warn("%s has %lld tokens to train on, fewer than one item needs "
               "(data.batch: %lld row%s of %lld, which is model.context and "
               "a target): %s; use more data, or a smaller data.batch or "
               "model.context",
               view->options->data.path, (long long)tokens, (long long)rows,
               sidle_plural(rows), (long long)width,
               tokens < width ? "its rows are mostly padding and repeat it"
                              : "its rows repeat it");
}

const sidle_data_kind sidle_data_text = {
    .name = "text",
    .unit = "document",
    .element = "token",
    .valid_fraction = 0.02,
    .is_live = 1,
    .is_sent = 1,
    .open = open_text,
    .close = close_corpus,
    .share = share,
    .split = split,
    .train = train,
    .evaluate = evaluate,
    .count_targets = count_targets,
    .describe = describe_text,
    .warn = warn,
};

const sidle_data_kind sidle_data_tokens = {
    .name = "tokens",
    .unit = "document",
    .element = "token",
    .is_sent = 1,
    .open = open_tokens,
    .close = close_corpus,
    .share = share,
    .split = split,
    .train = train,
    .evaluate = evaluate,
    .count_targets = count_targets,
    .describe = describe_tokens,
    .warn = warn,
};
