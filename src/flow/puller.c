/* A record in hand is the one record of a source that not every output has taken yet. While there
 * is one, the source is not read: the source is the spool. */
#include "config.h"

#include "flow/puller.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "flow/output.h"
#include "flow/recovery.h"
#include "sink/sink.h"
#include "wire/container-lines.h"
#include "wire/line-time.h"
#include "wire/syslog-decode.h"

enum {
	SINK_NAMES_MAX = 4096,
	SHORTENED_MIN = 128 * 1024, /* bytes of a message that are always kept */
};

static void check_invariants(const struct puller *puller)
{
	assert((puller->in_hand != NULL) == (puller->owed != 0));
	assert((uint64_t)puller->owed >> puller->n_outputs == 0);
	/* The line in hand is a part of the block. */
	assert(puller->in_hand != &puller->line || puller->phase == PULLER_IN_BLOCK);
	assert(!puller->in_hand || puller->phase != PULLER_FAILED);
	assert(puller->phase != PULLER_IN_BLOCK || puller->at <= puller->block.bytes.len);
	assert(!puller->recovery || puller->order);
	assert(!puller->save_first || (puller->phase == PULLER_PULLING && !puller->in_hand));
}

void puller_init(struct puller *puller, size_t number, const char *instance,
	struct output *const *outputs, size_t n_outputs)
{
	assert(n_outputs > 0 && n_outputs <= 8 * sizeof(puller->owed));
	*puller = (struct puller){
		.number = number,
		.instance = instance,
		.outputs = outputs,
		.n_outputs = n_outputs,
		.line = record_make(),
		.ready = true,
	};
}

void puller_redirect(struct puller *puller, size_t number, struct output *const *outputs,
	size_t n_outputs, uint32_t owed)
{
	assert(n_outputs > 0 && n_outputs <= 8 * sizeof(puller->owed));
	assert(puller->in_hand || owed == 0);
	puller->number = number;
	puller->outputs = outputs;
	puller->n_outputs = n_outputs;
	puller->owed = owed;
	if (owed == 0)
		puller->in_hand = NULL;
	check_invariants(puller);
}

/* Whether a profile takes a field of each message of syslog for a cause, whatever is in it. */
static bool reads_syslog_fields(const struct recognizer *recognizer)
{
	struct text name;

	for (size_t i = 0; (name = recognizer_field_name(recognizer, i)).data; i++)
		for (const char *const *field = syslog_field_names; *field; field++)
			if (text_equal(name, text_of(*field)))
				return true;
	return false;
}

/* Note with which bytes the names of the fields begin that the probe may want. */
static void note_initials(struct puller *puller)
{
	struct text name;

	memset(puller->initials, 0, sizeof(puller->initials));
	for (size_t i = 0; (name = recognizer_field_name(puller->recognizer, i)).data; i++)
		if (name.len > 0)
			puller->initials[(unsigned char)name.data[0]] = true;
	puller->initials['M'] = puller->initials['S'] = true; /* see probe_wants() */
	puller->initials['_'] = false;                        /* most fields: journald's own */
}

void puller_recognize(
	struct puller *puller, struct recognizer *recognizer, const struct enrich_policy *policy)
{
	(void)recognizer_free(puller->recognizer);
	puller->recognizer = recognizer;
	puller->wants_all_messages = reads_syslog_fields(recognizer);
	puller->policy = *policy;
	note_initials(puller);
	puller->gave_up_logged = false;
}

void puller_restart(struct puller *puller)
{
	puller->in_hand = NULL;
	puller->owed = 0;
	puller->phase = PULLER_PULLING;
	puller->save_first = false;
	puller->question = 0;
	check_invariants(puller);
}

void puller_done(struct puller *puller)
{
	record_done(&puller->line);
	puller->source = source_free(puller->source);
	puller->recognizer = recognizer_free(puller->recognizer);
}

/* Count how often rules gave up since `n_before`; log the first time with the profile. */
static void count_given_up(struct puller *puller, uint64_t n_before)
{
	uint64_t n = recognizer_count_gave_up(puller->recognizer) - n_before;

	puller->n_gave_up += n;
	if (n == 0 || puller->gave_up_logged)
		return;
	puller->gave_up_logged = true;
	log_warning("source %s: the profile '%s' gave up on a line (a pattern's work or memory, or "
		    "a record too long or with an open quote), causes may be missing; further "
		    "cases are only counted; run 'because check'",
		puller->source->name, recognizer_gave_up_by(puller->recognizer)->name.data);
}

