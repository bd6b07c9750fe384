/* No full parser of JSON or of structured data: a walk over strings and brackets from the name of
 * an element to its instance. A quote of the element's own level has a certain number of
 * backslashes before it: 0, 1, 3, 7 and so on for 0, 1, 2, 3 strings around it. With a backslash of
 * the value before a closing quote there are 2, 4, 8 … more.
 *
 * A text made to look like many elements is searched with a budget: then some are not known, and
 * their causes are explained again. */
#include "config.h"

#include "record/own-elements.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	CANDIDATES_MAX = 64, /* elements that one text is searched for, of each form */
	WORK_FACTOR = 4,     /* bytes of all walks together, for each byte of the text */
	WORK_LEAST = 4096,
};

static const char last_name[] = "instance";

/* A walk through one element. */
struct walk {
	struct text text; /* as far as the budget allows */
	size_t at;
	size_t n_escapes; /* backslashes before each quote of the element */
	const char *instance;
	bool is_ours; /* the instance was found */
};

void own_elements_clear(struct own_elements *elements)
{
	elements->n_codes = elements->n_places = 0;
}

static bool is_at(const struct walk *walk, char c)
{
	return walk->at < walk->text.len && walk->text.data[walk->at] == c;
}

static bool take_char(struct walk *walk, char c)
{
	bool is = is_at(walk, c);

	walk->at += is;
	return is;
}

static size_t count_escapes_ahead(const struct walk *walk)
{
	size_t n = 0;

	while (walk->at + n < walk->text.len && walk->text.data[walk->at + n] == '\\')
		n++;
	return n;
}

/* A quote of the element's level. */
static bool take_quote(struct walk *walk)
{
	size_t n = count_escapes_ahead(walk), at = walk->at + n;

	if (n != walk->n_escapes || at == walk->text.len || walk->text.data[at] != '"')
		return false;
	walk->at = at + 1;
	return true;
}

/* The rest of a string, behind its first quote. */
static bool take_string(struct walk *walk, struct text *ret)
{
	size_t start = walk->at;
	const char *quote;

	while (walk->at < walk->text.len &&
		(quote = memchr(walk->text.data + walk->at, '"', walk->text.len - walk->at))) {
		size_t at = (size_t)(quote - walk->text.data);
		size_t n = text_count_backslashes(walk->text, start, at);

		walk->at = at + 1;
		if (n % (2 * (walk->n_escapes + 1)) != walk->n_escapes)
			continue;
		*ret = text_make(walk->text.data + start, at - walk->n_escapes - start);
		return true;
	}
	walk->at = walk->text.len;
	return false;
}

/* Whether a value is the instance. It may be escaped once more than its element is, and so
 * backslashes do not count. */
static bool is_instance(struct text value, const char *instance)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\\')
			continue;
		while (*instance == '\\')
			instance++;
		if (*instance == '\0' || *instance++ != value.data[i])
			return false;
	}
	while (*instance == '\\')
		instance++;
	return *instance == '\0';
}

static void add_code(struct own_elements *elements, struct text code)
{
	if (code.len > 0 && elements->n_codes < OWN_ELEMENT_CODES_MAX)
		elements->codes[elements->n_codes++] = code;
}

/* -- RFC 5424 ---------------------------------------------------------------- */

/* The parameters behind `[releaseCause@N`. */
static void walk_parameters(struct walk *walk, struct own_elements *elements)
{
	bool is_first = true;

	while (take_char(walk, ' ')) {
		size_t start = walk->at;
		struct text name, value;

		while (walk->at < walk->text.len && char_is_word(walk->text.data[walk->at]))
			walk->at++;
		name = text_make(walk->text.data + start, walk->at - start);
		if (!take_char(walk, '='))
			return;
		if (is_first)
			walk->n_escapes = count_escapes_ahead(walk);
		is_first = false;
		if (!take_quote(walk) || !take_string(walk, &value))
			return;
		if (text_equal(name, text_of("code")))
			add_code(elements, value);
		if (!text_equal(name, text_of(last_name)))
			continue;
		walk->is_ours = is_instance(value, walk->instance);
		return;
	}
}

/* From behind `[releaseCause@`. */
static bool begin_parameters(struct walk *walk)
{
	size_t first = walk->at;

	while (walk->at < walk->text.len && char_is_digit(walk->text.data[walk->at]))
		walk->at++;
	return walk->at > first;
}

/* -- JSON --------------------------------------------------------------------- */

/* The value of a code: a number, or a string. */
static void take_code(struct walk *walk, struct own_elements *elements)
{
	size_t start = walk->at;
	struct text code;

	while (walk->at < walk->text.len && char_is_digit(walk->text.data[walk->at]))
		walk->at++;
	code = text_make(walk->text.data + start, walk->at - start);
	if (code.len == 0 && (!take_quote(walk) || !take_string(walk, &code)))
		return;
	add_code(elements, code);
}

/* A string was read: the name of a member, or a value. `depth`: 0 = of the object around the
 * causes, 2 = of a cause. */
static void look_at_member(
	struct walk *walk, struct own_elements *elements, struct text name, int depth)
{
	struct text value;

	if (!take_char(walk, ':'))
		return;
	if (depth == 2 && text_equal(name, text_of("code")))
		take_code(walk, elements);
	else if (depth == 0 && text_equal(name, text_of(last_name)) && take_quote(walk) &&
		 take_string(walk, &value))
		walk->is_ours = is_instance(value, walk->instance);
}

