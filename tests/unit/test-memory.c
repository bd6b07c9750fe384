/* Refused memory in base, record and cause. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "base/io.h"
#include "base/yaml/yaml.h"
#include "cause/catalog-override.h"
#include "cause/enrich.h"
#include "cause/profile-reader.h"
#include "cause/proof/examples.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"
#include "flow/filter/bracket-cache.h"
#include "record/record.h"
#include "test-bind.h"
#include "test-memory.h"

/* -- base ------------------------------------------------------------------- */

static int attempt_arena(void)
{
	struct arena *arena = arena_new();
	int r = arena && arena_take(arena, 100, 1000) && arena_text(arena, TEXT("text")).data
			? 0
			: -ENOMEM;

	(void)arena_free(arena);
	return r;
}

static void an_arena_gives_nothing_where_memory_is_refused(void **state)
{
	(void)state;
	sweep(attempt_arena, 3);
}

static int attempt_buffer(void)
{
	struct buffer b = buffer_make(100000);
	char fill[1000] = "";
	int r;

	buffer_add_string(&b, "before");
	buffer_add(&b, fill, sizeof(fill));
	buffer_add_format(&b, "%1000d", 1);
	buffer_add_string(&b, "after");
	r = buffer_finish(&b);
	if (b.len != 0 && b.len != 6 && b.len != 1006 && b.len != 2011)
		r = NOT_AS_BEFORE;
	buffer_done(&b);
	return r;
}

static void a_buffer_appends_whole_pieces_or_fails_for_good(void **state)
{
	(void)state;
	sweep(attempt_buffer, 3);
}

static int attempt_diag(void)
{
	struct diag diag = { 0 };
	int r;

	for (unsigned i = 0; i < 3; i++)
		diag_add(&diag, (struct place){ "x.yaml", i, 1 }, "error %u", i);
	r = diag.n_more == 0 ? 0 : -ENOMEM;
	if (diag_count(&diag) != 3)
		r = NOT_AS_BEFORE;
	diag_done(&diag);
	return r;
}

static void an_error_that_cannot_be_kept_is_counted(void **state)
{
	(void)state;
	sweep(attempt_diag, 3);
}

/* More than are compared without memory. */
#define MANY_KEYS                                                                                 \
	"k1: , k2: , k3: , k4: , k5: , k6: , k7: , k8: , k9: , k10: , k11: , k12: , k13: , k14: " \
	", "                                                                                      \
	"k15: , k16: , k17: "

static int attempt_yaml(void)
{
	struct arena *arena = arena_new();
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };
	int r = -ENOMEM;

	if (arena)
		r = yaml_read(arena, "x.yaml",
			TEXT("{a: [x, y], b: {" MANY_KEYS "}, " MANY_KEYS "}"), &diag, &root);
	if (diag_any(&diag) || (r < 0) != !root)
		r = NOT_AS_BEFORE;
	diag_done(&diag);
	(void)arena_free(arena);
	return r;
}

static void a_yaml_file_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_yaml, 4);
}

static int attempt_file(void)
{
	struct buffer b = buffer_make(10 * 1000 * 1000);
	int r = io_read_file("/proc/self/status", &b);

	buffer_done(&b);
	return r;
}

static void a_file_that_finds_no_memory_is_not_read(void **state)
{
	(void)state;
	sweep(attempt_file, 1);
}

/* -- record ----------------------------------------------------------------- */

static int attempt_fields(void)
{
	struct record record = record_make();
	char value[600] = "";
	int r = 0;

	for (size_t i = 0; i < 10 && r == 0; i++) {
		size_t n_fields = record.n_fields, len = record.bytes.len;

		r = record_add(&record, TEXT("NAME"), text_make(value, sizeof(value)));
		if (r < 0 && (record.n_fields != n_fields || record.bytes.len != len ||
				     record_add(&record, TEXT("NAME"), TEXT("")) == -EMSGSIZE))
			r = NOT_AS_BEFORE;
	}
	record_done(&record);
	return r;
}

static void a_field_that_finds_no_memory_leaves_the_record_as_it_was(void **state)
{
	(void)state;
	sweep(attempt_fields, 5);
}

