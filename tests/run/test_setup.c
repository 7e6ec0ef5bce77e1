/* test_setup.c - what is wrong with the data is told with its file */
#include "check.h"
#include "io/scratch.h"
#include "run/tokens.h"

#include "run/rates.h"
#include "run/setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static sidle_options *options_of(const char *kind, const char *path)
{
    sidle_options *options = malloc(sizeof(*options));

    assert_non_null(options);
    sidle_options_default(options);
    options->model.vocab = 20;
    options->model.width = options->model.embed_width = 8;
    options->model.heads = options->model.cross_heads = 2;
    options->model.context = options->model.latents = 4;
    options->run.steps = 3;
    snprintf(options->data.kind, sizeof(options->data.kind), "%s", kind);
    snprintf(options->data.path, sizeof(options->data.path), "%s", path);
    return options;
}

/* Half of the documents held out; the words of the refusal, or "" if none. */
static const char *set_up(const char *path)
{
    static char words[1024];
    sidle_options *options = options_of("tokens", path);
    sidle_setup *setup = malloc(sizeof(*setup));
    sidle_status status;

    assert_non_null(setup);
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

/* The words of the refusal of so many rates for two blocks, or "". */
static const char *set_rates(int n, double lr)
{
    static char words[1024];
    sidle_options *options = options_of("tokens", "not there");
    sidle_setup *setup = malloc(sizeof(*setup));
    sidle_status status;

    assert_non_null(setup);
    options->parallel.blocks = 2;
    options->optim.lr = lr;
    options->n_block_lr = n;
    for (int i = 0; i < n; i++)
        options->block_lr[i] = 1e-3 * (i + 1);
    status = sidle_setup_plan(options, 1, setup);
    assert_true(status == SIDLE_OK || status == SIDLE_EUSAGE);
    if (status == SIDLE_OK && n > 0) {
        assert_true(sidle_rates_last(setup) == 1e-3 * n);
        assert_true(fabs(sidle_rates_last_matrix(setup) - 0.01) < 1e-12);
    }
    snprintf(words, sizeof(words), "%s",
             status == SIDLE_OK ? "" : sidle_fail_text());
    sidle_setup_done(setup);
    free(setup);
    free(options);
    return words;
}

TEST(every_block_has_a_rate_of_its_own_or_none)
{
    assert_string_equal(set_rates(0, 2e-3), "");
    assert_string_equal(set_rates(2, 2e-3), "");
    assert_non_null(strstr(set_rates(1, 2e-3), "'optim.block_lr' has 1 number, "
                                               "expected 2, one for each"));
    assert_non_null(strstr(set_rates(3, 2e-3), "has 3 numbers, expected 2"));
    assert_non_null(strstr(set_rates(2, 0.0), "set optim.lr above 0"));
}

/* Documents that are held out. */
static int64_t held_out(const char *kind, const char *path, double fraction)
{
    sidle_options *options = options_of(kind, path);
    sidle_setup *setup = malloc(sizeof(*setup));
    int64_t n;

    assert_non_null(setup);
    options->model.vocab = 259;
    options->data.valid_fraction = fraction;
    if (sidle_setup_run(options, 1, setup) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    n = setup->valid_part.n;
    assert_int_equal(setup->has_eval, n > 0);
    sidle_setup_done(setup);
    free(setup);
    free(options);
    return n;
}

TEST(a_text_is_held_out_in_part_unless_it_is_said_tokens_are_not)
{
    scratch s = scratch_new();
    const char *path;

    scratch_write(&s, "text.txt", "all work and no play", 20);
    path = scratch_path(&s, "text.txt");
    assert_int_equal(held_out("text", path, -1.0), 1);
    assert_int_equal(held_out("text", path, 0.0), 0);
    path = scratch_path(&s, "tokens.h5");
    make_tokens(path, 4, 4);
    assert_int_equal(held_out("tokens", path, -1.0), 0);
    assert_int_equal(held_out("tokens", path, 0.5), 1);
    scratch_done(&s);
}

TEST_MAIN
