/* What happens when memory is refused: every function that allocates is called again and again,
 * and the first, the second, the third … allocation in it fails, until it needs no more. In one
 * round only that allocation fails, in another all that follow it too.
 *
 * The allocator is wrapped by the linker (-Wl,--wrap=malloc and so on): what our library calls
 * goes through here, what libyaml and PCRE2 call inside does not. Leaks are the sanitizer's word.
 */
#include "config.h"

#include "test.h"

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/yaml.h"
#include "cause/enrich.h"
#include "cause/pattern.h"
#include "cause/scan.h"
#include "flow/config.h"
#include "flow/setup.h"
#include "record/record.h"
#include "test-catalog.h"
#include "test-profile.h"

/* -- the allocator ---------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *string);
char *__real_strndup(const char *string, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t n);

static struct {
	bool armed;
	bool from_then_on; /* all allocations that follow fail too */
	size_t n_good;     /* allocations left before the one that fails */
	size_t n_refused;
} allocator;

static bool refuse(void)
{
	if (!allocator.armed)
		return false;
	if (allocator.n_good > 0) {
		allocator.n_good--;
		return false;
	}
	if (allocator.n_refused > 0 && !allocator.from_then_on)
		return false;
	allocator.n_refused++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refuse() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *string)
{
	return refuse() ? NULL : __real_strdup(string);
}

char *__wrap_strndup(const char *string, size_t n)
{
	return refuse() ? NULL : __real_strndup(string, n);
}

/* -- the sweep -------------------------------------------------------------- */

/* Do the thing once, free all of it, and return what it returned. No assertion stands in here: a
 * test that is left in the middle would leave the allocator armed. `NOT_AS_BEFORE` tells that a
 * failure has changed what it must not change. */
typedef int attempt_fn(void);
enum { NOT_AS_BEFORE = 12345 };

static int attempt_with(attempt_fn *attempt, size_t n_good, bool from_then_on)
{
	int r;

	allocator.n_good = n_good;
	allocator.n_refused = 0;
	allocator.from_then_on = from_then_on;
	allocator.armed = true;
	r = attempt();
	allocator.armed = false;
	return r;
}

/* Every refusal gives `refused`; `n_min` is how many allocations there are at least. */
static void sweep(attempt_fn *attempt, int refused, size_t n_min)
{
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0;
		int r = attempt_with(attempt, n, from_then_on);

		for (; allocator.n_refused > 0; r = attempt_with(attempt, ++n, from_then_on))
			if (r != refused)
				fail_msg("allocation %zu refused%s: gave %d, not %d", n,
					from_then_on ? " and all behind it" : "", r, refused);
		assert_int_equal(r, 0);
		assert_in_range(n, n_min, 100000);
	}
}

static const char catalog_content[] = CATALOG_HEAD
	"  - {code: 512, name: full, description: D., severity: err, component: c, "
	"category: k, action: A., possibilities: [x, y], aliases: [FULL, F]}\n" CAUSE("613-619")
		CAUSE("700");

static const char profile_content[] =
	PROFILE_HEAD "keys: [key, cause]\nfields: [CAUSE]\nbase: hex\n"
		     "patterns:\n"
		     "  - {requires: Hangup, regex: '\\[(?<cause>\\w+)\\]', base: name}\n"
		     "  - {requires: cause, regex: '\\((?<cause>\\d+)\\)'}\n"
		     "examples:\n"
		     "  - {line: 'key=10 Hangup [A]', causes: [16, A]}\n"
		     "  - {line: nothing, causes: []}\n";

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
	sweep(attempt_arena, -ENOMEM, 3);
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
	sweep(attempt_buffer, -ENOMEM, 3);
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
	sweep(attempt_diag, -ENOMEM, 3);
}

static int attempt_yaml(void)
{
	struct arena *arena = arena_new();
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };
	int r = -ENOMEM;

	if (arena)
		r = yaml_read(arena, "x.yaml", TEXT("{a: [x, y], b: {c: d, e: f}}"), &diag, &root);
	if (diag_any(&diag) || (r < 0) != !root)
		r = NOT_AS_BEFORE;
	diag_done(&diag);
	(void)arena_free(arena);
	return r;
}

