/* option_table.c - every option: key, type, default, range and meaning. */
#include "run/option_table.h"

#include "model/partition.h"
#include "run/data_kind.h"
#include "run/option_values.h"
#include "schedule/plan.h"

#include <float.h>

#define PLACE(member) SIDLE_OPTION_AT(sidle_options, member)
#define WORDS(list, available)                                                 \
    .words = (list), .n_words = (int)(sizeof(list) / sizeof((list)[0])),       \
    .n_available = (available)
#define RANGE(low, high) SIDLE_OPTION_RANGE(low, high)
#define COUNT(low) RANGE(low, 1e15)
/* Reals that are used in single precision: they may not become 0 or infinite
 * in it, nor 1 where that is outside. */
#define FROM_ZERO RANGE(0.0, (double)FLT_MAX), .is_single = 1
#define SHARE RANGE(0.0, 1.0), .below_most = 1
#define PROBABILITY SHARE, .is_single = 1

/* The words of an enum stand in its order. */
static const char *const on_nan[] = {"stop", "skip"};
static const char *const precisions[] = {"f32", "bf16"};
static const char *const model_kinds[] = {"perceiver_ar", "layers", "video_cnn",
                                          "autoencoder"};
static const char *const activations[] = {
    [SIDLE_SQ_RELU] = "sq_relu", [SIDLE_GELU] = "gelu"};
static const char *const positions[] = {[SIDLE_ROTARY] = "rotary",
                                        [SIDLE_LEARNED] = "learned",
                                        [SIDLE_SINUSOIDAL] = "sinusoidal"};
static const char *const on_cut[] = {[SIDLE_CUT_LEAK] = "leak",
                                     [SIDLE_CUT_MASK] = "mask",
                                     [SIDLE_CUT_FLUSH] = "flush"};
/* All names, also of kinds that are not in their table yet. */
static const char *const data_kinds[] = {"text", "tokens", "video"};
static const char *const orders[] = {[SIDLE_SHUFFLE] = "shuffle",
                                     [SIDLE_SEQUENTIAL] = "sequential",
                                     [SIDLE_STREAM] = "stream"};
static const char *const rests[] = {
    [SIDLE_REST_NADAM] = "nadam", [SIDLE_REST_NORM] = "norm"};
static const char *const decays[] = {[SIDLE_DECAY_CONSTANT] = "constant",
                                     [SIDLE_DECAY_LINEAR] = "linear",
                                     [SIDLE_DECAY_COSINE] = "cosine"};
static const char *const clip_scopes[] = {"block", "global"};
static const char *const reductions[] = {"sum", "mean"};
static const char *const save_modes[] = {[SIDLE_CKPT_INDEPENDENT] =
                                             "independent",
                                         [SIDLE_CKPT_COLLECTIVE] = "collective",
                                         [SIDLE_CKPT_FUNNEL] = "funnel"};

