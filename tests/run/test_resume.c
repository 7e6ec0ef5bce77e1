/* test_resume.c - what may change within a run, what is drained first, and what
 * is refused. */
#include "check.h"
#include "io/scratch.h"

#include "base/log.h"
#include "io/ckpt.h"
#include "run/chosen.h"
#include "run/load.h"
#include "run/option_table.h"
#include "run/resume.h"
#include "run/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The run that is resumed. */
static const char first_start[] =
    "run: {dir: a, steps: 10, seed: 3}\n"
    "model: {context: 24, latents: 12, width: 16, heads: 2, layers: 3}\n"
    "parallel: {blocks: 3, partition: [cross, self.001, final], "
    "update_every: 2}\n"
    "data: {path: text, batch: 2, order: stream}\n";

/* What a program has written that knew fewer keys. */
static const char older_start[] =
    "run: {dir: a, name: a, steps: 10, seed: 3, max_minutes: 0}\n"
    "model: {context: 24, latents: 12, width: 16, heads: 2, "
    "layers: 3, embed_width: 16, cross_heads: 2}\n"
    "parallel: {blocks: 3, partition: [cross, self.001, final], "
    "update_every: 2}\n"
    "data: {path: text, batch: 2, order: stream}\n"
    "optim: {kind: muon}\n";

typedef struct comparison {
    sidle_resume resume;
    sidle_options options; /* of this start */
    sidle_status status;
    char said[4096];
} comparison;

static void write_file(const scratch *s, const char *yaml, int64_t start)
{
    sidle_array array = {.path = SIDLE_PLAN_START,
                         .type = SIDLE_I64,
                         .n_dims = 1,
                         .dims = {1},
                         .data = &start};
    sidle_ckpt_info info = {.step = 7, .format_version = 1};

    assert_int_equal(sidle_ckpt_save(NULL, s->folder, "a.h5", &info, yaml,
                                     &array, start >= 0),
                     SIDLE_OK);
}

/* What a start says: `yaml`, and then one more assignment, which may be NULL.
 */
static sidle_settings say(const char *yaml, const char *assignment)
{
    sidle_settings said = {0};

    assert_int_equal(sidle_settings_parse("start", yaml, strlen(yaml), &said),
                     SIDLE_OK);
    if (assignment != NULL)
        assert_int_equal(sidle_settings_override(&said, assignment), SIDLE_OK);
    return said;
}

static void read_options(const char *yaml, sidle_options *options)
{
    sidle_settings said = say(yaml, NULL);

    assert_int_equal(sidle_options_of(&said, options), SIDLE_OK);
    sidle_settings_done(&said);
}

/* Hold a start against a.h5; what was said is kept. */
static comparison *compare(const scratch *s, const char *yaml,
                           const char *assignment)
{
    static comparison c;
    sidle_settings said = say(yaml, assignment);
    FILE *log = tmpfile();
    size_t n;
    int is_early;

    assert_non_null(log);
    memset(&c, 0, sizeof(c));
    sidle_log_set_file(log);
    c.status = sidle_ckpt_open(scratch_path(s, "a.h5"), &c.resume.ckpt);
    if (c.status == SIDLE_OK)
        c.status = sidle_resume_learn(&c.resume);
    if (c.status == SIDLE_OK)
        c.status = sidle_resume_compare(&c.resume, &said, &c.options);
    is_early = ftell(log) > 0;
    if (c.status == SIDLE_OK)
        sidle_resume_tell(&c.resume);
    sidle_resume_done(&c.resume);
    sidle_settings_done(&said);
    sidle_log_set_file(NULL);
    rewind(log);
    n = fread(c.said, 1, sizeof(c.said) - 1, log);
    c.said[n] = '\0';
    fclose(log);
    assert_false(is_early); /* a start that is refused has changed nothing */
    return &c;
}

static comparison *change(const scratch *s, const char *assignment)
{
    return compare(s, first_start, assignment);
}

static scratch begin(void)
{
    scratch s = scratch_new();
    static sidle_options options;
    char *yaml;

    read_options(first_start, &options);
    assert_int_equal(sidle_options_dump(&options, &yaml), SIDLE_OK);
    write_file(&s, yaml, 4);
    free(yaml);
    return s;
}

TEST(nothing_changed_says_nothing)
{
    scratch s = begin();
    comparison *c = change(&s, NULL);

    assert_int_equal(c->status, SIDLE_OK);
    assert_string_equal(c->said, "");
    assert_false(c->resume.is_drained);
    assert_false(c->resume.is_new_rule);
    assert_int_equal(c->resume.plan_start, 4);
    scratch_done(&s);
}

