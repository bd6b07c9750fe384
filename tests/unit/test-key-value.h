/* What the tests of cause/value share: rows of a line and of what its key must give. */
#pragma once

#include "test.h"

#include "cause/search/key-value.h"

/* A line with one key, `key`, and what it must give: the value as written and the code that it
 * means. `written` NULL: no value. */
struct value_row {
	struct text line;
	const char *written;
	uint32_t code;
};

/* A row whose key gives nothing. */
#define NONE(literal)                  \
	{                              \
		TEXT(literal), NULL, 0 \
	}

static inline size_t value_find_key(struct text line)
{
	for (size_t i = 0; i + 3 <= line.len; i++)
		if (text_equal(text_make(line.data + i, 3), TEXT("key")))
			return i;
	fail_msg("no key in the row '%.*s'", TEXT_FORMAT(line));
	return 0;
}

static const struct value_form decimal = { .base = VALUE_DECIMAL };

/* The names that the rows know. */
static inline enum value_spelling value_find_name(const void *names, struct text name)
{
	static const char *const known[] = { "user_busy", "User-Request", "transfer.noanswer",
		"NONE", "Normal", "Normal Clearing", "Normal, unspecified", "no-answer",
		"3rd-party", "Mandatory IE (length) error" };

	(void)names;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_equal_nocase(name, text_of(known[i])))
			return text_equal(name, text_of(known[i])) ? VALUE_NAME_SPELLED
								   : VALUE_NAME_KNOWN;
	return VALUE_NAME_UNKNOWN;
}

static inline bool value_row_holds(const struct value_row *row, enum value_base base)
{
	struct value value = { 0 };
	size_t key = value_find_key(row->line);
	const struct value_form form = { .base = base, .find_name = value_find_name };
	struct text written;

	if (!value_after_key(row->line, key, key + 3, &form, &value))
		return !row->written;
	written = text_make(row->line.data + value.offset, value.len);
	if (row->written && value.offset + value.len <= row->line.len &&
		text_equal(written, text_of(row->written)) &&
		(base >= VALUE_NAME || value.code == row->code))
		return true;
	print_error("gave '%.*s', code %u\n", TEXT_FORMAT(written), value.code);
	return false;
}

static inline void value_check(const struct value_row *rows, size_t n, enum value_base base)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		if (value_row_holds(&rows[i], base))
			continue;
		print_error("^ row %zu: %.*s\n", i, TEXT_FORMAT(rows[i].line));
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
}

/* Every line, cut off after every byte behind its key: nothing behind the cut is looked at. */
static inline void value_check_cuts(const struct text *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t len = value_find_key(lines[i]) + 3; len <= lines[i].len; len++) {
			char *copy = malloc(len);
			struct text cut = text_make(copy, len);
			size_t key = value_find_key(lines[i]);

			assert_non_null(copy);
			memcpy(copy, lines[i].data, len);
			for (int base = VALUE_DECIMAL; base <= VALUE_TEXT; base++) {
				const struct value_form form = { .base = (enum value_base)base,
					.find_name = value_find_name };
				struct value value = { 0 };

				if (!value_after_key(cut, key, key + 3, &form, &value))
					continue;
				do
					assert_between(value.offset + value.len, key + 5, len);
				while (value_next(cut, &form, &value));
			}
			free(copy);
		}
}