static void a_yaml_file_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_yaml, -ENOMEM, 4);
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
	sweep(attempt_file, -ENOMEM, 1);
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
	sweep(attempt_fields, -ENOMEM, 5);
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
	sweep(attempt_findings, -ENOMEM, 3);
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
	int r = pattern_new(TEXT("(?<cause>x)"), reason, &pattern);

	(void)pattern_free(pattern);
	return r;
}

static void a_scan_and_a_pattern_are_built_or_not(void **state)
{
	(void)state;
	sweep(attempt_scan, -ENOMEM, 1);
	sweep(attempt_pattern, -ENOMEM, 1);
}

/* As read, but an error in a good file is a lie. */
static int no_errors(int r, struct diag *diag, const void *result)
{
	if (diag_any(diag) || (r < 0) != !result)
		r = NOT_AS_BEFORE;
	diag_done(diag);
	return r;
}

static int attempt_catalog(void)
{
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	int r = catalog_read("x.yaml", text_of(catalog_content), &diag, &catalog);

	r = no_errors(r, &diag, catalog);
	(void)catalog_free(catalog);
	return r;
}

static void a_catalog_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_catalog, -ENOMEM, 5);
}

static struct catalog *shared_catalog;

static int attempt_override(void)
{
	const struct catalog_override changes[] = {
		{ .code = 616, .severity = LOG_CRIT, .action = TEXT("x") },
		{ .code = 512, .severity = -1, .description = TEXT("y") },
	};
	struct diag diag = { 0 };
	/* Large enough for the arena's chunk to be used up again and again. */
	static char large[40000];
	int r = arena_take(shared_catalog->arena, 1, sizeof(large))
			? catalog_override(shared_catalog, changes, 2, &diag)
			: -ENOMEM;

	return no_errors(r, &diag, r < 0 ? NULL : shared_catalog);
}

static void an_override_that_finds_no_memory_says_so(void **state)
{
	(void)state;
	for (size_t n = 0; n < 3; n++) {
		int r = 0;

		shared_catalog = catalog_good(catalog_content);
		for (size_t i = 0; i < 3 && r == 0; i++)
			r = attempt_with(attempt_override, n, true);
		assert_int_equal(r, -ENOMEM);
		shared_catalog = catalog_free(shared_catalog);
	}
}

static int attempt_profile(void)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(profile_content), &diag, &profile);

	r = no_errors(r, &diag, profile);
	(void)profile_free(profile);
	return r;
}

static void a_profile_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_profile, -ENOMEM, 5);
}

static struct profile *shared_profile;

static int attempt_examples(void)
{
	struct diag diag = { 0 };
	int r = profile_run_examples(shared_profile, &diag);

	return no_errors(r, &diag, r < 0 ? NULL : shared_profile);
}

static void an_example_that_finds_no_memory_is_neither_right_nor_wrong(void **state)
{
	(void)state;
	shared_profile = profile_good(profile_content);
	sweep(attempt_examples, -ENOMEM, 7);
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
	(void)state;
	shared_profile = profile_good(profile_content);
	sweep(attempt_recognizer, -ENOMEM, 6);
	shared_profile = profile_free(shared_profile);
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
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0;
		int r;

		do {
			r = attempt_with(attempt_broken, n++, from_then_on);
			if (r != 0 && r != -ENOMEM)
				fail_msg("allocation %zu refused: gave %d", n - 1, r);
		} while (allocator.n_refused > 0);
		assert_int_equal(r, 0);
		assert_in_range(n, 8, 1000);
	}
}

/* -- from a record to its findings --------------------------------------------- */

static struct recognizer *shared_recognizer;

