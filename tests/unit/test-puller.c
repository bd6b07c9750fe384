/* A puller between a fake source and fake sinks. */
#include "config.h"

#include "test.h"

#include <systemd/sd-event.h>
#include <time.h>

#include "../bench/hard.h"
#include "base/io.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "flow/output.h"
#include "flow/puller.h"
#include "sink/sink.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

enum { OUTPUTS = 2 };

/* A source that gives the same item as often as the test sets. */
struct fake_source {
	struct source source;
	struct record record;
	struct text block; /* given if there is one, else the record */
	bool datagram;
	bool save; /* asks once for its positions to be saved */
	size_t n_items;
	int error;
};

static struct fake_source *fake_source_of(struct source *source)
{
	return (struct fake_source *)(void *)source;
}

static int fake_pull(struct source *source, struct source_item *ret)
{
	struct fake_source *fake = fake_source_of(source);

	if (fake->error < 0)
		return fake->error;
	if (fake->save) {
		fake->save = false;
		return SOURCE_SAVE;
	}
	if (fake->n_items == 0)
		return SOURCE_AGAIN;
	fake->n_items--;
	*ret = (struct source_item){ .cannot_wait = fake->datagram };
	if (fake->block.data)
		ret->block.bytes = fake->block;
	else
		ret->record = &fake->record;
	return 0;
}

static int fake_line(struct source *source, const struct source_line *line, struct record *record)
{
	static char position[32];
	struct fake_source *fake = fake_source_of(source);

	(void)snprintf(position, sizeof(position), "%zu", line->next);
	record->position = text_of(position);
	record->stream = text_of("");
	return record_add(record, text_of("MESSAGE"),
		text_make(fake->block.data + line->start, line->end - line->start));
}

static struct source *fake_source_free(struct source *source)
{
	record_done(&fake_source_of(source)->record);
	free(source);
	return NULL;
}

static const struct source_class fake_source_class = {
	.pull = fake_pull,
	.line = fake_line,
	.free = fake_source_free,
};

/* A sink that remembers the messages it takes. */
struct fake_sink {
	struct sink sink;
	bool full;
	char seen[256];
};

static struct fake_sink *fake_of(struct sink *sink)
{
	return (struct fake_sink *)(void *)sink;
}

static int fake_send(struct sink *sink, const struct record *record)
{
	struct fake_sink *fake = fake_of(sink);
	size_t len = strlen(fake->seen);

	if (fake->full)
		return SINK_FULL;
	(void)snprintf(fake->seen + len, sizeof(fake->seen) - len, "%.*s|",
		TEXT_FORMAT(record_message(record)));
	sink->n_taken++;
	return 0;
}

static struct sink *fake_sink_free(struct sink *sink)
{
	free(sink);
	return NULL;
}

static const struct sink_class fake_sink_class = {
	.send = fake_send,
	.free = fake_sink_free,
};

struct fixture {
	sd_event *event;
	struct catalog *catalog;
	struct profile *profile;
	struct enrich_policy policy;
	struct output *outputs[OUTPUTS];
	struct fake_sink *sinks[OUTPUTS];
	struct puller input;
	struct fake_source *source;
};

static void on_settled(const struct pending_entry *entry, void *userdata)
{
	struct fixture *f = userdata;

	f->input.n_unsettled -= entry ? entry->n : 1;
}

static int on_room(void *userdata)
{
	(void)userdata;
	return 0;
}

