/* test_options.c - every option: defaults, refusals, and the way back. */
#include "check.h"

#include "data/ids.h"
#include "run/option_table.h"
#include "run/options.h"

#include <stdlib.h>
#include <string.h>

static sidle_status apply(sidle_options *options, const char *text)
{
    sidle_settings settings;
    sidle_status status;

    assert_int_equal(
        sidle_settings_parse("run.yaml", text, strlen(text), &settings),
        SIDLE_OK);
    status = sidle_options_apply(options, &settings);
    sidle_settings_done(&settings);
    return status;
}

TEST(defaults_are_those_of_the_configuration_block)
{
    sidle_options o;

    sidle_options_default(&o);
    assert_string_equal(o.run.name, "");
    assert_true(o.run.seed == 1 && o.run.steps == 0 && o.run.updates == 0);
    assert_true(o.run.max_minutes == 0);
    assert_true(o.run.patience == 300);
    assert_string_equal(o.run.on_nan, "stop");
    assert_string_equal(o.run.precision, "f32");
    assert_string_equal(o.model_kind, "perceiver_ar");
    assert_true(o.model.vocab == SIDLE_BYTE_VOCAB && o.model.context == 1024);
    assert_true(o.model.latents == 256 && o.model.width == -1);
    assert_true(o.model.heads == 8 && o.model.layers == 6);
    assert_true(o.model.embed_width == 0 && o.model.cross_heads == 0);
    assert_true(o.classes == -1);
    assert_true(o.model.mlp_factor == 4 && o.model.n_position_sizes == 0);
    assert_true(o.model.activation == SIDLE_SQ_RELU);
    assert_true(o.model.positions == SIDLE_ROTARY);
    assert_true(o.model.rotary_fraction == 0.5 && o.model.dropout == 0.0);
    assert_true(o.model.cross_dropout == 0.0 && o.tie == 0);
    assert_true(o.parallel.blocks == 0 && o.parallel.update_every == 0);
    assert_string_equal(o.parallel.schedule, "pipedream");
    assert_string_equal(o.parallel.partition, "auto");
    assert_true(o.parallel.replicas == 1);
    assert_true(o.parallel.on_cut == SIDLE_CUT_MASK);
    assert_string_equal(o.data.kind, "text");
    assert_true(o.data.batch == 4 && o.data.stride == 0);
    assert_true(o.data.order == SIDLE_SHUFFLE);
    assert_true(o.optim.kind == SIDLE_MUON && o.optim.lr == 2e-3);
    assert_true(o.optim.matrix_lr == 0.01 && o.optim.matrix_momentum == 0.9);
    assert_true(o.optim.warmup == 100 && o.optim.decay_steps == 0);
    assert_true(o.optim.decay == SIDLE_DECAY_COSINE);
    assert_true(o.optim.final_lr == 0.1 && o.optim.beta1 == 0.95);
    assert_true(o.optim.beta2 == 0.999 && o.optim.eps == 1e-8);
    assert_true(o.optim.momentum == 0.0 && o.optim.nesterov == 0);
    assert_true(o.optim.weight_decay == 0.0 && o.optim.clip == 1.0);
    assert_true(o.is_clip_global == 0 && o.optim.delay_rescale == 0);
    assert_true(!o.optim.spike_compensation && o.optim.predict == -1);
    assert_true(o.optim.rest == SIDLE_REST_NADAM);
    assert_true(o.optim.lookahead == 0.0);
    assert_true(o.is_loss_mean == 1 && o.model.z_loss == 0.0);
    assert_true(o.eval.every == 500 && o.eval.items == 80);
    assert_true(o.eval.stride == 0 && o.eval.batch == 0);
    assert_true(o.checkpoint.every == 500 && o.checkpoint.at_start == 0);
    assert_true(o.checkpoint.minutes == 10 && o.checkpoint.keep == 3);
    assert_true(o.checkpoint.keep_every == 0 && o.checkpoint.on_signal == 1);
    assert_int_equal(o.checkpoint.mode, SIDLE_CKPT_INDEPENDENT);
    assert_true(o.log.every == 20 && o.log.tensorboard == 1);
    assert_true(o.log.trace == 0);
}

TEST(values_arrive_and_later_ones_win)
{
    sidle_options o;

    sidle_options_default(&o);
    assert_int_equal(
        apply(&o, "run: {dir: a/b, steps: 10, seed: 7}\n"
                  "model: {position_sizes: [66, 66, 5], positions: learned,\n"
                  "  rotary_fraction: 1, activation: gelu, dropout: .25}\n"
                  "parallel: {partition: [cross, self.002, final], blocks: 3,\n"
                  "  schedule: sideways, on_cut: leak}\n"
                  "data: {path: x.txt, order: stream, valid_fraction: 0}\n"
                  "optim: {kind: sgd, lr: 1, nesterov: true, decay: linear,\n"
                  "  clip: 0, warmup: 0, loss_reduction: sum}\n"
                  "eval: {every: 0}\n"
                  "checkpoint: {every: 0, minutes: 0, on_signal: false}\n"
                  "log: {every: 0}\n"),
        SIDLE_OK);
    assert_int_equal(apply(&o, "optim.lr: 3e-4\n"), SIDLE_OK);
    assert_true(o.run.steps == 10 && o.run.seed == 7);
    assert_true(o.model.n_position_sizes == 3 &&
                o.model.position_sizes[1] == 66 &&
                o.model.position_sizes[2] == 5);
    assert_true(o.model.positions == SIDLE_LEARNED &&
                o.model.activation == SIDLE_GELU);
    assert_true(o.model.rotary_fraction == 1.0 && o.model.dropout == 0.25);
    assert_string_equal(o.parallel.partition, "cross, self.002, final");
    assert_string_equal(o.parallel.schedule, "sideways");
    assert_true(o.parallel.on_cut == SIDLE_CUT_LEAK);
    assert_true(o.data.order == SIDLE_STREAM && o.data.valid_fraction == 0.0);
    assert_true(o.optim.kind == SIDLE_SGD && o.optim.lr == 3e-4);
    assert_true(o.optim.nesterov && !o.is_loss_mean && o.optim.clip == 0.0);
    assert_true(o.optim.decay == SIDLE_DECAY_LINEAR && o.optim.warmup == 0);
    assert_true(o.eval.every == 0 && o.checkpoint.minutes == 0);
    assert_true(!o.checkpoint.on_signal && o.log.every == 0);
    assert_int_equal(apply(&o, "model.position_sizes: []\n"), SIDLE_OK);
    assert_true(o.model.n_position_sizes == 0);
}

