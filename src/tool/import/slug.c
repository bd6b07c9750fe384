/* A word begins behind what is neither letter nor digit, and at a capital behind a small letter. */
#include "config.h"

#include "tool/import/slug.h"

#include <stdbool.h>

#include "cause/catalog.h"

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

size_t slug_print(struct text text, char *out)
{
	size_t n = 0;
	char before = '\0';

	for (size_t i = 0; i < text.len && n < CATALOG_NAME_MAX; i++) {
		char c = text.data[i], lower = char_lower(c);
		bool is_letter = is_lower(lower),
		     is_part = is_letter || (n > 0 && char_is_digit(c));
		/* `userBusy` is two words. */
		bool begins =
			n > 0 && is_part && (before == '-' || (is_lower(before) && c != lower));

		if (begins && n + 1 < CATALOG_NAME_MAX)
			out[n++] = '-';
		else if (begins)
			break;
		if (is_part)
			out[n++] = lower;
		before = '-';
		if (is_part)
			before = c;
	}
	out[n] = '\0';
	return n;
}
