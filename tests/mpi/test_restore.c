/* test_restore.c - a run that was saved, or stopped, goes on with the same bits
 * on another number of ranks. */
/* np: 4 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "paper.h"

#include "schedule/plan.h"

#include <stdlib.h>
#include <string.h>

static int is_zero(int i)
{
    for (size_t b = 0; b < kept.bytes[i]; b++)
        if (kept.data[i][b] != 0)
            return 0;
    return 1;
}

/* Slots that are not used are zero; answers how many there were. */
static int expect_unused_slots_are_zero(void)
{
    int n_unused = 0;

    for (int i = 0; i < kept.n; i++) {
        char item[112];
        char *slot, *end;

        memcpy(item, kept.path[i], sizeof(item));
        slot = strstr(item, "/slot_");
        end = slot != NULL ? strchr(slot + 1, '/') : NULL;
        if (end == NULL)
            continue;
        strcpy(end, "/item");
        if (numbers_of(item)[1] == 0) {
            n_unused++;
            EXPECT(is_zero(i));
        }
    }
    return n_unused;
}

/* Versions of the weights that no kept slot needs are zero: those in use of a
 * block are the newest and those of its slots. */
static int expect_unused_weights_are_zero(int block, int n_slots)
{
    char path[112];
    int is_used[8] = {0}, n_unused = 0, k = 0;

    snprintf(path, sizeof(path), "/pipeline/block_%03d/counters", block);
    is_used[numbers_of(path)[4]] = 2;
    for (int s = 0; s < n_slots; s++) {
        const int64_t *item;

        snprintf(path, sizeof(path), "/pipeline/block_%03d/slot_%d/item", block,
                 s);
        item = numbers_of(path);
        if (item[1] && !is_used[item[3]])
            is_used[item[3]] = 1;
    }
    for (int v = 0; v < n_slots; v++) {
        if (is_used[v] == 2)
            continue;
        snprintf(path, sizeof(path), "/pipeline/block_%03d/weights_%d", block,
                 k++);
        for (int i = 0; i < kept.n; i++)
            if (strcmp(kept.path[i], path) == 0)
                EXPECT(is_zero(i) == !is_used[v]);
        n_unused += !is_used[v];
    }
    return n_unused;
}

/* ---- what is played */

static play perceiver_run(const char *schedule, int U)
{
    play p = play_of(schedule, 4, 13);

    p.kind = NULL;
    p.update_every = U;
    p.optim.kind = SIDLE_MUON;
    p.optim.lr = 0.01;
    p.optim.clip = 0.5;
    p.skipped = 5;
    return p;
}

/* The runner keeps a plan of its own: `next_clip` has to stand in it before. */
static void open_clips(play *p,
                       int64_t (*next_clip)(void *context, int64_t from))
{
    play_open(p);
    p->plan.eval_every = 4;
    p->plan.eval_items = 2;
    p->plan.next_clip = next_clip;
    p->config.log_every = 3;
    p->config.on_save = save;
    play_start(p);
}

static void open_run(play *p)
{
    open_clips(p, NULL);
}

/* The bits of all reports of rank 0 whose last item is after `item`. */
static uint64_t reports_after(const play *p, int64_t item)
{
    uint64_t digest = 1; /* there may be none */

    for (int i = 0; i < p->n_reports; i++) {
        const sidle_report *r = &p->reports[i];

        if (r->item > item || (r->is_eval && r->item == item))
            digest = play_digest_of_report(r, digest);
    }
    return digest;
}

typedef struct result {
    uint64_t weights, file, reports;
} result;

/* From the start on the first `n` ranks, with a save at `item`. */
static result run_and_save(play p, int n, int64_t item, int is_stop)
{
    result r = {0, 0, 0};

    if (!play_first_ranks(&ranks, n, &p.comm))
        return r;
    p.save_at = is_stop ? 0 : item;
    p.stop_at = is_stop ? item : 0;
    open_run(&p);
    kept.n_saves = 0;
    EXPECT(sidle_runner_run(p.runner) == (is_stop ? SIDLE_ESTOPPED : SIDLE_OK));
    EXPECT(kept.n_saves == 1 && kept.item == item);
    r = (result){play_digest(&p), paper_digest(), reports_after(&p, item)};
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return r;
}

static result run_from_save(play p, int n, int64_t item)
{
    result r = {0, 0, 0};

    if (!play_first_ranks(&ranks, n, &p.comm))
        return r;
    p.is_sleepy = 1;
    open_run(&p);
    load(&p);
    EXPECT(sidle_runner_restore(p.runner, item) == SIDLE_OK);
    EXPECT(sidle_runner_item(p.runner) == item);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    r = (result){play_digest(&p), 0, reports_after(&p, item)};
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return r;
}

