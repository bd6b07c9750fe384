/* A list of codes that is too long for a message is cut. */
#include "config.h"

#include "cause/proof/examples.h"

#include <errno.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "record/record.h"

static void print_causes(struct buffer *out, const struct text_list *causes)
{
	for (size_t i = 0; i < causes->n; i++)
		buffer_add_format(out, "%s%.*s", i > 0 ? ", " : "", TEXT_FORMAT(causes->items[i]));
}

static void print_matches(
	struct buffer *out, struct text line, const struct match *matches, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char code[MATCH_CODE_SIZE];

		match_print_code(&matches[i], line, code);
		buffer_add_format(out, "%s%s", i > 0 ? ", " : "", code);
	}
}

/* The cause that `code` is, a number or a name; NULL if the catalog has none. */
static const struct cause *find_cause(const struct catalog *catalog, struct text code)
{
	uint64_t number;

	if (text_parse_number(code, 10, VALUE_CODE_MAX, &number) == 0)
		return catalog_find(catalog, number);
	return catalog_find_name(catalog, code);
}

/* Whether a match is the cause that an example expects. A name may stand there as the log or the
 * catalog writes it, or as the number that it means. */
static bool is_expected(const struct match *match, struct text line, struct text expected)
{
	const struct cause *cause;
	char code[MATCH_CODE_SIZE];

	match_print_code(match, line, code);
	if (text_equal(expected, text_of(code)))
		return true;
	if (!match->catalog || !match_is_name(match))
		return false;
	cause = find_cause(match->catalog, text_of(code));
	return cause && cause == find_cause(match->catalog, expected);
}

static bool has_causes_of(
	const struct profile_example *example, const struct match *matches, size_t n)
{
	if (n != example->causes.n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_expected(&matches[i], example->line, example->causes.items[i]))
			return false;
	return true;
}

/* A record as the line of the example gives it, with the profile's name on its findings. */
static int make_record(const struct profile_example *example, const struct match *matches, size_t n,
	struct record *record)
{
	int r = record_add(record, text_of("MESSAGE"), example->line);

	for (size_t i = 0; r == 0 && i < n && i < RECORD_FINDINGS_MAX; i++) {
		struct finding *finding = record_add_finding(record);

		if (!finding)
			return -ENOMEM;
		finding->profile = matches[i].profile->name;
	}
	return r;
}

/* Compare the facts that the example names; it may leave out others. */
static int check_facts(const struct recognizer *recognizer, const struct profile_example *example,
	const struct match *matches, size_t n, struct diag *diag)
{
	CLEANUP(record_done) struct record record = record_make();
	int r = 0;

	if (example->n_facts == 0)
		return 0;
	if (make_record(example, matches, n, &record) < 0)
		return -ENOMEM;
	recognizer_find_facts(recognizer, &record);
	for (size_t i = 0; i < example->n_facts; i++) {
		const struct profile_fact *fact = &example->facts[i];
		struct text found = record_find_fact(&record, fact->name);

		if (text_equal(found, fact->value))
			continue;
		r = -EINVAL;
		if (found.data)
			diag_add(diag, fact->place,
				"the profile finds '%.*s' as %s in this example, which expects "
				"'%s'",
				TEXT_FORMAT(found), fact->name.data, fact->value.data);
		else
			diag_add(diag, fact->place,
				"the profile finds no %s in this example, which expects '%s'%s",
				fact->name.data, fact->value.data,
				n > 0 ? "" : "; only lines with a cause have a context");
	}
	return r;
}

static int run_example(
	struct recognizer *recognizer, const struct profile_example *example, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer wanted = buffer_make(DIAG_TEXT_MAX / 4);
	CLEANUP(buffer_done) struct buffer found = buffer_make(DIAG_TEXT_MAX / 4);
	size_t n;
	const struct match *matches = recognizer_find(recognizer, example->line, &n);

	if (has_causes_of(example, matches, n))
		return check_facts(recognizer, example, matches, n, diag);
	print_causes(&wanted, &example->causes);
	print_matches(&found, example->line, matches, n);
	diag_add(diag, example->place,
		"the profile finds [%.*s] in this example, which expects [%.*s]",
		TEXT_FORMAT(buffer_text(&found)), TEXT_FORMAT(buffer_text(&wanted)));
	return -EINVAL;
}

int examples_run(const struct profile *profile, struct diag *diag)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	int result = recognizer_new(&profile, 1, &recognizer);

	for (size_t i = 0; recognizer && i < profile->n_examples; i++)
		if (run_example(recognizer, &profile->examples[i], diag) < 0)
			result = -EINVAL;
	return result;
}