TEST(blocks_and_cut_are_taken_over)
{
    scratch s = begin();
    comparison *c = change(&s, "parallel.partition=auto");

    assert_string_equal(c->said, "");
    assert_non_null(strstr(c->options.parallel.partition, "self.001"));
    c = change(&s, "parallel.partition=[cross,self.001,  final]");
    assert_string_equal(c->said, "");
    c = compare(&s,
                "run: {dir: a, steps: 10, seed: 3}\n"
                "model: {context: 24, latents: 12, width: 16, heads: 2, "
                "layers: 3}\n"
                "parallel: {update_every: 2}\n"
                "data: {path: text, batch: 2, order: stream}\n",
                NULL);
    assert_string_equal(c->said, "");
    assert_int_equal(c->options.parallel.blocks, 3);
    scratch_done(&s);
}

/* A value of the key that is not its default; 0: it has only that one. */
static int is_other_value(const sidle_option *row, int i, char *out,
                          size_t size)
{
    static const char *const numbers[] = {"1", "2", "4", "12", "0.25", "0"};
    static const char *const flags[] = {"true", "false"};
    const char *const *names = row->words;
    int n = row->n_available;

    switch (row->type) {
    case SIDLE_OPTION_FLAG:
        names = flags;
        n = 2;
        break;
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        n = row->find_words != NULL ? row->find_words(&names) : n;
        break;
    case SIDLE_OPTION_TEXT:
        names = &row->name;
        n = 1;
        break;
    default:
        names = numbers;
        n = 6;
    }
    snprintf(out, size, "%s=%s", row->name, i < n ? names[i] : "");
    return i < n;
}

/* The text of a run that set the key so, if there can be one. */
static int write_run_with(const scratch *s, const char *assignment,
                          sidle_options *options, char **yaml_p)
{
    sidle_settings said = say(first_start, assignment);
    int is_good =
        sidle_options_of(&said, options) == SIDLE_OK &&
        options->parallel.blocks > 0 &&
        sidle_choose(options, (int)options->parallel.blocks) == SIDLE_OK;

    sidle_settings_done(&said);
    if (!is_good)
        return 0;
    assert_int_equal(sidle_options_dump(options, yaml_p), SIDLE_OK);
    write_file(s, *yaml_p, 4);
    return 1;
}

/* For every key, with several values: a start that sets nothing but run.dir has
 * the options of the run, all of them. */
TEST(what_a_start_leaves_open_is_as_the_run_has_it)
{
    static sidle_options options;
    scratch s = scratch_new();
    int n_tried = 0;

    for (size_t k = 0; k < sidle_n_options; k++) {
        const sidle_option *row = &sidle_option_table[k];
        char assignment[SIDLE_TEXT_MAX], *yaml, *now;
        int n = 0;

        if (strcmp(row->name, "run.dir") == 0)
            continue;
        for (int i = 0; is_other_value(row, i, assignment, sizeof(assignment));
             i++) {
            comparison *c;

            if (!write_run_with(&s, assignment, &options, &yaml))
                continue;
            c = compare(&s, "run: {dir: a}\n", NULL);
            if (c->status != SIDLE_OK)
                fail_msg("%s: %s", assignment, sidle_fail_text());
            assert_string_equal(c->said, "");
            assert_int_equal(sidle_options_dump(&c->options, &now), SIDLE_OK);
            assert_string_equal(now, yaml);
            free(now);
            free(yaml);
            n++;
        }
        n_tried += n > 0;
    }
    /* The others have only one value that goes with the rest. */
    if (n_tried + 6 < (int)sidle_n_options)
        fail_msg("%d of %zu keys were tried", n_tried, sidle_n_options);
    scratch_done(&s);
}

TEST(an_update_of_0_is_that_of_the_run_or_of_the_new_blocks_rule)
{
    scratch s = begin();
    comparison *c = change(&s, "parallel.update_every=0");

    assert_string_equal(c->said, "");
    assert_int_equal(c->options.parallel.update_every, 2);
    /* Not set: it stays with other blocks, too. */
    c = compare(&s, "run: {dir: a}\nparallel: {blocks: 5}\n", NULL);
    assert_int_equal(c->options.parallel.update_every, 2);
    c = compare(&s, "run: {dir: a}\nparallel: {blocks: 5, update_every: 0}\n",
                NULL);
    assert_int_equal(c->options.parallel.update_every, 4);
    assert_non_null(strstr(c->said, "parallel.update_every from 2 to 4: the "));
    c = compare(&s, "run: {dir: a}\nparallel: {update_every: 0}\n",
                "parallel.schedule=sideways");
    assert_int_equal(c->options.parallel.update_every, 1);
    scratch_done(&s);
}

