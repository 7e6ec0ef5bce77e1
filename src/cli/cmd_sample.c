/* cmd_sample.c - text out of a checkpoint, token by token, in one process. */
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/sample_out.h"
#include "run/prompt.h"
#include "run/sampler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    const char *checkpoint, *prompt, *prompt_file, *format;
    char *separator; /* NULL: not given */
    size_t n_separator;
    int64_t length, top_k, seed, count;
    double temperature, top_p;
    int is_greedy, is_exact, has_stats, is_trusting;
} arguments;

/* ---- the words of the command line */

enum {
    KEY_PROMPT = 0x100,
    KEY_PROMPT_FILE,
    KEY_LENGTH,
    KEY_TEMPERATURE,
    KEY_TOP_K,
    KEY_TOP_P,
    KEY_SEED,
    KEY_COUNT,
    KEY_GREEDY,
    KEY_EXACT,
    KEY_FORMAT,
    KEY_SEPARATOR,
    KEY_STATS,
    KEY_NO_VERIFY
};

static const struct argp_option words[] = {
    {"prompt", KEY_PROMPT, "TEXT", 0,
     "the beginning of the sequence; token ids if the model was trained on "
     "tokens (default: empty)",
     0},
    {"prompt-file", KEY_PROMPT_FILE, "F", 0,
     "read the prompt from a file; - is standard input (default: none)", 0},
    {"length", KEY_LENGTH, "N", 0,
     "maximum number of new tokens (default: "
     "256)",
     0},
    {"temperature", KEY_TEMPERATURE, "T", 0,
     "divide the logits by T; 0 takes the most likely token (default: 1)", 0},
    {"top-k", KEY_TOP_K, "K", 0,
     "draw from the K most likely tokens only, of equally likely ones those "
     "with the lowest ids; 0: off (default: 0)",
     0},
    {"top-p", KEY_TOP_P, "P", 0,
     "draw from the most likely tokens only whose probabilities add up to P; "
     "1: off (default: 1)",
     0},
    {"seed", KEY_SEED, "S", 0, "seed of the random draws (default: 1)", 0},
    {"count", KEY_COUNT, "N", 0, "number of sequences (default: 1)", 0},
    {"separator", KEY_SEPARATOR, "TEXT", 0,
     "text between two sequences; \\n, \\t, \\r, \\0, \\\\ and \\xHH are "
     "bytes (default: \\0; on a terminal a newline after each)",
     0},
    {"greedy", KEY_GREEDY, NULL, 0,
     "always take the most likely token "
     "(default: off)",
     0},
    {"exact", KEY_EXACT, NULL, 0,
     "compute the full model for every token, without caches; beyond "
     "model.latents tokens, a token with caches attends to fewer latents, so "
     "that other tokens may be drawn (default: off)",
     0},
    {"format", KEY_FORMAT, "text|ids", 0,
     "print bytes, or token ids with one line per sequence (default: text; "
     "ids if the model was trained on tokens)",
     0},
    {"stats", KEY_STATS, NULL, 0,
     "print speed and use of the caches as one line on standard error "
     "(default: off)",
     0},
    {"no-verify", KEY_NO_VERIFY, NULL, 0,
     "do not check the checksums while loading (default: check)", 0},
    {0}};

static double real(struct argp_state *state, const char *name,
                   const char *value, double most)
{
    double number = 0.0;

    if (!sidle_text_real(value, &number) || number < 0.0 || number > most)
        argp_error(state, "--%s is %s, expected a number %s", name, value,
                   most < HUGE_VAL ? "from 0 to 1" : "of at least 0");
    return number;
}

static void set_format(arguments *args, const char *value,
                       struct argp_state *state)
{
    if (strcmp(value, "text") != 0 && strcmp(value, "ids") != 0)
        argp_error(state,
                   "--format is %s, expected text or ids (pgm and png are "
                   "not available in this version)",
                   value);
    args->format = value;
}

