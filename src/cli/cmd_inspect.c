/* cmd_inspect.c - show a checkpoint or a data set; and verify one. */
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/inspect_data.h"
#include "cli/show_config.h"
#include "io/ckpt.h"
#include "io/json.h"
#include "run/which.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *file;
    int is_json, is_all;
} arguments;

enum { KEY_JSON = 0x100, KEY_ALL };

static const struct argp_option words[] = {
    {"json", KEY_JSON, NULL, 0,
     "print one JSON object and nothing else (default: off)", 0},
    {"all", KEY_ALL, NULL, 0,
     "show optimizer and pipeline state as well (default: parameters only)", 0},
    {0}};

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_JSON:
        args->is_json = 1;
        return 0;
    case KEY_ALL:
        args->is_all = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (args->file != NULL)
            argp_error(state, "one file is expected, \"%s\" is one too many",
                       value);
        args->file = value;
        return 0;
    case ARGP_KEY_END:
        if (args->file == NULL)
            argp_error(state, "no file is given");
        sidle_parse_alone(state, "");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp inspect_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "FILE",
    .doc =
        "Shows a checkpoint (configuration, every tensor with shape, norm "
        "and range) or a token or video data set (documents or clips, "
        "lengths, ids, labels). Of a damaged checkpoint it shows what can "
        "still be read, reports what is damaged, and ends with exit code 74."};

static const struct argp verify_argp = {
    .parser = parse_word,
    .args_doc = "FILE",
    .doc = "Checks structure and every checksum of a checkpoint, or the "
           "structure of a token or video data set. Exit code 0: everything "
           "is right, 74: a checksum or the structure is wrong, 65: the file "
           "is not a Sidle file."};

/* ---- numbers of one array */

typedef struct summary {
    double norm, least, largest;
} summary;

static double element(const sidle_array *array, const void *data, int64_t i)
{
    switch (array->type) {
    case SIDLE_F32:
        return (double)((const float *)data)[i];
    case SIDLE_F64:
        return ((const double *)data)[i];
    case SIDLE_I32:
        return (double)((const int32_t *)data)[i];
    case SIDLE_I64:
        return (double)((const int64_t *)data)[i];
    }
    return NAN;
}

static int64_t count_of(const sidle_array *array)
{
    int64_t n = 1;

    for (int i = 0; i < array->n_dims; i++)
        n *= array->dims[i];
    return n;
}

/* The numbers that stand in the file, right or not; zeros where there are none
 * to be read. */
static sidle_status summarise(sidle_ckpt *ckpt, const sidle_array *array,
                              summary *s)
{
    int64_t n = count_of(array);
    void *data = calloc((size_t)n + 1, 8);
    sidle_status status;

    SIDLE_CHECK(data != NULL, "no memory for %lld elements", (long long)n);
    status = sidle_ckpt_read(ckpt, array, data);
    *s = (summary){0.0, HUGE_VAL, -HUGE_VAL};
    for (int64_t i = 0; i < n; i++) {
        double x = element(array, data, i);

        s->norm += x * x;
        s->least = x < s->least ? x : s->least;
        s->largest = x > s->largest ? x : s->largest;
    }
    s->norm = sqrt(s->norm);
    free(data);
    return status;
}

static void print_shape(const sidle_array *array, char *out, size_t size)
{
    size_t at = 0;

    for (int i = 0; i < array->n_dims; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%lld",
                               i > 0 ? " x " : "", (long long)array->dims[i]);
}

/* `damage` is "" where there is none. */
static void show_array(const sidle_array *array, const summary *s,
                       const char *damage, sidle_json *json)
{
    char shape[80];

    if (json == NULL) {
        print_shape(array, shape, sizeof(shape));
        printf("%-40s %-16s norm %-12.6g range %.6g .. %.6g%s\n", array->path,
               shape, s->norm, s->least, s->largest,
               damage[0] != '\0' ? "  DAMAGED" : "");
        return;
    }
    sidle_json_item(json);
    sidle_json_text(json, "path", array->path);
    sidle_json_ints(json, "shape", array->dims, array->n_dims);
    sidle_json_real(json, "norm", s->norm);
    sidle_json_real(json, "least", s->least);
    sidle_json_real(json, "largest", s->largest);
    sidle_json_text(json, "damage", damage);
}

/* A damaged tensor is named; every one is read, if it is shown or not. */
static void show_arrays(const arguments *args, sidle_ckpt *ckpt,
                        sidle_json *json, int64_t *n_parameters, int *n_damaged)
{
    const sidle_array *arrays;
    int n;

    arrays = sidle_ckpt_list(ckpt, &n);
    for (int i = 0; i < n; i++) {
        int is_model = strncmp(arrays[i].path, "/model/", 7) == 0;
        const char *damage = "";
        summary s;

        if (is_model)
            *n_parameters += count_of(&arrays[i]);
        if (summarise(ckpt, &arrays[i], &s) != SIDLE_OK) {
            damage = sidle_fail_text();
            fprintf(stderr, "sidle: %s\n", damage);
            (*n_damaged)++;
        }
        if (is_model || args->is_all || damage[0] != '\0')
            show_array(&arrays[i], &s, damage, json);
    }
}

