/* The reports of the daemon on itself, from a wiring made of numbers. The text for Prometheus is
 * read as Prometheus does. The linker wraps the pipeline, the clock, and log_entry. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/metrics.h"
#include "daemon/report.h"
#include "flow/counts.h"
#include "flow/pipeline.h"
#include "flow/tally/cause-counts.h"
#include "flow/tally/unknown-codes.h"
#include "record/record.h"
#include "test-wiring.h"

enum { TEXT_MAX = 1024 * 1024, FIELDS_MAX = 128, SAMPLES_MAX = 512 };

/* -- the wrapped pipeline -------------------------------------------------------------- */

uint64_t __wrap_io_now_usec(int clock);
const struct wiring *__wrap_pipeline_wiring(const struct pipeline *pipeline);
struct counts __wrap_pipeline_count(const struct pipeline *pipeline);
const struct unknown_codes *__wrap_pipeline_unknown_codes(const struct pipeline *pipeline);
const struct cause_counts *__wrap_pipeline_cause_counts(const struct pipeline *pipeline);
void __wrap_log_entry(int level, const char *text, const struct log_field *fields, size_t n);

static struct {
	uint64_t now_usec;
	struct test_wiring t;
	struct counts counts;
	struct unknown_codes unknown;
	struct cause_counts causes;
	struct reloads reloads;
	struct buffer out;
} fixture;

static struct {
	size_t n, n_fields;
	int level;
	char text[65536];
	char names[FIELDS_MAX][64], values[FIELDS_MAX][256];
} entry;

uint64_t __wrap_io_now_usec(int clock)
{
	(void)clock;
	return fixture.now_usec;
}

const struct wiring *__wrap_pipeline_wiring(const struct pipeline *pipeline)
{
	(void)pipeline;
	return &fixture.t.wiring;
}

struct counts __wrap_pipeline_count(const struct pipeline *pipeline)
{
	(void)pipeline;
	return fixture.counts;
}

const struct unknown_codes *__wrap_pipeline_unknown_codes(const struct pipeline *pipeline)
{
	(void)pipeline;
	return &fixture.unknown;
}

const struct cause_counts *__wrap_pipeline_cause_counts(const struct pipeline *pipeline)
{
	(void)pipeline;
	return &fixture.causes;
}

void __wrap_log_entry(int level, const char *text, const struct log_field *fields, size_t n)
{
	assert_between(n, 0, FIELDS_MAX);
	entry.n++;
	entry.n_fields = n;
	entry.level = level;
	(void)snprintf(entry.text, sizeof(entry.text), "%s", text);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(entry.names[i], sizeof(entry.names[i]), "%s", fields[i].name);
		(void)snprintf(entry.values[i], sizeof(entry.values[i]), "%s", fields[i].value);
	}
}

static int begin(void **state)
{
	memset(&entry, 0, sizeof(entry));
	memset(&fixture, 0, sizeof(fixture));
	test_wiring_init(&fixture.t);
	fixture.now_usec = 1000 * 1000 * 1000;
	fixture.out = buffer_make(TEXT_MAX);
	*state = &fixture.t;
	return 0;
}

static int end(void **state)
{
	(void)state;
	buffer_done(&fixture.out);
	cause_counts_done(&fixture.causes);
	return 0;
}

static void add_code(const char *catalog, const char *code, uint64_t n)
{
	struct unknown_code *added = &fixture.unknown.codes[fixture.unknown.n_codes++];

	assert_between(fixture.unknown.n_codes, 1, UNKNOWN_CODES_MAX);
	(void)snprintf(added->catalog, sizeof(added->catalog), "%s", catalog);
	(void)snprintf(added->code, sizeof(added->code), "%s", code);
	added->n = n;
}

static void add_codes(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char code[8];

		(void)snprintf(code, sizeof(code), "%u", 1000 + i);
		add_code("test", code, i + 1);
	}
}

