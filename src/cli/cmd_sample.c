/* cmd_sample.c - text out of a checkpoint, token by token, in one process. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/sample_text.h"
#include "data/corpus.h"
#include "run/load.h"
#include "run/which.h"
#include "sample/generate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* ---- the prompt, as bytes and as tokens */

typedef struct prompt {
    char *text;
    size_t n_text;
    int32_t *tokens;
    int64_t n_tokens;
} prompt;

#define PROMPT_MAX ((size_t)1 << 26) /* bytes */

static sidle_status read_stream(FILE *file, const char *path, prompt *p)
{
    size_t room = 1 << 15, n;

    do {
        room *= 2;
        p->text = realloc(p->text, room + 1);
        SIDLE_CHECK(p->text != NULL, "no memory for the prompt");
        n = fread(p->text + p->n_text, 1, room - p->n_text, file);
        p->n_text += n;
    } while (n > 0 && p->n_text <= PROMPT_MAX);
    p->text[p->n_text] = '\0';
    if (p->n_text > PROMPT_MAX)
        return sidle_fail(SIDLE_EUSAGE,
                          "the prompt \"%s\" has more than %zu bytes", path,
                          PROMPT_MAX);
    if (ferror(file))
        return sidle_fail(SIDLE_EIO, "cannot read the prompt \"%s\": %s", path,
                          strerror(errno));
    return SIDLE_OK;
}

static sidle_status read_file(const char *path, prompt *p)
{
    FILE *file;
    sidle_status status;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", p);
    file = fopen(path, "rb");
    if (file == NULL)
        return sidle_fail(SIDLE_EIO, "cannot read the prompt \"%s\": %s", path,
                          strerror(errno));
    status = read_stream(file, path, p);
    fclose(file);
    return status;
}

static void bytes_to_tokens(prompt *p)
{
    for (size_t i = 0; i < p->n_text; i++)
        p->tokens[p->n_tokens++] = (unsigned char)p->text[i] + SIDLE_BYTE;
}

static sidle_status numbers_to_tokens(prompt *p)
{
    char *rest = NULL;
    char *words_of = strdup(p->text);
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(words_of != NULL, "no memory for the prompt");
    if (strlen(p->text) != p->n_text)
        status = sidle_fail(SIDLE_EDATA,
                            "the prompt contains a byte 0; expected token "
                            "ids, separated by blanks");
    for (char *word = strtok_r(words_of, " \t\r\n,", &rest);
         word != NULL && status == SIDLE_OK;
         word = strtok_r(NULL, " \t\r\n,", &rest)) {
        int64_t number;

        if (!sidle_text_int(word, &number) || number < 0 ||
            number > INT32_MAX) {
            status = sidle_fail(SIDLE_EDATA,
                                "\"%s\" in the prompt is not the number of a "
                                "token; this model was trained on tokens",
                                word);
            break;
        }
        p->tokens[p->n_tokens++] = (int32_t)number;
    }
    free(words_of);
    return status;
}

static sidle_status read_prompt(const arguments *args, int is_tokens, prompt *p)
{
    if (args->prompt_file != NULL) {
        SIDLE_TRY(read_file(args->prompt_file, p));
    } else {
        p->text = strdup(args->prompt != NULL ? args->prompt : "");
        SIDLE_CHECK(p->text != NULL, "no memory for the prompt");
        p->n_text = strlen(p->text);
    }
    p->tokens = malloc((p->n_text + 1) * sizeof(*p->tokens));
    SIDLE_CHECK(p->tokens != NULL, "no memory for the prompt");
    if (is_tokens)
        return numbers_to_tokens(p);
    bytes_to_tokens(p);
    return SIDLE_OK;
}

/* ---- the output */

typedef struct writer {
    int is_ids;
    int64_t n_written; /* tokens of this sequence */
    sidle_sample_text text;
    const sidle_block *block;
} writer;

static void write_token(writer *out, int32_t token)
{
    char word[24];
    int n;

    if (out->is_ids)
        printf("%s%d", out->n_written > 0 ? " " : "", token);
    else if (token >= SIDLE_BYTE && token < SIDLE_BYTE + 256)
        sidle_sample_put(&out->text, (unsigned char)(token - SIDLE_BYTE));
    else {
        n = snprintf(word, sizeof(word), "<%d>", token);
        sidle_sample_puts(&out->text, word, (size_t)n);
    }
    out->n_written++;
}

static sidle_status flush(void)
{
    if (fflush(stdout) != 0)
        return sidle_fail(SIDLE_EIO, "cannot write to standard output: %s",
                          strerror(errno));
    return SIDLE_OK;
}

static sidle_status on_token(void *context, int32_t token)
{
    writer *out = context;

    if (token != SIDLE_EOS)
        write_token(out, token);
    return flush();
}

/* Whatever came of a sequence: what follows on a terminal has its own line. */
static sidle_status end_sequence(writer *out)
{
    if (out->is_ids)
        putchar('\n');
    else
        sidle_sample_end(&out->text);
    return flush();
}

/* Between two texts; people have a newline unless they ask for more. */
static void separate(const arguments *args, writer *out)
{
    if (out->is_ids)
        return;
    if (args->separator != NULL)
        sidle_sample_puts(&out->text, args->separator, args->n_separator);
    else if (!out->text.is_for_people)
        sidle_sample_put(&out->text, '\0');
}

/* Both streams in one pipe or file, where the text has ended without a line. */
static int is_behind_text(const writer *out)
{
    struct stat text, here;

    return !out->is_ids && out->text.is_in_line &&
           fstat(STDOUT_FILENO, &text) == 0 &&
           fstat(STDERR_FILENO, &here) == 0 && text.st_dev == here.st_dev &&
           text.st_ino == here.st_ino;
}

