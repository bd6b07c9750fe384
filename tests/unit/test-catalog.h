/* What the tests of catalogs share: catalogs from snippets of YAML. */
#pragma once

#include "test.h"

#include "cause/catalog.h"

/* Line 1 and 2 of a catalog; the causes begin in line 3. */
#define CATALOG_HEAD "catalog: test\ncauses:\n"

/* One cause in one line; what a test is not about is filled in. */
#define CAUSE(code) NAMED_CAUSE(code, "n" code)
#define NAMED_CAUSE(code, name) \
	"  - {code: " code ", name: " name ", description: D., severity: err}\n"

/* A cause without a code. */
#define CODELESS_CAUSE(name) "  - {name: " name ", description: D., severity: err}\n"

static inline struct catalog *catalog_good(const char *content)
{
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	int r = catalog_read("x.yaml", text_of(content), &diag, &catalog);

	assert_good(r, &diag);
	return catalog;
}

static inline int catalog_read_and_free(struct text content, struct diag *diag)
{
	struct catalog *catalog = NULL;
	int r = catalog_read("x.yaml", content, diag, &catalog);

	(void)catalog_free(catalog);
	return r;
}

/* The code that means `code` in the catalog, as the first of a range; -1 if it has none. */
static inline int64_t catalog_first(const struct catalog *catalog, uint64_t code)
{
	const struct cause *cause = catalog_find(catalog, code);

	return cause ? (int64_t)cause->code : -1;
}
