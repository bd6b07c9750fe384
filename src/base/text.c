/* Bounded text. No function here allocates, or reads past the length of its argument. */
#include "config.h"

#include "base/text.h"

#include <assert.h>
#include <errno.h>

struct text text_cut(struct text t, size_t len)
{
	size_t end = len;

	if (len >= t.len)
		return t;
	for (size_t i = 0; i < 3 && end > 0 && char_continues(t.data[end]); i++)
		end--;
	return text_make(t.data, end);
}

size_t text_count_backslashes(struct text t, size_t start, size_t end)
{
	size_t n = 0;

	assert(start <= end && end <= t.len);
	while (end - n > start && t.data[end - n - 1] == '\\')
		n++;
	return n;
}

int text_compare(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int text_compare_nocase(struct text a, struct text b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)char_lower(a.data[i]);
		unsigned char y = (unsigned char)char_lower(b.data[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool text_equal_nocase(struct text a, struct text b)
{
	return a.len == b.len && text_compare_nocase(a, b) == 0;
}

struct text text_trim(struct text t)
{
	while (t.len > 0 && char_is_blank(t.data[0])) {
		t.data++;
		t.len--;
	}
	while (t.len > 0 && char_is_blank(t.data[t.len - 1]))
		t.len--;
	return t;
}

bool text_contains_nocase(struct text t, struct text needle)
{
	for (size_t i = 0; i + needle.len <= t.len; i++)
		if (text_equal_nocase(text_make(t.data + i, needle.len), needle))
			return true;
	return false;
}

static unsigned digit_value(char c)
{
	if (char_is_digit(c))
		return (unsigned)(c - '0');
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT8_MAX;
}

int text_parse_number(struct text t, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	bool is_too_great = false;

	assert(base == 10 || base == 16);
	if (t.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < t.len; i++) {
		unsigned digit = digit_value(t.data[i]);

		if (digit >= base)
			return -EINVAL;
		/* A division for each digit would cost more than all else. */
		if (value > UINT64_MAX / 32 && value > (UINT64_MAX - digit) / base)
			is_too_great = true;
		value = value * base + digit;
	}
	if (is_too_great || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

size_t text_print_number(uint64_t number, char *ret)
{
	size_t len = 1;

	for (uint64_t rest = number; rest >= 10; rest /= 10)
		len++;
	for (size_t at = len; at > 0; number /= 10)
		ret[--at] = (char)('0' + number % 10);
	return len;
}

size_t text_print_hex(uint64_t number, char *ret)
{
	size_t len = 1;

	for (uint64_t rest = number; rest >= 16; rest /= 16)
		len++;
	for (size_t at = len; at > 0; number /= 16)
		ret[--at] = "0123456789abcdef"[number % 16];
	return len;
}

/* -- several bytes at once --------------------------------------------- */

/* The compiler makes these the vectors of the machine, or numbers where it has none. */
typedef unsigned char vector __attribute__((vector_size(16)));

/* Of which bytes of a word the highest bit is set: each that is not ASCII. */
static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);

/* For each of 16 bytes, whether it is no plain one: 0xFF or 0. */
static inline vector find_special(vector bytes, char also)
{
	return (vector)((bytes < ' ') | (bytes > '~') | (bytes == '"') | (bytes == '\\') |
			(bytes == (unsigned char)also));
}

/* The first of the 16 bytes that is not 0; 16 where there is none. */
static inline size_t find_first(vector found)
{
	uint64_t words[2];

	memcpy(words, &found, sizeof(words));
	if (words[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(words[0])) / 8;
	return words[1] != 0 ? 8 + (size_t)__builtin_ctzll(le64toh(words[1])) / 8 : sizeof(found);
}

static inline vector load_vector(const char *data)
{
	vector bytes;

	memcpy(&bytes, data, sizeof(bytes));
	return bytes;
}

/* A text of 1 to 15 bytes with NUL behind it. Its ends are read, which may overlap: a copy of a
 * length that the compiler does not know costs more. */
static inline vector load_short(struct text t)
{
	uint64_t words[2] = { 0 };
	vector bytes;

	if (t.len > 8) {
		words[0] = text_load_64(t.data);
		words[1] = text_load_64(t.data + t.len - 8) >> (8 * (16 - t.len));
	} else if (t.len >= 4) {
		words[0] = text_load_32(t.data) | (uint64_t)text_load_32(t.data + t.len - 4)
							  << (8 * (t.len - 4));
	} else {
		for (size_t i = 0; i < t.len; i++)
			words[0] |= (uint64_t)(unsigned char)t.data[i] << (8 * i);
	}
	words[0] = htole64(words[0]);
	words[1] = htole64(words[1]);
	memcpy(&bytes, words, sizeof(bytes));
	return bytes;
}

size_t text_plain_len(struct text t, char also)
{
	size_t n = 0, first;

	if (t.len == 0)
		return 0;
	if (t.len < sizeof(vector))
		return find_first(find_special(load_short(t), also));
	do {
		/* The last step ends with the text, and sees some bytes again. */
		if (n > t.len - sizeof(vector))
			n = t.len - sizeof(vector);
		first = find_first(find_special(load_vector(t.data + n), also));
		n += first;
	} while (first == sizeof(vector) && n < t.len);
	return n;
}

/* Bytes of ASCII at the front of `t`. */
static size_t ascii_len(struct text t)
{
	size_t n = 0;

	while (t.len - n >= sizeof(uint64_t) && (text_load_64(t.data + n) & HIGH_BITS) == 0)
		n += sizeof(uint64_t);
	while (n < t.len && (unsigned char)t.data[n] < 0x80)
		n++;
	return n;
}

/* Bytes of the well-formed UTF-8 sequence at `s`; 0 where there is none (RFC 3629 section 4). */
static size_t utf8_sequence(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
		n = 2;
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
		n = 3;
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
		n = 4;
	else
		return 0;

	if (s[0] == 0xE0)
		low = 0xA0;
	else if (s[0] == 0xED)
		high = 0x9F;
	else if (s[0] == 0xF0)
		low = 0x90;
	else if (s[0] == 0xF4)
		high = 0x8F;
	if (len < n || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

size_t text_character_len(struct text t)
{
	return t.len > 0 ? utf8_sequence((const unsigned char *)t.data, t.len) : 0;
}

bool text_is_utf8(struct text t)
{
	for (;;) {
		size_t n;

		text_skip(&t, ascii_len(t));
		if (t.len == 0)
			return true;
		n = text_character_len(t);
		if (n == 0)
			return false;
		text_skip(&t, n);
	}
}

void text_mask_damage(char *data, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_sequence((const unsigned char *)data + i, len - i);

		if (n == 0)
			data[i] = '?';
		i += n > 0 ? n : 1;
	}
}

/* Bytes of the control character at `t`; 0 where there is none. */
static size_t control_at(struct text t)
{
	unsigned char c = (unsigned char)t.data[0];
	unsigned char next = t.len > 1 ? (unsigned char)t.data[1] : 0;

	if (c < ' ' || c == 0x7F)
		return 1;
	return c == 0xC2 && next >= 0x80 && next <= 0x9F ? 2 : 0;
}

bool text_has_controls(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c >= 0x20 && c < 0x7F)
			continue;
		if (control_at(text_make(t.data + i, t.len - i)) > 0)
			return true;
	}
	return false;
}

void text_mask_controls(char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t n = control_at(text_make(data + i, len - i));

		memset(data + i, '?', n);
	}
}

/* The reordering character at `t`, 0 where there is none, and its bytes. */
static uint32_t reordering_at(struct text t, size_t *ret_len)
{
	unsigned char c[3] = { 0 };
	uint32_t code = 0;

	memcpy(c, t.data, t.len < sizeof(c) ? t.len : sizeof(c));
	if (c[0] == 0xD8 && c[1] == 0x9C) {
		*ret_len = 2;
		return 0x061C;
	}
	if (c[0] == 0xE2 && (c[1] == 0x80 || c[1] == 0x81))
		code = 0x2000 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu);
	*ret_len = sizeof(c);
	if (t.len < sizeof(c) || (c[2] & 0xC0) != 0x80)
		return 0;
	return code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
			       (code >= 0x2066 && code <= 0x2069)
		       ? code
		       : 0;
}

uint32_t text_find_reordering(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		uint32_t code;
		size_t len;

		if ((unsigned char)t.data[i] < 0x80)
			continue;
		code = reordering_at(text_make(t.data + i, t.len - i), &len);

		if (code != 0)
			return code;
	}
	return 0;
}

void text_mask_for_terminal(char *data, size_t len)
{
	text_mask_controls(data, len);
	for (size_t i = 0; i < len; i++) {
		size_t n;

		if (reordering_at(text_make(data + i, len - i), &n) != 0)
			memset(data + i, '?', n);
	}
}

size_t text_distance(struct text a, struct text b)
{
	size_t row[TEXT_DISTANCE_LEN_MAX + 1];

	if (a.len > TEXT_DISTANCE_LEN_MAX || b.len > TEXT_DISTANCE_LEN_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;

	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t up = row[j];
			size_t best = diagonal;

			if (char_lower(a.data[i - 1]) != char_lower(b.data[j - 1]))
				best++;
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[b.len];
}
