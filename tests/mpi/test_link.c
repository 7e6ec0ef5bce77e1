/* test_link.c - messages between two blocks, in memory and between ranks:
 * order, capacity, payloads, and what a foreign header does. */
/* np: 1 2 3 4 */
#include "ranks.h"
#include "said.h"

#include "mpi/link.h"

#include <sched.h>
#include <string.h>

enum { ROWS = 3, PAYLOAD = 5000 };

/* Every rank is the left end of one link and the right end of another, in a
 * ring; alone, both are one link in memory. */
typedef struct ring {
    sidle_link *in, *out; /* in: from the rank before; out: to the next */
} ring;

static ring ring_open(void)
{
    int next = (ranks.rank + 1) % ranks.size;
    int before = (ranks.rank + ranks.size - 1) % ranks.size;
    ring r = {NULL, NULL};

    EXPECT(sidle_link_open(&ranks, 1 + ranks.rank, ranks.rank, next, ROWS,
                           PAYLOAD, &r.out) == SIDLE_OK);
    r.in = r.out;
    if (ranks.size > 1)
        EXPECT(sidle_link_open(&ranks, 1 + before, before, ranks.rank, ROWS,
                               PAYLOAD, &r.in) == SIDLE_OK);
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
        sent[0] += sent[0] < N && try_send(r.out, SIDLE_RIGHT, sent[0] + 1);
        sent[1] += sent[1] < N && try_send(r.in, SIDLE_LEFT, sent[1] + 1);
        got[0] +=
            got[0] < N && try_receive(r.in, SIDLE_RIGHT, before, got[0] + 1);
        got[1] +=
            got[1] < N && try_receive(r.out, SIDLE_LEFT, next, got[1] + 1);
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

    EXPECT(sidle_link_open(&ranks, 1, ranks.rank, ranks.rank, ROWS, PAYLOAD,
                           &link) == SIDLE_OK);
    EXPECT(!sidle_link_receive_begin(link, SIDLE_LEFT, &m));
    EXPECT(try_send(link, SIDLE_LEFT, 1));
    EXPECT(try_send(link, SIDLE_LEFT, 2));
    EXPECT(!try_send(link, SIDLE_LEFT, 3));
    EXPECT(!sidle_link_receive_begin(link, SIDLE_RIGHT, &m));
    EXPECT(sidle_link_peek(link, SIDLE_LEFT, 1, &m));
    expect_message(&m, ranks.rank, 2);
    EXPECT(!sidle_link_peek(link, SIDLE_LEFT, 2, &m));
    EXPECT(try_receive(link, SIDLE_LEFT, ranks.rank, 1));
    EXPECT(try_send(link, SIDLE_LEFT, 3));
    EXPECT(try_receive(link, SIDLE_LEFT, ranks.rank, 2));
    EXPECT(try_receive(link, SIDLE_LEFT, ranks.rank, 3));
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
    EXPECT(try_send(old.in, SIDLE_LEFT, 7));
    EXPECT(try_send(old.in, SIDLE_LEFT, 8));
    while (!sidle_link_peek(old.out, SIDLE_LEFT, 1, &m))
        sched_yield();
    for (int i = 0; i < 2; i++) {
        EXPECT(sidle_link_peek(old.out, SIDLE_LEFT, i, &m));
        sidle_link_restore(new.out, SIDLE_LEFT, &m);
    }
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    EXPECT(try_receive(new.out, SIDLE_LEFT, next, 7));
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    EXPECT(try_send(new.in, SIDLE_LEFT, 9));
    EXPECT(try_receive(new.out, SIDLE_LEFT, next, 8));
    while (!try_receive(new.out, SIDLE_LEFT, next, 9))
        sched_yield();
    EXPECT(try_receive(old.out, SIDLE_LEFT, next, 7));
    EXPECT(try_receive(old.out, SIDLE_LEFT, next, 8));
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

    EXPECT(try_send(r.in, SIDLE_LEFT, 1));
    EXPECT(sidle_link_send_norms(r.in, SIDLE_LEFT, 3, mine));
    while (!sidle_link_receive_norms(r.out, SIDLE_LEFT, 3, theirs))
        sched_yield();
    EXPECT(theirs[0] == next && theirs[1] == 2.5 && theirs[2] == -1);
    while (!try_receive(r.out, SIDLE_LEFT, next, 1))
        sched_yield();
    ring_close(r);
    ranks_finish();
}

/* What a message does whose header is not the one expected. */
static int receive_foreign(sidle_link *link, said *words)
{
    sidle_message m;
    int code;

    said_begin(words);
    CODE_OF_DEATH(&code, sidle_link_receive_begin(link, SIDLE_RIGHT, &m));
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

    EXPECT(sidle_link_open(&ranks, 4, ranks.rank, ranks.rank, ROWS, PAYLOAD,
                           &link) == SIDLE_OK);
    for (int i = 0; i < 3; i++) {
        EXPECT(sidle_link_send_begin(link, SIDLE_RIGHT, &m));
        m.header->magic += i == 0;
        m.header->block += i == 1;
        m.header->rows += i == 2;
        sidle_link_send_end(link, SIDLE_RIGHT);
        EXPECT(receive_foreign(link, &what) == SIDLE_EINTERNAL);
        said_expect(&what, words[i]);
        sidle_link_receive_end(link, SIDLE_RIGHT);
    }
    sidle_link_close(link);
    sidle_link_close(NULL);
    ranks_finish();
}

RANKS_MAIN
