/* test_describe_data.c - the line of the start that tells of the data, and data
 * that are too short or all held out. */
#include "check.h"
#include "io/scratch.h"
#include "io/videos.h"
#include "run/tokens.h"

#include "base/log.h"
#include "cli/describe_data.h"
#include "run/few.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct play {
    scratch s;
    sidle_options options;
    sidle_setup setup;
    char said[2048];
} play;

static play *begin(const char *kind, const char *name)
{
    play *p = calloc(1, sizeof(*p));
    sidle_options *o = &p->options;

    assert_non_null(p);
    p->s = scratch_new();
    sidle_options_default(o);
    o->model.width = o->model.embed_width = 8;
    o->model.heads = o->model.cross_heads = 2;
    o->model.context = o->model.latents = 4;
    o->data.batch = 2;
    o->run.steps = 3;
    snprintf(o->data.kind, sizeof(o->data.kind), "%s", kind);
    snprintf(o->data.path, sizeof(o->data.path), "%s",
             scratch_path(&p->s, name));
    return p;
}

static void end(play *p)
{
    scratch_done(&p->s);
    free(p);
}

static const char *said(play *p)
{
    FILE *log = tmpfile();
    size_t n;

    assert_non_null(log);
    if (sidle_setup_run(&p->options, 1, &p->setup) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    sidle_log_set_file(log);
    sidle_data_describe(&p->setup);
    sidle_warn_if_few(&p->setup);
    sidle_log_set_file(NULL);
    rewind(log);
    n = fread(p->said, 1, sizeof(p->said) - 1, log);
    p->said[n] = '\0';
    fclose(log);
    sidle_setup_done(&p->setup);
    return p->said;
}

static void expect(play *p, const char *words)
{
    if (strstr(said(p), words) == NULL)
        fail_msg("'%s' lacks '%s'", p->said, words);
}

TEST(a_text_is_told_in_bytes)
{
    play *p = begin("text", "t");

    scratch_write(&p->s, "t", "In the beginning God created", 28);
    expect(p, "/t, a text of 28 bytes: 27 bytes to train on; held out: its "
              "last 1 byte (data.valid_fraction)");
    assert_null(strstr(p->said, "warning"));
    p->options.data.valid_fraction = 0.0;
    expect(p, "/t, a text of 28 bytes, all to train on; nothing held out");
    scratch_write(&p->s, "v", "the earth", 9);
    snprintf(p->options.data.valid_path, SIDLE_TEXT_MAX, "%s",
             scratch_path(&p->s, "v"));
    expect(p, "a text of 28 bytes, all to train on; held out: all of ");
    assert_non_null(strstr(p->said, "/v, 9 bytes\n"));
    end(p);
}

TEST(documents_are_told_in_tokens)
{
    play *p = begin("tokens", "t.h5");

    p->options.model.vocab = 20;
    p->options.data.batch = 1;
    make_tokens(p->options.data.path, 5, 3);
    expect(p, "/t.h5, 2 documents of 8 tokens (vocabulary 20), all to train "
              "on; nothing held out");
    p->options.data.valid_fraction = 0.5;
    expect(p, ": 1 document of 5 tokens to train on; held out: its last 1 "
              "document of 3 tokens (data.valid_fraction)");
    assert_null(strstr(p->said, "warning"));
    end(p);
}

/* An item is of 2 rows of 5 tokens. SOS and EOS are tokens. */
TEST(data_shorter_than_an_item_are_told)
{
    play *p = begin("text", "t");

    p->options.data.valid_fraction = 0.0;
    scratch_write(&p->s, "t", "In the b", 8);
    assert_null(strstr(said(p), "warning"));
    scratch_write(&p->s, "t", "In the ", 7);
    expect(p, "/t has 9 tokens to train on, fewer than one item needs");
    assert_non_null(strstr(p->said, "2 rows of 5"));
    assert_non_null(strstr(p->said, "its rows repeat it"));
    scratch_write(&p->s, "t", "I", 1);
    expect(p, "has 3 tokens to train on");
    assert_non_null(strstr(p->said, "padding"));
    end(p);
}

/* Each row has a document of its own, with padding. */
TEST(short_documents_are_rows)
{
    play *p = begin("tokens", "t.h5");

    p->options.model.vocab = 20;
    make_tokens(p->options.data.path, 3, 3);
    assert_null(strstr(said(p), "warning"));
    p->options.data.batch = 3;
    expect(p, "has 6 tokens to train on, fewer than one item needs");
    end(p);
}

TEST(clips_are_told_in_frames_and_too_few_are_told)
{
    play *p = begin("video", "v.h5");
    recipe r = video_recipe();

    strcpy(p->options.model_kind, "layers");
    strcpy(p->options.layers, "- flatten\n- linear: {width: 4}\n");
    strcpy(p->options.loss, "- cross_entropy\n");
    write_video(&p->s, &r);
    expect(p, "/v.h5, 5 clips of 23 frames of 5 x 4 x 3 (Y X C), all to train "
              "on; nothing held out");
    p->options.data.valid_fraction = 0.2;
    p->options.data.batch = 20;
    expect(p, ": 4 clips of 20 frames to train on; held out: its last 1 clip "
              "of 3 frames (data.valid_fraction)");
    assert_null(strstr(p->said, "warning"));
    p->options.data.batch = 21;
    expect(p, "/v.h5 has 20 frames to train on, fewer than one item needs "
              "(data.batch: 21 rows)");
    p->options.data.batch = 5;
    p->options.data.order = SIDLE_STREAM;
    expect(p, "/v.h5 has 4 clips to train on, fewer than the 5 rows of an "
              "item");
    p->options.data.batch = 4;
    assert_null(strstr(said(p), "warning"));
    end(p);
}

TEST(documents_that_are_all_held_out_name_the_key)
{
    play *p = begin("tokens", "t.h5");

    p->options.model.vocab = 20;
    p->options.data.valid_fraction = 0.9;
    make_tokens(p->options.data.path, 5, 3);
    assert_int_equal(sidle_setup_run(&p->options, 1, &p->setup), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(),
                           "data.valid_fraction 0.9 holds out all of the 2 "
                           "documents"));
    sidle_setup_done(&p->setup);
    end(p);
}

TEST_MAIN
