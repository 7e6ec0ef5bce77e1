/* json.h - writes one JSON object for programs to read, with libfyaml's
 * emitter. */
#ifndef SIDLE_IO_JSON_H
#define SIDLE_IO_JSON_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_json sidle_json;

/** An empty object. Owns: sidle_json_print() frees it. */
sidle_status sidle_json_new(sidle_json **json_p);
/** Add a key. A number that is not finite becomes null. */
void sidle_json_real(sidle_json *json, const char *key, double value);
void sidle_json_int(sidle_json *json, const char *key, int64_t value);
void sidle_json_null(sidle_json *json, const char *key);
void sidle_json_flag(sidle_json *json, const char *key, int value);
/** Bytes that are not valid UTF-8 become '?'. */
void sidle_json_text(sidle_json *json, const char *key, const char *value);
/** Lists of texts and of whole numbers. */
void sidle_json_texts(sidle_json *json, const char *key,
                      const char *const *values, int n_values);
void sidle_json_ints(sidle_json *json, const char *key, const int64_t *values,
                     int n_values);
/** Begin and end an object under `key`, inside the present one. */
void sidle_json_begin_object(sidle_json *json, const char *key);
void sidle_json_end_object(sidle_json *json);
/**
 * Begin and end a list of objects under `key`; between them each
 * sidle_json_item() starts the next object, which the functions above fill.
 */
void sidle_json_begin_list(sidle_json *json, const char *key);
void sidle_json_item(sidle_json *json);
void sidle_json_end_list(sidle_json *json);
/** Print the object and a newline to an open stream, and free it. */
sidle_status sidle_json_print(sidle_json *json, void *stream);

#ifdef __cplusplus
}
#endif

#endif