/* The run has 10 items, and 2 of them in an update. */
TEST(a_run_is_made_longer_by_items_or_by_updates)
{
    static const struct {
        const char *yaml;
        int64_t steps;
    } all[] = {{"run: {dir: a}", 10},
               {"run: {dir: a, steps: 0, updates: 0}", 10},
               {"run: {dir: a, steps: 20}", 20},
               {"run: {dir: a, updates: 12}", 24},
               {"run: {dir: a, updates: 12}\nparallel.update_every: 3", 36},
               {"run: {dir: a, steps: 0, updates: 12}", 24},
               {"run: {dir: a, steps: 20, updates: 0}", 20}};
    scratch s = begin();

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        comparison *c = compare(&s, all[i].yaml, NULL);

        assert_int_equal(c->status, SIDLE_OK);
        assert_int_equal(c->options.run.steps, all[i].steps);
        assert_int_equal(c->options.run.updates, 0);
    }
    assert_int_equal(
        compare(&s, "run: {dir: a, steps: 9, updates: 12}", NULL)->status,
        SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "add run.steps=0"));
    assert_int_equal(compare(&s, "run: {dir: a, updates: 1e15}", NULL)->status,
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(),
                           "'run.updates' is 1000000000000000, with 2 items "
                           "each ('parallel.update_every'), but a run has at "
                           "most 1000000000000000 items"));
    scratch_done(&s);
}

TEST(a_name_that_followed_the_folder_follows_the_next_one)
{
    scratch s = begin();
    static sidle_options options;
    char *yaml;
    comparison *c = compare(&s, "run: {dir: b/c}\n", NULL);

    assert_string_equal(c->options.run.name, "c");
    read_options(first_start, &options);
    snprintf(options.run.name, sizeof(options.run.name), "own");
    assert_int_equal(sidle_options_dump(&options, &yaml), SIDLE_OK);
    write_file(&s, yaml, 4);
    free(yaml);
    c = compare(&s, "run: {dir: b/c}\n", NULL);
    assert_string_equal(c->options.run.name, "own");
    scratch_done(&s);
}

/* Files that lack keys whose default is another one today. */
TEST(old_defaults_are_those_of_the_old_programs)
{
    static const char yaml[] =
        "run: {dir: a, name: a, steps: 10, seed: 3}\n"
        "model: {context: 24, latents: 12, width: 16, heads: 2, layers: 3}\n"
        "parallel: {blocks: 3, partition: [cross, self.001, final]}\n"
        "data: {path: text}\n";
    scratch s = scratch_new();
    comparison *c;

    write_file(&s, yaml, -1);
    c = compare(&s, "run: {dir: a}\n", NULL);
    assert_string_equal(c->said, "");
    assert_int_equal(c->options.parallel.update_every, 1);
    assert_int_equal(c->options.data.batch, 16);
    assert_int_equal(c->options.eval.items, 20);
    scratch_done(&s);
}

TEST(what_makes_the_state_is_drained)
{
    static const char *const assignments[] = {
        "parallel.schedule=sideways", "parallel.update_every=3",
        "parallel.partition=[cross, self.000, final]", "parallel.on_cut=flush"};
    scratch s = begin();

    for (size_t i = 0; i < sizeof(assignments) / sizeof(*assignments); i++) {
        comparison *c = change(&s, assignments[i]);

        assert_int_equal(c->status, SIDLE_OK);
        assert_true(c->resume.is_drained);
        assert_non_null(strstr(c->said, "the pipe is drained first"));
    }
    /* Other cuts without a flush on either side move nothing. */
    assert_false(change(&s, "parallel.on_cut=leak")->resume.is_drained);
    scratch_done(&s);
}

TEST(other_blocks_are_cut_anew)
{
    static const char yaml[] =
        "run: {dir: a, steps: 10, seed: 3}\n"
        "model: {context: 24, latents: 12, width: 16, heads: 2, layers: 3}\n"
        "parallel: {update_every: 2}\n"
        "data: {path: text, batch: 2, order: stream}\n";
    scratch s = begin();
    comparison *c = compare(&s, yaml, "parallel.blocks=2");

    assert_true(c->resume.is_drained);
    assert_string_equal(c->options.parallel.partition, "auto");
    c = compare(&s, yaml, "parallel.partition=[cross, final]");
    assert_true(c->resume.is_drained);
    assert_int_equal(c->options.parallel.blocks, 2);
    scratch_done(&s);
}

