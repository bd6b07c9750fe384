/* An escape is a mark and a code: backslashes and `u003c`, `#` and `011`. */
#include "config.h"

#include "cause/search/characters/written.h"

enum {
	CONTROL_MAX = 0x1F, /* octal codes are those of control characters */
	NO_CODE = UINT32_MAX,
	SHORT_LEN = 1,
	BYTE_LEN = 3, /* x3c, 033 */
	UNICODE_LEN = 5,
};

static uint32_t hex_digits(struct text t, size_t i, size_t n)
{
	uint64_t code;

	if (n > t.len - i || text_parse_number(text_make(t.data + i, n), 16, UINT16_MAX, &code) < 0)
		return NO_CODE;
	return (uint32_t)code;
}

/* Three digits: `033`. */
static uint32_t octal_digits(struct text t, size_t i)
{
	uint32_t code = 0;

	if (t.len - i < BYTE_LEN)
		return NO_CODE;
	for (size_t n = 0; n < BYTE_LEN; n++) {
		char c = t.data[i + n];

		if (c < '0' || c > '7')
			return NO_CODE;
		code = code * 8 + (uint32_t)(c - '0');
	}
	return code <= CONTROL_MAX ? code : NO_CODE;
}

/* The code at `i`, directly behind backslashes. */
static uint32_t code_at(struct text t, size_t i, size_t *ret_len)
{
	if (i >= t.len)
		return NO_CODE;
	*ret_len = SHORT_LEN;
	switch (t.data[i]) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '/':
		return '/';
	case 'u':
		*ret_len = UNICODE_LEN;
		return hex_digits(t, i + 1, UNICODE_LEN - 1);
	case 'x':
		*ret_len = BYTE_LEN;
		return hex_digits(t, i + 1, BYTE_LEN - 1);
	default:
		*ret_len = BYTE_LEN;
		return octal_digits(t, i);
	}
}

static size_t skip_backslashes(struct text t, size_t i)
{
	size_t end = i;

	while (end < t.len && t.data[end] == '\\' && end - i < WRITTEN_BACKSLASHES_MAX)
		end++;
	return end;
}

static bool is_continuation(struct text t, size_t i)
{
	return i < t.len && char_continues(t.data[i]);
}

/* A character of two or three bytes in UTF-8. Longer ones mean nothing here. */
static uint32_t utf8_at(struct text t, size_t i, size_t *ret_len)
{
	const unsigned char *bytes = (const unsigned char *)t.data + i;

	if (bytes[0] >= 0xC2 && bytes[0] < 0xE0 && is_continuation(t, i + 1)) {
		*ret_len = 2;
		return (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
	}
	if (bytes[0] >= 0xE1 && bytes[0] < 0xF0 && is_continuation(t, i + 1) &&
		is_continuation(t, i + 2)) {
		*ret_len = 3;
		return (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
	}
	return WRITTEN_DAMAGED;
}

uint32_t written_long_at(struct text t, size_t i, size_t *ret_end)
{
	size_t start = i, len = 1;
	uint32_t code = NO_CODE;

	*ret_end = i;
	if (i >= t.len)
		return '\n';
	if ((unsigned char)t.data[i] >= 0x80) {
		code = utf8_at(t, i, &len);
	} else if (t.data[i] == '\\') {
		start = skip_backslashes(t, i);
		code = code_at(t, start, &len);
	} else if (t.data[i] == '#') {
		code = octal_digits(t, ++start);
		len = BYTE_LEN;
	}
	*ret_end = code == NO_CODE ? i + 1 : start + len;
	return code == NO_CODE ? (unsigned char)t.data[i] : code;
}

/* The escape that ends before `i` with a code of `len` bytes. */
static uint32_t escape_before(struct text t, size_t i, size_t len, size_t *ret_start)
{
	size_t start = i - len, n = 0, code_len;
	uint32_t code = NO_CODE;

	if (start > 0 && t.data[start - 1] == '\\') {
		code = code_at(t, start, &code_len);
		if (code == NO_CODE || code_len != len)
			return NO_CODE;
		while (start > 0 && t.data[start - 1] == '\\' && n++ < WRITTEN_BACKSLASHES_MAX)
			start--;
	} else if (start > 0 && t.data[start - 1] == '#' && len == BYTE_LEN) {
		code = octal_digits(t, start--);
	}
	*ret_start = start;
	return code;
}

uint32_t written_long_before(struct text t, size_t i, size_t *ret_start)
{
	static const size_t lens[] = { SHORT_LEN, BYTE_LEN, UNICODE_LEN };
	struct text front = text_make(t.data, i);
	uint32_t code = NO_CODE;

	*ret_start = 0;
	if (i == 0)
		return '\n';
	for (size_t n = 0; n < sizeof(lens) / sizeof(lens[0]) && lens[n] < i; n++) {
		code = escape_before(front, i, lens[n], ret_start);
		if (code != NO_CODE)
			return code;
	}
	*ret_start = i - 1;
	return (unsigned char)t.data[i - 1] < 0x80 ? (unsigned char)t.data[i - 1] : WRITTEN_DAMAGED;
}

bool written_is_cut(struct text t, size_t i)
{
	size_t start = i, len = BYTE_LEN;

	if (i >= t.len || (t.data[i] != '\\' && t.data[i] != '#'))
		return false;
	start = t.data[i] == '#' ? i + 1 : skip_backslashes(t, i);
	if (start == t.len)
		return true;
	if (t.data[i] == '\\' && (t.data[start] == 'u' || t.data[start] == 'x')) {
		len = t.data[start] == 'u' ? UNICODE_LEN : BYTE_LEN;
	} else if (!char_is_hex_digit(t.data[start])) {
		return false;
	}
	for (size_t n = start + 1; n < t.len; n++)
		if (!char_is_hex_digit(t.data[n]))
			return false;
	return t.len - start < len;
}
