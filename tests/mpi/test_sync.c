/* test_sync.c - clocks that are made up, with an offset and a drift each, tell
 * the time of rank 0 within the error that they promise. */
/* np: 1 2 3 */
#include "ranks.h"

#include "mpi/sync.h"

#include "base/clock.h"

#include <unistd.h>

/* A clock that is `ahead` seconds ahead at `start` and gains `drift` a second.
 */
typedef struct made_up {
    double start, ahead, drift;
} made_up;

static double at(const made_up *clock, double true_time)
{
    return true_time + clock->ahead + clock->drift * (true_time - clock->start);
}

static double now(void *context)
{
    return at(context, sidle_now());
}

/* An exchange at `time` that takes `there` and `back`, rank 0's being true. */
static sidle_exchange exchange_at(const made_up *mine, double time,
                                  double there, double back)
{
    return (sidle_exchange){.asked = at(mine, time),
                            .answered = time + there,
                            .got = at(mine, time + there + back)};
}

static double uniform(uint64_t seed, int i)
{
    return sidle_rng_uniform((sidle_rng){seed, 7}, (uint64_t)i);
}

/* Ways of 10 to 1010 us, there and back by chance: the error that is promised
 * is kept, and is no more than the least of a hundred ways. */
static sidle_sync measure_made_up(const made_up *mine, double time,
                                  uint64_t seed)
{
    enum { N = 100 };
    sidle_exchange exchanges[N];
    double least = 1.0;
    sidle_sync sync;

    for (int i = 0; i < N; i++) {
        double there = 1e-5 + 1e-3 * uniform(seed, 2 * i);
        double back = 1e-5 + 1e-3 * uniform(seed, 2 * i + 1);

        exchanges[i] = exchange_at(mine, time, there, back);
        least = there + back < least ? there + back : least;
        time += there + back;
    }
    sync = sidle_sync_of(exchanges, N);
    EXPECT(sync.error <= 0.5 * least * (1.0 + fabs(mine->drift)) + 1e-9);
    return sync;
}

TEST(offset_and_drift_are_taken_out)
{
    for (int trial = 0; trial < 50; trial++) {
        uint64_t seed = 1000 + (uint64_t)trial;
        made_up mine = {.start = 10.0,
                        .ahead = 2e4 * (uniform(seed, 1000) - 0.5),
                        .drift = 2e-4 * (uniform(seed, 1001) - 0.5)};
        sidle_sync before = measure_made_up(&mine, 10.0, seed);
        sidle_sync after = measure_made_up(&mine, 700.0, seed + 500);
        double error =
            (before.error > after.error ? before.error : after.error) + 1e-6;

        for (double time = 10.2; time < 700.0; time += 23.0)
            EXPECT(fabs(sidle_sync_time(&before, &after, at(&mine, time)) -
                        time) <= error);
    }
    ranks_finish();
}

TEST(one_measurement_is_an_offset)
{
    sidle_sync sync = {.at = 5.0, .offset = -3.0};

    EXPECT(fabs(sidle_sync_time(&sync, &sync, 9.0) - 6.0) < 1e-12);
    ranks_finish();
}

/* The ranks of a test share a host, whose one clock is the truth. */
TEST(ranks_find_the_time_of_rank_0)
{
    made_up mine = {.start = sidle_now(),
                    .ahead = 1000.0 * ranks.rank,
                    .drift = 1e-3 * ranks.rank};
    sidle_clock clock = {.now = now, .context = &mine};
    sidle_sync before, after;
    double then, error;

    before = sidle_sync_measure(&ranks, &clock);
    usleep(200000);
    then = sidle_now();
    usleep(100000);
    after = sidle_sync_measure(&ranks, &clock);
    error = before.error > after.error ? before.error : after.error;
    /* and the drift inside one exchange */
    error += 1e-3 * ranks.rank * error + 1e-8;
    EXPECT(fabs(sidle_sync_time(&before, &after, at(&mine, then)) - then) <=
           error);
    EXPECT(error < 0.02);
    EXPECT(fabs(before.offset + 1000.0 * ranks.rank) < 0.1);
    ranks_finish();
}

TEST(no_clock_is_the_usual_one)
{
    sidle_clock clock = {0};
    double from = sidle_now();

    EXPECT(sidle_clock_now(&clock) >= from);
    EXPECT(sidle_clock_now(&clock) < from + 10.0);
    ranks_finish();
}

RANKS_MAIN