static const struct refusal {
    const char *text, *words;
} refusals[] = {
    {"run: {dir: x}\noptim: {1r: 3}\n",
     "run.yaml:2: unknown key 'optim.1r'; did "
     "you mean 'optim.lr'"},
    {"optm: {lr: 3}\n", "did you mean 'optim.lr'"},
    {"lr: 3\n", "run.yaml:1: unknown key 'lr'; did you mean 'optim.lr'"},
    {"model: {seed: 1}\n", "did you mean 'run.seed'"},
    {"evals: {every: 1}\n", "did you mean 'eval.every'"},
    {"training: {warm_up: 1}\n", "did you mean 'optim.warmup'"},
    {"checkpoint: {on_signals: 1}\n", "did you mean 'checkpoint.on_signal'"},
    {"elephants: 1\n", "unknown key 'elephants'; 'sidle --options' lists"},
    {"optim: 3\n", "'optim' is a section, not a key"},
    {"optim: []\n", "'optim' is a section, not a key"},
    {"optim: ''\n", "'optim' is a section, not a key"},
    {"run:\n  dir: x\noptim:\n  # a remark\n  lr:1e-3\n",
     "run.yaml:5: 'optim' is a section, not a key, but its value is 'lr:1e-3': "
     "a space is missing after the colon; write 'lr: 1e-3'"},
    {"optim: lr:1e-3\n",
     "run.yaml:1: 'optim' is a section, not a key, but its value is"},
    {"optim: {lr:1e-3}\n", "unknown key 'optim.lr:1e-3': a space is missing "
                           "after the colon; write 'lr: 1e-3'"},
    {"optim:\n  lr:1e-3\n  eps:1e-8\n", "after the colon; write 'lr: 1e-3'"},
    {"optim:\n  lr:\xc2\xa0"
     "1e-3\n",
     "its value is 'lr:<U+00A0>1e-3': a space is missing after the colon; "
     "write 'lr: 1e-3'"},
    {"optim: {learning-rate: 1}\n", "did you mean 'optim.lr'"},
    {"optim: {lr: 1e-3\xe2\x80\x8b}\n",
     "'optim.lr' is '1e-3<U+200B>', expected a number"},
    {"optim: {lr: 1e-3\xc2\xa0}\n",
     "it contains the character U+00A0, which is invisible; remove it"},
    {"optim: {lr: \xe2\x88\x92"
     "1}\n",
     "it contains the character U+2212, which "
     "no key, number or word has"},
    {"optim: {l\xe2\x80\x8br: 1}\n",
     "unknown key 'optim.l<U+200B>r'; it contains the character U+200B, which "
     "is invisible; remove it; did you mean 'optim.lr'"},
    {"data: {path: t.txt\xc2\xa0}\n", "'data.path' is 't.txt<U+00A0>'"},
    {"run: {steps: many}\n", "run.yaml:1: 'run.steps' is 'many', expected an "
                             "integer, 0 to 1000000000000000"},
    {"run: {updates: 1e16}\n", "expected an integer, 0 to 1000000000000000"},
    {"run: {steps: 1.5}\n", "expected an integer"},
    {"run:\n  steps:\n", "'run.steps' is empty, expected an integer, 0 to"},
    {"optim: {lr: ~}\n", "'optim.lr' is empty, expected a number, 0 to"},
    {"run: {steps: -1}\n", "expected an integer, 0 to 1000000000000000"},
    {"run: {steps: 1000000000000001}\n",
     "'run.steps' is '1000000000000001', expected an integer, 0 to "
     "1000000000000000"},
    {"run: {steps: 1.000000000000001e15}\n", "expected an integer, 0 to"},
    {"run: {steps: 1e16}\n", "expected an integer, 0 to 1000000000000000"},
    {"run: {steps: 1.5e0}\n", "expected an integer"},
    {"run: {steps: 1e-1}\n", "expected an integer"},
    {"run: {steps: [1, 2]}\n", "'run.steps' is the list '1, 2', expected an "},
    {"run: {dir: [a]}\n",
     "'run.dir' is the list 'a', expected text of at most 1023"},
    {"run: {patience: 0}\n", "expected an integer, 1 to 1000000000"},
    {"run: {precision: bf16}\n",
     "expected f32; bf16 is not available in this version"},
    {"model: {kind: vgg}\n",
     "expected one of perceiver_ar, layers, video_cnn, autoencoder"},
    {"model: {kind: video_cnn, context: 3}\n",
     "run.yaml:1: 'model.context' is an option of model.kind=perceiver_ar, but "
     "'model.kind' is video_cnn"},
    {"model: {kind: video_cnn, layers: [relu]}\n",
     "'model.layers' is an option of model.kind=layers, but 'model.kind' is "
     "video_cnn"},
    {"model: {kind: autoencoder, classes: 3}\n",
     "'model.classes' is an option of model.kind=video_cnn, but 'model.kind' "
     "is autoencoder"},
    {"model: {classes: 3}\n", "is an option of model.kind=video_cnn, but "},
    {"model: {kind: video_cnn, classes: 1}\n",
     "'model.classes' is '1', expected an integer, 2 to"},
    {"model: {kind: autoencoder, loss: mae}\n",
     "'model.loss' is 'mae', expected a loss: cross_entropy, mse"},
    {"model: {kind: layers, width: 3}\n",
     "run.yaml:1: 'model.width' is an option of model.kind=perceiver_ar, but "
     "'model.kind' is layers"},
    {"model: {kind: layers, layers: 3}\n",
     "'model.layers' is an option of model.kind=perceiver_ar"},
    {"model:\n  kind: layers\n  layers: [relu, rleu]\n",
     "run.yaml:3:18: 'model.layers[1]' is 'rleu', expected a layer kind: "},
    {"model:\n  kind: layers\n  layers:\n    - linear: {width: 0}\n",
     "run.yaml:4:16: 'model.layers[0].linear.width' is '0', expected an "
     "integer, 1 to"},
    {"model:\n  kind: layers\n  layers:\n    - linear: {widht: 5}\n",
     "run.yaml:4:16: unknown key 'model.layers[0].linear.widht'; did you mean "
     "'width'; linear has the keys width, bias"},
    {"model:\n  kind: layers\n  loss:\n    kind: relu\n",
     "run.yaml:4: 'model.loss' is 'relu', expected a loss: cross_entropy, mse"},
    {"model:\n  kind: layers\n  loss: {kind: mse, behind: 1}\n",
     "run.yaml:3: unknown key 'model.loss.behind'; mse has the key ahead"},
    {"model:\n  kind: layers\n  loss: {ahead: 1}\n",
     "'model.loss' is '', expected a loss"},
    {"model: {layers: [relu]}\n",
     "run.yaml:1: 'model.layers' is an option of model.kind=layers, but "
     "'model.kind' is perceiver_ar"},
    {"run: {dir: x}\nmodel: {loss: mse}\n",
     "run.yaml:2: 'model.loss' is an option of model.kind=layers"},
    {"model: {layers: {conv2d: 3}}\n", "'model.layers.conv2d' is in a map"},
    {"parallel: {partition: [{a: {b: 1}}]}\n",
     "'parallel.partition' is the list '{a: {b: 1}}', expected auto or a list "
     "of unit names"},
    {"model: {layers: 1001}\n", "expected an integer, 0 to 1000"},
    {"model: {vocab: 2}\n", "expected an integer, 3 to"},
    {"model: {width: 0}\n", "expected an integer, 1 to 1000000"},
    {"model: {dropout: 1}\n", "expected a number, 0 to less than 1"},
    {"model: {dropout: -0.1}\n", "expected a number, 0 to less than 1"},
    {"model: {dropout: nan}\n", "expected a number"},
    {"model: {activation: relu}\n", "expected one of sq_relu, gelu"},
    {"model: {positions: none}\n", "expected one of rotary, learned, "
                                   "sinusoidal"},
    {"model: {position_sizes: [66, x]}\n", "expected a list of at most 8 "
                                           "integers, 1 to 2147483647"},
    {"model: {position_sizes: [0]}\n", "expected a list of at most 8"},
    {"model: {position_sizes: [1,2,3,4,5,6,7,8,9]}\n", "a list of at most 8"},
    {"model: {tie: true}\n", "'model.tie' is 'true', expected false; true is "
                             "not available in this version"},
    {"model: {tie: maybe}\n", "expected false; true is not"},
    {"parallel: {replicas: 0}\n", "'parallel.replicas' is '0', expected an "
                                  "integer, 1 to 1000000"},
    {"parallel: {schedule: skip}\n",
     "'parallel.schedule' is 'skip', expected one of "},
    {"parallel: {partition: \"\"}\n", "expected auto or a list of unit names"},
    {"parallel: {partition: [cross, A]}\n", "expected auto or a list of unit"},
    {"parallel: {partition: [cross, \"\"]}\n",
     "expected auto or a list of unit"},
    {"parallel: {partition: \"cross,,final\"}\n",
     "expected auto or a list of unit"},
    {"parallel: {partition: \"cross self.000\"}\n",
     "expected auto or a list of unit"},
    {"parallel: {on_cut: stop}\n", "expected one of leak, mask, flush"},
    {"data: {kind: film}\n", "expected one of text, tokens, video"},
    {"data: {valid_fraction: 1}\n", "expected a number, 0 to less than 1"},
    {"optim: {kind: adam}\n", "expected one of sgd, adamw, nadam, muon, "
                              "rmsprop"},
    {"optim: {block_lr: [1e-3, fast]}\n",
     "'optim.block_lr' is the list '1e-3, fast', expected a list of at most "
     "1024 numbers, 0 to"},
    {"optim: {orthogonal_beta: 1}\n", "expected a number, 0 to less than 1"},
    {"optim: {lr: -1}\n", "'optim.lr' is '-1', expected a number, 0 to "
                          "3.402823466e+38"},
    {"optim: {lr: 1e999}\n", "expected a number, 0 to"},
    {"optim: {eps: 0}\n", "expected a number, above 0, at most 3.4028"},
    {"optim: {nesterov: yes}\n", "'optim.nesterov' is 'yes', expected true or "
                                 "false"},
    {"optim: {delay_rescale: -1}\n", "expected an integer, 0 to"},
    {"optim: {lookahead: 1}\n", "expected a number, 0 to less than 1"},
    {"optim: {predict: 2}\n", "'optim.predict' is '2', expected true or"},
    {"optim: {spike_compensation: on}\n", "expected true or false"},
    {"optim: {clip_scope: all}\n", "expected one of block, global"},
    {"checkpoint: {mode: serial}\n", "expected one of independent, collective, "
                                     "funnel"},
    {"log: {trace: 100001}\n", "expected an integer, 0 to 100000"},
};

