/* The grammar of values behind keys against a model of regular expressions. The model knows ASCII
 * without escapes and colors; elsewhere only the bounds are checked.
 *
 * The input: a byte for the base, then the text. Every `key` in it is tried. */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "cause/search/key-value.h"
#include "fuzz.h"

enum { TEXT_MAX = 1024, VALUES_MAX = 64, GROUP = 1 };

static const char *const known[] = { "user_busy", "User-Request", "NONE", "Normal",
	"Normal Clearing", "Normal, x", "3rd", "x.y", "a" };

static enum value_spelling find_name(const void *names, struct text name)
{
	(void)names;
	must(name.len > 0 && name.len <= VALUE_NAME_MAX);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_equal_nocase(name, text_of(known[i])))
			return text_equal(name, text_of(known[i])) ? VALUE_NAME_SPELLED
								   : VALUE_NAME_KNOWN;
	return VALUE_NAME_UNKNOWN;
}

/* -- the model -------------------------------------------------------------- */

#define GAP "[ \\t]*+"
/* Behind a number or a name without quotes. */
#define END "(?!\\w)(?![.\\-]\\w)(?![:/][0-9])"

enum expression {
	OPENS_ELEMENT, /* before the key */
	WORD_BEFORE,
	TAG,       /* behind the key: up to the value */
	SEPARATOR, /* behind the key and its quote: up to the value or the array */
	OPENING,   /* up to the value */
	NUMBER,
	HEX,
	WORD,
	TEXT_END,
	BARE_END, /* behind a value */
	ELEMENT_END,
	DOUBLED_END,
	QUOTE_END,
	APOSTROPHE_END,
	ANY_QUOTE,
	ITEM_END,
	N_EXPRESSIONS,
};

static const char *const expressions[N_EXPRESSIONS] = {
	[OPENS_ELEMENT] = "<(?:[\\w\\-]*:)?\\z",
	[WORD_BEFORE] = "[\\w\\-]\\z",
	[TAG] = "\\A((?:[ \\t][^<>\\n]*(?<!/))?>" GAP ")",
	[SEPARATOR] = "\\A(" GAP "(?>=>|=|:)(?![=:])" GAP ")",
	[OPENING] = "\\A((?>(?:\"\"|\"|')" GAP ")?)",
	[NUMBER] = "\\A([0-9]++)",
	[HEX] = "\\A((?:0[xX])?+[0-9a-fA-F]++)",
	[WORD] = "\\A((?>[\\w.\\-]*\\w))",
	[TEXT_END] = "\\A( *+(?:[\\x00-\\x1f,;&|<>()\\[\\]{}\"\\\\]|'(?!\\w)|\\z))",
	[BARE_END] = "\\A(" END ")",
	[ELEMENT_END] = "\\A(" GAP "</)",
	[DOUBLED_END] = "\\A(" GAP "\"\")",
	[QUOTE_END] = "\\A(" GAP "\"\"?)",
	[APOSTROPHE_END] = "\\A(" GAP "')",
	[ANY_QUOTE] = "\\A((?>" GAP "(?:\"\"|\"|'))?)",
	[ITEM_END] = "\\A(" GAP "[,\\]])",
};

/* Whether the expression matches; `*i` moves behind its group, if it has one. */
static bool matches(enum expression which, struct text t, size_t *i)
{
	static pcre2_code *codes[N_EXPRESSIONS];
	static pcre2_match_data *data;
	size_t from = i ? *i : 0;
	PCRE2_SIZE place;
	int error;

	if (!codes[which])
		codes[which] = pcre2_compile((PCRE2_SPTR)expressions[which], PCRE2_ZERO_TERMINATED,
			PCRE2_DOTALL, &error, &place, NULL);
	if (!data)
		data = pcre2_match_data_create(2, NULL);
	must(codes[which] && data);
	if (pcre2_match(codes[which], (PCRE2_SPTR)t.data + from, t.len - from, 0, 0, data, NULL) <
		0)
		return false;
	if (i)
		*i += pcre2_get_ovector_pointer(data)[2 * GROUP + 1];
	return true;
}

