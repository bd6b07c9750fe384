/* A vendor's table: whatever the bytes, it is refused with errors, or becomes a catalog that loads
 * and has every row with its texts. */
#include "config.h"

#include <errno.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/catalog.h"
#include "fuzz.h"
#include "tool/import/catalog-text.h"
#include "tool/import/slug.h"
#include "tool/import/table.h"

static void check_row(const struct catalog *catalog, const struct table_row *row)
{
	const struct cause *cause = catalog_find_name(catalog, row->name);

	must(cause && text_equal(cause->name, row->name));
	must(cause->code == row->code && cause->last == row->last);
	must(text_equal(cause->description, row->description));
	must(text_equal(cause->component, row->component));
	must(text_equal(cause->category, row->category));
	must(text_equal(cause->action, row->action));
	must(cause->severity == row->severity);
	for (size_t i = 0; i < row->aliases.n; i++)
		must(row->aliases.items[i].len == 0 ||
			catalog_find_name(catalog, row->aliases.items[i]) == cause);
}

static void check_table(const struct table *table)
{
	CLEANUP(catalog_freep) struct catalog *catalog = NULL;
	CLEANUP(buffer_done) struct buffer yaml = buffer_make(YAML_SIZE_MAX);
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r;

	must(table->n_rows > 0);
	catalog_text_print(table, text_of("fuzz"), text_of("fuzz's: #table.csv"), &yaml);
	must(buffer_finish(&yaml) == 0);
	r = catalog_read("output", buffer_text(&yaml), &diag, &catalog);
	if (r < 0)
		diag_print(&diag, stderr);
	must(r == 0);
	must(catalog->n_causes == table->n_rows);
	for (size_t i = 0; i < table->n_rows; i++)
		check_row(catalog, &table->rows[i]);
}

static void check_slug(struct text text)
{
	char slug[CATALOG_NAME_MAX + 1];
	size_t len = slug_print(text, slug);

	must(len <= CATALOG_NAME_MAX && slug[len] == '\0');
	must(len == 0 || schema_is_slug(text_make(slug, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = text_make((const char *)data, size);
	CLEANUP(diag_done) struct diag diag = { 0 };
	struct table table = { 0 };
	int r;

	if (size > TABLE_SIZE_MAX)
		return 0;
	check_slug(text);
	r = table_read("input", text, &diag, &table);
	must(r == 0 || r == -EINVAL);
	must((r == -EINVAL) == diag_any(&diag));
	if (r < 0)
		return 0;
	check_table(&table);
	table_done(&table);
	return 0;
}