TEST(wrong_settings_are_named_with_what_is_right)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        sidle_options o;

        sidle_options_default(&o);
        assert_int_equal(apply(&o, refusals[i].text), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), refusals[i].words) == NULL)
            fail_msg("'%s' answers '%s', not '%s'", refusals[i].text,
                     sidle_fail_text(), refusals[i].words);
    }
}

/* Every key has a range with two ends, and both are told. */
TEST(the_ends_of_every_range_are_told)
{
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];
        char words[256] = "", most[40];
        FILE *stream = fmemopen(words, sizeof(words), "w");

        sidle_option_describe(row, stream);
        fclose(stream);
        if (row->type != SIDLE_OPTION_INT && row->type != SIDLE_OPTION_SIZE &&
            row->type != SIDLE_OPTION_REAL)
            continue;
        snprintf(most, sizeof(most), row->most < 1e16 ? "%.16g" : "%.10g",
                 row->most);
        if (!isfinite(row->most) || strstr(words, most) == NULL)
            fail_msg("'%s' is described as '%s'", row->name, words);
    }
}

static int take_stored(const char *name, const char *text, sidle_options *o)
{
    const sidle_option_text found = {text, 0, 0};

    return sidle_option_take_stored(sidle_option_find(name), &found, o);
}

/* Reals that are used in single precision, and what it makes of them. */
TEST(no_real_becomes_nothing_or_infinite)
{
    static const char *const keys[] = {"optim.lr",   "optim.matrix_lr",
                                       "optim.eps",  "optim.weight_decay",
                                       "optim.clip", "optim.z_loss"};
    static const char *const shares[] = {
        "model.dropout",  "model.cross_dropout", "optim.matrix_momentum",
        "optim.beta1",    "optim.beta2",         "optim.momentum",
        "optim.lookahead"};
    sidle_options o;

    sidle_options_default(&o);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const sidle_option *row = sidle_option_find(keys[i]);

        assert_false(sidle_option_read(row, "1e39", &o));
        assert_false(sidle_option_read(row, "1e-46", &o));
        assert_string_equal(sidle_option_lost(row, "1e-46"), "0");
        assert_false(sidle_option_read(row, "1e-400", &o));
        assert_true(sidle_option_read(row, "1e-45", &o));
        assert_true(sidle_option_read(row, "3.4e38", &o));
        assert_true(sidle_option_read(row, "0", &o) == !row->above_least);
    }
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        const sidle_option *row = sidle_option_find(shares[i]);

        assert_false(sidle_option_read(row, "1e-46", &o));
        assert_false(sidle_option_read(row, "0.99999999", &o));
        assert_string_equal(sidle_option_lost(row, "0.99999999"), "1");
        assert_true(sidle_option_read(row, "0.9999999", &o));
        assert_true(sidle_option_read(row, "0", &o));
    }
    /* A run of an older program may have such a value. */
    assert_true(take_stored("optim.clip", "1e99", &o));
    assert_true(o.optim.clip == 1e99);
    assert_true(take_stored("optim.beta1", "0.99999999", &o));
    assert_false(take_stored("optim.beta1", "1", &o));
    assert_false(take_stored("optim.eps", "0", &o));
    assert_false(take_stored("optim.lr", "1e999", &o));
    assert_true(take_stored("data.path", "a\xc2\xa0", &o));
    assert_int_equal(apply(&o, "optim.eps: 1e-46"), SIDLE_EUSAGE);
    assert_non_null(
        strstr(sidle_fail_text(),
               "'optim.eps' is '1e-46', which becomes 0 in single"));
}

