/* Two numbers are compared as they are written. Where one side is a word, both may mean the same
 * cause of the catalog: one of the same name, for overrides divide the cause of a range. */
#include "config.h"

#include "cause/ignored.h"

#include <errno.h>
#include <stdlib.h>

#include "cause/catalog.h"
#include "cause/profile.h"

/* A code in normalized form. */
struct code {
	struct text text;
	bool is_word;
	const struct cause *cause; /* NULL: the catalog has none, or there is no catalog */
};

struct ignored {
	const struct catalog *catalog;
	size_t n;
	struct code codes[];
};

static struct code look_up_code(const struct catalog *catalog, struct text text)
{
	struct code code = { .text = text };
	uint64_t number;

	code.is_word = text_parse_number(text, 10, VALUE_CODE_MAX, &number) < 0;
	if (catalog)
		code.cause = code.is_word ? catalog_find_name(catalog, text)
					  : catalog_find(catalog, number);
	return code;
}

int ignored_new(const struct profile_reading *reading, struct ignored **ret)
{
	const size_t n = reading->ignore.n;
	struct ignored *ignored = malloc(sizeof(*ignored) + n * sizeof(ignored->codes[0]));

	if (!ignored)
		return -ENOMEM;
	ignored->catalog = reading->catalog;
	ignored->n = n;
	for (size_t i = 0; i < n; i++)
		ignored->codes[i] = look_up_code(reading->catalog, reading->ignore.items[i]);
	*ret = ignored;
	return 0;
}

struct ignored *ignored_free(struct ignored *ignored)
{
	free(ignored);
	return NULL;
}

bool ignored_is_empty(const struct ignored *ignored)
{
	return ignored->n == 0;
}

static bool is_same_cause(const struct code *a, const struct code *b)
{
	if (text_equal_nocase(a->text, b->text))
		return true;
	return (a->is_word || b->is_word) && a->cause && b->cause &&
	       text_equal(a->cause->name, b->cause->name);
}

bool ignored_has(const struct ignored *ignored, struct text code)
{
	struct code found;

	if (ignored->n == 0)
		return false;
	found = look_up_code(ignored->catalog, code);
	for (size_t i = 0; i < ignored->n; i++)
		if (is_same_cause(&ignored->codes[i], &found))
			return true;
	return false;
}