/* A run that finds other numbers: refused (no weights), or another run. */
static result run_from_changed(play p, int n, int64_t item)
{
    result r = {0, 0, 0};

    if (!play_first_ranks(&ranks, n, &p.comm))
        return r;
    open_run(&p);
    load(&p);
    if (sidle_runner_restore(p.runner, item) == SIDLE_OK) {
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        r.weights = play_digest(&p);
    }
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return r;
}

/* Only rank 0 has all of a result. */
static void expect_equal(uint64_t a, uint64_t b)
{
    EXPECT(ranks.rank > 0 || (a == b && a != 0));
}

static void expect_exact_resume(play p, int64_t item, int n_before, int n_after)
{
    result whole = run_and_save(p, n_before, item, 0);
    result again = run_from_save(p, n_after, item);
    result stopped = run_and_save(p, n_after, item, 1);
    result later = run_from_save(p, n_before, item);

    expect_equal(whole.weights, again.weights);
    expect_equal(whole.reports, again.reports);
    expect_equal(whole.file, stopped.file);
    expect_equal(whole.weights, later.weights);
    paper_clear(&kept);
}

TEST(a_saved_run_goes_on_with_the_same_bits)
{
    const char *const names[] = {"backprop", "sideways", "pipedream"};
    const int64_t items[] = {2, 8, 13};

    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 3; i++) {
            play p = perceiver_run(names[k], 1 + 2 * (i % 2));

            expect_exact_resume(p, items[i], 1 + i, 4 - i);
        }
    ranks_finish();
}

/* P19, the other half: a run that finds zeros in the place of any piece of what
 * was in flight becomes another run. */
TEST(nothing_that_is_saved_is_idle)
{
    static const struct {
        const char *schedule, *part;
        int U, predict;
    } rows[] = {
        {"sideways", "/mean", 1, 0},      {"pipedream", "/payload", 3, 0},
        {"pipedream", "/x", 3, 0},        {"pipedream", "/grad", 3, 0},
        {"pipedream", "/weights_", 1, 0}, {"pipedream", "/optimizer", 3, 0},
        {"sideways", "/payload", 3, 0},   {"zero-bubble", "/stash_", 4, 0},
        {"pipedream", "/predicted", 3, 1}};

    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        play p = perceiver_run(rows[k].schedule, rows[k].U);
        result whole, again;

        p.skipped = 0;
        p.optim.predict = rows[k].predict;
        p.optim.orthogonal = strcmp(rows[k].part, "/mean") == 0;
        p.optim.orthogonal_beta = 0.9;
        whole = run_and_save(p, 4, 7, 0);
        for (int i = 0; i < kept.n; i++)
            if (strstr(kept.path[i], rows[k].part) != NULL &&
                strstr(kept.path[i], "/item") == NULL)
                memset(kept.data[i], 0, kept.bytes[i]);
        again = run_from_changed(p, 2, 7);
        EXPECT(ranks.rank > 0 || again.weights != whole.weights);
        paper_clear(&kept);
    }
    ranks_finish();
}

TEST(what_is_not_in_use_is_saved_as_zero)
{
    int n_slots = 0, n_weights = 0;

    run_and_save(perceiver_run("pipedream", 3), 2, 10, 1);
    if (ranks.rank == 0) {
        n_slots = expect_unused_slots_are_zero();
        for (int block = 1; block <= 4; block++)
            n_weights += expect_unused_weights_are_zero(block, 5 - block);
        EXPECT(n_slots > 0 && n_weights > 0);
    }
    paper_clear(&kept);
    ranks_finish();
}

TEST(other_schedules_resume_too)
{
    const char *const names[] = {"gpipe", "1f1b", "zero-bubble",
                                 "sideways-1f1b", "delayed"};

    for (int k = 0; k < 5; k++)
        expect_exact_resume(perceiver_run(names[k], 3), 7, 4, 2);
    ranks_finish();
}

/* Boundaries in the middle of an update of zero-bubble, where weight gradients
 * wait in all blocks but the first, without and with items that have none. */
TEST(gradients_that_wait_are_saved)
{
    for (int64_t item = 6; item <= 10; item++) { /* the head is not zero now */
        play p = perceiver_run("zero-bubble", 4);

        p.skipped = item % 2 == 0 ? 4 : 0;
        expect_exact_resume(p, item, 1 + (int)(item % 4), 4);
    }
    ranks_finish();
}