static const sidle_real *weights_of(void *context, int layer)
{
    const writer *out = context;

    return sidle_block_weights(out->block) +
           sidle_block_param_offset(out->block, layer, 0) -
           out->block->model->layers[layer].params[0].offset;
}

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

static void print_stats(const statistics *all, const writer *out)
{
    const sidle_generated *g = &all->sum;

    fprintf(stderr,
            "%s%lld sequence%s, %lld token%s, %.1f tokens/s, prompt%s %.3f s, "
            "%lld refill%s of the caches, %lld whole window%s",
            is_behind_text(out) ? "\n" : "", (long long)all->n_sequences,
            sidle_plural(all->n_sequences), (long long)g->n_tokens,
            sidle_plural(g->n_tokens),
            g->time > 0.0 ? (double)g->n_tokens / g->time : 0.0,
            sidle_plural(all->n_sequences), g->prompt_time,
            (long long)g->n_refills, sidle_plural(g->n_refills),
            (long long)g->n_windows, sidle_plural(g->n_windows));
    if (all->n_ended > 0)
        fprintf(stderr, ", %lld ended by the model", (long long)all->n_ended);
    fputc('\n', stderr);
}

/* Before anything of it is printed. */
static sidle_status check_prompt(const prompt *p, ptrdiff_t vocab)
{
    for (int64_t k = 0; k < p->n_tokens; k++)
        if (p->tokens[k] <= SIDLE_PAD || p->tokens[k] >= vocab)
            return sidle_fail(SIDLE_EDATA,
                              "token %lld of the prompt is %d, which is not "
                              "in the vocabulary of 1 to %td",
                              (long long)k, p->tokens[k], vocab - 1);
    return SIDLE_OK;
}

static sidle_status one_sequence(const arguments *args, const prompt *p,
                                 sidle_generator *generator, int64_t number,
                                 sidle_generated *done, writer *out)
{
    sidle_status status, written;

    out->n_written = 0;
    for (int64_t k = 0; k < p->n_tokens; k++)
        write_token(out, p->tokens[k]);
    status = sidle_generate(generator, p->tokens, p->n_tokens, args->length,
                            (uint64_t)number, done);
    written = end_sequence(out);
    return status != SIDLE_OK ? status : written;
}

static sidle_status generate(const arguments *args, const prompt *p,
                             writer *out)
{
    sidle_generator_config config = {
        .model = out->block->model,
        .weights = weights_of,
        .on_token = on_token,
        .context = out,
        .pick = {.temperature = args->temperature,
                 .top_k = (ptrdiff_t)args->top_k,
                 .top_p = args->top_p,
                 .is_greedy = args->is_greedy},
        .seed = (uint64_t)args->seed,
        .is_exact = args->is_exact,
    };
    statistics all = {0};
    sidle_generator *generator;
    sidle_status status;

    SIDLE_TRY(check_prompt(p, config.model->config.vocab));
    SIDLE_TRY(sidle_generator_new(&config, &generator));
    status = SIDLE_OK;
    for (int64_t i = 0; i < args->count && status == SIDLE_OK; i++) {
        sidle_generated done = {0};

        if (i > 0)
            separate(args, out);
        status = one_sequence(args, p, generator, i, &done, out);
        add_stats(&done, &all);
    }
    if (status == SIDLE_OK && args->has_stats)
        print_stats(&all, out);
    sidle_generator_free(generator);
    return status;
}

static sidle_status sample(const arguments *args, const sidle_options *options)
{
    int is_tokens = strcmp(options->data.kind, "tokens") == 0;
    writer out = {
        .is_ids =
            args->format != NULL ? strcmp(args->format, "ids") == 0 : is_tokens,
        .text = {.stream = stdout, .is_for_people = isatty(STDOUT_FILENO)}};
    sidle_model *model = NULL;
    sidle_block *block = NULL;
    prompt p = {0};
    sidle_status status = SIDLE_OK;

    if (out.is_ids && args->separator != NULL)
        status = sidle_fail(SIDLE_EUSAGE,
                            "--separator is for texts; ids are printed with "
                            "one line per sequence%s",
                            args->format == NULL
                                ? ", and this model was trained on tokens"
                                : "");
    if (status == SIDLE_OK)
        status = read_prompt(args, is_tokens, &p);
    if (status == SIDLE_OK)
        status = sidle_model_perceiver(&options->model, 1, &model);
    if (status == SIDLE_OK)
        status = sidle_load_block(args->checkpoint, model, args->is_trusting,
                                  &block);
    if (status == SIDLE_OK) {
        out.block = block;
        status = generate(args, &p, &out);
    }
    sidle_block_free(block);
    sidle_model_free(model);
    free(p.text);
    free(p.tokens);
    return status;
}

int sidle_cmd_sample(int argc, char **argv)
{
    static char path[PATH_MAX];
    arguments args = {
        .length = 256, .temperature = 1.0, .top_p = 1.0, .seed = 1, .count = 1};
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    sidle_parse(&sample_argp, "sample", argc, argv, &args);
    /* Text appears as it is made: token by token, not line by line. */
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    status = sidle_which_checkpoint(args.checkpoint, SIDLE_WHICH_END, path);
    args.checkpoint = path;
    if (status == SIDLE_OK)
        status = sidle_load_options(path, args.is_trusting, NULL, 0, options);
    if (status == SIDLE_OK)
        sidle_load_warn(options);
    if (status == SIDLE_OK)
        status = sample(&args, options);
    free(options);
    free(args.separator);
    return sidle_log_failure(status);
}
