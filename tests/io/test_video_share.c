/* test_video_share.c - clips that one rank has opened, on all ranks. */
/* np: 1 3 */
#include "io/videos.h"

#include "io/video_clips.h"

#include <pthread.h>

static sidle_comm comm;
static scratch folder;
static int n_forks; /* of this process */

static void count_a_fork(void)
{
    n_forks++;
}

/* A file that all see, open on rank 0. */
static sidle_clips begin(const recipe *r)
{
    sidle_clips clips = {0};
    sidle_video_info info;

    if (comm.rank == 0) {
        folder = scratch_new();
        write_video(&folder, r);
    }
    MPI_Bcast(&folder, (int)sizeof(folder), MPI_BYTE, 0, comm.comm);
    n_forks = 0;
    if (comm.rank == 0)
        assert_int_equal(sidle_video_clips(scratch_path(&folder, "v.h5"),
                                           "data.path", &info, &clips),
                         SIDLE_OK);
    return clips;
}

static sidle_status share(sidle_clips *clips)
{
    return sidle_video_share(&comm, scratch_path(&folder, "v.h5"), "data.path",
                             clips);
}

static void end(sidle_clips *clips)
{
    if (clips->done != NULL)
        clips->done(clips);
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(&folder);
}

TEST(numbers_are_sent_frames_are_read_and_one_process_is_started)
{
    for (int k = 0; k < 4; k++) {
        recipe r = video_recipe();
        unsigned char frame[SIZE];
        sidle_clips clips;

        r.has_labels = k % 2;
        r.has_frame_labels = k / 2;
        r.layout = PACKED;
        clips = begin(&r);
        assert_int_equal(share(&clips), SIDLE_OK);
        assert_int_equal(clips.n_clips, CLIPS);
        assert_memory_equal(clips.offsets, r.offsets, sizeof(r.offsets));
        assert_int_equal(clips.labels != NULL, r.has_labels);
        assert_int_equal(clips.frame_labels != NULL, r.has_frame_labels);
        for (int i = 0; i < CLIPS && r.has_labels; i++)
            assert_int_equal(clips.labels[i], r.labels[i]);
        for (int i = 0; i < FRAMES && r.has_frame_labels; i++)
            assert_int_equal(clips.frame_labels[i], r.frame_labels[i]);
        for (int i = 0; i < FRAMES; i++) {
            clips.read(&clips, i, 1, frame);
            for (int at = 0; at < SIZE; at++)
                assert_int_equal(frame[at], byte_of(i, at));
        }
        assert_int_equal(n_forks, comm.rank == 0);
        end(&clips);
    }
}

static void check_refused(const char *words, sidle_clips *clips)
{
    assert_int_equal(share(clips), comm.size > 1 ? SIDLE_EIO : SIDLE_OK);
    if (comm.rank > 0) {
        assert_non_null(strstr(sidle_fail_text(), words));
        assert_null(clips->self);
    }
    end(clips);
}

TEST(a_file_that_not_all_see_is_refused_by_all)
{
    recipe r = video_recipe();
    sidle_clips clips = begin(&r);

    if (comm.rank == 0)
        unlink(scratch_path(&folder, "v.h5"));
    MPI_Barrier(comm.comm);
    check_refused("make it visible to all", &clips);
}

TEST(another_file_in_its_place_is_refused_by_all)
{
    recipe r = video_recipe();
    sidle_clips clips = begin(&r);

    r.n_frames = FRAMES - 1;
    if (comm.rank == 0) {
        unlink(scratch_path(&folder, "v.h5"));
        write_video(&folder, &r);
    }
    MPI_Barrier(comm.comm);
    check_refused("is another one on this rank", &clips);
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    pthread_atfork(count_a_fork, NULL, NULL);
    failed = test_all(NULL, NULL);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_SUM, comm.comm);
    sidle_comm_close(&comm);
    return failed != 0;
}
