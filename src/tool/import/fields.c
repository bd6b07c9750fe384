/* Places are counted from the start of the record in hand, which may have several lines. */
#include "config.h"

#include "tool/import/fields.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

const char *const table_cell_names[] = { "code", "name", "description", "severity", "component",
	"category", "action", "aliases", NULL };

static_assert(
	sizeof(table_cell_names) / sizeof(table_cell_names[0]) == CELL_COUNT + 1, "one name each");

struct place table_place_at(const struct table_reader *reader, const char *at)
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

void table_add_error(struct table_reader *reader, const char *at, const char *format, ...)
{
	char text[DIAG_TEXT_MAX];
	va_list arguments;

	/* A text that found no memory is not the table's fault. */
	if (reader->error < 0)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	diag_add(reader->diag, table_place_at(reader, at), "%s", text);
	reader->is_wrong = true;
}

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
	const char *control = find_control(field->value), *name = table_cell_names[cell];
	uint32_t reordering = text_find_reordering(field->value);

	if (control)
		table_add_error(reader, control, "%s must not hold a control character", name);
	else if (reordering != 0)
		table_add_error(reader, field->value.data,
			"%s must not hold U+%04" PRIX32 ", which reorders text", name, reordering);
	else if (has_noncharacter(field->value))
		table_add_error(reader, field->value.data,
			"%s must not hold U+FEFF, U+FFFE or U+FFFF", name);
	else if (!field->is_quoted && field->value.len > 0 &&
		 text_starts(text_trim(field->value), text_of("\"")))
		table_add_error(reader, field->value.data,
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

struct text table_take_text(struct table_reader *reader, int cell)
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

const char *table_where(const struct table_reader *reader, int cell)
{
	const struct csv_field *field = &reader->fields[cell];

	return field->value.data ? field->value.data - field->is_quoted
				 : reader->data.data + reader->record;
}

struct text table_take_bounded(struct table_reader *reader, int cell, size_t max)
{
	struct text text = table_take_text(reader, cell);

	if (text.len > max)
		table_add_error(reader, table_where(reader, cell),
			"%s is %zu bytes; at most %zu are accepted", table_cell_names[cell],
			text.len, max);
	return text;
}