/* Once memory is there again the record takes the field that it refused. */
static void a_record_goes_on_when_memory_is_there_again(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct record record = record_make();
		int r;

		allocator.n_good = n;
		allocator.n_refused = 0;
		allocator.from_then_on = true;
		allocator.armed = true;
		r = record_add(&record, TEXT("NAME"), TEXT("value"));
		allocator.armed = false;
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(record_add(&record, TEXT("NAME"), TEXT("value")), 0);
		assert_text(record_find(&record, "NAME"), "value");
		assert_int_equal(record.n_fields, 1);
		record_done(&record);
	}
}

static int attempt_findings(void)
{
	struct record record = record_make();
	int r = 0;

	for (size_t i = 0; i < 10; i++)
		if (!record_add_finding(&record))
			r = -ENOMEM;
	if (record.n_findings + record.n_findings_dropped != 10)
		r = NOT_AS_BEFORE;
	record_done(&record);
	return r;
}

static void a_finding_that_finds_no_memory_is_counted(void **state)
{
	(void)state;
	sweep(attempt_findings, 3);
}

/* -- cause ------------------------------------------------------------------ */

static int attempt_scan(void)
{
	struct text literal = TEXT("literal");
	struct scan *scan = NULL;
	int r = scan_new(&literal, 1, &scan);

	(void)scan_free(scan);
	return r;
}

static int attempt_pattern(void)
{
	struct pattern *pattern = NULL;
	char reason[PATTERN_ERROR_MAX];
	int r = pattern_new(TEXT("(?<cause>x)"), "cause", reason, &pattern);

	(void)pattern_free(pattern);
	return r;
}

static void a_scan_and_a_pattern_are_built_or_not(void **state)
{
	(void)state;
	sweep(attempt_scan, 1);
	sweep(attempt_pattern, 1);
}

static int attempt_catalog(void)
{
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	int r = catalog_read("x.yaml", text_of(memory_catalog), &diag, &catalog);

	r = no_errors(r, &diag, catalog);
	if (r == 0 && (catalog->n_causes != 3 || catalog->n_names != 5))
		r = NOT_AS_BEFORE;
	(void)catalog_free(catalog);
	return r;
}

static void a_catalog_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep_some(attempt_catalog, 4);
}

static struct catalog *shared_catalog;

static char *sized_content;
static size_t sized_n;

static int attempt_sized_catalog(void)
{
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	int r = catalog_read("x.yaml", text_of(sized_content), &diag, &catalog);

	r = no_errors(r, &diag, catalog);
	if (r == 0 && (catalog->n_causes != sized_n || catalog->n_names != 2 * sized_n))
		r = NOT_AS_BEFORE;
	for (size_t i = 0; r == 0 && i < sized_n; i++)
		if (catalog->causes[i].possibilities->n != 2)
			r = NOT_AS_BEFORE;
	(void)catalog_free(catalog);
	return r;
}

/* The arena asks for memory when a chunk is full: sizes shift that moment through every step. */
static void catalogs_of_every_size_are_read_whole_or_not_at_all(void **state)
{
	enum { N = 64 };
	size_t len;

	(void)state;
	sized_content = calloc(N + 1, 150);
	assert_non_null(sized_content);
	len = (size_t)sprintf(sized_content, CATALOG_HEAD);
	for (sized_n = 1; sized_n <= N; sized_n++) {
		len += (size_t)sprintf(sized_content + len,
			"  - {code: %zu, name: n%zu, description: D., severity: err, "
			"possibilities: [one, two], aliases: [a%zu]}\n",
			sized_n, sized_n, sized_n);
		sweep_some(attempt_sized_catalog, 4);
	}
	free(sized_content);
}

static int attempt_sized_profile(void)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(sized_content), &diag, &profile);

	r = no_errors(r, &diag, profile);
	if (r == 0 && (profile->n_examples != sized_n || profile->n_keys != 2))
		r = NOT_AS_BEFORE;
	for (size_t i = 0; r == 0 && i < sized_n; i++)
		if (profile->examples[i].causes.n != 2)
			r = NOT_AS_BEFORE;
	(void)profile_free(profile);
	return r;
}

