/* One table has the totals, so that status, entry and manual count the same things. */
#include "config.h"

#include "daemon/report.h"

#include <inttypes.h>
#include <stddef.h>
#include <time.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "flow/counts.h"
#include "flow/pipeline.h"
#include "flow/unknown-codes.h"
#include "record/messages.h"

enum {
	STATUS_MAX = 16 * 1024,
	NUMBER_SIZE = 24,
	CODE_SIZE = 256,
	ENTRY_CODES_MAX = 64, /* of unknown codes in one entry */
};

#define TOTAL(member) offsetof(struct counts, member)
static const struct total {
	size_t offset;
	const char *words, *field;
	bool always; /* reported even where it is 0 */
} totals[] = {
	{ TOTAL(n_read), "read", "BECAUSED_READ", true },
	{ TOTAL(n_enriched), "enriched", "BECAUSED_ENRICHED", true },
	{ TOTAL(n_unknown), "unknown causes", "BECAUSED_UNKNOWN", true },
	{ TOTAL(n_damaged), "unreadable", "BECAUSED_UNREADABLE", false },
	{ TOTAL(n_cut), "cut", "BECAUSED_CUT", false },
	{ TOTAL(n_lost), "lost before they could be read", "BECAUSED_LOST", false },
	{ TOTAL(n_gave_up), "too hard for a pattern", "BECAUSED_GAVE_UP", false },
	{ TOTAL(n_explained), "causes explained before", "BECAUSED_EXPLAINED", false },
	{ TOTAL(n_causes_left), "causes past the bound", "BECAUSED_LEFT", false },
	{ TOTAL(n_refused), "refused", "BECAUSED_REFUSED", false },
	{ TOTAL(n_shortened), "shortened to fit a datagram", "BECAUSED_SHORTENED", false },
	{ TOTAL(n_undelivered), "datagrams not delivered", "BECAUSED_UNDELIVERED", false },
};
enum { N_TOTALS = sizeof(totals) / sizeof(totals[0]) };

static uint64_t member_of(const void *counts, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)counts + offset);
}

static uint64_t total_of(const struct counts *counts, size_t i)
{
	return member_of(counts, totals[i].offset);
}

/* For how long the sink has not taken a record that waits for it; 0 = it takes them. */
static uint64_t stalled_seconds(const struct sink_counts *sink)
{
	return sink->stalled ? (io_monotonic_usec() - sink->stalled_usec) / 1000000 : 0;
}

/* --- status --- */

static void print_totals(const struct counts *counts, struct buffer *out)
{
	const char *comma = "";

	for (size_t i = 0; i < N_TOTALS; i++) {
		uint64_t n = total_of(counts, i);

		if (n == 0 && !totals[i].always)
			continue;
		buffer_add_format(out, "%s%" PRIu64 " %s", comma, n, totals[i].words);
		comma = ", ";
	}
}

static void print_sink(const struct sink_counts *sink, struct buffer *out)
{
	uint64_t seconds = stalled_seconds(sink);

	if (sink->n_in_flight == 0 && seconds == 0 && sink->n_dropped == 0)
		return;
	buffer_add_format(out, "; %s: %" PRIu64 " on their way", sink->name, sink->n_in_flight);
	if (seconds > 0)
		buffer_add_format(out, ", full for %" PRIu64 " s", seconds);
	if (sink->n_dropped > 0)
		buffer_add_format(out, ", %" PRIu64 " dropped", sink->n_dropped);
}

void report_status(const struct pipeline *pipeline, struct buffer *out)
{
	const struct wiring *wiring = pipeline_wiring(pipeline);
	struct counts counts = pipeline_count(pipeline);
	struct sink_counts sink;
	size_t at = 0;

	print_totals(&counts, out);
	while (counts_next_sink(wiring, &at, &sink))
		print_sink(&sink, out);
}

bool report_is_stalled(const struct pipeline *pipeline)
{
	const struct wiring *wiring = pipeline_wiring(pipeline);
	struct sink_counts sink;
	size_t at = 0;

	while (counts_next_sink(wiring, &at, &sink))
		if (sink.stalled)
			return true;
	return false;
}

