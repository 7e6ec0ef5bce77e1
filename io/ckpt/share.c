/* share.c - what rank 0 found in a checkpoint, given to all ranks.
 *
 * HDF5 looks into a file once, in one child process of one rank. What it found
 * is small and travels: the places of all data sets, their checksums, the
 * configuration. With these a rank reads bytes by plain calls, or asks rank 0
 * for them (read_all.c). */
#include "io/ckpt/inside.h"
#include "io/spread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

typedef struct parcel {
    int64_t limit, n_entries, config_size, path_size;
    sidle_root root;
    int is_trusted;
} parcel;

static void fill_parcel(const sidle_ckpt *ckpt, parcel *p)
{
    memset(p, 0, sizeof(*p));
    p->limit = ckpt->found.limit;
    p->n_entries = (int64_t)ckpt->found.n;
    p->config_size = (int64_t)strlen(ckpt->config);
    p->path_size = (int64_t)strlen(ckpt->path);
    p->root = ckpt->found.root;
    p->is_trusted = ckpt->is_trusted;
}

/* Rank 0's to all; a fresh one of the other ranks has no file open yet. */
static void share_findings(const sidle_comm *comm, sidle_ckpt *ckpt)
{
    parcel p;

    if (comm->rank == 0)
        fill_parcel(ckpt, &p);
    sidle_spread(comm, &p, sizeof(p));
    sidle_spread_new(comm, (void **)&ckpt->path, p.path_size);
    sidle_spread_new(comm, (void **)&ckpt->config, p.config_size);
    sidle_spread_new(comm, (void **)&ckpt->found.all,
                     p.n_entries * (int64_t)sizeof(*ckpt->found.all));
    if (comm->rank == 0)
        return;
    ckpt->found.n = (size_t)p.n_entries;
    ckpt->found.limit = p.limit;
    ckpt->found.root = p.root;
    ckpt->is_trusted = p.is_trusted;
    sidle_ckpt_make_list(ckpt);
}

/* The file that rank 0 looked into: of the same size at least. */
static sidle_status open_own_bytes(sidle_ckpt *ckpt)
{
    struct stat info;

    ckpt->fd = open(ckpt->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (ckpt->fd < 0 || fstat(ckpt->fd, &info) != 0)
        return sidle_fail(SIDLE_EIO,
                          "'%s': cannot be opened: %s; where only rank 0 sees "
                          "the file, set checkpoint.mode=funnel",
                          ckpt->path, strerror(errno));
    if (info.st_size != ckpt->found.limit)
        return sidle_fail(SIDLE_EIO,
                          "'%s' has %lld bytes here, but %lld on rank 0: it "
                          "is another file; see to it that all ranks see the "
                          "same folder, or set checkpoint.mode=funnel",
                          ckpt->path, (long long)info.st_size,
                          (long long)ckpt->found.limit);
    return SIDLE_OK;
}

sidle_status sidle_ckpt_share(const sidle_comm *comm, sidle_ckpt_mode mode,
                              sidle_ckpt **ckpt_p)
{
    sidle_status status = SIDLE_OK;

    if (comm->rank != 0)
        *ckpt_p = sidle_ckpt_new();
    share_findings(comm, *ckpt_p);
    (*ckpt_p)->is_funnel = mode == SIDLE_CKPT_FUNNEL;
    if (comm->rank != 0 && mode != SIDLE_CKPT_FUNNEL)
        status = open_own_bytes(*ckpt_p);
    return sidle_agree(comm, status);
}
