/* setup_data.c - the data files of a run, and the rows that it sees of them. */
#include "run/setup_data.h"

#include "model/skips.h"

#include "base/text.h"

static const sidle_data_kind *kind_of(const sidle_setup *setup)
{
    return sidle_data_kind_find(setup->options.data.kind);
}

/* Rounding to whole documents may leave none. */
static sidle_status check_rest(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    int64_t n = setup->files[0].n;

    if (setup->train_part.n > 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "data.valid_fraction %g holds out all of the %lld "
                      "%s%s of '%s', and leaves none to train on; make "
                      "it smaller, or name another file as data.valid_path",
                      options->data.valid_fraction, (long long)n,
                      kind_of(setup)->unit, sidle_plural(n),
                      options->data.path);
}

static double valid_fraction(const sidle_setup *setup)
{
    double fraction = setup->options.data.valid_fraction;

    return fraction >= 0.0 ? fraction : kind_of(setup)->valid_fraction;
}

/* Where data.valid_path is set, an evaluation does not need data.path, which
 * may be gone. */
static int needs_path(const sidle_setup *setup, int is_training)
{
    return is_training || setup->options.data.valid_path[0] == '\0';
}

/* Two files of one run have frames of one size. */
static sidle_status check_alike(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    sidle_field field[2];
    char shape[2][64];

    for (int i = 0; i < 2; i++) {
        if (setup->files[i].n == 0 || kind_of(setup)->input == NULL)
            return SIDLE_OK;
        field[i] = kind_of(setup)->input(&setup->files[i]);
        sidle_shape_print(&field[i].shape, shape[i], sizeof(shape[i]));
    }
    if (sidle_shape_equal(&field[0].shape, &field[1].shape))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "'%s' (data.valid_path) has %s of shape %s, but '%s' "
                      "(data.path) of shape %s; both need the same",
                      options->data.valid_path, field[1].name, shape[1],
                      options->data.path, shape[0]);
}

static sidle_status open_files(sidle_setup *setup, int is_training)
{
    const sidle_options *options = &setup->options;
    const sidle_data_kind *kind = kind_of(setup);
    int has_valid_path = options->data.valid_path[0] != '\0';

    if (needs_path(setup, is_training))
        SIDLE_TRY(kind->open(options, options->data.path, "data.path",
                             &setup->files[0]));
    if (has_valid_path)
        SIDLE_TRY(kind->open(options, options->data.valid_path,
                             "data.valid_path", &setup->files[1]));
    return check_alike(setup);
}

/* Who trains on what of the files that are open. */
static sidle_status part_files(sidle_setup *setup, int is_training)
{
    if (setup->options.data.valid_path[0] != '\0') {
        setup->train_part = setup->files[0];
        setup->valid_part = setup->files[1];
        return SIDLE_OK;
    }
    kind_of(setup)->split(&setup->files[0], valid_fraction(setup),
                          &setup->train_part, &setup->valid_part);
    return is_training ? check_rest(setup) : SIDLE_OK;
}

static const char *file_of(const sidle_setup *setup, int is_valid)
{
    const sidle_options *options = &setup->options;

    return is_valid && options->data.valid_path[0] != '\0'
               ? options->data.valid_path
               : options->data.path;
}

/* What is wrong with the data is told with their file, and with the key that
 * has parted it. */
static sidle_status about(const sidle_setup *setup, int is_valid,
                          sidle_status status)
{
    int is_parted = setup->options.data.valid_path[0] == '\0';

    if (status != SIDLE_EDATA)
        return status;
    if (is_parted && setup->valid_part.n > 0)
        sidle_fail_in(status, is_valid ? "what data.valid_fraction holds out"
                                       : "what data.valid_fraction leaves");
    return sidle_fail_in(status, "'%s'", file_of(setup, is_valid));
}

sidle_data_view sidle_setup_view(const sidle_setup *setup,
                                 const sidle_part *part)
{
    ptrdiff_t rows = setup->model->rows;

    return (sidle_data_view){
        &setup->options,
        setup->model,
        part,
        {rows, setup->replica * rows, setup->n_replicas * rows},
        /* Without a partition all units are one block. */
        setup->partition.n_blocks > 0 &&
            sidle_skips_list(setup->model, &setup->partition, NULL) > 0};
}