static const char *finish(void)
{
	buffer_add_char(&fixture.out, '\0');
	assert_int_equal(buffer_finish(&fixture.out), 0);
	return fixture.out.data;
}

/* -- status ------------------------------------------------------------------------------- */

static const char *status(void)
{
	buffer_clear(&fixture.out);
	report_status(NULL, &fixture.out);
	return finish();
}

static void the_status_leaves_out_what_has_not_gone_wrong(void **state)
{
	struct test_wiring *t = *state;

	(void)test_add_output(t, "journal");
	assert_string_equal(status(), "0 read, 0 enriched, 0 unknown causes");
	fixture.counts = (struct counts){ .n_read = 3, .n_enriched = 2, .n_unknown = 1 };
	assert_string_equal(status(), "3 read, 2 enriched, 1 unknown causes");
}

static void the_status_has_all_that_has_gone_wrong(void **state)
{
	(void)state;
	fixture.counts = (struct counts){ .n_read = 1,
		.n_enriched = 2,
		.n_unknown = 3,
		.n_damaged = 4,
		.n_cut = 5,
		.n_lost = 6,
		.n_gave_up = 7,
		.n_explained = 12,
		.n_unrecorded = 13,
		.n_unclaimed = 14,
		.n_facts_left = 16,
		.n_copies = 15,
		.n_causes_left = 8,
		.n_refused = 9,
		.n_shortened = 10,
		.n_undelivered = 11 };
	assert_string_equal(status(),
		"1 read, 2 enriched, 3 unknown causes, 4 unreadable, 5 cut, 6 lost before they "
		"could be read, 7 too hard for a pattern, 12 causes explained before, 13 "
		"positions without room, 14 codes at a cut, 16 facts of calls left out, 15 files "
		"passed over as copies, 8 "
		"causes past the bound, 9 refused, 10 "
		"shortened to fit a datagram, 11 datagrams not delivered");
}

static void the_status_shows_how_far_behind_a_sink_is(void **state)
{
	struct test_wiring *t = *state;
	struct output *good = test_add_output(t, "good"), *bad = test_add_output(t, "bad");

	good->pending.n = 2;
	test_owe(t, bad);
	bad->full_usec = fixture.now_usec - 61 * 1000 * 1000;
	bad->n_dropped = 5;
	assert_string_equal(status(),
		"0 read, 0 enriched, 0 unknown causes; good: 2 on their way; bad: 0 on their way, "
		"full for 61 s, 5 dropped");
	t->inputs[0].puller.in_hand = NULL;
	bad->n_dropped = 0;
	assert_string_equal(status(), "0 read, 0 enriched, 0 unknown causes; good: 2 on their way");
}

static void the_status_shows_what_a_source_holds(void **state)
{
	struct test_wiring *t = *state;

	test_add_input(t, 0, "net", false)->n_held = 2;
	(void)test_add_input(t, 1, "files", true);
	assert_string_equal(
		status(), "0 read, 0 enriched, 0 unknown causes; net: 2 held until they are whole");
}

/* -- the entry ------------------------------------------------------------------------------ */

static const char *field(const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < entry.n_fields; i++) {
		if (strcmp(entry.names[i], name) != 0)
			continue;
		assert_null(value);
		value = entry.values[i];
	}
	assert_non_null(value);
	return value;
}

