/* damage.c - random flips and truncations of a checkpoint, each read in a
 * process of its own that is timed and measured.
 *
 *   damage FILE FLIPS TRUNCATIONS [SEED]
 *
 * What must hold: a flip in a data set is found (74); any other is found (74 or
 * 65), or everything that can be read is as it was; a file cut off is never
 * taken for good. No case crashes, lasts longer or takes more memory than its
 * bounds. Exit code 0 if all hold, 1 otherwise. */
#include "base/rng.h"
#include "io/ckpt.h"
#include "io/ckpt/found.h"
#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One look costs a process some milliseconds; the rest is for a loaded
 * machine and for sanitizers. Memory counts beyond that of a good file. */
enum { SECONDS_MOST = 60, MIB_MOST = 320 };

/* Of ten flips one hits HDF5's tables and four hit data sets, the others
 * anything; and of so many one at least must have hit a data set, or the drill
 * would say little of checksums. */
enum { DATA_EVERY = 3 };

/* What a case answers besides a status: read without complaint, but not as it
 * was. */
enum { WRONG_BYTES = 1 };

typedef struct drill {
    const char *good;
    char copy[32];
    int fd; /* of the copy */
    unsigned char *bytes;
    int64_t n;
    sidle_findings found;
    sidle_rng rng;
    uint64_t next;
    int n_failed, n_data, codes[256];
    double slowest;
    long most_kib, usual_kib;
} drill;

