/* save.c - the commit of a checkpoint, step by step.
 *
 * A save is a row of phases. After each, all ranks agree on its worst status
 * and leave together; nobody goes on into a collective call that another rank
 * will not make. The file bears a temporary name until it is on the disk and
 * every rank has read back what it wrote; so whatever happens, a file with a
 * committed name is whole. Space is kept before the first byte is written.
 * Where a file system cannot keep space, the write of an array is what fails.
 * HDF5 makes its tables in memory and never sees the file that is written. */
#include "io/bytes.h"
#include "io/ckpt/inside.h"
#include "io/ckpt/layout.h"
#include "io/ckpt/write.h"
#include "io/space.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct save {
    const sidle_comm *comm; /* NULL: one process without MPI */
    int rank, is_writer;    /* whether this rank touches the file */
    const sidle_dir *folder;
    sidle_ckpt_mode mode;
    const char *name;
    char temporary_name[NAME_MAX + 1];
    char temporary[PATH_MAX], final[PATH_MAX]; /* paths, for messages */
    sidle_content content;
    sidle_layout layout;
    sidle_digest *digests; /* (n_arrays + 1), those of other ranks all zero */
    int fd;                /* of the temporary file */
} save;

/* As sidle_agree(), but silent, and every rank gets the sentence. */
static sidle_status leave_together(const save *s, sidle_status mine)
{
    struct {
        int status, rank;
    } in = {mine, s->rank}, worst;
    char text[2048] = "";

    if (s->comm == NULL)
        return mine;
    sidle_meet(s->comm);
    SIDLE_MPI(
        MPI_Allreduce(&in, &worst, 1, MPI_2INT, MPI_MAXLOC, s->comm->comm));
    if (worst.status == SIDLE_OK)
        return SIDLE_OK;
    if (worst.rank == s->rank) {
        if (s->comm->size > 1)
            sidle_fail_in(mine, "rank %d on %s", s->rank, s->comm->host);
        snprintf(text, sizeof(text), "%s", sidle_fail_text());
    }
    SIDLE_MPI(MPI_Bcast(text, (int)sizeof(text), MPI_CHAR, worst.rank,
                        s->comm->comm));
    return sidle_fail((sidle_status)worst.status, "%s", text);
}

static int is_alone(const save *s)
{
    return s->comm == NULL || s->comm->size == 1;
}

static sidle_status lay_out(save *s)
{
    return s->rank == 0 ? sidle_layout_make(&s->content, &s->layout) : SIDLE_OK;
}

/* Everybody learns where everything lies. */
static sidle_status tell_layout(save *s)
{
    if (is_alone(s))
        return SIDLE_OK;
    SIDLE_MPI(MPI_Bcast(&s->layout.size, 1, MPI_INT64_T, 0, s->comm->comm));
    SIDLE_MPI(MPI_Bcast(s->layout.offsets, s->content.n_arrays + 4, MPI_INT64_T,
                        0, s->comm->comm));
    return SIDLE_OK;
}

/* A name that leads to another file of the user's is taken, not followed. */
static sidle_status make_temporary(save *s)
{
    if (!s->is_writer)
        return SIDLE_OK;
    SIDLE_TRY(sidle_dir_check(s->folder));
    if (sidle_dir_is_gone(s->folder))
        return sidle_fail(SIDLE_EIO,
                          "cannot write to '%s': the folder was removed",
                          s->folder->path);
    SIDLE_TRY(sidle_space_check(s->folder, s->layout.size));
    return s->rank == 0 ? sidle_dir_file(s->folder, s->temporary_name,
                                         O_RDWR | O_CREAT | O_EXCL, &s->fd)
                        : SIDLE_OK;
}

/* A folder that the hosts do not share shows here. */
static sidle_status find_temporary(save *s)
{
    if (!s->is_writer || s->rank == 0)
        return SIDLE_OK;
    SIDLE_TRY(sidle_dir_file(s->folder, s->temporary_name, O_RDWR, &s->fd));
    /* A missing name is no failure there: its reason is given here. */
    errno = ENOENT;
    return s->fd < 0 ? sidle_posix_fail("find the file that rank 0 made",
                                        s->temporary)
                     : SIDLE_OK;
}

