/* ckpt_save.c - the commit of a checkpoint, step by step.
 *
 * A save is a row of phases. After each, all ranks agree on its worst status
 * and leave together; nobody goes on into a collective call that another rank
 * will not make. The file bears a temporary name until every rank has read its
 * own data back and has brought it to the disk; so whatever happens, a file
 * with a committed name is whole. Space is kept before the first byte is
 * written. Where a file system cannot keep space, the write of an array is what
 * fails: HDF5's own tables are flushed before, since it does not survive the
 * close of a file whose tables it cannot write. */
#include "io/ckpt_layout.h"
#include "io/space.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct save {
    const sidle_comm *comm; /* NULL: one process without MPI */
    int rank;
    const char *folder;
    char temporary[PATH_MAX], final[PATH_MAX];
    sidle_content content;
    sidle_digest *digests; /* (n_arrays + 1), those of other ranks all zero */
    int fd;                /* of the temporary file, beside HDF5's own */
    hid_t file;            /* -1 when it is not open */
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

static sidle_status posix_fail(const char *what, const char *path)
{
    return sidle_fail(SIDLE_EIO, "cannot %s '%s': %s", what, path,
                      strerror(errno));
}

/* Rank 0 makes the file with plain calls, whose errors are the clearest. */
static sidle_status make_temporary(save *s)
{
    int64_t bytes = sidle_content_bytes(&s->content);

    SIDLE_TRY(sidle_space_check(s->folder, bytes));
    if (s->rank != 0)
        return SIDLE_OK;
    s->fd = open(s->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return s->fd < 0 ? posix_fail("make", s->temporary) : SIDLE_OK;
}

/* A folder that the hosts do not share shows here. */
static sidle_status find_temporary(save *s)
{
    if (s->rank != 0)
        s->fd = open(s->temporary, O_RDWR | O_CLOEXEC);
    return s->fd < 0
               ? posix_fail("find the file that rank 0 made", s->temporary)
               : SIDLE_OK;
}

static hid_t access_list(const save *s)
{
    const sidle_comm *comm = s->comm;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);

    H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, 0, 1);
    /* Big arrays begin at a page, so that they can be mapped. */
    H5Pset_alignment(access, 65536, 4096);
    /* HDF5's tables stand together before the arrays. */
    H5Pset_meta_block_size(access, 2048 * ((hsize_t)s->content.n_arrays + 16));
    /* A small array is written at once, not when its data set is closed. */
    H5Pset_sieve_buf_size(access, 0);
    /* No collective metadata: each rank opens its own data sets only. */
    if (comm != NULL && comm->size > 1)
        H5Pset_fapl_mpio(access, comm->comm, MPI_INFO_NULL);
    return access;
}

static sidle_status create(save *s)
{
    hid_t access = access_list(s);
    sidle_status st = SIDLE_OK;

    s->file = H5Fcreate(s->temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (s->file < 0)
        st = sidle_h5_fail(SIDLE_EIO, "make", s->temporary);
    H5Pclose(access);
    return st;
}

static sidle_status keep_space(save *s)
{
    return s->rank == 0
               ? sidle_space_keep(s->fd, sidle_content_bytes(&s->content))
               : SIDLE_OK;
}

static sidle_status lay_out(save *s)
{
    return sidle_content_lay_out(s->file, &s->content);
}

/* MPI-IO keeps errno to itself; a plain write beyond the end meets it again. */
static void add_reason(save *s)
{
    static const char block[65536];
    off_t end = (off_t)sidle_content_bytes(&s->content);

    for (int i = 0; i < 2; i++)
        if (pwrite(s->fd, block, sizeof(block), end) < 0) {
            sidle_fail(SIDLE_EIO, "%s: %s", sidle_fail_text(), strerror(errno));
            return;
        }
}

static sidle_status write_own(save *s)
{
    sidle_status st =
        sidle_content_write(s->file, &s->content, s->rank, s->digests);

    if (st != SIDLE_OK && s->comm != NULL && s->comm->size > 1)
        add_reason(s);
    return st;
}

/* Each digest has one owner and is zero elsewhere. */
static sidle_status write_integrity(save *s)
{
    size_t bytes = ((size_t)s->content.n_arrays + 1) * sizeof(sidle_digest);

    if (s->comm != NULL && s->comm->size > 1) {
        SIDLE_CHECK(bytes <= INT_MAX, "too many arrays");
        SIDLE_MPI(MPI_Reduce(s->rank == 0 ? MPI_IN_PLACE : s->digests,
                             s->digests, (int)bytes, MPI_BYTE, MPI_BOR, 0,
                             s->comm->comm));
    }
    return s->rank == 0
               ? sidle_content_write_integrity(s->file, &s->content, s->digests)
               : SIDLE_OK;
}

static sidle_status flush(save *s)
{
    return H5Fflush(s->file, H5F_SCOPE_GLOBAL) < 0
               ? sidle_h5_fail(SIDLE_EIO, "flush", s->temporary)
               : SIDLE_OK;
}

static sidle_status close_file(save *s)
{
    hid_t file = s->file;

    s->file = -1;
    return H5Fclose(file) < 0 ? sidle_h5_fail(SIDLE_EIO, "close", s->temporary)
                              : SIDLE_OK;
}

static sidle_status trim(save *s)
{
    return s->rank == 0 ? sidle_space_trim(s->fd) : SIDLE_OK;
}

/* Every rank reads back what it owns. */
static sidle_status check_own(const save *s, const sidle_ckpt *ckpt)
{
    if (s->rank == 0)
        SIDLE_TRY(sidle_ckpt_check(ckpt, SIDLE_CKPT_CONFIG));
    for (int i = 0; i < s->content.n_arrays; i++)
        if (s->content.arrays[i].owner == s->rank)
            SIDLE_TRY(sidle_ckpt_check(ckpt, s->content.arrays[i].path));
    return SIDLE_OK;
}

static sidle_status verify(save *s)
{
    sidle_ckpt *ckpt = NULL;
    sidle_status st = sidle_ckpt_open_as(s->temporary, SIDLE_CKPT_OWN, &ckpt);

    if (st == SIDLE_OK)
        st = check_own(s, ckpt);
    if (st != SIDLE_OK)
        st = sidle_fail_in(SIDLE_EIO, "what was written reads back wrong");
    sidle_ckpt_close(ckpt);
    return st;
}

/* On its own host every rank brings its pages to the disk. */
static sidle_status synchronize(save *s)
{
    return fsync(s->fd) != 0 ? posix_fail("synchronize", s->temporary)
                             : SIDLE_OK;
}

static sidle_status synchronize_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code;

    if (fd < 0)
        return posix_fail("open", folder);
    code = fsync(fd);
    /* Some network file systems have no fsync of a folder. */
    if (code != 0 && errno != EINVAL)
        posix_fail("synchronize", folder);
    else
        code = 0;
    close(fd);
    return code != 0 ? SIDLE_EIO : SIDLE_OK;
}

