/* An output in a real event loop, with a fake sink. */
#include "config.h"

#include "test.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "flow/output.h"
#include "record/record.h"
#include "sink/sink.h"

enum { DEADLINE_USEC = 60 * 1000 * 1000 };

/* A sink that takes the records it has room for, and settles them when the test sets it. */
struct fake_sink {
	struct sink sink;
	int fd;
	size_t room;
	bool settles; /* at once */
	int error;    /* of the next call */
	size_t n_processed;
};

static struct fake_sink *fake_of(struct sink *sink)
{
	return (struct fake_sink *)(void *)sink;
}

static int fake_send(struct sink *sink, const struct record *record)
{
	struct fake_sink *fake = fake_of(sink);

	(void)record;
	if (fake->error < 0)
		return fake->error;
	if (fake->room == 0) {
		sink->events = EPOLLIN;
		return SINK_FULL;
	}
	fake->room--;
	sink->n_taken++;
	if (fake->settles)
		sink->n_settled++;
	return 0;
}

static int fake_flush(struct sink *sink)
{
	sink->n_settled = sink->n_taken;
	return 0;
}

static int fake_process(struct sink *sink)
{
	struct fake_sink *fake = fake_of(sink);
	uint64_t n;

	fake->n_processed++;
	sink->events = 0;
	sink->wake_usec = UINT64_MAX;
	(void)!read(fake->fd, &n, sizeof(n));
	return fake->error;
}

static struct sink *fake_free(struct sink *sink)
{
	(void)close_fd(fake_of(sink)->fd);
	free(sink);
	return NULL;
}

static const struct sink_class fake_class = {
	.send = fake_send,
	.flush = fake_flush,
	.process = fake_process,
	.free = fake_free,
};

struct fixture {
	sd_event *event;
	struct output *output;
	struct fake_sink *sink;
	struct record record;
	char seen[256]; /* input:stream:position of what is settled, with blanks between */
	size_t n_room;
};

static void on_settled(const struct pending_entry *entry, void *userdata)
{
	struct fixture *f = userdata;
	size_t len = strlen(f->seen);

	(void)snprintf(f->seen + len, sizeof(f->seen) - len, "%zu:%.*s:%.*s ", entry->input,
		TEXT_FORMAT(entry->stream), TEXT_FORMAT(entry->position));
}

static int on_room(void *userdata)
{
	struct fixture *f = userdata;

	f->n_room++;
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct output_events events = { on_settled, NULL, NULL, on_room, f };
	struct fake_sink *sink = calloc(1, sizeof(*sink));

	assert_non_null(f);
	assert_non_null(sink);
	sink->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(sink->fd >= 0);
	sink->sink = (struct sink){
		.class = &fake_class, .name = "fake", .fd = sink->fd, .wake_usec = UINT64_MAX
	};
	f->sink = sink;
	f->record = record_make();
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(output_new(f->event, &sink->sink, NULL, &events, &f->output), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)output_free(f->output);
	record_done(&f->record);
	(void)sd_event_unref(f->event);
	free(f);
	return 0;
}

static int send(struct fixture *f, size_t input, const char *stream, const char *position)
{
	record_clear(&f->record);
	f->record.stream = text_of(stream);
	f->record.position = text_of(position);
	return output_send(f->output, input, &f->record);
}

static void raise_event(struct fixture *f)
{
	const uint64_t one = 1;

	assert_int_equal(write(f->sink->fd, &one, sizeof(one)), (ssize_t)sizeof(one));
}

static void a_position_is_handed_out_when_its_record_is_settled(void **state)
{
	struct fixture *f = *state;

	f->sink->room = 3;
	assert_int_equal(send(f, 0, "", "a"), 0);
	assert_int_equal(send(f, 1, "s", "b"), 0);
	assert_int_equal(send(f, 0, "", "c"), 0);
	assert_string_equal(f->seen, "");
	f->sink->sink.n_settled = 2;
	raise_event(f);
	f->sink->sink.events = EPOLLIN;
	assert_int_equal(output_watch(f->output), 0);
	assert_true(sd_event_run(f->event, DEADLINE_USEC) > 0);
	assert_string_equal(f->seen, "0::a 1:s:b ");
	assert_int_equal(output_flush(f->output), 0);
	assert_string_equal(f->seen, "0::a 1:s:b 0::c ");
}

static void a_sink_that_settles_at_once_needs_no_event(void **state)
{
	struct fixture *f = *state;

	f->sink->room = 1;
	f->sink->settles = true;
	assert_int_equal(send(f, 4, "", "a"), 0);
	assert_true(output_end_batch(f->output));
	assert_string_equal(f->seen, "4::a ");
	assert_int_equal(f->output->pending.n, 0);
	assert_false(output_end_batch(f->output));
}

