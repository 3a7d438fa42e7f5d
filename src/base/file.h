/* Reading small whole files, with a limit. */
#ifndef TOCSIN_BASE_FILE_H
#define TOCSIN_BASE_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Appends the file to *out; refuses more than max bytes and anything that is
 * no regular file. */
int file_read(const char *path, size_t max, struct buf *out, struct error *err);

#endif
