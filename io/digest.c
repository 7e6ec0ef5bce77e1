/* digest.c - XXH3-128 of memory and of files. */
#include "io/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { PIECE = 1 << 20 };

static void to_hex(XXH128_hash_t hash, sidle_digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    XXH128_canonical_t bytes;

    XXH128_canonicalFromHash(&bytes, hash);
    for (size_t i = 0; i < sizeof(bytes.digest); i++) {
        digest->hex[2 * i] = digits[bytes.digest[i] >> 4];
        digest->hex[2 * i + 1] = digits[bytes.digest[i] & 15];
    }
    digest->hex[32] = '\0';
}

void sidle_digest_memory(const void *data, size_t n, sidle_digest *digest)
{
    to_hex(XXH3_128bits(data, n), digest);
}

sidle_status sidle_read_at(int fd, int64_t offset, int64_t n, void *out)
{
    char *to = out;

    while (n > 0) {
        ssize_t got = pread(fd, to, n < PIECE ? (size_t)n : PIECE, offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sidle_fail(SIDLE_EIO, "cannot read: %s", strerror(errno));
        if (got == 0)
            return sidle_fail(SIDLE_EIO, "the file ends at byte %lld",
                              (long long)offset);
        to += got;
        offset += got;
        n -= got;
    }
    return SIDLE_OK;
}

sidle_status sidle_digest_range(int fd, int64_t offset, int64_t n,
                                sidle_digest *digest)
{
    XXH3_state_t *state = XXH3_createState();
    void *piece = malloc(PIECE);
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(state != NULL && piece != NULL, "out of memory");
    XXH3_128bits_reset(state);
    while (n > 0 && status == SIDLE_OK) {
        int64_t now = n < PIECE ? n : PIECE;

        status = sidle_read_at(fd, offset, now, piece);
        if (status == SIDLE_OK)
            XXH3_128bits_update(state, piece, (size_t)now);
        offset += now;
        n -= now;
    }
    if (status == SIDLE_OK)
        to_hex(XXH3_128bits_digest(state), digest);
    free(piece);
    XXH3_freeState(state);
    return status;
}

sidle_status sidle_file_digest(const char *path, int64_t *size_p,
                               sidle_digest *digest)
{
    struct stat info = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    sidle_status status = SIDLE_OK;

    if (fd < 0 || fstat(fd, &info) != 0)
        status = sidle_fail(SIDLE_EIO, "cannot open '%s': %s", path,
                            strerror(errno));
    else if (sidle_digest_range(fd, 0, info.st_size, digest) != SIDLE_OK)
        status = sidle_fail_in(SIDLE_EIO, "'%s'", path);
    else
        *size_p = info.st_size;
    if (fd >= 0)
        close(fd);
    return status;
}
