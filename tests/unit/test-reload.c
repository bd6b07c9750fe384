/* A pipeline that continues with another setup. Nothing is lost or repeated meanwhile, and each
 * record is explained by one catalog alone. The description of the cause shows which catalog: it
 * looks like a call of its own, so it is counted. */
#include "config.h"

#include "test.h"

#include "flow/wiring.h"
#include "test-reload.h"

enum {
	EDITION = 4000, /* the call that shows edition 0 of the catalog */
	PIECE = 50,     /* calls between two reloads */
};

static void write_catalog(const struct flow *f, unsigned edition)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		CATALOG_HEAD "  - {code: 512, name: n512, severity: err, description: 'See "
			     "call=%u .'}\n",
		EDITION + edition);
	flow_put(f, "catalogs/test.yaml", text);
}

static void write_config_with(
	const struct flow *f, const char *more_sources, const char *stream_format)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"profiles: [test]\n"
		"sources:\n"
		"  - name: files\n"
		"    files: {paths: [%s/logs/*.log], start: beginning}\n"
		"%s"
		"sinks:\n"
		"  - name: datagrams\n"
		"    socket: {address: unix-dgram:%s/datagrams, format: json}\n"
		"  - name: stream\n"
		"    socket: {address: unix:%s/stream, format: %s}\n",
		f->directory, more_sources, f->directory, f->directory, stream_format);
	flow_put(f, "becaused.yaml", text);
}

static void write_config(const struct flow *f, const char *more_sources)
{
	write_config_with(f, more_sources, "rfc5424");
}

static void start(struct flow *f)
{
	write_catalog(f, 0);
	reload_start(f);
}

/* So many records show this edition: once in each datagram, twice in each message of the stream. */
static void assert_explained(const struct flow *f, unsigned edition, unsigned n)
{
	assert_int_equal(f->by_datagram->calls[EDITION + edition], n);
	assert_int_equal(f->by_stream->calls[EDITION + edition], 2 * n);
}

/* -- other catalogs -------------------------------------------------------------- */

static void each_record_is_explained_by_one_catalog(void **state)
{
	struct flow *f = *state;
	unsigned n = 0;

	start(f);
	for (unsigned edition = 0; edition < 5; edition++, n += PIECE) {
		if (edition > 0) {
			write_catalog(f, edition);
			assert_int_equal(reload_now(f), 0);
		}
		flow_append_calls(f, "logs/a.log", n, n + PIECE);
		assert_true(flow_run_until(f, 0, n + PIECE));
		assert_explained(f, edition, PIECE);
	}
	reload_finish(f);
	assert_delivered(f, 0, n);
	for (unsigned edition = 0; edition < 5; edition++)
		assert_explained(f, edition, PIECE);
}

/* It was explained before, and is waiting for a sink. */
static void a_record_in_hand_stays_as_it_is(void **state)
{
	struct flow *f = *state;
	char held[FLOW_PATH_SIZE];

	(void)snprintf(held, sizeof(held), "%s", flow_path(f, "held"));
	assert_int_equal(rename(flow_path(f, "datagrams"), held), 0);
	start(f);
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	assert_true(flow_run_for(f, 2));
	for (unsigned edition = 1; edition < 4; edition++) {
		write_catalog(f, edition);
		assert_int_equal(reload_now(f), 0);
		assert_true(flow_run_for(f, 2));
	}
	assert_int_equal(rename(held, flow_path(f, "datagrams")), 0);
	assert_true(flow_run_until(f, 0, PIECE));
	reload_finish(f);
	assert_delivered(f, 0, PIECE);
	assert_int_equal(f->by_datagram->calls[EDITION], 1);
	assert_int_equal(f->by_datagram->calls[EDITION + 3], PIECE - 1);
}

static void catalogs_are_exchanged_although_a_sink_is_away(void **state)
{
	struct flow *f = *state;
	char held[FLOW_PATH_SIZE];

	start(f);
	(void)snprintf(held, sizeof(held), "%s", flow_path(f, "held"));
	assert_int_equal(rename(flow_path(f, "stream"), held), 0);
	write_catalog(f, 1);
	assert_int_equal(reload_now(f), 0);
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	assert_true(flow_run_for(f, 2));
	assert_int_equal(rename(held, flow_path(f, "stream")), 0);
	assert_true(flow_run_until(f, 0, PIECE));
	reload_finish(f);
	assert_delivered(f, 0, PIECE);
	assert_explained(f, 1, PIECE);
}

/* -- other sources and sinks -------------------------------------------------------- */

