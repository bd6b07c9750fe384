/* becaused.yaml: the kinds of sources and sinks besides the journal. */
#include "config.h"

#include "test.h"

#include <errno.h>

#include "flow/setup/configuration.h"
#include "sink/socket/socket-options.h"
#include "source/files/files-options.h"
#include "source/journal/journal-options.h"
#include "source/syslog/syslog-options.h"
#include "wire/format.h"

static struct config *read_good(const char *content)
{
	struct config *config = NULL;
	struct diag diag = { 0 };

	assert_good(config_read("test.yaml", text_of(content), &diag, &config), &diag);
	assert_non_null(config);
	return config;
}

static int read_and_free(struct text content, struct diag *diag)
{
	struct config *config = NULL;
	int r = config_read("test.yaml", content, diag, &config);

	(void)config_unref(config);
	return r;
}

static const struct journal_options *journal_options_of(const struct config_source *source)
{
	assert_string_equal(source->kind->name, "journal");
	return source->options;
}

static void a_files_source_has_paths_and_a_start(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good(
		"sources:\n"
		"  - name: one\n"
		"    files: {paths: [/var/log/cec/*.log, '/srv/a b/[x]?'], start: beginning}\n"
		"  - {name: two, files: {paths: [/x]}}\n");
	const struct files_options *one, *two;

	(void)state;
	assert_int_equal(config->n_sources, 2);
	assert_string_equal(config->sources[0].kind->name, "files");
	one = config->sources[0].options;
	two = config->sources[1].options;
	assert_int_equal(one->paths.n, 2);
	assert_text(one->paths.items[0], "/var/log/cec/*.log");
	assert_text(one->paths.items[1], "/srv/a b/[x]?");
	assert_int_equal(one->start, FILES_START_BEGINNING);
	assert_int_equal(two->start, FILES_START_END);
}

static void braces_in_a_path_are_globs_of_their_own(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("sources:\n"
					  "  - name: one\n"
					  "    files:\n"
					  "      paths:\n"
					  "        - /d/{a,b}.log\n"
					  "        - '/d/{b,c{1,2}}.log'\n"
					  "        - '/d/\\{a,b}.{x}'\n"
					  "        - '//e/{,f}//*'\n");
	const struct files_options *one = config->sources[0].options;
	static const struct {
		const char *glob;
		unsigned line;
	} rows[] = {
		{ "/d/a.log", 5 },
		{ "/d/b.log", 5 },
		{ "/d/c1.log", 6 },
		{ "/d/c2.log", 6 },
		{ "/d/\\{a,b}.{x}", 7 },
		{ "/e/*", 8 },
		{ "/e/f/*", 8 },
	};

	(void)state;
	assert_int_equal(one->paths.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_text(one->paths.items[i], rows[i].glob);
		assert_int_equal(one->paths.places[i].line, rows[i].line);
		assert_int_equal(one->paths.places[i].column, 11);
	}
}

/* A configuration with `n` items of 256 globs each, and the item `more`. */
static int read_globs(size_t n, const char *more, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(64 * 1024);

	buffer_add_string(&content, "sources: [{name: a, files: {paths: [");
	for (size_t i = 0; i < n; i++)
		buffer_add_format(
			&content, "'/%zu/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}',\n", i);
	buffer_add_format(&content, "%s]}}]\n", more);
	assert_int_equal(buffer_finish(&content), 0);
	return read_and_free(buffer_text(&content), diag);
}

static void a_source_has_at_most_so_many_globs(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_good(read_globs(4, "", &diag), &diag);
	/* Equal ones count: their number has no other bound. */
	assert_int_equal(read_globs(4, "'/0/{a,a}'", &diag), -EINVAL);
	diag_done(&diag);
	assert_int_equal(read_globs(4, "/more", &diag), -EINVAL);
	assert_errors(
		&diag, { 5, 1, "path '/more': the paths of a source stand for more than 1024" });
	diag_done(&diag);
}

static void a_journal_source_has_where_to_resume_when_its_position_is_lost(void **state)
{
	static const struct {
		const char *content;
		int lost;
	} rows[] = {
		{ "sources: [{name: one, journal: {}}]\n", JOURNAL_LOST_NEAREST },
		{ "sources: [{name: one, journal: {lost: nearest}}]\n", JOURNAL_LOST_NEAREST },
		{ "sources: [{name: one, journal: {lost: beginning}}]\n", JOURNAL_LOST_BEGINNING },
		{ "sources: [{name: one, journal: {lost: end}}]\n", JOURNAL_LOST_END },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(config_unrefp) struct config *config = read_good(rows[i].content);

		assert_int_equal(journal_options_of(&config->sources[0])->lost, rows[i].lost);
	}
}

