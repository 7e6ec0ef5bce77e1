/* test_read.c - a checkpoint read without MPI: what is damaged, cut off
 * or foreign is told, never believed. */
#include "check.h"
#include "io/ckpt/state.h"
#include "io/scratch.h"

#include "io/ckpt/found.h"
#include "io/h5.h"

#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

static state saved;

/* HDF5 asks for whatever a damaged table says, and bears the refusal. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Saves a.h5; the folder is the caller's to end. */
static scratch save_one(uint64_t seed)
{
    scratch s = scratch_new();
    sidle_ckpt_info info = state_info();

    state_new(&saved, seed, 0, 1);
    assert_int_equal(sidle_ckpt_save(NULL, s.folder, "a.h5", &info,
                                     STATE_CONFIG, saved.arrays, STATE_ARRAYS),
                     SIDLE_OK);
    return s;
}

static sidle_status verify(const scratch *s, const char *name)
{
    int n;
    int64_t bytes;

    return sidle_ckpt_verify(scratch_path(s, name), &n, &bytes);
}

static void expect_open(const scratch *s, const char *name,
                        sidle_status expected, const char *words)
{
    sidle_ckpt *ckpt = NULL;

    sidle_status status = sidle_ckpt_open(scratch_path(s, name), &ckpt);

    assert_null(ckpt);
    if (status != expected || strstr(sidle_fail_text(), words) == NULL)
        fail_msg("status %d, '%s', expected %d and '%s'", (int)status,
                 sidle_fail_text(), (int)expected, words);
}

TEST(missing_and_foreign_files_are_told)
{
    scratch s = scratch_new();

    expect_open(&s, "none.h5", SIDLE_EIO, "No such file or directory");
    expect_open(&s, ".", SIDLE_EIO, "Is a directory");
    scratch_write(&s, "text", "In the beginning", 16);
    expect_open(&s, "text", SIDLE_EDATA, "is not an HDF5 file");
    scratch_write(&s, "empty", "", 0);
    expect_open(&s, "empty", SIDLE_EDATA, "is not an HDF5 file");
    assert_int_equal(verify(&s, "text"), SIDLE_EDATA);
    assert_int_equal(verify(&s, "none.h5"), SIDLE_EIO);
    scratch_done(&s);
}

/* An HDF5 file with these two attributes (NULL, 0: without). */
static void write_foreign(const scratch *s, const char *format, int64_t version)
{
    hid_t file = H5Fcreate(scratch_path(s, "foreign.h5"), H5F_ACC_TRUNC,
                           H5P_DEFAULT, H5P_DEFAULT);

    if (format != NULL)
        assert_int_equal(sidle_h5_write_text(file, "format", format), SIDLE_OK);
    if (version != 0)
        assert_int_equal(sidle_h5_write_int(file, "format_version", version),
                         SIDLE_OK);
    H5Fclose(file);
}

TEST(other_hdf5_files_are_told)
{
    scratch s = scratch_new();

    write_foreign(&s, NULL, 0);
    expect_open(&s, "foreign.h5", SIDLE_EDATA, "'format' is missing");
    write_foreign(&s, "sidle-tokens", 1);
    expect_open(&s, "foreign.h5", SIDLE_EDATA, "'sidle-tokens', expected");
    write_foreign(&s, "sidle-checkpoint", 0);
    expect_open(&s, "foreign.h5", SIDLE_EDATA, "'format_version' is missing");
    write_foreign(&s, "sidle-checkpoint", 2);
    expect_open(&s, "foreign.h5", SIDLE_EDATA, "format_version is 2");
    write_foreign(&s, "sidle-checkpoint", 1);
    expect_open(&s, "foreign.h5", SIDLE_EIO, "'step' is missing");
    scratch_done(&s);
}

TEST(a_file_cut_off_anywhere_is_told)
{
    scratch s = save_one(11);
    size_t n;
    unsigned char *data = scratch_read(&s, "a.h5", &n);

    for (size_t i = 0; i < 64; i++) {
        size_t cut = i < 32 ? i * 97 : n - 1 - (i - 32) * (n / 33);
        sidle_status status;

        scratch_write(&s, "cut.h5", data, cut);
        status = verify(&s, "cut.h5");
        if (status != SIDLE_EDATA && status != SIDLE_EIO)
            fail_msg("cut at byte %zu of %zu: status %d", cut, n, (int)status);
    }
    free(data);
    scratch_done(&s);
}