static void sources_come_and_go(void **state)
{
	struct flow *f = *state;
	char more[512];

	(void)snprintf(more, sizeof(more),
		"  - name: more\n    files: {paths: [%s/more/*.log], start: beginning}\n",
		f->directory);
	assert_int_equal(mkdir(flow_path(f, "more"), 0700), 0);
	start(f);
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	flow_append_calls(f, "more/b.log", PIECE, 2 * PIECE);

	write_config(f, more);
	assert_int_equal(reload_now(f), 0);
	assert_true(flow_run_until(f, 0, 2 * PIECE));
	write_config(f, "");
	write_catalog(f, 1);
	assert_int_equal(reload_now(f), 0);
	flow_append_calls(f, "logs/a.log", 2 * PIECE, 3 * PIECE);
	flow_append_calls(f, "more/b.log", 3 * PIECE, 4 * PIECE);
	assert_true(flow_run_until(f, 2 * PIECE, 3 * PIECE));
	assert_int_equal(flow_count_missing(f->by_datagram, 3 * PIECE, 4 * PIECE), PIECE);
	write_config(f, more);
	assert_int_equal(reload_now(f), 0);
	assert_true(flow_run_until(f, 3 * PIECE, 4 * PIECE));
	assert_int_equal(pipeline_count(f->pipeline).n_enriched, 4 * PIECE);
	reload_finish(f);
	assert_arrived(f, 0, 4 * PIECE);
	assert_explained(f, 0, 2 * PIECE);
	assert_explained(f, 1, 2 * PIECE);
}