static bool is_any_of(struct text word, const char *const *words)
{
	for (; *words; words++)
		if (text_equal_nocase(word, text_of(*words)))
			return true;
	return false;
}

static bool model_knows(struct text name)
{
	static const char *const nothing[] = { "null", "true", "false", "none", "undefined", NULL };
	enum value_spelling spelling = find_name(NULL, name);

	return spelling == VALUE_NAME_SPELLED ||
	       (spelling == VALUE_NAME_KNOWN && !is_any_of(name, nothing));
}

static bool model_takes_word(struct text word)
{
	static const char *const nothing[] = { "null", "true", "false", "none", "undefined", NULL };
	size_t n = 0;

	if (word.len > VALUE_NAME_MAX)
		return false;
	while (n < word.len &&
		((word.data[n] >= 'A' && word.data[n] <= 'Z') ||
			(n > 0 && (char_is_digit(word.data[n]) || word.data[n] == '_'))))
		n++;
	return model_knows(word) || (n == word.len && n > 1 && !is_any_of(word, nothing));
}

static bool model_takes_number(struct text digits, enum value_base base, uint32_t *ret)
{
	unsigned long long code;
	char copy[32] = "";

	if (base != VALUE_DECIMAL && digits.len > 1 && char_lower(digits.data[1]) == 'x')
		text_skip(&digits, 2);
	if (digits.len > VALUE_DIGITS_MAX || (base == VALUE_Q931 && digits.len != 4))
		return false;
	memcpy(copy, digits.data, digits.len);
	code = strtoull(copy, NULL, base == VALUE_DECIMAL ? 10 : 16);
	if (base == VALUE_Q931 && (code & 0x80) == 0)
		return false;
	*ret = (uint32_t)(base == VALUE_Q931 ? code & 0x7F : code);
	return code <= VALUE_CODE_MAX;
}

static bool model_takes_text(struct text t, size_t *i)
{
	for (size_t len = VALUE_NAME_MAX; len > 0; len--) {
		size_t end = *i + len;

		if (end > t.len || memchr(t.data + *i, '\n', len) ||
			char_is_blank(t.data[end - 1]) || !model_knows(text_make(t.data + *i, len)))
			continue;
		if (!matches(TEXT_END, text_make(t.data + *i + len, t.len - end), NULL))
			continue;
		*i = end;
		return true;
	}
	return false;
}

/* A value at `*i`, which moves behind it. */
static bool model_value(struct text t, enum value_base base, size_t *i, struct value *ret)
{
	enum expression which = base == VALUE_NAME ? WORD : base == VALUE_DECIMAL ? NUMBER : HEX;
	size_t end = *i;

	*ret = (struct value){ .offset = *i };
	if (*i >= t.len)
		return false;
	if (base == VALUE_TEXT) {
		if (!model_takes_text(t, &end))
			return false;
	} else {
		struct text written;

		if (!matches(which, t, &end))
			return false;
		written = text_make(t.data + *i, end - *i);
		if (base == VALUE_NAME ? !model_takes_word(written)
				       : !model_takes_number(written, base, &ret->code))
			return false;
	}
	ret->len = end - *i;
	*i = end;
	return true;
}

static bool model_quoted_or_bare(struct text t, enum value_base base, size_t *i, struct value *ret)
{
	struct text opening = text_make(t.data + *i, t.len - *i);

	(void)matches(OPENING, t, i);
	if (!model_value(t, base, i, ret))
		return false;
	if (base == VALUE_TEXT)
		return true;
	if (text_starts(opening, text_of("\"\"")))
		return matches(DOUBLED_END, t, i);
	if (text_starts(opening, text_of("\"")))
		return matches(QUOTE_END, t, i);
	if (text_starts(opening, text_of("'")))
		return matches(APOSTROPHE_END, t, i);
	return matches(BARE_END, t, i);
}

