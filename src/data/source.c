/* source.c - a source meets the fields that a model reads. */
#include "data/source.h"

#include "base/text.h"

#include <string.h>

/* "frames (real, (32, 32, 3))" */
static void print_field(const sidle_field *field, char *out, size_t size)
{
    char shape[64];

    sidle_shape_print(&field->shape, shape, sizeof(shape));
    sidle_text_format(out, size, "'%s' of shape %s, %s", field->name, shape,
                      field->type == 'i' ? "integers" : "reals");
}

static void print_offer(const sidle_source *source, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < source->n_fields && used + 1 < size; i++) {
        if (i > 0)
            sidle_text_format(out + used, size - used, "; ");
        used = strlen(out);
        print_field(&source->fields[i], out + used, size - used);
        used = strlen(out);
    }
}

static sidle_status fail_field(const sidle_source *source,
                               const sidle_field *wanted)
{
    char reads[128], offers[512];

    print_field(wanted, reads, sizeof(reads));
    print_offer(source, offers, sizeof(offers));
    return sidle_fail(SIDLE_EUSAGE,
                      "the model reads %s, but the data have %s; change the "
                      "layers or the data",
                      reads, offers);
}

sidle_status sidle_source_bind(sidle_source *source, const sidle_field *wanted,
                               int n_wanted)
{
    int place[SIDLE_MAX_FIELDS];

    SIDLE_CHECK(n_wanted <= SIDLE_MAX_FIELDS, "%d fields", n_wanted);
    for (int i = 0; i < n_wanted; i++) {
        const sidle_field *has;

        place[i] =
            sidle_field_find(source->fields, source->n_fields, wanted[i].name);
        if (place[i] < 0)
            return fail_field(source, &wanted[i]);
        has = &source->fields[place[i]];
        if (has->type != wanted[i].type ||
            !sidle_shape_equal(&has->shape, &wanted[i].shape))
            return fail_field(source, &wanted[i]);
    }
    /* All or nothing: a source that does not fit stays as it was. */
    memcpy(source->place, place, sizeof(place));
    source->n_bound = n_wanted;
    return SIDLE_OK;
}

/* With the fields in the source's order. */
static sidle_batch own_order(const sidle_source *source,
                             const sidle_batch *batch)
{
    sidle_batch own = *batch;

    memset(own.fields, 0, sizeof(own.fields));
    for (int i = 0; i < source->n_bound; i++)
        own.fields[source->place[i]] = batch->fields[i];
    return own;
}

int sidle_source_ahead(const sidle_source *source, int64_t item,
                       const sidle_batch *batch)
{
    const sidle_batch own = own_order(source, batch);

    return source->ahead != NULL && source->ahead(source, item, &own);
}

void sidle_source_fill(const sidle_source *source, int64_t item,
                       sidle_batch *out)
{
    sidle_batch own = own_order(source, out);

    source->batch(source, item, &own);
    out->n_counted = own.n_counted;
    out->n_all = own.n_all;
}
