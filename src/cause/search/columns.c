/* A record is read from its start to its end, because its width may count. */
#include "config.h"

#include "cause/search/columns.h"

#include <assert.h>

#include "base/csv/csv.h"

/* Whether the field has this text. */
static bool has_text(const struct csv_field *field, struct text wanted, bool any_case)
{
	char copy[2 * COLUMN_TEXT_MAX];
	struct text value = text_trim(field->value);

	assert(wanted.len <= COLUMN_TEXT_MAX);
	if (field->is_quoted && value.len <= sizeof(copy)) {
		struct csv_field trimmed = *field;

		trimmed.value = value;
		value = text_make(copy, csv_copy_value(&trimmed, copy));
	}
	return any_case ? text_equal_nocase(value, wanted) : text_equal(value, wanted);
}

int column_find(
	struct text line, const struct column_query *query, size_t *ret_offset, size_t *ret_len)
{
	struct csv_field field = { .end = CSV_SEPARATOR };
	struct text value = { 0 };
	bool is_wanted = query->where == 0;
	size_t n = 0;

	assert(query->number > 0);
	while (field.end == CSV_SEPARATOR) {
		csv_read_field(line, field.next, query->separator, &field);
		if (field.fault != CSV_NO_FAULT)
			return COLUMN_TORN;
		n++;
		if (n == query->number)
			value = field.value;
		if (n == query->where)
			is_wanted = has_text(&field, query->equals, false);
		if (query->width > 0 && n > query->width)
			return COLUMN_NONE;
	}
	if (!value.data || !is_wanted || (query->width > 0 && n != query->width))
		return COLUMN_NONE;
	*ret_offset = (size_t)(value.data - line.data);
	*ret_len = value.len;
	return 0;
}

size_t column_find_header(struct text line, char separator, struct text name)
{
	struct csv_field field = { .end = CSV_SEPARATOR };

	for (size_t n = 1; field.end == CSV_SEPARATOR; n++) {
		csv_read_field(line, field.next, separator, &field);
		if (field.fault != CSV_NO_FAULT)
			return 0;
		if (has_text(&field, name, true))
			return n;
	}
	return 0;
}
