/* An index moves to the right from the key: closing quote, separator, opening quote, value, and
 * what must follow a value. In doubt there is no value: after a missed code the line is as it was,
 * but a wrong code misleads its reader.
 *
 * The text is read as if its colors were not there, and an escape is the character that it means.
 */
#include "config.h"

#include "cause/search/key-value.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cause/search/characters/color.h"
#include "cause/search/characters/double-byte.h"
#include "cause/search/characters/written.h"

enum {
	FULL_WIDTH_COLON = 0xFF1A,
	FULL_WIDTH_EQUALS = 0xFF1D,
	GAP_PIECES_MAX = 32, /* non-breaking blanks and runs of colors between two parts */
};

const char *const value_base_names[] = { "decimal", "hex", "q931", "name", "text", NULL };

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

static bool is_blank(uint32_t c)
{
	static const uint32_t blanks[] = { ' ', '\t', 0x00A0, 0x2007, 0x202F, 0x3000 };

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (c == blanks[i])
			return true;
	return false;
}

static bool is_word(uint32_t c)
{
	return c < 0x80 && char_is_word((char)c);
}

static bool is_digit(uint32_t c)
{
	return c < 0x80 && char_is_digit((char)c);
}

/* Skip colors, or one blank of several bytes; `i` where there is neither. */
static size_t skip_long_blank(struct text t, size_t i)
{
	size_t end = color_skip(t, i), next;

	if (end == i && is_blank(written_at(t, i, &next)))
		end = next;
	return end;
}

static size_t skip_any_gap(struct text t, size_t i)
{
	i = skip_blanks(t, i);
	for (int n = 0; n < GAP_PIECES_MAX; n++) {
		size_t end = skip_long_blank(t, i);

		if (end == i)
			break;
		i = skip_blanks(t, end);
	}
	return i;
}

/* Skip what is between two parts: blanks and colors. */
static inline size_t skip_gap(struct text t, size_t i)
{
	char c = byte_at(t, i);

	if (c > ' ' && c < 0x7F && !written_may_be_escape(t, i))
		return i;
	return skip_any_gap(t, i);
}

static size_t skip_colors(struct text t, size_t i)
{
	return color_may_begin(t, i) ? color_skip(t, i) : i;
}

/* A quote as written: `"` or `'` behind any number of backslashes, or as an escape; or `""`, which
 * is a quote inside a quoted field of CSV. */
struct quote {
	char mark; /* 0 = none */
	bool is_escape, is_doubled;
	unsigned n_escapes;
};

static bool is_quote(uint32_t c)
{
	return c == '"' || c == '\'';
}

static struct quote long_quote_at(struct text t, size_t i, size_t *ret_end)
{
	struct quote quote = { 0 };
	size_t start = i;
	uint32_t c;

	while (byte_at(t, i) == '\\') {
		quote.n_escapes++;
		i++;
	}
	c = (unsigned char)byte_at(t, i++);
	if (!is_quote(c) && quote.n_escapes > 0) {
		c = written_at(t, start, &i);
		quote.is_escape = true;
	}
	if (!is_quote(c))
		return (struct quote){ 0 };
	quote.mark = (char)c;
	quote.is_doubled = c == '"' && quote.n_escapes == 0 && byte_at(t, i) == '"';
	*ret_end = i + quote.is_doubled;
	return quote;
}

static inline struct quote quote_at(struct text t, size_t i, size_t *ret_end)
{
	char c = byte_at(t, i);

	return is_quote((unsigned char)c) || c == '\\' ? long_quote_at(t, i, ret_end)
						       : (struct quote){ 0 };
}

static struct quote quote_before(struct text t, size_t i)
{
	struct quote quote = { 0 };
	size_t start = i;
	uint32_t c = written_before(t, i, &start);

	if (!is_quote(c))
		return quote;
	quote.mark = (char)c;
	quote.is_escape = i - start > 1;
	while (quote.is_escape && t.data[start] == '\\') {
		quote.n_escapes++;
		start++;
	}
	while (!quote.is_escape && start > 0 && t.data[start - 1] == '\\') {
		quote.n_escapes++;
		start--;
	}
	quote.is_doubled = c == '"' && !quote.is_escape && quote.n_escapes == 0 && start > 0 &&
			   t.data[start - 1] == '"';
	return quote;
}

/* Whether `a` is a quote like `b`. A doubled one needs a doubled one; beside a single one, the
 * second half of a doubled one is a quote of its own. */