static void profiles_of_every_size_are_read_whole_or_not_at_all(void **state)
{
	enum { N = 120 };
	size_t len;

	(void)state;
	sized_content = calloc(N + 1, 150);
	assert_non_null(sized_content);
	len = (size_t)sprintf(sized_content, PROFILE_HEAD "keys: [a, b]\nexamples:\n");
	for (sized_n = 1; sized_n <= N; sized_n++) {
		len += (size_t)sprintf(sized_content + len,
			"  - {line: 'a=%zu b=%zu', causes: [%zu, %zu]}\n", sized_n, sized_n,
			sized_n, sized_n);
		sweep_some(attempt_sized_profile, 3);
	}
	free(sized_content);
}

static int attempt_override(void)
{
	/* Too long for two to share a chunk of the arena. */
	static const char large[40000];
	const struct text text = text_make(large, sizeof(large));
	struct text alias = TEXT("ALIAS");
	const struct text_list list = { .items = &alias, .n = 1 };
	const struct catalog_override changes[] = {
		{ .code = 616, .severity = 2, .description = text, .action = text },
		{ .code = 512, .severity = -1, .component = text, .category = text },
		{ .code = 9000,
			.severity = -1,
			.name = TEXT("new"),
			.description = text,
			.possibilities = list,
			.aliases = list },
	};
	struct diag diag = { 0 };
	int r = catalog_override(shared_catalog, changes, 3, &diag);

	return no_errors(r, &diag, r < 0 ? NULL : shared_catalog);
}

static void an_override_that_finds_no_memory_says_so(void **state)
{
	size_t n = 0;
	int r;

	(void)state;
	do {
		shared_catalog = catalog_good(memory_catalog);
		r = attempt_with(attempt_override, n, true);
		shared_catalog = catalog_free(shared_catalog);
		assert_int_equal(r, allocator.n_refused > 0 ? -ENOMEM : 0);
		n++;
	} while (r < 0);
	assert_between(n, 4, 20);
}

static int attempt_profile(void)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(memory_profile), &diag, &profile);

	r = no_errors(r, &diag, profile);
	if (r == 0 && (profile->n_keys != 2 || profile->n_fields != 1 ||
			      profile->readings->base != VALUE_HEX || profile->n_patterns != 2 ||
			      !profile->patterns[1].pattern || profile->n_examples != 2))
		r = NOT_AS_BEFORE;
	(void)profile_free(profile);
	return r;
}

static void a_profile_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep_some(attempt_profile, 5);
}

/* All kinds of lists: entries with readings of their own, columns, context, and facts. */
static const char full_profile[] = PROFILE_HEAD
	"ignore: [0, 1]\ndefault: no\n"
	"keys:\n  - key\n  - {key: other, base: text, catalog: test, ignore: [2]}\n"
	"fields:\n  - {field: CAUSE, base: name, ignore: []}\n"
	"columns:\n"
	"  - {column: 2, requires: 'CDR,', width: 3, where: {column: 3, equals: x}}\n"
	"  - {header: a, separator: ;, where: {header: b, equals: c}, base: name}\n"
	"patterns:\n"
	"  - {requires: abc, regex: 'abc (?<cause>[0-9]+)', ignore: [3]}\n"
	"context:\n  call: [id, {regex: 'call ([0-9]+)'}]\n  trunk: [t, {regex: '(t)'}]\n"
	"examples:\n"
	"  - {line: 'CDR,16,x', causes: [16]}\n"
	"  - {line: 'call 8 key=0 key=5', causes: [5], context: {call: '8', trunk: t}}\n";

static int attempt_full_profile(void)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(full_profile), &diag, &profile);

	r = no_errors(r, &diag, profile);
	if (r == 0 && (profile->n_keys != 2 || profile->n_fields != 1 || profile->n_columns != 2 ||
			      profile->n_contexts != 2 || profile->contexts[1].n_entries != 2 ||
			      !profile->contexts[1].entries[1].pattern ||
			      profile->keys[1].reading->base != VALUE_TEXT ||
			      profile->keys[1].reading->ignore.n != 1 ||
			      profile->fields[0].reading->ignore.n != 0 ||
			      profile->patterns[0].reading->ignore.n != 1 ||
			      profile->examples[1].n_facts != 2))
		r = NOT_AS_BEFORE;
	(void)profile_free(profile);
	return r;
}

