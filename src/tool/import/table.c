/* A record is read as a whole, then the fields of the known columns become a row. Each error has
 * the place of its field, or of the byte that is wrong. Places are counted from the start of the
 * record, which may have several lines. */
#include "config.h"

#include "tool/import/table.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/csv/csv.h"
#include "base/suggestion.h"
#include "cause/catalog.h"
#include "record/finding.h"
#include "record/severity.h"
#include "tool/import/names.h"
#include "tool/import/slug.h"

enum cell {
	CELL_CODE,
	CELL_NAME,
	CELL_DESCRIPTION,
	CELL_SEVERITY,
	CELL_COMPONENT,
	CELL_CATEGORY,
	CELL_ACTION,
	CELL_ALIASES,
	CELL_COUNT,
};

static const char *const cell_names[] = { "code", "name", "description", "severity", "component",
	"category", "action", "aliases", NULL };

static_assert(sizeof(cell_names) / sizeof(cell_names[0]) == CELL_COUNT + 1, "one name each");

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

struct table_reader {
	const char *file;
	struct text data;
	struct diag *diag;
	struct table *table;
	char separator;
	int cells[TABLE_COLUMNS_MAX]; /* of each column; -1 = an unknown one */
	size_t n_columns;
	bool has[CELL_COUNT];
	size_t record; /* offset of the record in hand */
	unsigned line; /* that it begins in */
	struct csv_field fields[CELL_COUNT];
	bool is_wrong; /* the record has an error */
	int error;     /* -ENOMEM, or 0 */
};

/* --- places and errors --- */

static struct place place_at(const struct table_reader *reader, const char *at)
{
	struct place place = { .file = reader->file, .line = reader->line, .column = 1 };

	for (const char *c = reader->data.data + reader->record; c < at; c++) {
		if (*c == '\n') {
			place.line++;
			place.column = 1;
		} else {
			place.column += !char_continues(*c);
		}
	}
	return place;
}

__attribute__((format(printf, 3, 4))) static void add_error(
	struct table_reader *reader, const char *at, const char *format, ...)
{
	char text[DIAG_TEXT_MAX];
	va_list arguments;

	/* A text that found no memory is not the table's fault. */
	if (reader->error < 0)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	diag_add(reader->diag, place_at(reader, at), "%s", text);
	reader->is_wrong = true;
}

/* --- fields --- */

/* The first byte of a control character that is no blank; NULL where there is none. */
static const char *find_control(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		bool is_blank = c == '\t' || c == '\r' || c == '\n';

		if ((c < ' ' && !is_blank) || c == 0x7F)
			return text.data + i;
		if (c == 0xC2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xA0)
			return text.data + i;
	}
	return NULL;
}

/* U+FEFF, U+FFFE and U+FFFF, which no YAML may have. */
static bool has_noncharacter(struct text text)
{
	static const char *const all[] = { "\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF" };

	for (size_t i = 0; text.len > 0 && i < sizeof(all) / sizeof(all[0]); i++)
		if (memmem(text.data, text.len, all[i], 3))
			return true;
	return false;
}

static void refuse_field(struct table_reader *reader, const struct csv_field *field, int cell)
{
	const char *control = find_control(field->value), *name = cell_names[cell];
	uint32_t reordering = text_find_reordering(field->value);

	if (control)
		add_error(reader, control, "%s must not hold a control character", name);
	else if (reordering != 0)
		add_error(reader, field->value.data,
			"%s must not hold U+%04" PRIX32 ", which reorders text", name, reordering);
	else if (has_noncharacter(field->value))
		add_error(reader, field->value.data, "%s must not hold U+FEFF, U+FFFE or U+FFFF",
			name);
	else if (!field->is_quoted && field->value.len > 0 &&
		 text_starts(text_trim(field->value), text_of("\"")))
		add_error(reader, field->value.data,
			"a quote must begin its field; remove the blank before it");
}