static size_t model_array(struct text t, enum value_base base, size_t i, struct value *ret)
{
	size_t n = 0;

	while (n < VALUES_MAX) {
		while (i < t.len && char_is_blank(t.data[i]))
			i++;
		if (!model_quoted_or_bare(t, base, &i, &ret[n]))
			break;
		if (base == VALUE_TEXT)
			(void)matches(ANY_QUOTE, t, &i);
		if (!matches(ITEM_END, t, &i))
			break;
		n++;
		if (t.data[i - 1] == ']')
			break;
	}
	return n;
}

/* Skip the quote behind the key, which must be like the one before it. */
static bool model_closing(struct text before, struct text t, size_t *i)
{
	char mark = *i < t.len ? t.data[*i] : ' ';
	bool is_doubled = mark == '"' && *i + 1 < t.len && t.data[*i + 1] == '"';

	if (mark != '"' && mark != '\'')
		return true;
	*i += 1 + (size_t)is_doubled;
	if (is_doubled)
		return text_ends(before, text_of("\"\""));
	return before.len > 0 && before.data[before.len - 1] == mark;
}

/* All values of the key at text[start..i); returns how many. */
static size_t model(struct text t, size_t start, size_t i, enum value_base base, struct value *ret)
{
	struct text before = text_make(t.data, start);

	if (matches(WORD_BEFORE, before, NULL))
		return 0;
	if (matches(OPENS_ELEMENT, before, NULL))
		return matches(TAG, t, &i) && model_value(t, base, &i, ret) &&
		       (base == VALUE_TEXT || matches(ELEMENT_END, t, &i));
	if (!model_closing(before, t, &i) || !matches(SEPARATOR, t, &i))
		return 0;
	if (i < t.len && t.data[i] == '[')
		return model_array(t, base, i + 1, ret);
	return model_quoted_or_bare(t, base, &i, ret);
}

/* -- the check -------------------------------------------------------------- */

static bool is_known_to_model(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x7F || t.data[i] == '\\' || t.data[i] == '#' ||
			t.data[i] == '\033')
			return false;
	return true;
}

static size_t find_values(
	struct text t, size_t start, const struct value_form *form, struct value *ret)
{
	struct value value;
	size_t n = 0, at = start + 3;

	if (!value_after_key(t, start, start + 3, form, &value))
		return 0;
	do {
		must(value.start <= start && value.offset >= at);
		must(value.len > 0 && value.len <= t.len - value.offset);
		must(value.next == 0 || value.next > value.offset + value.len);
		must(!memchr(t.data + start, '\n', value.offset + value.len - start));
		at = value.offset + value.len;
		(void)value_may_continue(t, at);
		ret[n++] = value;
	} while (n < VALUES_MAX && value_next(t, form, &value));
	return n;
}

static void check_key(struct text t, size_t start, const struct value_form *form)
{
	static struct value found[VALUES_MAX], expected[VALUES_MAX];
	size_t n = find_values(t, start, form, found), n_expected;

	if (!is_known_to_model(t))
		return;
	n_expected = model(t, start, start + 3, form->base, expected);
	must(n == n_expected);
	for (size_t i = 0; i < n; i++) {
		must(found[i].offset == expected[i].offset);
		must(found[i].len == expected[i].len && found[i].start == start);
		must(form->base >= VALUE_NAME || found[i].code == expected[i].code);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value_form form = { .find_name = find_name };
	struct text text;

	if (size < 4 || size > TEXT_MAX)
		return 0;
	form.base = (enum value_base)(data[0] % (VALUE_TEXT + 1));
	text = text_make((const char *)data + 1, size - 1);
	for (size_t i = 0; i + 3 <= text.len; i++)
		if (memcmp(text.data + i, "key", 3) == 0)
			check_key(text, i, &form);
	return 0;
}
