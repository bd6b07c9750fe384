/* A table of causes as the text of a catalog, in YAML. */
#pragma once

#include "base/text.h"

struct buffer;
struct table;

/* Append the catalog. `name` is its name, `source` what the table is called; empty = not known.
 * Comments mark what a person should look at. */
void catalog_text_print(
	const struct table *table, struct text name, struct text source, struct buffer *out);
