/* Reloads that change some of the sinks and sources: the others stay open, and nothing is repeated
 * or lost there. A sink is dead here when its server accepts no connection: the kernel takes what
 * fits, and then the sink is full. */
#include "config.h"

#include "test.h"

#include <limits.h>
#include <malloc.h>

#include "flow/wiring.h"
#include "sink/sink.h"
#include "test-reload.h"

enum {
	PIECE = 50,  /* calls between two reloads */
	MANY = 3000, /* calls that are more than a dead sink takes */
};

#define DATAGRAMS "  - {name: datagrams, socket: {address: unix-dgram:@/datagrams, format: json}}\n"
#define STREAM "  - {name: stream, socket: {address: unix:@/stream, format: rfc5424}}\n"
#define DEAD "  - {name: dead, socket: {address: unix:@/dead, format: rfc5424}}\n"
#define AWAY "  - {name: away, socket: {address: unix-dgram:@/away, format: json}}\n"
#define DEAD_JSON "  - {name: dead, socket: {address: unix:@/dead, format: json}}\n"
#define FILES "  - {name: files, files: {paths: [@/logs/*.log], start: beginning}}\n"
#define MORE "  - {name: more, files: {paths: [@/more/*.log], start: beginning}}\n"
#define NET "  - {name: net, syslog: {listen: [unix-dgram:@/in]}}\n"
#define NET_STREAM "  - {name: net, syslog: {listen: [unix:@/in]}}\n"
#define BAD "  - {name: bad, syslog: {listen: [unix:@/no/way]}}\n"
#define CONFIG(sources, sinks) "profiles: [test]\nsources:\n" sources "sinks:\n" sinks

/* Write a configuration: `@` in it is the directory. */
static void configure(const struct flow *f, const char *config)
{
	FILE *file = fopen(flow_path(f, "becaused.yaml"), "w");

	assert_non_null(file);
	for (; *config; config++)
		assert_true(fprintf(file, "%.*s", *config == '@' ? INT_MAX : 1,
				    *config == '@' ? f->directory : config) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void start(struct flow *f, const char *config)
{
	configure(f, config);
	reload_start(f);
}

static void begin_reload(struct flow *f, const char *config, int *result)
{
	configure(f, config);
	reload_begin(f, result);
}

/* Returns the result. */
static int reload(struct flow *f, const char *config)
{
	configure(f, config);
	return reload_now(f);
}

/* Give the pipeline its turns until the sink of this name has so many records in flight, or a
 * record waits for it. */
static void run_until_held(struct flow *f, const char *name, uint64_t n)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	struct sink_counts sink;

	for (;;) {
		size_t at = 0;

		while (counts_next_sink(pipeline_wiring(f->pipeline), &at, &sink))
			if (strcmp(sink.name, name) == 0 && (sink.n_in_flight >= n || sink.stalled))
				return;
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		assert_true(flow_loop_once(f) >= 0);
	}
}

/* Start, and give the sinks more calls than the dead one takes. */
static void start_and_fill(struct flow *f, const char *config, const char *log)
{
	start(f, config);
	flow_append_calls(f, log, 0, MANY);
	run_until_held(f, "dead", MANY);
	assert_true(flow_run_until(f, 0, MANY));
}

/* The server of the stream reads nothing for a while. */
static void pause_stream(struct flow *f, bool paused)
{
	for (size_t i = 2; i < f->n_sources; i++)
		(void)sd_event_source_set_enabled(
			f->sources[i], paused ? SD_EVENT_OFF : SD_EVENT_ON);
}

/* Let a sink that was dead arrive at the listener, in the place of the stream. */
static unsigned count_at(struct flow *f, int listener, unsigned to, bool *ret_repeated)
{
	int stream = f->listener;
	unsigned missing, quiet = 0;

	f->listener = listener;
	flow_forget_calls(f);
	while (quiet < 100) {
		size_t before = f->by_stream->n;

		assert_true(flow_run_for(f, 1));
		while (flow_accept(f) >= 0)
			;
		flow_read_connections(f);
		quiet = f->by_stream->n == before ? quiet + 1 : 0;
	}
	f->listener = stream;
	flow_count_calls(f->by_stream);
	missing = flow_count_missing(f->by_stream, 0, to);
	*ret_repeated = flow_count_repeated(f->by_stream, 0, to) > 0;
	return missing;
}

static void send_by(const struct flow *f, int type, unsigned number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	char text[64];

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/in", f->directory);
	(void)snprintf(text, sizeof(text), "<13>ccs: call=%u key=200\n", number);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	(void)close(fd);
}

static void send_call(const struct flow *f, unsigned number)
{
	send_by(f, SOCK_DGRAM, number);
}

static void send_call_on_stream(const struct flow *f, unsigned number)
{
	send_by(f, SOCK_STREAM, number);
}

/* The connection stays open. */
static int send_counted_call(const struct flow *f, unsigned number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[64];

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/in", f->directory);
	(void)snprintf(text, sizeof(text), "30 <13>ccs: call=%u key=200 talk=9", number);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	return fd;
}

/* Until a source holds a message. */
static void run_until_waiting(struct flow *f)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	struct source_counts source;

	for (;;) {
		size_t at = 0;

		while (counts_next_source(pipeline_wiring(f->pipeline), &at, &source))
			if (source.n_held > 0)
				return;
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		assert_true(flow_loop_once(f) >= 0);
	}
}