/* --- the entry --- */

void report_entry(const struct pipeline *pipeline)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(STATUS_MAX);
	const struct unknown_codes *unknown = pipeline_unknown_codes(pipeline);
	struct log_field fields[1 + N_TOTALS + ENTRY_CODES_MAX];
	char numbers[N_TOTALS][NUMBER_SIZE], codes[ENTRY_CODES_MAX][CODE_SIZE];
	struct counts counts = pipeline_count(pipeline);
	size_t n = 0;

	fields[n++] = (struct log_field){ "MESSAGE_ID", message_id(MESSAGE_COUNTS) };
	for (size_t i = 0; i < N_TOTALS; i++) {
		(void)snprintf(numbers[i], NUMBER_SIZE, "%" PRIu64, total_of(&counts, i));
		fields[n++] = (struct log_field){ totals[i].field, numbers[i] };
	}
	for (size_t i = 0; i < unknown->n_codes && i < ENTRY_CODES_MAX; i++) {
		const struct unknown_code *code = &unknown->codes[i];

		(void)snprintf(
			codes[i], CODE_SIZE, "%s %s: %" PRIu64, code->catalog, code->code, code->n);
		fields[n++] = (struct log_field){ "BECAUSED_UNKNOWN_CODE", codes[i] };
	}
	report_status(pipeline, &text);
	buffer_add_char(&text, '\0');
	log_entry(LOG_NOTICE, buffer_finish(&text) == 0 ? text.data : "counts", fields, n);
}

/* --- metrics --- */

struct metrics {
	struct buffer *out;
	const char *daemon;
};

/* Names are slugs; codes and units are letters and digits. Only the name of a state directory can
 * hold characters that need to be escaped. */
static void add_label_value(struct buffer *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n') {
			buffer_add_text(out, text_of("\\n"));
			continue;
		}
		if (*value == '"' || *value == '\\')
			buffer_add_char(out, '\\');
		buffer_add_char(out, *value);
	}
}

