/* The message and the structured data of a record are pieces of the bytes that came. A literal in
 * them is in the bytes, too. But a cause may also be in `TAG: TEXT`: there the colon and the blank
 * may not be in the bytes, and `ast_cause: ` is found where they have only `ast_cause`. So of such
 * a literal only the part before or behind is searched for, whichever is longer.
 *
 * There is one such place at most in a literal. It has its own colon with a blank or its end
 * behind, and no blank before, for a TAG has none; or it begins with the blank itself. */
#include "config.h"

#include "cause/search/prefilter.h"

#include <errno.h>
#include <stdlib.h>

#include "cause/search/scan/scan.h"

struct prefilter {
	struct scan *scan;
	bool lets_all_pass; /* a literal is nothing but what is put in between */
};

/* The part of a literal that is in the bytes wherever the literal is found. */
static struct text without_separator(struct text literal)
{
	struct text before = literal, behind = literal;
	size_t n = 0;

	if (text_take_char(&behind, ' '))
		return behind;
	while (n < literal.len && literal.data[n] != ' ' &&
		(literal.data[n] != ':' || (n + 1 < literal.len && literal.data[n + 1] != ' ')))
		n++;
	if (n == literal.len || literal.data[n] == ' ')
		return literal;
	before.len = n;
	text_skip(&behind, n + 1);
	(void)text_take_char(&behind, ' ');
	return before.len >= behind.len ? before : behind;
}

int prefilter_new(const struct text *literals, size_t n, struct prefilter **ret)
{
	CLEANUP(prefilter_freep) struct prefilter *prefilter = calloc(1, sizeof(*prefilter));
	CLEANUP(freep) struct text *parts = calloc(n + 1, sizeof(*parts));
	size_t n_parts = 0;
	int r;

	if (!prefilter || !parts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		parts[n_parts] = without_separator(literals[i]);
		if (parts[n_parts].len > 0)
			n_parts++;
		else
			prefilter->lets_all_pass = true;
	}
	r = scan_new(parts, n_parts, &prefilter->scan);
	if (r < 0)
		return r;
	*ret = TAKE(prefilter);
	return 0;
}

struct prefilter *prefilter_free(struct prefilter *prefilter)
{
	if (!prefilter)
		return NULL;
	(void)scan_free(prefilter->scan);
	free(prefilter);
	return NULL;
}

bool prefilter_may_match(const struct prefilter *prefilter, struct text bytes)
{
	struct scan_cursor cursor = { 0 };
	unsigned literal;
	size_t at;

	return prefilter->lets_all_pass ||
	       scan_next(prefilter->scan, bytes.data, bytes.len, &cursor, &literal, &at);
}
