/* A field is read from its first byte; what came before it does not matter. */
#include "config.h"

#include "base/csv/csv.h"

#include <assert.h>

/* The offset of what ends the field: a separator, LF, CR before LF or before the end of the text,
 * or the end of the text. */
static size_t find_end(struct text text, size_t at, char separator)
{
	for (; at < text.len; at++) {
		char c = text.data[at];

		if (c == separator || c == '\n')
			return at;
		if (c == '\r' && (at + 1 == text.len || text.data[at + 1] == '\n'))
			return at;
	}
	return at;
}

/* Read what is behind the opening quote; returns the offset behind the closing one. */
static size_t read_quoted(struct text text, size_t start, struct csv_field *field)
{
	size_t at = start;
	const char *quote;

	field->is_quoted = true;
	while (at < text.len && (quote = memchr(text.data + at, '"', text.len - at))) {
		at = (size_t)(quote - text.data) + 1;
		if (at < text.len && text.data[at] == '"') {
			at++;
			continue;
		}
		field->value = text_make(text.data + start, at - 1 - start);
		return at;
	}
	field->value = text_make(text.data + start, text.len - start);
	field->fault = CSV_NO_QUOTE;
	return text.len;
}

/* Set how the field ends, which is at text[at]. */
static void end_field(struct text text, size_t at, char separator, struct csv_field *field)
{
	field->end = CSV_TEXT_END;
	field->next = text.len;
	if (at == text.len || (text.data[at] == '\r' && at + 1 == text.len))
		return;
	field->end = text.data[at] == separator ? CSV_SEPARATOR : CSV_LINE_END;
	field->next = text.data[at] == '\r' ? at + 2 : at + 1;
}

void csv_read_field(struct text text, size_t at, char separator, struct csv_field *ret)
{
	struct csv_field field = { 0 };
	size_t end;

	assert(at <= text.len);
	assert(separator != '"' && separator != '\n' && separator != '\r');
	if (at < text.len && text.data[at] == '"') {
		size_t behind = read_quoted(text, at + 1, &field);

		end = find_end(text, behind, separator);
		if (end > behind)
			field.fault = CSV_BEHIND_QUOTE;
	} else {
		end = find_end(text, at, separator);
		field.value = text_make(text.data + at, end - at);
	}
	end_field(text, end, separator, &field);
	assert(field.next > at || field.end == CSV_TEXT_END);
	*ret = field;
}

size_t csv_copy_value(const struct csv_field *field, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < field->value.len; i++) {
		char c = field->value.data[i];

		out[n++] = c;
		/* Between the quotes of a field, each quote has a second one behind it. */
		if (field->is_quoted && c == '"' && i + 1 < field->value.len)
			i++;
	}
	return n;
}
