/* Tests of flow/setup/tls-files, through the setup that both programs start with. */
#include "config.h"

#include "test-identity.h"

#include <dlfcn.h>
#include <ftw.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "flow/setup/setup.h"
#include "flow/setup/tls-files.h"

struct fixture {
	char top[32];
	struct identity ours, others;
	char config[64];
	struct setup_options options;
	struct diag diag;
};

static bool openssl_is_missing;

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
	return __real_dlopen(openssl_is_missing ? "/none/libssl.so" : name, flags);
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
	(void)status, (void)flag, (void)where;
	return remove(path);
}

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", f->top, name);
	return path;
}

static void put(const struct fixture *f, const char *name, const char *content)
{
	assert_int_equal(io_replace_file(path_of(f, name), 0644, content, strlen(content)), 0);
}

static void put_cert(const struct fixture *f, const char *name, const struct identity *identity)
{
	FILE *stream = fopen(path_of(f, name), "we");

	assert_non_null(stream);
	assert_int_equal(PEM_write_X509(stream, identity->cert), 1);
	assert_int_equal(fclose(stream), 0);
}

static void put_certs(const struct fixture *f, const char *name, size_t n)
{
	FILE *stream = fopen(path_of(f, name), "we");

	assert_non_null(stream);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			PEM_write_X509(stream, i + 1 < n ? f->ours.cert : f->others.cert), 1);
	assert_int_equal(fclose(stream), 0);
}

static void put_key(const struct fixture *f, const char *name, const struct identity *identity)
{
	FILE *stream = fopen(path_of(f, name), "we");

	assert_non_null(stream);
	assert_int_equal(PEM_write_PrivateKey(stream, identity->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(stream), 0);
}

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .top = "/tmp/because-test.XXXXXX" };
	(void)umask(022);
	if (!mkdtemp(f.top))
		return -1;
	issue(&f.ours, "ours", NULL, NULL, 30);
	issue(&f.others, "others", NULL, NULL, 30);
	put_cert(&f, "ca.pem", &f.others);
	put_cert(&f, "cert.pem", &f.ours);
	put_key(&f, "key.pem", &f.ours);
	put(&f, "junk.pem", "junk\n");
	if (mkdir(path_of(&f, "profiles"), 0755) < 0 || mkdir(path_of(&f, "catalogs"), 0755) < 0)
		return -1;
	put(&f, "catalogs/c.yaml",
		"catalog: c\ncauses: [{code: 1, name: a, severity: err, description: x}]\n");
	put(&f, "profiles/p.yaml", "profile: p\ncatalog: c\nkeys: [k]\n");
	(void)snprintf(f.config, sizeof(f.config), "%s/becaused.yaml", f.top);
	f.options = (struct setup_options){ .config = f.config, .data = f.top, .for_daemon = true };
	*state = &f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	forget(&f->ours);
	forget(&f->others);
	diag_done(&f->diag);
	return nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int load(struct fixture *f)
{
	struct setup setup = { 0 };
	int r;

	diag_done(&f->diag);
	r = setup_load(&setup, &f->options, &f->diag);
	setup_done(&setup);
	return r;
}

/* Load a configuration whose one sink has these files; what does not begin with a slash lies in the
 * directory of the test, NULL is left out. */
static int load_sink(struct fixture *f, const char *ca, const char *cert, const char *key)
{
	const char *const names[] = { "ca", "cert", "key" };
	const char *const files[] = { ca, cert, key };
	char text[1024];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text),
		"profiles: [p]\nsinks:\n  - name: noc\n"
		"    socket: {address: 'tls:127.0.0.1:6514'");
	for (size_t i = 0; i < 3; i++)
		if (files[i])
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				",\n      %s: %s%s%s", names[i], files[i][0] == '/' ? "" : f->top,
				files[i][0] == '/' ? "" : "/", files[i]);
	(void)snprintf(text + len, sizeof(text) - len, "}\n");
	put(f, "becaused.yaml", text);
	return load(f);
}

/* The one error or warning names the sink and the file, at the line and column of its path. */
static void assert_names(const struct fixture *f, const struct diag_error *item, unsigned line,
	unsigned column, const char *path, const char *part)
{
	assert_int_equal(item->line, line);
	assert_int_equal(item->column, column);
	assert_string_equal(item->file, f->config);
	assert_non_null(strstr(item->text, "sink noc: cannot use the "));
	assert_non_null(strstr(item->text, path));
	assert_non_null(strstr(item->text, part));
}

