/* test_moving.c - moving pictures: speed and bounce by the centre of mass,
 * labels, the order of pictures, and that a draw has no hidden state. */
#include "check.h"

#include "data/moving.h"

#include <math.h>
#include <string.h>

enum { EDGE = 8, N = 12, Y = 24, X = 30, FRAMES = 40, SIZE = Y * X };

static uint8_t pixels[N * EDGE * EDGE], labels[N];
static uint8_t frames[FRAMES * SIZE], again[FRAMES * SIZE];
static int32_t directions[FRAMES], more[FRAMES];

/* A bright block in the middle of each picture, brighter from one to the next.
 */
static sidle_pictures make_pictures(void)
{
    memset(pixels, 0, sizeof(pixels));
    for (int i = 0; i < N; i++) {
        labels[i] = (uint8_t)(i % 3);
        for (int y = 2; y < 6; y++)
            for (int x = 2; x < 6; x++)
                pixels[(i * EDGE + y) * EDGE + x] = (uint8_t)(100 + i);
    }
    return (sidle_pictures){.pixels = pixels,
                            .labels = labels,
                            .n = N,
                            .edge = EDGE,
                            .first = 2,
                            .count = N - 2};
}

static sidle_moving moving_of(double speed)
{
    return (sidle_moving){.size = {Y, X},
                          .edge = EDGE,
                          .frames = FRAMES,
                          .speed = speed,
                          .pictures = 1,
                          .seed = 5};
}

static void centre_of(const uint8_t *frame, double at[2])
{
    double sum = 0.0;

    at[0] = at[1] = 0.0;
    for (int i = 0; i < SIZE; i++) {
        sum += frame[i];
        at[0] += frame[i] * (i / X);
        at[1] += frame[i] * (i % X);
    }
    assert_true(sum > 0.0);
    at[0] /= sum;
    at[1] /= sum;
}

/* Steps are as long as the speed says, but where a border is met. */
TEST(a_picture_moves_by_parts_of_a_pixel)
{
    const sidle_pictures pictures = make_pictures();
    const sidle_moving moving = moving_of(0.4);
    int n_short = 0, n = 0;

    for (int64_t clip = 0; clip < 20; clip++) {
        sidle_moving_draw(&moving, &pictures, clip, frames, directions);
        for (int t = 1; t < FRAMES; t++, n++) {
            double before[2], after[2], length;

            centre_of(frames + (t - 1) * SIZE, before);
            centre_of(frames + t * SIZE, after);
            length = hypot(after[0] - before[0], after[1] - before[1]);
            assert_true(length < 0.4 + 0.02);
            n_short += length < 0.4 - 0.02;
        }
    }
    assert_true(n_short > 0);
    assert_true(n_short < n / 10);
}

TEST(a_direction_is_that_of_the_step)
{
    const sidle_pictures pictures = make_pictures();
    sidle_moving moving = moving_of(1.5);
    int seen[SIDLE_MOVING_DIRECTIONS] = {0}, n_agree = 0, n = 0;

    moving.has_axis = 1;
    for (int64_t clip = 0; clip < 40; clip++) {
        sidle_moving_draw(&moving, &pictures, clip, frames, directions);
        seen[directions[0]]++;
        for (int t = 1; t < FRAMES; t++, n++) {
            double a[2], b[2], step[2];
            const double along[4] = {1, 1, -1, -1};
            int axis = directions[t] % 2 == 0;

            centre_of(frames + (t - 1) * SIZE, a);
            centre_of(frames + t * SIZE, b);
            for (int i = 0; i < 2; i++)
                step[i] = b[i] - a[i];
            n_agree += step[axis] * along[directions[t]] > fabs(step[!axis]);
        }
    }
    for (int i = 0; i < SIDLE_MOVING_DIRECTIONS; i++)
        assert_true(seen[i] > 2);
    assert_true(n_agree > n * 9 / 10); /* the others are at a bounce */
}

TEST(each_picture_is_used_as_often_as_any_other)
{
    const sidle_pictures pictures = make_pictures();
    sidle_moving moving = moving_of(0.0);
    int used[256] = {0};

    moving.frames = 1;
    for (uint64_t seed = 0; seed < 6; seed++) {
        moving.seed = seed;
        for (int64_t clip = 0; clip < 2 * (N - 2); clip++) {
            uint8_t most = 0;
            int32_t label =
                sidle_moving_draw(&moving, &pictures, clip, frames, directions);

            for (int i = 0; i < SIZE; i++)
                most = frames[i] > most ? frames[i] : most;
            /* A position between pixels keeps the inner ones as they are. */
            assert_int_equal(label, (most - 100) % 3);
            used[most]++;
        }
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(used[100 + i], i < 2 ? 0 : 12);
}

TEST(two_pictures_are_of_one_class)
{
    const sidle_pictures pictures = make_pictures();
    sidle_moving moving = moving_of(1.0);
    int n_two = 0;

    moving.pictures = 2;
    for (int64_t clip = 0; clip < 30; clip++) {
        int found[256] = {0}, n = 0;
        int32_t label =
            sidle_moving_draw(&moving, &pictures, clip, frames, directions);

        for (int i = 0; i < FRAMES * SIZE; i++)
            found[frames[i]] = 1;
        for (int i = 2; i < N; i++)
            if (found[100 + i] && i % 3 == label)
                n++;
        n_two += n >= 2;
    }
    assert_true(n_two > 20);
}

TEST(a_clip_depends_on_seed_and_number_alone)
{
    const sidle_pictures pictures = make_pictures();
    sidle_moving moving = moving_of(0.7);

    sidle_moving_draw(&moving, &pictures, 7, frames, directions);
    sidle_moving_draw(&moving, &pictures, 8, again, more);
    assert_memory_not_equal(frames, again, sizeof(frames));
    sidle_moving_draw(&moving, &pictures, 7, again, more);
    assert_memory_equal(frames, again, sizeof(frames));
    assert_memory_equal(directions, more, sizeof(directions));
    moving.seed++;
    sidle_moving_draw(&moving, &pictures, 7, again, more);
    assert_memory_not_equal(frames, again, sizeof(frames));
}

TEST_MAIN
