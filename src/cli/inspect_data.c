/* inspect_data.c - data files shown, and held against their format. */
#include "cli/inspect_data.h"

#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "io/corpus_file.h"
#include "io/data_file.h"
#include "io/json.h"
#include "io/offsets.h"
#include "io/video_file.h"

#include <stdio.h>
#include <string.h>

sidle_data_format sidle_data_format_of(const char *path)
{
    char format[64];

    sidle_data_file_format(path, format, sizeof(format));
    return strcmp(format, "sidle-tokens") == 0  ? SIDLE_DATA_TOKENS
           : strcmp(format, "sidle-video") == 0 ? SIDLE_DATA_VIDEO
                                                : SIDLE_DATA_NONE;
}

static void print_lengths(const sidle_lengths *l, const char *of)
{
    printf("; lengths of %ss: least %lld, median %.10g, most %lld\n", of,
           (long long)l->least, l->median, (long long)l->most);
}

static void put_lengths(sidle_json *json, const sidle_lengths *l)
{
    sidle_json_int(json, "shortest", l->least);
    sidle_json_real(json, "median", l->median);
    sidle_json_int(json, "longest", l->most);
}

/* ---- tokens */

typedef struct tokens {
    int64_t documents, total, vocab;
    int64_t least, most; /* ids; 0: there is none */
    sidle_lengths lengths;
} tokens;

static sidle_status read_tokens(const char *path, tokens *t)
{
    sidle_corpus corpus = {0};

    SIDLE_TRY(sidle_corpus_tokens(path, NULL, INT32_MAX, &corpus));
    *t = (tokens){
        .documents = corpus.n_documents,
        .total = corpus.offsets[corpus.n_documents],
        .vocab = corpus.vocab,
        .lengths = sidle_offsets_lengths(corpus.offsets, corpus.n_documents)};
    for (int64_t i = 0; i < t->total; i++) {
        int64_t id = corpus.tokens[i];

        t->least = i == 0 || id < t->least ? id : t->least;
        t->most = id > t->most ? id : t->most;
    }
    corpus.done(&corpus);
    return SIDLE_OK;
}

/* A larger model.vocab would take it all the same. */
static sidle_status check_vocab(const char *path, const tokens *t)
{
    if (t->most < t->vocab)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "'%s' has id %lld, but its attribute vocab is %lld: "
                      "every id must be smaller",
                      path, (long long)t->most, (long long)t->vocab);
}

static sidle_status show_tokens_json(const tokens *t)
{
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_text(json, "format", "sidle-tokens");
    sidle_json_int(json, "vocab", t->vocab);
    sidle_json_int(json, "documents", t->documents);
    sidle_json_int(json, "tokens", t->total);
    if (t->total > 0) {
        sidle_json_int(json, "least_id", t->least);
        sidle_json_int(json, "largest_id", t->most);
    }
    put_lengths(json, &t->lengths);
    return sidle_json_print(json, stdout);
}

static sidle_status show_tokens(const char *path, int is_json)
{
    tokens t;

    SIDLE_TRY(read_tokens(path, &t));
    if (check_vocab(path, &t) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (is_json)
        return show_tokens_json(&t);
    printf("token data set: %lld document%s, %lld token%s, vocabulary %lld",
           (long long)t.documents, sidle_plural(t.documents),
           (long long)t.total, sidle_plural(t.total), (long long)t.vocab);
    if (t.total > 0)
        printf(", ids %lld to %lld", (long long)t.least, (long long)t.most);
    print_lengths(&t.lengths, "document");
    return SIDLE_OK;
}

/* ---- video */

static void put_labels(sidle_json *json, const sidle_labels *l, const char *key)
{
    if (l->n == 0)
        return;
    sidle_json_begin_object(json, key);
    sidle_json_int(json, "count", l->n);
    sidle_json_int(json, "none", l->none);
    if (l->none < l->n) {
        sidle_json_int(json, "least", l->least);
        sidle_json_int(json, "largest", l->most);
    }
    sidle_json_end_object(json);
}

static sidle_status show_video_json(const sidle_video_info *v)
{
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_text(json, "format", "sidle-video");
    sidle_json_int(json, "clips", v->clips);
    sidle_json_int(json, "frames", v->frames);
    sidle_json_ints(json, "shape", v->shape, 3);
    if (v->classes > 0)
        sidle_json_int(json, "classes", v->classes);
    if (v->fps > 0.0)
        sidle_json_real(json, "fps", v->fps);
    put_labels(json, &v->labels, "labels");
    put_labels(json, &v->frame_labels, "frame_labels");
    put_lengths(json, &v->lengths);
    return sidle_json_print(json, stdout);
}

/* ", labels 0 to 3 of clips (2 have none)" */
static void print_labels(const sidle_labels *l, const char *of)
{
    if (l->n == 0)
        return;
    if (l->none == l->n) {
        printf(", all labels of %ss -1 (none)", of);
        return;
    }
    printf(", labels %lld to %lld of %ss", (long long)l->least,
           (long long)l->most, of);
    if (l->none > 0)
        printf(" (%lld without)", (long long)l->none);
}

static sidle_status show_video(const char *path, int is_json)
{
    sidle_video_info v;

    SIDLE_TRY(sidle_video_look(path, &v));
    if (is_json)
        return show_video_json(&v);
    printf("video data set: %lld clip%s, %lld frame%s of %lld x %lld x %lld "
           "(Y X C)",
           (long long)v.clips, sidle_plural(v.clips), (long long)v.frames,
           sidle_plural(v.frames), (long long)v.shape[0], (long long)v.shape[1],
           (long long)v.shape[2]);
    if (v.fps > 0.0)
        printf(", %g frames a second", v.fps);
    if (v.classes > 0)
        printf(", %lld class%s", (long long)v.classes,
               v.classes == 1 ? "" : "es");
    print_labels(&v.labels, "clip");
    print_labels(&v.frame_labels, "frame");
    if (v.labels.n + v.frame_labels.n == 0)
        printf(", no labels");
    print_lengths(&v.lengths, "clip");
    return SIDLE_OK;
}

/* ---- both */

sidle_status sidle_data_show(const char *path, sidle_data_format format,
                             int is_json)
{
    return format == SIDLE_DATA_TOKENS ? show_tokens(path, is_json)
                                       : show_video(path, is_json);
}

sidle_status sidle_data_verify(const char *path, sidle_data_format format)
{
    int is_tokens = format == SIDLE_DATA_TOKENS;
    sidle_video_info v;
    tokens t;
    sidle_status status =
        is_tokens ? read_tokens(path, &t) : sidle_video_look(path, &v);

    if (status == SIDLE_OK && is_tokens)
        status = check_vocab(path, &t);
    /* It is a Sidle file by its own word: then its structure is wrong. */
    if (status != SIDLE_OK)
        return sidle_fail(SIDLE_EIO, "%s", sidle_fail_text());
    printf("%s: a %s data set of %lld %s, its structure is right (data files "
           "hold no checksums)\n",
           sidle_shown(path), is_tokens ? "token" : "video",
           (long long)(is_tokens ? t.total : v.frames),
           is_tokens ? "tokens" : "frames");
    return SIDLE_OK;
}
