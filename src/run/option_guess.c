/* option_guess.c - which option a key means: by its name, by what other
 * programs call it, or as it was misspelt. */
#include "base/status.h"
#include "base/text.h"
#include "run/option_table.h"

#include <ctype.h>
#include <string.h>

#define N_MOST 256

/* Names that other programs have for a key, in small letters and with "_"; with
 * a section where they mean another thing in others. */
static const struct synonyms {
    const char *path, *words; /* with a blank on both sides of each */
} synonyms[] = {
    {"run.name", " experiment experiment_name run_name title project "},
    {"run.dir", " output_dir out_dir outdir save_dir work_dir workdir run_dir "
                "log_dir logdir checkpoint_dir ckpt_dir output folder "
                "directory "},
    {"run.seed", " random_seed rng_seed manual_seed "},
    {"run.steps", " epoch epochs n_epochs num_epochs max_epochs "
                  "num_train_epochs n_steps num_steps max_steps total_steps "
                  "train_steps training_steps num_train_steps iters max_iters "
                  "n_iters num_iters iterations n_iterations num_iterations "
                  "items n_items "},
    {"run.early_stop", " early_stopping early_stopping_patience "
                       "early_stop_patience eval.patience "},
    {"run.max_minutes", " max_time time_limit max_hours timeout "},
    {"run.precision", " dtype fp16 bf16 amp mixed_precision "},
    {"model.kind", " arch architecture model_type model_name model.name "
                   "model.type "},
    {"model.vocab", " vocab_size vocabulary n_vocab num_tokens n_tokens "
                    "vocabulary_size "},
    {"model.context", " seq_len seq_length seqlen sequence_length max_seq_len "
                      "max_seq_length max_length max_len context_length "
                      "context_len context_size ctx ctx_len n_ctx block_size "
                      "n_positions max_position_embeddings input_length "
                      "window "},
    {"model.latents", " n_latents num_latents latent_len latent_length "
                      "n_latent "},
    {"model.width",
     " d_model dmodel hidden_size hidden_dim hidden n_embd n_embed dim "
     "model_dim num_channels channels d_latents latent_dim "
     "embed_dim "},
    {"model.embed_width", " embedding_dim emb_dim emb_size embedding_size "
                          "embed_size d_embed "},
    {"model.heads", " n_heads num_heads n_head num_attention_heads nhead "
                    "attention_heads num_self_attention_heads "},
    {"model.cross_heads", " n_cross_heads num_cross_attention_heads "
                          "num_cross_heads "},
    {"model.layers", " n_layers num_layers n_layer depth num_hidden_layers "
                     "num_self_attends_per_block num_transformers "},
    {"model.mlp_factor", " d_ff ffn_dim ff_dim mlp_ratio ffn_mult ff_mult "
                         "intermediate_size mlp_dim widening_factor "
                         "mlp_expansion n_inner dim_feedforward "},
    {"model.activation", " act act_fn activation_function hidden_act "
                         "nonlinearity "},
    {"model.positions", " position_encoding pos_encoding positional_encoding "
                        "position_embedding position_embedding_type "
                        "pos_emb rope "},
    {"model.rotary_fraction", " rotary_pct partial_rotary_factor rotary_dim "},
    {"model.dropout",
     " dropout_rate dropout_prob dropout_p p_dropout drop "
     "drop_rate hidden_dropout hidden_dropout_prob resid_pdrop "
     "residual_dropout "},
    {"model.cross_dropout", " cross_attend_dropout cross_attention_dropout "
                            "attention_dropout attn_dropout attn_pdrop "},
    {"model.tie", " tie_embeddings tie_weights tie_word_embeddings "
                  "weight_tying "},
    {"parallel.blocks", " n_blocks num_blocks stages n_stages num_stages "
                        "pipeline_stages pipeline_parallel_size pp pp_size "},
    {"parallel.schedule", " pipeline_schedule pipeline pipe_schedule "},
    {"parallel.update_every",
     " grad_accum gradient_accumulation gradient_accumulation_steps accum "
     "grad_accum_steps accumulate accumulate_grad_batches microbatches "
     "micro_batches num_microbatches n_microbatches chunks "},
    {"parallel.replicas", " n_replicas num_replicas dp dp_size data_parallel "
                          "data_parallel_size world_size "},
    {"data.path", " dataset data_dir data_path data_file train_data train_file "
                  "train_path input corpus text file train data.train "},
    {"data.valid_path", " val_path valid_data valid_file val_data val_file "
                        "validation_file validation_path test_path eval_data "
                        "eval_file val valid validation "},
    {"data.valid_fraction", " val_fraction val_split valid_split test_size "
                            "validation_split validation_fraction holdout "
                            "held_out "},
    {"data.batch",
     " batch_size batchsize bs mini_batch minibatch "
     "microbatch micro_batch micro_batch_size minibatch_size train_batch_size "
     "global_batch_size per_device_train_batch_size "},
    {"data.order", " shuffle sampler sampling "},
    {"optim.kind", " optimizer optimiser algorithm optimizer_type "
                   "optim.name optim.type optimizer.name optimizer.type "},
    {"optim.lr", " learning_rate learningrate lr_rate rate max_lr base_lr "
                 "peak_lr init_lr initial_lr max_learning_rate eta "
                 "step_size "},
    {"optim.matrix_lr", " muon_lr muon_learning_rate "},
    {"optim.matrix_momentum", " muon_momentum "},
    {"optim.warmup", " warmup_steps num_warmup_steps n_warmup warmup_iters "
                     "warmup_updates warm_up warm_up_steps "},
    {"optim.decay", " scheduler lr_scheduler lr_schedule lr_scheduler_type "
                    "lr_decay decay_type "},
    {"optim.decay_steps", " lr_decay_steps lr_decay_iters t_max "},
    {"optim.final_lr", " min_lr lr_min end_lr eta_min min_learning_rate "
                       "min_lr_ratio lr_end "},
    {"optim.beta1", " betas beta b1 beta_1 adam_beta1 adam_betas "},
    {"optim.beta2", " b2 beta_2 adam_beta2 "},
    {"optim.eps", " epsilon adam_epsilon adam_eps "},
    {"optim.weight_decay", " wd l2 l2_penalty weightdecay "},
    {"optim.clip", " grad_clip clip_grad gradient_clip gradient_clipping "
                   "max_grad_norm clip_norm grad_clip_norm clip_grad_norm "
                   "gradient_clip_val max_norm "},
    {"eval.every", " eval_every eval_steps eval_interval eval_freq val_every "
                   "val_interval valid_every validate_every val_check_interval "
                   "validation_every "},
    {"eval.items", " eval_iters eval_batches val_batches val_iters "
                   "eval_items limit_val_batches "},
    {"eval.batch", " eval_batch_size eval_batch val_batch_size "
                   "per_device_eval_batch_size "},
    {"checkpoint.every",
     " save_every save_steps save_interval save_freq "
     "checkpoint_every checkpoint_interval ckpt_every "
     "ckpt_interval checkpoint_freq ckpt.every save.every "},
    {"checkpoint.best", " save_best save_best_only keep_best "
                        "load_best_model_at_end "},
    {"checkpoint.keep", " save_total_limit keep_last keep_checkpoints "
                        "max_to_keep max_checkpoints save_top_k "},
    {"log.every", " log_every log_steps logging_steps log_interval "
                  "log_every_n_steps print_every log_freq print_freq "
                  "report_every "},
    {"log.tensorboard", " use_tensorboard tb report_to "},
};