static void files_that_fit_are_right(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_sink(f, "ca.pem", "cert.pem", "key.pem"), 0);
	assert_int_equal(load_sink(f, "ca.pem", NULL, NULL), 0);
	assert_int_equal(load_sink(f, NULL, NULL, NULL), 0);
	assert_int_equal(diag_count_warnings(&f->diag), 0);
}

static void a_file_that_is_not_there_is_an_error_at_its_place(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_sink(f, "none.pem", NULL, NULL), -EINVAL);
	assert_int_equal(diag_count(&f->diag), 1);
	assert_names(f, &f->diag.errors[0], 5, 11, "/none.pem'", "No such file or directory");
}

static void every_file_is_looked_at(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_sink(f, "junk.pem", "none.pem", "junk.pem"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 3);
	assert_names(f, &f->diag.errors[0], 5, 11, "/junk.pem'", "the certificates in '");
	assert_names(f, &f->diag.errors[1], 6, 13, "/none.pem'", "the certificate '");
	assert_names(f, &f->diag.errors[2], 7, 12, "/junk.pem'", "the key '");
}

static void a_key_of_another_certificate_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_key(f, "key.pem", &f->others);
	assert_int_equal(load_sink(f, "ca.pem", "cert.pem", "key.pem"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 1);
	assert_names(f, &f->diag.errors[0], 7, 12, "/key.pem'", "key values mismatch");
}

/* A pipe without a writer would block every start and reload. */
static void a_pipe_is_refused_at_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(path_of(f, "pipe.pem"), 0644), 0);
	assert_int_equal(load_sink(f, "pipe.pem", "pipe.pem", "pipe.pem"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 3);
	assert_names(f, &f->diag.errors[0], 5, 11, "/pipe.pem'", "not a regular file");
	assert_names(f, &f->diag.errors[1], 6, 13, "/pipe.pem'", "not a regular file");
	assert_names(f, &f->diag.errors[2], 7, 12, "/pipe.pem'", "not a regular file");
	assert_int_equal(load_sink(f, "/dev/zero", NULL, NULL), -EINVAL);
	assert_names(f, &f->diag.errors[0], 5, 11, "/dev/zero'", "not a regular file");
}

static void a_file_of_any_size_is_not_read_to_its_end(void **state)
{
	struct fixture *f = *state;

	put(f, "huge.pem", "");
	assert_int_equal(truncate(path_of(f, "huge.pem"), (off_t)64 * 1024 * 1024), 0);
	assert_int_equal(load_sink(f, "huge.pem", "huge.pem", "huge.pem"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 3);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(f->diag.errors[i].text, "File too large"));
}

/* Twice what a system has. */
static void a_bundle_and_a_chain_are_read(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	put_certs(f, "bundle.pem", 1000);
	assert_int_equal(stat(path_of(f, "bundle.pem"), &status), 0);
	assert_between(status.st_size, 400 * 1000, 4 * 1024 * 1024);
	put_certs(f, "chain.pem", 3);
	assert_int_equal(load_sink(f, "bundle.pem", "chain.pem", "key.pem"), 0);
	put(f, "empty.pem", "");
	assert_int_equal(load_sink(f, "empty.pem", NULL, NULL), -EINVAL);
	assert_names(
		f, &f->diag.errors[0], 5, 11, "/empty.pem'", "the file holds nothing in PEM form");
	assert_int_equal(load_sink(f, "key.pem", NULL, NULL), -EINVAL);
	assert_names(
		f, &f->diag.errors[0], 5, 11, "/key.pem'", "the file holds nothing in PEM form");
}

static void a_key_with_a_password_is_reported_to_need_one(void **state)
{
	struct fixture *f = *state;
	FILE *stream = fopen(path_of(f, "key.pem"), "we");

	assert_non_null(stream);
	assert_int_equal(PEM_write_PKCS8PrivateKey(
				 stream, f->ours.key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL),
		1);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(load_sink(f, "ca.pem", "cert.pem", "key.pem"), -EINVAL);
	assert_names(f, &f->diag.errors[0], 7, 12, "/key.pem'",
		"needs a password, which is not supported");
}

/* OpenSSL's own message about a text file would be no help. */
static void a_file_that_is_no_certificate_is_reported_in_plain_words(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_sink(f, "ca.pem", "junk.pem", "key.pem"), -EINVAL);
	assert_names(
		f, &f->diag.errors[0], 6, 13, "/junk.pem'", "the file holds nothing in PEM form");
}