static void open_output(struct fixture *f, size_t i)
{
	const struct output_events events = { on_settled, NULL, NULL, on_room, f };

	f->sinks[i] = calloc(1, sizeof(*f->sinks[i]));
	assert_non_null(f->sinks[i]);
	f->sinks[i]->sink = (struct sink){
		.class = &fake_sink_class, .name = "fake", .fd = -1, .wake_usec = UINT64_MAX
	};
	assert_int_equal(
		output_new(f->event, &f->sinks[i]->sink, NULL, &events, &f->outputs[i]), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->catalog = catalog_good("catalog: test-catalog\ncauses:\n"
				  "- {code: 1, name: one, description: One., severity: err}\n");
	f->profile = profile_good("profile: p\ncatalog: test-catalog\nkeys: [key]\n");
	test_bind(f->profile, f->catalog);
	assert_true(sd_event_new(&f->event) >= 0);
	for (size_t i = 0; i < OUTPUTS; i++)
		open_output(f, i);

	puller_init(&f->input, 0, "test", f->outputs, OUTPUTS);
	puller_recognize(&f->input, recognizer_of(&f->profile, 1), &f->policy);
	f->source = calloc(1, sizeof(*f->source));
	assert_non_null(f->source);
	f->source->source =
		(struct source){ .class = &fake_source_class, .name = "fake", .fd = -1 };
	f->source->record = record_make();
	f->input.source = &f->source->source;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	puller_done(&f->input);
	for (size_t i = 0; i < OUTPUTS; i++)
		(void)output_free(f->outputs[i]);
	(void)sd_event_unref(f->event);
	(void)profile_free(f->profile);
	(void)catalog_free(f->catalog);
	free(f);
	return 0;
}

static void give_record(struct fixture *f, const char *message, bool datagram)
{
	record_clear(&f->source->record);
	assert_int_equal(record_add(&f->source->record, text_of("MESSAGE"), text_of(message)), 0);
	f->source->datagram = datagram;
	f->source->n_items = 1;
	f->input.ready = true;
}

/* Work until there is nothing to do. */
static void work(struct fixture *f)
{
	while (puller_can_step(&f->input, true)) {
		bool fatal;
		int r = puller_step(&f->input, &fatal);

		assert_true(r == 0 || r == PULLER_WAITS);
	}
}

static void assert_seen(struct fixture *f, const char *first, const char *second)
{
	assert_string_equal(f->sinks[0]->seen, first);
	assert_string_equal(f->sinks[1]->seen, second);
}

static void a_record_with_a_cause_reaches_every_output(void **state)
{
	struct fixture *f = *state;

	give_record(f, "a key=1", false);
	work(f);
	give_record(f, "nothing", false);
	work(f);
	give_record(f, "b key=1", false);
	work(f);
	assert_seen(f, "a key=1|b key=1|", "a key=1|b key=1|");
}

static void lines_of_a_block_leave_in_order_and_without_their_ends(void **state)
{
	struct fixture *f = *state;

	f->source->block = text_of("key=1\nnone\n key=1 x\r\nkey=1");
	f->source->n_items = 1;
	work(f);
	assert_seen(f, "key=1| key=1 x|key=1|", "key=1| key=1 x|key=1|");
}

static void a_code_that_touches_the_end_of_a_part_is_no_cause(void **state)
{
	struct fixture *f = *state;

	f->source->block = text_of("2022-01-21T10:10:24.99Z stdout P key=5\n"
				   "2022-01-21T10:10:24.99Z stdout F key=1\n"
				   "{\"log\":\"key=1\",\"stream\":\"stdout\",\"time\":\"x\"}\n");
	f->source->n_items = 1;
	work(f);
	assert_seen(f, "2022-01-21T10:10:24.99Z stdout F key=1|",
		"2022-01-21T10:10:24.99Z stdout F key=1|");
}

/* Where the source cannot show who wrote a line, a bracket in it is believed. */
static void what_is_explained_already_is_counted_and_reaches_no_output(void **state)
{
	struct fixture *f = *state;

	f->policy.trust_brackets = true;
	puller_recognize(&f->input, recognizer_of(&f->profile, 1), &f->policy);
	give_record(f, "key=2 [release cause 2 x]", true);
	work(f);
	f->source->block = text_of("key=1 [release cause 1 x]\nkey=1 [release cause 2 x]\n");
	f->source->n_items = 1;
	f->input.ready = true;
	work(f);
	assert_seen(f, "key=1 [release cause 2 x]|", "key=1 [release cause 2 x]|");
	assert_int_equal(f->input.n_explained, 2);
}

/* The journal shows who wrote an entry: an imitated bracket hides nothing. */
static void where_brackets_are_not_believed_all_reaches_the_outputs(void **state)
{
	struct fixture *f = *state;

	give_record(f, "key=1", false);
	work(f);
	assert_false(f->input.explained_logged);
	give_record(f, "key=1 [release cause 1 x]", false);
	work(f);
	assert_seen(f, "key=1|key=1 [release cause 1 x]|", "key=1|key=1 [release cause 1 x]|");
	assert_int_equal(f->input.n_explained, 0);
	/* It may be a loop without end. */
	assert_true(f->input.explained_logged);
}

/* 51 may be the start of 512. */
static void a_code_at_a_cut_is_counted_and_reaches_no_output(void **state)
{
	struct fixture *f = *state;

	give_record(f, "key=1 key=1", false);
	f->source->record.part_end = true;
	work(f);
	assert_seen(f, "key=1 key=1|", "key=1 key=1|");
	assert_int_equal(f->input.n_unclaimed, 1);
	give_record(f, "x key=1", false);
	f->source->record.part_end = true;
	work(f);
	assert_seen(f, "key=1 key=1|", "key=1 key=1|");
	assert_int_equal(f->input.n_unclaimed, 2);
}

static void a_full_output_gets_its_record_later_and_no_other_gets_it_twice(void **state)
{
	struct fixture *f = *state;

	f->sinks[0]->full = true;
	give_record(f, "a key=1", false);
	work(f);
	assert_seen(f, "", "a key=1|");
	assert_false(puller_can_step(&f->input, true));
	f->sinks[0]->full = false;
	f->outputs[0]->full = false;
	work(f);
	assert_seen(f, "a key=1|", "a key=1|");
}

static void while_an_output_is_full_the_source_is_not_pulled(void **state)
{
	struct fixture *f = *state;

	f->sinks[1]->full = true;
	give_record(f, "a key=1", false);
	f->source->n_items = 2;
	work(f);
	assert_int_equal(f->source->n_items, 1);
}

static void a_datagram_waits_for_a_full_output_only_so_long(void **state)
{
	struct fixture *f = *state;
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);

	f->sinks[0]->full = true;
	give_record(f, "a key=1", true);
	work(f);
	assert_seen(f, "", "a key=1|");
	assert_int_equal(f->outputs[0]->n_dropped, 0);
	assert_true(puller_patience_usec(&f->input) > now);
	assert_true(puller_patience_usec(&f->input) < UINT64_MAX);

	/* It has been full for longer than that. */
	f->outputs[0]->full_usec = 1;
	work(f);
	assert_int_equal(f->outputs[0]->n_dropped, 1);
	assert_null(f->input.in_hand);

	/* The next one does not wait at all. */
	give_record(f, "b key=1", true);
	work(f);
	assert_int_equal(f->outputs[0]->n_dropped, 2);
	assert_seen(f, "", "a key=1|b key=1|");
}