TEST(words_of_the_core_schema)
{
    sidle_options o;

    sidle_options_default(&o);
    for (int i = 0; i < 3; i++) {
        static const char *const yes[] = {"true", "True", "TRUE"};
        static const char *const no[] = {"false", "False", "FALSE"};
        const sidle_option *row = sidle_option_find("optim.nesterov");
        const sidle_option *tie = sidle_option_find("model.tie");

        assert_true(sidle_option_read(row, yes[i], &o) && o.optim.nesterov);
        assert_true(sidle_option_read(row, no[i], &o) && !o.optim.nesterov);
        assert_true(sidle_option_read(tie, no[i], &o) && !o.tie);
        assert_false(sidle_option_read(tie, yes[i], &o));
        assert_false(sidle_option_read(row, "tRUE", &o));
    }
    assert_int_equal(apply(&o, "run:\nmodel: ~\ndata: Null\noptim:\n  # lr: 1\n"
                               "log: {}\n"),
                     SIDLE_OK);
    assert_int_equal(apply(&o, "run: {steps: 1e6, seed: 1.5E+3}\n"
                               "model: {vocab: 0x200, position_sizes: [1e2, "
                               "66]}\ndata: {batch: 0o10}\neval.every: 0e5\n"
                               "checkpoint.keep: 9.99999999999999e14\n"),
                     SIDLE_OK);
    assert_true(o.run.steps == 1000000 && o.run.seed == 1500);
    assert_true(o.model.vocab == 512 && o.model.position_sizes[0] == 100);
    assert_true(o.data.batch == 8 && o.eval.every == 0);
    assert_true(o.checkpoint.keep == 999999999999999);
}

