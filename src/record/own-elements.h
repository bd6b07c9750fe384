/* The structured elements that becaused writes, found again in any text: RFC 5424's
 * `[releaseCause@N code="512" … instance="NAME"]`, and `"causes":[{"code":512,…}],…,"instance":
 * "NAME"}` of a JSON object. A relay may have put them into strings of its own, with a level of
 * backslashes each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* The name of RFC 5424's element, before the enterprise number. */
#define OWN_ELEMENT_ID "releaseCause@"

enum {
	OWN_ELEMENT_CODES_MAX = 1024, /* codes of all elements together; more are not known */
	OWN_ELEMENTS_MAX = 16,        /* with their places; of more, only the codes are known */
};

struct own_elements {
	struct text codes[OWN_ELEMENT_CODES_MAX]; /* sorted */
	size_t n_codes;
	struct own_place {
		size_t start, end;
	} places[OWN_ELEMENTS_MAX]; /* in the text of the last search */
	size_t n_places;
};

/* No element is known. */
void own_elements_clear(struct own_elements *elements);

/* Add the elements of `text` that name this instance. The text must outlive the result. The time is
 * linear in the length of the text, whatever it holds. */
void own_elements_find(struct own_elements *elements, struct text text, const char *instance);

/* Whether an element has this code. */
bool own_elements_name(const struct own_elements *elements, struct text code);

/* Whether the offset lies in an element of the text that was searched last. */
bool own_elements_hold(const struct own_elements *elements, size_t offset);
