/* h5.c - HDF5 without its noise. */
#include "io/h5.h"

#include "io/h5_bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "files are written byte for byte as memory is");

void sidle_h5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* The reason, looked for from the innermost line outwards. */
typedef struct reason {
    char text[512];
    int has_errno;
} reason;

/* HDF5 quotes errno's words. */
static herr_t look_for_reason(unsigned n, const H5E_error2_t *line, void *out)
{
    static const char mark[] = "error message = '";
    reason *r = out;
    const char *desc = line->desc != NULL ? line->desc : "";
    const char *at = strstr(desc, mark);

    if (at != NULL && !r->has_errno) {
        at += strlen(mark);
        snprintf(r->text, sizeof(r->text), "%.*s", (int)strcspn(at, "'"), at);
        r->has_errno = 1;
    }
    if (n == 0 && !r->has_errno)
        snprintf(r->text, sizeof(r->text), "%s", desc);
    return 0;
}

sidle_status sidle_h5_fail(sidle_status status, const char *what,
                           const char *name)
{
    reason r = {.text = "no reason given"};

    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look_for_reason, &r);
    return sidle_fail(status, "cannot %s '%s': %s", what, name, r.text);
}

/* At the start, or behind a user block of 512 bytes or a larger power of 2:
 * where HDF5 itself looks. */
static int64_t next_place(int64_t at)
{
    return at == 0 ? 512 : 2 * at;
}

sidle_status sidle_h5_check_signature(int fd)
{
    static const unsigned char signature[8] = "\x89HDF\r\n\x1a\n";
    unsigned char found[8];

    for (int64_t at = 0; at < INT64_MAX / 4; at = next_place(at)) {
        ssize_t n = pread(fd, found, sizeof(found), at);

        if (n < 0)
            return sidle_fail(SIDLE_EIO, "cannot be read: %s",
                              errno == ESPIPE
                                  ? "it is a pipe, expected a regular file"
                                  : strerror(errno));
        if (n == 8 && memcmp(found, signature, 8) == 0)
            return SIDLE_OK;
        if (n < 8)
            break;
    }
    return sidle_fail(SIDLE_EDATA,
                      "it is not an HDF5 file: HDF5's signature is neither "
                      "at its start nor after a user block");
}

sidle_status sidle_h5_open_fd(int fd, hid_t *file_p)
{
    hid_t access, file;

    sidle_h5_quiet();
    SIDLE_TRY(sidle_h5_check_signature(fd));
    access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    file = sidle_h5_set_bytes(access, fd);
    if (file >= 0)
        file = H5Fopen(SIDLE_H5_BYTES_NAME, H5F_ACC_RDONLY, access);
    if (file < 0)
        sidle_h5_fail(SIDLE_EDATA, "read", "superblock");
    H5Pclose(access);
    if (file < 0)
        return SIDLE_EDATA;
    *file_p = file;
    return SIDLE_OK;
}

int sidle_h5_has(hid_t object, const char *name)
{
    return H5Aexists(object, name) > 0;
}

/* One element of the given class, or why not. */
static sidle_status open_attribute(hid_t object, const char *name,
                                   H5T_class_t wanted, hid_t *attr_p,
                                   hid_t *type_p)
{
    const char *kind = wanted == H5T_STRING ? "a string" : "an integer";
    hid_t attr = -1, type = -1, space = -1;
    hssize_t n = 0;

    if (sidle_h5_has(object, name))
        attr = H5Aopen(object, name, H5P_DEFAULT);
    if (attr < 0)
        return sidle_fail(SIDLE_EDATA, "attribute '%s' is missing", name);
    type = H5Aget_type(attr);
    space = H5Aget_space(attr);
    if (space >= 0) {
        n = H5Sget_simple_extent_npoints(space);
        H5Sclose(space);
    }
    if (type < 0 || H5Tget_class(type) != wanted || n != 1) {
        if (type >= 0)
            H5Tclose(type);
        H5Aclose(attr);
        return sidle_fail(SIDLE_EDATA, "attribute '%s' is not %s", name, kind);
    }
    *attr_p = attr;
    *type_p = type;
    return SIDLE_OK;
}

/* HDF5 converts between string types of one kind only. */
static int read_variable(hid_t attr, hid_t type, char *out, size_t size)
{
    char *text = NULL;
    int is_read =
        H5Aread(attr, type, &text) >= 0 && text != NULL && strlen(text) < size;

    if (is_read)
        memcpy(out, text, strlen(text) + 1);
    H5free_memory(text);
    return is_read;
}

static int read_fixed(hid_t attr, hid_t type, char *out, size_t size)
{
    char text[4096];
    size_t n = H5Tget_size(type);

    if (n >= sizeof(text) || H5Aread(attr, type, text) < 0)
        return 0;
    text[n] = '\0';
    n = strlen(text);
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
        for (; n > 0 && text[n - 1] == ' '; n--)
            text[n - 1] = '\0';
    if (n >= size)
        return 0;
    memcpy(out, text, n + 1);
    return 1;
}