#define N_SYNONYMS (sizeof(synonyms) / sizeof(synonyms[0]))

const char *sidle_option_key(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? dot + 1 : path;
}

const sidle_option *sidle_option_find(const char *path)
{
    return sidle_option_row(sidle_option_table, sidle_n_options, path);
}

int sidle_option_is_section(const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < sidle_n_options; i++)
        if (strncmp(sidle_option_table[i].name, path, n) == 0 &&
            sidle_option_table[i].name[n] == '.')
            return 1;
    return 0;
}

/* ---- a key that is none */

/* In small letters, "-" as "_". */
static void write_plainly(const char *path, char *out, size_t size)
{
    size_t n = 0;

    for (; path[n] != '\0' && n < size - 1; n++)
        out[n] = path[n] == '-' ? '_' : (char)tolower((unsigned char)path[n]);
    out[n] = '\0';
}

/* The key of that name in whatever section; of several the nearest one. */
static const char *of_another_section(const char *path)
{
    const char *best = NULL;
    int best_distance = 0;

    for (size_t i = 0; i < sidle_n_options; i++) {
        const char *right = sidle_option_table[i].name;
        int distance = sidle_text_distance(path, right);

        if (strcmp(sidle_option_key(path), sidle_option_key(right)) == 0 &&
            (best == NULL || distance < best_distance)) {
            best = right;
            best_distance = distance;
        }
    }
    return best;
}

static const char *by_another_name(const char *name)
{
    char word[64];

    if (name[0] == '\0' || strlen(name) + 3 > sizeof(word))
        return NULL;
    sidle_text_format(word, sizeof(word), " %s ", name);
    for (size_t i = 0; i < N_SYNONYMS; i++)
        if (strstr(synonyms[i].words, word) != NULL)
            return synonyms[i].path;
    return NULL;
}

static const char *misspelt(const char *path)
{
    const char *words[N_MOST],
        *best = sidle_option_nearest(sidle_option_table, sidle_n_options, path);

    SIDLE_CHECK(sidle_n_options <= N_MOST, "too many options");
    if (best != NULL)
        return best;
    for (size_t i = 0; i < sidle_n_options; i++)
        words[i] = sidle_option_key(sidle_option_table[i].name);
    best = sidle_text_nearest(sidle_option_key(path), words, sidle_n_options);
    for (size_t i = 0; i < sidle_n_options && best != NULL; i++)
        if (words[i] == best)
            return sidle_option_table[i].name;
    return NULL;
}

const char *sidle_option_guess(const char *path)
{
    char plain[256];
    const char *best;

    write_plainly(path, plain, sizeof(plain));
    best = strchr(plain, '.') != NULL ? by_another_name(plain) : NULL;
    if (best == NULL)
        best = of_another_section(plain);
    if (best == NULL)
        best = by_another_name(sidle_option_key(plain));
    return best != NULL ? best : misspelt(plain);
}