static sidle_status commit(save *s)
{
    if (s->rank != 0)
        return SIDLE_OK;
    if (rename(s->temporary, s->final) != 0)
        return posix_fail("rename to", s->final);
    return synchronize_folder(s->folder);
}

static sidle_status run_phases(save *s)
{
    static sidle_status (*const phases[])(save *) = {
        make_temporary, find_temporary, create,          keep_space, lay_out,
        flush,          write_own,      write_integrity, flush,      close_file,
        trim,           verify,         synchronize,     commit,
    };

    for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++)
        SIDLE_TRY(leave_together(s, phases[i](s)));
    return SIDLE_OK;
}

/* Ranks may differ in the words of `created`; rank 0's count for all. */
static void take_rank_0s_words(save *s, sidle_ckpt_info *info)
{
    if (s->comm == NULL)
        return;
    SIDLE_MPI(MPI_Bcast(info, (int)sizeof(*info), MPI_BYTE, 0, s->comm->comm));
    SIDLE_MPI(
        MPI_Bcast(&s->content.config_size, 1, MPI_INT64_T, 0, s->comm->comm));
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

static sidle_status name_files(save *s, const char *name)
{
    int n = snprintf(s->temporary, sizeof(s->temporary), "%s/.%s.tmp",
                     s->folder, name);

    snprintf(s->final, sizeof(s->final), "%s/%s", s->folder, name);
    if (n < 0 || (size_t)n >= sizeof(s->temporary)) {
        errno = ENAMETOOLONG;
        return posix_fail("write to", s->folder);
    }
    return SIDLE_OK;
}

/* After a failure nobody leaves before the temporary file is gone. */
static void clean_up(save *s, sidle_status st)
{
    if (s->file >= 0)
        H5Fclose(s->file);
    if (s->fd >= 0 && st != SIDLE_OK && s->rank == 0)
        unlink(s->temporary);
    if (s->fd >= 0)
        close(s->fd);
    if (st != SIDLE_OK && s->comm != NULL)
        SIDLE_MPI(MPI_Barrier(s->comm->comm));
}

sidle_status sidle_ckpt_save(const sidle_comm *comm, const char *folder,
                             const char *name, const sidle_ckpt_info *info,
                             const char *config_yaml, const sidle_array *arrays,
                             int n_arrays)
{
    /* An empty text is one zero byte: a string type has at least one. */
    int64_t config_size =
        config_yaml[0] != '\0' ? (int64_t)strlen(config_yaml) : 1;
    sidle_ckpt_info root = *info;
    save s = {.comm = comm,
              .rank = comm != NULL ? comm->rank : 0,
              .folder = folder,
              .content = {&root, config_yaml, config_size, arrays, n_arrays},
              .digests = calloc((size_t)n_arrays + 1, sizeof(sidle_digest)),
              .fd = -1,
              .file = -1};
    sidle_status st;

    SIDLE_CHECK(s.digests != NULL, "out of memory");
    sidle_h5_quiet();
    check_list(&s);
    take_rank_0s_words(&s, &root);
    st = leave_together(&s, name_files(&s, name));
    if (st == SIDLE_OK)
        st = run_phases(&s);
    clean_up(&s, st);
    free(s.digests);
    return st;
}
