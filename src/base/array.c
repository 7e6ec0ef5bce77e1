/* array.c - how large a named array is. */
#include "base/array.h"

int64_t sidle_array_count(const sidle_array *array)
{
    int64_t n = 1;

    for (int i = 0; i < array->n_dims; i++)
        n *= array->dims[i];
    return n;
}

int64_t sidle_array_bytes(const sidle_array *array)
{
    int is_small = array->type == SIDLE_F32 || array->type == SIDLE_I32;

    return (is_small ? 4 : 8) * sidle_array_count(array);
}
