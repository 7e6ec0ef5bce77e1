/* table_file.h - a new HDF5 file of columns, to which rows are appended.
 *
 * Each column is a data set at the root whose first dimension counts the rows.
 * Rows are written in slabs: memory does not grow with their number. The file
 * gets its name when it is complete. */
#ifndef SIDLE_IO_TABLE_FILE_H
#define SIDLE_IO_TABLE_FILE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_table_file sidle_table_file;

typedef struct sidle_table_column {
    char name[24];
    char type;  /* 'q' int64, 'i' int32, 'f' float, 'B' uint8 */
    int n_dims; /* of a cell; 0: one number */
    int64_t dims[3];
} sidle_table_column;

enum { SIDLE_TABLE_MOST = 8 }; /* columns */

/**
 * Begin a file whose attribute "format" is `format`, "format_version" 1.
 * Calls:   local.
 * Owns:    copies the columns; the caller ends it with
 *          sidle_table_file_close().
 * Errors:  SIDLE_EUSAGE: there is a file of another format, which would be
 *          lost; those of sidle_output_begin(); SIDLE_EIO; SIDLE_EINTERNAL
 *          (memory).
 */
sidle_status sidle_table_file_open(const char *path, const char *format,
                                   const sidle_table_column *columns, int n,
                                   sidle_table_file **table_p);
/** Write an attribute of the root. Errors: SIDLE_EIO. */
sidle_status sidle_table_file_text(sidle_table_file *table, const char *name,
                                   const char *text);
sidle_status sidle_table_file_int(sidle_table_file *table, const char *name,
                                  int64_t value);
/** Append a row: the cells in the order of the columns. Errors: SIDLE_EIO, with
 * errno's text; nothing may be appended after that. */
sidle_status sidle_table_file_add(sidle_table_file *table,
                                  const void *const *cells);
/**
 * After SIDLE_OK: complete the file and give it its name. Else remove it.
 * Owns:    ends the table, also after a failure; NULL is allowed.
 * Errors:  `status`; SIDLE_EIO.
 */
sidle_status sidle_table_file_close(sidle_table_file *table,
                                    sidle_status status);

#ifdef __cplusplus
}
#endif

#endif