/* Killed at once, it begins there again, and not at what is the end by then. */
static void a_new_source_begins_where_it_was_first_opened(void **state)
{
	struct flow *f = *state;
	char more[512];

	(void)snprintf(more, sizeof(more), "  - {name: more, files: {paths: [%s/more/*.log]}}\n",
		f->directory);
	assert_int_equal(mkdir(flow_path(f, "more"), 0700), 0);
	flow_append_calls(f, "more/b.log", PIECE, 2 * PIECE);
	start(f);
	write_config(f, more);
	assert_int_equal(reload_now(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_append_calls(f, "more/b.log", 0, PIECE);
	assert_int_equal(flow_load(f), 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
	assert_true(flow_run_until(f, 0, PIECE));
	reload_finish(f);
	assert_arrived(f, 0, PIECE);
}

/* Under load, at whatever moment. */
static void a_reload_in_the_midst_of_work_loses_nothing(void **state)
{
	struct flow *f = *state;
	char more[512];
	unsigned n = 0;

	(void)snprintf(more, sizeof(more), "  - name: idle\n    files: {paths: [%s/idle/*.log]}\n",
		f->directory);
	start(f);
	for (unsigned i = 0; i < 20; i++, n += PIECE) {
		flow_append_calls(f, "logs/a.log", n, n + PIECE);
		for (unsigned turns = 0; turns < i % 7; turns++)
			assert_true(flow_loop_once(f) >= 0);
		write_catalog(f, i % 3);
		write_config(f, i % 2 == 0 ? more : "");
		assert_int_equal(reload_now(f), 0);
	}
	assert_true(flow_run_until(f, 0, n));
	reload_finish(f);
	assert_arrived(f, 0, n);
}

/* Another becaused has the address, or this machine does not have it. */
static void what_cannot_be_opened_changes_nothing(void **state)
{
	struct flow *f = *state;
	char bad[512];

	(void)snprintf(bad, sizeof(bad), "  - name: net\n    syslog: {listen: [unix:%s/no/way]}\n",
		f->directory);
	start(f);
	flow_append_calls(f, "logs/a.log", 0, PIECE);
	write_config(f, bad);
	write_catalog(f, 1);
	assert_int_equal(reload_now(f), -ENOENT);
	flow_append_calls(f, "logs/a.log", PIECE, 2 * PIECE);
	assert_true(flow_run_until(f, 0, 2 * PIECE));
	reload_finish(f);
	assert_arrived(f, 0, 2 * PIECE);
	assert_explained(f, 0, 2 * PIECE);
}

/* -- sockets ------------------------------------------------------------------------- */

static void send_call(const struct flow *f, const char *name, unsigned number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", f->directory, name);
	(void)snprintf(text, sizeof(text), "<13>ccs: call=%u key=200", number);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&address,
				 sizeof(address)),
		strlen(text));
	(void)close(fd);
}

/* Data that waits in a socket is there after the reload, whether it succeeded or failed. */
static void sockets_are_taken_over(void **state)
{
	struct flow *f = *state;
	char net[512], more[1024], bad[1024];

	(void)snprintf(net, sizeof(net),
		"  - name: net\n    syslog: {listen: [unix-dgram:%s/in]}\n", f->directory);
	(void)snprintf(more, sizeof(more), "%s  - {name: more, files: {paths: [%s/more]}}\n", net,
		f->directory);
	(void)snprintf(bad, sizeof(bad), "%s  - {name: bad, syslog: {listen: [unix:%s/no/way]}}\n",
		net, f->directory);
	write_config(f, net);
	start(f);
	send_call(f, "in", 0);
	write_config(f, more);
	assert_int_equal(reload_now(f), 0);
	send_call(f, "in", 1);
	write_config(f, bad);
	assert_int_equal(reload_now(f), -ENOENT);
	send_call(f, "in", 2);
	write_config(f, net);
	write_catalog(f, 1);
	assert_int_equal(reload_now(f), 0);
	assert_true(flow_run_until(f, 0, 3));
	assert_int_equal(pipeline_count(f->pipeline).n_read, 3);
	send_call(f, "in", 3);
	assert_true(flow_run_until(f, 3, 4));
	reload_finish(f);
	assert_arrived(f, 0, 4);
}

/* The new source opens the address anew. If that fails, the old source opens it again. */
static void an_address_may_stay_where_its_source_changes(void **state)
{
	struct flow *f = *state;
	char net[512], other[1024], bad[1024];

	(void)snprintf(net, sizeof(net),
		"  - name: net\n    syslog: {listen: [unix-dgram:%s/in]}\n", f->directory);
	(void)snprintf(other, sizeof(other),
		"  - name: other\n    syslog: {listen: [unix-dgram:%s/in, unix:%s/in2]}\n",
		f->directory, f->directory);
	(void)snprintf(bad, sizeof(bad),
		"  - name: net\n    syslog: {listen: [unix-dgram:%s/in, unix:%s/no/way]}\n",
		f->directory, f->directory);
	write_config(f, net);
	start(f);
	send_call(f, "in", 0);
	assert_true(flow_run_until(f, 0, 1));
	write_config(f, other);
	assert_int_equal(reload_now(f), 0);
	send_call(f, "in", 1);
	assert_true(flow_run_until(f, 0, 2));
	write_config(f, bad);
	assert_int_equal(reload_now(f), -ENOENT);
	send_call(f, "in", 2);
	assert_true(flow_run_until(f, 0, 3));
	write_config(f, net);
	assert_int_equal(reload_now(f), 0);
	send_call(f, "in", 3);
	assert_true(flow_run_until(f, 0, 4));
	reload_finish(f);
	assert_arrived(f, 0, 4);
}

/* The reload would lose records of a socket that a sink does not take, so it is refused; unless it
 * leaves the sink as it is. */
static void what_would_be_lost_refuses_the_reload(void **state)
{
	struct flow *f = *state;
	char net[512], more[1024], held[FLOW_PATH_SIZE];

	(void)snprintf(net, sizeof(net),
		"  - name: net\n    syslog: {listen: [unix-dgram:%s/in]}\n", f->directory);
	(void)snprintf(more, sizeof(more), "%s  - {name: more, files: {paths: [%s/more]}}\n", net,
		f->directory);
	write_config(f, net);
	(void)snprintf(held, sizeof(held), "%s", flow_path(f, "held"));
	assert_int_equal(rename(flow_path(f, "stream"), held), 0);
	start(f);
	send_call(f, "in", 0);
	while (pipeline_count(f->pipeline).n_read == 0)
		assert_true(flow_loop_once(f) >= 0);
	write_config(f, more);
	assert_int_equal(reload_now(f), 0);
	write_config_with(f, net, "json");
	assert_int_equal(reload_now(f), PIPELINE_NOT_TAKEN);
	assert_int_equal(rename(held, flow_path(f, "stream")), 0);
	assert_true(flow_run_until(f, 0, 1));
	assert_int_equal(reload_now(f), 0);
	reload_finish(f);
	assert_arrived(f, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(each_record_is_explained_by_one_catalog),
		FLOW_TEST(a_record_in_hand_stays_as_it_is),
		FLOW_TEST(catalogs_are_exchanged_although_a_sink_is_away),
		FLOW_TEST(sources_come_and_go),
		FLOW_TEST(a_new_source_begins_where_it_was_first_opened),
		FLOW_TEST(a_reload_in_the_midst_of_work_loses_nothing),
		FLOW_TEST(what_cannot_be_opened_changes_nothing),
		FLOW_TEST(sockets_are_taken_over),
		FLOW_TEST(an_address_may_stay_where_its_source_changes),
		FLOW_TEST(what_would_be_lost_refuses_the_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