/* Where the bytes of an array lie in a file. */
static size_t find_bytes(const unsigned char *data, size_t n,
                         const sidle_array *a)
{
    size_t length = state_bytes(a);

    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(data + i, a->data, length) == 0)
            return i;
    fail_msg("'%s' is not in the file as it is in memory", a->path);
    return 0;
}

TEST(each_flipped_bit_of_an_array_is_found)
{
    scratch s = save_one(12);
    size_t n;
    unsigned char *data = scratch_read(&s, "a.h5", &n);
    static unsigned char out[STATE_MOST * 8];

    for (int i = 0; i < STATE_ARRAYS; i++) {
        const sidle_array *a = &saved.arrays[i];
        size_t length = state_bytes(a), at;
        sidle_ckpt *ckpt = NULL;

        if (length == 0)
            continue;
        at = find_bytes(data, n, a) + (length * 5) / 7;
        data[at] ^= 16;
        scratch_write(&s, "flip.h5", data, n);
        data[at] ^= 16;
        assert_int_equal(verify(&s, "flip.h5"), SIDLE_EIO);
        assert_non_null(strstr(sidle_fail_text(), a->path));
        assert_int_equal(sidle_ckpt_open(scratch_path(&s, "flip.h5"), &ckpt),
                         SIDLE_OK);
        assert_int_equal(sidle_ckpt_read(ckpt, a, out), SIDLE_EIO);
        assert_non_null(strstr(sidle_fail_text(), "is damaged"));
        sidle_ckpt_trust(ckpt);
        assert_int_equal(sidle_ckpt_read(ckpt, a, out), SIDLE_OK);
        sidle_ckpt_close(ckpt);
    }
    free(data);
    scratch_done(&s);
}

/* The file's own structure: it is told, or it did no harm to any number. */
TEST(a_damaged_structure_is_never_believed)
{
    scratch s = save_one(13);
    size_t n;
    unsigned char *data = scratch_read(&s, "a.h5", &n);
    static unsigned char out[STATE_MOST * 8];

    for (size_t i = 0; i < 400; i++) {
        sidle_rng rng = {13, sidle_rng_stream("flip", 0)};
        size_t at = (size_t)(8192 * sidle_rng_uniform(rng, 2 * i));
        unsigned char before = data[at];
        sidle_ckpt *ckpt = NULL;

        data[at] = (unsigned char)(256 * sidle_rng_uniform(rng, 2 * i + 1));
        scratch_write(&s, "flip.h5", data, n);
        data[at] = before;
        if (sidle_ckpt_open(scratch_path(&s, "flip.h5"), &ckpt) != SIDLE_OK)
            continue;
        for (int j = 0; j < STATE_ARRAYS; j++) {
            const sidle_array *a = &saved.arrays[j];

            if (sidle_ckpt_read(ckpt, a, out) == SIDLE_OK && state_bytes(a) > 0)
                assert_memory_equal(out, a->data, state_bytes(a));
        }
        sidle_ckpt_close(ckpt);
    }
    free(data);
    scratch_done(&s);
}

TEST(another_type_or_shape_is_refused)
{
    scratch s = save_one(14);
    sidle_ckpt *ckpt = NULL;
    sidle_array wanted;
    float out[4096] = {42};

    assert_int_equal(sidle_ckpt_open(scratch_path(&s, "a.h5"), &ckpt),
                     SIDLE_OK);
    wanted = saved.arrays[0];
    wanted.dims[1] = 13;
    assert_int_equal(sidle_ckpt_read(ckpt, &wanted, out), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(),
                           "float32 (259, 12), expected float32 (259, 13)"));
    wanted = saved.arrays[0];
    wanted.type = SIDLE_I32;
    assert_int_equal(sidle_ckpt_read(ckpt, &wanted, out), SIDLE_EDATA);
    wanted.n_dims = 1;
    assert_int_equal(sidle_ckpt_read(ckpt, &wanted, out), SIDLE_EDATA);
    strcpy(wanted.path, "/model/embed/tokens");
    assert_int_equal(sidle_ckpt_read(ckpt, &wanted, out), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "is missing, expected"));
    assert_true(out[0] == 42);
    sidle_ckpt_close(ckpt);
    scratch_done(&s);
}