static sidle_status keep_space(save *s)
{
    if (s->rank != 0)
        return SIDLE_OK;
    SIDLE_TRY(sidle_space_keep(s->fd, s->layout.size));
    return ftruncate(s->fd, (off_t)s->layout.size) != 0
               ? sidle_posix_fail("enlarge", s->temporary)
               : SIDLE_OK;
}

static sidle_status write_set(const save *s, int set, const char *path,
                              int64_t bytes, const void *data)
{
    return sidle_write_at(s->fd, s->layout.offsets[set], bytes, data) !=
                   SIDLE_OK
               ? sidle_fail_in(SIDLE_EIO, "'%s' of '%s'", path, s->temporary)
               : SIDLE_OK;
}

static sidle_status write_tables(save *s)
{
    if (s->rank != 0)
        return SIDLE_OK;
    if (sidle_write_at(s->fd, 0, s->layout.tables_size, s->layout.tables) !=
        SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", s->temporary);
    return write_set(s, 0, SIDLE_CKPT_CONFIG, s->content.config_size,
                     s->content.config);
}

static sidle_writing writing_of(const save *s)
{
    return (sidle_writing){s->comm,    s->rank,      &s->content,
                           &s->layout, s->temporary, s->fd};
}

static sidle_status write_arrays(save *s)
{
    sidle_writing w = writing_of(s);

    if (s->comm != NULL && s->mode == SIDLE_CKPT_COLLECTIVE)
        return sidle_write_collective(&w);
    if (s->comm != NULL && s->mode == SIDLE_CKPT_FUNNEL)
        return sidle_write_funnel(&w);
    return sidle_write_independent(&w);
}

/* Of what lies in memory: what is read back is held against it. */
static sidle_status take_digests(save *s)
{
    if (s->rank == 0)
        sidle_digest_memory(s->content.config, (size_t)s->content.config_size,
                            &s->digests[0]);
    for (int i = 0; i < s->content.n_arrays; i++) {
        const sidle_array *a = &s->content.arrays[i];

        if (a->owner == s->rank)
            sidle_digest_memory(a->data, (size_t)sidle_array_bytes(a),
                                &s->digests[i + 1]);
    }
    return SIDLE_OK;
}

/* Each digest has one owner and is zero elsewhere. */
static sidle_status gather_digests(save *s)
{
    size_t bytes = ((size_t)s->content.n_arrays + 1) * sizeof(sidle_digest);

    if (is_alone(s))
        return SIDLE_OK;
    SIDLE_CHECK(bytes <= INT_MAX, "too many arrays");
    SIDLE_MPI(MPI_Reduce(s->rank == 0 ? MPI_IN_PLACE : s->digests, s->digests,
                         (int)bytes, MPI_BYTE, MPI_BOR, 0, s->comm->comm));
    return SIDLE_OK;
}

static sidle_status write_integrity(save *s)
{
    static const char *const paths[3] = {SIDLE_CKPT_PATHS, SIDLE_CKPT_BYTES,
                                         SIDLE_CKPT_DIGESTS};
    sidle_status status = SIDLE_OK;
    sidle_columns c;

    if (s->rank != 0)
        return SIDLE_OK;
    sidle_columns_new(&s->content, s->digests, &c);
    for (int i = 0; i < 3 && status == SIDLE_OK; i++)
        status = write_set(s, s->content.n_arrays + 1 + i, paths[i], c.bytes[i],
                           c.column[i]);
    sidle_columns_done(&c);
    return status;
}

/* On its own host every rank brings its pages to the disk. */
static sidle_status synchronize(save *s)
{
    return s->is_writer && fsync(s->fd) != 0
               ? sidle_posix_fail("synchronize", s->temporary)
               : SIDLE_OK;
}

/* As a reader finds it: rank 0 opens the file by HDF5. */
static sidle_status check_structure(const save *s)
{
    sidle_ckpt *ckpt = NULL;
    sidle_status status = sidle_ckpt_open_own(s->fd, s->temporary, &ckpt);

    if (status == SIDLE_OK)
        status = sidle_ckpt_check(ckpt, SIDLE_CKPT_CONFIG);
    sidle_ckpt_close(ckpt);
    return status;
}

static sidle_status check_array(const save *s, int i)
{
    const sidle_array *a = &s->content.arrays[i];
    sidle_digest found;

    if (sidle_digest_range(s->fd, s->layout.offsets[i + 1],
                           sidle_array_bytes(a), &found) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s' of '%s'", a->path, s->temporary);
    return strcmp(found.hex, s->digests[i + 1].hex) != 0
               ? sidle_fail(
                     SIDLE_EIO, "'%s' of '%s': its checksum is %s, expected %s",
                     a->path, s->temporary, found.hex, s->digests[i + 1].hex)
               : SIDLE_OK;
}

/* Every rank reads back what it wrote. */
static sidle_status verify(save *s)
{
    sidle_status status = s->rank == 0 ? check_structure(s) : SIDLE_OK;
    int is_funnel = s->mode == SIDLE_CKPT_FUNNEL;

    for (int i = 0; i < s->content.n_arrays && status == SIDLE_OK; i++)
        /* Whoever wrote an array has it open. */
        if (is_funnel ? s->rank == 0 : s->content.arrays[i].owner == s->rank)
            status = check_array(s, i);
    if (status == SIDLE_OK)
        return SIDLE_OK;
    sidle_fail_in(SIDLE_EIO, "what was written reads back wrong");
    if (s->mode == SIDLE_CKPT_COLLECTIVE) {
        sidle_writing w = writing_of(s);

        /* MPI-IO may keep a short write to itself. */
        sidle_write_add_reason(&w);
    }
    return SIDLE_EIO;
}

static sidle_status commit(save *s)
{
    if (s->rank != 0)
        return SIDLE_OK;
    if (renameat(s->folder->fd, s->temporary_name, s->folder->fd, s->name) != 0)
        return sidle_posix_fail("rename to", s->final);
    /* Its name is there: whoever looks now finds it, and it is whole. */
    if (sidle_dir_synchronize(s->folder) != SIDLE_OK)
        sidle_warn("'%s' is saved, but may not survive a power failure: %s",
                   s->final, sidle_fail_text());
    return SIDLE_OK;
}

typedef struct phase {
    sidle_status (*run)(save *);
    size_t account; /* where its seconds go */
} phase;

#define TIME(member) offsetof(sidle_ckpt_times, member)

static sidle_status run_phases(save *s, sidle_ckpt_times *times)
{
    static const phase phases[] = {
        {lay_out, TIME(write)},           {tell_layout, TIME(write)},
        {make_temporary, TIME(write)},    {find_temporary, TIME(write)},
        {keep_space, TIME(write)},        {write_tables, TIME(write)},
        {write_arrays, TIME(write)},      {take_digests, TIME(write)},
        {gather_digests, TIME(write)},    {write_integrity, TIME(write)},
        {synchronize, TIME(synchronize)}, {verify, TIME(verify)},
        {commit, TIME(commit)},
    };
    double from = sidle_now(), to;

    for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++) {
        SIDLE_TRY(leave_together(s, phases[i].run(s)));
        to = sidle_now();
        *(double *)((char *)times + phases[i].account) += to - from;
        from = to;
    }
    return SIDLE_OK;
}

static void check_list(const save *s)
{
    int size = s->comm != NULL ? s->comm->size : 1;

    for (int i = 0; i < s->content.n_arrays; i++) {
        const sidle_array *a = &s->content.arrays[i];
        int is_mine = a->owner == s->rank && sidle_array_bytes(a) > 0;

        SIDLE_CHECK(sidle_dtype_h5(a->type) >= 0 && a->path[0] == '/' &&
                        a->n_dims >= 1 && a->n_dims <= 4 && a->owner >= 0 &&
                        a->owner < size && (!is_mine || a->data != NULL),
                    "array '%s' of a checkpoint is not as ckpt.h says",
                    a->path);
    }
}

/* Others may write all of it while this rank waits for them, and read it. */
static double bytes_to_wait_for(const save *s)
{
    double bytes = 0.0;

    for (int i = 0; i < s->content.n_arrays; i++)
        bytes += (double)sidle_array_bytes(&s->content.arrays[i]);
    return 2.0 * bytes;
}

static sidle_status name_files(save *s)
{
    const char *folder = s->folder->path;
    int n = snprintf(s->temporary, sizeof(s->temporary), "%s/.%s.tmp", folder,
                     s->name);

    snprintf(s->final, sizeof(s->final), "%s/%s", folder, s->name);
    if (n < 0 || (size_t)n >= sizeof(s->temporary) ||
        strlen(s->name) + 6 > sizeof(s->temporary_name)) {
        errno = ENAMETOOLONG;
        return sidle_posix_fail("write to", folder);
    }
    snprintf(s->temporary_name, sizeof(s->temporary_name), ".%.*s.tmp",
             NAME_MAX - 6, s->name);
    return SIDLE_OK;
}

/* After a failure nobody leaves before the temporary file is gone. */
static void clean_up(save *s, sidle_status status)
{
    if (s->fd >= 0 && status != SIDLE_OK && s->rank == 0)
        unlinkat(s->folder->fd, s->temporary_name, 0);
    if (s->fd >= 0)
        close(s->fd);
    sidle_layout_done(&s->layout);
    free(s->digests);
    if (status != SIDLE_OK && s->comm != NULL)
        SIDLE_MPI(MPI_Barrier(s->comm->comm));
}

/* A rank that does not write may have been told none. */
static sidle_dir *open_folder(const sidle_ckpt_target *target)
{
    return sidle_dir_open(target->folder != NULL ? target->folder : "");
}

sidle_status sidle_ckpt_save_to(const sidle_comm *comm,
                                const sidle_ckpt_target *target,
                                const sidle_ckpt_info *info,
                                const char *config_yaml,
                                const sidle_array *arrays, int n_arrays)
{
    /* An empty text is one zero byte: a string type has at least one. */
    int64_t config_size =
        config_yaml[0] != '\0' ? (int64_t)strlen(config_yaml) : 1;
    int rank = comm != NULL ? comm->rank : 0;
    sidle_dir *opened = target->at == NULL ? open_folder(target) : NULL;
    save s = {.comm = comm,
              .rank = rank,
              .is_writer = rank == 0 || target->mode != SIDLE_CKPT_FUNNEL,
              .folder = opened != NULL ? opened : target->at,
              .name = target->name,
              .mode = target->mode,
              .content = {info, config_yaml, config_size, arrays, n_arrays},
              .digests = calloc((size_t)n_arrays + 1, sizeof(sidle_digest)),
              .fd = -1};
    sidle_ckpt_times times = {0};
    sidle_status status;

    SIDLE_CHECK(s.digests != NULL, "out of memory");
    sidle_h5_quiet();
    check_list(&s);
    sidle_layout_new(n_arrays, &s.layout);
    sidle_patience_for("a save", bytes_to_wait_for(&s));
    status = leave_together(&s, name_files(&s));
    if (status == SIDLE_OK)
        status = run_phases(&s, &times);
    clean_up(&s, status);
    sidle_dir_close(opened);
    sidle_patience_for("the run", 0.0);
    if (status == SIDLE_OK && target->times != NULL)
        *target->times = times;
    return status;
}

sidle_status sidle_ckpt_save(const sidle_comm *comm, const char *folder,
                             const char *name, const sidle_ckpt_info *info,
                             const char *config_yaml, const sidle_array *arrays,
                             int n_arrays)
{
    const sidle_ckpt_target target = {.folder = folder, .name = name};

    return sidle_ckpt_save_to(comm, &target, info, config_yaml, arrays,
                              n_arrays);
}