static void the_entry_has_a_field_for_each_count(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "MESSAGE_ID", "71296e953a0440358ed7abec45f085fa" },
		{ "BECAUSED_READ", "18446744073709551615" },
		{ "BECAUSED_ENRICHED", "2" },
		{ "BECAUSED_UNKNOWN", "3" },
		{ "BECAUSED_UNREADABLE", "4" },
		{ "BECAUSED_CUT", "5" },
		{ "BECAUSED_LOST", "6" },
		{ "BECAUSED_GAVE_UP", "7" },
		{ "BECAUSED_EXPLAINED", "12" },
		{ "BECAUSED_UNRECORDED", "13" },
		{ "BECAUSED_UNCLAIMED", "14" },
		{ "BECAUSED_FACTS_LEFT", "16" },
		{ "BECAUSED_COPIES", "15" },
		{ "BECAUSED_LEFT", "8" },
		{ "BECAUSED_REFUSED", "9" },
		{ "BECAUSED_SHORTENED", "10" },
		{ "BECAUSED_UNDELIVERED", "0" },
	};

	(void)state;
	fixture.counts = (struct counts){ .n_read = UINT64_MAX,
		.n_enriched = 2,
		.n_unknown = 3,
		.n_damaged = 4,
		.n_cut = 5,
		.n_lost = 6,
		.n_gave_up = 7,
		.n_explained = 12,
		.n_unrecorded = 13,
		.n_unclaimed = 14,
		.n_facts_left = 16,
		.n_copies = 15,
		.n_causes_left = 8,
		.n_refused = 9,
		.n_shortened = 10 };
	report_entry(NULL);
	assert_int_equal(entry.n, 1);
	assert_int_equal(entry.level, LOG_NOTICE);
	assert_string_equal(entry.text, status());
	assert_int_equal(entry.n_fields, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(field(rows[i].name), rows[i].value);
}

static size_t count_codes_of_entry(void)
{
	size_t n = 0;

	for (size_t i = 0; i < entry.n_fields; i++)
		n += strcmp(entry.names[i], "BECAUSED_UNKNOWN_CODE") == 0;
	return n;
}

static void the_entry_names_unknown_codes(void **state)
{
	char catalog[] = "huawei", code[] = "9999";

	(void)state;
	add_code(catalog, code, 12);
	report_entry(NULL);
	assert_string_equal(field("BECAUSED_UNKNOWN_CODE"), "huawei 9999: 12");
}

/* journald drops what has too many fields. */
static void the_entry_does_not_name_unknown_codes_without_end(void **state)
{
	(void)state;
	add_codes(64);
	report_entry(NULL);
	assert_int_equal(count_codes_of_entry(), 64);
	begin(state);
	add_codes(UNKNOWN_CODES_MAX);
	report_entry(NULL);
	assert_int_equal(count_codes_of_entry(), 64);
}

/* -- metrics ---------------------------------------------------------------------------------- */

/* One line of the text, in parts: NAME{LABEL="VALUE",...} NUMBER */
struct sample {
	char series[512]; /* name and labels, as written */
	char name[64];
	uint64_t n;
};

static struct {
	struct sample samples[SAMPLES_MAX];
	size_t n;
	char metric[64], type[16]; /* of the last TYPE */
	char seen[64][64];         /* names of all so far */
	size_t n_seen;
	bool helped; /* the line before was its HELP */
} parsed;

/* [a-zA-Z_:][a-zA-Z0-9_:]*, and labels without the colon: bytes of the name at the start. */
static size_t name_len(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n = strspn(text, letters);

	return n == 0 ? 0 : n + strspn(text + n, "abcdefghijklmnopqrstuvwxyz_0123456789");
}

/* The text behind LABEL="VALUE"; NULL where it is none. In the value, a backslash may come only in
 * \\, \" and \n. */
static const char *skip_label(const char *at)
{
	size_t n = name_len(at);

	if (n == 0 || strncmp(at + n, "=\"", 2) != 0)
		return NULL;
	for (at += n + 2; *at != '"'; at++)
		if (*at == '\0' || (*at == '\\' && !strchr("\\\"n", *++at)))
			return NULL;
	return at + 1;
}

static const char *skip_labels(const char *at)
{
	if (*at != '{')
		return at;
	do {
		at = skip_label(at + 1);
	} while (at && *at == ',');
	return at && *at == '}' ? at + 1 : NULL;
}

