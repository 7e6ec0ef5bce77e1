/* test_video_frames.c - the memory of frames that are read on demand, and their
 * bytes. */
#include "check.h"
#include "io/scratch.h"

#include "io/h5.h"
#include "io/video_frames.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { Y = 2, X = 3, C = 1, SIZE = Y * X * C, PIECE = 1000 };

static unsigned char byte_of(int64_t frame, int at)
{
    return (unsigned char)(frame * 31 + frame / 256 + at);
}

static void fill(hid_t set, int64_t n)
{
    static unsigned char bytes[PIECE * SIZE];
    hsize_t count[4] = {PIECE, Y, X, C};
    hid_t memory = H5Screate_simple(4, count, NULL), space = H5Dget_space(set);

    for (int64_t first = 0; first < n; first += PIECE) {
        hsize_t start[4] = {(hsize_t)first};

        for (int64_t i = 0; i < PIECE; i++)
            for (int at = 0; at < SIZE; at++)
                bytes[i * SIZE + at] = byte_of(first + i, at);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        assert_true(H5Dwrite(set, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT,
                             bytes) >= 0);
    }
    H5Sclose(space);
    H5Sclose(memory);
}

/* n frames, a multiple of PIECE, in chunks of some; 0: in one piece. */
static sidle_video_frames *open_film(const scratch *s, int64_t n,
                                     const hsize_t *chunk, int *fd)
{
    const hsize_t dims[4] = {(hsize_t)n, Y, X, C};
    const int64_t shape[4] = {n, Y, X, C};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space, file, set;
    sidle_video_frames *frames;
    struct stat info;

    if (chunk != NULL) {
        H5Pset_chunk(list, 4, chunk);
        H5Pset_deflate(list, 1);
    }
    file = H5Fcreate(scratch_path(s, "f.h5"), H5F_ACC_TRUNC, H5P_DEFAULT,
                     H5P_DEFAULT);
    space = H5Screate_simple(4, dims, NULL);
    set = H5Dcreate2(file, "frames", H5T_STD_U8LE, space, H5P_DEFAULT, list,
                     H5P_DEFAULT);
    fill(set, n);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    *fd = open(scratch_path(s, "f.h5"), O_RDONLY);
    assert_true(*fd >= 0 && fstat(*fd, &info) == 0);
    if (sidle_video_frames_open(*fd, info.st_size, shape, &frames) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    return frames;
}

static void check_frame(sidle_video_frames *frames, int64_t frame)
{
    unsigned char got[SIZE];

    assert_int_equal(sidle_video_frames_read(frames, frame, 1, got), SIDLE_OK);
    for (int at = 0; at < SIZE; at++)
        assert_int_equal(got[at], byte_of(frame, at));
}

/* Bytes that are kept after `rows` rows have gone through all of the film. */
static int64_t kept_after(int64_t n, const hsize_t *chunk, int64_t rows)
{
    scratch s = scratch_new();
    int fd;
    sidle_video_frames *frames = open_film(&s, n, chunk, &fd);
    int64_t kept;

    assert_int_equal(sidle_video_frames_expect(frames, rows), SIDLE_OK);
    for (int64_t at = 0; at < n / rows; at += 3)
        for (int64_t row = 0; row < rows; row++)
            check_frame(frames, row * (n / rows) + at);
    kept = sidle_video_frames_kept(frames);
    sidle_video_frames_close(frames);
    close(fd);
    scratch_done(&s);
    return kept;
}

TEST(memory_does_not_grow_with_the_length_of_a_film)
{
    /* Whole frames, and a split of them as h5py might choose. */
    const hsize_t chunks[2][4] = {{50, Y, X, C}, {70, 1, 2, 1}};

    for (int i = 0; i < 2; i++)
        for (int64_t rows = 1; rows <= 4; rows += 3) {
            int64_t slab = (int64_t)chunks[i][0] * SIZE;
            int64_t of_short = kept_after(1000, chunks[i], rows);
            int64_t of_long = kept_after(100000, chunks[i], rows);

            assert_true(of_long <= of_short);
            assert_true(of_long >= rows * slab && of_long <= 4 * rows * slab);
        }
    assert_int_equal(kept_after(1000, NULL, 4), 0);
}

TEST(what_is_read_ahead_is_there)
{
    const hsize_t chunk[4] = {50, 1, X, C};
    scratch s = scratch_new();
    int fd;
    sidle_video_frames *frames = open_film(&s, 1000, chunk, &fd);

    assert_int_equal(sidle_video_frames_fetch(frames, 720), 1);
    assert_int_equal(sidle_video_frames_fetch(frames, 749), 0);
    assert_int_equal(sidle_video_frames_kept(frames), 50 * SIZE);
    check_frame(frames, 749);
    check_frame(frames, 700);
    assert_int_equal(sidle_video_frames_kept(frames), 50 * SIZE);
    assert_int_equal(sidle_video_frames_fetch(frames, 750), 1);
    sidle_video_frames_close(frames);
    close(fd);
    frames = open_film(&s, 1000, NULL, &fd);
    assert_int_equal(sidle_video_frames_fetch(frames, 720), 0);
    sidle_video_frames_close(frames);
    close(fd);
    scratch_done(&s);
}

/* No slab crosses the end of a chunk, and the last chunk is not whole. */
TEST(frames_in_any_order_have_their_bytes)
{
    const hsize_t chunks[3][4] = {
        {7, Y, X, C}, {600, 1, 2, 1}, {3000, Y, 2, C}};

    for (int i = 0; i < 3; i++) {
        scratch s = scratch_new();
        sidle_rng rng = {4, sidle_rng_stream("frames", 0)};
        int fd;
        sidle_video_frames *frames = open_film(&s, 3000, chunks[i], &fd);

        for (uint64_t k = 0; k < 3000; k++) {
            if (k % 1000 == 500) /* smaller slabs, in the end */
                assert_int_equal(
                    sidle_video_frames_expect(frames, 1 << (10 * (k / 1000))),
                    SIDLE_OK);
            check_frame(frames, (int64_t)sidle_rng_below(rng, k, 3000));
        }
        sidle_video_frames_close(frames);
        close(fd);
        scratch_done(&s);
    }
}

TEST_MAIN