static void a_syslog_source_listens_at_several_addresses(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config =
		read_good("sources:\n"
			  "  - name: net\n"
			  "    syslog: {listen: [udp:127.0.0.1:5514, tcp:127.0.0.1:5514,"
			  " unix-dgram:/run/becaused/syslog, systemd]}\n");
	const struct syslog_options *options = config->sources[0].options;

	(void)state;
	assert_string_equal(config->sources[0].kind->name, "syslog");
	assert_int_equal(options->n_listen, 4);
	assert_int_equal(options->listen[0].kind, ADDRESS_UDP);
	assert_string_equal(options->listen[0].host, "127.0.0.1");
	assert_string_equal(options->listen[0].port, "5514");
	assert_text(options->listen[0].text, "udp:127.0.0.1:5514");
	assert_int_equal(options->listen[1].kind, ADDRESS_TCP);
	assert_int_equal(options->listen[2].kind, ADDRESS_UNIX_DGRAM);
	assert_string_equal(options->listen[2].path, "/run/becaused/syslog");
	assert_int_equal(options->listen[3].kind, ADDRESS_SYSTEMD);
}

static void a_socket_sink_needs_no_more_than_an_address(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config =
		read_good("sinks: [{name: noc, socket: {address: tls:loghost:6514}}]\n");
	const struct socket_options *options = config->sinks[0].options;

	(void)state;
	assert_string_equal(config->sinks[0].kind->name, "socket");
	assert_int_equal(options->address.kind, ADDRESS_TLS);
	assert_string_equal(options->address.host, "loghost");
	assert_int_equal(options->format, FORMAT_RFC5424);
	assert_int_equal(options->enterprise, FORMAT_ENTERPRISE_DEFAULT);
	assert_int_equal(options->verify, 1);
	assert_int_equal(options->ca.len, 0);
	assert_int_equal(options->cert.len, 0);
	assert_int_equal(options->key.len, 0);
	assert_int_equal(options->server_name.len, 0);
}

static void a_socket_sink_has_every_option(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config = read_good("sinks:\n"
					  "  - name: noc\n"
					  "    socket:\n"
					  "      address: tls:[2001:db8::1]:6514\n"
					  "      format: json\n"
					  "      enterprise: 64512\n"
					  "      ca: /etc/ca.pem\n"
					  "      cert: /etc/cert.pem\n"
					  "      key: /etc/key.pem\n"
					  "      server-name: logs.example.com\n"
					  "      verify: no\n");
	const struct socket_options *options = config->sinks[0].options;

	(void)state;
	assert_string_equal(options->address.host, "2001:db8::1");
	assert_int_equal(options->format, FORMAT_JSON);
	assert_int_equal(options->enterprise, 64512);
	assert_text(options->ca, "/etc/ca.pem");
	assert_text(options->cert, "/etc/cert.pem");
	assert_text(options->key, "/etc/key.pem");
	assert_text(options->server_name, "logs.example.com");
	assert_int_equal(options->verify, 0);
}

static void sinks_of_both_kinds_stand_side_by_side(void **state)
{
	CLEANUP(config_unrefp)
	struct config *config =
		read_good("sinks:\n"
			  "  - name: journal\n"
			  "    journal: {namespace: \"\"}\n"
			  "  - name: noc\n"
			  "    socket: {address: tcp:loghost:6514, format: rfc5424}\n");

	(void)state;
	assert_int_equal(config->n_sinks, 2);
	assert_string_equal(config->sinks[0].kind->name, "journal");
	assert_string_equal(config->sinks[1].kind->name, "socket");
}