/* Put a single blank for each run of blanks, tabs and line ends, and none at both ends. */
static size_t fold_blanks(char *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool is_blank = char_is_blank(data[i]) || data[i] == '\r' || data[i] == '\n';

		if (!is_blank)
			data[n++] = data[i];
		else if (n > 0 && data[n - 1] != ' ')
			data[n++] = ' ';
	}
	return n > 0 && data[n - 1] == ' ' ? n - 1 : n;
}

/* The text of a field in one line; empty where the record does not have the column. */
static struct text take_text(struct table_reader *reader, int cell)
{
	const struct csv_field *field = &reader->fields[cell];
	char *text;

	if (field->value.len == 0)
		return text_of("");
	refuse_field(reader, field, cell);
	text = arena_take(reader->table->arena, field->value.len + 1, 1);
	if (!text) {
		reader->error = -ENOMEM;
		return text_of("");
	}
	return text_make(text, fold_blanks(text, csv_copy_value(field, text)));
}

/* Where a field is, for an error; the start of the record where it has none. */
static const char *where(const struct table_reader *reader, int cell)
{
	const struct csv_field *field = &reader->fields[cell];

	return field->value.data ? field->value.data - field->is_quoted
				 : reader->data.data + reader->record;
}

/* As take_text, with at most `max` bytes. */
static struct text take_bounded(struct table_reader *reader, int cell, size_t max)
{
	struct text text = take_text(reader, cell);

	if (text.len > max)
		add_error(reader, where(reader, cell), "%s is %zu bytes; at most %zu are accepted",
			cell_names[cell], text.len, max);
	return text;
}

/* --- the members of a row --- */

