/* A catalog that was read is sorted, has no overlaps, and finds each of its causes by every code
 * and every name; one that was not has errors. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/catalog-override.h"
#include "cause/catalog.h"
#include "fuzz.h"
#include "record/severity.h"

static void check_cause(const struct catalog *catalog, const struct cause *cause)
{
	must(cause->severity >= 0 && cause->severity < SEVERITY_COUNT);
	must(cause->name.len > 0 && cause->name.len <= CATALOG_NAME_MAX);
	must(cause->description.len > 0 && cause->description.len <= CATALOG_TEXT_MAX);
	must(cause_has_code(cause) == (cause < catalog->causes + catalog->n_coded));
	if (!cause_has_code(cause)) {
		must(cause->last == CATALOG_NO_CODE);
		must(catalog_find_name(catalog, cause->name) == cause);
		return;
	}
	must(cause->code <= cause->last && cause->last <= VALUE_CODE_MAX);
	must(catalog_find(catalog, cause->code) == cause);
	must(catalog_find(catalog, cause->last) == cause);
	must(catalog_find(catalog, cause->code + (cause->last - cause->code) / 2) == cause);
}

/* Before overrides split ranges, a name belongs to one cause. */
static void check_names(const struct catalog *catalog, const struct cause *cause)
{
	must(catalog_find_name(catalog, cause->name) == cause);
	for (size_t i = 0; i < cause->aliases->n; i++)
		must(catalog_find_name(catalog, cause->aliases->items[i]) == cause);
}

static void check_catalog(const struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->n_causes; i++) {
		check_cause(catalog, &catalog->causes[i]);
		if (i > 0 && i < catalog->n_coded)
			must(catalog->causes[i - 1].last < catalog->causes[i].code);
	}
	must(catalog_find(catalog, UINT32_MAX) == NULL);
	must(catalog_find(catalog, UINT64_MAX) == NULL);
	must(strlen(catalog->version) == CATALOG_VERSION_LEN);
}

/* Add a cause under a code and one under a name. They are added if nothing has them already. */
static void check_additions(struct catalog *catalog)
{
	struct catalog_override changes[] = {
		{ .code = 4711,
			.severity = -1,
			.name = text_of("new"),
			.description = text_of("New.") },
		{ .code = CATALOG_NO_CODE,
			.key = text_of("newer"),
			.severity = 3,
			.description = text_of("Newer.") },
	};
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r = catalog_override(catalog, changes, 2, &diag);

	must((r == 0) == !diag_any(&diag));
	if (r < 0)
		return;
	check_catalog(catalog);
	must(text_equal(catalog_find(catalog, 4711)->description, changes[0].description));
	must(catalog_find_name(catalog, changes[1].key)->severity == 3);
}

/* Change the middle of the first cause, and a code that nothing has. */
static void check_override(struct catalog *catalog)
{
	const struct cause *first = &catalog->causes[0];
	struct catalog_override changes[] = {
		{ .code = first->code + (first->last - first->code) / 2, .severity = 7 },
		{ .code = CATALOG_NO_CODE, .key = text_of("Not there"), .severity = 0 },
	};
	CLEANUP(diag_done) struct diag diag = { 0 };
	size_t n_codes = 0, n_codes_after = 0;

	for (size_t i = 0; i < catalog->n_coded; i++)
		n_codes += catalog->causes[i].last - catalog->causes[i].code + 1;
	must(catalog_override(catalog, changes, 1, &diag) == 0);
	must(!diag_any(&diag));
	must(catalog_find(catalog, changes[0].code)->severity == 7);
	must(catalog_override(catalog, changes, 2, &diag) == -EINVAL);
	must(diag_count(&diag) == 1);
	for (size_t i = 0; i < catalog->n_coded; i++)
		n_codes_after += catalog->causes[i].last - catalog->causes[i].code + 1;
	must(n_codes == n_codes_after);
	check_catalog(catalog);
}

enum { PIECE_MAX = 7 };

static int read_piece(void *userdata, void *data, size_t size, size_t *ret_n)
{
	struct text *rest = userdata;
	size_t n = size < PIECE_MAX ? size : PIECE_MAX;

	*ret_n = n < rest->len ? n : rest->len;
	if (*ret_n > 0)
		memcpy(data, rest->data, *ret_n);
	text_skip(rest, *ret_n);
	return 0;
}

/* In pieces, the content is good where the whole is, and is the same catalog. */
static void check_stream(struct text content, const struct catalog *whole)
{
	CLEANUP(catalog_freep) struct catalog *catalog = NULL;
	CLEANUP(diag_done) struct diag diag = { 0 };
	const struct yaml_stream stream = { read_piece, &content };
	int r = catalog_read_stream("input", &stream, &diag, &catalog);

	must((r == 0) == (whole != NULL) || r == -ENOMEM);
	must(!catalog || !whole || strcmp(catalog->version, whole->version) == 0);
	must(!catalog || !whole || catalog->n_names == whole->n_names);
	if (catalog)
		check_catalog(catalog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(catalog_freep) struct catalog *catalog = NULL;
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r = catalog_read("input", text_make((const char *)data, size), &diag, &catalog);

	must(r == 0 || r == -EINVAL || r == -ENOMEM);
	must((r == 0) == (catalog != NULL));
	must((r == -EINVAL) == diag_any(&diag) || r == -ENOMEM);
	if (r != -ENOMEM)
		check_stream(text_make((const char *)data, size), catalog);
	if (!catalog)
		return 0;
	check_catalog(catalog);
	for (size_t i = 0; i < catalog->n_causes; i++)
		check_names(catalog, &catalog->causes[i]);
	if (catalog->n_coded > 0)
		check_override(catalog);
	check_additions(catalog);
	return 0;
}