static void parse_sample(const char *line)
{
	struct sample *sample = &parsed.samples[parsed.n++];
	size_t len = name_len(line);
	const char *end = skip_labels(line + len);

	assert_between(parsed.n, 1, SAMPLES_MAX);
	assert_between(len, 1, sizeof(sample->name) - 1);
	if (!end || *end != ' ')
		fail_msg("not a sample: %s", line);
	(void)snprintf(sample->name, sizeof(sample->name), "%.*s", (int)len, line);
	(void)snprintf(sample->series, sizeof(sample->series), "%.*s", (int)(end - line), line);
	assert_int_equal(text_parse_number(text_of(end + 1), 10, UINT64_MAX, &sample->n), 0);
	/* Samples follow the TYPE of their metric. */
	assert_string_equal(sample->name, parsed.metric);
	for (size_t i = 0; i + 1 < parsed.n; i++)
		assert_string_not_equal(parsed.samples[i].series, sample->series);
}

static void parse_type(const char *line)
{
	char metric[64], type[16];

	assert_int_equal(sscanf(line, "# TYPE %63s %15s", metric, type), 2);
	assert_true(parsed.helped);
	assert_string_equal(metric, parsed.metric);
	if (strcmp(type, "counter") == 0)
		assert_true(text_ends(text_of(metric), TEXT("_total")));
	else if (strcmp(type, "gauge") == 0)
		assert_false(text_ends(text_of(metric), TEXT("_total")));
	else
		fail_msg("type '%s'", type);
}

static void parse_help(const char *line)
{
	int n = 0;

	assert_int_equal(sscanf(line, "# HELP %63s %n", parsed.metric, &n), 1);
	assert_int_equal(name_len(parsed.metric), strlen(parsed.metric));
	assert_true(text_starts(text_of(parsed.metric), TEXT("becaused_")));
	assert_true(strlen(line + n) > 10);
	for (size_t i = 0; i < parsed.n_seen; i++)
		assert_string_not_equal(parsed.seen[i], parsed.metric);
	assert_between(parsed.n_seen, 0, COUNT(parsed.seen) - 1);
	(void)snprintf(parsed.seen[parsed.n_seen++], sizeof(parsed.seen[0]), "%s", parsed.metric);
}

static void parse(char *text)
{
	memset(&parsed, 0, sizeof(parsed));
	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n');
		assert_non_null(next);
		*next++ = '\0';
		if (strncmp(line, "# HELP ", 7) == 0)
			parse_help(line);
		else if (strncmp(line, "# TYPE ", 7) == 0)
			parse_type(line);
		else
			parse_sample(line);
		parsed.helped = strncmp(line, "# HELP ", 7) == 0;
	}
}

static void read_metrics(const char *daemon)
{
	const struct metrics_origin origin = { daemon, &fixture.reloads, 5999999 };

	buffer_clear(&fixture.out);
	metrics_print(NULL, &origin, &fixture.out);
	(void)finish();
	parse(fixture.out.data);
}

#define assert_sample(series, n) test_sample((series), (n), __FILE__, __LINE__)

static void test_sample(const char *series, uint64_t n, const char *file, int line)
{
	for (size_t i = 0; i < parsed.n; i++) {
		if (strcmp(parsed.samples[i].series, series) != 0)
			continue;
		_assert_int_equal(parsed.samples[i].n, n, file, line);
		return;
	}
	print_error("no sample %s\n", series);
	_fail(file, line);
}

static size_t count_samples(const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < parsed.n; i++)
		n += strcmp(parsed.samples[i].name, name) == 0;
	return n;
}

static void a_wiring_with_nothing_is_good_metrics(void **state)
{
	(void)state;
	read_metrics("becaused");
	assert_int_equal(parsed.n, 5);
	assert_sample(
		"becaused_build_info{daemon=\"becaused\",version=\"" PACKAGE_VERSION "\"}", 1);
	assert_sample("becaused_reloads_total{daemon=\"becaused\",result=\"good\"}", 0);
	assert_sample("becaused_reloads_total{daemon=\"becaused\",result=\"failed\"}", 0);
	assert_sample("becaused_reload_failed{daemon=\"becaused\"}", 0);
}