/* --- the probe --- */

static bool text_is_wanted(struct puller *puller, struct text text)
{
	uint64_t n_before = recognizer_count_gave_up(puller->recognizer);
	size_t n = 0;

	(void)recognizer_find_within(puller->recognizer, text, puller->probe_work, &n);
	puller->probe_work -= recognizer_spent(puller->recognizer);
	count_given_up(puller, n_before);
	return n > 0;
}

/* An entry may have a thousand messages, which share the work of one. */
static void probe_begin(void *userdata)
{
	struct puller *puller = userdata;

	puller->probed = true;
	puller->probe_work = RECOGNIZER_WORK_MAX;
}

static bool probe_wants(void *userdata, struct text field)
{
	static const char message[] = "MESSAGE=", data[] = "SYSLOG_STRUCTURED_DATA=";
	static const size_t message_len = sizeof(message) - 1, data_len = sizeof(data) - 1;
	struct puller *puller = userdata;
	const char *equals;
	struct match match;
	size_t name_len;

	if (field.len == 0 || !puller->initials[(unsigned char)field.data[0]])
		return false;
	if (text_starts(field, text_make(message, message_len)))
		return text_is_wanted(
			puller, text_make(field.data + message_len, field.len - message_len));
	if (text_starts(field, text_make(data, data_len)))
		return text_is_wanted(
			puller, text_make(field.data + data_len, field.len - data_len));
	equals = memchr(field.data, '=', field.len);
	if (!equals)
		return false;
	name_len = (size_t)(equals - field.data);
	return recognizer_field(puller->recognizer, text_make(field.data, name_len),
		text_make(equals + 1, field.len - name_len - 1), &match);
}

static bool probe_wants_message(void *userdata, struct text message)
{
	const struct puller *puller = userdata;

	return puller->wants_all_messages || recognizer_may_find(puller->recognizer, message);
}

struct source_probe puller_probe(struct puller *puller)
{
	return (struct source_probe){ probe_wants, puller, probe_begin, puller->initials,
		probe_wants_message };
}

/* --- the record in hand --- */

static bool is_owed(const struct puller *puller, size_t output)
{
	return (puller->owed & (UINT32_C(1) << output)) != 0;
}

bool puller_owes(const struct puller *puller, const struct output *output)
{
	for (size_t i = 0; puller->in_hand && i < puller->n_outputs; i++)
		if (puller->outputs[i] == output)
			return is_owed(puller, i);
	return false;
}

static void take_in_hand(struct puller *puller, struct record *record, bool cannot_wait)
{
	if (puller->recovery && recovery_knows(puller->recovery, puller->order,
					text_of(record->source), record->position))
		return;
	assert(!puller->in_hand && puller->owed == 0);
	puller->in_hand = record;
	puller->cannot_wait = cannot_wait;
	puller->owed = (uint32_t)((UINT64_C(1) << puller->n_outputs) - 1);
}

static uint64_t patience_of(const struct output *output)
{
	return output->full_usec + PULLER_DATAGRAM_WAIT_USEC;
}

uint64_t puller_patience_usec(const struct puller *puller)
{
	uint64_t first = UINT64_MAX;

	if (!puller->in_hand || !puller->cannot_wait)
		return first;
	for (size_t i = 0; i < puller->n_outputs; i++)
		if (is_owed(puller, i) && puller->outputs[i]->full &&
			patience_of(puller->outputs[i]) < first)
			first = patience_of(puller->outputs[i]);
	return first;
}

/* Whether an output has been full for so long that datagrams no longer wait for it. */
static bool has_waited_enough(const struct puller *puller, const struct output *output)
{
	return puller->cannot_wait && output->full_usec > 0 &&
	       io_monotonic_usec() >= patience_of(output);
}

/* Returns 0 when the output is done with the record, SINK_FULL, or a negative errno. */
static int hand_to_output(struct puller *puller, struct output *output)
{
	int r = SINK_FULL;

	if (!output->full) {
		puller->n_unsettled++;
		r = output_send(output, puller->number, puller->in_hand);
		if (r == 0)
			puller->n_sent++;
		else
			puller->n_unsettled--;
	}
	if (r == SINK_FULL && has_waited_enough(puller, output)) {
		output_drop(output);
		r = 0;
	}
	return r;
}