TEST(what_makes_the_model_is_refused_with_both_values)
{
    static const struct {
        const char *assignment, *words;
    } all[] = {{"model.layers=2", "model.layers is 2, but the run that is "
                                  "resumed has 3"},
               {"run.seed=4", "run.seed is 4, but"},
               {"data.batch=3", "data.batch is 3, but"},
               {"data.order=shuffle", "data.order is shuffle, but"},
               {"parallel.replicas=2", "parallel.replicas is 2, but"}};
    scratch s = begin();

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        assert_int_equal(change(&s, all[i].assignment)->status, SIDLE_EUSAGE);
        assert_non_null(strstr(sidle_fail_text(), all[i].words));
    }
    scratch_done(&s);
}

static const char list_start[] =
    "run: {dir: run, steps: 20}\n"
    "model:\n"
    "  kind: layers\n"
    "  layers: [flatten, linear: {width: 4}, residual: [linear: {width: 4}]]\n"
    "  loss: {kind: mse}\n"
    "parallel: {blocks: 2, partition: [layer.000, layer.001]}\n"
    "data: {kind: video, path: clips.h5}\n";

TEST(the_first_layer_that_differs_is_named_with_both_values)
{
    static const char *const changes[][2] = {
        {"model.layers[1].width=8", "model.layers[1].linear.width is 8, but "
                                    "the run that is resumed has 4; use"},
        {"model.layers[2].residual[0].bias=false",
         "model.layers[2].residual[0].linear.bias is false, but the run that "
         "is resumed has true"},
        {"model.layers=[flatten, linear: {width: 4}]",
         "model.layers[2] is (not set), but the run that is resumed has "
         "residual"},
        {"model.loss=cross_entropy", "model.loss is cross_entropy, but the run "
                                     "that is resumed has mse"},
        {"model.loss.ahead=2", "model.loss.ahead is 2, but the run that is "
                               "resumed has 0"},
    };
    static sidle_options options;
    scratch s = scratch_new();
    char *yaml;

    read_options(list_start, &options);
    assert_int_equal(sidle_options_dump(&options, &yaml), SIDLE_OK);
    write_file(&s, yaml, 4);
    free(yaml);
    assert_int_equal(
        compare(&s, list_start, "model.layers[1].width=0x4")->status, SIDLE_OK);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        assert_int_equal(compare(&s, list_start, changes[i][0])->status,
                         SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), changes[i][1]) == NULL)
            fail_msg("'%s', not '%s'", sidle_fail_text(), changes[i][1]);
    }
    scratch_done(&s);
}

TEST(other_changes_are_told)
{
    scratch s = begin();
    comparison *c = change(&s, "optim.lr=0.5");

    assert_int_equal(c->status, SIDLE_OK);
    assert_non_null(strstr(c->said, "changed: optim.lr from 0.002 to 0.5"));
    assert_false(c->resume.is_drained);
    c = change(&s, "run.steps=20");
    assert_non_null(strstr(c->said, "changed: run.steps from 10 to 20"));
    assert_non_null(strstr(c->said, "decay now extends"));
    assert_true(change(&s, "optim.kind=sgd")->resume.is_new_rule);
    assert_true(change(&s, "optim.rest=norm")->resume.is_new_rule);
    assert_false(change(&s, "optim.rest=nadam")->resume.is_new_rule);
    assert_true(change(&s, "optim.orthogonal=true")->resume.is_new_rule);
    assert_false(change(&s, "optim.orthogonal=false")->resume.is_new_rule);
    c = change(&s, "optim.block_lr=[0.1]");
    assert_non_null(strstr(c->said, "changed: optim.block_lr from  to 0.1"));
    assert_false(c->resume.is_new_rule || c->resume.is_drained);
    assert_int_equal(change(&s, "data.path=moved")->status, SIDLE_OK);
    scratch_done(&s);
}

/* A file of an older program lacks keys and the number of its plan: they are at
 * their defaults, and nothing is said of them; another value is a change. */
TEST(keys_that_a_file_does_not_know_are_defaults)
{
    scratch s = scratch_new();
    comparison *c;

    write_file(&s, older_start, -1);
    c = change(&s, NULL);
    assert_int_equal(c->status, SIDLE_OK);
    assert_string_equal(c->said, "");
    assert_int_equal(c->resume.plan_start, 0);
    assert_false(c->resume.is_new_rule); /* of a file without optim.rest */
    c = change(&s, "optim.predict=true");
    assert_non_null(
        strstr(c->said, "changed: optim.predict from (not set) to true"));
    scratch_done(&s);
}

