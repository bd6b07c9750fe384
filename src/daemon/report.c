/* One table has the totals, so that status, entry and manual count the same things. */
#include "config.h"

#include "daemon/report.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/log.h"
#include "flow/counts.h"
#include "flow/pipeline.h"
#include "flow/tally/unknown-codes.h"
#include "record/message-ids.h"

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
	{ TOTAL(n_unrecorded), "positions without room", "BECAUSED_UNRECORDED", false },
	{ TOTAL(n_unclaimed), "codes at a cut", "BECAUSED_UNCLAIMED", false },
	{ TOTAL(n_facts_left), "facts of calls left out", "BECAUSED_FACTS_LEFT", false },
	{ TOTAL(n_copies), "files passed over as copies", "BECAUSED_COPIES", false },
	{ TOTAL(n_causes_left), "causes past the bound", "BECAUSED_LEFT", false },
	{ TOTAL(n_refused), "refused", "BECAUSED_REFUSED", false },
	{ TOTAL(n_shortened), "shortened to fit a datagram", "BECAUSED_SHORTENED", false },
	{ TOTAL(n_undelivered), "datagrams not delivered", "BECAUSED_UNDELIVERED", false },
};
enum { N_TOTALS = sizeof(totals) / sizeof(totals[0]) };

static uint64_t total_of(const struct counts *counts, size_t i)
{
	return counts_member(counts, totals[i].offset);
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

static void print_source(const struct source_counts *source, struct buffer *out)
{
	const struct {
		uint64_t n;
		const char *words;
	} gauges[] = {
		{ source->n_held, "held until they are whole" },
		{ source->n_unreadable, "files or directories may not be read" },
		{ source->n_left_out, "files are left out" },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
		if (gauges[i].n == 0)
			continue;
		if (any)
			buffer_add_text(out, text_of(", "));
		else
			buffer_add_format(out, "; %s: ", source->name);
		buffer_add_format(out, "%" PRIu64 " %s", gauges[i].n, gauges[i].words);
		any = true;
	}
}

static void print_sink(const struct sink_counts *sink, struct buffer *out)
{
	uint64_t seconds = counts_stalled_seconds(sink);

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
	struct source_counts source;
	struct sink_counts sink;
	size_t at = 0;

	print_totals(&counts, out);
	while (counts_next_source(wiring, &at, &source))
		print_source(&source, out);
	at = 0;
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