static void show_root(const sidle_ckpt *ckpt, sidle_json *json)
{
    const sidle_ckpt_info *info = sidle_ckpt_get_info(ckpt);

    if (json == NULL) {
        printf("checkpoint of step %lld, update %lld, made %s by sidle %s "
               "(commit %s)\n\n%s\n",
               (long long)info->step, (long long)info->update, info->created,
               info->program_version, info->commit, sidle_ckpt_config(ckpt));
        return;
    }
    sidle_json_int(json, "step", info->step);
    sidle_json_int(json, "update", info->update);
    sidle_json_text(json, "created", info->created);
    sidle_json_text(json, "program_version", info->program_version);
    sidle_json_text(json, "commit", info->commit);
    sidle_show_config_json(sidle_ckpt_config(ckpt), json);
}

static void show_faults(const sidle_ckpt *ckpt, sidle_json *json, int *n_p)
{
    const char *const *faults = sidle_ckpt_faults(ckpt, n_p);

    if (json != NULL)
        sidle_json_texts(json, "damage", faults, *n_p);
    for (int i = 0; i < *n_p; i++)
        fprintf(stderr, "sidle: damaged: %s\n", faults[i]);
}

static sidle_status show_checkpoint(const arguments *args, sidle_ckpt *ckpt)
{
    sidle_json *json = NULL;
    int64_t n_parameters = 0;
    int n_faults, n_damaged = 0;

    if (args->is_json)
        SIDLE_TRY(sidle_json_new(&json));
    show_root(ckpt, json);
    show_faults(ckpt, json, &n_faults);
    if (json != NULL)
        sidle_json_begin_list(json, "tensors");
    show_arrays(args, ckpt, json, &n_parameters, &n_damaged);
    if (json == NULL) {
        printf("%lld parameter%s\n", (long long)n_parameters,
               sidle_plural(n_parameters));
    } else {
        sidle_json_end_list(json);
        sidle_json_int(json, "parameters", n_parameters);
        SIDLE_TRY(sidle_json_print(json, stdout));
    }
    if (n_faults + n_damaged == 0)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EIO,
        "'%s' is damaged: %d of its arrays and %d place%s of its structure "
        "differ from what was saved",
        args->file, n_damaged, n_faults, sidle_plural(n_faults));
}

/* What was to be a data file is no checkpoint, either. */
static sidle_status tell_formats(sidle_status status)
{
    if (status != SIDLE_EDATA)
        return status;
    return sidle_fail(status,
                      "%s; a data file has the attribute 'format' with the "
                      "value 'sidle-tokens' or 'sidle-video' (docs/data.md)",
                      sidle_fail_text());
}

static sidle_status inspect(arguments *args)
{
    static char path[PATH_MAX];
    sidle_data_format format;
    sidle_ckpt *ckpt = NULL;
    sidle_status status;

    SIDLE_TRY(sidle_which_checkpoint(args->file, SIDLE_WHICH_END, path));
    args->file = path;
    format = sidle_data_format_of(path);
    if (format != SIDLE_DATA_NONE)
        return sidle_data_show(path, format, args->is_json);
    SIDLE_TRY(tell_formats(
        sidle_ckpt_open_as(args->file, SIDLE_CKPT_SALVAGE, &ckpt)));
    status = show_checkpoint(args, ckpt);
    sidle_ckpt_close(ckpt);
    return status;
}

int sidle_cmd_inspect(int argc, char **argv)
{
    arguments args = {0};

    sidle_parse(&inspect_argp, "inspect", argc, argv, &args);
    return sidle_fail_print(inspect(&args));
}

int sidle_cmd_verify(int argc, char **argv)
{
    static char path[PATH_MAX];
    arguments args = {0};
    sidle_data_format format;
    int64_t bytes = 0;
    int n_arrays = 0;
    sidle_status status;

    sidle_parse(&verify_argp, "verify", argc, argv, &args);
    status = sidle_which_checkpoint(args.file, SIDLE_WHICH_END, path);
    format = status == SIDLE_OK ? sidle_data_format_of(path) : SIDLE_DATA_NONE;
    if (format != SIDLE_DATA_NONE)
        return sidle_fail_print(sidle_data_verify(path, format));
    if (status == SIDLE_OK)
        status = tell_formats(sidle_ckpt_verify(path, &n_arrays, &bytes));
    if (status == SIDLE_OK)
        printf("%s: %d data set%s, %lld bytes, every checksum is right\n",
               sidle_shown(path), n_arrays, sidle_plural(n_arrays),
               (long long)bytes);
    return sidle_fail_print(status);
}