static void all_lists_of_a_profile_are_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep_some(attempt_full_profile, 7);
}

/* As the last, but the profile grows by a byte each time, so that its lists meet the end of a chunk
 * of the arena. */
static int attempt_grown_profile(void)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(sized_content), &diag, &profile);

	r = no_errors(r, &diag, profile);
	if (r == 0 && (profile->n_columns != PROFILE_COLUMNS_MAX ||
			      profile->n_contexts != PROFILE_CONTEXTS_MAX ||
			      profile->columns[0].reading->ignore.n != 1))
		r = NOT_AS_BEFORE;
	(void)profile_free(profile);
	return r;
}

static void lists_of_every_place_in_memory_are_read_whole_or_not_at_all(void **state)
{
	enum { N = 60, STEP = 97 };
	size_t size = 32 * 1024, len;

	(void)state;
	sized_content = malloc(size);
	assert_non_null(sized_content);
	for (size_t n = 0; n < N; n++) {
		len = (size_t)snprintf(sized_content, size, PROFILE_HEAD "title: %0*d\n",
			(int)(n * STEP % 900 + 1), 0);
		len += (size_t)snprintf(sized_content + len, size - len, "columns:\n");
		for (unsigned i = 0; i < PROFILE_COLUMNS_MAX; i++)
			len += (size_t)snprintf(sized_content + len, size - len,
				"  - {header: h%u, base: name, ignore: [%u]}\n", i, i);
		len += (size_t)snprintf(sized_content + len, size - len, "context:\n");
		for (unsigned i = 0; i < PROFILE_CONTEXTS_MAX; i++)
			len += (size_t)snprintf(sized_content + len, size - len,
				"  c%c: [a, b, c]\n", 'a' + (int)i);
		sweep_some(attempt_grown_profile, 4);
	}
	free(sized_content);
}

static struct profile *shared_profile;

static int attempt_examples(void)
{
	struct diag diag = { 0 };
	int r = examples_run(shared_profile, &diag);

	return no_errors(r, &diag, r < 0 ? NULL : shared_profile);
}

static void an_example_that_finds_no_memory_is_neither_right_nor_wrong(void **state)
{
	(void)state;
	shared_profile = profile_good(memory_profile);
	sweep(attempt_examples, 7);
	shared_profile = profile_free(shared_profile);
}

static int attempt_recognizer(void)
{
	const struct profile *profiles[] = { shared_profile, shared_profile };
	struct recognizer *recognizer = NULL;
	int r = recognizer_new(profiles, 2, &recognizer);

	if ((r < 0) != !recognizer)
		r = NOT_AS_BEFORE;
	(void)recognizer_free(recognizer);
	return r;
}

static void a_recognizer_is_built_whole_or_not_at_all(void **state)
{
	static const char *const contents[] = { memory_profile, full_profile };

	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		shared_profile = profile_good(contents[i]);
		sweep(attempt_recognizer, 6);
		shared_profile = profile_free(shared_profile);
	}
}

/* A file with errors stays a file with errors, and each of them is at least counted. */
static int attempt_broken(void)
{
	static const char broken[] = "catalog: Test\ncauses:\n"
				     "  - {code: 010, name: a, description: D., severity: bad}\n"
				     "  - {code: 5, nam: b, description: D., severity: err}\n"
				     "  - {code: 5, name: c, description: D., severity: err}\n";
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	int r = catalog_read("x.yaml", TEXT(broken), &diag, &catalog);

	/* 1 slug, 2 code, 3 severity, 4 unknown key, 5 missing key, 6 same code */
	if (r == -EINVAL && diag_count(&diag) != 6)
		r = NOT_AS_BEFORE;
	if (r == -EINVAL)
		r = 0;
	diag_done(&diag);
	(void)catalog_free(catalog);
	return r;
}

static void no_error_of_a_broken_file_is_lost(void **state)
{
	(void)state;
	sweep_some(attempt_broken, 2);
}

/* -- from a record to its findings --------------------------------------------- */

static struct recognizer *shared_recognizer;

