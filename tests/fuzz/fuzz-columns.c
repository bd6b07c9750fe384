/* Columns of a record against a splitter that copies every field, byte by byte, as RFC 4180 is
 * read: a field is quoted where it begins with a quote, and a record with a quote that does not
 * close, or with bytes behind a closing quote, counts nowhere.
 *
 * The input: a byte for the separator, one for the column, one for the width, one for the column of
 * `where`, then the record. Its second field is what `where` must equal. */
#include "config.h"

#include <string.h>

#include "cause/search/columns.h"
#include "fuzz.h"

enum { FIELDS_MAX = 64, TEXT_MAX = 256 };

static const char separators[] = ",;\t| ";

/* A field as it is written between its quotes, and what it means. */
struct field {
	char written[TEXT_MAX], meant[TEXT_MAX];
	size_t n_written, n_meant;
};

struct record {
	struct field fields[FIELDS_MAX];
	size_t n;
	bool is_faulty;
};

static void put(struct field *field, char c, bool is_meant)
{
	field->written[field->n_written++] = c;
	if (is_meant)
		field->meant[field->n_meant++] = c;
}

enum state { FIELD_START, PLAIN, QUOTED, QUOTE_IN_QUOTED };

static void split(struct text line, char separator, struct record *ret)
{
	enum state state = FIELD_START;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < line.len; i++) {
		struct field *field = &ret->fields[ret->n];
		char c = line.data[i];

		if (state == FIELD_START && c == '"') {
			state = QUOTED;
		} else if (state == QUOTED && c == '"') {
			state = QUOTE_IN_QUOTED;
		} else if (state == QUOTED) {
			put(field, c, true);
		} else if (state == QUOTE_IN_QUOTED && c == '"') {
			put(field, c, true);
			put(field, c, false);
			state = QUOTED;
		} else if (c == separator) {
			if (++ret->n == FIELDS_MAX)
				return;
			state = FIELD_START;
		} else {
			ret->is_faulty = ret->is_faulty || state == QUOTE_IN_QUOTED;
			if (state != QUOTE_IN_QUOTED)
				state = PLAIN;
			put(field, c, true);
		}
	}
	ret->is_faulty = ret->is_faulty || state == QUOTED;
	ret->n++;
}

static struct text meant(const struct field *field)
{
	return text_make(field->meant, field->n_meant);
}

/* The blanks around a field, inside its quotes, do not count. */
static bool is_equal(const struct field *field, struct text wanted)
{
	return text_equal(text_trim(meant(field)), wanted);
}

static void check_column(
	struct text line, const struct column_query *query, const struct record *record)
{
	size_t offset = 0, len = 0;
	bool found = column_find(line, query, &offset, &len) == 0;
	bool expected = !record->is_faulty && query->number <= record->n &&
			(query->width == 0 || query->width == record->n);

	if (query->where > 0)
		expected = expected && query->where <= record->n &&
			   is_equal(&record->fields[query->where - 1], query->equals);
	must(found == expected);
	if (!found)
		return;
	must(offset <= line.len && len <= line.len - offset);
	must(text_equal(text_make(line.data + offset, len),
		text_make(record->fields[query->number - 1].written,
			record->fields[query->number - 1].n_written)));
}

/* Headers before a fault are found, so only whole records are compared. */
static void check_header(
	struct text line, char separator, const struct record *record, struct text name)
{
	size_t number = column_find_header(line, separator, name), expected = 0;

	for (size_t i = record->n; i > 0; i--)
		if (text_equal_nocase(text_trim(meant(&record->fields[i - 1])), name))
			expected = i;
	must(record->is_faulty || number == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record record;
	struct column_query query;
	struct text line, second;

	if (size < 4 || size > TEXT_MAX || memchr(data + 4, '\n', size - 4) ||
		memchr(data + 4, '\r', size - 4))
		return 0;
	line = text_make((const char *)data + 4, size - 4);
	query = (struct column_query){
		.number = data[1] % 8 + 1,
		.separator = separators[data[0] % (sizeof(separators) - 1)],
		.width = data[2] % 8,
		.where = data[3] % 8,
	};
	split(line, query.separator, &record);
	if (record.n >= FIELDS_MAX)
		return 0;
	second = text_trim(meant(&record.fields[1]));
	if (second.len <= COLUMN_TEXT_MAX)
		query.equals = second;
	check_column(line, &query, &record);
	if (query.equals.len > 0)
		check_header(line, query.separator, &record, query.equals);
	return 0;
}