static void a_source_has_its_counts_once(void **state)
{
	struct test_wiring *t = *state;

	for (unsigned i = 0; i < 2; i++)
		*test_add_input(t, 0, "files", true) =
			(struct source){ .n_read = 10, .n_damaged = 20, .n_cut = 30, .n_lost = 40 };
	t->inputs[1].puller.n_gave_up = 50;
	t->inputs[0].puller.n_explained = 70;
	t->inputs[1].n_unrecorded = 80;
	t->inputs[1].puller.n_unclaimed = 75;
	t->inputs[1].puller.n_facts_left = 76;
	t->inputs[1].puller.source->n_held = 80;
	t->inputs[1].puller.source->n_copies = 81;
	t->inputs[1].puller.source->n_unreadable = 82;
	t->inputs[1].puller.source->n_left_out = 83;
	test_add_input(t, 1, "journal", true)->n_read = 60;
	read_metrics("d");
	assert_sample("becaused_read_total{daemon=\"d\",source=\"files\"}", 10);
	assert_sample("becaused_unreadable_total{daemon=\"d\",source=\"files\"}", 20);
	assert_sample("becaused_cut_total{daemon=\"d\",source=\"files\"}", 30);
	assert_sample("becaused_lost_total{daemon=\"d\",source=\"files\"}", 40);
	assert_sample("becaused_gave_up_total{daemon=\"d\",source=\"files\"}", 50);
	assert_sample("becaused_explained_total{daemon=\"d\",source=\"files\"}", 70);
	assert_sample("becaused_unrecorded_total{daemon=\"d\",source=\"files\"}", 80);
	assert_sample("becaused_unclaimed_total{daemon=\"d\",source=\"files\"}", 75);
	assert_sample("becaused_facts_left_total{daemon=\"d\",source=\"files\"}", 76);
	assert_sample("becaused_source_held{daemon=\"d\",source=\"files\"}", 80);
	assert_sample("becaused_copies_total{daemon=\"d\",source=\"files\"}", 81);
	assert_sample("becaused_files_unreadable{daemon=\"d\",source=\"files\"}", 82);
	assert_sample("becaused_files_left_out{daemon=\"d\",source=\"files\"}", 83);
	assert_sample("becaused_read_total{daemon=\"d\",source=\"journal\"}", 60);
	assert_int_equal(count_samples("becaused_read_total"), 2);
}

/* Two series of one name and label would make the reader refuse the file. */
static void a_source_of_two_transports_is_one_series(void **state)
{
	struct test_wiring *t = *state;

	test_add_input(t, 0, "net", false)->n_read = 10;
	test_add_input(t, 0, "net", false)->n_read = 20;
	read_metrics("d");
	assert_int_equal(count_samples("becaused_read_total"), 1);
	assert_sample("becaused_read_total{daemon=\"d\",source=\"net\"}", 30);
}

static void a_sink_has_its_counts(void **state)
{
	struct test_wiring *t = *state;
	struct output *output = test_add_output(t, "a"), *other = test_add_output(t, "b");

	*output->sink = (struct sink){ .name = "a",
		.n_taken = 100,
		.n_refused = 1,
		.n_shortened = 2,
		.n_lost = 3,
		.n_causes_left = 6 };
	output->n_dropped = 4;
	output->n_unknown = 5;
	output->pending.n = 7;
	test_owe(t, output);
	output->full_usec = fixture.now_usec - 8 * 1000 * 1000;
	other->sink->n_taken = 50;
	read_metrics("d");
	assert_sample("becaused_enriched_total{daemon=\"d\",sink=\"a\"}", 100);
	assert_sample("becaused_enriched_total{daemon=\"d\",sink=\"b\"}", 50);
	assert_sample("becaused_refused_total{daemon=\"d\",sink=\"a\"}", 1);
	assert_sample("becaused_shortened_total{daemon=\"d\",sink=\"a\"}", 2);
	assert_sample("becaused_undelivered_total{daemon=\"d\",sink=\"a\"}", 3);
	assert_sample("becaused_dropped_total{daemon=\"d\",sink=\"a\"}", 4);
	assert_sample("becaused_unknown_total{daemon=\"d\",sink=\"a\"}", 5);
	assert_sample("becaused_causes_left_total{daemon=\"d\",sink=\"a\"}", 6);
	assert_sample("becaused_unsettled{daemon=\"d\",sink=\"a\"}", 7);
	assert_sample("becaused_full_seconds{daemon=\"d\",sink=\"a\"}", 8);
	assert_sample("becaused_full_seconds{daemon=\"d\",sink=\"b\"}", 0);
}

