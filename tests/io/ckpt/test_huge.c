/* np: 2 */
/* timeout: 900 */
/* label: drill */
/* test_huge.c - an array of more than 2 GiB, beyond what one call of the
 * system or a count of MPI takes, saved in every mode and read again. */
#include "check.h"
#include "io/scratch.h"

#include "io/ckpt.h"

#include <sys/statvfs.h>

enum { ARRAYS = 3 };

/* 2.25 GiB of the last rank, 256 MiB of rank 0, and one number behind them. */
static const sidle_array shapes[ARRAYS] = {
    {"/model/huge", SIDLE_F32, 2, {9216, 65536}, NULL, 1, 0, NULL},
    {"/model/large", SIDLE_F64, 1, {32 << 20}, NULL, 0, 0, NULL},
    {"/pipeline/counters", SIDLE_I64, 1, {1}, NULL, 1, 0, NULL},
};
static const int64_t file_bytes = 2700ll << 20;

static sidle_comm comm;
static int was_skipped;

static int64_t bytes_of(const sidle_array *a)
{
    int64_t n = a->type == SIDLE_F32 ? 4 : 8;

    for (int i = 0; i < a->n_dims; i++)
        n *= a->dims[i];
    return n;
}

static int64_t free_memory(void)
{
    FILE *stream = fopen("/proc/meminfo", "r");
    char line[128];
    long long kib = 0;

    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL)
        if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1)
            break;
    if (stream != NULL)
        fclose(stream);
    return 1024 * kib;
}

static int has_room(const char *folder)
{
    struct statvfs fs;
    int has = free_memory() > 2 * file_bytes && statvfs(folder, &fs) == 0 &&
              (int64_t)(fs.f_bavail * fs.f_frsize) > 2 * file_bytes;

    MPI_Bcast(&has, 1, MPI_INT, 0, comm.comm);
    return has;
}

static void fill(sidle_array *a)
{
    int64_t n = bytes_of(a) / 4;
    uint32_t x = 7, *data = malloc((size_t)bytes_of(a));

    assert_non_null(data);
    for (int64_t i = 0; i < n; i++)
        data[i] = x = x * 1664525u + 1013904223u;
    a->data = data;
}

static void clear_and_read(const char *path, sidle_array *arrays)
{
    sidle_ckpt *ckpt = NULL;

    assert_int_equal(sidle_ckpt_open(path, &ckpt), SIDLE_OK);
    for (int i = 0; i < ARRAYS; i++)
        if (arrays[i].owner == comm.rank) {
            memset(arrays[i].data, 0, (size_t)bytes_of(&arrays[i]));
            assert_int_equal(sidle_ckpt_read(ckpt, &arrays[i], arrays[i].data),
                             SIDLE_OK);
        }
    sidle_ckpt_close(ckpt);
}

/* The checksum of the first file is that of all: what is read is saved again.
 */
TEST(every_mode_saves_and_reads_2_gib)
{
    scratch s = {""};
    sidle_ckpt_info info = {.step = 1, .created = "now"};
    sidle_array arrays[ARRAYS];

    if (!has_room("/tmp")) {
        if (comm.rank == 0)
            print_message("skipped: 6 GB of memory and of /tmp are needed\n");
        was_skipped = 1;
        skip();
    }
    if (comm.rank == 0)
        s = scratch_new();
    MPI_Bcast(&s, (int)sizeof(s), MPI_BYTE, 0, comm.comm);
    memcpy(arrays, shapes, sizeof(arrays));
    for (int i = 0; i < ARRAYS; i++)
        if (arrays[i].owner == comm.rank)
            fill(&arrays[i]);
    for (int mode = 0; mode < 3; mode++) {
        sidle_ckpt_target target = {s.folder, "a.h5", (sidle_ckpt_mode)mode,
                                    NULL, NULL};

        assert_int_equal(
            sidle_ckpt_save_to(&comm, &target, &info, "", arrays, ARRAYS),
            SIDLE_OK);
        clear_and_read(scratch_path(&s, "a.h5"), arrays);
        MPI_Barrier(comm.comm);
    }
    for (int i = 0; i < ARRAYS; i++)
        free(arrays[i].data);
    if (comm.rank == 0)
        scratch_done(&s);
}

int main(void)
{
    int failed;

    if (sidle_comm_open(&comm) != SIDLE_OK)
        return 1;
    failed = test_all(NULL, NULL);
    sidle_comm_close(&comm);
    return failed == 0 && was_skipped ? 77 : failed;
}
