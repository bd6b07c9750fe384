/* The socket sink over TLS against a log server made with OpenSSL. The certificates are made
 * here, at each run. */
#include "config.h"

#include "test-socket.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "test-identity.h"

/* -- certificates ------------------------------------------------------ */

static struct identity authority, stranger, server, expired, client;

static int make_identities(void **state)
{
	(void)state;
	issue(&authority, "Test authority", NULL, NULL, 30);
	issue(&stranger, "Other authority", NULL, NULL, 30);
	issue(&server, "Test server", &authority, "DNS:loghost,IP:127.0.0.1", 30);
	issue(&expired, "Old server", &authority, "DNS:loghost,IP:127.0.0.1", -2);
	issue(&client, "Test client", &authority, NULL, 30);
	return 0;
}

static int forget_identities(void **state)
{
	(void)state;
	forget(&authority);
	forget(&stranger);
	forget(&server);
	forget(&expired);
	forget(&client);
	return 0;
}

/* -- files ------------------------------------------------------------- */

enum { CA, CERT, KEY, N_FILES };
static char paths[N_FILES][64];

static void write_cert(int file, const struct identity *identity)
{
	FILE *stream = fopen(paths[file], "we");

	assert_non_null(stream);
	assert_int_equal(PEM_write_X509(stream, identity->cert), 1);
	assert_int_equal(fclose(stream), 0);
}

static void write_key(int file, const struct identity *identity, char *password)
{
	const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
	FILE *stream = fopen(paths[file], "we");

	assert_non_null(stream);
	assert_int_equal(
		PEM_write_PrivateKey(stream, identity->key, cipher, (unsigned char *)password,
			password ? (int)strlen(password) : 0, NULL, NULL),
		1);
	assert_int_equal(fclose(stream), 0);
}

static void use_file(struct text *option, int file)
{
	*option = text_of(paths[file]);
}

/* -- the server -------------------------------------------------------- */

static struct {
	SSL_CTX *context;
	SSL *session;
	size_t n_accepted;  /* of the fixture, when the session began */
	char asked_for[64]; /* the name that the client asked for */
} tls;

static void session_begins(const struct fixture *f)
{
	SSL_free(tls.session);
	tls.session = SSL_new(tls.context);
	assert_non_null(tls.session);
	assert_int_equal(SSL_set_fd(tls.session, f->peer), 1);
	SSL_set_accept_state(tls.session);
	tls.n_accepted = f->n_accepted;
}

/* Returns whether there was something. */
static bool read_some(struct fixture *f)
{
	int n, error;

	assert_int_equal(buffer_reserve(&f->input, CHUNK), 0);
	ERR_clear_error();
	n = SSL_read(tls.session, f->input.data + f->input.len, CHUNK);
	if (n > 0) {
		f->input.len += (size_t)n;
		return true;
	}
	error = SSL_get_error(tls.session, n);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		server_hangs_up(f);
	return false;
}

static void tls_server_reads(struct fixture *f)
{
	const char *name;

	if (tls.n_accepted != f->n_accepted)
		session_begins(f);
	while (f->peer >= 0 && read_some(f))
		;
	name = SSL_get_servername(tls.session, TLSEXT_NAMETYPE_host_name);
	(void)snprintf(tls.asked_for, sizeof(tls.asked_for), "%s", name ? name : "");
}

static void server_has(const struct identity *identity)
{
	assert_int_equal(SSL_CTX_use_certificate(tls.context, identity->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls.context, identity->key), 1);
}