static void begin_metric(
	const struct metrics *m, const char *name, const char *type, const char *help)
{
	buffer_add_format(m->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* With a label, or with none where it is NULL. */
static void add_sample(
	const struct metrics *m, const char *name, const char *label, const char *value, uint64_t n)
{
	buffer_add_format(m->out, "%s{daemon=\"", name);
	add_label_value(m->out, m->daemon);
	buffer_add_char(m->out, '"');
	if (label) {
		buffer_add_format(m->out, ",%s=\"", label);
		add_label_value(m->out, value);
		buffer_add_char(m->out, '"');
	}
	buffer_add_format(m->out, "} %" PRIu64 "\n", n);
}

#define OF_SOURCE(member) offsetof(struct source_counts, member)
static const struct {
	size_t offset;
	const char *name, *help;
} of_sources[] = {
	{ OF_SOURCE(n_read), "becaused_read_total", "Entries, lines and messages looked at." },
	{ OF_SOURCE(n_damaged), "becaused_unreadable_total", "Entries that could not be read." },
	{ OF_SOURCE(n_cut), "becaused_cut_total", "Lines and messages longer than a bound." },
	{ OF_SOURCE(n_lost), "becaused_lost_total", "Known to be lost before they could be read." },
	{ OF_SOURCE(n_evicted), "becaused_connections_evicted_total",
		"Connections closed to make room for others." },
	{ OF_SOURCE(n_gave_up), "becaused_gave_up_total",
		"How often a pattern gave up on a line." },
	{ OF_SOURCE(n_explained), "becaused_explained_total",
		"Causes that their own brackets follow already, not explained again." },
};

static void add_sources(const struct metrics *m, const struct wiring *wiring)
{
	for (size_t i = 0; i < sizeof(of_sources) / sizeof(of_sources[0]); i++) {
		struct source_counts source;
		size_t at = 0;

		begin_metric(m, of_sources[i].name, "counter", of_sources[i].help);
		while (counts_next_source(wiring, &at, &source))
			add_sample(m, of_sources[i].name, "source", source.name,
				member_of(&source, of_sources[i].offset));
	}
}

/* Records that are refused later are among the enriched: a counter must not decrease. */
#define OF_SINK(member) offsetof(struct sink_counts, member)
static const struct {
	size_t offset;
	const char *name, *type, *help;
} of_sinks[] = {
	{ OF_SINK(n_taken), "becaused_enriched_total", "counter",
		"Records handed to the sink, those refused among them." },
	{ OF_SINK(n_unknown), "becaused_unknown_total", "counter",
		"Causes in these that no catalog has." },
	{ OF_SINK(n_causes_left), "becaused_causes_left_total", "counter",
		"Causes that the form of the sink has no room for in one record." },
	{ OF_SINK(n_refused), "becaused_refused_total", "counter",
		"Records that the sink can never take." },
	{ OF_SINK(n_shortened), "becaused_shortened_total", "counter",
		"Records whose message was cut to fit a datagram." },
	{ OF_SINK(n_lost), "becaused_undelivered_total", "counter",
		"Datagrams that are known not to have arrived." },
	{ OF_SINK(n_dropped), "becaused_dropped_total", "counter",
		"Datagrams that came in while the sink was full for too long." },
	{ OF_SINK(n_in_flight), "becaused_unsettled", "gauge",
		"Records on their way: the sink has taken them, the other side not yet." },
};

static void add_sinks(const struct metrics *m, const struct wiring *wiring)
{
	struct sink_counts sink;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(of_sinks) / sizeof(of_sinks[0]); i++) {
		begin_metric(m, of_sinks[i].name, of_sinks[i].type, of_sinks[i].help);
		for (at = 0; counts_next_sink(wiring, &at, &sink);)
			add_sample(m, of_sinks[i].name, "sink", sink.name,
				member_of(&sink, of_sinks[i].offset));
	}
	begin_metric(m, "becaused_full_seconds", "gauge",
		"For how long the sink has not taken a record that waits for it.");
	for (at = 0; counts_next_sink(wiring, &at, &sink);)
		add_sample(m, "becaused_full_seconds", "sink", sink.name, stalled_seconds(&sink));
}

static void add_unknown(const struct metrics *m, const struct unknown_codes *unknown)
{
	static const char name[] = "becaused_unknown_code_total";

	begin_metric(m, name, "counter",
		"Causes that no catalog has, by their code; other is all that had no room.");
	for (size_t i = 0; i < unknown->n_codes; i++) {
		const struct unknown_code *code = &unknown->codes[i];

		buffer_add_format(m->out, "%s{daemon=\"", name);
		add_label_value(m->out, m->daemon);
		buffer_add_text(m->out, text_of("\",catalog=\""));
		add_label_value(m->out, code->catalog);
		buffer_add_text(m->out, text_of("\",code=\""));
		add_label_value(m->out, code->code);
		buffer_add_format(m->out, "\"} %" PRIu64 "\n", code->n);
	}
	if (unknown->n_others > 0)
		add_sample(m, name, "code", "other", unknown->n_others);
}

void report_metrics(const struct pipeline *pipeline, const struct reloads *reloads,
	const char *daemon, struct buffer *out)
{
	const struct metrics m = { out, daemon };
	const struct wiring *wiring = pipeline_wiring(pipeline);

	add_sources(&m, wiring);
	add_sinks(&m, wiring);
	add_unknown(&m, pipeline_unknown_codes(pipeline));
	begin_metric(&m, "becaused_reloads_total", "counter", "Reloads, by their result.");
	add_sample(&m, "becaused_reloads_total", "result", "good", reloads->n_good);
	add_sample(&m, "becaused_reloads_total", "result", "failed", reloads->n_failed);
	begin_metric(&m, "becaused_reload_failed", "gauge", "Whether the last reload failed.");
	add_sample(&m, "becaused_reload_failed", NULL, NULL, reloads->failure != NULL);
	/* A path need not be UTF-8, but the file has to be. */
	if (out->len > 0)
		text_mask_damage(out->data, out->len);
}
