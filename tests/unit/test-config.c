/* becaused.yaml: what an empty file means, what every key does, and what is refused where. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <syslog.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "flow/setup/configuration.h"
#include "sink/journal/journal-sink-options.h"
#include "source/journal/journal-options.h"

static struct config *read_good(const char *content)
{
	struct config *config = NULL;
	struct diag diag = { 0 };

	assert_good(config_read("test.yaml", text_of(content), &diag, &config), &diag);
	assert_non_null(config);
	return config;
}

static int read_and_free(struct text content, struct diag *diag)
{
	struct config *config = NULL;
	int r = config_read("test.yaml", content, diag, &config);

	(void)config_unref(config);
	return r;
}

static const struct journal_options *journal_options_of(const struct config_source *source)
{
	assert_string_equal(source->kind->name, "journal");
	return source->options;
}

static const struct journal_sink_options *journal_sink_options_of(const struct config_sink *sink)
{
	assert_string_equal(sink->kind->name, "journal");
	return sink->options;
}

static void assert_texts(const struct text_list *list, const char *a, const char *b)
{
	assert_int_equal(list->n, b ? 2 : a ? 1 : 0);
	if (a)
		assert_text(list->items[0], a);
	if (b)
		assert_text(list->items[1], b);
}

/* Everything that the installed file states as the meaning of an empty one. */
static void assert_defaults(const struct config *config)
{
	assert_texts(&config->profiles, "all", NULL);
	assert_int_equal(config->policy.severity, ENRICH_RAISE);
	assert_false(config->policy.ignore_unknown);
	assert_int_equal(config->n_overrides, 0);

	assert_int_equal(config->n_sources, 1);
	assert_text(config->sources[0].name, "platform");
	assert_int_equal(config->sources[0].profiles.n, 0);
	assert_int_equal(journal_options_of(&config->sources[0])->units.n, 0);
	assert_int_equal(journal_options_of(&config->sources[0])->identifiers.n, 0);
	assert_int_equal(journal_options_of(&config->sources[0])->namespace.len, 0);
	assert_int_equal(journal_options_of(&config->sources[0])->directory.len, 0);
	assert_int_equal(journal_options_of(&config->sources[0])->start, JOURNAL_START_END);

	assert_int_equal(config->n_sinks, 1);
	assert_text(config->sinks[0].name, "journal");
	assert_int_equal(journal_sink_options_of(&config->sinks[0])->namespace.len, 0);
}

/* -- what is read ----------------------------------------------------- */

static void a_file_without_content_means_the_defaults(void **state)
{
	static const char *const contents[] = { "", "\n", "# nothing\n", "---\n", "--- # nothing\n",
		"{}\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		CLEANUP(config_unrefp) struct config *config = read_good(contents[i]);

		assert_defaults(config);
	}
}

static void no_file_at_all_means_the_defaults(void **state)
{
	CLEANUP(config_unrefp) struct config *config = config_new();

	(void)state;
	assert_non_null(config);
	assert_defaults(config);
}

static void the_file_that_is_shipped_means_the_defaults(void **state)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);
	CLEANUP(config_unrefp) struct config *config = NULL;
	const char *top = getenv("top_srcdir");
	struct diag diag = { 0 };
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/etc/becaused.yaml", top ? top : ".");
	assert_int_equal(io_read_file(path, &content), 0);
	assert_good(config_read(path, buffer_text(&content), &diag, &config), &diag);
	assert_defaults(config);
}

static void profiles_are_taken_in_their_order(void **state)
{
	CLEANUP(config_unrefp) struct config *config = read_good("profiles: [zulu, alpha]\n");

	(void)state;
	assert_texts(&config->profiles, "zulu", "alpha");
	assert_string_equal(config->profiles.places[1].file, "test.yaml");
	assert_int_equal(config->profiles.places[1].line, 1);
	assert_int_equal(config->profiles.places[1].column, 18);
}

static void every_severity_policy_is_read(void **state)
{
	static const struct {
		const char *content;
		int wanted;
	} cases[] = {
		{ "severity: raise\n", ENRICH_RAISE },
		{ "severity: set\n", ENRICH_SET },
		{ "severity: \"keep\"\n", ENRICH_KEEP },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(config_unrefp) struct config *config = read_good(cases[i].content);

		assert_int_equal(config->policy.severity, cases[i].wanted);
	}
}