static void a_record_that_can_wait_waits_forever(void **state)
{
	struct fixture *f = *state;

	f->sinks[0]->full = true;
	give_record(f, "a key=1", false);
	work(f);
	f->outputs[0]->full_usec = 1;
	assert_false(puller_can_step(&f->input, true));
	assert_int_equal(puller_patience_usec(&f->input), UINT64_MAX);
}

static void an_input_is_settled_when_its_sinks_are_done_and_not_before(void **state)
{
	struct fixture *f = *state;

	assert_true(puller_is_settled(&f->input));
	give_record(f, "a key=1", false);
	work(f);
	assert_int_equal(f->input.n_unsettled, 2);
	assert_false(puller_is_settled(&f->input));
	for (size_t i = 0; i < OUTPUTS; i++) {
		assert_false(output_end_batch(f->outputs[i]));
		f->sinks[i]->sink.n_settled = 1;
	}
	assert_int_equal(f->input.n_unsettled, 2);
	give_record(f, "b key=1", false);
	work(f);
	assert_int_equal(f->input.n_unsettled, 4);
	/* What the first send settled is handed out at the end of the batch of the second. */
	for (size_t i = 0; i < OUTPUTS; i++)
		assert_true(output_end_batch(f->outputs[i]));
	assert_int_equal(f->input.n_unsettled, 2);
}

static void positions_are_saved_behind_what_is_in_flight_and_before_the_next_pull(void **state)
{
	struct fixture *f = *state;
	bool fatal;

	f->sinks[0]->sink.in_flight_max = 1;
	give_record(f, "a key=1", false);
	work(f);
	f->source->save = true;
	give_record(f, "b key=1", false);
	assert_int_equal(puller_step(&f->input, &fatal), PULLER_BATCH);
	for (size_t i = 0; i < OUTPUTS; i++) {
		assert_false(puller_can_step(&f->input, true));
		on_settled(NULL, f);
	}
	assert_false(puller_can_step(&f->input, false));
	assert_true(puller_can_step(&f->input, true));
	assert_int_equal(puller_step(&f->input, &fatal), PULLER_SAVE);
	assert_seen(f, "a key=1|", "a key=1|");
	work(f);
	assert_seen(f, "a key=1|b key=1|", "a key=1|b key=1|");
}