static void wrong_sources_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("sources: [{name: a, files: {}}]\n"),
			{ { 1, 28, "key 'paths' is missing" } } },
		{ TEXT("sources: [{name: a, files: {paths: []}}]\n"),
			{ { 1, 36, "paths is empty" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a, b/c]}}]\n"),
			{ { 1, 41, "'b/c' must be absolute" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a, '{/b,c}']}}]\n"),
			{ { 1, 41, "'{/b,c}' must be absolute" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a, '/b{c', '/{d', /e]}}]\n"),
			{ { 1, 41, "path '/b{c': a brace is not closed; write '\\{'" },
				{ 1, 49, "path '/{d': a brace is not closed" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a/**, '/{b,*,c}*/d']}}]\n"),
			{ { 1, 37, "path '/a/**': '**' is not supported; write a path for each" },
				{ 1, 44, "path '/{b,*,c}*/d': '**' is not supported" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a/, '/{b,c/}', /]}}]\n"),
			{ { 1, 37, "path '/a/' ends with '/', so only directories match" },
				{ 1, 42, "path '/{b,c/}' ends with '/'" },
				{ 1, 53, "path '/' ends with '/'" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a, /a]}}]\n"),
			{ { 1, 41, "appears twice" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a], start: now}}]\n"),
			{ { 1, 49, "is none of end, beginning" } } },
		{ TEXT("sources: [{name: a, journal: {}, profiles: []}]\n"),
			{ { 1, 44, "profiles is empty" } } },
		{ TEXT("sources: [{name: a, files: {paths: [/a]}, journal: {}}]\n"),
			{ { 1, 11, "must have exactly one of journal, files and syslog" } } },
		{ TEXT("sources: [{name: a, syslog: {}}]\n"),
			{ { 1, 29, "key 'listen' is missing" } } },
		{ TEXT("sources: [{name: a, syslog: {listen: []}}]\n"),
			{ { 1, 38, "listen is empty" } } },
		{ TEXT("sources: [{name: a, syslog: {listen: [tcp:h]}}]\n"),
			{ { 1, 39, "address 'tcp:h'" } } },
		{ TEXT("sources: [{name: a, syslog: {listen: [tls:h:1]}}]\n"),
			{ { 1, 39, "does not listen with TLS" } } },
		{ TEXT("sources:\n- {name: a, syslog: {listen: [systemd]}}\n"
		       "- {name: b, syslog: {listen: ['tcp:h:1', systemd]}}\n"),
			{ { 3, 3, "source 'a' listens at 'systemd' already" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void wrong_sinks_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("sinks: [{name: a, socket: {}}]\n"),
			{ { 1, 27, "key 'address' is missing" } } },
		{ TEXT("sinks: [{name: a, socket: {address: h:1}}]\n"),
			{ { 1, 37, "address 'h:1'" } } },
		{ TEXT("sinks: [{name: a, socket: {address: systemd}}]\n"),
			{ { 1, 37, "cannot use the address 'systemd', which is for sources" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tcp:h:1', format: xml}}]\n"),
			{ { 1, 56, "is none of rfc5424, rfc3164, json" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tcp:h:1', enterprise: 0}}]\n"),
			{ { 1, 60, "1 to 999999999" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tcp:h:1', ca: /x}}]\n"),
			{ { 1, 27, "are for an address tls:HOST:PORT" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tcp:h:1', verify: no}}]\n"),
			{ { 1, 27, "are for an address tls:HOST:PORT" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tls:h:1', cert: /x}}]\n"),
			{ { 1, 27, "cert and key must be set together" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tls:h:1', ca: x.pem}}]\n"),
			{ { 1, 52, "must be an absolute path" } } },
		{ TEXT("sinks: [{name: a, socket: {address: 'tls:h:1'}, journal: {}}]\n"),
			{ { 1, 9, "must have exactly one of journal and socket" } } },
		{ TEXT("sinks:\n- {name: a, journal: {}}\n- {name: b, journal: {}}\n"),
			{ { 3, 3, "sink 'a' writes to the same place already" } } },
		{ TEXT("sinks:\n- {name: a, socket: {address: 'tcp:h:1'}}\n"
		       "- {name: b, socket: {address: 'tcp:h:01'}}\n"),
			{ { 3, 3, "sink 'a' writes to the same place already" } } },
		{ TEXT("sources: [{name: net, syslog: {listen: ['udp:0.0.0.0:514']}}]\n"
		       "sinks:\n- {name: a, socket: {address: 'tcp:127.0.0.1:514'}}\n"
		       "- {name: b, socket: {address: 'udp:127.0.0.1:514'}}\n"),
			{ { 4, 3, "sink 'b' sends to the address where source 'net' listens" } } },
		{ TEXT("sources: [{name: net, syslog: {listen: ['udp:0.0.0.0:514']}}]\n"
		       "sinks:\n- {name: a, socket: {address: 'udp:[::ffff:127.0.0.1]:514'}}\n"
		       "- {name: b, socket: {address: 'udp:localhost.:514'}}\n"),
			{ { 3, 3, "sink 'a' sends to the address where source 'net' listens" },
				{ 4, 3,
					"sink 'b' sends to the address where source 'net' "
					"listens" } } },
		{ TEXT("sources: [{name: net, syslog: {listen: ['unix:/proc/x']}}]\n"
		       "sinks: [{name: a, socket: {address: 'unix:/proc/../proc/x'}}]\n"),
			{ { 2, 9, "sink 'a' sends to the address where source 'net' listens" } } },
		{ TEXT("sources: [{name: net, syslog: {listen: ['unix:/x']}}]\n"
		       "sinks: [{name: a, socket: {address: 'unix:/x'}}]\n"),
			{ { 2, 9, "sink 'a' sends to the address where source 'net' listens" } } },
		{ TEXT("sinks:\n- {name: a, journal: {}}\n"
		       "- {name: a, socket: {address: 'tcp:h:1'}}\n"),
			{ { 3, 3, "sink 'a' appears twice" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_files_source_has_paths_and_a_start),
		cmocka_unit_test(braces_in_a_path_are_globs_of_their_own),
		cmocka_unit_test(a_source_has_at_most_so_many_globs),
		cmocka_unit_test(a_journal_source_has_where_to_resume_when_its_position_is_lost),
		cmocka_unit_test(a_syslog_source_listens_at_several_addresses),
		cmocka_unit_test(a_socket_sink_needs_no_more_than_an_address),
		cmocka_unit_test(a_socket_sink_has_every_option),
		cmocka_unit_test(sinks_of_both_kinds_stand_side_by_side),
		cmocka_unit_test(wrong_sources_are_refused),
		cmocka_unit_test(wrong_sinks_are_refused),
	};

	return cmocka_run_group_tests_name("flow/setup/configuration: kinds", tests, NULL, NULL);
}