/* -- sinks that go -------------------------------------------------------------- */

static void a_dead_sink_that_goes_repeats_nothing_on_the_others(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);

	assert_true(dead >= 0);
	start_and_fill(f, CONFIG(FILES, DATAGRAMS STREAM DEAD), "logs/a.log");
	flow_append_calls(f, "logs/a.log", MANY, MANY + PIECE);
	assert_int_equal(reload(f, CONFIG(FILES, DATAGRAMS STREAM)), 0);
	assert_true(flow_run_until(f, MANY, MANY + PIECE));
	reload_finish(f);
	assert_delivered(f, 0, MANY + PIECE);
}

/* What the slow one has in flight stays there. */
static void a_slow_sink_stays_open_while_a_dead_one_goes(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);

	assert_true(dead >= 0);
	start(f, CONFIG(FILES, DATAGRAMS STREAM DEAD));
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	assert_true(flow_run_until(f, 0, PIECE));
	pause_stream(f, true);
	flow_append_calls(f, "logs/a.log", PIECE, MANY);
	run_until_held(f, "dead", MANY);
	run_until_held(f, "stream", MANY - PIECE);
	assert_int_equal(reload(f, CONFIG(FILES, DATAGRAMS STREAM)), 0);
	pause_stream(f, false);
	assert_true(flow_run_until(f, 0, MANY));
	reload_finish(f);
	assert_delivered(f, 0, MANY);
}

/* While the reload waits for a sink that goes, the others get what comes. */
static void the_others_work_on_while_a_sink_goes(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);
	int result;

	assert_true(dead >= 0);
	start_and_fill(f, CONFIG(FILES, DEAD DATAGRAMS STREAM), "logs/a.log");
	begin_reload(f, CONFIG(FILES, STREAM DATAGRAMS), &result);
	for (unsigned n = MANY; result == RELOAD_WAITS && n < FLOW_CALLS_MAX - 1; n++) {
		flow_append_calls(f, "logs/a.log", n, n + 1);
		assert_true(flow_run_until(f, n, n + 1));
	}
	reload_finish(f);
	assert_delivered(f, 0, MANY + 1);
}

/* Such a record cannot be read again. It is lost with its sink, and counted. */
static void records_of_a_socket_are_lost_with_the_sink_that_goes(void **state)
{
	struct flow *f = *state;

	flow_keep_messages(f);
	start(f, CONFIG(NET, DATAGRAMS STREAM DEAD));
	send_call(f, 0);
	run_until_held(f, "dead", 1);
	assert_int_equal(reload(f, CONFIG(NET, DATAGRAMS STREAM)), 0);
	send_call(f, 1);
	assert_true(flow_run_until(f, 0, 2));
	assert_int_equal(pipeline_count(f->pipeline).n_undelivered, 1);
	assert_int_equal(pipeline_count(f->pipeline).n_read, 2);
	assert_int_equal(flow_count_messages(f, "sink dead: removed before everything was delivered"
						"; 0 records will be resent if it is configured "
						"again, 1 are lost"),
		1);
	reload_finish(f);
	assert_delivered(f, 0, 2);
}

