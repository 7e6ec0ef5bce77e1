/* entry.c - the bytes of one data set, held against their checksum. */
#include "io/ckpt/inside.h"

#include <string.h>

static sidle_status wrong_digest(const sidle_entry *e,
                                 const sidle_digest *found)
{
    if (!e->is_listed)
        return sidle_fail(SIDLE_EIO, "'%s' has no checksum", e->array.path);
    return sidle_fail(SIDLE_EIO,
                      "'%s' is damaged: its checksum is %s, expected %.32s",
                      e->array.path, found->hex, e->digest.hex);
}

sidle_status sidle_ckpt_check_bytes(const sidle_ckpt *ckpt,
                                    const sidle_entry *e, const void *bytes)
{
    sidle_digest found;

    if (ckpt->is_trusted)
        return SIDLE_OK;
    sidle_digest_memory(bytes, (size_t)e->bytes, &found);
    return memcmp(found.hex, e->digest.hex, SIDLE_CKPT_HEX_SIZE) != 0
               ? wrong_digest(e, &found)
               : SIDLE_OK;
}

sidle_status sidle_ckpt_read_entry(const sidle_ckpt *ckpt, const sidle_entry *e,
                                   void *out)
{
    SIDLE_CHECK(ckpt->fd >= 0, "'%s' is open on rank 0 only", ckpt->path);
    if (sidle_read_at(ckpt->fd, e->offset, e->bytes, out) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", e->array.path);
    return sidle_ckpt_check_bytes(ckpt, e, out);
}

sidle_status sidle_ckpt_check_entry(const sidle_ckpt *ckpt,
                                    const sidle_entry *e)
{
    sidle_digest found;

    if (sidle_digest_range(ckpt->fd, e->offset, e->bytes, &found) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", e->array.path);
    return memcmp(found.hex, e->digest.hex, SIDLE_CKPT_HEX_SIZE) != 0
               ? wrong_digest(e, &found)
               : SIDLE_OK;
}
