/* The rows of a vendor's table: what a catalog is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"

struct arena;

/* What a person should look at in the catalog that is made of a row. */
enum table_note {
	TABLE_NO_NAME = 1,       /* the row has none: it is made of the code */
	TABLE_NO_SEVERITY = 2,   /* the row has none: it is CATALOG_SEVERITY_DEFAULT */
	TABLE_SHARED_NAME = 4,   /* other rows have the name, too: the code was added to it */
	TABLE_SHARED_ALIAS = 8,  /* other rows have an alias, too: it was left out */
	TABLE_FOREIGN_NAME = 16, /* the row's has no ASCII letter: it is made of the code */
};

struct table_row {
	uint32_t code, last; /* CATALOG_NO_CODE: the row has none */
	struct text name;    /* lower-case letters, digits and single hyphens */
	struct text description;
	struct text component; /* these may be empty */
	struct text category;
	struct text action;
	struct text_list aliases; /* without places; an empty one was left out */
	int severity;
	unsigned notes; /* bits of enum table_note */
	struct place place;
};

struct table {
	struct arena *arena;
	struct table_row *rows;
	size_t n_rows, size;
	bool has_categories; /* there is such a column */
};
