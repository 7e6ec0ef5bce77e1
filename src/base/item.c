/* item.c - shapes and fields: sizes, comparison, text, lists by name. */
#include "base/item.h"

#include "base/text.h"

#include <string.h>

size_t sidle_shape_size(const sidle_shape *shape)
{
    size_t size = shape->n_dims > 0;

    for (int i = 0; i < shape->n_dims; i++)
        size *= (size_t)shape->dims[i];
    return size;
}

int sidle_shape_equal(const sidle_shape *a, const sidle_shape *b)
{
    if (a->n_dims != b->n_dims)
        return 0;
    for (int i = 0; i < a->n_dims; i++)
        if (a->dims[i] != b->dims[i])
            return 0;
    return 1;
}

void sidle_shape_print(const sidle_shape *shape, char *out, size_t size)
{
    size_t used = 0;

    sidle_text_format(out, size, "(");
    for (int i = 0; i < shape->n_dims; i++) {
        used = strlen(out);
        sidle_text_format(out + used, size - used, "%s%td", i > 0 ? ", " : "",
                          shape->dims[i]);
    }
    used = strlen(out);
    sidle_text_format(out + used, size - used, ")");
}

size_t sidle_field_bytes(const sidle_field *field)
{
    size_t one = field->type == 'i' ? sizeof(int32_t) : sizeof(sidle_real);

    return one * sidle_shape_size(&field->shape);
}

int sidle_field_find(const sidle_field *fields, int n_fields, const char *name)
{
    for (int i = 0; i < n_fields; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return -1;
}

static sidle_status check_alike(const sidle_field *has,
                                const sidle_field *field)
{
    char a[64], b[64];

    if (has->type == field->type &&
        sidle_shape_equal(&has->shape, &field->shape))
        return SIDLE_OK;
    sidle_shape_print(&has->shape, a, sizeof(a));
    sidle_shape_print(&field->shape, b, sizeof(b));
    return sidle_fail(SIDLE_EUSAGE,
                      "field \"%s\" is read as %s %s and as %s %s; a field has "
                      "one type and one shape",
                      field->name, a, has->type == 'i' ? "integers" : "reals",
                      b, field->type == 'i' ? "integers" : "reals");
}

sidle_status sidle_field_add(sidle_field *fields, int *n_fields,
                             const sidle_field *field, int *index_p)
{
    int at = sidle_field_find(fields, *n_fields, field->name);

    if (at >= 0) {
        SIDLE_TRY(check_alike(&fields[at], field));
    } else if (*n_fields == SIDLE_MAX_FIELDS) {
        return sidle_fail(SIDLE_EUSAGE, "a model reads more than %d fields",
                          SIDLE_MAX_FIELDS);
    } else {
        at = (*n_fields)++;
        fields[at] = *field;
    }
    *index_p = at;
    return SIDLE_OK;
}
