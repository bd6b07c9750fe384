/* Fields of delimited records: whatever the bytes, every byte belongs to one field or to what ends
 * it, and a field written again as RFC 4180 has it is read as the same value.
 *
 * The input: a byte for the separator, then the text. */
#include "config.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/csv/csv.h"
#include "fuzz.h"

static const char separators[] = ",;\t|";

/* Write the value in quotes, and read it again. */
static void check_written_again(struct text value, char separator)
{
	CLEANUP(freep) char *written = malloc(2 * value.len + 3);
	CLEANUP(freep) char *again = malloc(value.len + 1);
	struct csv_field field;
	size_t n = 0;

	must(written && again);
	written[n++] = '"';
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"')
			written[n++] = '"';
		written[n++] = value.data[i];
	}
	written[n++] = '"';
	written[n++] = separator;
	csv_read_field(text_make(written, n), 0, separator, &field);
	must(field.fault == CSV_NO_FAULT && field.end == CSV_SEPARATOR && field.next == n);
	must(csv_copy_value(&field, again) == value.len);
	must(value.len == 0 || memcmp(again, value.data, value.len) == 0);
}

static void check_field(struct text text, size_t at, const struct csv_field *field)
{
	size_t start = (size_t)(field->value.data - text.data);

	must(start == at + field->is_quoted);
	must(start + field->value.len <= field->next && field->next <= text.len);
	must(field->is_quoted == (at < text.len && text.data[at] == '"'));
	must(field->is_quoted || field->fault == CSV_NO_FAULT);
	must(field->is_quoted || !memchr(field->value.data, '\n', field->value.len));
	must((field->end == CSV_TEXT_END) ? field->next == text.len : field->next > at);
	must(field->end != CSV_LINE_END || text.data[field->next - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = text_make((const char *)data + 1, size > 0 ? size - 1 : 0);
	CLEANUP(freep) char *value = malloc(size + 1);
	struct csv_field field;
	char separator;
	size_t at = 0;

	if (size == 0)
		return 0;
	must(value != NULL);
	separator = separators[data[0] % (sizeof(separators) - 1)];
	do {
		size_t n;

		csv_read_field(text, at, separator, &field);
		check_field(text, at, &field);
		n = csv_copy_value(&field, value);
		must(n <= field.value.len);
		check_written_again(text_make(value, n), separator);
		at = field.next;
	} while (field.end != CSV_TEXT_END);
	return 0;
}
