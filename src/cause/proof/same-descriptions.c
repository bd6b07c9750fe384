/* The causes are sorted by their descriptions, and those with the same one by their places. */
#include "config.h"

#include "cause/proof/same-descriptions.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/catalog.h"

/* Causes that an override adds are in another file, and behind those of the catalog. */
static int compare_places(const struct cause *a, const struct cause *b)
{
	if (a->added != b->added)
		return a->added - b->added;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	return (a->place.column > b->place.column) - (a->place.column < b->place.column);
}

static int compare_descriptions(const void *left, const void *right)
{
	const struct cause *a = *(const struct cause *const *)left;
	const struct cause *b = *(const struct cause *const *)right;
	int order = text_compare(a->description, b->description);

	return order != 0 ? order : compare_places(a, b);
}

int same_descriptions_find(const struct catalog *catalog, struct diag *diag)
{
	CLEANUP(freep) const struct cause **causes = NULL;
	const struct cause *first;

	if (!diag->advises || catalog->n_causes == 0)
		return 0;
	causes = calloc(catalog->n_causes, sizeof(struct cause *));
	if (!causes)
		return -ENOMEM;
	for (size_t i = 0; i < catalog->n_causes; i++)
		causes[i] = &catalog->causes[i];
	qsort(causes, catalog->n_causes, sizeof(struct cause *), compare_descriptions);
	first = causes[0];
	for (size_t i = 1; i < catalog->n_causes; i++) {
		/* Parts of a range that an override has split are at one place. */
		if (!text_equal(first->description, causes[i]->description))
			first = causes[i];
		else if (compare_places(first, causes[i]) != 0)
			diag_advise(diag, causes[i]->place,
				"cause '%.*s' has the same description as '%.*s' in line %u: a "
				"reader cannot tell them apart",
				TEXT_FORMAT(causes[i]->name), TEXT_FORMAT(first->name),
				first->place.line);
	}
	return 0;
}