TEST(names_of_other_programs_are_understood)
{
    static const char *const meant[][2] = {{"learning_rate", "optim.lr"},
                                           {"lr_rate", "optim.lr"},
                                           {"batch_size", "data.batch"},
                                           {"epochs", "run.steps"},
                                           {"steps", "run.steps"},
                                           {"max_steps", "run.steps"},
                                           {"n_layers", "model.layers"},
                                           {"num_layers", "model.layers"},
                                           {"n_heads", "model.heads"},
                                           {"num_heads", "model.heads"},
                                           {"d_model", "model.width"},
                                           {"hidden_size", "model.width"},
                                           {"seq_len", "model.context"},
                                           {"context_length", "model.context"},
                                           {"dropout_rate", "model.dropout"},
                                           {"vocab_size", "model.vocab"},
                                           {"n_epochs", "run.steps"},
                                           {"betas", "optim.beta1"},
                                           {"save_every", "checkpoint.every"},
                                           {"output_dir", "run.dir"},
                                           {"Learning-Rate", "optim.lr"},
                                           {"max_grad_norm", "optim.clip"},
                                           {"save_best", "checkpoint.best"}};
    /* The last part alone would be another key. */
    static const char *const whole[][2] = {
        {"optim.name", "optim.kind"},       {"optimizer.type", "optim.kind"},
        {"model.name", "model.kind"},       {"name", "run.name"},
        {"ckpt.every", "checkpoint.every"}, {"eval.patience", "run.early_stop"},
        {"data.train", "data.path"},        {"data.val", "data.valid_path"},
        {"dmodel", "model.width"},          {"microbatch", "data.batch"}};

    for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
        char path[64];

        assert_string_equal(sidle_option_guess(meant[i][0]), meant[i][1]);
        assert_non_null(sidle_option_find(meant[i][1]));
        for (size_t k = 0; k < 2; k++) {
            snprintf(path, sizeof(path), "%s.%s", k == 0 ? "optim" : "trainer",
                     meant[i][0]);
            assert_string_equal(sidle_option_guess(path), meant[i][1]);
        }
    }
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        assert_string_equal(sidle_option_guess(whole[i][0]), whole[i][1]);
    assert_null(sidle_option_guess("elephants"));
    assert_string_equal(sidle_option_guess("OPTIM.LR"), "optim.lr");
}

TEST(the_command_line_is_named_as_such)
{
    sidle_options o;
    sidle_settings settings = {0};

    sidle_options_default(&o);
    assert_int_equal(sidle_settings_override(&settings, "optim.lr=x"),
                     SIDLE_OK);
    assert_int_equal(sidle_options_apply(&o, &settings), SIDLE_EUSAGE);
    assert_non_null(
        strstr(sidle_fail_text(), "command line: 'optim.lr' is 'x'"));
    sidle_settings_done(&settings);
}

TEST(too_long_a_text_is_refused)
{
    sidle_options o;
    char text[SIDLE_TEXT_MAX + 32] = "run.dir: ";

    sidle_options_default(&o);
    memset(text + 9, 'x', SIDLE_TEXT_MAX);
    assert_int_equal(apply(&o, text), SIDLE_EUSAGE);
    text[9 + SIDLE_TEXT_MAX - 1] = '\0';
    assert_int_equal(apply(&o, text), SIDLE_OK);
}

#define REQUIRED "run: {dir: runs/kjv/, steps: 5}\ndata: {path: x}\n"