const sidle_option sidle_option_table[] = {
    {"run.name", SIDLE_OPTION_TEXT, PLACE(run.name),
     .unset = "the last part of run.dir", .help = "Name of the run"},
    {"run.dir", SIDLE_OPTION_TEXT, PLACE(run.dir), .is_required = 1,
     .is_path = 1,
     .help = "Folder of the run: checkpoints, metrics, logs; %j, %a and "
             "%A become the numbers of the Slurm job, array task and "
             "array"},
    {"run.seed", SIDLE_OPTION_INT, PLACE(run.seed), "1", COUNT(0),
     .help = "Seed of the initial weights, the data order and dropout"},
    {"run.steps", SIDLE_OPTION_INT, PLACE(run.steps), "0", COUNT(0),
     .help = "Number of items (batches) to train on; 0: run.updates counts, "
             "one of them is required"},
    {"run.updates", SIDLE_OPTION_INT, PLACE(run.updates), "0", COUNT(0),
     .help = "Number of updates to train for, instead of run.steps, which "
             "becomes run.updates times parallel.update_every; 0: run.steps "
             "counts"},
    {"run.max_minutes", SIDLE_OPTION_INT, PLACE(run.max_minutes), "0", COUNT(0),
     .help = "Save and stop with exit code 75 after this many minutes; 0: "
             "no limit"},
    {"run.patience", SIDLE_OPTION_INT, PLACE(run.patience), "300",
     RANGE(1, 1e9),
     .help = "Seconds to wait for a neighbouring rank before the run ends "
             "with exit code 70; must exceed the time of an item through "
             "all blocks"},
    {"run.early_stop", SIDLE_OPTION_INT, PLACE(run.early_stop), "0", COUNT(0),
     .help = "Stop after this many consecutive evaluations without a "
             "lower loss; 0: never"},
    {"run.on_nan", SIDLE_OPTION_WORD, PLACE(run.on_nan), "stop",
     WORDS(on_nan, 2),
     .help = "Reaction to a loss or gradient that is not finite: stop "
             "ends the run with exit code 70 and keeps the last good "
             "checkpoint, skip omits the affected updates"},
    {"run.precision", SIDLE_OPTION_WORD, PLACE(run.precision), "f32",
     WORDS(precisions, 1), .help = "Number format of activations and weights"},
    {"run.overcommit", SIDLE_OPTION_FLAG, PLACE(run.overcommit), "false",
     .help = "Start even if a host has less memory than its ranks need"},

    {"model.kind", SIDLE_OPTION_WORD, PLACE(model_kind), "perceiver_ar",
     WORDS(model_kinds, 4), .help = "Architecture"},
    {"model.vocab", SIDLE_OPTION_SIZE, PLACE(model.vocab), "259",
     RANGE(3, INT32_MAX),
     .help = "Number of token ids; 259 for bytes with PAD, EOS and SOS"},
    {"model.context", SIDLE_OPTION_SIZE, PLACE(model.context), "1024",
     RANGE(1, INT32_MAX - 1),
     .help = "Number of positions that the cross-attention reads"},
    {"model.latents", SIDLE_OPTION_SIZE, PLACE(model.latents), "256",
     RANGE(1, INT32_MAX),
     .help = "Number of positions that are predicted in parallel; at most "
             "context"},
    {"model.width", SIDLE_OPTION_SIZE, PLACE(model.width),
     .unset = "256; video_cnn, autoencoder: 16", RANGE(1, 1e6),
     .help = "Channels of a latent; of the first convolution"},
    {"model.heads", SIDLE_OPTION_SIZE, PLACE(model.heads), "8", RANGE(1, 1e6),
     .help = "Heads of the self-attention; must divide width"},
    {"model.layers", SIDLE_OPTION_SIZE, PLACE(model.layers), "6",
     RANGE(0, 1000),
     .help = "Number of self-attention layers, or of convolutions; a list "
             "of layers for model.kind=layers"},
    {"model.classes", SIDLE_OPTION_SIZE, PLACE(classes),
     .unset = "as data.path says, or one more than its largest label",
     RANGE(2, INT32_MAX),
     .help = "Number of classes that a video_cnn tells apart"},
    {"model.embed_width", SIDLE_OPTION_SIZE, PLACE(model.embed_width), "0",
     RANGE(0, 1e6), .help = "Channels of a token embedding; 0: same as width"},
    {"model.cross_heads", SIDLE_OPTION_SIZE, PLACE(model.cross_heads), "0",
     RANGE(0, 1e6), .help = "Heads of the cross-attention; 0: same as heads"},
    {"model.mlp_factor", SIDLE_OPTION_SIZE, PLACE(model.mlp_factor), "4",
     RANGE(1, 1e4),
     .help = "Hidden channels of the MLP per channel of its input"},
    {"model.activation", SIDLE_OPTION_ENUM, PLACE(model.activation), "sq_relu",
     WORDS(activations, 2), .help = "Activation function of the MLP"},
    {"model.positions", SIDLE_OPTION_ENUM, PLACE(model.positions), "rotary",
     WORDS(positions, 3), .help = "Position encoding"},
    {"model.rotary_fraction", SIDLE_OPTION_REAL, PLACE(model.rotary_fraction),
     "0.5", RANGE(0.0, 1.0),
     .help = "Fraction of the channels of a head that is rotated"},
    {"model.position_sizes", SIDLE_OPTION_SIZES, PLACE(model.position_sizes),
     "", RANGE(1, INT32_MAX),
     .n_offset = offsetof(sidle_options, model.n_position_sizes),
     .help = "One learned table per dimension, each 2 larger than the "
             "data: [66, 66, 5] for 64 x 64 pixels of 3 channels; []: one "
             "table"},
    {"model.position_pad", SIDLE_OPTION_FLAG, PLACE(model.position_pad),
     "false",
     .help = "Allow a context that is rounded up from the positions of "
             "position_sizes to a multiple of 128; the inputs beyond them "
             "get no positions"},
    {"model.dropout", SIDLE_OPTION_REAL, PLACE(model.dropout), "0", PROBABILITY,
     .help = "Dropout rate of the residual branches"},
    {"model.cross_dropout", SIDLE_OPTION_REAL, PLACE(model.cross_dropout), "0",
     PROBABILITY, .help = "Dropout rate of the keys of the cross-attention"},
    {"model.tie", SIDLE_OPTION_FLAG, PLACE(tie), "false", .is_only = 1,
     .help = "Share the weights of the embedding and the output head"},

    {"parallel.blocks", SIDLE_OPTION_INT, PLACE(parallel.blocks), "0",
     RANGE(0, SIDLE_MAX_BLOCKS),
     .help = "Number of blocks that the units are divided into; 0: one "
             "per rank"},
    {"parallel.schedule", SIDLE_OPTION_WORD, PLACE(parallel.schedule),
     "pipedream", .find_words = sidle_schedule_names,
     .help = "Order in which blocks process items"},
    {"parallel.update_every", SIDLE_OPTION_INT, PLACE(parallel.update_every),
     "0", RANGE(0, 1e6),
     .help = "Number of valid gradients that a block accumulates per "
             "update; 0: by the rule of the schedule: the fewest with which "
             "no gradient is more than one update late (pipedream, delayed) "
             "or a block idles at most 20 % of the ticks (gpipe, 1f1b, "
             "zero-bubble), else 1"},
    {"parallel.replicas", SIDLE_OPTION_INT, PLACE(parallel.replicas), "1",
     RANGE(1, 1e6),
     .help = "Number of replicas: chains of ranks that train on different "
             "rows and sum their gradients"},
    {"parallel.partition", SIDLE_OPTION_NAMES, PLACE(parallel.partition),
     "auto", .expects = "auto or a list of unit names",
     .help = "First unit of each block, such as [cross, self.002, final]"},
    {"parallel.on_cut", SIDLE_OPTION_ENUM, PLACE(parallel.on_cut), "mask",
     WORDS(on_cut, 3),
     .help = "Treatment of gradients across a clip change: leak applies "
             "them, mask removes the affected rows, flush empties the "
             "pipe first"},

    {"data.kind", SIDLE_OPTION_WORD, PLACE(data.kind), "text",
     WORDS(data_kinds, 0), .find_words = sidle_data_kind_names,
     .help = "Format of the data"},
    {"data.raw", SIDLE_OPTION_FLAG, PLACE(data.raw), "false",
     .help = "Train on the bytes of files that are not text, such as "
             "archives, HDF5, images and programs"},
    {"data.path", SIDLE_OPTION_TEXT, PLACE(data.path), .is_required = 1,
     .is_path = 1, .help = "File of training data"},
    {"data.valid_path", SIDLE_OPTION_TEXT, PLACE(data.valid_path), "",
     .is_path = 1,
     .help = "File of evaluation data, used as a whole instead of a part "
             "of data.path"},
    {"data.valid_fraction", SIDLE_OPTION_REAL, PLACE(data.valid_fraction),
     .unset = "0.02 for text, else 0", SHARE,
     .help = "Fraction at the end of data.path that is held out for "
             "evaluation"},
    {"data.batch", SIDLE_OPTION_INT, PLACE(data.batch), "4", RANGE(1, 1e6),
     .help = "Rows of an item in each replica"},
    {"data.stride", SIDLE_OPTION_INT, PLACE(data.stride), "0", COUNT(0),
     .help = "Tokens (video: frames) that a stream advances per item; 0: "
             "latents (one frame)"},
    {"data.order", SIDLE_OPTION_ENUM, PLACE(data.order), "shuffle",
     WORDS(orders, 3), .help = "Order of the rows"},

    {"optim.kind", SIDLE_OPTION_ENUM, PLACE(optim.kind), "muon",
     .find_words = sidle_optim_names, .help = "Optimizer"},
    {"optim.rest", SIDLE_OPTION_ENUM, PLACE(optim.rest), "nadam",
     WORDS(rests, 2),
     .help = "Muon: step of what is no matrix (tables, biases, gains, the "
             "output): nadam, or norm, a step of fixed size along the "
             "momentum (Scion)"},
    {"optim.lr", SIDLE_OPTION_REAL, PLACE(optim.lr), "2e-3", FROM_ZERO,
     .help = "Learning rate"},
    {"optim.block_lr", SIDLE_OPTION_REALS, PLACE(block_lr), "", FROM_ZERO,
     .n_offset = offsetof(sidle_options, n_block_lr),
     .help = "Learning rate of each block, instead of lr; matrix_lr changes "
             "in the same ratio; []: lr for all"},
    {"optim.matrix_lr", SIDLE_OPTION_REAL, PLACE(optim.matrix_lr), "0.01",
     FROM_ZERO, .help = "Muon: learning rate of matrices"},
    {"optim.matrix_momentum", SIDLE_OPTION_REAL, PLACE(optim.matrix_momentum),
     "0.9", PROBABILITY, .help = "Muon: momentum of matrices"},
    {"optim.warmup", SIDLE_OPTION_INT, PLACE(optim.warmup), "100", COUNT(0),
     .help = "Updates of the linear warm-up; 0: none"},
    {"optim.decay", SIDLE_OPTION_ENUM, PLACE(optim.decay), "cosine",
     WORDS(decays, 3), .help = "Decay of the learning rate after the warm-up"},
    {"optim.decay_steps", SIDLE_OPTION_INT, PLACE(optim.decay_steps), "0",
     COUNT(0), .help = "Updates of the decay; 0: until the end of the run"},
    {"optim.final_lr", SIDLE_OPTION_REAL, PLACE(optim.final_lr), "0.1",
     RANGE(0.0, 1.0),
     .help = "Learning rate after the decay, as a fraction of lr"},
    {"optim.beta1", SIDLE_OPTION_REAL, PLACE(optim.beta1), "0.95", PROBABILITY,
     .help = "AdamW, NAdam, vectors of Muon: decay rate of the first "
             "moment"},
    {"optim.beta2", SIDLE_OPTION_REAL, PLACE(optim.beta2), "0.999", PROBABILITY,
     .help = "AdamW, NAdam, RMSProp, vectors of Muon: decay rate of the "
             "second moment"},
    {"optim.eps", SIDLE_OPTION_REAL, PLACE(optim.eps), "1e-8", FROM_ZERO,
     .above_least = 1,
     .help = "AdamW, NAdam, RMSProp, vectors of Muon: term added to the "
             "square root of the second moment"},
    {"optim.momentum", SIDLE_OPTION_REAL, PLACE(optim.momentum), "0",
     PROBABILITY, .help = "SGD: momentum; 0: none"},
    {"optim.nesterov", SIDLE_OPTION_FLAG, PLACE(optim.nesterov), "false",
     .help = "SGD: use Nesterov momentum"},
    {"optim.orthogonal", SIDLE_OPTION_FLAG, PLACE(optim.orthogonal), "false",
     .help = "Remove the part of a gradient, after clipping, that lies along "
             "the running mean of the gradients before, in each tensor"},
    {"optim.orthogonal_beta", SIDLE_OPTION_REAL, PLACE(optim.orthogonal_beta),
     "0.9", PROBABILITY, .help = "Decay rate of the running mean"},
    {"optim.weight_decay", SIDLE_OPTION_REAL, PLACE(optim.weight_decay), "0",
     FROM_ZERO,
     .help = "Decoupled weight decay of parameters of two or more dimensions"},
    {"optim.clip", SIDLE_OPTION_REAL, PLACE(optim.clip), "1", FROM_ZERO,
     .help = "Maximum norm of a gradient; 0: no limit"},
    {"optim.clip_scope", SIDLE_OPTION_ENUM, PLACE(is_clip_global), "block",
     WORDS(clip_scopes, 2),
     .help = "Gradient whose norm is clipped: that of each block, or of "
             "the whole model"},
    {"optim.delay_rescale", SIDLE_OPTION_INT, PLACE(optim.delay_rescale), "0",
     COUNT(0),
     .help = "Updates over which both learning rates rise from their "
             "value divided by the delay to their full value; 0: none"},
    {"optim.spike_compensation", SIDLE_OPTION_FLAG,
     PLACE(optim.spike_compensation), "false",
     .help = "Add to a late gradient at once what the momentum would have "
             "added during its delay"},
    {"optim.predict", SIDLE_OPTION_FLAG, PLACE(optim.predict),
     .unset = "true for pipedream and muon if parallel.update_every is 0, else "
              "false",
     .help = "Run forwards with the weights predicted for the update in "
             "which their gradient arrives"},
    {"optim.lookahead", SIDLE_OPTION_REAL, PLACE(optim.lookahead), "0",
     PROBABILITY,
     .help = "Momentum of the Nesterov step of the first block, such as "
             "0.99; it decreases with the delay to the plain momentum in "
             "the last block; 0: none"},
    {"optim.loss_reduction", SIDLE_OPTION_ENUM, PLACE(is_loss_mean), "mean",
     WORDS(reductions, 2),
     .help = "Reduction of the losses of an item's targets"},
    {"optim.z_loss", SIDLE_OPTION_REAL, PLACE(model.z_loss), "0", FROM_ZERO,
     .help = "Weight of the squared log-normalizer of the logits"},

    {"eval.every", SIDLE_OPTION_INT, PLACE(eval.every), "500", COUNT(0),
     .help = "Items between two evaluations; 0: none"},
    {"eval.items", SIDLE_OPTION_INT, PLACE(eval.items), "80", COUNT(1),
     .help = "Items of an evaluation during training"},
    {"eval.stride", SIDLE_OPTION_INT, PLACE(eval.stride), "0", COUNT(0),
     .help = "Targets that a window advances; at most latents; 0: latents"},
    {"eval.batch", SIDLE_OPTION_INT, PLACE(eval.batch), "0", RANGE(0, 1e6),
     .help = "Rows of an evaluation item in each replica; 0: same as "
             "data.batch"},
    {"eval.at_end", SIDLE_OPTION_FLAG, PLACE(eval.at_end), "true",
     .help = "Evaluate on the whole held-out part at the end of the run, "
             "to final.json"},

    {"checkpoint.every", SIDLE_OPTION_INT, PLACE(checkpoint.every), "500",
     COUNT(0), .help = "Items between two checkpoints; 0: none by items"},
    {"checkpoint.at_start", SIDLE_OPTION_FLAG, PLACE(checkpoint.at_start),
     "false", .help = "Save a checkpoint before the first item"},
    {"checkpoint.minutes", SIDLE_OPTION_INT, PLACE(checkpoint.minutes), "10",
     COUNT(0), .help = "Minutes between two checkpoints; 0: none by time"},
    {"checkpoint.keep", SIDLE_OPTION_INT, PLACE(checkpoint.keep), "3", COUNT(1),
     .help = "Number of newest checkpoints to keep"},
    {"checkpoint.keep_every", SIDLE_OPTION_INT, PLACE(checkpoint.keep_every),
     "0", COUNT(0),
     .help = "Keep the checkpoints at multiples of this many items, too; "
             "0: none"},
    {"checkpoint.on_signal", SIDLE_OPTION_FLAG, PLACE(checkpoint.on_signal),
     "true",
     .help = "Save and stop with exit code 75 on SIGUSR1, SIGUSR2, "
             "SIGTERM, SIGINT, SIGHUP and SIGXCPU"},
    {"checkpoint.best", SIDLE_OPTION_FLAG, PLACE(checkpoint.best), "true",
     .help = "Keep best.h5, the run at the evaluation with the lowest "
             "loss"},
    {"checkpoint.mode", SIDLE_OPTION_ENUM, PLACE(checkpoint.mode),
     "independent", WORDS(save_modes, 3),
     .help = "Ranks that read and write: independent: each rank its own "
             "arrays; collective: they write together by MPI-IO (for many "
             "ranks, as on Lustre); funnel: rank 0, which exchanges arrays, "
             "text and tokens with the others (for file systems without "
             "safe parallel writes, as NFS, or that only its host sees)"},

    {"log.every", SIDLE_OPTION_INT, PLACE(log.every), "20", COUNT(0),
     .help = "Items between two reports; 0: none"},
    {"log.tensorboard", SIDLE_OPTION_FLAG, PLACE(log.tensorboard), "true",
     .help = "Write event files for TensorBoard"},
    {"log.staleness", SIDLE_OPTION_INT, PLACE(log.staleness), "0", COUNT(0),
     .help = "Items between two measurements of what the schedule's delay "
             "costs: exact gradients beside those that it uses, to "
             "staleness.csv; 0: none"},
    {"log.trace", SIDLE_OPTION_INT, PLACE(log.trace), "0", RANGE(0, 100000),
     .help = "Number of items to record in trace.json, in whole updates, "
             "after a warm-up of twice parallel.blocks items; 0: none"},
};
const size_t sidle_n_options =
    sizeof(sidle_option_table) / sizeof(sidle_option_table[0]);
