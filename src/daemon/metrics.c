/* Tables name the counts of each source and of each sink. */
#include "config.h"

#include "daemon/metrics.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/buffer.h"
#include "daemon/report.h"
#include "flow/counts.h"
#include "flow/pipeline.h"
#include "flow/tally/cause-counts.h"
#include "flow/tally/unknown-codes.h"
#include "record/severity.h"

struct writer {
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
	const struct writer *m, const char *name, const char *type, const char *help)
{
	buffer_add_format(m->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_label(const struct writer *m, const char *label, const char *value)
{
	buffer_add_format(m->out, ",%s=\"", label);
	add_label_value(m->out, value);
	buffer_add_char(m->out, '"');
}

/* A sample begins, its labels follow, its value ends it. */
static void begin_sample(const struct writer *m, const char *name)
{
	buffer_add_format(m->out, "%s{daemon=\"", name);
	add_label_value(m->out, m->daemon);
	buffer_add_char(m->out, '"');
}

static void end_sample(const struct writer *m, uint64_t n)
{
	buffer_add_format(m->out, "} %" PRIu64 "\n", n);
}

/* With a label, or with none where it is NULL. */
static void add_sample(
	const struct writer *m, const char *name, const char *label, const char *value, uint64_t n)
{
	begin_sample(m, name);
	if (label)
		add_label(m, label, value);
	end_sample(m, n);
}

#define OF_SOURCE(member) offsetof(struct source_counts, member)
static const struct {
	size_t offset;
	const char *name, *type, *help;
} of_sources[] = {
	{ OF_SOURCE(n_read), "becaused_read_total", "counter",
		"Entries, lines and messages looked at." },
	{ OF_SOURCE(n_damaged), "becaused_unreadable_total", "counter",
		"Entries that could not be read." },
	{ OF_SOURCE(n_cut), "becaused_cut_total", "counter",
		"Lines and messages longer than a bound, or without their end." },
	{ OF_SOURCE(n_lost), "becaused_lost_total", "counter",
		"Known to be lost before they could be read." },
	{ OF_SOURCE(n_evicted), "becaused_connections_evicted_total", "counter",
		"Connections closed to make room for others." },
	{ OF_SOURCE(n_gave_up), "becaused_gave_up_total", "counter",
		"How often a pattern or a column gave up on a line." },
	{ OF_SOURCE(n_explained), "becaused_explained_total", "counter",
		"Causes that already had a bracket or an element of this instance." },
	{ OF_SOURCE(n_unrecorded), "becaused_unrecorded_total", "counter",
		"Positions that the state file had no room for." },
	{ OF_SOURCE(n_unclaimed), "becaused_unclaimed_total", "counter",
		"Codes that touch the place where a message is cut, not explained." },
	{ OF_SOURCE(n_facts_left), "becaused_facts_left_total", "counter",
		"Facts of calls left out: too long, cut, too many, or too hard to find." },
	{ OF_SOURCE(n_copies), "becaused_copies_total", "counter",
		"Files whose content was read from another file." },
	{ OF_SOURCE(n_held), "becaused_source_held", "gauge",
		"Lines and messages that are held until they are whole." },
	{ OF_SOURCE(n_unreadable), "becaused_files_unreadable", "gauge",
		"Files that match, and directories, that may not be read." },
	{ OF_SOURCE(n_left_out), "becaused_files_left_out", "gauge",
		"Files that match and are not read, because there are too many." },
};

static void add_sources(const struct writer *m, const struct wiring *wiring)
{
	for (size_t i = 0; i < sizeof(of_sources) / sizeof(of_sources[0]); i++) {
		struct source_counts source;
		size_t at = 0;

		begin_metric(m, of_sources[i].name, of_sources[i].type, of_sources[i].help);
		while (counts_next_source(wiring, &at, &source))
			add_sample(m, of_sources[i].name, "source", source.name,
				counts_member(&source, of_sources[i].offset));
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

static void add_sinks(const struct writer *m, const struct wiring *wiring)
{
	struct sink_counts sink;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(of_sinks) / sizeof(of_sinks[0]); i++) {
		begin_metric(m, of_sinks[i].name, of_sinks[i].type, of_sinks[i].help);
		for (at = 0; counts_next_sink(wiring, &at, &sink);)
			add_sample(m, of_sinks[i].name, "sink", sink.name,
				counts_member(&sink, of_sinks[i].offset));
	}
	begin_metric(m, "becaused_full_seconds", "gauge",
		"For how long the sink has not taken a record that waits for it.");
	for (at = 0; counts_next_sink(wiring, &at, &sink);)
		add_sample(m, "becaused_full_seconds", "sink", sink.name,
			counts_stalled_seconds(&sink));
}

static void add_unknown(const struct writer *m, const struct unknown_codes *unknown)
{
	static const char name[] = "becaused_unknown_code_total";

	begin_metric(m, name, "counter",
		"Causes that no catalog has, by their code; other is all that had no room.");
	for (size_t i = 0; i < unknown->n_codes; i++) {
		const struct unknown_code *code = &unknown->codes[i];

		begin_sample(m, name);
		add_label(m, "catalog", code->catalog);
		add_label(m, "code", code->code);
		end_sample(m, code->n);
	}
	if (unknown->n_others > 0)
		add_sample(m, name, "code", "other", unknown->n_others);
}

static void add_cause(const struct writer *m, const char *name, const struct cause_count *count)
{
	begin_sample(m, name);
	add_label(m, "source", count->source);
	if (!count->is_other)
		add_label(m, "catalog", count->catalog);
	add_label(m, "code", count->code);
	if (!count->is_other) {
		add_label(m, "name", count->name);
		add_label(m, "severity", severity_names[count->severity]);
		add_label(m, "category", count->category);
		add_label(m, "side", count->side);
	}
	end_sample(m, count->n);
}

static void add_causes(const struct writer *m, const struct cause_counts *causes)
{
	static const char name[] = "becaused_causes_total";

	begin_metric(m, name, "counter",
		"Causes found, counted once for each source; other is all that had no room.");
	for (size_t i = 0; i < causes->n; i++)
		add_cause(m, name, &causes->items[i]);
	if (causes->n_sourceless > 0)
		add_sample(m, name, "code", "other", causes->n_sourceless);
}

static void add_daemon(const struct writer *m, const struct metrics_origin *origin)
{
	static const char info[] = "becaused_build_info", start[] = "becaused_start_time_seconds";
	const struct reloads *reloads = origin->reloads;

	begin_metric(m, info, "gauge", "Always 1; the label is the version that runs.");
	add_sample(m, info, "version", PACKAGE_VERSION, 1);
	begin_metric(m, start, "gauge", "When the daemon started, in seconds since 1970.");
	add_sample(m, start, NULL, NULL, origin->started_usec / 1000000);
	begin_metric(m, "becaused_reloads_total", "counter", "Reloads, by their result.");
	add_sample(m, "becaused_reloads_total", "result", "good", reloads->n_good);
	add_sample(m, "becaused_reloads_total", "result", "failed", reloads->n_failed);
	begin_metric(m, "becaused_reload_failed", "gauge", "Whether the last reload failed.");
	add_sample(m, "becaused_reload_failed", NULL, NULL, reloads->failure != NULL);
}

void metrics_print(
	const struct pipeline *pipeline, const struct metrics_origin *origin, struct buffer *out)
{
	const struct writer m = { out, origin->daemon };
	const struct wiring *wiring = pipeline_wiring(pipeline);

	add_sources(&m, wiring);
	add_sinks(&m, wiring);
	add_causes(&m, pipeline_cause_counts(pipeline));
	add_unknown(&m, pipeline_unknown_codes(pipeline));
	add_daemon(&m, origin);
	/* A path need not be UTF-8, but the file has to be. */
	if (out->len > 0)
		text_mask_damage(out->data, out->len);
}