static void where_the_sink_remembers_nothing_no_save_is_waited_for(void **state)
{
	struct fixture *f = *state;
	bool fatal;

	give_record(f, "a key=1", false);
	work(f);
	f->source->save = true;
	give_record(f, "b key=1", false);
	assert_int_equal(puller_step(&f->input, &fatal), PULLER_BATCH);
	work(f);
	assert_seen(f, "a key=1|b key=1|", "a key=1|b key=1|");
}

static void in_the_midst_of_a_block_an_input_is_not_settled(void **state)
{
	struct fixture *f = *state;
	bool fatal;

	f->source->block = text_of("none\nnone\n");
	f->source->n_items = 1;
	assert_int_equal(puller_step(&f->input, &fatal), 0);
	assert_false(puller_is_settled(&f->input));
	assert_int_equal(puller_step(&f->input, &fatal), 0);
	assert_true(puller_is_settled(&f->input));
}

static void a_source_that_fails_is_no_end(void **state)
{
	struct fixture *f = *state;
	bool fatal = true;

	f->source->error = -EIO;
	assert_int_equal(puller_step(&f->input, &fatal), -EIO);
	assert_false(fatal);
	f->source->error = -ENOMEM;
	assert_int_equal(puller_step(&f->input, &fatal), -ENOMEM);
	assert_true(fatal);
}

/* The units that patterns take for `n` equal messages of one entry. */
static uint64_t probe_messages(struct fixture *f, const struct source_probe *probe, unsigned n)
{
	enum { LEN = 8 + 4000 };
	char *field = test_repeat('a', LEN);
	uint64_t spent = 0;

	memcpy(field, "MESSAGE=", 8);
	hard_fill(field + 8, LEN - 8, 200);
	probe->begin(probe->userdata);
	for (unsigned i = 0; i < n; i++) {
		assert_false(probe->wants(probe->userdata, text_make(field, LEN)));
		spent += recognizer_spent(f->input.recognizer);
	}
	free(field);
	return spent;
}

static void the_messages_of_an_entry_share_the_work_of_one(void **state)
{
	enum { N = 100 };
	struct fixture *f = *state;
	struct profile *hard = hard_profile(0);
	struct source_probe probe = puller_probe(&f->input);
	uint64_t one;

	puller_recognize(&f->input, recognizer_of(&hard, 1), &f->policy);
	one = probe_messages(f, &probe, 1);
	assert_between(one, RECOGNIZER_WORK_MAX / N, RECOGNIZER_WORK_MAX);
	assert_between(probe_messages(f, &probe, N), one, RECOGNIZER_WORK_MAX);
	assert_int_equal(probe_messages(f, &probe, 1), one);
	assert_between(f->input.n_gave_up, N, (uint64_t)N * 2 * HARD_IN_PROFILE);
	(void)profile_free(hard);
}

/* The probe of a source that gives messages does not search their fields, so what gives up there is
 * counted when the record is searched. */
static void a_message_that_is_given_up_is_counted_although_there_is_a_probe(void **state)
{
	enum { LEN = 4000 };
	CLEANUP(freep) char *message = test_repeat('a', LEN);
	struct fixture *f = *state;
	struct profile *hard = hard_profile(0);
	struct source_probe probe = puller_probe(&f->input);

	hard_fill(message, LEN, 200);
	puller_recognize(&f->input, recognizer_of(&hard, 1), &f->policy);
	assert_true(probe.wants_message(probe.userdata, text_make(message, LEN)));
	assert_int_equal(f->input.n_gave_up, 0);
	give_record(f, message, true);
	work(f);
	assert_between(f->input.n_gave_up, 1, HARD_IN_PROFILE);
	(void)profile_free(hard);
}

static bool wants(const struct source_probe *probe, const char *message)
{
	return probe->wants_message(probe->userdata, text_of(message));
}

static void a_message_is_wanted_where_it_may_have_a_cause(void **state)
{
	struct fixture *f = *state;
	struct source_probe probe = puller_probe(&f->input);

	assert_true(wants(&probe, "<13>key=1"));
	assert_true(wants(&probe, "<13>1 - - KEY - - - 1"));
	assert_false(wants(&probe, "<13>none"));
}

