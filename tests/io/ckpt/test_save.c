/* np: 1 2 4 */
/* test_save.c - checkpoints saved by all ranks: content, bits, failures. */
#include "check.h"
#include "io/ckpt/state.h"
#include "io/scratch.h"

#include "io/digest.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

static sidle_comm comm;
static state saved;

/* One folder for all ranks. */
static scratch shared_new(void)
{
    scratch s = {""};

    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    return s;
}

static void shared_done(const scratch *s)
{
    MPI_Barrier(comm.comm);
    if (comm.rank == 0)
        scratch_done(s);
}

static int count_files(const scratch *s)
{
    DIR *dir = opendir(s->folder);
    int n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2;
}

static sidle_status save_as(const scratch *s, const char *name)
{
    sidle_ckpt_info info = state_info();

    return sidle_ckpt_save(&comm, s->folder, name, &info, STATE_CONFIG,
                           saved.arrays, STATE_ARRAYS);
}

static void compare_arrays(sidle_ckpt *ckpt)
{
    static unsigned char out[STATE_MOST * 8];

    for (int i = 0; i < STATE_ARRAYS; i++) {
        size_t n = state_bytes(&saved.arrays[i]);

        assert_int_equal(sidle_ckpt_read(ckpt, &saved.arrays[i], out),
                         SIDLE_OK);
        if (n > 0)
            assert_memory_equal(out, saved.data[i], n);
    }
}

static void compare_list(sidle_ckpt *ckpt)
{
    int n = 0;
    const sidle_array *list = sidle_ckpt_list(ckpt, &n);

    assert_int_equal(n, STATE_ARRAYS);
    for (int i = 1; i < n; i++)
        assert_true(strcmp(list[i - 1].path, list[i].path) < 0);
    assert_string_equal(list[0].path, "/model/cross/q/weight");
    assert_int_equal(list[0].type, SIDLE_F32);
    assert_int_equal(list[0].n_dims, 2);
    assert_int_equal(list[0].dims[0], 150);
    assert_int_equal(list[0].dims[1], 120);
    assert_null(list[0].data);
}

static void compare_info(const sidle_ckpt *ckpt)
{
    const sidle_ckpt_info *found = sidle_ckpt_get_info(ckpt);
    sidle_ckpt_info info = state_info();

    assert_int_equal(found->format_version, 1);
    assert_int_equal(found->step, info.step);
    assert_int_equal(found->update, info.update);
    assert_string_equal(found->created, info.created);
    assert_string_equal(found->program_version, info.program_version);
    assert_string_equal(found->commit, info.commit);
    assert_string_equal(sidle_ckpt_config(ckpt), STATE_CONFIG);
}

TEST(what_all_ranks_save_one_process_reads)
{
    scratch s = shared_new();
    sidle_ckpt *ckpt = NULL;
    int n_arrays = 0;
    int64_t bytes = 0, expected = (int64_t)strlen(STATE_CONFIG);

    state_new(&saved, 1, comm.rank, comm.size);
    assert_int_equal(save_as(&s, "step-00000007.h5"), SIDLE_OK);
    if (comm.rank == 0) {
        assert_int_equal(count_files(&s), 1);
        assert_int_equal(
            sidle_ckpt_open(scratch_path(&s, "step-00000007.h5"), &ckpt),
            SIDLE_OK);
        compare_info(ckpt);
        compare_list(ckpt);
        compare_arrays(ckpt);
        sidle_ckpt_close(ckpt);
        for (int i = 0; i < STATE_ARRAYS; i++)
            expected += (int64_t)state_bytes(&saved.arrays[i]);
        assert_int_equal(sidle_ckpt_verify(scratch_path(&s, "step-00000007.h5"),
                                           &n_arrays, &bytes),
                         SIDLE_OK);
        assert_int_equal(n_arrays, STATE_ARRAYS);
        assert_int_equal(bytes, expected);
    }
    shared_done(&s);
}

/* A second later and by one process without MPI: still the same bytes. */
TEST(equal_states_give_equal_bytes)
{
    scratch s = shared_new();
    sidle_ckpt_info info = state_info();
    static state alone;
    size_t n[2];

    state_new(&saved, 2, comm.rank, comm.size);
    assert_int_equal(save_as(&s, "a.h5"), SIDLE_OK);
    if (comm.rank == 0) {
        unsigned char *a, *b;

        nanosleep(&(struct timespec){1, 100000000}, NULL);
        state_new(&alone, 2, 0, 1);
        assert_int_equal(sidle_ckpt_save(NULL, s.folder, "b.h5", &info,
                                         STATE_CONFIG, alone.arrays,
                                         STATE_ARRAYS),
                         SIDLE_OK);
        a = scratch_read(&s, "a.h5", &n[0]);
        b = scratch_read(&s, "b.h5", &n[1]);
        assert_int_equal(n[0], n[1]);
        assert_memory_equal(a, b, n[0]);
        free(a);
        free(b);
    }
    shared_done(&s);
}