/* Prometheus takes a counter that falls for one that was reset, and counts twice. A sink learns
 * only after it has taken a record that journald refuses it. */
static void no_counter_falls_when_a_sink_refuses_what_it_took(void **state)
{
	static struct sample before[SAMPLES_MAX];
	struct test_wiring *t = *state;
	struct output *output = test_add_output(t, "a");
	size_t n;

	output->sink->n_taken = 100;
	read_metrics("d");
	n = parsed.n;
	memcpy(before, parsed.samples, sizeof(before));
	output->sink->n_refused = output->sink->n_settled = 1;
	read_metrics("d");
	for (size_t i = 0; i < n; i++)
		if (text_ends(text_of(before[i].name), TEXT("_total")))
			assert_between(parsed.samples[i].n, before[i].n, UINT64_MAX);
}

static void unknown_codes_have_a_series_each(void **state)
{
	(void)state;
	add_codes(UNKNOWN_CODES_MAX);
	read_metrics("d");
	assert_int_equal(count_samples("becaused_unknown_code_total"), UNKNOWN_CODES_MAX);
	assert_sample(
		"becaused_unknown_code_total{daemon=\"d\",catalog=\"test\",code=\"1000\"}", 1);
	assert_sample(
		"becaused_unknown_code_total{daemon=\"d\",catalog=\"test\",code=\"1255\"}", 256);
}

static void codes_past_the_bound_have_one_series(void **state)
{
	(void)state;
	fixture.unknown.n_others = 7;
	read_metrics("d");
	assert_int_equal(count_samples("becaused_unknown_code_total"), 1);
	assert_sample("becaused_unknown_code_total{daemon=\"d\",code=\"other\"}", 7);
}

static void count_cause(const char *code, const char *name)
{
	CLEANUP(record_done) struct record record = record_make();
	struct finding *finding = record_add_finding(&record);

	assert_non_null(finding);
	(void)snprintf(finding->code, sizeof(finding->code), "%s", code);
	finding->catalog = text_of("test");
	finding->known = name != NULL;
	finding->name = text_of(name);
	finding->category = text_of(name ? "capacity" : NULL);
	finding->severity = 4;
	cause_counts_add(&fixture.causes, "s", &record);
}

static void causes_have_a_series_each(void **state)
{
	(void)state;
	count_cause("512", "queue-full");
	count_cause("512", "queue-full");
	count_cause("513", NULL);
	read_metrics("d");
	assert_int_equal(count_samples("becaused_causes_total"), 2);
	assert_sample("becaused_causes_total{daemon=\"d\",source=\"s\",catalog=\"test\","
		      "code=\"512\",name=\"queue-full\",severity=\"warning\","
		      "category=\"capacity\",side=\"ours\"}",
		2);
	assert_sample("becaused_causes_total{daemon=\"d\",source=\"s\",catalog=\"test\","
		      "code=\"513\",name=\"\",severity=\"warning\",category=\"\","
		      "side=\"unknown\"}",
		1);
}