static void server_demands_a_certificate(void)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls.context);

	assert_int_equal(X509_STORE_add_cert(store, authority.cert), 1);
	SSL_CTX_set_verify(tls.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static int start(void **state)
{
	static const char *const names[] = { "ca.pem", "cert.pem", "key.pem" };
	struct fixture *f;

	if (setup(state) < 0)
		return -1;
	f = *state;
	f->read = tls_server_reads;
	for (int i = 0; i < N_FILES; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", f->directory, names[i]);
	memset(&tls, 0, sizeof(tls));
	tls.context = SSL_CTX_new(TLS_server_method());
	if (!tls.context)
		return -1;
	server_has(&server);
	write_cert(CA, &authority);
	use_file(&f->options.ca, CA);
	choose(f, ADDRESS_TLS);
	return 0;
}

static int finish(void **state)
{
	SSL_free(tls.session);
	SSL_CTX_free(tls.context);
	for (int i = 0; i < N_FILES; i++)
		(void)unlink(paths[i]);
	return teardown(state);
}

/* The sink has been refused, or has refused, some times; nothing was settled, one message was
 * logged.
 */
static void assert_no_session(struct fixture *f, const char *said)
{
	keep_messages(f);
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	while (f->n_accepted < 4)
		turn(f);
	assert_int_equal(f->sink->n_settled, 0);
	assert_int_equal(f->input.len, 0);
	assert_int_equal(count_messages(f, said), 1);
}

/* -- tests ------------------------------------------------------------- */

static void every_format_arrives(void **state)
{
	struct fixture *f = *state;

	for (int format = FORMAT_RFC5424; format_names[format]; format++) {
		f->options.format = format;
		server_starts(f);
		sink_starts(f);
		send_numbers(f, 0, 100, 0);
		assert_receive(f, 0, 100);
		assert_settles(f);
		assert_true(sleeps(f));
		start_over(f);
		choose(f, ADDRESS_TLS);
	}
}

static void tls_1_2_is_enough(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(SSL_CTX_set_max_proto_version(tls.context, TLS1_2_VERSION), 1);
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 10, 0);
	assert_receive(f, 0, 10);
	assert_settles(f);
}

static void a_number_is_looked_for_in_the_certificate(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	assert_string_equal(tls.asked_for, "");
}

static void a_name_is_asked_for_and_looked_for_in_the_certificate(void **state)
{
	struct fixture *f = *state;

	f->options.server_name = text_of("loghost");
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	assert_string_equal(tls.asked_for, "loghost");
}

static void another_name_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	f->options.server_name = text_of("elsewhere");
	assert_no_session(f, "' is not trusted: hostname mismatch, retrying in");
}

static void another_number_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	f->options.server_name = text_of("192.0.2.7");
	assert_no_session(f, "' is not trusted: IP address mismatch, retrying in");
}

static void a_certificate_of_another_authority_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	write_cert(CA, &stranger);
	assert_no_session(f, "sink noc: the certificate of '127.0.0.1:");
	assert_int_equal(count_messages(f, "unable to get local issuer certificate"), 1);
}

static void a_self_signed_certificate_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	server_has(&stranger);
	assert_no_session(f, "' is not trusted: self-signed certificate, retrying in");
}

static void an_expired_certificate_is_not_trusted(void **state)
{
	struct fixture *f = *state;

	server_has(&expired);
	assert_no_session(f, "' is not trusted: certificate has expired, retrying in");
}

/* The system's trust store does not know our authority. */
static void without_a_file_the_systems_authorities_are_trusted(void **state)
{
	struct fixture *f = *state;

	f->options.ca = text_of("");
	assert_no_session(f, "' is not trusted: unable to get local issuer certificate");
}

static void without_verification_anybody_is_trusted(void **state)
{
	struct fixture *f = *state;

	server_has(&expired);
	f->options.ca = text_of("");
	f->options.server_name = text_of("elsewhere");
	f->options.verify = 0;
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
}

static void our_certificate_is_shown_to_who_demands_it(void **state)
{
	struct fixture *f = *state;
	X509 *shown;

	write_cert(CERT, &client);
	write_key(KEY, &client, NULL);
	use_file(&f->options.cert, CERT);
	use_file(&f->options.key, KEY);
	server_demands_a_certificate();
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	assert_settles(f);
	shown = SSL_get1_peer_certificate(tls.session);
	assert_int_equal(X509_cmp(shown, client.cert), 0);
	X509_free(shown);
}