/* Opens a.h5 to be changed by HDF5 itself. */
static hid_t edit(const scratch *s)
{
    hid_t file = H5Fopen(scratch_path(s, "a.h5"), H5F_ACC_RDWR, H5P_DEFAULT);

    assert_true(file >= 0);
    return file;
}

static void add_set(hid_t file, const char *path, hid_t type, int is_chunked)
{
    hsize_t dims[1] = {16};
    hid_t space = H5Screate_simple(1, dims, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), set;

    if (is_chunked)
        H5Pset_chunk(list, 1, dims);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
}

/* Writes another address into the layout of an array: its last byte would
 * lie beyond the file's end. */
static void move_array(const scratch *s, const sidle_array *a)
{
    unsigned char layout[10] = {3, 1}; /* version 3, contiguous, address */
    size_t n, at = 0;
    unsigned char *data = scratch_read(s, "a.h5", &n);
    uint64_t address = find_bytes(data, n, a);
    uint64_t far = n - state_bytes(a) + 1;

    memcpy(layout + 2, &address, 8);
    while (memcmp(data + at, layout, 10) != 0)
        assert_true(++at + 10 < n);
    memcpy(data + at + 2, &far, 8);
    scratch_write(s, "a.h5", data, n);
    free(data);
}

TEST(a_file_that_someone_changed_is_told)
{
    static const struct {
        const char *words;
        int what;
    } cases[] = {
        {"'/model/extra' has no row in /integrity", 0},
        {"is not contiguous", 1},
        {"neither float32, float64, int32 nor int64", 2},
        {"is no link of ours", 3},
        {"/integrity lists '/model/self/000/q/bias'", 4},
        {"'/config' is missing", 5},
        {"does not lie within the file", 6},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scratch s = save_one(15);
        hid_t file = edit(&s);

        switch (cases[i].what) {
        case 0:
            add_set(file, "/model/extra", H5T_IEEE_F32LE, 0);
            break;
        case 1:
            add_set(file, "/model/extra", H5T_IEEE_F32LE, 1);
            break;
        case 2:
            add_set(file, "/model/extra", H5T_IEEE_F32BE, 0);
            break;
        case 3:
            H5Lcreate_soft("/config", file, "/soft", H5P_DEFAULT, H5P_DEFAULT);
            break;
        case 4:
            H5Lmove(file, "/model/self/000/q/bias", file, "/model/other",
                    H5P_DEFAULT, H5P_DEFAULT);
            break;
        case 5:
            H5Ldelete(file, "/config", H5P_DEFAULT);
            add_set(file, "/config", H5T_IEEE_F32LE, 0);
            break;
        default:
            break;
        }
        H5Fclose(file);
        if (cases[i].what == 6)
            move_array(&s, &saved.arrays[5]);
        expect_open(&s, "a.h5", SIDLE_EIO, cases[i].words);
        assert_non_null(strstr(sidle_fail_text(), "damaged"));
        assert_int_equal(verify(&s, "a.h5"), SIDLE_EIO);
        scratch_done(&s);
    }
}

/* A reader takes no lock, and minds none. */
TEST(a_locked_file_can_be_read)
{
    scratch s = save_one(16);
    int fd = open(scratch_path(&s, "a.h5"), O_RDWR);

    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(sidle_ckpt_verify(scratch_path(&s, "a.h5"), NULL, NULL),
                     SIDLE_OK);
    close(fd);
    scratch_done(&s);
}

/* A file that is replaced while it is being opened is one of the two. */
TEST(the_open_file_counts_not_its_name)
{
    scratch s = save_one(18);
    int fd = open(scratch_path(&s, "a.h5"), O_RDONLY);
    char name[40];

    unlink(scratch_path(&s, "a.h5"));
    scratch_write(&s, "a.h5", "In the beginning", 16);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    assert_int_equal(sidle_ckpt_verify(name, NULL, NULL), SIDLE_OK);
    close(fd);
    scratch_done(&s);
}