/* The value of such a field is not searched for: it may be any. */
static void every_message_is_wanted_where_a_field_that_all_have_is_a_cause(void **state)
{
	static const char *const names[] = { "SYSLOG_MSGID", "PRIORITY", "MESSAGE", "SYSLOG_PID" };
	struct fixture *f = *state;
	struct source_probe probe = puller_probe(&f->input);

	for (size_t i = 0; i < COUNT(names); i++) {
		char text[128];
		struct profile *profile;

		(void)snprintf(text, sizeof(text),
			"profile: p\ncatalog: c\nkeys: [key]\nfields: [%s]\n", names[i]);
		profile = profile_good(text);
		puller_recognize(&f->input, recognizer_of(&profile, 1), &f->policy);
		assert_true(wants(&probe, "<13>none"));
		puller_recognize(&f->input, recognizer_of(&f->profile, 1), &f->policy);
		assert_false(wants(&probe, "<13>none"));
		(void)profile_free(profile);
	}
}

static bool is_wanted(const struct source_probe *probe, const char *field)
{
	bool wanted = probe->wants(probe->userdata, text_of(field));

	/* Of a field that is wanted, the first byte shows that it may be. */
	assert_true(!wanted || probe->initials[(unsigned char)*field]);
	return wanted;
}

static void a_source_need_not_ask_for_fields_with_other_first_bytes(void **state)
{
	struct fixture *f = *state;
	struct profile *other = profile_good("profile: q\ncatalog: test-catalog\nkeys: [key]\n"
					     "fields: [CAUSE, RELEASE]\n");
	struct source_probe probe = puller_probe(&f->input);

	test_bind(other, f->catalog);
	for (int c = 0; c <= UCHAR_MAX; c++)
		assert_int_equal(probe.initials[c], c == 'M' || c == 'S');
	probe.begin(probe.userdata);
	assert_true(is_wanted(&probe, "MESSAGE=key=1"));
	assert_true(is_wanted(&probe, "SYSLOG_STRUCTURED_DATA=[x key=\"1\"]"));
	assert_false(is_wanted(&probe, "CAUSE=1"));
	assert_false(is_wanted(&probe, "_CAUSE=1"));
	assert_false(is_wanted(&probe, ""));

	/* As a reload does, while the source is open. */
	puller_recognize(&f->input, recognizer_of(&other, 1), &f->policy);
	assert_true(is_wanted(&probe, "CAUSE=1"));
	assert_true(is_wanted(&probe, "RELEASE=1"));
	assert_true(is_wanted(&probe, "MESSAGE=key=1"));
	assert_false(probe.initials['_']);
	(void)profile_free(other);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(a_record_with_a_cause_reaches_every_output),
		WITH_FIXTURE(lines_of_a_block_leave_in_order_and_without_their_ends),
		WITH_FIXTURE(a_code_that_touches_the_end_of_a_part_is_no_cause),
		WITH_FIXTURE(what_is_explained_already_is_counted_and_reaches_no_output),
		WITH_FIXTURE(a_code_at_a_cut_is_counted_and_reaches_no_output),
		WITH_FIXTURE(where_brackets_are_not_believed_all_reaches_the_outputs),
		WITH_FIXTURE(a_full_output_gets_its_record_later_and_no_other_gets_it_twice),
		WITH_FIXTURE(while_an_output_is_full_the_source_is_not_pulled),
		WITH_FIXTURE(a_datagram_waits_for_a_full_output_only_so_long),
		WITH_FIXTURE(a_record_that_can_wait_waits_forever),
		WITH_FIXTURE(an_input_is_settled_when_its_sinks_are_done_and_not_before),
		WITH_FIXTURE(positions_are_saved_behind_what_is_in_flight_and_before_the_next_pull),
		WITH_FIXTURE(where_the_sink_remembers_nothing_no_save_is_waited_for),
		WITH_FIXTURE(in_the_midst_of_a_block_an_input_is_not_settled),
		WITH_FIXTURE(a_source_that_fails_is_no_end),
		WITH_FIXTURE(the_messages_of_an_entry_share_the_work_of_one),
		WITH_FIXTURE(a_message_that_is_given_up_is_counted_although_there_is_a_probe),
		WITH_FIXTURE(a_message_is_wanted_where_it_may_have_a_cause),
		WITH_FIXTURE(every_message_is_wanted_where_a_field_that_all_have_is_a_cause),
		WITH_FIXTURE(a_source_need_not_ask_for_fields_with_other_first_bytes),
	};

	return cmocka_run_group_tests_name("flow/puller", tests, NULL, NULL);
}