TEST(adaptive_rules_resume_too)
{
    const sidle_optim_kind kinds[] = {SIDLE_SGD, SIDLE_ADAMW, SIDLE_NADAM,
                                      SIDLE_RMSPROP};

    for (int k = 0; k < 4; k++) {
        play p = perceiver_run("sideways", 1);

        p.optim.kind = kinds[k];
        p.optim.momentum = 0.9;
        expect_exact_resume(p, 6, 3, 4);
    }
    ranks_finish();
}

TEST(running_means_resume_too)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        play p = perceiver_run(kind % 2 ? "sideways" : "pipedream", 1);

        p.optim.kind = (sidle_optim_kind)kind;
        p.optim.orthogonal = 1;
        p.optim.orthogonal_beta = 0.9;
        expect_exact_resume(p, 6, 3, 4);
    }
    ranks_finish();
}

TEST(steps_of_fixed_size_resume_too)
{
    play p = perceiver_run("pipedream", 2);

    p.optim.rest = SIDLE_REST_NORM;
    expect_exact_resume(p, 7, 3, 4);
    ranks_finish();
}

TEST(remedies_for_delay_resume_too)
{
    const char *const names[] = {"pipedream", "sideways", "delayed"};

    for (int i = 0; i < 6; i++) {
        play p = perceiver_run(names[i % 3], 1 + i / 3);

        p.optim.predict = 1;
        p.optim.delay_rescale = 6;
        p.optim.spike_compensation = i % 2;
        p.optim.lookahead = i % 2 ? 0.0 : 0.99;
        expect_exact_resume(p, 6 + i, 3, 4);
    }
    ranks_finish();
}

/* A gradient of one item that a run of rank 0 alone recorded. */
static void expect_same_gradient(const play *a, const play *b, int block,
                                 int64_t item, int is_same)
{
    const play_record *x = play_find(a, block, item);
    const play_record *y = play_find(b, block, item);
    int i = block - 1;
    size_t bytes = block_of(a->runner, i)->weights * sizeof(sidle_real);

    EXPECT(x != NULL && y != NULL);
    if (x != NULL && y != NULL)
        EXPECT((memcmp(x->grad, y->grad, bytes) == 0) == is_same);
}

/* What went forward before the switch comes back at the weights of its forward,
 * as in the run that goes on without a switch; so does the next item where a
 * prediction begins: with the next update. The last item does not. */
static void expect_flight_kept(const play *same, const play *switched,
                               int64_t item)
{
    int64_t last = item + switched->optim.predict;

    for (int block = 1; block <= 4; block++)
        for (int64_t k = last; k > 0 && k > item - (4 - block); k--)
            expect_same_gradient(same, switched, block, k, 1);
    for (int block = 1; block <= 3; block++)
        expect_same_gradient(same, switched, block, 13, 0);
}

/* Answers the weights before it goes on. */
static uint64_t resume_alone(play *p, int64_t item)
{
    uint64_t digest;

    p->is_recorded = 1;
    open_run(p);
    load(p);
    EXPECT(sidle_runner_restore(p->runner, item) == SIDLE_OK);
    digest = play_digest(p);
    EXPECT(sidle_runner_run(p->runner) == SIDLE_OK);
    return digest;
}

/* `item` saved by a run with or without prediction, resumed with the other. */
static void expect_switch(play p, int64_t item)
{
    play same, other, switched;
    result few, many;

    p.skipped = 0; /* each item gives a gradient */
    same = other = p;
    other.optim.predict = !p.optim.predict;
    switched = other;
    run_and_save(p, 2, item, 1);
    if (play_first_ranks(&ranks, 1, &same.comm)) {
        other.comm = same.comm;
        EXPECT(resume_alone(&same, item) == resume_alone(&other, item));
        if (strcmp(p.schedule, "pipedream") == 0)
            expect_flight_kept(&same, &other, item);
        play_close(&same);
        play_close(&other);
        SIDLE_MPI(MPI_Comm_free(&same.comm.comm));
    }
    few = run_from_save(switched, 1, item);
    many = run_from_save(switched, 3, item);
    expect_equal(few.weights, many.weights);
    expect_equal(few.reports, many.reports);
    paper_clear(&kept);
}

TEST(prediction_may_be_switched_on_the_way)
{
    const char *const names[] = {"pipedream", "sideways", "delayed"};

    for (int i = 0; i < 12; i++) {
        play p = perceiver_run(names[i % 3], i < 6 ? 1 : 3);

        p.optim.predict = i / 3 % 2;
        expect_switch(p, 10);
        expect_switch(p, 2); /* to some blocks nothing has come back */
    }
    ranks_finish();
}