static const struct refusal conflicts[] = {
    {"run: {steps: 5}\ndata: {path: x}\n", "'run.dir' is not set"},
    {"run: {dir: x}\ndata: {path: x}\n",
     "'run.steps' and 'run.updates' are not set, expected one of them"},
    {"run: {dir: x, steps: 0, updates: 0}\ndata: {path: x}\n",
     "'run.steps' and 'run.updates' are not set, expected one of them"},
    {"run: {dir: x, steps: 5, updates: 3}\ndata: {path: x}\n",
     "'run.steps' is 5 and 'run.updates' is 3, expected only one of them; add "
     "run.steps=0"},
    {"run: {dir: x, steps: 5}\n", "'data.path' is not set"},
    {REQUIRED "model: {latents: 300, context: 299}\n", "latents"},
    {REQUIRED "model: {width: 100}\n", "heads"},
    {REQUIRED "model: {cross_heads: 7}\n", "cross_heads"},
    {REQUIRED "model: {width: 1, heads: 1}\n",
     "'model.width' is 1, and 'model.embed_width', which is not set"},
    {REQUIRED "model: {width: 5, heads: 1}\n", "'model.width' is 5"},
    {REQUIRED "model: {embed_width: 3}\n", "model.embed_width is 3"},
    {REQUIRED "model: {embed_width: 12}\n",
     "'model.heads' is 8, and 'model.cross_heads', which is not set, equals "
     "it"},
    {"run: {dir: x, steps: 1e15}\ndata: {path: x, batch: 1e6}\n",
     "'run.steps' 1000000000000000 items of 1000000 rows"},
    {REQUIRED "model: {positions: learned, position_sizes: [2147483647, "
              "2147483647, 2147483647]}\n",
     "'model.position_sizes' have 9.9e+27 positions"},
    {REQUIRED "model: {width: 1e6, context: 2147483646}\ndata.batch: 1e6\n",
     "bytes of memory; reduce these"},
    {REQUIRED "parallel: {blocks: 9}\n", "'parallel.blocks' is 9"},
    {REQUIRED "model: {kind: layers, loss: mse}\n",
     "'model.layers' is not set, which model.kind=layers needs; write it in "
     "the configuration, as in 'layers: [flatten, linear: {width: 10}]'"},
    {REQUIRED "model: {kind: layers, layers: [relu]}\n",
     "'model.loss' is not set, which model.kind=layers needs"},
    {REQUIRED "model: {kind: layers, loss: mse, layers: [relu, gelu]}\n"
              "parallel.blocks: 3\n",
     "'parallel.blocks' is 3, but 'model.layers' has 2 layers; use at most "
     "that many blocks"},
    {REQUIRED "eval: {stride: 257}\n", "'eval.stride' is 257, more than "
                                       "'model.latents' 256"},
    {REQUIRED "optim: {clip_scope: global}\n", "'optim.clip_scope' global"},
    {REQUIRED "optim: {kind: sgd, spike_compensation: true}\n",
     "'optim.spike_compensation' acts on a momentum, and 'optim.kind' sgd with "
     "'optim.momentum' 0 has none; set optim.momentum"},
    {REQUIRED "optim: {kind: rmsprop, spike_compensation: true}\n",
     "'optim.spike_compensation' acts on a momentum, and 'optim.kind' rmsprop "
     "never has one; use another optim.kind"},
    {REQUIRED "optim: {kind: rmsprop, lookahead: 0.99}\n",
     "'optim.lookahead' acts on a momentum"},
    {REQUIRED "optim: {kind: sgd, orthogonal: true, lookahead: 0.99}\n",
     "with 'optim.momentum' 0 has none"},
    {REQUIRED "optim: {kind: sgd, lookahead: 0.99}\n",
     "'optim.lookahead' acts on a momentum"},
    {REQUIRED "optim: {kind: adamw, lookahead: 0.99}\n",
     "nadam is AdamW with the look-ahead: set optim.kind=nadam"},
    {REQUIRED "optim: {kind: adamw, rest: norm}\n",
     "'optim.kind' is adamw; use muon, or leave optim.rest out"},
    {REQUIRED "optim: {lookahead: 0.99, spike_compensation: true}\n",
     "both remake the momentum for the delay"},
    {REQUIRED "optim: {kind: sgd, momentum: 0.9, lookahead: 0.8}\n",
     "'optim.lookahead' is 0.8, less than 'optim.momentum' 0.9"},
    {REQUIRED "optim: {kind: nadam, lookahead: 0.9}\n",
     "less than 'optim.beta1' 0.95"},
    {REQUIRED "optim: {lookahead: 0.85}\n",
     "less than 'optim.matrix_momentum' 0.9"},
    {REQUIRED "optim: {lookahead: 0.92}\n", "less than 'optim.beta1' 0.95"},
};

TEST(keys_against_each_other)
{
    for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++) {
        sidle_options o;

        sidle_options_default(&o);
        assert_int_equal(apply(&o, conflicts[i].text), SIDLE_OK);
        assert_int_equal(sidle_options_check(&o), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), conflicts[i].words) == NULL)
            fail_msg("'%s' answers '%s'", conflicts[i].text, sidle_fail_text());
    }
}

TEST(a_kind_of_data_needs_a_kind_of_model_that_reads_it)
{
    sidle_options o;

    sidle_options_default(&o);
    assert_int_equal(apply(&o, REQUIRED "data.kind: video"), SIDLE_OK);
    assert_int_equal(sidle_options_check(&o), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(),
                           "'data.kind' is video, but 'model.kind' is "
                           "perceiver_ar, which reads text or tokens"));
}

TEST(the_check_resolves_what_stands_for_another)
{
    sidle_options o;

    sidle_options_default(&o);
    assert_int_equal(apply(&o, REQUIRED "parallel: {blocks: 8, schedule: "
                                        "backprop}\noptim.clip_scope: global"),
                     SIDLE_OK);
    assert_int_equal(sidle_options_check(&o), SIDLE_OK);
    assert_true(o.model.embed_width == 256 && o.model.cross_heads == 8);
    assert_string_equal(o.run.name, "kjv");
}

/* ---- the way back */

static uint64_t draws;

static double draw(void)
{
    const sidle_rng rng = {11, sidle_rng_stream("options", 0)};

    return sidle_rng_uniform(rng, draws++);
}

static void draw_text(char *out)
{
    static const char *const letters[] = {
        "a", "Z",  "0",  "-", ".",        "/", " ",           "#", ":",
        "'", "\"", "\\", "[", "]",        "{", "}",           ",", "&",
        "*", "!",  "|",  ">", "%",        "@", "`",           "~", "?",
        "=", "n",  "u",  "l", "\xc3\xa9", "t", "\xe2\x82\xac"};
    int n = 1 + (int)(draw() * 12.0);

    out[0] = '\0';
    for (int i = 0; i < n; i++)
        strcat(out, letters[(int)(draw() * 34.0)]);
}

