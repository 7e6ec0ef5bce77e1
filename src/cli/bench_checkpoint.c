/* bench_checkpoint.c - how fast a checkpoint is written, held against the disk.
 *
 * The measure is a plain write of as many bytes in the same folder: 1 MiB at a
 * time from memory that lies in the cache, then fsync, by one process; what
 * dd bs=1M conv=fsync does. It takes turns with the saves, since disks are
 * faster and slower from one minute to the next, and ratios are taken within a
 * turn. Write is everything until the last byte is handed over, checksums and
 * agreement included; the whole commit is write, fsync, verification, rename
 * and fsync of the folder. */
#include "cli/bench.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/median.h"
#include "io/bytes.h"
#include "io/json.h"
#include "run/alike.h"
#include "run/configure.h"
#include "run/memory.h"
#include "run/save.h"
#include "run/setup_views.h"
#include "run/uses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TURNS = 5, N_MODES = 3, PLAIN_PIECE = 1 << 20 };

#define NAME "bench.h5"

static const char *const mode_names[N_MODES] = {
    [SIDLE_CKPT_INDEPENDENT] = "independent",
    [SIDLE_CKPT_COLLECTIVE] = "collective",
    [SIDLE_CKPT_FUNNEL] = "funnel"};

typedef struct bench {
    sidle_comm comm;
    sidle_options options;
    sidle_setup setup;
    sidle_runner *runner;
    sidle_data_identity identity[2];
    const char *folder;
    int is_folder_ours; /* rank 0: it was not there before */
    char saved[SIDLE_TEXT_MAX + 32], plain[SIDLE_TEXT_MAX + 32];
    int64_t bytes; /* of a checkpoint */
    double plain_seconds[TURNS];
    sidle_ckpt_times times[N_MODES][TURNS];
} bench;

/* ---- measuring */

static sidle_status make_folder(bench *b)
{
    b->folder = b->options.run.dir;
    snprintf(b->saved, sizeof(b->saved), "%s/%s", b->folder, NAME);
    snprintf(b->plain, sizeof(b->plain), "%s/.bench.plain.tmp", b->folder);
    if (b->comm.rank != 0)
        return SIDLE_OK;
    b->is_folder_ours = mkdir(b->folder, 0777) == 0;
    return b->is_folder_ours || errno == EEXIST
               ? SIDLE_OK
               : sidle_posix_fail("make", b->folder);
}

static sidle_status fill_plain(const bench *b, int fd)
{
    char *piece = malloc(PLAIN_PIECE);
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "no memory for a piece of a file");
    memset(piece, 1, PLAIN_PIECE);
    for (int64_t at = 0; at < b->bytes && status == SIDLE_OK;
         at += PLAIN_PIECE) {
        int64_t left = b->bytes - at;

        status = sidle_write_at(fd, at, left < PLAIN_PIECE ? left : PLAIN_PIECE,
                                piece);
    }
    free(piece);
    return status == SIDLE_OK ? SIDLE_OK
                              : sidle_fail_in(status, "'%s'", b->plain);
}

