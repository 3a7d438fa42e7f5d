/* What a store knows of incidents and clocks, as text: for tests of migrations. */
#ifndef TOCSIN_TESTS_STORE_DESCRIBE_H
#define TOCSIN_TESTS_STORE_DESCRIBE_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

void store_describe(struct store *s, struct arena *arena, struct buf *out);

#endif