static void unknown_codes_are_reported_or_ignored(void **state)
{
	CLEANUP(config_unrefp) struct config *report = read_good("unknown: report\n");
	CLEANUP(config_unrefp) struct config *ignore = read_good("unknown: ignore\n");

	(void)state;
	assert_false(report->policy.ignore_unknown);
	assert_true(ignore->policy.ignore_unknown);
}

static void an_override_changes_what_it_names(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("overrides:\n"
					  "  huawei-cec:\n"
					  "    562:\n"
					  "      severity: info\n"
					  "      description: Closed.\n"
					  "      component: desk\n"
					  "      category: normal\n"
					  "      action: None.\n");
	const struct catalog_override *item;

	(void)state;
	assert_int_equal(config->n_overrides, 1);
	assert_text(config->overrides[0].catalog, "huawei-cec");
	assert_int_equal(config->overrides[0].n, 1);
	item = &config->overrides[0].items[0];
	assert_int_equal(item->code, 562);
	assert_int_equal(item->severity, LOG_INFO);
	assert_text(item->description, "Closed.");
	assert_text(item->component, "desk");
	assert_text(item->category, "normal");
	assert_text(item->action, "None.");
	assert_int_equal(item->place.line, 3);
	assert_int_equal(item->place.column, 5);
}

static void an_override_is_of_a_code_or_of_a_name(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good(
		"overrides: {a: {9000: {name: nine, aliases: [NINE], possibilities: [One., Two.]},"
		" no-agents: {}, 'Normal Clearing': {}, 3com: {}, \"\u4E2D\": {}}}\n");
	static const char *const keys[] = { "no-agents", "Normal Clearing", "3com", "\u4E2D" };
	const struct catalog_override *items;

	(void)state;
	assert_int_equal(config->overrides[0].n, 1 + COUNT(keys));
	items = config->overrides[0].items;
	assert_int_equal(items[0].code, 9000);
	assert_text(items[0].name, "nine");
	assert_text(items[0].aliases.items[0], "NINE");
	assert_int_equal(items[0].possibilities.n, 2);
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(items[1 + i].code, CATALOG_NO_CODE);
		assert_text(items[1 + i].key, keys[i]);
	}
}

static void an_override_leaves_alone_what_it_does_not_name(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("overrides: {a: {1: {severity: emerg}, 2: {action: ''}},"
					  " b: {4294967294: {}}}\n");
	const struct catalog_override *item;

	(void)state;
	assert_int_equal(config->n_overrides, 2);
	assert_int_equal(config->overrides[0].n, 2);
	item = config->overrides[0].items;
	assert_int_equal(item[0].severity, LOG_EMERG);
	assert_null(item[0].description.data);
	assert_null(item[0].component.data);
	assert_null(item[0].category.data);
	assert_null(item[0].action.data);
	assert_int_equal(item[1].severity, -1);
	assert_non_null(item[1].action.data);
	assert_int_equal(item[1].action.len, 0);
	assert_int_equal(config->overrides[1].items[0].code, VALUE_CODE_MAX);
}

static void a_journal_source_has_every_option(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("sources:\n"
					  "  - name: one\n"
					  "    profiles: [alpha]\n"
					  "    journal:\n"
					  "      units: [ccs, obs.service]\n"
					  "      identifiers: [ivr]\n"
					  "      namespace: calls\n"
					  "      start: beginning\n"
					  "  - name: two\n"
					  "    journal: {directory: /var/log/journal/old}\n");

	(void)state;
	assert_int_equal(config->n_sources, 2);
	assert_text(config->sources[0].name, "one");
	assert_texts(&config->sources[0].profiles, "alpha", NULL);
	assert_texts(&journal_options_of(&config->sources[0])->units, "ccs", "obs.service");
	assert_texts(&journal_options_of(&config->sources[0])->identifiers, "ivr", NULL);
	assert_text(journal_options_of(&config->sources[0])->namespace, "calls");
	assert_int_equal(journal_options_of(&config->sources[0])->start, JOURNAL_START_BEGINNING);
	assert_text(config->sources[1].name, "two");
	assert_int_equal(config->sources[1].profiles.n, 0);
	assert_text(journal_options_of(&config->sources[1])->directory, "/var/log/journal/old");
	assert_int_equal(journal_options_of(&config->sources[1])->start, JOURNAL_START_END);
}

static void a_journal_sink_has_a_namespace(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("sinks:\n  - {name: out, journal: {namespace: calls}}\n");

	(void)state;
	assert_int_equal(config->n_sinks, 1);
	assert_text(config->sinks[0].name, "out");
	assert_text(journal_sink_options_of(&config->sinks[0])->namespace, "calls");
}