/* In a process that may not have a child: nobody, so that root's right to have
 * any number does not count. */
static int verify_childless(const char *path)
{
    const struct rlimit none = {0, 0};

    if (setuid(65534) != 0 || setrlimit(RLIMIT_NPROC, &none) != 0)
        return 99;
    return (int)sidle_ckpt_verify(path, NULL, NULL);
}

TEST(where_no_process_can_be_made_it_is_read_all_the_same)
{
    scratch s = save_one(19);
    pid_t child;
    int code = 0;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(s.folder, 0755), 0);
    child = fork();
    if (child == 0)
        _exit(verify_childless(scratch_path(&s, "a.h5")));
    assert_true(waitpid(child, &code, 0) == child && WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), SIDLE_OK);
    scratch_done(&s);
}

/* What a run asks of its own file needs no child: none is reaped. */
TEST(an_own_file_is_read_without_a_fence)
{
    scratch s = save_one(20);
    struct rusage before, after;
    sidle_ckpt *ckpt = NULL;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &before), 0);
    assert_int_equal(
        sidle_ckpt_open_as(scratch_path(&s, "a.h5"), SIDLE_CKPT_OWN, &ckpt),
        SIDLE_OK);
    sidle_ckpt_close(ckpt);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
    assert_int_equal(before.ru_minflt, after.ru_minflt);
    assert_int_equal(verify(&s, "a.h5"), SIDLE_OK);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
    assert_true(after.ru_minflt > before.ru_minflt);
    scratch_done(&s);
}

static void count_sound(sidle_ckpt *ckpt, int *n_p)
{
    static unsigned char out[STATE_MOST * 8];
    int n;
    const sidle_array *arrays = sidle_ckpt_list(ckpt, &n);

    *n_p = 0;
    for (int i = 0; i < n; i++)
        *n_p += sidle_ckpt_read(ckpt, &arrays[i], out) == SIDLE_OK;
}

/* Without a column of /integrity arrays are there, but not to be trusted. */
TEST(what_is_left_of_a_damaged_file_is_read)
{
    scratch s = save_one(21);
    hid_t file = edit(&s);
    sidle_ckpt *ckpt = NULL;
    const char *const *faults;
    int n_faults, n_sound;

    H5Ldelete(file, "/integrity/bytes", H5P_DEFAULT);
    H5Fclose(file);
    expect_open(&s, "a.h5", SIDLE_EIO, "damaged");
    assert_int_equal(
        sidle_ckpt_open_as(scratch_path(&s, "a.h5"), SIDLE_CKPT_SALVAGE, &ckpt),
        SIDLE_OK);
    faults = sidle_ckpt_faults(ckpt, &n_faults);
    assert_int_equal(n_faults, 1);
    assert_non_null(strstr(faults[0], "/integrity/bytes"));
    assert_string_equal(sidle_ckpt_config(ckpt), STATE_CONFIG);
    count_sound(ckpt, &n_sound);
    assert_int_equal(n_sound, 0);
    assert_non_null(strstr(sidle_fail_text(), "has no checksum"));
    sidle_ckpt_trust(ckpt);
    count_sound(ckpt, &n_sound);
    assert_int_equal(n_sound, STATE_ARRAYS);
    sidle_ckpt_close(ckpt);
    scratch_done(&s);
}

/* Bytes of /config and of an attribute are told at the opening, unless
 * checksums are not to be checked. */
