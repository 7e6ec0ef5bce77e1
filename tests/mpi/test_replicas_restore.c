/* test_replicas_restore.c - replicas that were saved, or stopped, go on with
 * the same bits on another number of ranks. */
/* np: 6 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "play.h"
#include "ranks.h"

#include <stdlib.h>
#include <string.h>

/* A checkpoint in the memory of every rank: the arrays in the list's order. */
static struct {
    int64_t item;
    int n_saves;
    size_t bytes;
    unsigned char *data;
    uint64_t names; /* of the paths, types and shapes */
} kept;

static size_t bytes_of(const sidle_array *e)
{
    size_t n = e->type == 'f' || e->type == 'i' ? 4 : 8;

    for (int d = 0; d < e->n_dims; d++)
        n *= (size_t)e->dims[d];
    return n;
}

static uint64_t names_of(const sidle_array *e, int n)
{
    uint64_t names = (uint64_t)n;

    for (int i = 0; i < n; i++) {
        names = play_digest_of(e[i].path, sizeof(e[i].path), names);
        names = play_digest_of(e[i].dims, sizeof(e[i].dims), names);
        names += (uint64_t)e[i].type;
    }
    return names;
}

static int is_of_a_replica(const sidle_array *e)
{
    return strncmp(e->path, "/pipeline/", 10) == 0 &&
           strstr(e->path, "/weights_") == NULL &&
           strstr(e->path, "/predicted") == NULL &&
           strstr(e->path, "/report") == NULL;
}

/* What is in flight is its owner's; the rest is replica 0's, and all have it.
 */
static void expect_owners(const play *p, const sidle_array *e)
{
    int chain = p->comm.size / p->n_replicas;
    int is_there = e->data != NULL, replica = 0;

    if (sscanf(e->path, "/pipeline/replica_%d/", &replica) == 1)
        EXPECT(replica > 0 && is_of_a_replica(e));
    EXPECT(e->owner / chain == replica);
    if (is_of_a_replica(e))
        EXPECT(is_there == (e->owner == p->comm.rank));
    else
        EXPECT(is_there == (e->owner == p->comm.rank % chain));
}

static sidle_status save(void *context, int64_t item, int is_stopping)
{
    play *p = context;
    sidle_array *e;
    size_t at = 0;
    int n;

    (void)is_stopping;
    sidle_runner_state(p->runner, &e, &n);
    kept.bytes = 0;
    for (int i = 0; i < n; i++)
        kept.bytes += bytes_of(&e[i]);
    free(kept.data);
    kept.data = malloc(kept.bytes);
    assert_non_null(kept.data);
    kept.item = item;
    kept.n_saves++;
    kept.names = names_of(e, n);
    for (int i = 0; i < n; at += bytes_of(&e[i++])) {
        expect_owners(p, &e[i]);
        if (e[i].owner == p->comm.rank)
            memcpy(kept.data + at, e[i].data, bytes_of(&e[i]));
        SIDLE_MPI(MPI_Bcast(kept.data + at, (int)bytes_of(&e[i]), MPI_BYTE,
                            e[i].owner, p->comm.comm));
        /* what all have alike is alike */
        if (e[i].data != NULL)
            EXPECT(memcmp(kept.data + at, e[i].data, bytes_of(&e[i])) == 0);
    }
    return SIDLE_OK;
}

/* To the ranks that were not part of the run. */
static void spread(void)
{
    SIDLE_MPI(MPI_Bcast(&kept.bytes, 8, MPI_BYTE, 0, ranks.comm));
    SIDLE_MPI(MPI_Bcast(&kept.names, 8, MPI_BYTE, 0, ranks.comm));
    kept.data = realloc(kept.data, kept.bytes);
    assert_non_null(kept.data);
    SIDLE_MPI(MPI_Bcast(kept.data, (int)kept.bytes, MPI_BYTE, 0, ranks.comm));
}

static void load(play *p)
{
    sidle_array *e;
    size_t at = 0;
    int n;

    sidle_runner_state(p->runner, &e, &n);
    EXPECT(names_of(e, n) == kept.names);
    for (int i = 0; i < n; at += bytes_of(&e[i++]))
        if (e[i].data != NULL)
            memcpy(e[i].data, kept.data + at, bytes_of(&e[i]));
    EXPECT(at == kept.bytes);
}