static int hand_over(struct puller *puller)
{
	for (size_t i = 0; i < puller->n_outputs; i++) {
		int r;

		if (!is_owed(puller, i))
			continue;
		r = hand_to_output(puller, puller->outputs[i]);
		if (r < 0)
			return r;
		if (r == 0)
			puller->owed &= ~(UINT32_C(1) << i);
	}
	if (puller->owed == 0)
		puller->in_hand = NULL;
	return 0;
}

/* --- finding the next record --- */

/* The names of the sinks, each of which may be where the records come from: "a or b". */
static const char *print_sinks(const struct puller *puller, struct buffer *out)
{
	for (size_t i = 0; i < puller->n_outputs; i++)
		buffer_add_format(out, "%s%s", i > 0 ? " or " : "", puller->outputs[i]->sink->name);
	buffer_add_char(out, '\0');
	return buffer_finish(out) == 0 ? out->data : "?";
}

/* Log which way the records of a source probably come back. */
static void log_loop(const struct puller *puller, const struct record *record)
{
	CLEANUP(buffer_done) struct buffer sinks = buffer_make(SINK_NAMES_MAX);
	struct text file = record_find(record, "_FILE");

	log_notice("source %s: causes that already have their bracket are not explained again, "
		   "only counted; probably a relay or a log daemon %s%.*s%s what sink %s sends",
		puller->source->name, file.len > 0 ? "writes to '" : "sends back",
		TEXT_FORMAT(file), file.len > 0 ? "'" : "", print_sinks(puller, &sinks));
}

/* Log that a bracket hides nothing here: what comes back would be explained without end. */
static void log_endless_loop(const struct puller *puller, const struct record *record)
{
	CLEANUP(buffer_done) struct buffer sinks = buffer_make(SINK_NAMES_MAX);
	struct text unit = record_find(record, "_SYSTEMD_UNIT");

	log_warning("source %s: a message of '%.*s' already has a bracket and is explained again, "
		    "because brackets in the journal do not count; if this unit writes to the "
		    "journal what sink %s sends, that is an endless loop",
		puller->source->name, TEXT_FORMAT(unit.len > 0 ? unit : text_of("?")),
		print_sinks(puller, &sinks));
}

static bool has_bracket(const struct record *record)
{
	struct text message = record_message(record);

	return message.len > 0 &&
	       memmem(message.data, message.len, FINDING_BRACKET, sizeof(FINDING_BRACKET) - 1);
}

/* Count causes that have a bracket or an element of ours already: the record came back to becaused,
 * or has passed `because filter`. Returned records are logged once. */
static void count_explained(struct puller *puller, const struct record *record)
{
	puller->n_explained += record->n_explained;
	if (puller->explained_logged)
		return;
	if (record->n_explained > 0)
		log_loop(puller, record);
	else if (!puller->policy.trust_brackets && record->n_findings > 0 && has_bracket(record))
		log_endless_loop(puller, record);
	else
		return;
	puller->explained_logged = true;
}

/* Where a message that the source has cut came back, the source would cut off the brackets behind
 * it, time and again. So the half of it is left out: then there is room for them, and for escapes
 * and the header of a relay. */
static void make_room_for_brackets(struct record *record)
{
	size_t len = record_message(record).len;

	if (record->cut && len > SHORTENED_MIN)
		record_shorten_message(record, len / 2 > SHORTENED_MIN ? len / 2 : SHORTENED_MIN);
}

static int enrich(struct puller *puller, struct record *record)
{
	int r;

	record->instance = puller->instance;
	r = enrich_record(&puller->policy, puller->recognizer, record);
	count_explained(puller, record);
	puller->n_unclaimed += record->n_unclaimed;
	puller->n_facts_left += record->n_facts_left;
	if (r != 0)
		return r;
	record->observed_usec = io_now_usec(CLOCK_REALTIME);
	if (puller->policy.trust_brackets)
		make_room_for_brackets(record);
	return 0;
}

/* Count patterns that gave up, unless the probe has counted them. */
static int enrich_new(struct puller *puller, struct record *record)
{
	uint64_t n_before = recognizer_count_gave_up(puller->recognizer);
	int r = enrich(puller, record);

	if (!puller->probed)
		count_given_up(puller, n_before);
	return r;
}

/* Returns what recognizer_next_line returns. */
static int find_line(struct puller *puller, struct match_line *ret)
{
	uint64_t n_before = recognizer_count_gave_up(puller->recognizer);
	int r = recognizer_next_line(puller->recognizer, puller->block.bytes, puller->at, ret);

	count_given_up(puller, n_before);
	return r;
}

