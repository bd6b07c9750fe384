/* A sentence begins with a capital letter or a digit, behind opening marks, and ends with a mark
 * that ends sentences, before closing ones. Most scripts have no capitals: a byte that is not of
 * ASCII is as good as one, first and last. */
#include "config.h"

#include "cause/catalog-advice.h"

#include <string.h>
#include <syslog.h>

#include "base/suggestion.h"

static bool is_foreign(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool begins_sentence(struct text t)
{
	while (t.len > 1 && strchr("\"'([", t.data[0]))
		text_skip(&t, 1);
	return t.len > 0 && (char_is_digit(t.data[0]) || is_foreign(t.data[0]) ||
				    (t.data[0] >= 'A' && t.data[0] <= 'Z'));
}

static bool ends_sentence(struct text t)
{
	while (t.len > 1 && strchr("\"')]", t.data[t.len - 1]))
		t.len--;
	return t.len > 0 && (strchr(".!?", t.data[t.len - 1]) || is_foreign(t.data[t.len - 1]));
}

void catalog_advise_description(struct diag *diag, struct place place, struct text description)
{
	struct text t = text_trim(description);

	if (t.len == 0) {
		diag_advise(diag, place, "description has nothing but blanks");
		return;
	}
	if (!begins_sentence(t))
		diag_advise(diag, place,
			"description is no sentence: it does not begin with a capital letter or a "
			"digit");
	if (!ends_sentence(t))
		diag_advise(
			diag, place, "description is no sentence: it does not end with a period");
	if (description.len > CATALOG_DESCRIPTION_USUAL)
		diag_advise(diag, place,
			"description has %zu bytes; more than %d make long brackets; put the rest "
			"into 'action' or 'possibilities'",
			description.len, CATALOG_DESCRIPTION_USUAL);
}

static bool is_category(struct text category, const char *const *categories)
{
	for (size_t i = 0; categories[i]; i++)
		if (text_equal(category, text_of(categories[i])))
			return true;
	return false;
}

void catalog_advise_category(
	struct diag *diag, struct place place, struct text category, const char *const *categories)
{
	struct text nearest;

	if (!diag->advises || category.len == 0 || is_category(category, categories))
		return;
	nearest = suggestion_of(category, categories);
	if (nearest.len > 0)
		diag_advise(diag, place, "category '%.*s' is unusual; did you mean '%.*s'?",
			TEXT_FORMAT(category), TEXT_FORMAT(nearest));
	else
		diag_advise(diag, place,
			"category '%.*s' is unusual; the usual ones are in becaused-catalog(5)",
			TEXT_FORMAT(category));
}

/* Other levels are only stored: by default, journald stores all, debug too (MaxLevelStore= of
 * journald.conf(5)), and writes emerg to the terminals of all users (ForwardToWall=,
 * MaxLevelWall=). */
void catalog_advise_severity(struct diag *diag, struct place place, int severity)
{
	if (severity == LOG_EMERG)
		diag_advise(diag, place,
			"severity emerg: journald writes each such entry to the terminals of all "
			"users; use crit or err");
}
