/* test_video_clips.c - video files to train on: numbers in memory, frames as
 * they are asked for, damage told. */
#include "check.h"
#include "io/videos.h"

#include "io/video_clips.h"

#include <sys/wait.h>

static void check_frame(const sidle_clips *clips, int64_t first, int64_t n)
{
    unsigned char got[FRAMES * SIZE];

    memset(got, 0, sizeof(got));
    clips->read(clips, first, n, got);
    for (int64_t i = 0; i < n; i++)
        for (int at = 0; at < SIZE; at++)
            assert_int_equal(got[i * SIZE + at], byte_of(first + i, at));
}

static void check_labels(const sidle_clips *clips, const recipe *r)
{
    assert_int_equal(clips->labels != NULL, r->has_labels);
    assert_int_equal(clips->frame_labels != NULL, r->has_frame_labels);
    for (int i = 0; r->has_labels && i < CLIPS; i++)
        assert_int_equal(clips->labels[i], r->labels[i]);
    for (int i = 0; r->has_frame_labels && i < FRAMES; i++)
        assert_int_equal(clips->frame_labels[i], r->frame_labels[i]);
}

static void expect_clips(const recipe *r)
{
    scratch s = scratch_new();
    sidle_rng rng = {3, sidle_rng_stream("reads", 0)};
    sidle_video_info info;
    sidle_clips clips = {0};

    write_video(&s, r);
    if (sidle_video_clips(scratch_path(&s, "v.h5"), "data.path", &info,
                          &clips) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    assert_int_equal(clips.n_clips, CLIPS);
    assert_int_equal(info.frames, FRAMES);
    assert_memory_equal(clips.offsets, r->offsets, sizeof(r->offsets));
    assert_int_equal(clips.shape.n_dims, 3);
    assert_int_equal(sidle_shape_size(&clips.shape), SIZE);
    check_labels(&clips, r);
    /* The file may go: it is open. */
    remove(scratch_path(&s, "v.h5"));
    check_frame(&clips, 0, FRAMES);
    for (uint64_t i = 0; i < 200; i++)
        check_frame(&clips, (int64_t)sidle_rng_below(rng, i, FRAMES), 1);
    clips.done(&clips);
    assert_null(clips.self);
    scratch_done(&s);
}

TEST(frames_of_every_layout_are_read)
{
    recipe r = video_recipe();

    expect_clips(&r);
    r.layout = CHUNKS;
    expect_clips(&r);
    r.layout = PACKED;
    expect_clips(&r);
    r.user_block = 1024;
    expect_clips(&r);
    for (hsize_t frames = 1; frames <= FRAMES; frames += 5) {
        r.chunk[0] = frames;
        expect_clips(&r);
    }
}

TEST(labels_of_every_width_are_read)
{
    const hid_t types[] = {H5T_STD_I8LE, H5T_STD_I16BE, H5T_STD_I32LE,
                           H5T_STD_I64BE};

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        recipe r = video_recipe();

        r.label_type = types[i];
        r.has_frame_labels = 1;
        expect_clips(&r);
        r.has_labels = 0;
        expect_clips(&r);
        r.has_frame_labels = 0;
        expect_clips(&r);
    }
}

static void expect_refusal(const recipe *r, const char *words)
{
    scratch s = scratch_new();
    sidle_clips clips = {.n_clips = 42};
    sidle_video_info info;
    sidle_status status;

    write_video(&s, r);
    status =
        sidle_video_clips(scratch_path(&s, "v.h5"), "data.path", &info, &clips);
    if (status != SIDLE_EDATA || strstr(sidle_fail_text(), words) == NULL ||
        strstr(sidle_fail_text(), "v.h5' (data.path), read as a") == NULL)
        fail_msg("status %d, '%s', expected '%s'", (int)status,
                 sidle_fail_text(), words);
    assert_int_equal(clips.n_clips, 42);
    scratch_done(&s);
}

TEST(what_is_no_video_file_is_refused)
{
    recipe r = video_recipe();

    r.format = "sidle-tokens";
    expect_refusal(&r, "sidle-tokens");
    r = video_recipe();
    r.frame_type = H5T_STD_I16LE;
    expect_refusal(&r, "'/frames' has other integers than uint8");
    r = video_recipe();
    r.n_dims = 3;
    expect_refusal(&r, "'/frames' is not four dimensions of integers");
    r = video_recipe();
    r.offsets[1] = 9;
    expect_refusal(&r, "'/offsets' decreases");
    r = video_recipe();
    r.classes = 3;
    expect_refusal(&r, "'/labels' has label 3 at clip 0");
    r = video_recipe();
    r.label_type = H5T_STD_I64LE;
    r.labels[2] = (int64_t)INT32_MAX + 1;
    expect_refusal(&r, "label 2147483648 at clip 2");
    r = video_recipe();
    r.has_frame_labels = 1;
    r.frame_labels[4] = -2;
    expect_refusal(&r, "'/frame_labels' has label -2 at frame 4");
}

