/* crc32c.h - the checksum of TensorFlow's records (Castagnoli). */
#ifndef SIDLE_IO_CRC32C_H
#define SIDLE_IO_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** CRC-32C of `size` bytes; "123456789" gives 0xe3069283. */
uint32_t sidle_crc32c(const void *bytes, size_t size);

#endif