TEST(files_that_cannot_be_used_are_told)
{
    scratch s = scratch_new();

    assert_int_equal(change(&s, NULL)->status, SIDLE_EIO); /* no a.h5 */
    write_file(&s, "run: {dir: a}\n", 0);
    assert_int_equal(change(&s, NULL)->status, SIDLE_EDATA);
    assert_non_null(
        strstr(sidle_fail_text(), "'run.steps' and 'run.updates' are not"));
    scratch_done(&s);
}

/* Files of older programs hold what is refused now, and no position_pad. */
TEST(places_of_an_old_run_stay)
{
    static const char yaml[] =
        "run: {dir: a, steps: 10}\n"
        "model: {context: 64, latents: 12, width: 16, heads: 2, layers: 3, "
        "positions: learned, position_sizes: [8, 8]}\n"
        "parallel: {blocks: 1, partition: [cross]}\n"
        "data: {path: text, batch: 2}\n";
    scratch s = scratch_new();
    sidle_settings settings = {0};
    static sidle_options options;
    sidle_resume resume = {.start = SIDLE_START_RESUME};

    char *old, *pad;

    assert_int_equal(
        sidle_settings_parse("start", yaml, strlen(yaml), &settings), SIDLE_OK);
    assert_int_equal(sidle_options_of(&settings, &options), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "for 8 x 8 write [10, 10]"));
    assert_int_equal(sidle_options_of_old(&settings, &options), SIDLE_OK);
    assert_int_equal(sidle_options_dump(&options, &old), SIDLE_OK);
    pad = strstr(old, "  position_pad: false\n");
    assert_non_null(pad);
    memset(pad, ' ', strlen("  position_pad: false"));
    write_file(&s, old, 4);
    free(old);
    assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), &resume.ckpt),
                     SIDLE_OK);
    assert_int_equal(sidle_resume_compare(&resume, &settings, &options),
                     SIDLE_OK);
    assert_int_equal(sidle_load_options_of(resume.ckpt, NULL, 0, &options),
                     SIDLE_OK);
    sidle_resume_done(&resume);
    assert_true(options.model.has_old_places);
    sidle_settings_done(&settings);
    scratch_done(&s);
}

/* Checkpoints of older programs say nothing of raw bytes: what they took for a
 * text goes on when it is meant. */
TEST(raw_bytes_of_an_older_run_go_on)
{
    static const char *const now[] = {"data.raw=false", "data.raw=true"};
    scratch s = scratch_new();
    comparison *c;

    write_file(&s, older_start, -1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(change(&s, now[i])->status, SIDLE_OK);
    scratch_done(&s);
    s = begin();
    assert_int_equal(change(&s, now[0])->status, SIDLE_OK);
    c = change(&s, now[1]);
    assert_int_equal(c->status, SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "data.raw is true, but the run "
                                              "that is resumed has false"));
    scratch_done(&s);
}

/* A user cannot mend it, and did not write it: the file is no good. */
TEST(a_configuration_of_rubbish_is_bad_data)
{
    static const char *const texts[] = {
        "",
        "\x01\x02",
        "[1, 2",
        "words",
        "- 1",
        "run: 3",
        "run: {dir: a, steps: 10, sleds: 3}",
        "run: {dir: a, steps: -1}",
        "run: {dir: a, steps: 10}",
        "run: {dir: a, steps: 10}\ndata: {path: t}\nmodel: {width: 10}",
    };
    scratch s = begin();
    static sidle_options options;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(&s, texts[i], 4);
        assert_int_equal(
            sidle_load_options(scratch_path(&s, "a.h5"), 0, NULL, 0, &options),
            SIDLE_EDATA);
        assert_non_null(strstr(sidle_fail_text(), "/config of '"));
        assert_non_null(strstr(sidle_fail_text(), "a.h5'"));
        assert_int_equal(change(&s, NULL)->status, SIDLE_EDATA);
    }
    scratch_done(&s);
}

TEST(an_override_of_a_checkpoint_is_the_users)
{
    static const char *const words[] = {"data.batch=-1", "data.bitch=2",
                                        "model.width=8", "eval.stride=100000",
                                        "data.batch=[1"};
    scratch s = begin();
    static sidle_options options;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char word[64];
        char *overrides[] = {word};

        snprintf(word, sizeof(word), "%s", words[i]);
        assert_int_equal(sidle_load_options(scratch_path(&s, "a.h5"), 0,
                                            overrides, 1, &options),
                         SIDLE_EUSAGE);
    }
    scratch_done(&s);
}

TEST_MAIN