/* The offset behind the line end that begins at or behind `end`. */
static size_t behind_line_end(struct text block, size_t end)
{
	return end < block.len ? end + 1 : block.len;
}

/* Take in hand the next line of the block that has a cause. Returns 0, PULLER_BATCH when the
 * recognizer paused, or a negative errno. */
static int take_next_line(struct puller *puller)
{
	struct text bytes = puller->block.bytes;
	struct match_line match;
	struct source_line line;
	int r = find_line(puller, &match);

	if (r == RECOGNIZER_END) {
		puller->phase = PULLER_PULLING;
		return 0;
	}
	line = (struct source_line){ match.start, match.end, behind_line_end(bytes, match.end) };
	/* A line is never found twice, and none is skipped backwards. */
	assert(line.start >= puller->at && line.start <= line.end && line.next <= bytes.len);
	puller->at = line.next;
	if (r == RECOGNIZER_PAUSED)
		return PULLER_BATCH;
	if (line.end > line.start && line.next > line.end && bytes.data[line.end - 1] == '\r')
		line.end--;
	record_clear(&puller->line);
	r = source_line(puller->source, &line, &puller->line);
	if (r < 0)
		return r;
	container_note_part(&puller->line);
	r = enrich(puller, &puller->line);
	if (r < 0)
		return r;
	if (r == 0) {
		line_time_note(&puller->line, puller->line.observed_usec);
		take_in_hand(puller, &puller->line, false);
	}
	return 0;
}

/* Nothing is in hand: what the source gave, outputs have taken. They settle it in the order they
 * took it, for an input that is read again has one output. */
static void answer_source(struct puller *puller)
{
	struct source *source = puller->source;

	if (puller->question == source->n_answered && source->n_asked > source->n_answered) {
		puller->question = source->n_asked;
		puller->question_at = puller->n_sent;
	}
	if (puller->n_sent - puller->n_unsettled >= puller->question_at)
		source->n_answered = puller->question;
}

static int pull_item(struct puller *puller, bool *ret_fatal)
{
	struct source_item item;
	int r;

	answer_source(puller);
	r = source_pull(puller->source, &item);

	puller->phase = r == -ENOMEM ? PULLER_FAILED : PULLER_PULLING;
	*ret_fatal = r == -ENOMEM;
	if (r < 0)
		return r;
	/* A sink that does not remember its records gets them again behind a kill in any case. */
	puller->save_first = r == SOURCE_SAVE && puller->outputs[0]->sink->in_flight_max > 0;
	if (r == SOURCE_SKIPPED || r == SOURCE_SAVE)
		return PULLER_BATCH;
	if (r != 0) {
		puller->ready = false;
		return PULLER_WAITS;
	}
	if (!item.record) {
		puller->block = item.block;
		puller->at = 0;
		puller->phase = PULLER_IN_BLOCK;
		return 0;
	}
	r = enrich_new(puller, item.record);
	if (r < 0) {
		puller->phase = PULLER_FAILED;
		*ret_fatal = true;
		return r;
	}
	if (r == 0)
		take_in_hand(puller, item.record, item.cannot_wait);
	return 0;
}

bool puller_can_step(const struct puller *puller, bool reading)
{
	if (puller->save_first)
		return reading && puller_is_settled(puller);
	if (!puller->in_hand)
		return reading && (puller->phase == PULLER_IN_BLOCK || puller->ready);
	for (size_t i = 0; i < puller->n_outputs; i++)
		if (is_owed(puller, i) && (!puller->outputs[i]->full ||
						  has_waited_enough(puller, puller->outputs[i])))
			return true;
	return false;
}

static int step(struct puller *puller, bool *ret_fatal)
{
	if (puller->save_first) {
		puller->save_first = false;
		return PULLER_SAVE;
	}
	if (puller->in_hand)
		return hand_over(puller);
	if (puller->phase == PULLER_IN_BLOCK)
		return take_next_line(puller);
	return pull_item(puller, ret_fatal);
}

int puller_step(struct puller *puller, bool *ret_fatal)
{
	int r;

	*ret_fatal = true;
	r = step(puller, ret_fatal);
	check_invariants(puller);
	return r;
}

bool puller_is_settled(const struct puller *puller)
{
	return puller->phase == PULLER_PULLING && !puller->in_hand && puller->n_unsettled == 0;
}