static void die(const char *what)
{
    fprintf(stderr, "damage: cannot %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t draw(drill *d, int64_t below)
{
    return (int64_t)((double)below * sidle_rng_uniform(d->rng, d->next++));
}

static void write_at(const drill *d, int64_t at, const void *bytes, int64_t n)
{
    if (pwrite(d->fd, bytes, (size_t)n, at) != n)
        die("write the copy");
}

/* ---- in the process of a case */

static size_t bytes_of(const sidle_array *a)
{
    size_t n = a->type == SIDLE_F32 || a->type == SIDLE_I32 ? 4 : 8;

    for (int i = 0; i < a->n_dims; i++)
        n *= (size_t)a->dims[i];
    return n;
}

static int is_same_array(sidle_ckpt *a, sidle_ckpt *b, const sidle_array *array)
{
    size_t n = bytes_of(array);
    char *x = malloc(n + 1), *y = malloc(n + 1);
    int is = x != NULL && y != NULL &&
             sidle_ckpt_read(a, array, x) == SIDLE_OK &&
             sidle_ckpt_read(b, array, y) == SIDLE_OK && memcmp(x, y, n) == 0;

    free(y);
    free(x);
    return is;
}

static int is_same_info(const sidle_ckpt_info *a, const sidle_ckpt_info *b)
{
    return a->step == b->step && a->update == b->update &&
           a->format_version == b->format_version &&
           a->milliseconds == b->milliseconds &&
           strcmp(a->created, b->created) == 0 &&
           strcmp(a->program_version, b->program_version) == 0 &&
           strcmp(a->commit, b->commit) == 0;
}

static int is_same(sidle_ckpt *a, sidle_ckpt *b)
{
    int n_a, n_b;
    const sidle_array *of_a = sidle_ckpt_list(a, &n_a);

    sidle_ckpt_list(b, &n_b);
    if (n_a != n_b || strcmp(sidle_ckpt_config(a), sidle_ckpt_config(b)) != 0 ||
        !is_same_info(sidle_ckpt_get_info(a), sidle_ckpt_get_info(b)))
        return 0;
    for (int i = 0; i < n_a; i++)
        if (!is_same_array(a, b, &of_a[i]))
            return 0;
    return 1;
}

/* As inspect does it: whatever can still be read is read. */
static void salvage(const char *path)
{
    sidle_ckpt *ckpt;
    const sidle_array *arrays;
    int n;

    if (sidle_ckpt_open_as(path, SIDLE_CKPT_SALVAGE, &ckpt) != SIDLE_OK)
        return;
    arrays = sidle_ckpt_list(ckpt, &n);
    for (int i = 0; i < n; i++) {
        void *data = malloc(bytes_of(&arrays[i]) + 1);

        if (data != NULL)
            sidle_ckpt_read(ckpt, &arrays[i], data);
        free(data);
    }
    sidle_ckpt_close(ckpt);
}

static int look(const drill *d)
{
    sidle_status status = sidle_ckpt_verify(d->copy, NULL, NULL);
    sidle_ckpt *a = NULL, *b = NULL;

    salvage(d->copy);
    if (status != SIDLE_OK)
        return (int)status;
    if (sidle_ckpt_open(d->good, &a) != SIDLE_OK ||
        sidle_ckpt_open(d->copy, &b) != SIDLE_OK || !is_same(a, b))
        return WRONG_BYTES;
    sidle_ckpt_close(b);
    sidle_ckpt_close(a);
    return SIDLE_OK;
}

/* ---- one case */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The exit code of a look at the copy; 128 + signal if it was ended. */
static int run(drill *d)
{
    double start = now();
    struct rusage used;
    int code;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(SECONDS_MOST);
        _exit(look(d));
    }
    while (wait4(child, &code, 0, &used) < 0)
        if (errno != EINTR)
            die("wait");
    if (now() - start > d->slowest)
        d->slowest = now() - start;
    if (used.ru_maxrss > d->most_kib)
        d->most_kib = used.ru_maxrss;
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}

static const char *data_set_at(const drill *d, int64_t at)
{
    for (size_t i = 0; i < d->found.n; i++) {
        const sidle_entry *e = &d->found.all[i];

        if (at >= e->offset && at < e->offset + e->bytes)
            return e->array.path;
    }
    return NULL;
}

static void judge(drill *d, const char *what, int64_t at, int is_right,
                  int code)
{
    d->codes[code & 255]++;
    if (is_right)
        return;
    d->n_failed++;
    printf("FAIL: %s %lld ended with %d\n", what, (long long)at, code);
}

static int64_t draw_bit(drill *d, int number)
{
    int is_of_tables = number % 10 == 0, is_of_data = number % 10 >= 6;
    int64_t bit;
    int is_in_set;

    do {
        bit = draw(d, 8 * d->n);
        is_in_set = data_set_at(d, bit / 8) != NULL;
    } while ((is_of_tables && is_in_set) || (is_of_data && !is_in_set));
    return bit;
}

static void flip(drill *d, int number)
{
    int64_t bit = draw_bit(d, number), at = bit / 8;
    unsigned char byte = (unsigned char)(d->bytes[at] ^ (1 << (bit % 8)));
    const char *set = data_set_at(d, at);
    int code;

    write_at(d, at, &byte, 1);
    code = run(d);
    write_at(d, at, &d->bytes[at], 1);
    d->n_data += set != NULL;
    judge(d, set != NULL ? "a flipped bit in a data set," : "the flipped bit",
          bit,
          code == SIDLE_EIO ||
              (set == NULL && (code == SIDLE_EDATA || code == SIDLE_OK)),
          code);
}

static void cut_off(drill *d)
{
    int64_t at = draw(d, d->n);
    int code;

    if (ftruncate(d->fd, at) != 0)
        die("cut the copy off");
    code = run(d);
    write_at(d, at, d->bytes + at, d->n - at);
    judge(d, "the file cut off at byte", at,
          code == SIDLE_EIO || code == SIDLE_EDATA, code);
}

static void begin(drill *d, const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat info;

    d->good = path;
    if (fd < 0 || fstat(fd, &info) != 0)
        die("open the checkpoint");
    d->n = d->found.limit = info.st_size;
    d->bytes = malloc((size_t)d->n);
    if (d->bytes == NULL || pread(fd, d->bytes, (size_t)d->n, 0) != d->n)
        die("read the checkpoint");
    if (sidle_findings_gather(fd, 1, &d->found) != SIDLE_OK)
        die("list the data sets");
    close(fd);
    snprintf(d->copy, sizeof(d->copy), "damaged.h5");
    d->fd = open(d->copy, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (d->fd < 0)
        die("make a copy");
    write_at(d, 0, d->bytes, d->n);
}

static void report(const drill *d, int n_flips, int n_cuts)
{
    printf("%d flips (%d of them in data sets), %d truncations of %lld bytes: "
           "%d x 74, %d x 65, %d x 0 with every byte as it was; %d failed\n",
           n_flips, d->n_data, n_cuts, (long long)d->n, d->codes[SIDLE_EIO],
           d->codes[SIDLE_EDATA], d->codes[SIDLE_OK], d->n_failed);
    printf("the slowest took %.2f s (most: %d), the largest %ld MiB more than "
           "a good file (most: %d)\n",
           d->slowest, SECONDS_MOST, (d->most_kib - d->usual_kib) / 1024,
           MIB_MOST);
}

int main(int argc, char **argv)
{
    drill d = {.rng = {.seed = 1}};
    int n_flips, n_cuts;

    if (argc < 4) {
        fprintf(stderr, "damage FILE FLIPS TRUNCATIONS [SEED]\n");
        return 64;
    }
    n_flips = atoi(argv[2]);
    n_cuts = atoi(argv[3]);
    if (argc > 4)
        d.rng.seed = strtoull(argv[4], NULL, 10);
    d.rng.stream = sidle_rng_stream("damage", 0);
    printf("seed %llu\n", (unsigned long long)d.rng.seed);
    begin(&d, argv[1]);
    judge(&d, "the good file of bytes", d.n, run(&d) == SIDLE_OK, 0);
    d.codes[SIDLE_OK] = 0;
    d.usual_kib = d.most_kib;
    for (int i = 0; i < n_flips; i++)
        flip(&d, i);
    for (int i = 0; i < n_cuts; i++)
        cut_off(&d);
    report(&d, n_flips, n_cuts);
    if (d.n_data * DATA_EVERY < n_flips) {
        printf("FAIL: only %d of %d flips hit data sets\n", d.n_data, n_flips);
        d.n_failed++;
    }
    sidle_findings_done(&d.found);
    free(d.bytes);
    close(d.fd);
    return d.n_failed > 0 || d.slowest > SECONDS_MOST ||
           (d.most_kib - d.usual_kib) / 1024 > MIB_MOST;
}
