/* Each member is read even where one before it is wrong: a record has all its errors at once. */
#include "config.h"

#include "tool/import/row.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/suggestion.h"
#include "cause/catalog.h"
#include "record/finding.h"
#include "record/severity.h"
#include "tool/import/fields.h"
#include "tool/import/slug.h"

/* Words of other systems for the levels of syslog. */
static const struct {
	const char *word;
	const char *level;
} severity_words[] = {
	{ "emergency", "emerg" },
	{ "critical", "crit" },
	{ "error", "err" },
	{ "warn", "warning" },
	{ "information", "info" },
	{ "informational", "info" },
};

static bool read_number(struct table_reader *reader, struct text text, uint32_t *ret)
{
	uint64_t number;
	int r = text_parse_number(text_trim(text), 10, VALUE_CODE_MAX, &number);

	if (r == -ERANGE)
		table_add_error(reader, table_where(reader, CELL_CODE),
			"code %.*s is greater than %" PRIu32, TEXT_FORMAT(text), VALUE_CODE_MAX);
	else if (r < 0)
		table_add_error(reader, table_where(reader, CELL_CODE),
			"code '%.*s' is not a decimal number; a cause without a number has a name "
			"and no code",
			TEXT_FORMAT(text));
	else
		*ret = (uint32_t)number;
	return r == 0;
}

/* Where a range of codes is split: `-`, `~` or an en dash. */
static const char *find_mark(struct text text, size_t *ret_len)
{
	static const char dash[] = "\xE2\x80\x93";
	const char *mark =
		text.len > 0 ? memmem(text.data, text.len, dash, sizeof(dash) - 1) : NULL;

	*ret_len = mark ? sizeof(dash) - 1 : 1;
	return mark ? mark : catalog_find_range_mark(text);
}

static void read_code(struct table_reader *reader, struct table_row *row)
{
	struct text text = table_take_text(reader, CELL_CODE), from = text, to = text;
	size_t mark_len;
	const char *mark = find_mark(text, &mark_len);

	row->code = row->last = CATALOG_NO_CODE;
	if (text.len == 0)
		return;
	if (mark) {
		from.len = (size_t)(mark - text.data);
		text_skip(&to, from.len + mark_len);
	}
	if (read_number(reader, from, &row->code) && read_number(reader, to, &row->last) &&
		(row->last < row->code || (mark && row->last == row->code)))
		table_add_error(reader, table_where(reader, CELL_CODE),
			"range %.*s must end above its first code", TEXT_FORMAT(text));
}

static void read_severity(struct table_reader *reader, struct table_row *row)
{
	struct text text = table_take_text(reader, CELL_SEVERITY), nearest;

	row->severity = CATALOG_SEVERITY_DEFAULT;
	if (text.len == 0) {
		row->notes |= TABLE_NO_SEVERITY;
		return;
	}
	for (size_t i = 0; i < sizeof(severity_words) / sizeof(severity_words[0]); i++)
		if (text_equal_nocase(text, text_of(severity_words[i].word)))
			text = text_of(severity_words[i].level);
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		if (!text_equal_nocase(text, text_of(severity_names[i])))
			continue;
		row->severity = i;
		return;
	}
	nearest = suggestion_of(text, severity_names);
	table_add_error(reader, table_where(reader, CELL_SEVERITY),
		"severity '%.*s' is none of emerg, alert, crit, err, warning, notice, info, "
		"debug%s%.*s%s",
		TEXT_FORMAT(text), nearest.len > 0 ? "; did you mean '" : "", TEXT_FORMAT(nearest),
		nearest.len > 0 ? "'?" : "");
}

static void read_category(struct table_reader *reader, struct table_row *row)
{
	row->category = table_take_bounded(reader, CELL_CATEGORY, CATALOG_NAME_MAX);
	for (size_t i = 0; row->category.len > 0 && catalog_categories[i]; i++) {
		struct text usual = text_of(catalog_categories[i]);

		if (!text_equal_nocase(row->category, usual))
			continue;
		row->category = usual;
		return;
	}
	if (row->category.len > 0 && !reader->is_wrong)
		diag_warn(reader->diag, table_place_at(reader, table_where(reader, CELL_CATEGORY)),
			"category '%.*s' is unusual; the usual ones are in becaused-catalog(5)",
			TEXT_FORMAT(row->category));
}

static void read_description(struct table_reader *reader, struct table_row *row)
{
	row->description = table_take_bounded(reader, CELL_DESCRIPTION, CATALOG_TEXT_MAX);
	if (row->description.len == 0)
		table_add_error(reader, table_where(reader, CELL_DESCRIPTION),
			"the cause has no description");
	else if (memmem(row->description.data, row->description.len, FINDING_BRACKET,
			 sizeof(FINDING_BRACKET) - 1))
		table_add_error(reader, table_where(reader, CELL_DESCRIPTION),
			"description must not hold '%s', with which a bracket begins",
			FINDING_BRACKET);
}

static bool is_of_row(const struct table_row *row, struct text name)
{
	if (text_equal_nocase(row->name, name))
		return true;
	for (size_t i = 0; i < row->aliases.n; i++)
		if (text_equal_nocase(row->aliases.items[i], name))
			return true;
	return false;
}

/* One that the row has already, in whatever letter case, is no further alias. */
static void add_alias(
	struct table_reader *reader, struct table_row *row, struct text alias, int cell)
{
	struct text_list *aliases = &row->aliases;