sidle_status sidle_h5_read_text(hid_t object, const char *name, char *out,
                                size_t size)
{
    hid_t attr = H5I_INVALID_HID, type = H5I_INVALID_HID;
    int is_read;

    SIDLE_TRY(open_attribute(object, name, H5T_STRING, &attr, &type));
    is_read = H5Tis_variable_str(type) > 0
                  ? read_variable(attr, type, out, size)
                  : read_fixed(attr, type, out, size);
    H5Tclose(type);
    H5Aclose(attr);
    if (!is_read)
        return sidle_fail(SIDLE_EDATA,
                          "attribute '%s' is not a string of less than %zu "
                          "bytes",
                          name, size);
    return SIDLE_OK;
}

sidle_status sidle_h5_read_int(hid_t object, const char *name, int64_t *out)
{
    hid_t attr = H5I_INVALID_HID, type = H5I_INVALID_HID;
    int64_t value = 0;
    herr_t code;

    SIDLE_TRY(open_attribute(object, name, H5T_INTEGER, &attr, &type));
    code = H5Aread(attr, H5T_NATIVE_INT64, &value);
    if (code < 0)
        sidle_h5_fail(SIDLE_EDATA, "read attribute", name);
    else
        *out = value;
    H5Tclose(type);
    H5Aclose(attr);
    return code < 0 ? SIDLE_EDATA : SIDLE_OK;
}

sidle_status sidle_h5_read_format(hid_t file, const char *format, int newest,
                                  int *version_p)
{
    char found[64];
    int64_t version;

    SIDLE_TRY(sidle_h5_read_text(file, "format", found, sizeof(found)));
    if (strcmp(found, format) != 0)
        return sidle_fail(SIDLE_EDATA,
                          "attribute 'format' is '%s', expected '%s'", found,
                          format);
    SIDLE_TRY(sidle_h5_read_int(file, "format_version", &version));
    if (version < 1 || version > newest)
        return sidle_fail(SIDLE_EDATA,
                          "format_version is %lld, this program reads 1 to "
                          "%d; use the version of sidle that wrote it, or a "
                          "newer one",
                          (long long)version, newest);
    if (version_p != NULL)
        *version_p = (int)version;
    return SIDLE_OK;
}

/* 25 frames a second are written as 25 and as 25.0. */
sidle_status sidle_h5_read_real(hid_t object, const char *name, double *out)
{
    hid_t attr = H5I_INVALID_HID, type = H5I_INVALID_HID;
    double value = 0.0;
    sidle_status status = SIDLE_OK;

    if (open_attribute(object, name, H5T_FLOAT, &attr, &type) != SIDLE_OK &&
        open_attribute(object, name, H5T_INTEGER, &attr, &type) != SIDLE_OK)
        return sidle_fail(SIDLE_EDATA,
                          "attribute '%s' is missing or not one number", name);
    if (H5Aread(attr, H5T_NATIVE_DOUBLE, &value) < 0)
        status = sidle_h5_fail(SIDLE_EDATA, "read attribute", name);
    else
        *out = value;
    H5Tclose(type);
    H5Aclose(attr);
    return status;
}

hid_t sidle_h5_text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, size > 0 ? size : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* Ends `space`. */
static sidle_status write_attribute(hid_t object, const char *name, hid_t type,
                                    hid_t space, const void *value)
{
    hid_t attr =
        H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    sidle_status status = SIDLE_OK;

    if (attr < 0 || H5Awrite(attr, type, value) < 0)
        status = sidle_h5_fail(SIDLE_EIO, "write attribute", name);
    if (attr >= 0)
        H5Aclose(attr);
    H5Sclose(space);
    return status;
}

sidle_status sidle_h5_write_text(hid_t object, const char *name,
                                 const char *text)
{
    hid_t type = sidle_h5_text_type(strlen(text));
    sidle_status status =
        write_attribute(object, name, type, H5Screate(H5S_SCALAR), text);

    H5Tclose(type);
    return status;
}

sidle_status sidle_h5_write_int(hid_t object, const char *name, int64_t value)
{
    return write_attribute(object, name, H5T_STD_I64LE, H5Screate(H5S_SCALAR),
                           &value);
}

sidle_status sidle_h5_write_texts(hid_t object, const char *name,
                                  const char *const *texts, int64_t n)
{
    const hsize_t extent = (hsize_t)n;
    size_t longest = 1;
    char *column;
    sidle_status status;
    hid_t type;

    for (int64_t i = 0; i < n; i++)
        longest =
            strlen(texts[i]) + 1 > longest ? strlen(texts[i]) + 1 : longest;
    column = calloc((size_t)n + 1, longest);
    SIDLE_CHECK(column != NULL, "no memory for an attribute");
    for (int64_t i = 0; i < n; i++)
        memcpy(column + (size_t)i * longest, texts[i], strlen(texts[i]));
    type = sidle_h5_text_type(longest);
    H5Tset_strpad(type, H5T_STR_NULLTERM); /* h5dump shows other zeros */
    status = write_attribute(object, name, type,
                             H5Screate_simple(1, &extent, NULL), column);
    H5Tclose(type);
    free(column);
    return status;
}