static void set_separator(arguments *args, const char *value,
                          struct argp_state *state)
{
    free(args->separator);
    args->separator = malloc(strlen(value) + 1);
    SIDLE_CHECK(args->separator != NULL, "no memory for a separator");
    if (sidle_unescape(value, args->separator, &args->n_separator) != SIDLE_OK)
        argp_error(state, "--separator: %s", sidle_fail_text());
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_PROMPT:
        args->prompt = value;
        return 0;
    case KEY_PROMPT_FILE:
        args->prompt_file =
            strcmp(value, "-") == 0 ? value : sidle_parse_path(state, value);
        return 0;
    case KEY_LENGTH:
        args->length = sidle_parse_whole(state, "length", value, 0);
        return 0;
    case KEY_TEMPERATURE:
        args->temperature = real(state, "temperature", value, HUGE_VAL);
        return 0;
    case KEY_TOP_K:
        args->top_k = sidle_parse_whole(state, "top-k", value, 0);
        return 0;
    case KEY_TOP_P:
        args->top_p = real(state, "top-p", value, 1.0);
        return 0;
    case KEY_SEED:
        args->seed = sidle_parse_whole(state, "seed", value, 0);
        return 0;
    case KEY_COUNT:
        args->count = sidle_parse_whole(state, "count", value, 1);
        return 0;
    case KEY_GREEDY:
        args->is_greedy = 1;
        return 0;
    case KEY_EXACT:
        args->is_exact = 1;
        return 0;
    case KEY_FORMAT:
        set_format(args, value, state);
        return 0;
    case KEY_SEPARATOR:
        set_separator(args, value, state);
        return 0;
    case KEY_STATS:
        args->has_stats = 1;
        return 0;
    case KEY_NO_VERIFY:
        args->is_trusting = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (args->checkpoint != NULL)
            argp_error(state,
                       "one checkpoint is expected, \"%s\" is one too "
                       "many",
                       value);
        args->checkpoint = value;
        return 0;
    case ARGP_KEY_END:
        if (args->checkpoint == NULL)
            argp_error(state,
                       "no checkpoint is given; name an HDF5 file or a run "
                       "folder");
        if (args->prompt != NULL && args->prompt_file != NULL)
            argp_error(state, "--prompt and --prompt-file exclude each other");
        sidle_parse_alone(state, "");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp sample_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "CHECKPOINT",
    .doc = "Generates from a checkpoint in one process, without MPI. The "
           "prompt and the new text are printed on standard output as they "
           "are generated: on a terminal as characters (U+FFFD for an "
           "invalid one) and with a newline at the end, else byte for "
           "byte.\vTop-k comes first, then top-p, temperature and the draw. "
           "A sequence ends early at the end-of-text token. A text may "
           "contain any byte, including the separator; the output of "
           "--format ids is unambiguous."};

/* ---- the sequences */

/* What all sequences took together. */
typedef struct statistics {
    sidle_generated sum;
    int64_t n_sequences, n_ended;
} statistics;

static void add_stats(const sidle_generated *g, statistics *all)
{
    all->sum.n_tokens += g->n_tokens;
    all->sum.n_refills += g->n_refills;
    all->sum.n_windows += g->n_windows;
    all->sum.prompt_time += g->prompt_time;
    all->sum.time += g->time;
    all->n_sequences++;
    all->n_ended += g->is_ended;
}

static void print_stats(const statistics *all, const sidle_sample_out *out)
{
    const sidle_generated *g = &all->sum;

    fprintf(stderr,
            "%s%lld sequence%s, %lld token%s, %.1f tokens/s, prompt%s %.3f s, "
            "%lld refill%s of the caches, %lld whole window%s",
            sidle_sample_out_is_open(out) ? "\n" : "",
            (long long)all->n_sequences, sidle_plural(all->n_sequences),
            (long long)g->n_tokens, sidle_plural(g->n_tokens),
            g->time > 0.0 ? (double)g->n_tokens / g->time : 0.0,
            sidle_plural(all->n_sequences), g->prompt_time,
            (long long)g->n_refills, sidle_plural(g->n_refills),
            (long long)g->n_windows, sidle_plural(g->n_windows));
    if (all->n_ended > 0)
        fprintf(stderr, ", %lld ended by the model", (long long)all->n_ended);
    fputc('\n', stderr);
}