/* Rank 0 alone; the file is gone afterwards. */
static sidle_status write_plain(const bench *b, double *seconds)
{
    double from = sidle_now();
    sidle_status status;
    int fd;

    unlink(b->plain); /* a link under this name is not followed */
    fd = open(b->plain, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return sidle_posix_fail("make", b->plain);
    status = fill_plain(b, fd);
    if (status == SIDLE_OK && fsync(fd) != 0)
        status = sidle_posix_fail("synchronize", b->plain);
    close(fd);
    *seconds = sidle_now() - from;
    unlink(b->plain);
    return status;
}

/* The file is gone afterwards; rank 0 takes its size. */
static sidle_status save(bench *b, sidle_ckpt_mode mode,
                         sidle_ckpt_times *times)
{
    const sidle_ckpt_target target = {b->folder, NAME, mode, times, NULL};
    struct stat info;
    sidle_status status =
        sidle_save_run_to(&b->comm, b->runner, &b->setup, b->identity, &target);

    if (status == SIDLE_OK && b->comm.rank == 0) {
        if (stat(b->saved, &info) != 0)
            status = sidle_posix_fail("find", b->saved);
        else
            b->bytes = info.st_size;
        unlink(b->saved);
    }
    /* Where all failed together rank 0 tells it. */
    return sidle_agree(&b->comm, b->comm.rank == 0 ? status : SIDLE_OK);
}

/* The first save is not counted: it tells how many bytes there are. */
static sidle_status measure(bench *b)
{
    sidle_ckpt_times first;

    SIDLE_TRY(save(b, SIDLE_CKPT_INDEPENDENT, &first));
    for (int turn = 0; turn < TURNS; turn++) {
        sidle_status status = SIDLE_OK;

        if (b->comm.rank == 0)
            status = write_plain(b, &b->plain_seconds[turn]);
        SIDLE_TRY(sidle_agree(&b->comm, status));
        for (int mode = 0; mode < N_MODES; mode++)
            SIDLE_TRY(save(b, (sidle_ckpt_mode)mode, &b->times[mode][turn]));
    }
    return SIDLE_OK;
}

/* ---- telling */

/* Medians: seconds, and how fast it is as a fraction of the plain write. */
typedef struct figures {
    double write, synchronize, both, verify, whole;
    double both_ratio, whole_ratio;
} figures;

enum { WRITE, SYNCHRONIZE, BOTH, VERIFY, WHOLE, BOTH_RATIO, WHOLE_RATIO, N };

static figures figures_of(const bench *b, int mode)
{
    double v[N][TURNS];

    for (int i = 0; i < TURNS; i++) {
        const sidle_ckpt_times *t = &b->times[mode][i];

        v[WRITE][i] = t->write;
        v[SYNCHRONIZE][i] = t->synchronize;
        v[BOTH][i] = t->write + t->synchronize;
        v[VERIFY][i] = t->verify;
        v[WHOLE][i] = t->write + t->synchronize + t->verify + t->commit;
        v[BOTH_RATIO][i] = b->plain_seconds[i] / v[BOTH][i];
        v[WHOLE_RATIO][i] = b->plain_seconds[i] / v[WHOLE][i];
    }
    return (figures){.write = sidle_median(v[WRITE], TURNS),
                     .synchronize = sidle_median(v[SYNCHRONIZE], TURNS),
                     .both = sidle_median(v[BOTH], TURNS),
                     .verify = sidle_median(v[VERIFY], TURNS),
                     .whole = sidle_median(v[WHOLE], TURNS),
                     .both_ratio = sidle_median(v[BOTH_RATIO], TURNS),
                     .whole_ratio = sidle_median(v[WHOLE_RATIO], TURNS)};
}

static void print_words(bench *b)
{
    double mib = (double)b->bytes / 1048576.0;
    double plain = sidle_median(b->plain_seconds, TURNS);

    printf("plain write and fsync: %.4f s, %.0f MiB/s (%.1f MiB, medians of %d "
           "turns, as dd bs=1M conv=fsync)\n",
           plain, mib / plain, mib, TURNS);
    for (int mode = 0; mode < N_MODES; mode++) {
        figures f = figures_of(b, mode);

        printf("%s, %d rank%s: write and fsync %.4f s (%.4f and %.4f), %.2f of "
               "plain\n",
               mode_names[mode], b->comm.size, sidle_plural(b->comm.size),
               f.both, f.write, f.synchronize, f.both_ratio);
        printf("%s: verification %.4f s\n", mode_names[mode], f.verify);
        printf("%s: whole commit %.4f s, %.2f of plain\n", mode_names[mode],
               f.whole, f.whole_ratio);
    }
}

static sidle_status print_json(bench *b)
{
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_int(json, "bytes", b->bytes);
    sidle_json_int(json, "ranks", b->comm.size);
    sidle_json_int(json, "turns", TURNS);
    sidle_json_begin_list(json, "modes");
    for (int mode = 0; mode < N_MODES; mode++) {
        figures f = figures_of(b, mode);

        sidle_json_item(json);
        sidle_json_text(json, "mode", mode_names[mode]);
        sidle_json_real(json, "write_seconds", f.write);
        sidle_json_real(json, "fsync_seconds", f.synchronize);
        sidle_json_real(json, "write_fsync_seconds", f.both);
        sidle_json_real(json, "verify_seconds", f.verify);
        sidle_json_real(json, "commit_seconds", f.whole);
        sidle_json_real(json, "write_fsync_of_plain", f.both_ratio);
        sidle_json_real(json, "commit_of_plain", f.whole_ratio);
    }
    sidle_json_end_list(json);
    sidle_json_real(json, "plain_seconds",
                    sidle_median(b->plain_seconds, TURNS));
    return sidle_json_print(json, stdout);
}

/* ---- the command */

static sidle_status make_runner(bench *b)
{
    sidle_runner_config config = sidle_setup_runner(&b->setup, &b->comm);

    b->setup.plan.eval_every = 0;
    return sidle_runner_new(&config, &b->runner);
}

static sidle_status run(bench *b, const sidle_run_words *said)
{
    SIDLE_TRY(sidle_alike_program(&b->comm, "bench checkpoint"));
    SIDLE_TRY(
        sidle_agree(&b->comm, sidle_uses_bench("checkpoint", said->overrides,
                                               said->n_overrides)));
    SIDLE_TRY(sidle_configure(&b->comm, said, &b->options));
    SIDLE_TRY(sidle_setup_all(&b->comm, &b->options, &b->setup));
    SIDLE_TRY(sidle_memory_check(&b->comm, &b->setup, 0));
    SIDLE_TRY(sidle_agree(&b->comm,
                          b->comm.rank == 0
                              ? sidle_identify_data(&b->options, b->identity)
                              : SIDLE_OK));
    SIDLE_TRY(make_runner(b));
    SIDLE_TRY(sidle_agree(&b->comm, make_folder(b)));
    return measure(b);
}

static sidle_status tell(bench *b, int is_json)
{
    if (b->comm.rank != 0)
        return SIDLE_OK;
    if (is_json)
        return print_json(b);
    print_words(b);
    return SIDLE_OK;
}

int sidle_bench_checkpoint(const sidle_bench_words *words)
{
    bench *b = calloc(1, sizeof(*b));
    sidle_status status;

    SIDLE_CHECK(b != NULL, "no memory");
    status = sidle_comm_open(&b->comm);
    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_log_set_quiet(b->comm.rank != 0);
    status = run(b, &words->run);
    if (status == SIDLE_OK)
        status = tell(b, words->is_json);
    if (b->is_folder_ours)
        rmdir(b->folder);
    sidle_runner_free(b->runner);
    sidle_setup_done(&b->setup);
    sidle_comm_close(&b->comm);
    free(b);
    return status;
}