static void a_batch_has_one_position_which_is_handed_out_when_all_of_it_is_settled(void **state)
{
	struct fixture *f = *state;

	f->sink->room = 4;
	assert_int_equal(send(f, 4, "", "a"), 0);
	assert_int_equal(send(f, 4, "", "b"), 0);
	f->sink->sink.n_settled = 1;
	assert_false(output_end_batch(f->output));
	assert_int_equal(send(f, 4, "", "c"), 0);
	assert_false(output_end_batch(f->output));
	f->sink->sink.n_settled = 2;
	assert_true(output_end_batch(f->output));
	assert_string_equal(f->seen, "4::b ");
	assert_int_equal(f->output->pending.n, 1);
	assert_int_equal(output_flush(f->output), 0);
	assert_string_equal(f->seen, "4::b 4::c ");
}

static void a_full_output_reports_when_there_may_be_room(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(send(f, 0, "", "a"), SINK_FULL);
	assert_true(f->output->full);
	assert_true(f->output->full_usec > 0);
	assert_int_equal(output_watch(f->output), 0);
	f->sink->room = 1;
	raise_event(f);
	assert_true(sd_event_run(f->event, DEADLINE_USEC) > 0);
	assert_int_equal(f->n_room, 1);
	assert_false(f->output->full);
	assert_true(f->output->full_usec > 0);
	assert_int_equal(send(f, 0, "", "a"), 0);
	assert_int_equal(f->output->full_usec, 0);
	assert_string_equal(f->seen, "");
}

static void a_sink_that_waits_for_a_time_is_called_then(void **state)
{
	struct fixture *f = *state;

	f->sink->sink.wake_usec = io_now_usec(CLOCK_MONOTONIC);
	assert_int_equal(output_watch(f->output), 0);
	assert_true(sd_event_run(f->event, DEADLINE_USEC) > 0);
	assert_int_equal(f->sink->n_processed, 1);
	assert_int_equal(f->n_room, 1);
	/* It waits for nothing any more. */
	assert_int_equal(sd_event_run(f->event, 0), 0);
}

static void without_events_nothing_is_watched(void **state)
{
	struct fixture *f = *state;

	raise_event(f);
	assert_int_equal(output_watch(f->output), 0);
	assert_int_equal(sd_event_run(f->event, 0), 0);
	assert_int_equal(f->sink->n_processed, 0);
}

static void a_sink_that_fails_ends_the_loop(void **state)
{
	struct fixture *f = *state;

	f->sink->error = -EIO;
	f->sink->sink.wake_usec = 0;
	assert_int_equal(output_watch(f->output), 0);
	assert_int_equal(sd_event_loop(f->event), -EIO);
	assert_int_equal(send(f, 0, "", "a"), -EIO);
}

/* The first is reported at once, and what follows after a while. */
static void drops_are_counted_and_reported_at_intervals(void **state)
{
	struct fixture *f = *state;

	output_drop(f->output);
	assert_int_equal(f->output->dropped.n, 0);
	assert_true(output_report_dropped(f->output));
	output_drop(f->output);
	output_drop(f->output);
	assert_int_equal(f->output->n_dropped, 3);
	assert_int_equal(f->output->dropped.n, 2);
	assert_false(output_report_dropped(f->output));
	f->output->dropped.next_usec = 0;
	assert_true(output_report_dropped(f->output));
	assert_int_equal(f->output->dropped.n, 0);
	assert_int_equal(f->output->n_dropped, 3);
}

static void causes_are_counted_when_their_record_is_taken(void **state)
{
	struct fixture *f = *state;
	struct record *record = &f->record;

	record_clear(record);
	for (size_t i = 0; i < 70; i++)
		record_add_finding(record)->known = i > 1;
	assert_int_equal(output_send(f->output, 0, record), SINK_FULL);
	assert_int_equal(f->output->n_unknown, 0);
	f->sink->room = 1;
	assert_int_equal(output_send(f->output, 0, record), 0);
	assert_int_equal(f->output->n_unknown, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_position_is_handed_out_when_its_record_is_settled, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_sink_that_settles_at_once_needs_no_event, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_batch_has_one_position_which_is_handed_out_when_all_of_it_is_settled,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_full_output_reports_when_there_may_be_room, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_sink_that_waits_for_a_time_is_called_then, setup, teardown),
		cmocka_unit_test_setup_teardown(without_events_nothing_is_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sink_that_fails_ends_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(
			drops_are_counted_and_reported_at_intervals, setup, teardown),
		cmocka_unit_test_setup_teardown(
			causes_are_counted_when_their_record_is_taken, setup, teardown),
	};

	return cmocka_run_group_tests_name("flow/output", tests, NULL, NULL);
}
