/* test_setup.c - what is wrong with the data is told with its file */
#include "check.h"
#include "io/scratch.h"
#include "run/tokens.h"

#include "run/setup.h"

#include <stdlib.h>
#include <string.h>

/* Half of the documents held out; the words of the refusal, or "" if none. */
static const char *set_up(const char *path)
{
    static char words[1024];
    sidle_options *options = malloc(sizeof(*options));
    sidle_setup *setup = malloc(sizeof(*setup));
    sidle_status status;

    assert_true(options != NULL && setup != NULL);
    sidle_options_default(options);
    options->model.vocab = 20;
    options->model.width = options->model.embed_width = 8;
    options->model.heads = options->model.cross_heads = 2;
    options->model.context = options->model.latents = 4;
    options->run.steps = 3;
    strcpy(options->data.kind, "tokens");
    snprintf(options->data.path, sizeof(options->data.path), "%s", path);
    options->data.valid_fraction = 0.5;
    status = sidle_setup_run(options, 1, setup);
    assert_true(status == SIDLE_OK || status == SIDLE_EDATA);
    snprintf(words, sizeof(words), "%s",
             status == SIDLE_OK ? "" : sidle_fail_text());
    sidle_setup_done(setup);
    free(setup);
    free(options);
    return words;
}

TEST(documents_without_a_target_are_told_with_their_file)
{
    scratch s = scratch_new();
    const char *words;

    make_tokens(scratch_path(&s, "good.h5"), 4, 4);
    assert_string_equal(set_up(scratch_path(&s, "good.h5")), "");
    make_tokens(scratch_path(&s, "train.h5"), 1, 4);
    words = set_up(scratch_path(&s, "train.h5"));
    assert_non_null(strstr(words, "train.h5': what data.valid_fraction leaves: "
                                  "the only document has no target"));
    make_tokens(scratch_path(&s, "valid.h5"), 4, 1);
    words = set_up(scratch_path(&s, "valid.h5"));
    assert_non_null(
        strstr(words, "valid.h5': what data.valid_fraction holds out: "));
    scratch_done(&s);
}

TEST_MAIN