TEST(words_that_differ_are_rank_0s)
{
    scratch s = shared_new();
    sidle_ckpt_info info = state_info();
    sidle_ckpt *ckpt = NULL;
    char config[64];

    state_new(&saved, 3, comm.rank, comm.size);
    snprintf(info.created, sizeof(info.created), "rank %.*s", comm.rank + 1,
             "0123");
    snprintf(config, sizeof(config), "rank: %.*s", comm.rank + 1, "0123");
    assert_int_equal(sidle_ckpt_save(&comm, s.folder, "a.h5", &info, config,
                                     saved.arrays, STATE_ARRAYS),
                     SIDLE_OK);
    assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), &ckpt),
                     SIDLE_OK);
    assert_string_equal(sidle_ckpt_get_info(ckpt)->created, "rank 0");
    assert_string_equal(sidle_ckpt_config(ckpt), "rank: 0");
    sidle_ckpt_close(ckpt);
    shared_done(&s);
}

TEST(a_missing_folder_is_told_on_every_rank)
{
    scratch s = shared_new(), missing = s;

    state_new(&saved, 4, comm.rank, comm.size);
    strcat(missing.folder, "/none");
    assert_int_equal(save_as(&missing, "a.h5"), SIDLE_EIO);
    assert_non_null(
        strstr(sidle_fail_text(), "/none': No such file or directory"));
    shared_done(&s);
}

/* A name that is taken by a folder: the last step, the rename, fails. */
TEST(a_rename_that_fails_leaves_no_temporary)
{
    scratch s = shared_new();

    state_new(&saved, 5, comm.rank, comm.size);
    if (comm.rank == 0)
        assert_int_equal(mkdir(scratch_path(&s, "a.h5"), 0777), 0);
    assert_int_equal(save_as(&s, "a.h5"), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "Is a directory"));
    MPI_Barrier(comm.comm);
    assert_int_equal(count_files(&s), 1);
    shared_done(&s);
}

/* Only the last rank may not write so much: all of them answer, the older
 * file of the same name stays, and once there is room the save works. */
TEST(no_space_on_one_rank_harms_nothing)
{
    scratch s = shared_new();
    struct rlimit before, small;
    sidle_digest old, now;
    int64_t size;

    state_new(&saved, 6, comm.rank, comm.size);
    assert_int_equal(save_as(&s, "a.h5"), SIDLE_OK);
    assert_int_equal(sidle_file_digest(scratch_path(&s, "a.h5"), &size, &old),
                     SIDLE_OK);
    MPI_Barrier(comm.comm);

    state_new(&saved, 7, comm.rank, comm.size);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    if (comm.rank == comm.size - 1)
        small.rlim_cur = 50000;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(save_as(&s, "a.h5"), SIDLE_EIO);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(sidle_fail_text(), "File too large"));
    assert_int_equal(sidle_file_digest(scratch_path(&s, "a.h5"), &size, &now),
                     SIDLE_OK);
    assert_string_equal(old.hex, now.hex);
    assert_int_equal(count_files(&s), 1);
    MPI_Barrier(comm.comm);

    assert_int_equal(save_as(&s, "a.h5"), SIDLE_OK);
    shared_done(&s);
}

/* Names that no list of a run has are written and read all the same. */
TEST(an_empty_list_and_an_empty_text_are_saved)
{
    scratch s = shared_new();
    sidle_ckpt_info info = {0};
    sidle_ckpt *ckpt = NULL;
    int n = -1;

    assert_int_equal(
        sidle_ckpt_save(&comm, s.folder, "a.h5", &info, "", NULL, 0), SIDLE_OK);
    assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), &ckpt),
                     SIDLE_OK);
    sidle_ckpt_list(ckpt, &n);
    assert_int_equal(n, 0);
    assert_string_equal(sidle_ckpt_config(ckpt), "");
    assert_string_equal(sidle_ckpt_get_info(ckpt)->commit, "");
    sidle_ckpt_close(ckpt);
    shared_done(&s);
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    failed = test_all(NULL, NULL);
    sidle_comm_close(&comm);
    return failed;
}
