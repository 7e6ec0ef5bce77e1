/* test_link.c - messages between two blocks, in memory and between ranks:
 * order, capacity, payloads, and what a foreign header does. */
/* np: 1 2 3 4 */
#include "ranks.h"
#include "said.h"

#include "mpi/link.h"

#include <sched.h>
#include <string.h>

enum { ROWS = 3, PAYLOAD = 5000 };

/* Every rank is one end of a link, and the other end of another, in a
 * ring; alone, both are one link in memory. */
typedef struct ring {
    sidle_link *in, *out; /* in: from the rank before; out: to the next */
} ring;

static sidle_link *link_open(int number, int from_rank, int to_rank)
{
    sidle_link_config config = {
        .number = number,
        .edge = {number + 1, number + 2, 1, SIDLE_EDGE_PLACES},
        .from_rank = from_rank,
        .to_rank = to_rank,
        .rows = ROWS,
        .payload = PAYLOAD};
    sidle_link *link = NULL;

    EXPECT(sidle_link_open(&ranks, &config, &link) == SIDLE_OK);
    return link;
}

static ring ring_open(void)
{
    int next = (ranks.rank + 1) % ranks.size;
    int before = (ranks.rank + ranks.size - 1) % ranks.size;
    ring r = {NULL, NULL};

    r.in = r.out = link_open(ranks.rank, ranks.rank, next);
    if (ranks.size > 1)
        r.in = link_open(before, before, ranks.rank);
    return r;
}

static void ring_close(ring r)
{
    SIDLE_MPI(MPI_Barrier(ranks.comm)); /* everything has been taken */
    if (r.in != r.out)
        sidle_link_close(r.in);
    sidle_link_close(r.out);
}

static float number(int from, int64_t item, int i)
{
    return (float)((from * 31 + item * 7 + i) % 1009);
}

static int try_send(sidle_link *link, sidle_direction to, int64_t item)
{
    sidle_message m;

    if (!sidle_link_send_begin(link, to, &m))
        return 0;
    m.header->item = item;
    m.header->flags = item % 3 == 0 ? 0 : SIDLE_MSG_VALID;
    m.header->busy = 0.5;
    for (int b = 0; b < ROWS; b++) {
        m.length[b] = (int32_t)item + b;
        m.clip[b] = item * 100 + b;
    }
    for (int i = 0; i < PAYLOAD; i++)
        m.payload[i] = number(ranks.rank, item, i);
    sidle_link_send_end(link, to);
    return 1;
}

static void expect_message(const sidle_message *m, int from, int64_t item)
{
    int n_wrong = 0;

    EXPECT(m->header->item == item);
    EXPECT(m->header->busy == 0.5);
    EXPECT((m->header->flags == SIDLE_MSG_VALID) == (item % 3 != 0));
    for (int b = 0; b < ROWS; b++) {
        EXPECT(m->length[b] == item + b);
        EXPECT(m->clip[b] == item * 100 + b);
    }
    for (int i = 0; item % 3 != 0 && i < PAYLOAD; i++)
        n_wrong += m->payload[i] != number(from, item, i);
    EXPECT(n_wrong == 0);
}

static int try_receive(sidle_link *link, sidle_direction to, int from,
                       int64_t item)
{
    sidle_message m;

    if (!sidle_link_receive_begin(link, to, &m))
        return 0;
    expect_message(&m, from, item);
    sidle_link_receive_end(link, to);
    return 1;
}

TEST(messages_arrive_whole_and_in_order)
{
    enum { N = 40 };
    int before = (ranks.rank + ranks.size - 1) % ranks.size;
    int next = (ranks.rank + 1) % ranks.size;
    int64_t sent[2] = {0, 0}, got[2] = {0, 0};
    ring r = ring_open();

    while (got[0] < N || got[1] < N || sent[0] < N || sent[1] < N) {
        sent[0] += sent[0] < N && try_send(r.out, SIDLE_AHEAD, sent[0] + 1);
        sent[1] += sent[1] < N && try_send(r.in, SIDLE_BACK, sent[1] + 1);
        got[0] +=
            got[0] < N && try_receive(r.in, SIDLE_AHEAD, before, got[0] + 1);
        got[1] +=
            got[1] < N && try_receive(r.out, SIDLE_BACK, next, got[1] + 1);
        sidle_link_poke(r.in);
        sched_yield();
    }
    ring_close(r);
    ranks_finish();
}

TEST(a_link_in_memory_holds_two)
{
    sidle_link *link;
    sidle_message m;

    link = link_open(0, ranks.rank, ranks.rank);
    EXPECT(!sidle_link_receive_begin(link, SIDLE_BACK, &m));
    EXPECT(try_send(link, SIDLE_BACK, 1));
    EXPECT(try_send(link, SIDLE_BACK, 2));
    EXPECT(!try_send(link, SIDLE_BACK, 3));
    EXPECT(!sidle_link_receive_begin(link, SIDLE_AHEAD, &m));
    EXPECT(sidle_link_peek(link, SIDLE_BACK, 1, &m));
    expect_message(&m, ranks.rank, 2);
    EXPECT(!sidle_link_peek(link, SIDLE_BACK, 2, &m));
    EXPECT(try_receive(link, SIDLE_BACK, ranks.rank, 1));
    EXPECT(try_send(link, SIDLE_BACK, 3));
    EXPECT(try_receive(link, SIDLE_BACK, ranks.rank, 2));
    EXPECT(try_receive(link, SIDLE_BACK, ranks.rank, 3));
    sidle_link_close(link);
    ranks_finish();
}