/* In TLS 1.3 the client learns that only after its handshake. */
static void who_demands_a_certificate_and_gets_none_is_no_server_of_ours(void **state)
{
	struct fixture *f = *state;

	server_demands_a_certificate();
	assert_no_session(f, "sink noc: lost the connection to '127.0.0.1:");
	assert_int_equal(count_messages(f, "certificate required"), 1);
}

static void who_does_not_speak_tls_is_no_server_of_ours(void **state)
{
	struct fixture *f = *state;

	keep_messages(f);
	server_starts(f);
	sink_starts(f);
	f->idle = true;
	for (size_t i = 0; i < 3; i++) {
		while (f->peer < 0)
			turn(f);
		assert_int_equal(send(f->peer, "good morning\r\n", 14, MSG_NOSIGNAL), 14);
		server_hangs_up(f);
	}
	assert_int_equal(count_messages(f, "sink noc: cannot reach '127.0.0.1:"), 1);
	assert_int_equal(count_messages(f, "wrong version number"), 1);
}

static void who_never_answers_is_given_up_after_a_time(void **state)
{
	struct fixture *f = *state;
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);

	f->idle = true;
	server_starts(f);
	sink_starts(f);
	while (f->peer < 0)
		turn(f);
	assert_between(f->sink->wake_usec, now + CONNECTION_OPEN_USEC,
		io_now_usec(CLOCK_MONOTONIC) + CONNECTION_OPEN_USEC);
}

static void after_a_break_everything_not_settled_comes_again(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	socket_sink_set_settle_usec(f->sink, NEVER_USEC);
	send_numbers(f, 0, 100, 1000);
	assert_receive(f, 0, 100);
	server_ends(f);
	send_numbers(f, 100, 200, 1000);
	server_starts(f);
	assert_receive(f, 0, 200);
	assert_int_equal(f->sink->n_settled, 0);
}

static void after_a_break_nothing_settled_comes_again(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 100, 1000);
	assert_receive(f, 0, 100);
	assert_settles(f);
	server_ends(f);
	send_numbers(f, 100, 200, 1000);
	server_starts(f);
	assert_receive(f, 100, 200);
}

