/* A word begins behind what is neither letter nor digit, and at a capital behind a small letter.
 * Latin letters outside of ASCII count as the ASCII letters that people write for them. */
#include "config.h"

#include "tool/import/slug.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cause/catalog.h"

enum { LATIN_FIRST = 0xC0, LATIN_LAST = 0x17F, LETTERS_MAX = 2 };

/* The full-width forms of `!` to `~`. */
enum { FULL_WIDTH_FIRST = 0xFF01, FULL_WIDTH_LAST = 0xFF5E };

/* Two bytes for each character of Latin-1's letters and Latin Extended-A, one or both blank where
 * it has fewer letters. Only the first byte is a capital: it has the case of the character. */
static const char latin[] = "A A A A AeA AeC E E E E I I I I "  /* U+00C0 */
			    "D N O O O O Oe  O U U U UeY Thss"  /* U+00D0 */
			    "a a a a aea aec e e e e i i i i "  /* U+00E0 */
			    "d n o o o o oe  o u u u uey thy "  /* U+00F0 */
			    "A a A a A a C c C c C c C c D d "  /* U+0100 */
			    "D d E e E e E e E e E e G g G g "  /* U+0110 */
			    "G g G g H h H h I i I i I i I i "  /* U+0120 */
			    "I i IjijJ j K k k L l L l L l L "  /* U+0130 */
			    "l L l N n N n N n n NgngO o O o "  /* U+0140 */
			    "O o OeoeR r R r R r S s S s S s "  /* U+0150 */
			    "S s T t T t T t U u U u U u U u "  /* U+0160 */
			    "U u U u W w Y y Y Z z Z z Z z s "; /* U+0170 */

static_assert(sizeof(latin) == LETTERS_MAX * (LATIN_LAST - LATIN_FIRST + 1) + 1, "all of them");

/* Characters from U+0080 that are no letters: losing them loses no part of a word. */
static const struct {
	uint32_t first, last;
} signs[] = {
	{ 0x80, 0xBF }, { 0xD7, 0xD7 }, { 0xF7, 0xF7 },
	{ 0x2000, 0x2BFF },   /* punctuation, arrows, shapes */
	{ 0x3000, 0x303F },   /* punctuation of East Asia */
	{ 0xE000, 0xF8FF },   /* for private use */
	{ 0xFE00, 0xFE6F },   /* selectors, vertical and small punctuation */
	{ 0xFF01, 0xFF65 },   /* of full width; letters among them have a form in ASCII */
	{ 0xFFF9, 0xFFFF },   /* the replacement character, and no characters */
	{ 0x1F000, 0x1FAFF }, /* pictures */
};

/* Take a character off a text that is not empty. One that is not UTF-8 is U+0000. */
static uint32_t take_character(struct text *rest)
{
	unsigned char first = (unsigned char)rest->data[0];
	size_t len = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, n = 1;
	uint32_t code = len == 1 ? first : first & (0x7Fu >> len);

	text_skip(rest, 1);
	for (; n < len && rest->len > 0 && char_continues(rest->data[0]); n++) {
		code = code << 6 | ((unsigned char)rest->data[0] & 0x3F);
		text_skip(rest, 1);
	}
	return n < len || (len == 1 && first >= 0x80) ? 0 : code;
}

/* An accent that is a character of its own, behind its letter. */
static bool is_accent(uint32_t code)
{
	return code >= 0x300 && code <= 0x36F;
}

/* The ASCII letters or the digit of a character, in `ret`, which has room for LETTERS_MAX; a
 * capital has the first one as a capital. Returns how many; 0: it has none. */
static size_t find_letters(uint32_t code, char *ret)
{
	if (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST)
		code -= FULL_WIDTH_FIRST - '!';
	if (code < 0x80) {
		ret[0] = (char)code;
		return char_is_word(ret[0]) && ret[0] != '_';
	}
	if (code < LATIN_FIRST || code > LATIN_LAST)
		return 0;
	memcpy(ret, &latin[(size_t)LETTERS_MAX * (code - LATIN_FIRST)], LETTERS_MAX);
	return (ret[0] != ' ') + (size_t)(ret[1] != ' ');
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

size_t slug_print(struct text text, char *out)
{
	size_t n = 0;
	char before = '\0';

	while (text.len > 0 && n < CATALOG_NAME_MAX) {
		uint32_t code = take_character(&text);
		char letters[LETTERS_MAX] = { 0 };
		size_t n_letters = find_letters(code, letters);
		bool is_digit = char_is_digit(letters[0]);
		bool is_part = n_letters > 0 && (n > 0 || !is_digit);
		/* `userBusy` is two words. */
		bool begins =
			n > 0 && is_part &&
			(before == '-' || (is_lower(before) && !is_digit && !is_lower(letters[0])));

		if (is_accent(code))
			continue;
		if (begins && n + 1 < CATALOG_NAME_MAX)
			out[n++] = '-';
		else if (begins)
			break;
		for (size_t i = 0; is_part && i < n_letters && n < CATALOG_NAME_MAX; i++)
			out[n++] = char_lower(letters[i]);
		before = '-';
		if (is_part)
			before = letters[0];
	}
	out[n] = '\0';
	return n;
}

static bool is_letter(uint32_t code)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (code >= signs[i].first && code <= signs[i].last)
			return false;
	return code >= 0x80 && !is_accent(code);
}

struct text slug_find_lost(struct text text)
{
	while (text.len > 0) {
		char letters[LETTERS_MAX];
		struct text at = text;
		uint32_t code = take_character(&text);

		if (is_letter(code) && find_letters(code, letters) == 0)
			return text_make(at.data, at.len - text.len);
	}
	return text_make("", 0);
}