TEST(config_and_attributes_have_checksums)
{
    static const struct {
        const char *bytes, *words;
    } cases[] = {{"name: test", "'/config' is damaged"},
                 {"2026-11-23T17", "the attributes of '/' are damaged"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scratch s = save_one(22);
        size_t n, length = strlen(cases[i].bytes), at = 0;
        unsigned char *data = scratch_read(&s, "a.h5", &n);
        sidle_ckpt *ckpt = NULL;

        while (memcmp(data + at, cases[i].bytes, length) != 0)
            assert_true(++at + length < n);
        data[at] ^= 1;
        scratch_write(&s, "a.h5", data, n);
        free(data);
        expect_open(&s, "a.h5", SIDLE_EIO, cases[i].words);
        assert_int_equal(sidle_ckpt_open_as(scratch_path(&s, "a.h5"),
                                            SIDLE_CKPT_TRUST, &ckpt),
                         SIDLE_OK);
        sidle_ckpt_close(ckpt);
        scratch_done(&s);
    }
}

static int count_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 4096; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static int kills_left; /* of children, before they do a thing */

static void count_a_fork(void)
{
    kills_left--;
}

static void be_killed(void)
{
    if (kills_left >= 0)
        raise(SIGKILL);
}

static void expect_judgement(const scratch *s, const char *name, int n_kills,
                             sidle_status expected, int is_damaged)
{
    sidle_ckpt *ckpt = NULL;
    int found = -1;

    kills_left = n_kills;
    assert_int_equal(sidle_ckpt_judge(scratch_path(s, name), &ckpt, &found),
                     expected);
    assert_int_equal(found, is_damaged);
    assert_int_equal(ckpt != NULL, expected == SIDLE_OK);
    if (ckpt != NULL)
        assert_int_equal(sidle_ckpt_get_info(ckpt)->step, 7);
    sidle_ckpt_close(ckpt);
    kills_left = 0;
}

/* A file is given up for an older one only if it is the file's fault. */
TEST(what_could_not_be_looked_at_is_not_damaged)
{
    scratch s = save_one(19);
    unsigned char *data;
    size_t n;

    assert_int_equal(pthread_atfork(count_a_fork, NULL, be_killed), 0);
    expect_judgement(&s, "a.h5", 0, SIDLE_OK, 0);
    expect_judgement(&s, "a.h5", 1, SIDLE_OK, 0);
    expect_judgement(&s, "a.h5", 2, SIDLE_EIO, 0);
    assert_non_null(strstr(sidle_fail_text(), "a.h5': could not be read"));
    assert_null(strstr(sidle_fail_text(), "damaged"));
    kills_left = 2;
    assert_int_equal(verify(&s, "a.h5"), SIDLE_EIO);
    kills_left = 0;
    expect_judgement(&s, "none.h5", 0, SIDLE_EIO, 0);
    expect_judgement(&s, ".", 0, SIDLE_EIO, 0);
    assert_non_null(strstr(sidle_fail_text(), "Is a directory"));
    data = scratch_read(&s, "a.h5", &n);
    scratch_write(&s, "cut.h5", data, n / 2);
    expect_judgement(&s, "cut.h5", 0, verify(&s, "cut.h5"), 1);
    data[n / 2] ^= 1;
    scratch_write(&s, "flip.h5", data, n);
    expect_judgement(&s, "flip.h5", 0, SIDLE_EIO, 1);
    scratch_write(&s, "empty", "", 0);
    expect_judgement(&s, "empty", 0, SIDLE_EDATA, 1);
    free(data);
    scratch_done(&s);
}

/* A damaged list may have millions of wrong rows. */
TEST(of_faults_only_so_many_are_kept)
{
    sidle_findings found = {0};

    for (int i = 0; i < SIDLE_FAULTS_MAX + 10; i++) {
        sidle_fail(SIDLE_EIO, "fault %d", i);
        sidle_findings_fault(&found);
    }
    assert_int_equal(found.n_faults, SIDLE_FAULTS_MAX);
    assert_string_equal(found.faults[SIDLE_FAULTS_MAX - 1], "fault 999");
    sidle_findings_done(&found);
}

TEST(no_descriptor_and_no_handle_is_left)
{
    scratch s = save_one(17);
    int before = count_descriptors();

    scratch_write(&s, "text", "In the beginning", 16);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(verify(&s, "a.h5"), SIDLE_OK);
        assert_int_equal(verify(&s, "text"), SIDLE_EDATA);
        assert_int_equal(verify(&s, "none"), SIDLE_EIO);
    }
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
    scratch_done(&s);
}

int main(void)
{
    sidle_h5_quiet();
    return test_all(NULL, NULL);
}