static sidle_status one_sequence(const arguments *args, const sidle_prompt *p,
                                 sidle_sampler *sampler, int64_t number,
                                 sidle_generated *made, sidle_sample_out *out)
{
    sidle_status status, written;

    sidle_sample_out_begin(out, p->tokens, p->n_tokens);
    status = sidle_sampler_run(sampler, p->tokens, p->n_tokens, args->length,
                               (uint64_t)number, made);
    written = sidle_sample_out_end(out);
    return status != SIDLE_OK ? status : written;
}

static sidle_status generate(const arguments *args, const sidle_prompt *p,
                             sidle_sampler *sampler, sidle_sample_out *out)
{
    sidle_status status = SIDLE_OK;
    statistics all = {0};

    for (int64_t i = 0; i < args->count && status == SIDLE_OK; i++) {
        sidle_generated made = {0};

        if (i > 0)
            sidle_sample_out_between(out, args->separator, args->n_separator);
        status = one_sequence(args, p, sampler, i, &made, out);
        add_stats(&made, &all);
    }
    if (status == SIDLE_OK && args->has_stats)
        print_stats(&all, out);
    return status;
}

static sidle_status check_separator(const arguments *args, int is_ids)
{
    if (!is_ids || args->separator == NULL)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EUSAGE,
        "--separator is for texts; ids are printed with one "
        "line per sequence%s",
        args->format == NULL ? ", and this model was trained on tokens" : "");
}

static sidle_status read_prompt(const arguments *args, sidle_prompt *p)
{
    if (args->prompt_file != NULL)
        return sidle_prompt_read(args->prompt_file, p);
    sidle_prompt_set(p, args->prompt != NULL ? args->prompt : "");
    return SIDLE_OK;
}

/* The prompt is read and checked before anything of it is printed. */
static sidle_status sample(const arguments *args, const sidle_loaded *loaded,
                           sidle_prompt *p, sidle_sampler **sampler_p)
{
    sidle_sample_out out = {
        .is_ids = args->format != NULL ? strcmp(args->format, "ids") == 0
                                       : !loaded->has_bytes,
        .text = {.stream = stdout, .is_for_people = isatty(STDOUT_FILENO)}};
    const sidle_sampling how = {.pick = {.temperature = args->temperature,
                                         .top_k = (ptrdiff_t)args->top_k,
                                         .top_p = args->top_p,
                                         .is_greedy = args->is_greedy},
                                .seed = (uint64_t)args->seed,
                                .is_exact = args->is_exact,
                                .on_token = sidle_sample_out_next,
                                .context = &out};

    SIDLE_TRY(check_separator(args, out.is_ids));
    SIDLE_TRY(read_prompt(args, p));
    SIDLE_TRY(sidle_prompt_encode(p, loaded->has_bytes,
                                  sidle_model_loss(loaded->model)->classes));
    SIDLE_TRY(sidle_sampler_new(loaded, &how, sampler_p));
    return generate(args, p, *sampler_p, &out);
}

int sidle_cmd_sample(int argc, char **argv)
{
    arguments args = {
        .length = 256, .temperature = 1.0, .top_p = 1.0, .seed = 1, .count = 1};
    sidle_loaded loaded = {0};
    sidle_sampler *sampler = NULL;
    sidle_prompt p = {0};
    sidle_status status;

    sidle_parse(&sample_argp, "sample", argc, argv, &args);
    /* Text appears as it is made: token by token, not line by line. */
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    status = sidle_load(args.checkpoint, args.is_trusting, &loaded);
    if (status == SIDLE_OK)
        status = sample(&args, &loaded, &p, &sampler);
    sidle_sampler_free(sampler);
    sidle_prompt_done(&p);
    sidle_loaded_done(&loaded);
    free(args.separator);
    return sidle_fail_print(status);
}