TEST(what_is_not_there_or_not_hdf5_is_refused)
{
    scratch s = scratch_new();
    sidle_clips clips;
    sidle_video_info info;

    assert_int_equal(sidle_video_clips(scratch_path(&s, "no.h5"), "data.path",
                                       &info, &clips),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "check data.path"));
    scratch_write(&s, "film.gif", "GIF89a..........", 16);
    assert_int_equal(sidle_video_clips(scratch_path(&s, "film.gif"),
                                       "data.path", &info, &clips),
                     SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "docs/data.md"));
    scratch_done(&s);
}

/* ---- damage */

/* Opens the file and reads all frames, in a child whose exit code is the
 * answer: a frame that cannot be read ends the process. */
static int read_all(const char *path)
{
    unsigned char frame[SIZE];
    int code;
    pid_t child = fork();

    if (child == 0) {
        sidle_clips clips;
        sidle_video_info info;
        sidle_status status =
            sidle_video_clips(path, "data.path", &info, &clips);
        int is_same_shape = status == SIDLE_OK && info.shape[0] == Y &&
                            info.shape[1] == X && info.shape[2] == C;

        freopen("/dev/null", "w", stderr);
        for (int64_t i = 0; is_same_shape && i < info.frames; i++)
            clips.read(&clips, i, 1, frame);
        _exit(status);
    }
    assert_true(child > 0 && waitpid(child, &code, 0) == child);
    assert_true(WIFEXITED(code));
    return WEXITSTATUS(code);
}

/* Chunks of several frames, some of them whole; the file is cut or has wrong
 * bytes: a sentence or the death of an unreadable frame, never another. */
static void check_damage(const recipe *r, const char *stream, int is_cut)
{
    scratch s = scratch_new();
    sidle_rng rng = {23, sidle_rng_stream(stream, 0)};
    int n_told = 0;
    unsigned char *data;
    size_t n;

    write_video(&s, r);
    data = scratch_read(&s, "v.h5", &n);
    assert_int_equal(read_all(scratch_path(&s, "v.h5")), SIDLE_OK);
    for (uint64_t i = 0; i < 30; i++) {
        size_t at = (size_t)sidle_rng_below(rng, 2 * i, n);
        unsigned char before = data[at];
        int code;

        data[at] = (unsigned char)sidle_rng_below(rng, 2 * i + 1, 256);
        scratch_write(&s, "d.h5", data, is_cut ? at : n);
        data[at] = before;
        code = read_all(scratch_path(&s, "d.h5"));
        if (code != SIDLE_OK && code != SIDLE_EDATA && code != SIDLE_EIO)
            fail_msg("byte %zu: exit code %d", at, code);
        n_told += code != SIDLE_OK;
    }
    assert_true(is_cut ? n_told == 30 : n_told > 3);
    free(data);
    scratch_done(&s);
}

TEST(a_damaged_file_is_told)
{
    recipe r = video_recipe();

    r.layout = PACKED;
    r.has_frame_labels = 1;
    check_damage(&r, "flips", 0);
    check_damage(&r, "cuts", 1);
}

/* A frame that cannot be unpacked is met when it is asked for. */
TEST(a_frame_that_cannot_be_read_ends_the_process)
{
    scratch s = scratch_new();
    recipe r = video_recipe();
    int64_t at = -1;
    unsigned char *data;
    size_t n;

    r.layout = PACKED;
    write_video(&s, &r);
    data = scratch_read(&s, "v.h5", &n);
    /* The last chunk that zlib made (its header is 78 5e), behind the first
     * one, which is read when the file is opened. */
    for (size_t i = 0; i + 2 < n; i++)
        if (data[i] == 0x78 && data[i + 1] == 0x5e)
            at = (int64_t)i;
    assert_true(at > 0);
    memset(data + at, 0xee, 8);
    scratch_write(&s, "d.h5", data, n);
    free(data);
    assert_int_equal(read_all(scratch_path(&s, "d.h5")), SIDLE_EIO);
    scratch_done(&s);
}

TEST_MAIN
