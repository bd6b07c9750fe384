/* A profile from anywhere, bound to a tiny catalog: its examples run, and its keys and patterns see
 * its own text without harm: as a message, and line by line as a file whose first line may name
 * columns. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "cause/profile-reader.h"
#include "cause/profile.h"
#include "cause/proof/examples.h"
#include "cause/recognizer.h"
#include "fuzz.h"

static const char tiny[] =
	"catalog: tiny\n"
	"causes:\n"
	"  - {code: 1-16, name: one, severity: err, description: One., aliases: [FIRST]}\n"
	"  - {code: 512, name: full, severity: info, description: Full.}\n"
	"  - {name: none-of-it, severity: info, description: D., aliases: [NONE, Not It]}\n";

static const struct catalog *get_catalog(void)
{
	static struct catalog *catalog;
	CLEANUP(diag_done) struct diag diag = { 0 };

	if (!catalog)
		must(catalog_read("tiny", text_of(tiny), &diag, &catalog) == 0);
	return catalog;
}

static void check_matches(const struct match *matches, size_t n, struct text text)
{
	const struct enrich_policy policy = { 0 };
	size_t at = 0;

	must(n <= RECOGNIZER_MATCHES_MAX);
	for (size_t i = 0; i < n; i++) {
		struct finding finding;

		must(matches[i].offset >= at && matches[i].len > 0);
		at = matches[i].offset + matches[i].len;
		must(at <= text.len);
		must(enrich_match(&policy, &matches[i], text, &finding));
		must(memchr(finding.code, '\0', sizeof(finding.code)) != NULL);
		must(finding.code[0] != '\0');
	}
}

/* The text as a file: the first line has headers. */
static void search_lines(struct recognizer *recognizer, struct text text)
{
	const char *lf = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
	struct match_line line;
	size_t from = 0;
	int r;

	(void)recognizer_read_headers(
		recognizer, text_make(text.data, lf ? (size_t)(lf - text.data) : text.len));
	while ((r = recognizer_next_line(recognizer, text, from, &line)) != RECOGNIZER_END) {
		must(line.start >= from && line.end >= line.start && line.end <= text.len);
		if (r == 0) {
			must(line.n_matches > 0 && line.matches[0].offset >= line.start);
			check_matches(line.matches, line.n_matches, text);
		}
		from = line.end < text.len ? line.end + 1 : line.end;
	}
	(void)recognizer_read_headers(recognizer, text_of(""));
}

/* What a profile that was read promises. */
static void check_profile(const struct profile *profile)
{
	must(profile->n_keys + profile->n_fields + profile->n_columns + profile->n_patterns > 0);
	must(profile->n_contexts <= PROFILE_CONTEXTS_MAX);
	for (const struct profile_reading *at = profile->readings; at; at = at->next) {
		must(at->base >= VALUE_DECIMAL && at->base <= VALUE_TEXT);
		must(at->catalog_name.len > 0 && at->catalog_place.line > 0);
		must(at->ignore.n <= PROFILE_IGNORED_MAX);
	}
	for (size_t i = 0; i < profile->n_contexts; i++) {
		const struct context_name *context = &profile->contexts[i];

		must(context->name.len > 0 && context->name.len <= PROFILE_CONTEXT_NAME_MAX);
		must(context->n_entries > 0 && context->n_entries <= PROFILE_CONTEXT_ENTRIES_MAX);
		for (size_t j = 0; j < context->n_entries; j++)
			must((context->entries[j].key.len > 0) !=
				(context->entries[j].pattern != NULL));
	}
	for (size_t i = 0; i < profile->n_columns; i++) {
		const struct profile_column *column = &profile->columns[i];

		must(column->column.number <= PROFILE_COLUMN_MAX);
		must(column->width == 0 || column->column.number <= column->width);
		if (column->separator == '\0')
			must(column->column.number == 0);
		else
			must(!strchr("\"\r\n", column->separator));
	}
}

static void search(const struct profile *profile, struct text text)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	const struct match *matches;
	struct match match;
	size_t n = 0;
	int r = recognizer_new(&profile, 1, &recognizer);

	if (r == -ENOMEM)
		return;
	must(r == 0);
	matches = recognizer_find(recognizer, text, &n);
	check_matches(matches, n, text);
	search_lines(recognizer, text);
	for (size_t i = 0; i < profile->n_fields; i++)
		if (recognizer_field(recognizer, profile->fields[i].name, text, &match))
			check_matches(&match, 1, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text text = text_make((const char *)data, size);
	CLEANUP(profile_freep) struct profile *profile = NULL;
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r = profile_read("input", text, &diag, &profile);

	must(r == 0 || r == -EINVAL || r == -ENOMEM);
	must((r == 0) == (profile != NULL));
	must((r == -EINVAL) == diag_any(&diag) || r == -ENOMEM);
	if (!profile)
		return 0;
	check_profile(profile);
	for (struct profile_reading *at = profile->readings; at; at = at->next)
		at->catalog = get_catalog();
	r = examples_run(profile, &diag);
	must((r == -EINVAL) == diag_any(&diag) || r == -ENOMEM);
	search(profile, text);
	for (size_t i = 0; i < profile->n_examples; i++)
		search(profile, profile->examples[i].line);
	return 0;
}