/* Two messages arrive unread, are copied, and put back into a new link; the
 * next one that is sent stands behind them. */
TEST(messages_in_flight_are_put_back)
{
    int next = (ranks.rank + 1) % ranks.size;
    ring old = ring_open(), new = ring_open();
    sidle_message m;

    SIDLE_MPI(MPI_Barrier(ranks.comm));
    EXPECT(try_send(old.in, SIDLE_BACK, 7));
    EXPECT(try_send(old.in, SIDLE_BACK, 8));
    while (!sidle_link_peek(old.out, SIDLE_BACK, 1, &m))
        sched_yield();
    for (int i = 0; i < 2; i++) {
        EXPECT(sidle_link_peek(old.out, SIDLE_BACK, i, &m));
        sidle_link_restore(new.out, SIDLE_BACK, &m);
    }
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    EXPECT(try_receive(new.out, SIDLE_BACK, next, 7));
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    EXPECT(try_send(new.in, SIDLE_BACK, 9));
    EXPECT(try_receive(new.out, SIDLE_BACK, next, 8));
    while (!try_receive(new.out, SIDLE_BACK, next, 9))
        sched_yield();
    EXPECT(try_receive(old.out, SIDLE_BACK, next, 7));
    EXPECT(try_receive(old.out, SIDLE_BACK, next, 8));
    ring_close(old);
    ring_close(new);
    ranks_finish();
}

TEST(norms_have_a_way_of_their_own)
{
    const double mine[3] = {ranks.rank, 2.5, -1};
    int next = (ranks.rank + 1) % ranks.size;
    double theirs[3] = {0, 0, 0};
    ring r = ring_open();

    EXPECT(try_send(r.in, SIDLE_BACK, 1));
    EXPECT(sidle_link_send_norms(r.in, SIDLE_BACK, 3, mine));
    while (!sidle_link_receive_norms(r.out, SIDLE_BACK, 3, theirs))
        sched_yield();
    EXPECT(theirs[0] == next && theirs[1] == 2.5 && theirs[2] == -1);
    while (!try_receive(r.out, SIDLE_BACK, next, 1))
        sched_yield();
    ring_close(r);
    ranks_finish();
}

/* A skip may join the same two ranks as the chain does, also in memory. */
TEST(edges_between_the_same_ranks_keep_their_messages_apart)
{
    int other = ranks.rank ^ 1, from = ranks.rank & ~1;
    int to = other < ranks.size ? from + 1 : from;
    sidle_link *chain = link_open(0, from, to), *skip = link_open(7, from, to);

    if (ranks.rank == from) {
        EXPECT(try_send(chain, SIDLE_AHEAD, 1));
        EXPECT(try_send(skip, SIDLE_AHEAD, 5));
        EXPECT(try_send(chain, SIDLE_AHEAD, 2));
    }
    if (ranks.rank == to) {
        while (!try_receive(skip, SIDLE_AHEAD, from, 5))
            sched_yield();
        while (!try_receive(chain, SIDLE_AHEAD, from, 1))
            sched_yield();
        while (!try_receive(chain, SIDLE_AHEAD, from, 2))
            sched_yield();
    }
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    sidle_link_close(skip);
    sidle_link_close(chain);
    ranks_finish();
}

TEST(a_link_with_other_places_is_refused)
{
    sidle_link_config config = {
        .edge = {1, 4, 2, 4}, .rows = ROWS, .payload = PAYLOAD};
    sidle_link *link = NULL;

    EXPECT(sidle_link_open(&ranks, &config, &link) == SIDLE_EUSAGE);
    EXPECT(link == NULL);
    EXPECT(strstr(sidle_fail_text(),
                  "the edge from block 1 to block 4 has 4 places for messages, "
                  "expected 2") != NULL);
    ranks_finish();
}

/* What a message does whose header is not the one expected. */
static int receive_foreign(sidle_link *link, said *words)
{
    sidle_message m;
    int code;

    said_begin(words);
    CODE_OF_DEATH(&code, sidle_link_receive_begin(link, SIDLE_AHEAD, &m));
    said_end(words);
    return code;
}

TEST(a_foreign_header_ends_the_run_with_both_numbers)
{
    static const char *const words[] = {
        "between blocks 4 and 5 begins with 5349444d, expected 5349444c",
        "came from block 5, expected block 4", "has 4 rows, expected 3"};
    sidle_link *link;
    sidle_message m;
    said what;

    link = link_open(3, ranks.rank, ranks.rank);
    for (int i = 0; i < 3; i++) {
        EXPECT(sidle_link_send_begin(link, SIDLE_AHEAD, &m));
        m.header->magic += i == 0;
        m.header->block += i == 1;
        m.header->rows += i == 2;
        sidle_link_send_end(link, SIDLE_AHEAD);
        EXPECT(receive_foreign(link, &what) == SIDLE_EINTERNAL);
        said_expect(&what, words[i]);
        sidle_link_receive_end(link, SIDLE_AHEAD);
    }
    sidle_link_close(link);
    sidle_link_close(NULL);
    ranks_finish();
}

RANKS_MAIN