static void a_file_that_may_not_be_read_is_an_error_of_its_own(void **state)
{
	struct fixture *f = *state;
	uid_t user = geteuid();
	int r;

	assert_int_equal(load_sink(f, "ca.pem", "cert.pem", "key.pem"), 0);
	assert_int_equal(chmod(path_of(f, "key.pem"), 0), 0);
	assert_int_equal(chmod(f->top, 0755), 0);
	/* Root may read all. */
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	r = load(f);
	if (user == 0)
		assert_int_equal(seteuid(user), 0);
	assert_int_equal(r, -EINVAL);
	assert_names(f, &f->diag.errors[0], 7, 12, "/key.pem'", "Permission denied");
}

/* No test can make that directory, and none has to. */
static void a_credential_that_is_not_there_yet_is_a_warning(void **state)
{
	static const char path[] = TLS_FILES_CREDENTIALS "because-test.service/key";
	struct fixture *f = *state;

	assert_int_equal(load_sink(f, "ca.pem", "cert.pem", path), 0);
	assert_int_equal(f->diag.n_warnings, 1);
	assert_names(f, &f->diag.warnings[0], 7, 12, path, "LoadCredential=");
}

static void a_credential_that_should_be_there_is_an_error(void **state)
{
	static const char *const paths[] = { TLS_FILES_CREDENTIALS "because-test.service/key",
		TLS_FILES_CREDENTIALS "other.service/key" };
	struct fixture *f = *state;

	f->options.within_service = true;
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(load_sink(f, "ca.pem", "cert.pem", paths[i]), -EINVAL);
		assert_int_equal(f->diag.n_errors, 1);
		assert_names(f, &f->diag.errors[0], 7, 12, paths[i], "No such file or directory");
	}
}

/* Nothing that systemd does would bring such a file. */
static void what_only_looks_like_a_credential_is_an_error(void **state)
{
	static const char *const paths[] = {
		TLS_FILES_CREDENTIALS "../../etc/because-test/key",
		TLS_FILES_CREDENTIALS "because-test.service/../../../because-test",
		TLS_FILES_CREDENTIALS "because-test.service/..",
		TLS_FILES_CREDENTIALS "because-test.service/",
		TLS_FILES_CREDENTIALS "because-test/key",
		TLS_FILES_CREDENTIALS ".service/key",
		TLS_FILES_CREDENTIALS "key",
		"/run/credentials-of-because-test.service/key",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(load_sink(f, "ca.pem", "cert.pem", paths[i]), -EINVAL);
		assert_int_equal(diag_count_warnings(&f->diag), 0);
		assert_int_equal(f->diag.n_errors, 1);
	}
}

static void without_openssl_a_sink_with_tls_is_an_error(void **state)
{
	struct fixture *f = *state;
	int r;

	openssl_is_missing = true;
	r = load_sink(f, "ca.pem", NULL, NULL);
	openssl_is_missing = false;
	assert_int_equal(r, -EINVAL);
	assert_errors(&f->diag, { 3, 5, "sink noc: cannot use TLS without OpenSSL" });
	assert_int_equal(load_sink(f, "ca.pem", NULL, NULL), 0);
}

/* `because explain` needs no certificates. */
static void only_what_starts_needs_them(void **state)
{
	struct fixture *f = *state;

	f->options.for_daemon = false;
	assert_int_equal(load_sink(f, "none.pem", NULL, NULL), 0);
}

#define TLS_FILES_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_FILES_TEST(files_that_fit_are_right),
		TLS_FILES_TEST(a_file_that_is_not_there_is_an_error_at_its_place),
		TLS_FILES_TEST(every_file_is_looked_at),
		TLS_FILES_TEST(a_key_of_another_certificate_is_an_error),
		TLS_FILES_TEST(a_pipe_is_refused_at_once),
		TLS_FILES_TEST(a_file_of_any_size_is_not_read_to_its_end),
		TLS_FILES_TEST(a_bundle_and_a_chain_are_read),
		TLS_FILES_TEST(a_key_with_a_password_is_reported_to_need_one),
		TLS_FILES_TEST(a_file_that_is_no_certificate_is_reported_in_plain_words),
		TLS_FILES_TEST(a_file_that_may_not_be_read_is_an_error_of_its_own),
		TLS_FILES_TEST(a_credential_that_is_not_there_yet_is_a_warning),
		TLS_FILES_TEST(a_credential_that_should_be_there_is_an_error),
		TLS_FILES_TEST(what_only_looks_like_a_credential_is_an_error),
		TLS_FILES_TEST(without_openssl_a_sink_with_tls_is_an_error),
		TLS_FILES_TEST(only_what_starts_needs_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