/* A value that the row allows, at the ends of its range too. */
static void draw_value(const sidle_option *row, char *out, size_t size)
{
    double most = row->most > 1e15 ? 1e6 : row->most;
    double value = row->least + (most - row->least) * pow(draw(), 8.0);
    const char *const *words = row->words;
    int n = row->n_available;

    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        snprintf(out, size, "%.0f", floor(value));
        break;
    case SIDLE_OPTION_REAL:
        snprintf(out, size, "%.17g", fmax(value, 1e-30));
        break;
    case SIDLE_OPTION_FLAG:
        snprintf(out, size, draw() < 0.5 ? "true" : "false");
        break;
    case SIDLE_OPTION_TEXT:
        draw_text(out);
        break;
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        if (row->find_words != NULL)
            n = row->find_words(&words);
        snprintf(out, size, "%s", words[(int)(draw() * n)]);
        break;
    case SIDLE_OPTION_NAMES:
        snprintf(out, size, draw() < 0.5 ? "auto" : "cross, self.001, final");
        break;
    case SIDLE_OPTION_PAIR:
    case SIDLE_OPTION_SIZES:
        snprintf(out, size, draw() < 0.3 ? "" : "%d, %d", 1 + (int)(draw() * 9),
                 (int)1e9);
        break;
    case SIDLE_OPTION_REALS:
        snprintf(out, size, draw() < 0.3 ? "" : "%.17g, %.17g",
                 fmax(value, 1e-30), 0.1 * draw());
        break;
    }
}

static void draw_options(sidle_options *o)
{
    sidle_options_default(o);
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];
        char text[256];

        /* Another kind of model has other keys. */
        if (row->is_only || draw() < 0.2 ||
            strcmp(row->name, "model.kind") == 0 ||
            strcmp(row->name, "model.classes") == 0)
            continue;
        draw_value(row, text, sizeof(text));
        if (!sidle_option_read(row, text, o))
            fail_msg("'%s' does not take '%s'", row->name, text);
    }
}

static void check_same(const sidle_options *a, const sidle_options *b)
{
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];

        if (memcmp((const char *)a + row->offset, (const char *)b + row->offset,
                   row->size) != 0)
            fail_msg("'%s' came back differently", row->name);
    }
    assert_int_equal(a->model.n_position_sizes, b->model.n_position_sizes);
}

TEST(a_dump_reads_back_to_the_same_options)
{
    for (int round = 0; round < 200; round++) {
        sidle_options written, back;
        char *text, *again;

        draw_options(&written);
        assert_int_equal(sidle_options_dump(&written, &text), SIDLE_OK);
        sidle_options_default(&back);
        if (apply(&back, text) != SIDLE_OK)
            fail_msg("%s\n%s", sidle_fail_text(), text);
        check_same(&written, &back);
        assert_int_equal(sidle_options_dump(&back, &again), SIDLE_OK);
        assert_string_equal(text, again);
        free(text);
        free(again);
    }
}

/* ---- short names */

#define SHORT(model)                                                           \
    "run: {dir: r, steps: 5}\ndata: {kind: video, path: x}\nmodel: " model "\n"