static bool quote_is_like(struct quote a, struct quote b)
{
	return a.mark == b.mark && a.n_escapes == b.n_escapes && a.is_escape == b.is_escape &&
	       a.is_doubled <= b.is_doubled;
}

/* Whether a word may start at `*start`, or before colors that end there: then these are skipped.
 * `ret_front`: the first byte that this depends on. */
static bool starts_word(struct text t, size_t *start, size_t *ret_front)
{
	uint32_t before;
	size_t front;

	*ret_front = *start;
	if (*start == 0 || (!char_is_word(t.data[*start - 1]) && t.data[*start - 1] != '-'))
		return true;
	*start = color_skip_before(t, *start);
	*ret_front = *start;
	before = written_before(t, *start, &front);
	if (!is_word(before) && before != '-')
		return true;
	return front + 1 == *start && double_byte_ends(t, *start, ret_front);
}

/* Whether `c` joins two numbers or words to one. */
static bool is_joint(uint32_t c)
{
	return c == '.' || c == '-' || c == ':' || c == '/';
}

/* The character behind the colors at `*i`, which moves behind it. Behind more colors than are
 * looked through, it may be anything. */
static uint32_t take_behind_colors(struct text t, size_t *i)
{
	enum { ANYTHING = '0' };
	size_t end = skip_colors(t, *i);

	if (end > *i && skip_colors(t, end) > end)
		return ANYTHING;
	return written_at(t, end, i);
}

/* Whether nothing at `i` continues the number or name that ends there. `512.5`, `512.log`, `87-3`,
 * `10:30` and `2/7` are not 512, 512, 87, 10 and 2. */
static bool ends_value(struct text t, size_t i)
{
	uint32_t c = take_behind_colors(t, &i), next;

	if (is_word(c))
		return false;
	if (!is_joint(c))
		return true;
	next = take_behind_colors(t, &i);
	return c == ':' || c == '/' ? !is_digit(next) : !is_word(next);
}

/* Whether the text ends at `i`, or within colors and escapes that begin there. */
static bool is_cut(struct text t, size_t *i)
{
	*i = skip_colors(t, *i);
	return *i == t.len || color_is_cut(t, *i);
}

bool value_may_continue(struct text text, size_t end)
{
	assert(end <= text.len);
	if (is_cut(text, &end))
		return true;
	return is_joint(written_at(text, end, &end)) && is_cut(text, &end);
}

/* Skip blanks other than tabs, and colors. */
static size_t skip_to_delimiter(struct text t, size_t i)
{
	size_t start;

	do {
		start = i;
		while (byte_at(t, i) == ' ')
			i++;
		if (byte_at(t, i) == '\033')
			i = color_skip(t, i);
	} while (i > start);
	return i;
}

bool value_text_may_continue(struct text text, size_t offset, size_t end)
{
	assert(offset <= end && end <= text.len);
	if (text.len - offset <= VALUE_NAME_MAX)
		return !memchr(text.data + end, '\n', text.len - end);
	end = skip_to_delimiter(text, end);
	if (byte_at(text, end) == '\'')
		end++;
	return is_cut(text, &end);
}

static size_t skip_digits(struct text t, size_t i, enum value_base base)
{
	while (base == VALUE_DECIMAL ? char_is_digit(byte_at(t, i))
				     : char_is_hex_digit(byte_at(t, i)))
		i++;
	return i;
}

/* `[A-Z][A-Z0-9_]+`: a word that looks like a name. */
static bool is_in_capitals(struct text word)
{
	if (word.len < 2 || word.data[0] < 'A' || word.data[0] > 'Z')
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!char_is_word(word.data[i]) || (word.data[i] >= 'a' && word.data[i] <= 'z'))
			return false;
	return true;
}

