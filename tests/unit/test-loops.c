/* A relay that brings back what a sink has sent: each record is sent once, whatever its form. */
#include "config.h"

#include "test.h"

#include "flow/counts.h"
#include "test-flow.h"

enum { ROUNDS = 6 };

#define LINE "call=1 key=200 talk=9"

/* How a relay writes the line `text` to its file. */
typedef void relay_fn(FILE *file, const char *text);

static void relay_as_it_is(FILE *file, const char *text)
{
	(void)fprintf(file, "%s\n", text);
}

static void relay_behind_a_header(FILE *file, const char *text)
{
	(void)fprintf(file, "Nov 29 07:00:00 host because[17]: %s\n", text);
}

/* The message of RFC 5424 alone, as a template `%msg%` writes it. */
static void relay_the_message(FILE *file, const char *text)
{
	const char *message = strstr(text, "] ");

	(void)fprintf(file, "%s\n", message ? message + 2 : text);
}

static void relay_in_json(FILE *file, const char *text)
{
	(void)fputs("{\"host\":\"h\",\"msg\":\"", file);
	for (; *text; text++) {
		if (strchr("\"\\/", *text))
			(void)fputc('\\', file);
		(void)fputc(*text, file);
	}
	(void)fputs("\"}\n", file);
}

/* The end with the brackets is lost. */
static void relay_cut(FILE *file, const char *text)
{
	const char *end = strstr(text, "[release cause ");

	(void)fprintf(file, "%.*s\n", (int)(end ? (size_t)(end - text) : strlen(text)), text);
}

static void configure(struct flow *f, const char *source, const char *sink)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		"profiles: [test]\nsources:\n  - {name: in, %s}\n"
		"sinks:\n  - {name: out, socket: {address: %s}}\n",
		source, sink);
	flow_put(f, "becaused.yaml", text);
	f->setup = setup_unref(f->setup);
	assert_int_equal(flow_load(f), 0);
}

static size_t count_lines(const struct flow_received *received)
{
	size_t n = 0;

	for (size_t i = 0; i < received->n; i++)
		n += received->bytes[i] == '\n';
	return n;
}