/* Unequal rows; replica 1 has no target now and then. */
static int64_t n_tokens(int64_t item, int row)
{
    if (item % 4 == 0 && (row == 2 || row == 3))
        return row % 2;
    return 2 + (7 * item + 5 * row) % 14;
}

static play run_of(const char *schedule, int U, int n_replicas)
{
    play p = play_of(schedule, 4, 17);

    p.kind = NULL;
    p.n_replicas = n_replicas;
    p.n_tokens = n_tokens;
    p.skipped = 5;
    p.update_every = U;
    p.optim.kind = SIDLE_MUON;
    p.optim.lr = 0.01;
    p.optim.clip = 0.5;
    return p;
}

static void open_run(play *p)
{
    play_open(p);
    p->plan.eval_every = 4;
    p->plan.eval_items = 2;
    p->config.log_every = 3;
    p->config.patience = 30.0;
    p->config.on_save = save;
    play_start(p);
}

/* The bits of all reports of rank 0 after `item`. */
static uint64_t reports_after(const play *p, int64_t item)
{
    uint64_t digest = 1;

    for (int i = 0; i < p->n_reports; i++) {
        const sidle_report *r = &p->reports[i];

        if (r->item > item || (r->is_eval && r->item == item))
            digest = play_digest_of_report(r, digest);
    }
    return digest;
}

typedef struct result {
    uint64_t weights, file, reports; /* on rank 0 */
} result;

/* From the start on P ranks a replica, with a save or a stop at `item`. */
static result run_and_save(play p, int P, int64_t item, int is_stop)
{
    result r = {0, 0, 0};

    kept.n_saves = 0;
    if (play_first_ranks(&ranks, P * p.n_replicas, &p.comm)) {
        p.save_at = is_stop ? 0 : item;
        p.stop_at = is_stop ? item : 0;
        open_run(&p);
        EXPECT(sidle_runner_run(p.runner) ==
               (is_stop ? SIDLE_ESTOPPED : SIDLE_OK));
        EXPECT(kept.n_saves == 1 && kept.item == item);
        r = (result){play_digest(&p),
                     play_digest_of(kept.data, kept.bytes, kept.names),
                     reports_after(&p, item)};
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
    spread();
    return r;
}

static result run_from_save(play p, int P, int64_t item)
{
    result r = {0, 0, 0};

    if (!play_first_ranks(&ranks, P * p.n_replicas, &p.comm))
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

static void expect_equal(uint64_t a, uint64_t b)
{
    EXPECT(ranks.rank > 0 || (a == b && a != 0));
}

static void expect_exact_resume(play p, int64_t item, int before, int after)
{
    result whole = run_and_save(p, before, item, 0);
    result again = run_from_save(p, after, item);
    result stopped = run_and_save(p, after, item, 1);
    result later = run_from_save(p, before, item);

    expect_equal(whole.weights, again.weights);
    expect_equal(whole.reports, again.reports);
    expect_equal(whole.file, stopped.file);
    expect_equal(whole.weights, later.weights);
}

TEST(two_replicas_go_on_with_the_same_bits)
{
    const char *const names[] = {"sideways", "pipedream", "1f1b",
                                 "zero-bubble"};
    const int64_t items[] = {3, 8, 10, 17};

    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 4; i++)
            expect_exact_resume(run_of(names[k], 1 + 2 * (i % 2), 2), items[i],
                                1 + i % 3, 3 - i % 3);
    ranks_finish();
}

/* Global clipping: the sum over replicas begins behind the boundary of an
 * update's last item, and what is saved there is each replica's own. */
TEST(sums_behind_a_boundary_are_not_saved)
{
    const char *const names[] = {"backprop", "1f1b", "zero-bubble"};

    for (int k = 0; k < 3; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = run_of(names[k], U, 2);

            p.is_global = 1;
            p.optim.clip = 0.2;
            p.skipped = 0;
            expect_exact_resume(p, 6, 1 + k, 3 - k);
        }
    ranks_finish();
}

TEST(three_replicas_too)
{
    expect_exact_resume(run_of("pipedream", 3, 3), 8, 2, 1);
    expect_exact_resume(run_of("sideways", 1, 3), 9, 1, 2);
    ranks_finish();
}

TEST(predicted_weights_are_there_once)
{
    const char *const names[] = {"sideways", "pipedream"};

    for (int k = 0; k < 2; k++) {
        play p = run_of(names[k], 1, 2);

        p.optim.predict = 1;
        expect_exact_resume(p, 8, 3, 2);
    }
    ranks_finish();
}

RANKS_MAIN
