/* test_run_config.c - what a program says of a run: keys are tried as they are
 * set. */
#include "check.h"

#include "run/run_config.h"
#include "run/run_words.h"

#include <string.h>

TEST(keys_that_are_set_are_kept_in_order)
{
    sidle_run_config *config = sidle_run_config_new();
    const sidle_run_words *words = sidle_run_config_words(config);

    assert_null(words->file);
    sidle_run_config_file(config, "first.yaml");
    sidle_run_config_file(config, "run.yaml");
    assert_int_equal(sidle_run_config_set(config, "optim.lr", "3e-4"),
                     SIDLE_OK);
    assert_int_equal(
        sidle_run_config_set(config, "parallel.partition", "[self.000]"),
        SIDLE_OK);
    assert_string_equal(words->file, "run.yaml");
    assert_int_equal(words->n_overrides, 2);
    assert_string_equal(words->overrides[0], "optim.lr=3e-4");
    assert_string_equal(words->overrides[1], "parallel.partition=[self.000]");
    sidle_run_config_free(config);
}

static void refuses(sidle_run_config *config, const char *key,
                    const char *value, const char *words)
{
    assert_int_equal(sidle_run_config_set(config, key, value), SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, sidle_fail_text());
    assert_int_equal(sidle_run_config_words(config)->n_overrides, 0);
}

TEST(a_key_that_is_none_or_has_no_such_value_is_not_set)
{
    sidle_run_config *config = sidle_run_config_new();

    refuses(config, "optim.rate", "3e-4", "the program: ");
    refuses(config, "optim.rate", "3e-4", "optim.lr");
    refuses(config, "optim.lr", "fast", "'fast'");
    refuses(config, "run.dir", "$NOT_SET_BY_ANYBODY", "NOT_SET_BY_ANYBODY");
    refuses(config, "", "", "is not an assignment");
    sidle_run_config_free(config);
    sidle_run_config_free(NULL);
}

TEST_MAIN
