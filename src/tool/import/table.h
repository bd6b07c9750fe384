/* A vendor's table of causes, as CSV (RFC 4180), in rows. The first record names the columns; the
 * separator is the one of `,`, `;` and tab that finds most of them. */
#pragma once

#include "base/text.h"
#include "tool/import/table-data.h"

enum { TABLE_SIZE_MAX = 16 * 1024 * 1024 }; /* bytes of a table */

/* Read a table from the bytes `data`, at most TABLE_SIZE_MAX. `file` names it in messages, and must
 * outlive the table. Texts are UTF-8 in one line without control characters; line ends and tabs
 * become blanks. Codes, names and aliases are unique. Returns 0, perhaps with warnings; -EINVAL
 * with all errors added to `diag`; -ENOMEM. */
int table_read(const char *file, struct text data, struct diag *diag, struct table *ret);

/* Free what the table holds. */
void table_done(struct table *table);