static void check_short(const char *text, const char *dump)
{
    static sidle_options o, back;
    char *once, *again;

    sidle_options_default(&o);
    if (apply(&o, text) != SIDLE_OK || sidle_options_check(&o) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    assert_int_equal(sidle_options_dump(&o, &once), SIDLE_OK);
    if (strstr(once, dump) == NULL)
        fail_msg("no '%s' in '%s'", dump, once);
    sidle_options_default(&back);
    assert_int_equal(apply(&back, once), SIDLE_OK);
    assert_int_equal(sidle_options_check(&back), SIDLE_OK);
    assert_int_equal(sidle_options_dump(&back, &again), SIDLE_OK);
    assert_string_equal(once, again);
    free(once);
    free(again);
}

TEST(a_short_name_is_dumped_with_its_numbers)
{
    check_short(SHORT("{kind: video_cnn}"),
                "model:\n  kind: video_cnn\n  loss: cross_entropy\n"
                "  width: 16\n  layers: 6\nparallel:\n");
    check_short(SHORT("{layers: 8, width: 4, classes: 3, kind: video_cnn}"),
                "  width: 4\n  layers: 8\n  classes: 3\nparallel:\n");
    check_short(SHORT("{kind: autoencoder, loss: {kind: mse, ahead: 2}}"),
                "  kind: autoencoder\n  loss: {kind: mse, ahead: 2}\n"
                "  width: 16\n  layers: 6\nparallel:\n");
    check_short("run: {dir: r, steps: 5}\ndata: {path: x}\n",
                "  latents: 256\n  width: 256\n");
}

static void refuse_short(const char *text, const char *words)
{
    static sidle_options o;

    sidle_options_default(&o);
    assert_int_equal(apply(&o, text), SIDLE_OK);
    assert_int_equal(sidle_options_check(&o), SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("'%s' does not say '%s'", sidle_fail_text(), words);
}

TEST(numbers_of_a_short_name_have_bounds)
{
    refuse_short(SHORT("{kind: video_cnn, layers: 33}"),
                 "'model.layers' is 33, but a network of model.kind=video_cnn "
                 "has 1 to 32 convolutions; set model.layers");
    refuse_short(SHORT("{kind: autoencoder, layers: 5}"),
                 "has 2 to 16 convolutions, an even number");
    refuse_short("run: {dir: r, steps: 5}\ndata: {path: x}\n"
                 "model: {kind: video_cnn}\n",
                 "'data.kind' is text, but 'model.kind' is video_cnn, which "
                 "reads video");
}

/* ---- networks from a list */

#define LIST                                                                   \
    "run: {dir: r, steps: 5}\n"                                                \
    "model:\n"                                                                 \
    "  kind: layers\n"                                                         \
    "  layers:\n"                                                              \
    "    - flatten\n"                                                          \
    "    - residual: [linear: {width: 0x10}, relu]\n"                          \
    "    - linear: {width: 3, bias: false}\n"                                  \
    "  loss: {kind: mse}\n"                                                    \
    "data: {path: x}\n"

TEST(a_network_is_dumped_with_all_its_options)
{
    static sidle_options o, back;
    char *text, *again;

    sidle_options_default(&o);
    if (apply(&o, LIST) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    assert_int_equal(sidle_options_dump(&o, &text), SIDLE_OK);
    assert_non_null(strstr(
        text, "model:\n"
              "  kind: layers\n"
              "  layers:\n"
              "    - flatten\n"
              "    - residual: [{linear: {width: 16, bias: true}}, relu]\n"
              "    - linear: {width: 3, bias: false}\n"
              "  loss: {kind: mse, ahead: 0}\n"
              "parallel:\n"));
    sidle_options_default(&back);
    assert_int_equal(apply(&back, text), SIDLE_OK);
    assert_int_equal(sidle_options_dump(&back, &again), SIDLE_OK);
    assert_string_equal(text, again);
    free(text);
    free(again);
}

TEST(later_settings_change_a_network_that_is_there)
{
    static sidle_options o;
    char *text;

    sidle_options_default(&o);
    assert_int_equal(apply(&o, LIST), SIDLE_OK);
    assert_int_equal(apply(&o, "model.layers[1].residual[0].width: 8\n"
                               "model.layers[2].linear.bias: true\n"
                               "model.loss.ahead: 2\n"),
                     SIDLE_OK);
    assert_int_equal(sidle_options_dump(&o, &text), SIDLE_OK);
    assert_non_null(strstr(text, "[{linear: {width: 8, bias: true}}, relu]"));
    assert_non_null(strstr(text, "- linear: {width: 3, bias: true}\n"));
    assert_non_null(strstr(text, "loss: {kind: mse, ahead: 2}\n"));
    free(text);
    assert_int_equal(apply(&o, "model.layers[1].width: 8"), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "run.yaml:1: unknown key "
                                              "'model.layers[1].residual.width'"
                                              "; residual has no keys"));
}

TEST(texts_that_yaml_would_misread_come_back)
{
    static const char *const texts[] = {"null", "~",    "true", "-",
                                        "- a",  "...",  "0x1",  " a ",
                                        "a: b", "a #b", "[",    ""};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sidle_options written, back;
        char *text;

        sidle_options_default(&written);
        strcpy(written.data.valid_path, texts[i]);
        assert_int_equal(sidle_options_dump(&written, &text), SIDLE_OK);
        sidle_options_default(&back);
        assert_int_equal(apply(&back, text), SIDLE_OK);
        assert_string_equal(back.data.valid_path, texts[i]);
        free(text);
    }
}

TEST(the_dump_reads_like_the_configuration_block)
{
    static const char *const sections[] = {
        "run:\n",     "\nmodel:\n", "\nparallel:\n",   "\ndata:\n",
        "\noptim:\n", "\neval:\n",  "\ncheckpoint:\n", "\nlog:\n"};
    sidle_options o;
    char *text;
    const char *at;

    sidle_options_default(&o);
    assert_int_equal(apply(&o, REQUIRED "parallel.partition: [cross, final]"),
                     SIDLE_OK);
    assert_int_equal(sidle_options_dump(&o, &text), SIDLE_OK);
    at = text;
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        at = strstr(at, sections[i]);
        assert_non_null(at);
    }
    assert_non_null(strstr(text, "  lr: 0.002\n"));
    assert_non_null(strstr(text, "  eps: 1.0e-08\n"));
    assert_non_null(strstr(text, "  partition: [cross, final]\n"));
    assert_non_null(strstr(text, "  valid_path: \"\"\n"));
    assert_non_null(strstr(text, "  clip: 1.0\n"));
    assert_non_null(strstr(text, "  on_signal: true\n"));
    assert_null(strstr(text, "valid_fraction"));
    assert_null(strstr(text, "name"));
    free(text);
}

TEST(help_names_every_option)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    sidle_options_help(stream);
    fclose(stream);
    for (size_t i = 0; i < sidle_n_options; i++) {
        assert_non_null(strstr(text, sidle_option_table[i].name));
        assert_non_null(strstr(text, sidle_option_table[i].help));
    }
    assert_non_null(strstr(text, "text of at most 1023 bytes; required\n"));
    assert_non_null(
        strstr(text, "a number, 0 to 3.402823466e+38; default 2e-3\n"));
    assert_non_null(strstr(text, "0 to 1000000000000000; default 0\n"));
    assert_non_null(strstr(text, "default 0.02 for text, else 0\n"));
    free(text);
}

TEST_MAIN