static int attempt_enrich(void)
{
	static const struct enrich_policy policy;
	struct record record = record_make();
	struct buffer out = buffer_make(10000);
	size_t n_expected = 6;
	int r = record_add(
		&record, TEXT("MESSAGE"), TEXT("key=200 key=2BC key=265 key=1 Hangup [FULL]"));

	if (r == 0)
		r = record_add(&record, TEXT("CAUSE"), TEXT("266"));
	if (r == 0 && enrich_record(&policy, shared_recognizer, &record) == ENRICH_NOTHING)
		n_expected = record.n_findings_dropped;
	if (r == 0 && record.n_findings + record.n_findings_dropped != n_expected)
		r = NOT_AS_BEFORE;
	if (r == 0 && record.n_findings_dropped > 0)
		r = -ENOMEM;
	if (r == 0) {
		record_print_message(&record, &out);
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
	shared_catalog = catalog_good(catalog_content);
	shared_profile = profile_good(profile_content);
	shared_profile->catalog = shared_catalog;
	profile = shared_profile;
	assert_int_equal(recognizer_new(&profile, 1, &shared_recognizer), 0);
	sweep(attempt_enrich, -ENOMEM, 5);
	shared_recognizer = recognizer_free(shared_recognizer);
	shared_profile = profile_free(shared_profile);
	shared_catalog = catalog_free(shared_catalog);
}

/* -- everything that is read at the start ---------------------------------------- */

static const char config_content[] = "profiles: [test]\n"
				     "overrides:\n"
				     "  test:\n"
				     "    616: {severity: crit, action: Act.}\n";

static char directory[] = "/tmp/because-test-memory-XXXXXX";

static void put(const char *name, const char *content)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(content, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory) < 0 || mkdir("catalogs", 0700) < 0 ||
		mkdir("profiles", 0700) < 0)
		return -1;
	put("catalogs/test.yaml", catalog_content);
	put("profiles/test.yaml", profile_content);
	put("becaused.yaml", config_content);
	return 0;
}

static int remove_directory(void **state)
{
	static const char *const files[] = { "catalogs/test.yaml", "profiles/test.yaml",
		"becaused.yaml" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		(void)unlink(files[i]);
	return rmdir("catalogs") | rmdir("profiles") | chdir("/") | rmdir(directory);
}

static int attempt_config(void)
{
	struct config *config = NULL;
	struct diag diag = { 0 };
	int r = config_read("x.yaml", text_of(config_content), &diag, &config);

	r = no_errors(r, &diag, config);
	(void)config_free(config);
	return r;
}

static int attempt_default_config(void)
{
	struct config *config = config_new();
	int r = config ? 0 : -ENOMEM;

	(void)config_free(config);
	return r;
}

static void a_configuration_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_config, -ENOMEM, 3);
	sweep(attempt_default_config, -ENOMEM, 2);
}

static int attempt_setup_with(const struct setup_options *options)
{
	static const struct text_list nobody;
	struct recognizer *recognizer = NULL;
	struct setup setup = { 0 };
	struct diag diag = { 0 };
	struct text missing;
	int r = setup_load(&setup, options, &diag);

	if (r == 0)
		r = setup_recognizer(&setup, &nobody, &missing, &recognizer);
	/* Without a configuration the default wants a profile that is not in this directory. */
	if (r == -ENOENT && !options->config && text_equal(missing, TEXT("huawei-cec")))
		r = 0;
	if (diag_any(&diag))
		r = NOT_AS_BEFORE;
	diag_done(&diag);
	(void)recognizer_free(recognizer);
	setup_done(&setup);
	return r;
}

static int attempt_setup(void)
{
	const struct setup_options options = { .config = "becaused.yaml", .data = "." };

	return attempt_setup_with(&options);
}

static int attempt_setup_without_config(void)
{
	static char file[] = "profiles/test.yaml";
	char *const files[] = { file };
	const struct setup_options options = { .data = ".", .files = files, .n_files = 1 };

	return attempt_setup_with(&options);
}

static void all_is_loaded_or_nothing(void **state)
{
	(void)state;
	sweep(attempt_setup, -ENOMEM, 15);
	sweep(attempt_setup_without_config, -ENOMEM, 15);
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
		cmocka_unit_test(an_override_that_finds_no_memory_says_so),
		cmocka_unit_test(a_profile_is_read_whole_or_not_at_all),
		cmocka_unit_test(an_example_that_finds_no_memory_is_neither_right_nor_wrong),
		cmocka_unit_test(a_recognizer_is_built_whole_or_not_at_all),
		cmocka_unit_test(no_error_of_a_broken_file_is_lost),
		cmocka_unit_test(a_record_is_enriched_or_what_is_left_out_is_counted),
		cmocka_unit_test(a_configuration_is_read_whole_or_not_at_all),
		cmocka_unit_test(all_is_loaded_or_nothing),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
