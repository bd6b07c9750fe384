/* What a configuration changes in a catalog, and adds to it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"

struct catalog;

/* The changes of a configuration to one cause, or a cause that it adds. A text with .data NULL, an
 * empty list, and a severity of -1 do not change that member. */
struct catalog_override {
	uint32_t code;   /* CATALOG_NO_CODE: `key` tells which cause is meant */
	struct text key; /* its name, or an alias, letter case ignored */
	int severity;
	struct text description;
	struct text component;
	struct text category;
	struct text action;
	struct text_list possibilities;
	struct text name;         /* only of a cause that is added under a code */
	struct text_list aliases; /* only of a cause that is added */
	struct place place;
};

/* Apply overrides in their order, before the catalog is shared. A code inside a range is split off;
 * a name changes its whole range. An override of what the catalog does not have adds a cause, if it
 * has a name and a description. Returns 0; -EINVAL with an error for each override that lacks
 * these, and for each name that the catalog has already; -ENOMEM. A cause that is there keeps its
 * name and aliases: then there is a warning. */
int catalog_override(struct catalog *catalog, const struct catalog_override *overrides, size_t n,
	struct diag *diag);
