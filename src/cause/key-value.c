/* An index moves to the right from the key: closing quote, separator, opening quote, value, and
 * what must follow a value. In doubt there is no value: after a missed code the line is as it was,
 * but a wrong code misleads its reader. */
#include "config.h"

#include "cause/key-value.h"

#include <assert.h>
#include <errno.h>

const char *const value_base_names[] = { "decimal", "hex", "q931", "name", NULL };

/* The byte at `i`; a line end outside the text. */
static char byte_at(struct text t, size_t i)
{
	char c = '\n';

	if (i < t.len)
		c = t.data[i];
	return c;
}

static size_t skip_blanks(struct text t, size_t i)
{
	while (char_is_blank(byte_at(t, i)))
		i++;
	return i;
}

/* A quote as written: `"` or `'` behind any number of backslashes. */
struct quote {
	char mark; /* 0 = none */
	size_t n_escapes;
};

static struct quote quote_at(struct text t, size_t i, size_t *ret_end)
{
	struct quote quote = { 0 };

	while (byte_at(t, i) == '\\') {
		quote.n_escapes++;
		i++;
	}
	if (byte_at(t, i) != '"' && byte_at(t, i) != '\'')
		return (struct quote){ 0 };
	quote.mark = byte_at(t, i);
	*ret_end = i + 1;
	return quote;
}

static struct quote quote_before(struct text t, size_t i)
{
	struct quote quote = { 0 };

	if (i == 0 || (t.data[i - 1] != '"' && t.data[i - 1] != '\''))
		return quote;
	quote.mark = t.data[--i];
	while (i > 0 && t.data[i - 1] == '\\') {
		quote.n_escapes++;
		i--;
	}
	return quote;
}

static bool quote_equal(struct quote a, struct quote b)
{
	return a.mark == b.mark && a.n_escapes == b.n_escapes;
}

/* Whether a terminal's color sequence, ESC [ 1 ; 31 m, ends before `end`. */
static bool ends_color(struct text t, size_t end)
{
	size_t i = end > 0 && t.data[end - 1] == 'm' ? end - 1 : 0;

	while (i > 0 && (char_is_digit(t.data[i - 1]) || t.data[i - 1] == ';'))
		i--;
	return i > 1 && t.data[i - 1] == '[' && t.data[i - 2] == '\033';
}

/* Whether a word may start at `start`. In text that was escaped, `\n`, `\t` and `\r` as two
 * characters are blanks and no letters. The end of a color sequence is no letter either. */
static bool starts_word(struct text t, size_t start)
{
	char before = byte_at(t, start > 0 ? start - 1 : t.len);

	if (before == 'n' || before == 't' || before == 'r')
		return start > 1 && t.data[start - 2] == '\\';
	return (!char_is_word(before) && before != '-') || ends_color(t, start);
}

/* Whether nothing at `i` continues the number or name that ends there. `512.5`, `512.log`, `87-3`,
 * `10:30` and `2/7` are not 512, 512, 87, 10 and 2. */
static bool ends_value(struct text t, size_t i)
{
	char c = byte_at(t, i), next = byte_at(t, i + 1);

	if (char_is_word(c))
		return false;
	if (c == ':' || c == '/')
		return !char_is_digit(next);
	if (c == '-' || c == '.')
		return !char_is_word(next);
	return true;
}