static void causes_past_the_bound_have_one_series_for_each_source(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAUSE_COUNTS_UNKNOWN_MAX + 5; i++) {
		char code[16];

		(void)snprintf(code, sizeof(code), "%u", 10000 + i);
		count_cause(code, NULL);
	}
	read_metrics("d");
	assert_int_equal(count_samples("becaused_causes_total"), CAUSE_COUNTS_UNKNOWN_MAX + 1);
	assert_sample("becaused_causes_total{daemon=\"d\",source=\"s\",code=\"other\"}", 5);
	fixture.causes.n_sourceless = 7;
	read_metrics("d");
	assert_int_equal(count_samples("becaused_causes_total"), CAUSE_COUNTS_UNKNOWN_MAX + 2);
	assert_sample("becaused_causes_total{daemon=\"d\",code=\"other\"}", 7);
}

static void the_version_and_the_start_are_known(void **state)
{
	(void)state;
	read_metrics("d");
	assert_sample("becaused_build_info{daemon=\"d\",version=\"" PACKAGE_VERSION "\"}", 1);
	assert_sample("becaused_start_time_seconds{daemon=\"d\"}", 5);
}

static void reloads_are_counted_by_their_result(void **state)
{
	(void)state;
	fixture.reloads = (struct reloads){ .n_good = 3, .n_failed = 2, .failure = "why" };
	read_metrics("d");
	assert_sample("becaused_reloads_total{daemon=\"d\",result=\"good\"}", 3);
	assert_sample("becaused_reloads_total{daemon=\"d\",result=\"failed\"}", 2);
	assert_sample("becaused_reload_failed{daemon=\"d\"}", 1);
}

/* The name may have a directory's in it. */
static void labels_are_escaped(void **state)
{
	char catalog[] = "c\"\\", code[] = "\\";

	(void)state;
	add_code(catalog, code, 1);
	read_metrics("becaused /a\"b\\c\\");
	assert_sample("becaused_reload_failed{daemon=\"becaused /a\\\"b\\\\c\\\\\"}", 0);
	assert_sample("becaused_unknown_code_total{daemon=\"becaused "
		      "/a\\\"b\\\\c\\\\\",catalog=\"c\\\"\\\\\",code=\"\\\\\"}",
		1);
}

static void a_line_end_in_a_label_is_none(void **state)
{
	(void)state;
	read_metrics("a\nb");
	assert_sample("becaused_reload_failed{daemon=\"a\\nb\"}", 0);
}

static void what_is_no_utf8_is_masked(void **state)
{
	(void)state;
	read_metrics("a\xff\xc3\xa4");
	assert_sample("becaused_reload_failed{daemon=\"a?\xc3\xa4\"}", 0);
}

#define REPORT_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(the_status_leaves_out_what_has_not_gone_wrong),
		REPORT_TEST(the_status_has_all_that_has_gone_wrong),
		REPORT_TEST(the_status_shows_how_far_behind_a_sink_is),
		REPORT_TEST(the_status_shows_what_a_source_holds),
		REPORT_TEST(the_entry_has_a_field_for_each_count),
		REPORT_TEST(the_entry_names_unknown_codes),
		REPORT_TEST(the_entry_does_not_name_unknown_codes_without_end),
		REPORT_TEST(a_wiring_with_nothing_is_good_metrics),
		REPORT_TEST(a_source_has_its_counts_once),
		REPORT_TEST(a_source_of_two_transports_is_one_series),
		REPORT_TEST(a_sink_has_its_counts),
		REPORT_TEST(no_counter_falls_when_a_sink_refuses_what_it_took),
		REPORT_TEST(causes_have_a_series_each),
		REPORT_TEST(causes_past_the_bound_have_one_series_for_each_source),
		REPORT_TEST(the_version_and_the_start_are_known),
		REPORT_TEST(unknown_codes_have_a_series_each),
		REPORT_TEST(codes_past_the_bound_have_one_series),
		REPORT_TEST(reloads_are_counted_by_their_result),
		REPORT_TEST(labels_are_escaped),
		REPORT_TEST(a_line_end_in_a_label_is_none),
		REPORT_TEST(what_is_no_utf8_is_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