/* Write what has come to the file that is read; returns how many lines. */
static size_t bring_back(const struct flow *f, relay_fn *relay, struct flow_received *received)
{
	size_t n = count_lines(received);
	FILE *file = fopen(flow_path(f, "logs/relay.log"), "a");
	char *save = NULL;

	assert_non_null(file);
	received->bytes[received->n] = '\0';
	for (char *line = strtok_r(received->bytes, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		relay(file, line);
	assert_int_equal(fclose(file), 0);
	received->n = 0;
	return n;
}

/* flow_run counts calls and forgets the bytes; here they are wanted. */
static void run(struct flow *f)
{
	assert_int_equal(flow_open_loop(f), 0);
	assert_int_equal(flow_run_pipeline(f), 0);
	flow_read_rest(f);
	while (f->n_sources > 0)
		(void)sd_event_source_disable_unref(f->sources[--f->n_sources]);
	f->event = sd_event_unref(f->event);
}

static void assert_sent_once(
	struct flow *f, const char *sink, relay_fn *relay, const char *line, size_t wanted)
{
	char source[256];
	size_t n = 0;

	flow_start_over(f);
	(void)snprintf(source, sizeof(source), "files: {paths: [%s/logs/*.log], start: beginning}",
		f->directory);
	configure(f, source, sink);
	flow_put(f, "logs/relay.log", line);
	for (unsigned i = 0; i < ROUNDS; i++) {
		run(f);
		n += bring_back(f, relay, f->by_datagram);
	}
	if (n != wanted)
		fail_msg("%s: %zu records of %s", sink, n, line);
}

static void a_followed_file_that_a_relay_appends_to_gets_each_record_once(void **state)
{
	static relay_fn *const relays[] = { relay_as_it_is, relay_behind_a_header,
		relay_the_message, relay_in_json };
	static const char *const formats[] = { "rfc5424", "rfc3164", "json" };
	struct flow *f = *state;
	char sink[256];

	for (size_t format = 0; format < COUNT(formats); format++)
		for (size_t i = 0; i < COUNT(relays); i++) {
			(void)snprintf(sink, sizeof(sink), "unix-dgram:%s/datagrams, format: %s",
				f->directory, formats[format]);
			assert_sent_once(f, sink, relays[i], LINE "\n", 1);
			assert_sent_once(f, sink, relays[i],
				"key=7ff0 key=512\nkey=200 key=200\n\"key\":\"200\"\n", 3);
		}
}

/* What a relay has cut off is in the element in front of the message. */
static void a_message_without_its_brackets_is_known_by_its_element(void **state)
{
	struct flow *f = *state;
	char sink[256];

	(void)snprintf(
		sink, sizeof(sink), "unix-dgram:%s/datagrams, format: rfc5424", f->directory);
	assert_sent_once(f, sink, relay_cut, LINE "\n", 1);
}

/* A line over the bound of a source is cut there: the brackets must have room. */
static void a_line_over_the_bound_is_sent_once(void **state)
{
	static const char *const formats[] = { "rfc5424", "rfc3164", "json" };
	struct flow *f = *state;
	char *line = test_repeat('x', 1024 * 1024 + 200);
	char source[256], sink[256];

	line[strlen(line) - 1] = '\n';
	memcpy(line, LINE, strlen(LINE));
	line[strlen(LINE)] = ' ';
	(void)snprintf(source, sizeof(source), "files: {paths: [%s/logs/*.log], start: beginning}",
		f->directory);
	for (size_t format = 0; format < COUNT(formats); format++) {
		size_t n = 0;

		(void)snprintf(sink, sizeof(sink), "unix:%s/stream, format: %s", f->directory,
			formats[format]);
		flow_start_over(f);
		configure(f, source, sink);
		flow_put(f, "logs/relay.log", line);
		for (unsigned i = 0; i < ROUNDS; i++) {
			run(f);
			n += memmem(f->by_stream->bytes, f->by_stream->n, "call=1 ", 7) != NULL;
			(void)bring_back(f, relay_behind_a_header, f->by_stream);
		}
		assert_int_equal(n, 1);
	}
	free(line);
}

/* Of another instance, with the same form. */
static void an_element_of_another_instance_hides_nothing(void **state)
{
	struct flow *f = *state;
	char sink[256];

	(void)snprintf(sink, sizeof(sink), "unix-dgram:%s/datagrams, format: json", f->directory);
	assert_sent_once(f, sink, relay_as_it_is,
		"{\"message\":\"key=200\",\"causes\":[{\"code\":512}],\"instance\":\"other\"}\n"
		"<12>1 - - - - - [releaseCause@32473 code=\"512\" instance=\"tes\"] key=200\n",
		2);
}

/* Once, with the file and the sink. */
static void the_likely_way_of_a_loop_is_logged_once(void **state)
{
	struct flow *f = *state;
	char source[256], sink[256];

	(void)snprintf(source, sizeof(source), "files: {paths: [%s/logs/*.log], start: beginning}",
		f->directory);
	(void)snprintf(sink, sizeof(sink), "unix-dgram:%s/datagrams, format: json", f->directory);
	configure(f, source, sink);
	flow_keep_messages(f);
	flow_put(f, "logs/relay.log", "key=200\nkey=201\n");
	run(f);
	(void)bring_back(f, relay_as_it_is, f->by_datagram);
	run(f);
	assert_int_equal(flow_count_messages(f, "not explained again, only counted"), 1);
	assert_int_equal(flow_count_messages(f, "a log daemon writes to '/tmp/because-test."), 1);
	assert_int_equal(flow_count_messages(f, "/logs/relay.log' what sink out sends"), 1);
}

/* What the sink sends comes back to the syslog source. */
static void what_comes_back_to_a_syslog_source_is_sent_once(void **state)
{
	static const char *const formats[] = { "rfc5424", "rfc3164", "json" };
	struct flow *f = *state;

	f->options.drain = false;
	for (size_t format = 0; format < COUNT(formats); format++) {
		char source[256], sink[256];
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		size_t n = 0;

		(void)snprintf(source, sizeof(source), "syslog: {listen: [unix-dgram:%s/in.%zu]}",
			f->directory, format);
		(void)snprintf(sink, sizeof(sink), "unix-dgram:%s/datagrams, format: %s",
			f->directory, formats[format]);
		configure(f, source, sink);
		assert_int_equal(flow_open_loop(f), 0);
		assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
		(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/in.%zu",
			f->directory, format);
		f->by_datagram->n = (size_t)sprintf(f->by_datagram->bytes, "<13>%s\n", LINE);
		for (unsigned i = 0; i < ROUNDS && f->by_datagram->n > 0; i++) {
			uint64_t read = pipeline_count(f->pipeline).n_read;

			f->by_datagram->n--;
			assert_true(
				sendto(f->datagrams, f->by_datagram->bytes, f->by_datagram->n, 0,
					(const struct sockaddr *)&address, sizeof(address)) > 0);
			f->by_datagram->n = 0;
			while (pipeline_count(f->pipeline).n_read == read)
				assert_true(flow_run_for(f, 1));
			assert_true(flow_run_for(f, 2));
			n += count_lines(f->by_datagram);
		}
		assert_int_equal(n, 1);
		assert_int_equal(pipeline_count(f->pipeline).n_explained, 1);
		f->pipeline = pipeline_free(f->pipeline);
		flow_close_loop(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(a_followed_file_that_a_relay_appends_to_gets_each_record_once),
		FLOW_TEST(a_message_without_its_brackets_is_known_by_its_element),
		FLOW_TEST(a_line_over_the_bound_is_sent_once),
		FLOW_TEST(an_element_of_another_instance_hides_nothing),
		FLOW_TEST(the_likely_way_of_a_loop_is_logged_once),
		FLOW_TEST(what_comes_back_to_a_syslog_source_is_sent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