/* What programs print where there is no value. */
static bool is_no_value(struct text word)
{
	static const char *const words[] = { "null", "true", "false", "none", "undefined" };
	char first;

	if (word.len == 0)
		return false;
	first = char_lower(word.data[0]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (first == words[i][0] && text_equal_nocase(word, text_of(words[i])))
			return true;
	return false;
}

static bool is_known_name(const struct value_form *form, struct text name)
{
	enum value_spelling spelling = VALUE_NAME_UNKNOWN;

	if (form->find_name)
		spelling = form->find_name(form->names, name);
	return spelling == VALUE_NAME_SPELLED ||
	       (spelling == VALUE_NAME_KNOWN && !is_no_value(name));
}

/* Where the word at `i` ends, whatever its length. */
static size_t skip_name(struct text t, size_t i)
{
	while (char_is_word(byte_at(t, i)) || byte_at(t, i) == '.' || byte_at(t, i) == '-')
		i++;
	return i;
}

/* `[A-Za-z0-9_.-]+`; `.` and `-` behind it end a sentence, or a longer word. */
static bool read_name(struct text t, size_t i, const struct value_form *form, struct value *ret)
{
	size_t end = skip_name(t, i);
	struct text name;

	while (end > i && !char_is_word(t.data[end - 1]))
		end--;
	name = text_make(t.data + i, end - i);
	if (name.len == 0 || name.len > VALUE_NAME_MAX)
		return false;
	if (!is_known_name(form, name) && (!is_in_capitals(name) || is_no_value(name)))
		return false;
	*ret = (struct value){ .start = i, .offset = i, .len = name.len };
	return true;
}

/* Whether a name of VALUE_TEXT may end before `i`. */
static bool ends_text(struct text t, size_t i)
{
	static const char delimiters[] = ",;&|<>()[]{}\"\\";
	char c;

	i = skip_to_delimiter(t, i);
	c = byte_at(t, i);
	if (c == '\'')
		return !char_is_word(byte_at(t, i + 1));
	return (unsigned char)c < ' ' || strchr(delimiters, c);
}

static bool read_text(struct text t, size_t i, const struct value_form *form, struct value *ret)
{
	size_t max = t.len - i < VALUE_NAME_MAX ? t.len - i : VALUE_NAME_MAX;
	size_t longest = 0;

	for (size_t len = 1; len <= max && t.data[i + len - 1] != '\n'; len++)
		if (!char_is_blank(t.data[i + len - 1]) && ends_text(t, i + len) &&
			is_known_name(form, text_make(t.data + i, len)))
			longest = len;
	*ret = (struct value){ .start = i, .offset = i, .len = longest };
	return longest > 0;
}

static bool read_number(struct text t, size_t i, enum value_base base, struct value *ret)
{
	size_t digits = i, end;
	uint64_t code;

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
	*ret = (struct value){ .start = i, .offset = i, .len = end - i, .code = (uint32_t)code };
	return true;
}

/* Read the value that starts at `i`; `*ret_end` is where it ends. */
static bool read_value(
	struct text t, size_t i, const struct value_form *form, struct value *ret, size_t *ret_end)
{
	struct value value;
	bool is_value;

	if (i >= t.len)
		return false;
	if (form->base == VALUE_NAME)
		is_value = read_name(t, i, form, &value);
	else if (form->base == VALUE_TEXT)
		is_value = read_text(t, i, form, &value);
	else
		is_value = read_number(t, i, form->base, &value);
	if (!is_value)
		return false;
	*ret = value;
	*ret_end = i + value.len;
	return true;
}

static bool is_equals(uint32_t c)
{
	return c == '=' || c == FULL_WIDTH_EQUALS;
}

/* Whether a fact ends before `c`, which is in no quotes. Most of its characters are of words. */
static inline bool ends_fact(uint32_t c)
{
	static const char delimiters[] = ",;&|<>()[]{}\"'\\";

	if (is_word(c) || c == '-')
		return false;
	return c < ' ' || c == 0x7F || is_blank(c) || (c < 0x80 && strchr(delimiters, (int)c));
}

/* Where the plain fact at `i` ends, or any place past the bound. */
static size_t skip_fact(struct text t, size_t i)
{
	size_t end = i, next;

	while (end - i <= VALUE_FACT_MAX && end < t.len && !ends_fact(written_at(t, end, &next)))
		end = next;
	while (end > i && (t.data[end - 1] == '.' || t.data[end - 1] == ':'))
		end--;
	return end;
}

/* A fact at t[i..end), which depends on the text up to `reach`. */
static bool make_fact(struct text t, size_t i, size_t end, size_t reach, struct value *ret)
{
	if (end == i || is_no_value(text_make(t.data + i, end - i)))
		return false;
	*ret = (struct value){ .start = i, .offset = i, .len = end - i, .reach = reach };
	return true;
}

/* Whether `word` is the name of another key, whose separator follows: it has no digit, as the
 * identifiers of calls and trunks have. */
static bool is_another_key(struct text word)
{
	for (size_t i = 0; i < word.len; i++)
		if (char_is_digit(word.data[i]) ||
			!(char_is_word(word.data[i]) || word.data[i] == '-'))
			return false;
	return true;
}

/* Where the word ends that is a key if it is one, of a plain fact at t[i..end): before a separator.
 * `i` where there is none. */
static size_t find_separator(struct text t, size_t i, size_t end)
{
	const char *equals = end > i ? memchr(t.data + i, '=', end - i) : NULL;
	size_t next;

	if (equals)
		return (size_t)(equals - t.data);
	if (byte_at(t, end) == ':' || is_equals(written_at(t, skip_gap(t, end), &next)))
		return end;
	return i;
}

/* The plain fact at `i`; none where it is empty and the next key follows. */
static bool read_fact(struct text t, size_t i, struct value *ret)
{
	size_t end = skip_fact(t, i), reach = end, separator = find_separator(t, i, end);

	if (separator > i && is_another_key(text_make(t.data + i, separator - i)))
		return false;
	while (byte_at(t, reach) == '.' || byte_at(t, reach) == ':')
		reach++;
	return make_fact(t, i, end, reach, ret);
}

/* Where the quote at `i` begins that closes a fact; SIZE_MAX where there is none. Behind the
 * backslashes of an even number a quote closes, as in "a\\\\". */
static size_t closing_at(struct text t, size_t i, struct quote opening, size_t *ret_end)
{
	struct quote quote = quote_at(t, i, ret_end);
	bool is_plain = opening.n_escapes == 0 && !opening.is_escape && !quote.is_escape;

	if (!quote.mark)
		return SIZE_MAX;
	if (quote_is_like(opening, quote))
		return i;
	return is_plain && quote.mark == opening.mark && quote.n_escapes % 2 == 0 &&
			       !opening.is_doubled
		       ? i + quote.n_escapes
		       : SIZE_MAX;
}

/* The fact at `i` behind a quote. It may end behind the bound, or with the text. */
static bool read_quoted_fact(struct text t, size_t i, struct quote opening, struct value *ret)
{
	size_t end = i, next, after, closing;

	while (end - i <= VALUE_FACT_MAX && end < t.len) {
		next = end + 1;
		closing = closing_at(t, end, opening, &next);
		if (closing != SIZE_MAX)
			return !is_word(written_at(t, next, &after)) &&
			       make_fact(t, i, closing, next, ret);
		if (t.data[end] == '\n')
			return false;
		end = next;
	}
	if (end < t.len)
		return make_fact(t, i, end, end, ret);
	*ret = (struct value){ .start = i, .offset = i, .reach = t.len };
	return true;
}

/* Where the fact at `i` ends before the tag that closes its element, or past the bound; SIZE_MAX
 * where there is none. */
static size_t skip_fact_in_element(struct text t, size_t i)
{
	size_t end = i, next;
	uint32_t c = 0;

	while (end - i <= VALUE_FACT_MAX && (c = written_at(t, end, &next)) != '<') {
		if (c == '\n')
			return SIZE_MAX;
		end = next;
	}
	if (c == '<' && written_at(t, next, &next) != '/')
		return SIZE_MAX;
	while (end > i && char_is_blank(t.data[end - 1]))
		end--;
	return end;
}

/* `<key>1</key>`, `<ns:key attribute="x"> 1 </ns:key>`: whether the key opens an element. */
static bool opens_element(struct text t, size_t start)
{
	size_t before;
	uint32_t c = written_before(t, start, &before);

	if (c != ':')
		return c == '<';
	do {
		start = before;
		c = written_before(t, start, &before);
	} while (is_word(c) || c == '-');
	return c == '<';
}

/* Where the tag ends whose name ends at `i`: behind `>`; 0 where it holds no value. */
static size_t skip_tag(struct text t, size_t i)
{
	uint32_t last = 0, c = written_at(t, i, &i);

	if (c != '>' && !is_blank(c))
		return 0;
	while (c != '>' && c != '<' && c != '\n') {
		last = c;
		c = written_at(t, i, &i);
	}
	return c == '>' && last != '/' ? i : 0;
}

static bool value_in_element(
	struct text t, size_t end, const struct value_form *form, struct value *ret)
{
	size_t i = skip_tag(t, end);

	if (i > 0 && form->base == VALUE_FACT) {
		size_t behind;

		i = skip_gap(t, i);
		behind = skip_fact_in_element(t, i);
		return behind != SIZE_MAX && make_fact(t, i, behind, behind, ret);
	}
	if (i == 0 || !read_value(t, skip_gap(t, i), form, ret, &i))
		return false;
	if (form->base == VALUE_TEXT)
		return true;
	return written_at(t, skip_gap(t, i), &i) == '<' &&
	       written_at(t, skip_colors(t, i), &i) == '/';
}

static bool is_separator(uint32_t c)
{
	return is_equals(c) || c == ':' || c == FULL_WIDTH_COLON;
}

/* `=`, `:` or `=>`, of full width, too, with a gap around it; 0 where there is none. `==` and `::`
 * are none. */
static size_t skip_separator(struct text t, size_t i)
{
	uint32_t c = written_at(t, skip_gap(t, i), &i);
	size_t next;

	if (!is_separator(c))
		return 0;
	if (c == '=' && written_at(t, i, &next) == '>')
		i = next;
	if (is_separator(written_at(t, i, &next)))
		return 0;
	return skip_gap(t, i);
}

/* Read the value at `i`, with or without quotes. Where they end a text is for read_text(). */
static bool read_quoted_or_plain(
	struct text t, size_t i, const struct value_form *form, struct value *ret, size_t *ret_end)
{
	struct quote opening = quote_at(t, i, &i);

	if (opening.mark)
		i = skip_gap(t, i);
	if (!read_value(t, i, form, ret, &i))
		return false;
	*ret_end = i;
	if (form->base == VALUE_TEXT)
		return true;
	if (!opening.mark)
		return ends_value(t, i);
	return quote_is_like(opening, quote_at(t, skip_gap(t, i), ret_end));
}

/* Read the fact at `i`, behind a key with the quote `closing`. */
static bool read_any_fact(struct text t, size_t i, struct quote closing, struct value *ret)
{
	struct quote opening = quote_at(t, i, &i);
	size_t next;

	if (!opening.mark)
		return read_fact(t, i, ret);
	/* Doubled quotes are those of CSV, or an empty value. */
	if (opening.is_doubled && !closing.is_doubled && ends_fact(written_at(t, i, &next)))
		return false;
	return read_quoted_fact(t, i, opening, ret);
}

/* Read an item of an array. Behind it there is another, or the end. */
static bool read_item(struct text t, size_t i, const struct value_form *form, struct value *ret)
{
	static const struct quote none;
	uint32_t c;

	i = skip_gap(t, i);
	if (form->base == VALUE_FACT) {
		if (!read_any_fact(t, i, none, ret))
			return false;
		i = ret->offset + ret->len;
	} else if (!read_quoted_or_plain(t, i, form, ret, &i)) {
		return false;
	}
	if (form->base == VALUE_TEXT || form->base == VALUE_FACT)
		(void)quote_at(t, skip_gap(t, i), &i);
	c = written_at(t, skip_gap(t, i), &i);
	ret->next = c == ',' ? i : 0;
	return c == ',' || c == ']';
}

/* Whether the value behind an `=` at `i` is empty: `key= next`. */
static bool is_left_empty(struct text t, size_t i)
{
	uint32_t c = written_at(t, i, &i);

	if (!is_equals(c))
		return false;
	i = skip_colors(t, i);
	c = written_at(t, i, &i);
	return is_blank(c) && !quote_at(t, skip_gap(t, i), &i).mark;
}

/* The value behind the key, whose end is `end` and whose colors begin at `start`. */
static bool find_value(
	struct text t, size_t start, size_t end, const struct value_form *form, struct value *ret)
{
	struct quote closing;
	size_t i = skip_colors(t, end);

	if (opens_element(t, start))
		return value_in_element(t, i, form, ret);
	closing = quote_at(t, i, &i);
	if (closing.mark && !quote_is_like(closing, quote_before(t, start)))
		return false;
	if (form->base == VALUE_FACT && is_left_empty(t, i))
		return false;
	i = skip_separator(t, i);
	if (i == 0)
		return false;
	if (byte_at(t, i) == '[')
		return read_item(t, i + 1, form, ret);
	if (form->base == VALUE_FACT)
		return read_any_fact(t, i, closing, ret);
	return read_quoted_or_plain(t, i, form, ret, &i);
}

bool value_after_key(struct text text, size_t start, size_t end, const struct value_form *form,
	struct value *ret)
{
	size_t front;

	assert(start < end && end <= text.len);
	if (!starts_word(text, &start, &front) || !find_value(text, start, end, form, ret))
		return false;
	ret->start = front;
	return true;
}

bool value_next(struct text text, const struct value_form *form, struct value *ret)
{
	struct value item;

	assert(ret->next <= text.len);
	if (ret->next == 0 || !read_item(text, ret->next, form, &item))
		return false;
	item.start = ret->start;
	*ret = item;
	return true;
}

bool value_whole(struct text text, size_t offset, size_t len, const struct value_form *form,
	struct value *ret)
{
	struct text inside = text_make(text.data, offset + len);
	size_t i = skip_blanks(inside, offset);

	if (!read_value(inside, i, form, ret, &i))
		return false;
	return form->base == VALUE_TEXT || skip_blanks(inside, i) == inside.len;
}
