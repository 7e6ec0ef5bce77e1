/* test_restore_numbers.c - each integer of a run's state is held against plan
 * and data before anything uses it: a checkpoint whose checksums are right may
 * still be of no run. */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 120 */
#include "paper.h"
#include "said.h"

static int n_wrong;

/* Where another number may be another run's as well: counts that run.on_nan or
 * another rule may have left behind, sums for a report, stamps that are not
 * used again. */
static int has_leeway(const char *path, int at)
{
    enum { N_VALID = 5, OPTIM_UPDATES = 7, STAMP = 2 };

    if (strstr(path, "/counters") != NULL)
        return at == N_VALID || at >= OPTIM_UPDATES;
    return strstr(path, "/slot_") != NULL && strstr(path, "/item") != NULL &&
           at == STAMP;
}

static void open_run(play *p)
{
    play_open(p);
    p->config.on_save = save;
    play_start(p);
}

static void get(int array, int at, int64_t *value_p)
{
    const unsigned char *data = kept.data[array];

    if (kept.type[array] == 'l')
        memcpy(value_p, data + 8 * at, 8);
    else
        *value_p = ((const int32_t *)(const void *)data)[at];
}

static void put(int array, int at, int64_t value)
{
    int32_t narrow = (int32_t)value;

    if (kept.type[array] == 'l')
        memcpy(kept.data[array] + 8 * at, &value, 8);
    else
        memcpy(kept.data[array] + 4 * at, &narrow, 4);
}

/* The block of a path, which a refusal names; which of its numbers does not fit
 * to the others nobody knows. */
static int names_block(const char *path)
{
    char block[64];
    const char *end = strchr(path + strlen("/pipeline/"), '/');

    snprintf(block, sizeof(block), "'%.*s/", (int)(end - path), path);
    return strstr(sidle_fail_text(), block) != NULL;
}

/* Answers whether it was refused; else the runner is a new one. */
static int try_number(play *p, int array, int at, int64_t value)
{
    sidle_status status;

    load(p);
    sidle_runner_expect_rule(p->runner);
    status = sidle_runner_restore(p->runner, kept.item);
    if (status == SIDLE_EDATA && names_block(kept.path[array]))
        return 1;
    if (status != SIDLE_OK || !has_leeway(kept.path[array], at)) {
        print_message("%s: %s[%d] as %lld: status %d, %s\n", p->schedule,
                      kept.path[array], at, (long long)value, (int)status,
                      status == SIDLE_OK ? "" : sidle_fail_text());
        n_wrong++;
    }
    play_close(p);
    open_run(p);
    return 0;
}

static int try_values(play *p, int array, int at)
{
    static const int64_t values[] = {INT64_MIN, INT32_MIN, -1,       0, 1,
                                     2,         3,         4,        5, 9,
                                     1000,      INT32_MAX, INT64_MAX};
    int is_wide = kept.type[array] == 'l', n_refused = 0;
    int64_t was;

    get(array, at, &was);
    for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
        if (values[v] == was || (!is_wide && (int32_t)values[v] != values[v]))
            continue;
        put(array, at, values[v]);
        n_refused += try_number(p, array, at, values[v]);
    }
    put(array, at, was);
    return n_refused;
}

static void save_one(play *p)
{
    p->stop_at = 10;
    open_run(p);
    assert_int_equal(sidle_runner_run(p->runner), SIDLE_ESTOPPED);
    play_close(p);
    p->stop_at = 0;
}

static void try_all(play *p)
{
    int n_refused = 0, n = 0;
    said words;

    save_one(p);
    open_run(p);
    said_begin(&words); /* each refusal is told */
    for (int i = 0; i < kept.n; i++) {
        int width = kept.type[i] == 'l' ? 8 : 4;

        if (kept.type[i] != 'l' && kept.type[i] != 'i')
            continue;
        for (int at = 0; at < (int)kept.bytes[i] / width; at++, n++)
            n_refused += try_values(p, i, at);
    }
    said_end(&words);
    load(p);
    assert_int_equal(sidle_runner_restore(p->runner, 10), SIDLE_OK);
    print_message("%s, U = %d: %d integers, %d refusals\n", p->schedule,
                  p->update_every, n, n_refused);
    assert_int_equal(n_wrong, 0);
    assert_true(n > 60 && n_refused > 8 * n);
    play_close(p);
    paper_clear(&kept);
}

TEST(each_integer_is_held_against_the_plan)
{
    static const struct {
        const char *schedule;
        int U, predict;
    } rows[] = {
        {"pipedream", 1, 0},     {"pipedream", 3, 0},   {"sideways", 1, 0},
        {"delayed", 2, 0},       {"zero-bubble", 8, 0}, {"1f1b", 4, 0},
        {"sideways-1f1b", 1, 0}, {"pipedream", 1, 1},   {"delayed", 1, 1}};

    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        play p = play_of(rows[k].schedule, 4, 13);

        p.kind = NULL;
        p.update_every = rows[k].U;
        p.optim.predict = rows[k].predict;
        p.comm = ranks;
        try_all(&p);
    }
}

/* Reals that decide something. */
TEST(scalars_are_finite)
{
    static const double values[] = {NAN, INFINITY, -INFINITY, -1.0};
    play p = play_of("pipedream", 4, 13);
    said words;

    p.kind = NULL;
    p.comm = ranks;
    save_one(&p);
    open_run(&p);
    said_begin(&words);
    for (int i = 0; i < kept.n; i++)
        for (int at = 0; kept.type[i] == 'd' && at < 2; at++)
            for (int v = 0; v < 4; v++) {
                double *place = (double *)(void *)kept.data[i] + at;
                double was = *place;

                *place = values[v];
                load(&p);
                assert_int_equal(sidle_runner_restore(p.runner, 10),
                                 SIDLE_EDATA);
                assert_non_null(strstr(sidle_fail_text(), kept.path[i]));
                *place = was;
            }
    said_end(&words);
    play_close(&p);
    paper_clear(&kept);
}

RANKS_MAIN