static bool read_number(struct table_reader *reader, struct text text, uint32_t *ret)
{
	uint64_t number;
	int r = text_parse_number(text_trim(text), 10, VALUE_CODE_MAX, &number);

	if (r == -ERANGE)
		add_error(reader, where(reader, CELL_CODE), "code %.*s is greater than %" PRIu32,
			TEXT_FORMAT(text), VALUE_CODE_MAX);
	else if (r < 0)
		add_error(reader, where(reader, CELL_CODE),
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
	struct text text = take_text(reader, CELL_CODE), from = text, to = text;
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
		add_error(reader, where(reader, CELL_CODE),
			"range %.*s must end above its first code", TEXT_FORMAT(text));
}

static void read_severity(struct table_reader *reader, struct table_row *row)
{
	struct text text = take_text(reader, CELL_SEVERITY), nearest;

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
	add_error(reader, where(reader, CELL_SEVERITY),
		"severity '%.*s' is none of emerg, alert, crit, err, warning, notice, info, "
		"debug%s%.*s%s",
		TEXT_FORMAT(text), nearest.len > 0 ? "; did you mean '" : "", TEXT_FORMAT(nearest),
		nearest.len > 0 ? "'?" : "");
}

static void read_category(struct table_reader *reader, struct table_row *row)
{
	row->category = take_bounded(reader, CELL_CATEGORY, CATALOG_NAME_MAX);
	for (size_t i = 0; row->category.len > 0 && catalog_categories[i]; i++) {
		struct text usual = text_of(catalog_categories[i]);

		if (!text_equal_nocase(row->category, usual))
			continue;
		row->category = usual;
		return;
	}
	if (row->category.len > 0 && !reader->is_wrong)
		diag_warn(reader->diag, place_at(reader, where(reader, CELL_CATEGORY)),
			"category '%.*s' is unusual; the usual ones are in becaused-catalog(5)",
			TEXT_FORMAT(row->category));
}

static void read_description(struct table_reader *reader, struct table_row *row)
{
	row->description = take_bounded(reader, CELL_DESCRIPTION, CATALOG_TEXT_MAX);
	if (row->description.len == 0)
		add_error(reader, where(reader, CELL_DESCRIPTION), "the cause has no description");
	else if (memmem(row->description.data, row->description.len, FINDING_BRACKET,
			 sizeof(FINDING_BRACKET) - 1))
		add_error(reader, where(reader, CELL_DESCRIPTION),
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
		add_error(reader, where(reader, cell), "alias '%.*s' is longer than %d bytes",
			TEXT_FORMAT(alias), CATALOG_NAME_MAX);
	else if (aliases->n == CATALOG_LIST_MAX)
		add_error(reader, where(reader, cell), "more than %d aliases", CATALOG_LIST_MAX);
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
	struct text rest = take_text(reader, CELL_ALIASES), alias;

	while (!reader->is_wrong && next_alias(&rest, &alias))
		add_alias(reader, row, alias, CELL_ALIASES);
}

/* A name of the vendor that is none of ours becomes an alias. Without a name, it is made of the
 * code. */
static void read_name(struct table_reader *reader, struct table_row *row)
{
	struct text text = take_text(reader, CELL_NAME), made;
	char slug[CATALOG_NAME_MAX + 1];
	size_t len = slug_print(text, slug);

	if (len == 0 && row->code == CATALOG_NO_CODE) {
		if (!reader->is_wrong)
			add_error(reader, where(reader, CELL_NAME),
				"the cause has neither a code nor a name in ASCII letters");
		return;
	}
	if (len == 0) {
		len = (size_t)snprintf(slug, sizeof(slug), "cause-%" PRIu32, row->code);
		row->notes |= TABLE_NO_NAME;
	}
	made = arena_text(reader->table->arena, text_make(slug, len));
	if (!made.data) {
		reader->error = -ENOMEM;
		return;
	}
	row->name = made;
	if (text.len > CATALOG_NAME_MAX)
		diag_warn(reader->diag, place_at(reader, where(reader, CELL_NAME)),
			"the name is longer than %d bytes, using '%s'", CATALOG_NAME_MAX, slug);
	else if (text.len > 0)
		add_alias(reader, row, text, CELL_NAME);
}

/* --- records --- */

static void warn_of_row(const struct table_reader *reader, const struct table_row *row)
{
	if (row->notes & TABLE_NO_NAME && reader->has[CELL_NAME])
		diag_warn(reader->diag, row->place,
			"there is no name in ASCII letters, using '%.*s'", TEXT_FORMAT(row->name));
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

static void read_row(struct table_reader *reader)
{
	const char *start = reader->data.data + reader->record;
	struct text aliases[CATALOG_LIST_MAX];
	struct table_row row = { .place = place_at(reader, start), .aliases.items = aliases };
	size_t n = sizeof(aliases[0]);

	read_code(reader, &row);
	read_name(reader, &row);
	read_description(reader, &row);
	read_severity(reader, &row);
	row.component = take_bounded(reader, CELL_COMPONENT, CATALOG_NAME_MAX);
	read_category(reader, &row);
	row.action = take_bounded(reader, CELL_ACTION, CATALOG_TEXT_MAX);
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
		add_error(reader, start, "more than %d causes", CATALOG_CAUSES_MAX);
	else if (keep_row(reader->table, &row) < 0)
		reader->error = -ENOMEM;
}

static void check_fault(struct table_reader *reader, const struct csv_field *field)
{
	if (field->fault == CSV_NO_QUOTE)
		add_error(
			reader, field->value.data - 1, "the quote that ends this field is missing");
	else if (field->fault == CSV_BEHIND_QUOTE)
		add_error(reader, field->value.data + field->value.len + 1,
			"text follows the quote that ends the field; a quote inside is doubled");
}

/* Read the fields of a record; returns the offset behind it. `ret_is_empty`: all are empty. */
static size_t read_fields(struct table_reader *reader, bool *ret_is_empty)
{
	size_t at = reader->record, column = 0;
	struct csv_field field;

	memset(reader->fields, 0, sizeof(reader->fields));
	*ret_is_empty = true;
	do {
		csv_read_field(reader->data, at, reader->separator, &field);
		check_fault(reader, &field);
		if (text_trim(field.value).len > 0) {
			*ret_is_empty = false;
			if (column >= reader->n_columns && !reader->is_wrong)
				add_error(reader, field.value.data,
					"the header line has no column for this field; a text with "
					"a separator needs quotes around it");
		}
		if (column < reader->n_columns && reader->cells[column] >= 0)
			reader->fields[reader->cells[column]] = field;
		column++;
		at = field.next;
	} while (field.end == CSV_SEPARATOR);
	return at;
}

/* Move to the record at `next`. */
static void end_record(struct table_reader *reader, size_t next)
{
	for (size_t i = reader->record; i < next; i++)
		reader->line += reader->data.data[i] == '\n';
	reader->record = next;
	reader->is_wrong = false;
}

static void read_rows(struct table_reader *reader)
{
	while (reader->record < reader->data.len && reader->error == 0) {
		bool is_empty;
		size_t next = read_fields(reader, &is_empty);

		if (!is_empty && !reader->is_wrong)
			read_row(reader);
		end_record(reader, next);
	}
}

/* --- the header line --- */

static int find_cell(struct text name)
{
	for (int i = 0; i < CELL_COUNT; i++)
		if (text_equal_nocase(text_trim(name), text_of(cell_names[i])))
			return i;
	return -1;
}

/* How many known columns the first record has with this separator. */
static size_t count_cells(const struct table_reader *reader, char separator)
{
	struct csv_field field = { .next = reader->record };
	size_t n = 0;

	do {
		csv_read_field(reader->data, field.next, separator, &field);
		n += find_cell(field.value) >= 0;
	} while (field.end == CSV_SEPARATOR);
	return n;
}

static void choose_separator(struct table_reader *reader)
{
	static const char separators[] = ",;\t";
	size_t most = 0;

	reader->separator = separators[0];
	for (size_t i = 0; i < sizeof(separators) - 1; i++) {
		size_t n = count_cells(reader, separators[i]);

		if (n <= most)
			continue;
		most = n;
		reader->separator = separators[i];
	}
}

/* The name of an unknown column, or its number where it has none. */
static void add_unknown(struct buffer *unknown, struct text name, size_t column)
{
	name = text_cut(text_trim(name), CATALOG_NAME_MAX);
	buffer_add_string(unknown, unknown->len > 0 ? ", " : "");
	if (name.len > 0)
		buffer_add_format(unknown, "'%.*s'", TEXT_FORMAT(name));
	else
		buffer_add_format(unknown, "column %zu", column + 1);
}

static void add_column(struct table_reader *reader, struct text name, struct buffer *unknown)
{
	int cell = find_cell(name);

	if (cell >= 0 && reader->has[cell])
		add_error(reader, name.data, "column '%s' appears twice", cell_names[cell]);
	if (cell < 0)
		add_unknown(unknown, name, reader->n_columns);
	else
		reader->has[cell] = true;
	reader->cells[reader->n_columns++] = cell;
}

static void check_columns(struct table_reader *reader, struct text unknown)
{
	const char *start = reader->data.data + reader->record;
	struct place place = place_at(reader, start);

	if (!reader->has[CELL_CODE] && !reader->has[CELL_NAME])
		add_error(reader, start,
			"no column is named code or name; the first line names the columns: code, "
			"name, description, severity, component, category, action, aliases");
	else if (!reader->has[CELL_DESCRIPTION])
		add_error(reader, start, "no column is named description");
	if (reader->is_wrong)
		return;
	if (unknown.len > 0)
		diag_warn(reader->diag, place, "ignoring the unknown columns %.*s",
			TEXT_FORMAT(unknown));
	if (!reader->has[CELL_NAME])
		diag_warn(reader->diag, place,
			"no column is named name, using cause- and the code of each cause");
	if (!reader->has[CELL_SEVERITY])
		diag_warn(reader->diag, place, "no column is named severity, using notice");
}

static void read_header(struct table_reader *reader)
{
	CLEANUP(buffer_done) struct buffer unknown = buffer_make(DIAG_TEXT_MAX / 2);
	struct csv_field field = { .next = reader->record };

	choose_separator(reader);
	do {
		csv_read_field(reader->data, field.next, reader->separator, &field);
		check_fault(reader, &field);
		if (reader->n_columns == TABLE_COLUMNS_MAX) {
			add_error(reader, field.value.data, "more than %d columns",
				TABLE_COLUMNS_MAX);
			return;
		}
		add_column(reader, field.value, &unknown);
	} while (field.end == CSV_SEPARATOR);
	if (!reader->is_wrong)
		check_columns(reader, buffer_text(&unknown));
	reader->table->has_categories = reader->has[CELL_CATEGORY];
	if (!reader->is_wrong)
		end_record(reader, field.next);
}

/* --- the whole --- */

/* Find the first line that is not UTF-8; there is one error for all of them. */
static void check_encoding(struct table_reader *reader)
{
	struct text rest = reader->data;

	if (text_starts(rest, text_of("\xFF\xFE")) || text_starts(rest, text_of("\xFE\xFF"))) {
		add_error(
			reader, rest.data, "this is UTF-16; convert it: iconv -f utf-16 -t utf-8");
		return;
	}
	for (unsigned line = 1; rest.len > 0; line++) {
		const char *end = memchr(rest.data, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.data) + 1 : rest.len;
		struct place place = { .file = reader->file, .line = line, .column = 1 };

		if (!text_is_utf8(text_make(rest.data, len))) {
			diag_add(reader->diag, place,
				"this line is not UTF-8; convert the file, for instance: iconv -f "
				"gb18030 -t utf-8");
			reader->is_wrong = true;
			return;
		}
		text_skip(&rest, len);
	}
}

static int compare_codes(const void *a, const void *b)
{
	const struct table_row *const *x = a;
	const struct table_row *const *y = b;

	if ((*x)->code != (*y)->code)
		return ((*x)->code > (*y)->code) - ((*x)->code < (*y)->code);
	return (*x > *y) - (*x < *y);
}

/* Errors where two rows have one code. */
static int refuse_overlaps(const struct table *table, struct diag *diag)
{
	CLEANUP(freep) const struct table_row **rows = calloc(table->n_rows + 1, sizeof(*rows));
	const struct table_row *widest;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_rows; i++)
		rows[i] = &table->rows[i];
	qsort(rows, table->n_rows, sizeof(*rows), compare_codes);
	widest = rows[0];
	for (size_t i = 1; i < table->n_rows && rows[i]->code != CATALOG_NO_CODE; i++) {
		bool later = rows[i] > widest;

		if (rows[i]->code <= widest->last)
			diag_add(diag, later ? rows[i]->place : widest->place,
				"code %" PRIu32 " appears twice, first in line %u", rows[i]->code,
				later ? widest->place.line : rows[i]->place.line);
		if (rows[i]->last > widest->last)
			widest = rows[i];
	}
	return 0;
}

static int read_all(struct table_reader *reader)
{
	size_t n_before = diag_count(reader->diag);
	int r;

	check_encoding(reader);
	if (!reader->is_wrong)
		read_header(reader);
	if (!reader->is_wrong)
		read_rows(reader);
	if (reader->error < 0)
		return reader->error;
	if (reader->table->n_rows == 0 && diag_count(reader->diag) == n_before)
		diag_add(reader->diag, (struct place){ .file = reader->file },
			"there is no cause in this table");
	r = refuse_overlaps(reader->table, reader->diag);
	if (r == 0)
		r = names_settle(reader->table, reader->diag);
	if (r < 0)
		return r;
	return diag_count(reader->diag) > n_before ? -EINVAL : 0;
}

int table_read(const char *file, struct text data, struct diag *diag, struct table *ret)
{
	struct table table = { .arena = arena_new() };
	struct table_reader reader = {
		.file = file,
		.data = data,
		.diag = diag,
		.table = &table,
		.line = 1,
	};
	int r;

	assert(data.len <= TABLE_SIZE_MAX);
	if (!table.arena)
		return -ENOMEM;
	if (text_starts(data, text_of("\xEF\xBB\xBF")))
		text_skip(&reader.data, 3);
	r = read_all(&reader);
	if (r < 0)
		table_done(&table);
	else
		*ret = table;
	return r;
}

void table_done(struct table *table)
{
	(void)arena_free(table->arena);
	free(table->rows);
	*table = (struct table){ 0 };
}