static bool is_hex_digit(char c)
{
	c = char_lower(c);
	return char_is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t skip_name(struct text t, size_t i)
{
	if (char_is_digit(byte_at(t, i)))
		return i;
	while (char_is_word(byte_at(t, i)))
		i++;
	return i;
}

static size_t skip_digits(struct text t, size_t i, enum value_base base)
{
	while (base == VALUE_DECIMAL ? char_is_digit(byte_at(t, i)) : is_hex_digit(byte_at(t, i)))
		i++;
	return i;
}

static bool read_name(struct text t, size_t i, struct value *ret, size_t *ret_end)
{
	size_t end = skip_name(t, i);

	if (end == i || end - i > VALUE_NAME_MAX)
		return false;
	*ret = (struct value){ .offset = i, .len = end - i };
	*ret_end = end;
	return true;
}

/* Read the value that starts at `i`. */
static bool read_value(
	struct text t, size_t i, enum value_base base, struct value *ret, size_t *ret_end)
{
	size_t digits = i, end;
	uint64_t code;

	if (base == VALUE_NAME)
		return read_name(t, i, ret, ret_end);
	if (base != VALUE_DECIMAL && byte_at(t, i) == '0' && char_lower(byte_at(t, i + 1)) == 'x')
		digits += 2;
	end = skip_digits(t, digits, base);
	if (end == digits || end - digits > VALUE_DIGITS_MAX)
		return false;
	if (base == VALUE_Q931 && end - digits != 4)
		return false;
	if (text_parse_number(text_make(t.data + digits, end - digits),
		    base == VALUE_DECIMAL ? 10 : 16, VALUE_CODE_MAX, &code) < 0)
		return false;
	if (base == VALUE_Q931 && !(code & 0x80))
		return false;
	if (base == VALUE_Q931)
		code &= 0x7F;
	*ret = (struct value){ .offset = i, .len = end - i, .code = (uint32_t)code };
	*ret_end = end;
	return true;
}

/* `<key>1</key>`, `<ns:key attribute="x"> 1 </ns:key>`: whether the key opens an element. */
static bool opens_element(struct text t, size_t start)
{
	if (start > 0 && t.data[start - 1] == ':') {
		start--;
		while (start > 0 && (char_is_word(t.data[start - 1]) || t.data[start - 1] == '-'))
			start--;
	}
	return start > 0 && t.data[start - 1] == '<';
}

static bool value_in_element(struct text t, size_t end, enum value_base base, struct value *ret)
{
	size_t i = end;

	if (byte_at(t, i) != '>' && !char_is_blank(byte_at(t, i)))
		return false;
	while (byte_at(t, i) != '>' && byte_at(t, i) != '<' && byte_at(t, i) != '\n')
		i++;
	if (byte_at(t, i) != '>' || byte_at(t, i - 1) == '/')
		return false;
	i = skip_blanks(t, i + 1);
	if (!read_value(t, i, base, ret, &i))
		return false;
	i = skip_blanks(t, i);
	return byte_at(t, i) == '<' && byte_at(t, i + 1) == '/';
}

/* `=`, `:` or `=>` with blanks around it; 0 where there is none. `==` and `::` are none. */
static size_t skip_separator(struct text t, size_t i)
{
	char c;

	i = skip_blanks(t, i);
	c = byte_at(t, i++);
	if (c != '=' && c != ':')
		return 0;
	if (c == '=' && byte_at(t, i) == '>')
		i++;
	if (byte_at(t, i) == '=' || byte_at(t, i) == ':')
		return 0;
	return skip_blanks(t, i);
}

bool value_after_key(
	struct text text, size_t start, size_t end, enum value_base base, struct value *ret)
{
	struct quote closing, opening;
	size_t i = end;

	assert(start < end && end <= text.len);
	if (!starts_word(text, start))
		return false;
	if (opens_element(text, start))
		return value_in_element(text, end, base, ret);

	closing = quote_at(text, i, &i);
	if (closing.mark && !quote_equal(closing, quote_before(text, start)))
		return false;
	i = skip_separator(text, i);
	if (i == 0)
		return false;
	opening = quote_at(text, i, &i);
	if (!opening.mark)
		return read_value(text, i, base, ret, &i) && ends_value(text, i);

	i = skip_blanks(text, i);
	if (!read_value(text, i, base, ret, &i))
		return false;
	return quote_equal(quote_at(text, skip_blanks(text, i), &i), opening);
}

bool value_whole(
	struct text text, size_t offset, size_t len, enum value_base base, struct value *ret)
{
	struct text inside = text_make(text.data, offset + len);
	size_t i = skip_blanks(inside, offset);

	return read_value(inside, i, base, ret, &i) && skip_blanks(inside, i) == inside.len;
}