/* From behind `"causes":[` to the instance, or to the end of the object around it. */
static void walk_members(struct walk *walk, struct own_elements *elements)
{
	int depth = 1;

	while (depth >= 0 && depth < 8 && !walk->is_ours && walk->at < walk->text.len) {
		struct text name;

		if (take_quote(walk)) {
			if (!take_string(walk, &name))
				return;
			look_at_member(walk, elements, name, depth);
		} else if (take_char(walk, '{') || take_char(walk, '[')) {
			depth++;
		} else if (take_char(walk, '}') || take_char(walk, ']')) {
			depth--;
		} else if (!take_char(walk, '\\')) {
			walk->at++;
		} else {
			while (take_char(walk, '\\'))
				continue;
		}
	}
}

/* From behind `"causes`. The quote that ends the name has as many backslashes as the one that
 * begins it. */
static bool begin_members(struct walk *walk)
{
	walk->n_escapes = count_escapes_ahead(walk);
	return take_quote(walk) && take_char(walk, ':') && take_char(walk, '[');
}

/* ------------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
	const struct text *a = left, *b = right;

	return text_compare(*a, *b);
}

static int compare_descending(const void *left, const void *right)
{
	const size_t *a = left, *b = right;

	return (*a < *b) - (*a > *b);
}

/* The first places of RFC 5424's elements. */
static size_t find_data(struct text text, size_t ret[CANDIDATES_MAX])
{
	static const char name[] = "[" OWN_ELEMENT_ID;
	size_t n = 0, from = 0;
	const char *found;

	while (n < CANDIDATES_MAX &&
		(found = memmem(text.data + from, text.len - from, name, sizeof(name) - 1))) {
		from = (size_t)(found - text.data) + sizeof(name) - 1;
		ret[n++] = from;
	}
	return n;
}

/* The last places of JSON's `causes`, the last of all first; but before them the last one of those
 * that are inside of the fewest strings. That is ours, where a text of an object of ours holds many
 * others. */
static size_t find_json(struct text text, size_t ret[CANDIDATES_MAX])
{
	static const char name[] = "causes";
	size_t n = 0, from = 0, fewest = SIZE_MAX, outermost = 0;
	const char *found;

	while ((found = memmem(text.data + from, text.len - from, name, sizeof(name) - 1))) {
		size_t at = (size_t)(found - text.data), n_escapes;

		from = at + sizeof(name) - 1;
		if (at == 0 || text.data[at - 1] != '"')
			continue;
		n_escapes = text_count_backslashes(text, 0, at - 1);
		if (n_escapes <= fewest)
			outermost = from;
		if (n_escapes < fewest)
			fewest = n_escapes;
		ret[1 + n++ % (CANDIDATES_MAX - 1)] = from;
	}
	if (n == 0)
		return 0;
	if (n > CANDIDATES_MAX - 1)
		n = CANDIDATES_MAX - 1;
	ret[0] = outermost;
	qsort(ret + 1, n, sizeof(ret[0]), compare_descending);
	return n + 1;
}

/* Walk through an element, and keep what was found if it is ours. */
static void walk_element(struct own_elements *elements, struct walk *walk, bool is_json)
{
	size_t n_before = elements->n_codes, start = walk->at;

	if (is_json && begin_members(walk))
		walk_members(walk, elements);
	else if (!is_json && begin_parameters(walk))
		walk_parameters(walk, elements);
	if (!walk->is_ours)
		elements->n_codes = n_before;
	else if (elements->n_places < OWN_ELEMENTS_MAX)
		elements->places[elements->n_places++] = (struct own_place){ start, walk->at };
}

/* In an object of ours, the causes are behind the message, so that no message keeps them from being
 * found. In RFC 5424 they are before it. */
static void find_elements(
	struct own_elements *elements, struct text text, const char *instance, bool is_json)
{
	size_t candidates[CANDIDATES_MAX], work = WORK_FACTOR * text.len + WORK_LEAST;
	size_t n = (is_json ? find_json : find_data)(text, candidates);

	for (size_t i = 0; i < n && work > 0; i++) {
		size_t at = candidates[i];
		struct walk walk = { text, at, 0, instance, false };

		if (i > 0 && is_json && at == candidates[0])
			continue;
		if (work < text.len - at)
			walk.text.len = at + work;
		walk_element(elements, &walk, is_json);
		assert(walk.at >= at && walk.at - at <= work);
		work -= walk.at - at;
	}
}

void own_elements_find(struct own_elements *elements, struct text text, const char *instance)
{
	elements->n_places = 0;
	if (text.len == 0 || !memmem(text.data, text.len, last_name, sizeof(last_name) - 1))
		return;
	find_elements(elements, text, instance, true);
	find_elements(elements, text, instance, false);
	assert(elements->n_codes <= OWN_ELEMENT_CODES_MAX);
	if (elements->n_codes > 0)
		qsort(elements->codes, elements->n_codes, sizeof(elements->codes[0]), compare);
}

bool own_elements_name(const struct own_elements *elements, struct text code)
{
	return elements->n_codes > 0 && bsearch(&code, elements->codes, elements->n_codes,
						sizeof(elements->codes[0]), compare);
}

bool own_elements_hold(const struct own_elements *elements, size_t offset)
{
	for (size_t i = 0; i < elements->n_places; i++)
		if (offset >= elements->places[i].start && offset < elements->places[i].end)
			return true;
	return false;
}
