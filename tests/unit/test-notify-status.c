/* The service manager accepts every status that it is sent. */
#include "config.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/notify-status.h"

enum { MESSAGE_MAX = 4096 }; /* that systemd reads */

/* Send to a manager of our own; returns how many bytes it got. */
static size_t send_status(const char *text, char *message, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	(void)snprintf(
		address.sun_path, sizeof(address.sun_path), "/tmp/test-status-%d", (int)getpid());
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	status_send(text);
	n = recv(fd, message, size, MSG_DONTWAIT);
	(void)unlink(address.sun_path);
	(void)close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void a_line_is_sent_as_it_is(void **state)
{
	char message[2 * MESSAGE_MAX];
	size_t n = send_status("1 read, \xc3\xa4", message, sizeof(message));

	(void)state;
	assert_true(text_equal(text_make(message, n), text_of("STATUS=1 read, \xc3\xa4")));
}

static void what_is_too_long_is_cut(void **state)
{
	char text[2 * MESSAGE_MAX], message[2 * MESSAGE_MAX];
	size_t n;

	(void)state;
	/* A character of two bytes lies across every bound, whether that is odd or even. */
	for (size_t from = 0; from < 2; from++) {
		memset(text, 'a', sizeof(text));
		for (size_t i = from; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa4", 2);
		text[sizeof(text) - 1] = '\0';
		n = send_status(text, message, sizeof(message));
		assert_true(n > MESSAGE_MAX - 16 && n <= MESSAGE_MAX);
		assert_true(text_is_utf8(text_make(message, n)));
	}
}

static void what_is_no_text_is_masked(void **state)
{
	char message[2 * MESSAGE_MAX];
	size_t n = send_status("a\xff\nSTOPPING=1", message, sizeof(message));

	(void)state;
	assert_true(text_equal(text_make(message, n), text_of("STATUS=a??STOPPING=1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_sent_as_it_is),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(what_is_no_text_is_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