static void a_slow_reader_makes_the_sink_full_and_loses_nothing(void **state)
{
	struct fixture *f = *state;
	const int size = 4096;
	size_t n = 0;

	server_starts(f);
	assert_int_equal(setsockopt(f->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	sink_starts(f);
	send_numbers(f, n, n + 1, 0);
	assert_receive(f, n, n + 1);
	f->idle = true;
	for (n = 1; send_number(f, n, 3000) == 0;)
		n++;
	f->idle = false;
	send_numbers(f, n, n + 500, 3000);
	assert_receive(f, 1, n + 500);
	assert_settles(f);
	assert_int_equal(f->n_accepted, 1);
}

static void a_large_record_arrives_whole(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 3 * (size_t)SOCKET_WINDOW_MAX);
	send_numbers(f, 1, 2, 0);
	assert_receive(f, 0, 2);
	assert_settles(f);
}

static void new_keys_in_the_middle_of_a_session_cost_nothing(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	for (size_t i = 0; i < 10; i++) {
		send_numbers(f, 10 * i, 10 * i + 10, 1000);
		assert_receive(f, 10 * i, 10 * i + 10);
		assert_int_equal(SSL_key_update(tls.session, SSL_KEY_UPDATE_REQUESTED), 1);
		assert_int_equal(SSL_write(tls.session, "hello", 5), 5);
	}
	assert_settles(f);
	assert_int_equal(f->n_accepted, 1);
}

static void a_sink_that_is_freed_says_goodbye(void **state)
{
	struct fixture *f = *state;

	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	f->sink = sink_free(f->sink);
	(void)read_some(f);
	assert_int_equal(
		SSL_get_shutdown(tls.session) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

/* -- files that are no good -------------------------------------------- */

static void assert_no_sink(struct fixture *f, const char *said)
{
	keep_messages(f);
	f->options.address.text = text_of("tls:loghost:6514");
	assert_true(socket_sink_new("noc", &f->options, &f->sink) < 0);
	assert_null(f->sink);
	assert_int_equal(count_messages(f, said), 1);
	assert_int_equal(count_messages(f, "\n"), 1);
	assert_int_equal(ERR_peek_error(), 0);
}

static void a_missing_file_is_said_by_its_name(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlink(paths[CA]), 0);
	assert_no_sink(f, "/ca.pem': No such file or directory");
}

static void a_file_without_certificates_is_said_by_its_name(void **state)
{
	struct fixture *f = *state;

	write_key(CA, &client, NULL);
	assert_no_sink(f, "sink noc: cannot use the certificates in '/tmp/because-test.");
}

static void a_key_that_does_not_fit_is_said_by_its_name(void **state)
{
	struct fixture *f = *state;

	write_cert(CERT, &client);
	write_key(KEY, &server, NULL);
	use_file(&f->options.cert, CERT);
	use_file(&f->options.key, KEY);
	assert_no_sink(f, "/key.pem': key values mismatch");
}

static void a_key_that_needs_a_password_is_said_by_its_name(void **state)
{
	struct fixture *f = *state;
	char password[] = "open sesame";

	write_cert(CERT, &client);
	write_key(KEY, &client, password);
	use_file(&f->options.cert, CERT);
	use_file(&f->options.key, KEY);
	assert_no_sink(f, "sink noc: cannot use the key '/tmp/because-test.");
}

static void a_certificate_without_a_key_is_refused(void **state)
{
	struct fixture *f = *state;

	write_cert(CERT, &client);
	use_file(&f->options.cert, CERT);
	assert_no_sink(f, "sink noc: cert and key must be set together, one is missing");
}

#define TLS_TEST(function) cmocka_unit_test_setup_teardown(function, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(every_format_arrives),
		TLS_TEST(tls_1_2_is_enough),
		TLS_TEST(a_number_is_looked_for_in_the_certificate),
		TLS_TEST(a_name_is_asked_for_and_looked_for_in_the_certificate),
		TLS_TEST(another_name_is_not_trusted),
		TLS_TEST(another_number_is_not_trusted),
		TLS_TEST(a_certificate_of_another_authority_is_not_trusted),
		TLS_TEST(a_self_signed_certificate_is_not_trusted),
		TLS_TEST(an_expired_certificate_is_not_trusted),
		TLS_TEST(without_a_file_the_systems_authorities_are_trusted),
		TLS_TEST(without_verification_anybody_is_trusted),
		TLS_TEST(our_certificate_is_shown_to_who_demands_it),
		TLS_TEST(who_demands_a_certificate_and_gets_none_is_no_server_of_ours),
		TLS_TEST(who_does_not_speak_tls_is_no_server_of_ours),
		TLS_TEST(who_never_answers_is_given_up_after_a_time),
		TLS_TEST(after_a_break_everything_not_settled_comes_again),
		TLS_TEST(after_a_break_nothing_settled_comes_again),
		TLS_TEST(a_slow_reader_makes_the_sink_full_and_loses_nothing),
		TLS_TEST(a_large_record_arrives_whole),
		TLS_TEST(new_keys_in_the_middle_of_a_session_cost_nothing),
		TLS_TEST(a_sink_that_is_freed_says_goodbye),
		TLS_TEST(a_missing_file_is_said_by_its_name),
		TLS_TEST(a_file_without_certificates_is_said_by_its_name),
		TLS_TEST(a_key_that_does_not_fit_is_said_by_its_name),
		TLS_TEST(a_key_that_needs_a_password_is_said_by_its_name),
		TLS_TEST(a_certificate_without_a_key_is_refused),
	};

	return cmocka_run_group_tests(tests, make_identities, forget_identities);
}