static int attempt_enrich(void)
{
	static const struct enrich_policy policy;
	struct record record = record_make();
	struct buffer out = buffer_make(10000);
	int r = record_add(
		&record, TEXT("MESSAGE"), TEXT("key=200 key=2BC key=265 key=1 Hangup [FULL]"));

	if (r == 0)
		r = record_add(&record, TEXT("CAUSE"), TEXT("266"));
	if (r == 0)
		r = enrich_record(&policy, shared_recognizer, &record);
	if (r == 0 && (record.n_findings != 6 || record.n_findings_dropped != 0))
		r = NOT_AS_BEFORE;
	if (r == 0) {
		record_print_message(&record, record_message(&record), record.cut, &out);
		r = buffer_finish(&out);
	}
	buffer_done(&out);
	record_done(&record);
	return r;
}

static void a_record_is_enriched_or_what_is_left_out_is_counted(void **state)
{
	const struct profile *profile;

	(void)state;
	shared_catalog = catalog_good(memory_catalog);
	shared_profile = profile_good(memory_profile);
	test_bind(shared_profile, shared_catalog);
	profile = shared_profile;
	assert_int_equal(recognizer_new(&profile, 1, &shared_recognizer), 0);
	sweep(attempt_enrich, 5);
	shared_recognizer = recognizer_free(shared_recognizer);
	shared_profile = profile_free(shared_profile);
	shared_catalog = catalog_free(shared_catalog);
}

/* The second time, the bracket is kept. */
static int attempt_brackets(void)
{
	static const struct enrich_policy policy;
	const struct match match = {
		.profile = shared_profile, .catalog = shared_catalog, .code = 200
	};
	struct bracket_cache *cache = NULL;
	struct buffer out = buffer_make(10000);
	int r = bracket_cache_new(&policy, false, &cache);

	for (int i = 0; r == 0 && i < 2; i++) {
		bracket_print(bracket_cache_find(cache, &match, TEXT("200")), &out);
		r = buffer_finish(&out);
	}
	(void)bracket_cache_free(cache);
	buffer_done(&out);
	return r;
}

static void a_bracket_is_kept_whole_or_not_at_all(void **state)
{
	(void)state;
	shared_catalog = catalog_good(memory_catalog);
	shared_profile = profile_good(memory_profile);
	test_bind(shared_profile, shared_catalog);
	sweep(attempt_brackets, 3);
	shared_profile = profile_free(shared_profile);
	shared_catalog = catalog_free(shared_catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_gives_nothing_where_memory_is_refused),
		cmocka_unit_test(a_buffer_appends_whole_pieces_or_fails_for_good),
		cmocka_unit_test(an_error_that_cannot_be_kept_is_counted),
		cmocka_unit_test(a_yaml_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_file_that_finds_no_memory_is_not_read),
		cmocka_unit_test(a_field_that_finds_no_memory_leaves_the_record_as_it_was),
		cmocka_unit_test(a_record_goes_on_when_memory_is_there_again),
		cmocka_unit_test(a_finding_that_finds_no_memory_is_counted),
		cmocka_unit_test(a_scan_and_a_pattern_are_built_or_not),
		cmocka_unit_test(a_catalog_is_read_whole_or_not_at_all),
		cmocka_unit_test(catalogs_of_every_size_are_read_whole_or_not_at_all),
		cmocka_unit_test(profiles_of_every_size_are_read_whole_or_not_at_all),
		cmocka_unit_test(an_override_that_finds_no_memory_says_so),
		cmocka_unit_test(a_profile_is_read_whole_or_not_at_all),
		cmocka_unit_test(all_lists_of_a_profile_are_read_whole_or_not_at_all),
		cmocka_unit_test(lists_of_every_place_in_memory_are_read_whole_or_not_at_all),
		cmocka_unit_test(an_example_that_finds_no_memory_is_neither_right_nor_wrong),
		cmocka_unit_test(a_recognizer_is_built_whole_or_not_at_all),
		cmocka_unit_test(no_error_of_a_broken_file_is_lost),
		cmocka_unit_test(a_record_is_enriched_or_what_is_left_out_is_counted),
		cmocka_unit_test(a_bracket_is_kept_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