	if (is_of_row(row, alias))
		return;
	if (alias.len > CATALOG_NAME_MAX)
		table_add_error(reader, table_where(reader, cell),
			"alias '%.*s' is longer than %d bytes", TEXT_FORMAT(alias),
			CATALOG_NAME_MAX);
	else if (aliases->n == CATALOG_LIST_MAX)
		table_add_error(reader, table_where(reader, cell), "more than %d aliases",
			CATALOG_LIST_MAX);
	else
		aliases->items[aliases->n++] = alias;
}

/* Take the next alias of a text in which blanks, `;` and `,` separate them. */
static bool next_alias(struct text *rest, struct text *ret)
{
	size_t n = 0;

	while (rest->len > 0 && strchr(" ;,", rest->data[0]))
		text_skip(rest, 1);
	while (n < rest->len && !strchr(" ;,", rest->data[n]))
		n++;
	*ret = text_make(rest->data, n);
	text_skip(rest, n);
	return n > 0;
}

static void read_aliases(struct table_reader *reader, struct table_row *row)
{
	struct text rest = table_take_text(reader, CELL_ALIASES), alias;

	while (!reader->is_wrong && next_alias(&rest, &alias))
		add_alias(reader, row, alias, CELL_ALIASES);
}

/* A name of the vendor that is none of ours becomes an alias. Without a name, it is made of the
 * code. */
static void read_name(struct table_reader *reader, struct table_row *row)
{
	struct text text = table_take_text(reader, CELL_NAME), made;
	char slug[CATALOG_NAME_MAX + 1];
	size_t len = slug_print(text, slug);

	if (len == 0 && row->code == CATALOG_NO_CODE) {
		if (!reader->is_wrong)
			table_add_error(reader, table_where(reader, CELL_NAME),
				"the cause has neither a code nor a name in ASCII letters");
		return;
	}
	if (len == 0) {
		len = (size_t)snprintf(slug, sizeof(slug), "cause-%" PRIu32, row->code);
		row->notes |= text.len > 0 ? TABLE_FOREIGN_NAME : TABLE_NO_NAME;
	}
	made = arena_text(reader->table->arena, text_make(slug, len));
	if (!made.data) {
		reader->error = -ENOMEM;
		return;
	}
	row->name = made;
	if (text.len > CATALOG_NAME_MAX)
		diag_warn(reader->diag, table_place_at(reader, table_where(reader, CELL_NAME)),
			"the name is longer than %d bytes, using '%s'", CATALOG_NAME_MAX, slug);
	else if (text.len > 0)
		add_alias(reader, row, text, CELL_NAME);
}

/* Warn of a name that could not be kept; once, whatever number of letters was lost. */
static void warn_of_name(const struct table_reader *reader, const struct table_row *row)
{
	struct text lost = slug_find_lost(reader->fields[CELL_NAME].value);

	if (!reader->has[CELL_NAME])
		return;
	if (row->notes & TABLE_NO_NAME)
		diag_warn(reader->diag, row->place, "there is no name, using '%.*s'",
			TEXT_FORMAT(row->name));
	else if (row->notes & TABLE_FOREIGN_NAME)
		diag_warn(reader->diag, table_place_at(reader, table_where(reader, CELL_NAME)),
			"the name has no ASCII letters, using '%.*s'", TEXT_FORMAT(row->name));
	else if (lost.len > 0)
		diag_warn(reader->diag, table_place_at(reader, lost.data),
			"'%.*s' in the name has no form in ASCII letters, using '%.*s'",
			TEXT_FORMAT(lost), TEXT_FORMAT(row->name));
}

static void warn_of_row(const struct table_reader *reader, const struct table_row *row)
{
	warn_of_name(reader, row);
	if (row->notes & TABLE_NO_SEVERITY && reader->has[CELL_SEVERITY])
		diag_warn(reader->diag, row->place, "there is no severity, using notice");
}

static int keep_row(struct table *table, const struct table_row *row)
{
	struct table_row *rows =
		array_grow(table->rows, &table->size, table->n_rows, sizeof(*table->rows));

	if (!rows)
		return -ENOMEM;
	table->rows = rows;
	table->rows[table->n_rows++] = *row;
	return 0;
}

void row_read(struct table_reader *reader)
{
	const char *start = reader->data.data + reader->record;
	struct text aliases[CATALOG_LIST_MAX];
	struct table_row row = { .place = table_place_at(reader, start), .aliases.items = aliases };
	size_t n = sizeof(aliases[0]);

	read_code(reader, &row);
	read_name(reader, &row);
	read_description(reader, &row);
	read_severity(reader, &row);
	row.component = table_take_bounded(reader, CELL_COMPONENT, CATALOG_NAME_MAX);
	read_category(reader, &row);
	row.action = table_take_bounded(reader, CELL_ACTION, CATALOG_TEXT_MAX);
	read_aliases(reader, &row);
	if (reader->is_wrong || reader->error < 0)
		return;
	warn_of_row(reader, &row);
	row.aliases.items = arena_take(reader->table->arena, row.aliases.n, n);
	if (!row.aliases.items) {
		reader->error = -ENOMEM;
		return;
	}
	memcpy(row.aliases.items, aliases, row.aliases.n * n);
	if (reader->table->n_rows == CATALOG_CAUSES_MAX)
		table_add_error(reader, start, "more than %d causes", CATALOG_CAUSES_MAX);
	else if (keep_row(reader->table, &row) < 0)
		reader->error = -ENOMEM;
}