TEST(another_rule_starts_from_zero)
{
    play p = perceiver_run("sideways", 1);
    sidle_array *e;
    int n;

    p.optim.kind = SIDLE_ADAMW;
    run_and_save(p, 1, 8, 1);
    if (play_first_ranks(&ranks, 1, &p.comm)) {
        p.optim.kind = SIDLE_NADAM; /* the same arrays under another rule */
        open_run(&p);
        load(&p);
        EXPECT(sidle_runner_restore(p.runner, 8) == SIDLE_OK);
        EXPECT(sidle_runner_updates(p.runner) == 2);
        sidle_runner_state(p.runner, &e, &n);
        for (int i = 0; i < n; i++)
            if (strcmp(e[i].path, "/pipeline/block_001/scalars") == 0)
                EXPECT(((const double *)e[i].data)[0] == 1.0);
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
    paper_clear(&kept);
    ranks_finish();
}

/* NAdam's correction of its squares counts from the change, as if it were
 * another kind. */
TEST(another_rule_of_the_rest_starts_from_zero)
{
    play p = perceiver_run("sideways", 1);

    p.optim.rest = SIDLE_REST_NORM;
    run_and_save(p, 1, 8, 1);
    if (play_first_ranks(&ranks, 1, &p.comm)) {
        p.optim.rest = SIDLE_REST_NADAM;
        open_run(&p);
        load_but(&p, "/optimizer/");
        EXPECT(sidle_runner_restore(p.runner, 8) == SIDLE_OK);
        EXPECT(p.runner->stations[0].optim->updates == 0);
        EXPECT(p.runner->stations[0].updates == 2);
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
    paper_clear(&kept);
    ranks_finish();
}

/* Somebody on the last rank is asked to stop: all stop at one item. */
TEST(a_wish_travels_to_the_first_block)
{
    for (int who = 0; who < ranks.size; who++) {
        play p = play_of("sideways", 4, 60);
        int64_t item, least, most;

        p.comm = ranks;
        p.wish_after = ranks.rank == who ? 5 : 0;
        play_open(&p);
        p.config.on_save = save;
        play_start(&p);
        kept.n_saves = 0;
        EXPECT(sidle_runner_run(p.runner) == SIDLE_ESTOPPED);
        item = sidle_runner_item(p.runner);
        SIDLE_MPI(
            MPI_Allreduce(&item, &least, 1, MPI_INT64_T, MPI_MIN, ranks.comm));
        SIDLE_MPI(
            MPI_Allreduce(&item, &most, 1, MPI_INT64_T, MPI_MAX, ranks.comm));
        EXPECT(least == most && item < 30);
        EXPECT(kept.n_saves == 1 && kept.item == item);
        /* and the same runner can go on */
        p.wish_after = 0;
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        EXPECT(sidle_runner_item(p.runner) == 60);
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        play_close(&p);
    }
    paper_clear(&kept);
    ranks_finish();
}

static sidle_status fail_to_save(void *context, int64_t item, int is_stopping)
{
    (void)context;
    (void)is_stopping;
    return sidle_fail(SIDLE_EIO, "no space at item %lld", (long long)item);
}

TEST(a_failed_save_ends_only_a_stopped_run)
{
    for (int is_stop = 0; is_stop <= 1; is_stop++) {
        play p = play_of("pipedream", 4, 12);

        p.comm = ranks;
        p.save_at = 4;
        p.stop_at = is_stop ? 8 : 0;
        play_open(&p);
        p.config.on_save = fail_to_save;
        play_start(&p);
        EXPECT(sidle_runner_run(p.runner) == (is_stop ? SIDLE_EIO : SIDLE_OK));
        EXPECT(sidle_runner_item(p.runner) == (is_stop ? 8 : 12));
        play_close(&p);
    }
    ranks_finish();
}

static play global_run(const char *schedule, int U)
{
    play p = perceiver_run(schedule, U);

    p.is_global = 1;
    p.optim.clip = 0.2;
    return p;
}

/* At the last item of an update, which then stands behind the boundary, and in
 * its middle. */
TEST(global_clipping_resumes_too)
{
    const char *const names[] = {"backprop", "gpipe", "1f1b", "zero-bubble"};

    for (int k = 0; k < 4; k++)
        for (int64_t item = 6; item <= 7; item++) {
            play p = global_run(names[k], 1 + 2 * (k % 2));

            p.skipped = 0;
            expect_exact_resume(p, item, 1 + k, 4 - k);
        }
    ranks_finish();
}

/* Clipping may change on a resume, also where updates then stand on the other
 * side of the boundary: none is lost, none is made twice, nobody waits for
 * ever. */
TEST(the_scope_of_clipping_may_change)
{
    const char *const names[] = {"backprop", "1f1b", "zero-bubble"};

    for (int k = 0; k < 3; k++)
        for (int is_global = 0; is_global <= 1; is_global++)
            for (int U = 1; U <= 3; U += 2) {
                play p = global_run(names[k], U);

                p.skipped = 0;
                p.is_global = is_global;
                run_and_save(p, 4, 6, 1);
                p.is_global = !is_global;
                p.comm = ranks;
                open_run(&p);
                load(&p);
                EXPECT(sidle_runner_restore(p.runner, 6) == SIDLE_OK);
                EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
                EXPECT(sidle_runner_updates(p.runner) == (13 + U - 1) / U);
                play_close(&p);
                paper_clear(&kept);
            }
    ranks_finish();
}

/* A gradient that should wait, and is not there. */
TEST(a_lost_gradient_is_refused_on_all_ranks)
{
    play p = perceiver_run("zero-bubble", 9);
    int n_lost = 0;

    run_and_save(p, 4, 6, 1);
    for (int i = 0; i < kept.n; i++)
        if (strcmp(kept.path[i], "/pipeline/block_003/stash_1/item") == 0) {
            memset(kept.data[i], 0, kept.bytes[i]);
            n_lost++;
        }
    EXPECT(ranks.rank > 0 || n_lost == 1);
    p.comm = ranks;
    open_run(&p);
    load(&p);
    EXPECT(sidle_runner_restore(p.runner, 6) == SIDLE_EDATA);
    play_close(&p);
    paper_clear(&kept);
    ranks_finish();
}

TEST(a_wrong_item_is_refused_on_all_ranks)
{
    play p = perceiver_run("sideways", 1);

    run_and_save(p, 4, 5, 1);
    p.comm = ranks;
    open_run(&p);
    load(&p);
    EXPECT(sidle_runner_restore(p.runner, 6) == SIDLE_EDATA);
    play_close(&p);
    paper_clear(&kept);
    ranks_finish();
}

static int64_t next_clip(void *context, int64_t from)
{
    (void)context;
    return from < 9 ? 9 : INT64_MAX;
}

/* A pipe that was flushed at item 8 is not the one of a plan without clip
 * changes. */
TEST(another_pipe_is_refused_on_all_ranks)
{
    play p = perceiver_run("sideways", 1);

    run_and_save(p, 4, 11, 1);
    p.comm = ranks;
    open_clips(&p, next_clip);
    load(&p);
    EXPECT(sidle_runner_restore(p.runner, 11) == SIDLE_EUSAGE);
    EXPECT(ranks.rank > 0 ||
           strstr(sidle_fail_text(), "gradients of 5 of its 11 items") != NULL);
    play_close(&p);
    paper_clear(&kept);
    ranks_finish();
}

TEST(more_ranks_than_blocks_are_refused)
{
    play p = play_of("sideways", 3, 5);

    p.comm = ranks;
    play_open(&p);
    EXPECT(sidle_runner_new(&p.config, &p.runner) == SIDLE_EUSAGE);
    EXPECT(p.runner == NULL);
    play_close(&p);
    ranks_finish();
}

TEST(a_plan_whose_skips_the_model_lacks_is_refused)
{
    static const sidle_edge skip = {1, 3, 1, SIDLE_EDGE_PLACES};
    const sidle_schedule kind = {.name = "skipping",
                                 .is_newest = 1,
                                 .takes_skips = 1,
                                 .head_start = sidle_plan_tick_order};
    sidle_graph *graph = NULL;
    play p = play_of("sideways", 4, 5);

    p.comm = ranks;
    play_open(&p);
    EXPECT(sidle_graph_new(4, &skip, 1, &graph) == SIDLE_OK);
    p.plan.graph = graph;
    p.plan.schedule = &kind;
    EXPECT(sidle_runner_new(&p.config, &p.runner) == SIDLE_EUSAGE);
    EXPECT(p.runner == NULL);
    EXPECT(ranks.rank > 0 ||
           strstr(sidle_fail_text(), "the plan has 1 skips between blocks, the "
                                     "model and its partition 0") != NULL);
    play_close(&p);
    sidle_graph_free(graph);
    ranks_finish();
}

RANKS_MAIN