/* To what the model reads. */
static sidle_status bind(const sidle_setup *setup, int is_valid,
                         sidle_source *source)
{
    sidle_status status =
        sidle_source_bind(source, setup->model->fields, setup->model->n_fields);

    if (status != SIDLE_OK)
        sidle_fail_in(status, "'%s'", file_of(setup, is_valid));
    return status;
}

static sidle_status open_eval(sidle_setup *setup, int64_t most,
                              sidle_source *source)
{
    const sidle_data_view view = sidle_setup_view(setup, &setup->valid_part);

    SIDLE_TRY(about(setup, 1, kind_of(setup)->evaluate(&view, most, source)));
    return bind(setup, 1, source);
}

static sidle_status make_eval_source(sidle_setup *setup, int64_t most)
{
    if (setup->valid_part.n == 0)
        return SIDLE_OK;
    SIDLE_TRY(open_eval(setup, most, &setup->eval));
    setup->has_eval = 1;
    return SIDLE_OK;
}

static sidle_status make_train_source(sidle_setup *setup)
{
    const sidle_data_view view = sidle_setup_view(setup, &setup->train_part);

    SIDLE_TRY(about(setup, 0, kind_of(setup)->train(&view, &setup->train)));
    return bind(setup, 0, &setup->train);
}

/* eval.items items of eval.batch windows a replica. They go through the ranks
 * regrouped in items of data.batch rows: a sum over windows does not tell. */
static int64_t eval_windows(const sidle_options *options)
{
    int64_t batch =
        options->eval.batch > 0 ? options->eval.batch : options->data.batch;
    int64_t n;

    /* There are never more than fit. */
    if (__builtin_mul_overflow(batch * options->parallel.replicas,
                               options->eval.items, &n))
        return INT64_MAX;
    return n;
}

sidle_status sidle_setup_open_files(sidle_setup *setup)
{
    return open_files(setup, 1);
}

sidle_status sidle_setup_share_files(const sidle_comm *comm, int is_training,
                                     sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    const sidle_data_kind *kind = kind_of(setup);
    sidle_status status =
        comm->rank == 0 ? open_files(setup, is_training) : SIDLE_OK;

    /* Rank 0 looks first: a broken file is told once, not by each rank. */
    SIDLE_TRY(sidle_agree(comm, status));
    if (needs_path(setup, is_training))
        SIDLE_TRY(kind->share(comm, options, options->data.path, "data.path",
                              &setup->files[0]));
    if (options->data.valid_path[0] == '\0')
        return SIDLE_OK;
    return kind->share(comm, options, options->data.valid_path,
                       "data.valid_path", &setup->files[1]);
}

void sidle_setup_borrow_files(const sidle_setup *lender, sidle_setup *setup)
{
    setup->are_files_lent = 1;
    for (int i = 0; i < 2; i++)
        setup->files[i] = lender->files[i];
}

sidle_status sidle_setup_make_sources(sidle_setup *setup)
{
    SIDLE_TRY(part_files(setup, 1));
    SIDLE_TRY(make_train_source(setup));
    return make_eval_source(setup, eval_windows(&setup->options));
}

sidle_status sidle_setup_open_held_out(sidle_setup *setup)
{
    return open_files(setup, 0);
}

sidle_status sidle_setup_make_held_out(sidle_setup *setup)
{
    SIDLE_TRY(part_files(setup, 0));
    return make_eval_source(setup, 0);
}

sidle_status sidle_setup_all_windows(sidle_setup *setup, sidle_source *source)
{
    SIDLE_CHECK(setup->has_eval, "nothing is held out");
    return open_eval(setup, 0, source);
}

static void close_source(sidle_source *source)
{
    if (source->done != NULL)
        source->done(source);
}

void sidle_setup_close_data(sidle_setup *setup)
{
    close_source(&setup->train);
    close_source(&setup->eval);
    /* A set-up that failed early has no kind. */
    for (int i = 0; i < 2; i++)
        if (setup->files[i].n > 0 && !setup->are_files_lent)
            kind_of(setup)->close(&setup->files[i]);
}
