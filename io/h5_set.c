/* h5_set.c - data sets that lie in the open file itself. */
#include "io/h5_set.h"

#include "io/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What makes one file of a name that leads out of it, in h5py. */
#define COPY_IN                                                                \
    "; copy it in, in h5py: f = h5py.File(FILE, \"r+\"); d = f[\"%s\"][:]; "   \
    "del f[\"%s\"]; f[\"%s\"] = d"

/* ---- links */

static sidle_status fail_external(const char *name, const void *value,
                                  size_t size)
{
    const char *file = "?", *object = "?";
    unsigned flags;

    H5Lunpack_elink_val(value, size, &flags, &file, &object);
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' is a link into another file ('%.200s', there "
                      "'%.200s'), which is not followed" COPY_IN,
                      name, file, object, name, name, name);
}

static sidle_status fail_soft(const char *name, const void *value)
{
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' is a soft link to '%.400s', where this file has "
                      "nothing (links into other files are not followed)",
                      name, (const char *)value);
}

/* A link that does not lead to an object of this file. */
static sidle_status fail_link(hid_t file, const char *name,
                              const H5L_info_t *link)
{
    size_t size = link->u.val_size;
    char *value = calloc(1, size + 1);
    sidle_status status = SIDLE_EDATA;

    SIDLE_CHECK(value != NULL, "out of memory");
    if (link->type == H5L_TYPE_EXTERNAL &&
        H5Lget_val(file, name, value, size, H5P_DEFAULT) >= 0)
        status = fail_external(name, value, size);
    else if (link->type == H5L_TYPE_SOFT &&
             H5Lget_val(file, name, value, size, H5P_DEFAULT) >= 0)
        status = fail_soft(name, value);
    else
        status =
            sidle_fail(SIDLE_EDATA, "'/%s' is a link of an unknown kind", name);
    free(value);
    return status;
}

static sidle_status open_object(hid_t file, const char *name, hid_t *object_p)
{
    H5L_info_t link;
    hid_t object = -1;

    if (H5Lexists(file, name, H5P_DEFAULT) <= 0 ||
        H5Lget_info(file, name, &link, H5P_DEFAULT) < 0)
        return sidle_fail(SIDLE_EDATA, "data set '/%s' is missing", name);
    if (link.type == H5L_TYPE_HARD || link.type == H5L_TYPE_SOFT)
        object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0 && link.type == H5L_TYPE_HARD)
        return sidle_h5_fail(SIDLE_EDATA, "open", name);
    if (object < 0)
        return fail_link(file, name, &link);
    *object_p = object;
    return SIDLE_OK;
}

/* ---- what a name leads to */

static sidle_status check_place(hid_t set, const char *name)
{
    hid_t list = H5Dget_create_plist(set);
    int is_virtual = list >= 0 && H5Pget_layout(list) == H5D_VIRTUAL;
    int is_outside = list >= 0 && H5Pget_external_count(list) > 0;

    if (list >= 0)
        H5Pclose(list);
    if (!is_virtual && !is_outside)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' is stored in other files (%s), which are not "
                      "followed; make one file of it: h5repack -l CONTI FILE "
                      "NEW_FILE",
                      name,
                      is_virtual ? "a virtual data set" : "external raw data");
}

sidle_status sidle_h5_open_set(hid_t file, const char *name, hid_t *set_p)
{
    hid_t object = -1;
    H5I_type_t type;
    sidle_status status;

    SIDLE_TRY(open_object(file, name, &object));
    type = H5Iget_type(object);
    status =
        type == H5I_DATASET
            ? check_place(object, name)
            : sidle_fail(SIDLE_EDATA, "'/%s' is %s, expected a data set", name,
                         type == H5I_GROUP ? "a group" : "a named type");
    if (status != SIDLE_OK)
        H5Oclose(object);
    else
        *set_p = object;
    return status;
}

/* ---- filters */

/* As the HDF Group has registered them. */
static const char *name_of_filter(H5Z_filter_t id)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } known[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                 {H5Z_FILTER_SZIP, "szip"},
                 {307, "bzip2"},
                 {32000, "lzf"},
                 {32001, "blosc"},
                 {32004, "lz4"},
                 {32008, "bitshuffle"},
                 {32013, "zfp"},
                 {32015, "zstd"},
                 {32026, "blosc2"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (known[i].id == id)
            return known[i].name;
    return NULL;
}

/* The first filter of a data set that HDF5 cannot undo here, or -1. */
static H5Z_filter_t lacking_filter(hid_t set, char *words, size_t size)
{
    hid_t list = H5Dget_create_plist(set);
    int n = list >= 0 ? H5Pget_nfilters(list) : 0;
    H5Z_filter_t lacks = -1;

    for (int i = 0; i < n && lacks < 0; i++) {
        size_t n_values = 0;
        unsigned flags, config;
        H5Z_filter_t id = H5Pget_filter2(list, (unsigned)i, &flags, &n_values,
                                         NULL, size, words, &config);

        if (id >= 0 && H5Zfilter_avail(id) <= 0)
            lacks = id;
    }
    if (list >= 0)
        H5Pclose(list);
    return lacks;
}

sidle_status sidle_h5_read_fail(hid_t set, const char *name)
{
    char words[64] = "";
    sidle_status status = sidle_h5_fail(SIDLE_EIO, "read data set", name);
    H5Z_filter_t id = lacking_filter(set, words, sizeof(words));

    if (id < 0)
        return status;
    words[sizeof(words) - 1] = '\0';
    if (name_of_filter(id) != NULL)
        snprintf(words, sizeof(words), "%s", name_of_filter(id));
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' is compressed by filter %d (%s), which HDF5 lacks "
                      "here, and h5repack too; write it with gzip "
                      "(compression=\"gzip\" in h5py), or set HDF5_PLUGIN_PATH "
                      "to the folder of the filter's plugin",
                      name, (int)id, words[0] != '\0' ? words : "no name");
}