/* The others have taken it already, in whatever order they are then. */
static void a_record_of_a_socket_no_longer_waits_for_the_sink_that_goes(void **state)
{
	struct flow *f = *state;

	start(f, CONFIG(NET_STREAM, AWAY DATAGRAMS STREAM));
	send_call_on_stream(f, 0);
	run_until_held(f, "away", 1);
	assert_true(flow_run_until(f, 0, 1));
	assert_int_equal(reload(f, CONFIG(NET_STREAM, STREAM DATAGRAMS AWAY)), 0);
	run_until_held(f, "away", 1);
	assert_int_equal(pipeline_count(f->pipeline).n_undelivered, 0);
	assert_int_equal(reload(f, CONFIG(NET_STREAM, STREAM DATAGRAMS)), 0);
	assert_int_equal(pipeline_count(f->pipeline).n_undelivered, 1);
	send_call_on_stream(f, 1);
	assert_true(flow_run_until(f, 0, 2));
	reload_finish(f);
	assert_delivered(f, 0, 2);
}

/* Its octet count may be wrong by one, so it waits for what follows. Nothing follows an end. */
static void a_counted_message_that_waits_is_given_at_the_end(void **state)
{
	struct flow *f = *state;

	start(f, CONFIG(NET_STREAM, DATAGRAMS STREAM));
	for (unsigned i = 0; i < 2; i++) {
		int fd = send_counted_call(f, i);

		run_until_waiting(f);
		if (i == 0)
			assert_int_equal(reload(f, CONFIG(NET, DATAGRAMS STREAM)), 0);
		if (i == 0)
			assert_int_equal(reload(f, CONFIG(NET_STREAM, DATAGRAMS STREAM)), 0);
		else
			reload_finish(f);
		(void)close(fd);
	}
	assert_delivered(f, 0, 2);
}

/* -- sinks that come ------------------------------------------------------------------ */

static void a_sink_that_comes_changes_nothing_on_the_others(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int late = flow_bind(f, "dead", SOCK_STREAM);
	bool repeated;

	start(f, CONFIG(FILES, DATAGRAMS STREAM));
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	assert_true(flow_run_until(f, 0, PIECE));
	pause_stream(f, true);
	flow_append_calls(f, "logs/a.log", PIECE, 2 * PIECE);
	assert_int_equal(reload(f, CONFIG(FILES, DEAD STREAM DATAGRAMS)), 0);
	pause_stream(f, false);
	assert_true(flow_run_until(f, 0, 2 * PIECE));
	assert_delivered(f, 0, 2 * PIECE);
	assert_int_equal(count_at(f, late, 2 * PIECE, &repeated), 0);
	assert_false(repeated);
	reload_finish(f);
}

/* -- sources -------------------------------------------------------------------------- */

/* Its records in flight through a dead sink are read again when it comes back. */
static void a_source_goes_and_comes_although_a_sink_is_dead(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);
	bool repeated;

	assert_int_equal(mkdir(flow_path(f, "more"), 0700), 0);
	start_and_fill(f, CONFIG(FILES MORE, DATAGRAMS STREAM DEAD), "more/b.log");
	assert_int_equal(reload(f, CONFIG(FILES, DATAGRAMS STREAM DEAD)), 0);
	flow_append_calls(f, "logs/a.log", MANY, MANY + PIECE);
	assert_true(flow_run_until(f, 0, MANY + PIECE));
	assert_int_equal(reload(f, CONFIG(MORE FILES, DATAGRAMS STREAM DEAD)), 0);
	flow_append_calls(f, "more/b.log", MANY + PIECE, MANY + 2 * PIECE);
	assert_true(flow_run_until(f, 0, MANY + 2 * PIECE));
	assert_delivered(f, 0, MANY + 2 * PIECE);
	assert_int_equal(count_at(f, dead, MANY + 2 * PIECE, &repeated), 0);
	reload_finish(f);
}

