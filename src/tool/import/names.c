/* Names and aliases are sorted, so that equal ones are neighbors; a name is before an alias, and an
 * earlier row before a later one. The first of them keeps it. */
#include "config.h"

#include "tool/import/names.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "cause/catalog.h"
#include "tool/import/table-data.h"

struct name {
	struct text *text; /* in its row */
	struct table_row *row;
	bool is_alias;
};

static int compare(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;
	int order = text_compare_nocase(*x->text, *y->text);

	if (order == 0)
		order = x->is_alias - y->is_alias;
	if (order == 0)
		order = (x->row > y->row) - (x->row < y->row);
	return order;
}

/* All names and aliases, sorted. Returns 0 or -ENOMEM. */
static int sort_names(struct table *table, struct name **ret, size_t *ret_n)
{
	struct name *names;
	size_t n = 0;

	for (size_t i = 0; i < table->n_rows; i++)
		n += 1 + table->rows[i].aliases.n;
	names = calloc(n + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < table->n_rows; i++) {
		struct table_row *row = &table->rows[i];

		names[n++] = (struct name){ &row->name, row, false };
		for (size_t j = 0; j < row->aliases.n; j++)
			if (row->aliases.items[j].len > 0)
				names[n++] = (struct name){ &row->aliases.items[j], row, true };
	}
	qsort(names, n, sizeof(*names), compare);
	*ret = names;
	*ret_n = n;
	return 0;
}

static void leave_out_alias(const struct name *name, const struct name *first, struct diag *diag)
{
	diag_warn(diag, name->row->place,
		"alias '%.*s' also means the cause in line %u, leaving it out here",
		TEXT_FORMAT(*name->text), first->row->place.line);
	*name->text = text_make("", 0);
	name->row->notes |= TABLE_SHARED_ALIAS;
}

static void refuse_name(const struct name *name, const struct name *first, struct diag *diag)
{
	diag_add(diag, name->row->place, "name '%.*s' is already used by the cause in line %u",
		TEXT_FORMAT(*name->text), first->row->place.line);
}

/* Add the code to a name: `busy` becomes `busy-17`. */
static int add_code(
	struct table *table, const struct name *name, const struct name *first, struct diag *diag)
{
	char code[16], text[CATALOG_NAME_MAX + 1];
	int code_len = snprintf(code, sizeof(code), "-%" PRIu32, name->row->code);
	struct text begin = *name->text, made;

	if (begin.len > CATALOG_NAME_MAX - (size_t)code_len)
		begin.len = CATALOG_NAME_MAX - (size_t)code_len;
	while (begin.data[begin.len - 1] == '-')
		begin.len--;
	(void)snprintf(text, sizeof(text), "%.*s%s", TEXT_FORMAT(begin), code);
	made = arena_text(table->arena, text_of(text));
	if (!made.data)
		return -ENOMEM;
	diag_warn(diag, name->row->place,
		"name '%.*s' is also that of the cause in line %u, using '%s'",
		TEXT_FORMAT(*name->text), first->row->place.line, text);
	*name->text = made;
	name->row->notes |= TABLE_SHARED_NAME;
	return 0;
}

/* Settle names that are equal to the first of them. `may_add`: codes may be added. */
static int settle(struct table *table, struct diag *diag, bool may_add)
{
	CLEANUP(freep) struct name *names = NULL;
	const struct name *first;
	size_t n;
	int r = sort_names(table, &names, &n);

	if (r < 0 || n == 0)
		return r;
	first = &names[0];
	for (size_t i = 1; i < n && r == 0; i++) {
		const struct name *name = &names[i];

		if (!text_equal_nocase(*first->text, *name->text))
			first = name;
		else if (name->is_alias)
			leave_out_alias(name, first, diag);
		else if (may_add && name->row->code != CATALOG_NO_CODE)
			r = add_code(table, name, first, diag);
		else
			refuse_name(name, first, diag);
	}
	return r;
}

int names_settle(struct table *table, struct diag *diag)
{
	size_t n_before = diag_count(diag);
	int r = settle(table, diag, true);

	/* A name with its code may be that of another cause, or an alias. */
	if (r == 0 && diag_count(diag) == n_before)
		r = settle(table, diag, false);
	if (r < 0)
		return r;
	return diag_count(diag) > n_before ? -EINVAL : 0;
}