static void sources_of_the_user_replace_the_default_one(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("sources: [{name: mine, journal: {}}]\n");

	(void)state;
	assert_int_equal(config->n_sources, 1);
	assert_text(config->sources[0].name, "mine");
	assert_int_equal(config->n_sinks, 1);
}

/* The traps of YAML: numbers and truth values are text here. */
static void names_that_yaml_would_take_for_values_stay_names(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config =
		read_good("sources: [{name: no, journal: {units: [010, 0x1F, yes, ~]}}]\n");

	(void)state;
	assert_text(config->sources[0].name, "no");
	assert_int_equal(journal_options_of(&config->sources[0])->units.n, 4);
	assert_text(journal_options_of(&config->sources[0])->units.items[0], "010");
	assert_text(journal_options_of(&config->sources[0])->units.items[3], "~");
}

/* -- what is refused -------------------------------------------------- */

static void wrong_keys_are_refused_where_they_stand(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("profile: [a]\n"), { { 1, 1, "did you mean 'profiles'" } } },
		{ TEXT("\n\nnonsense: 1\n"),
			{ { 3, 1, "unknown key 'nonsense'; known here: profiles, severity" } } },
		{ TEXT("severity: set\nseverity: set\n"), { { 2, 1, "appears twice" } } },
		{ TEXT("Severity: set\n"), { { 1, 1, "did you mean 'severity'" } } },
		{ TEXT("overrides: {a: {1: {description: 'x [release cause 2 y]'}}}\n"),
			{ { 1, 34, "description must not hold '[release cause '" } } },
		{ TEXT("overrides: {a: {1: {code: 5}}}\n"), { { 1, 21, "unknown key 'code'" } } },
		{ TEXT("sources: [{name: a, journal: {unit: [x]}}]\n"),
			{ { 1, 31, "did you mean 'units'" } } },
		{ TEXT("sources: [{name: a, file: {}, journal: {}}]\n"),
			{ { 1, 21, "unknown key 'file'" } } },
		{ TEXT("sinks: [{name: a, journal: {units: []}}]\n"),
			{ { 1, 29, "unknown key 'units'" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void values_of_the_wrong_kind_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("text\n"), { { 1, 1, "expected a mapping, not text" } } },
		{ TEXT("- a\n"), { { 1, 1, "expected a mapping, not a list" } } },
		{ TEXT("profiles: huawei-cec\n"), { { 1, 11, "expected a list, not text" } } },
		{ TEXT("profiles: [[a]]\n"), { { 1, 12, "expected text, not a list" } } },
		{ TEXT("profiles:\n"), { { 1, 10, "expected a list, but nothing is given" } } },
		{ TEXT("severity: [set]\n"), { { 1, 11, "expected text, not a list" } } },
		{ TEXT("unknown: {}\n"), { { 1, 10, "expected text, not a mapping" } } },
		{ TEXT("overrides: []\n"), { { 1, 12, "expected a mapping, not a list" } } },
		{ TEXT("overrides: {a: x}\n"), { { 1, 16, "expected a mapping, not text" } } },
		{ TEXT("overrides: {a: {1: info}}\n"),
			{ { 1, 20, "expected a mapping, not text" } } },
		{ TEXT("sources: {}\n"), { { 1, 10, "expected a list, not a mapping" } } },
		{ TEXT("sources: [a]\n"), { { 1, 11, "expected a mapping, not text" } } },
		{ TEXT("sources: [{name: a, journal: system}]\n"),
			{ { 1, 30, "expected a mapping, not text" } } },
		{ TEXT("sinks: journal\n"), { { 1, 8, "expected a list, not text" } } },
		{ TEXT("sinks: [journal]\n"), { { 1, 9, "expected a mapping, not text" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void values_out_of_range_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("profiles: [a, a]\n"), { { 1, 15, "'a' appears twice in profiles" } } },
		{ TEXT("profiles: []\n"), { { 1, 11, "profiles is empty" } } },
		{ TEXT("profiles: ['']\n"), { { 1, 12, "an item of profiles must have 1 to" } } },
		{ TEXT("severity: lower\n"), { { 1, 11, "is none of raise, set, keep" } } },
		{ TEXT("severity: Raise\n"), { { 1, 11, "is none of raise, set, keep" } } },
		{ TEXT("severity:\n"), { { 1, 10, "is none of raise, set, keep" } } },
		{ TEXT("unknown: no\n"), { { 1, 10, "is none of report, ignore" } } },
		{ TEXT("sources: []\n"), { { 1, 10, "sources has 0 items; 1 to 64" } } },
		{ TEXT("sinks: []\n"), { { 1, 8, "sinks has 0 items; 1 to 16" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void wrong_overrides_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("overrides: {a: {'': {}}}\n"), { { 1, 17, "not a decimal number" } } },
		{ TEXT("overrides: {a: {'1 2': {}}}\n"), { { 1, 17, "not a decimal number" } } },
		{ TEXT("overrides: {a: {x: {name: x}}}\n"),
			{ { 1, 17, "'name' is only for an override of a code" } } },
		{ TEXT("overrides: {a: {1: {name: X}}}\n"), { { 1, 27, "name 'X' must be" } } },
		{ TEXT("overrides: {a: {" X64 ": {}}}\n"),
			{ { 1, 17, "the name of a cause has at most 63 bytes" } } },
		{ TEXT("overrides: {a: {1: {aliases: [" X64 "]}}}\n"),
			{ { 1, 31, "an alias must have at most 63 bytes" } } },
		{ TEXT("overrides: {a: {-1: {}}}\n"), { { 1, 17, "not a decimal number" } } },
		{ TEXT("overrides: {a: {0x10: {}}}\n"), { { 1, 17, "not a decimal number" } } },
		{ TEXT("overrides: {a: {0x200: {name: hex, description: X.}}}\n"),
			{ { 1, 17, "code '0x200' is not a decimal number" } } },
		{ TEXT("overrides: {a: {613-619: {name: x}}}\n"),
			{ { 1, 17, "an override is for one code" } } },
		{ TEXT("overrides: {a: {613~619: {}}}\n"), { { 1, 17, "'613~619' is a range" } } },
		{ TEXT("overrides: {a: {613-: {}}}\n"), { { 1, 17, "not a decimal number" } } },
		{ TEXT("overrides: {a: {0x1: {severity: crit}, 5: {name: b-c}, -3: {}}}\n"),
			{ { 1, 17, "not a decimal" }, { 1, 56, "not a decimal" } } },
		{ TEXT("overrides: {a: {0562: {}}}\n"), { { 1, 17, "leading zeros; write 562" } } },
		{ TEXT("overrides: {a: {4294967295: {}}}\n"),
			{ { 1, 17, "greater than 4294967294" } } },
		{ TEXT("overrides: {a: {1: {}, 1: {}}}\n"), { { 1, 24, "appears twice" } } },
		{ TEXT("overrides: {a: {}, a: {}}\n"), { { 1, 20, "appears twice" } } },
		{ TEXT("overrides: {a: {1: {severity: 3}}}\n"), { { 1, 31, "is none of emerg" } } },
		{ TEXT("overrides: {a: {1: {severity: error}}}\n"),
			{ { 1, 31, "is none of emerg" } } },
		{ TEXT("overrides: {a: {1: {description: ''}}}\n"),
			{ { 1, 34, "description is empty" } } },
		{ TEXT("overrides: {a: {1: {component: ''}}}\n"),
			{ { 1, 32, "component is empty" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void wrong_sources_and_sinks_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("sources: [{journal: {}}]\n"), { { 1, 11, "key 'name' is missing" } } },
		{ TEXT("sources: [{name: a}]\n"),
			{ { 1, 11, "a source must have exactly one of" } } },
		{ TEXT("sources: [{name: A, journal: {}}]\n"),
			{ { 1, 18, "lower-case letters" } } },
		{ TEXT("sources: [{name: a_b, journal: {}}]\n"),
			{ { 1, 18, "lower-case letters" } } },
		{ TEXT("sources: [{name: '', journal: {}}]\n"), { { 1, 18, "name is empty" } } },
		{ TEXT("sources:\n- {name: a, journal: {}}\n- {name: b, journal: {}}\n"
		       "- {name: a, journal: {}}\n"),
			{ { 4, 3, "source 'a' appears twice" } } },
		{ TEXT("sources: [{name: a, journal: {start: now}}]\n"),
			{ { 1, 38, "is none of end, beginning" } } },
		{ TEXT("sources: [{name: a, journal: {units: [x, x]}}]\n"),
			{ { 1, 42, "'x' appears twice in units" } } },
		{ TEXT("sources: [{name: a, journal: {namespace: a/b}}]\n"),
			{ { 1, 42, "must be letters, digits, '_', '-' and '.'" } } },
		{ TEXT("sources: [{name: a, journal: {directory: var/log}}]\n"),
			{ { 1, 42, "must be an absolute path" } } },
		{ TEXT("sources: [{name: a, journal: {directory: /x, namespace: y}}]\n"),
			{ { 1, 30, "a namespace or a directory, not both" } } },
		{ TEXT("sinks: [{name: a}]\n"), { { 1, 9, "a sink must have exactly one of" } } },
		{ TEXT("sinks: [{journal: {}}]\n"), { { 1, 9, "key 'name' is missing" } } },
		{ TEXT("sinks: [{name: a, journal: {namespace: ../x}}]\n"),
			{ { 1, 40, "must be letters, digits, '_', '-' and '.'" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void what_yaml_allows_and_we_do_not_is_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("severity: !!str set\n"), { { 1, 11, "tags" } } },
		{ TEXT("profiles: &p [a]\nsources: [{name: a, profiles: *p, journal: {}}]\n"),
			{ { 1, 11, "anchors" }, { 2, 31, "aliases" } } },
		{ TEXT("severity: set\n---\nseverity: set\n"), { { 2, 1, "second document" } } },
		{ TEXT("severity: \"a\\0b\"\n"), { { 1, 11, "NUL" }, { 1, 11, "is none of" } } },
		{ TEXT("severity: [\n"), { { 2, 1, "YAML syntax" } } },
		{ TEXT("\tseverity: set\n"), { { 1, 1, "YAML syntax" } } },
		{ TEXT("severity: set\nprofiles: [\xFF]\n"), { { 2, 12, "not valid UTF-8" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void all_errors_of_a_file_are_reported_in_one_run(void **state)
{
	static const struct test_file file = {
		TEXT("profiles: [a, a]\n"
		     "severity: lower\n"
		     "nonsense: 1\n"
		     "overrides:\n"
		     "  huawei-cec:\n"
		     "    0562: {severity: info}\n"
		     "sources:\n"
		     "  - name: a\n"
		     "sinks: []\n"),
		{
			{ 1, 15, "twice" },
			{ 2, 11, "is none of" },
			{ 3, 1, "unknown key" },
			{ 6, 5, "leading zeros" },
			{ 8, 5, "must have exactly one of" },
			{ 9, 8, "has 0 items" },
		},
	};

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void a_refused_file_gives_no_configuration(void **state)
{
	CLEANUP(diag_done) struct diag diag = { 0 };
	struct config *config = NULL;
	char text[256];

	(void)state;
	assert_int_equal(config_read("dir/x.yaml", TEXT("a: 1\n"), &diag, &config), -EINVAL);
	assert_null(config);
	assert_int_equal(diag.n_errors, 1);
	diag_format(&diag.errors[0], text, sizeof(text));
	assert_true(text_starts(text_of(text), text_of("dir/x.yaml:1:1: error: unknown key 'a'")));
}

/* -- bounds ----------------------------------------------------------- */

/* A configuration with `n` items made from `item`, each `#` in it a number, between `head` and
 * `tail`. */
static int read_many(const char *head, const char *item, size_t n, const char *tail)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(16 * 1024 * 1024);
	CLEANUP(diag_done) struct diag diag = { 0 };

	buffer_add_string(&content, head);
	for (size_t i = 0; i < n; i++) {
		for (const char *at = item; *at; at++) {
			if (*at == '#')
				buffer_add_number(&content, i);
			else
				buffer_add_char(&content, *at);
		}
	}
	buffer_add_string(&content, tail);
	assert_int_equal(buffer_finish(&content), 0);
	return read_and_free(buffer_text(&content), &diag);
}

static void lists_at_their_bounds_are_read_and_one_past_them_refused(void **state)
{
	static const struct {
		const char *head, *item, *tail;
		size_t max;
	} cases[] = {
		{ "profiles: [", "p#, ", "]\n", CONFIG_PROFILES_MAX },
		{ "sources: [", "{name: s#, journal: {}}, ", "]\n", CONFIG_SOURCES_MAX },
		{ "overrides: {a: {", "#: {}, ", "}}\n", CONFIG_OVERRIDES_MAX },
		{ "sources: [{name: a, journal: {units: [", "u#, ", "]}}]\n", 256 },
		{ "sources: [{name: a, journal: {identifiers: [", "i#, ", "]}}]\n", 256 },
		{ "sources: [{name: a, journal: {}, profiles: [", "p#, ", "]}]\n",
			CONFIG_PROFILES_MAX },
		{ "sinks: [", "{name: s#, socket: {address: 'unix:/s#'}}, ", "]\n",
			CONFIG_SINKS_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			read_many(cases[i].head, cases[i].item, cases[i].max, cases[i].tail), 0);
		assert_int_equal(
			read_many(cases[i].head, cases[i].item, cases[i].max + 1, cases[i].tail),
			-EINVAL);
	}
}

static int read_long(const char *head, size_t len, const char *tail)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);
	CLEANUP(diag_done) struct diag diag = { 0 };
	CLEANUP(freep) char *value = test_repeat('a', len);

	buffer_add_string(&content, head);
	buffer_add_string(&content, value);
	buffer_add_string(&content, tail);
	return read_and_free(buffer_text(&content), &diag);
}

/* Reading continues after a key that appears twice; its values must not overwrite others. */
static void a_list_that_is_there_twice_is_one_error(void **state)
{
	static const struct {
		const char *head, *item, *tail;
	} cases[] = {
		{ "overrides: {", "c#: {1: {severity: info}}, ", "}\noverrides: {z: {}, y: {}}\n" },
		{ "overrides: {z: {}}\noverrides: {", "c#: {}, ", "}\n" },
		{ "sources: [", "{name: s#, journal: {}}, ",
			"]\nsources: [{name: z, journal: {}}]\n" },
		{ "profiles: [", "p#, ", "]\nprofiles: [z]\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
			read_many(cases[i].head, cases[i].item, 60, cases[i].tail), -EINVAL);
	assert_int_equal(read_many(cases[0].head, cases[0].item, 5000, cases[0].tail), -EINVAL);
}

static void texts_at_their_bounds_are_read_and_one_past_them_refused(void **state)
{
	static const struct {
		const char *head, *tail;
		size_t max;
	} cases[] = {
		{ "overrides: {a: {1: {description: ", "}}}\n", CATALOG_TEXT_MAX },
		{ "overrides: {a: {1: {action: ", "}}}\n", CATALOG_TEXT_MAX },
		{ "overrides: {a: {1: {component: ", "}}}\n", CATALOG_NAME_MAX },
		{ "overrides: {a: {1: {category: ", "}}}\n", CATALOG_NAME_MAX },
		{ "sources: [{journal: {}, name: ", "}]\n", CATALOG_NAME_MAX },
		{ "sources: [{name: a, journal: {namespace: ", "}}]\n", 64 },
		{ "sinks: [{journal: {}, name: ", "}]\n", CATALOG_NAME_MAX },
		{ "sinks: [{name: a, journal: {namespace: ", "}}]\n", 64 },
		{ "sources: [{name: a, journal: {directory: /", "}}]\n", 3999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_long(cases[i].head, cases[i].max, cases[i].tail), 0);
		assert_int_equal(
			read_long(cases[i].head, cases[i].max + 1, cases[i].tail), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_without_content_means_the_defaults),
		cmocka_unit_test(no_file_at_all_means_the_defaults),
		cmocka_unit_test(the_file_that_is_shipped_means_the_defaults),
		cmocka_unit_test(profiles_are_taken_in_their_order),
		cmocka_unit_test(every_severity_policy_is_read),
		cmocka_unit_test(unknown_codes_are_reported_or_ignored),
		cmocka_unit_test(an_override_changes_what_it_names),
		cmocka_unit_test(an_override_is_of_a_code_or_of_a_name),
		cmocka_unit_test(an_override_leaves_alone_what_it_does_not_name),
		cmocka_unit_test(a_journal_source_has_every_option),
		cmocka_unit_test(a_journal_sink_has_a_namespace),
		cmocka_unit_test(sources_of_the_user_replace_the_default_one),
		cmocka_unit_test(names_that_yaml_would_take_for_values_stay_names),
		cmocka_unit_test(wrong_keys_are_refused_where_they_stand),
		cmocka_unit_test(values_of_the_wrong_kind_are_refused),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(wrong_overrides_are_refused),
		cmocka_unit_test(wrong_sources_and_sinks_are_refused),
		cmocka_unit_test(what_yaml_allows_and_we_do_not_is_refused),
		cmocka_unit_test(all_errors_of_a_file_are_reported_in_one_run),
		cmocka_unit_test(a_refused_file_gives_no_configuration),
		cmocka_unit_test(lists_at_their_bounds_are_read_and_one_past_them_refused),
		cmocka_unit_test(a_list_that_is_there_twice_is_one_error),
		cmocka_unit_test(texts_at_their_bounds_are_read_and_one_past_them_refused),
	};

	return cmocka_run_group_tests_name("flow/setup/configuration", tests, NULL, NULL);
}