/* -- reloads that fail ------------------------------------------------------------------ */

/* The dead sink is open as before, with what it has in flight. */
static void a_reload_that_fails_closes_nothing(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);
	bool repeated;

	start_and_fill(f, CONFIG(FILES, DATAGRAMS STREAM DEAD), "logs/a.log");
	assert_int_equal(reload(f, CONFIG(FILES BAD, STREAM)), -ENOENT);
	assert_int_equal(reload(f, CONFIG(FILES BAD, DATAGRAMS STREAM DEAD_JSON)), -ENOENT);
	flow_append_calls(f, "logs/a.log", MANY, MANY + PIECE);
	assert_true(flow_run_until(f, 0, MANY + PIECE));
	assert_delivered(f, 0, MANY + PIECE);
	assert_int_equal(count_at(f, dead, MANY + PIECE, &repeated), 0);
	assert_false(repeated);
	reload_finish(f);
}

static void a_stop_cancels_a_reload_that_waits(void **state)
{
	struct flow *f = *state;
	CLEANUP(closep) int dead = flow_bind(f, "dead", SOCK_STREAM);
	int result;

	assert_true(dead >= 0);
	start_and_fill(f, CONFIG(FILES, DATAGRAMS STREAM DEAD), "logs/a.log");
	begin_reload(f, CONFIG(FILES, DATAGRAMS STREAM), &result);
	assert_true(flow_loop_once(f) >= 0);
	assert_int_equal(result, RELOAD_WAITS);
	reload_finish(f);
	assert_int_equal(result, -ECANCELED);
	assert_delivered(f, 0, MANY);
}

/* -- many ------------------------------------------------------------------------------- */

static size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	(void)closedir(directory);
	return n;
}

/* What stays open keeps the configuration that it was opened by, and only that. */
static void a_thousand_reloads_do_not_grow(void **state)
{
	static const char *const configs[] = {
		CONFIG(FILES, DATAGRAMS STREAM DEAD),
		CONFIG(FILES NET, STREAM DATAGRAMS),
		CONFIG(NET MORE FILES, STREAM DATAGRAMS DEAD),
		CONFIG(NET FILES, DATAGRAMS STREAM DEAD_JSON),
	};
	struct flow *f = *state;
	unsigned n_reloads = flow_in_valgrind() ? 40 : 1000;
	size_t used = 0, descriptors = 0;

	start(f, configs[0]);
	for (unsigned i = 0; i <= n_reloads; i++) {
		if (i % 100 == 0) {
			flow_append_calls(f, "logs/a.log", i, i + PIECE);
			assert_true(flow_run_until(f, i, i + PIECE));
		}
		if (i == 20) {
			used = mallinfo2().uordblks;
			descriptors = count_descriptors();
		}
		assert_int_equal(reload(f, configs[i % COUNT(configs)]), 0);
	}
	assert_int_equal(reload(f, configs[19 % COUNT(configs)]), 0);
	assert_int_equal(count_descriptors(), descriptors);
	assert_true(mallinfo2().uordblks < used + 64 * 1024);
	reload_finish(f);
	for (unsigned i = 0; i <= n_reloads; i += 100)
		assert_delivered(f, i, i + PIECE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(a_dead_sink_that_goes_repeats_nothing_on_the_others),
		FLOW_TEST(a_slow_sink_stays_open_while_a_dead_one_goes),
		FLOW_TEST(the_others_work_on_while_a_sink_goes),
		FLOW_TEST(records_of_a_socket_are_lost_with_the_sink_that_goes),
		FLOW_TEST(a_record_of_a_socket_no_longer_waits_for_the_sink_that_goes),
		FLOW_TEST(a_counted_message_that_waits_is_given_at_the_end),
		FLOW_TEST(a_sink_that_comes_changes_nothing_on_the_others),
		FLOW_TEST(a_source_goes_and_comes_although_a_sink_is_dead),
		FLOW_TEST(a_reload_that_fails_closes_nothing),
		FLOW_TEST(a_stop_cancels_a_reload_that_waits),
		FLOW_TEST(a_thousand_reloads_do_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
