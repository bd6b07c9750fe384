/* A record is read as a whole, then the fields of the known columns become a row. */
#include "config.h"

#include "tool/import/table.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/csv/csv.h"
#include "base/suggestion.h"
#include "cause/catalog.h"
#include "tool/import/fields.h"
#include "tool/import/names.h"
#include "tool/import/row.h"

/* --- records --- */

/* One error is enough for a record: each place is counted from where the record begins. */
static void check_fault(struct table_reader *reader, const struct csv_field *field)
{
	if (reader->is_wrong)
		return;
	if (field->fault == CSV_NO_QUOTE)
		table_add_error(
			reader, field->value.data - 1, "the quote that ends this field is missing");
	else if (field->fault == CSV_BEHIND_QUOTE)
		table_add_error(reader, field->value.data + field->value.len + 1,
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
				table_add_error(reader, field.value.data,
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
			row_read(reader);
		end_record(reader, next);
	}
}

/* --- the header line --- */

static int find_cell(struct text name)
{
	for (int i = 0; i < CELL_COUNT; i++)
		if (text_equal_nocase(text_trim(name), text_of(table_cell_names[i])))
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
	static const char separators[] = CSV_SEPARATORS;
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
		table_add_error(
			reader, name.data, "column '%s' appears twice", table_cell_names[cell]);
	if (cell < 0)
		add_unknown(unknown, name, reader->n_columns);
	else
		reader->has[cell] = true;
	reader->cells[reader->n_columns++] = cell;
}

/* The known column that an unknown one is near to; -1 = none. What the table has is no guess. */
static int guess_cell(struct text name, const bool *has)
{
	struct suggestion nearest = suggestion_make(text_trim(name));

	for (int i = 0; i < CELL_COUNT; i++)
		if (!has[i])
			suggestion_offer(&nearest, text_of(table_cell_names[i]));
	return find_cell(nearest.best);
}

/* Append the columns that the unknown ones may mean, each once. Returns how many are unknown. */
static size_t guess_columns(const struct table_reader *reader, struct buffer *guesses)
{
	struct csv_field field = { .next = reader->record };
	bool has[CELL_COUNT];
	size_t n = 0;

	memcpy(has, reader->has, sizeof(has));
	for (size_t i = 0; i < reader->n_columns; i++) {
		int cell;

		csv_read_field(reader->data, field.next, reader->separator, &field);
		if (reader->cells[i] >= 0)
			continue;
		n++;
		cell = guess_cell(field.value, has);
		if (cell < 0)
			continue;
		has[cell] = true;
		buffer_add_format(guesses, "%s'%s'", guesses->len > 0 ? ", " : "; did you mean ",
			table_cell_names[cell]);
	}
	buffer_add_string(guesses, guesses->len > 0 ? "?" : "");
	return n;
}

static void warn_of_unknown(
	const struct table_reader *reader, struct place place, struct text unknown)
{
	CLEANUP(buffer_done) struct buffer guesses = buffer_make(DIAG_TEXT_MAX / 2);
	size_t n = guess_columns(reader, &guesses);
	const char *noun = n > 1 ? "columns " : "column ";

	if (n == 0)
		return;
	/* `column 3`, where it has no name. */
	if (n == 1 && !text_starts(unknown, text_of("'")))
		noun = "";
	diag_warn(reader->diag, place, "ignoring the unknown %s%.*s%.*s", noun,
		TEXT_FORMAT(unknown), TEXT_FORMAT(buffer_text(&guesses)));
}

static void check_columns(struct table_reader *reader, struct text unknown)
{
	const char *start = reader->data.data + reader->record;
	struct place place = table_place_at(reader, start);

	if (!reader->has[CELL_CODE] && !reader->has[CELL_NAME])
		table_add_error(reader, start,
			"no column is named code or name; the first line names the columns: code, "
			"name, description, severity, component, category, action, aliases");
	else if (!reader->has[CELL_DESCRIPTION])
		table_add_error(reader, start,
			"no column is named description; the columns are code, name, description, "
			"severity, component, category, action, aliases");
	if (reader->is_wrong)
		return;
	warn_of_unknown(reader, place, unknown);
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
			table_add_error(reader, field.value.data, "more than %d columns",
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
		table_add_error(
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
	CLEANUP(freep)
	const struct table_row **rows = calloc(table->n_rows + 1, sizeof(struct table_row *));
	const struct table_row *widest;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_rows; i++)
		rows[i] = &table->rows[i];
	qsort(rows, table->n_rows, sizeof(struct table_row *), compare_codes);
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
