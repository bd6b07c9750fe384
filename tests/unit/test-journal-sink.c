/* The journal sink against a real socket that stands in for journald's: it comes, is slow, goes and
 * comes back. Nothing waits here: a full queue is full at once, and an empty one is empty. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "native-decode.h"
#include "record/record.h"
#include "sink/journal/in-flight.h"
#include "sink/journal/journal-sink-options.h"
#include "sink/journal/journal-sink.h"
#include "wire/native.h"

enum {
	QUEUE_MAX = 100000,           /* more datagrams than any system queues */
	LARGE_LEN = 20 * 1024 * 1024, /* bytes of a message that no socket takes as a datagram */
};

struct fixture {
	char directory[32];
	struct sockaddr_un address;
	int listener; /* journald's end, -1 while it is away */
	struct sink *sink;
	struct record record;
	struct native_entry entry;
	char *bytes; /* of the last datagram */
};

static void journald_starts(struct fixture *f)
{
	const struct sockaddr *address = (const struct sockaddr *)&f->address;

	(void)unlink(f->address.sun_path);
	f->listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(f->listener >= 0);
	assert_int_equal(bind(f->listener, address, sizeof(f->address)), 0);
}

static void journald_ends(struct fixture *f)
{
	f->listener = close_fd(f->listener);
}

static int start(void **state)
{
	static struct fixture f;

	/* The messages of the sink do not belong in the output of the test. */
	log_open("test-journal-sink", LOG_EMERG - 1);
	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX", .listener = -1 };
	if (!mkdtemp(f.directory))
		return -1;
	f.address.sun_family = AF_UNIX;
	(void)snprintf(f.address.sun_path, sizeof(f.address.sun_path), "%s/socket", f.directory);
	f.record = record_make();
	*state = &f;
	return journal_sink_new_at("journal", f.address.sun_path, NULL, &f.sink);
}

static int finish(void **state)
{
	struct fixture *f = *state;

	f->sink = sink_free(f->sink);
	f->listener = close_fd(f->listener);
	record_done(&f->record);
	free(f->bytes);
	(void)unlink(f->address.sun_path);
	return rmdir(f->directory);
}

/* Make the record one with this message and a cause. */
static void fill(struct fixture *f, struct text message)
{
	struct finding *finding;

	record_clear(&f->record);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), message), 0);
	finding = record_add_finding(&f->record);
	assert_non_null(finding);
	*finding = (struct finding){ .code = "512", .numeric = true, .catalog = text_of("tiny") };
	f->record.priority = 4;
	f->record.source = f->record.instance = "test";
	f->record.position = text_of("1");
}

static int send_number(struct fixture *f, size_t number)
{
	char message[32];

	(void)snprintf(message, sizeof(message), "number %zu", number);
	fill(f, text_of(message));
	return sink_send(f->sink, &f->record);
}

static int send_large(struct fixture *f)
{
	CLEANUP(freep) char *message = test_repeat('x', LARGE_LEN);

	fill(f, text_make(message, LARGE_LEN));
	return sink_send(f->sink, &f->record);
}

/* Read all of a memory file that must be sealed as journald asks. */
static void take_memory_file(struct fixture *f, int fd)
{
	const int wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct stat status;

	assert_int_equal(fcntl(fd, F_GET_SEALS) & wanted, wanted);
	assert_int_equal(fstat(fd, &status), 0);
	assert_true(S_ISREG(status.st_mode) && status.st_size > LARGE_LEN);
	f->bytes = realloc(f->bytes, (size_t)status.st_size);
	assert_non_null(f->bytes);
	assert_int_equal(pread(fd, f->bytes, (size_t)status.st_size, 0), status.st_size);
	assert_int_equal(native_decode(text_make(f->bytes, (size_t)status.st_size), &f->entry), 0);
}

/* Receive one entry. Returns -1 when none is there, else whether it came as a memory file. */
static int receive(struct fixture *f)
{
	enum { SIZE = 256 * 1024 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec piece = { .iov_len = SIZE };
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	CLEANUP(closep) int fd = -1;
	ssize_t n;

	f->bytes = realloc(f->bytes, SIZE);
	assert_non_null(f->bytes);
	piece.iov_base = f->bytes;
	n = recvmsg(f->listener, &message, MSG_CMSG_CLOEXEC);
	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return -1;
	}
	assert_false(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
	if (message.msg_controllen == 0) {
		assert_int_equal(native_decode(text_make(f->bytes, (size_t)n), &f->entry), 0);
		return 0;
	}
	assert_int_equal(n, 0);
	assert_int_equal(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	take_memory_file(f, fd);
	return 1;
}

/* The next entry is the one with this number. */
static void assert_receive(struct fixture *f, size_t number)
{
	char wanted[80];

	assert_int_equal(receive(f), 0);
	(void)snprintf(wanted, sizeof(wanted),
		"number %zu [release cause 512 unknown to tiny, emerg]", number);
	assert_text(native_value(&f->entry, "MESSAGE", 0), wanted);
}

/* Send until the queue is full; returns how many went in. */
static size_t fill_queue(struct fixture *f)
{
	size_t n = 0;

	while (send_number(f, n) == 0)
		assert_true(++n < QUEUE_MAX);
	assert_true(n > 0);
	return n;
}

static void a_record_arrives_as_one_datagram(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	assert_int_equal(f->sink->n_taken, 1);
	assert_int_equal(f->sink->in_flight_max, IN_FLIGHT_MAX);
	assert_receive(f, 1);
	assert_text(native_value(&f->entry, "PRIORITY", 0), "4");
	assert_text(native_value(&f->entry, "RELEASE_CAUSE", 0), "512");
	assert_int_equal(receive(f), -1);
}

static void causes_without_fields_are_counted(void **state)
{
	struct fixture *f = *state;
	struct finding cause;

	journald_starts(f);
	fill(f, TEXT("number 1"));
	cause = f->record.findings[0];
	while (f->record.n_findings < NATIVE_FINDINGS_MAX + 3)
		*record_add_finding(&f->record) = cause;
	assert_int_equal(sink_send(f->sink, &f->record), 0);
	assert_int_equal(f->sink->n_causes_left, 3);
	assert_int_equal(send_number(f, 2), 0);
	assert_int_equal(f->sink->n_causes_left, 3);
}

static void records_arrive_in_order(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(send_number(f, i), 0);
		assert_receive(f, i);
	}
	assert_int_equal(f->sink->n_taken, 100);
}

static void a_large_record_arrives_as_a_sealed_memory_file(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_large(f), 0);
	assert_int_equal(f->sink->n_taken, 1);
	assert_int_equal(receive(f), 1);
	assert_int_equal(native_count(&f->entry, "MESSAGE"), 1);
	assert_true(native_value(&f->entry, "MESSAGE", 0).len > LARGE_LEN);
	assert_int_equal(receive(f), -1);
}

static void a_small_record_after_a_large_one_is_a_datagram_again(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_large(f), 0);
	assert_int_equal(send_number(f, 2), 0);
	assert_int_equal(receive(f), 1);
	assert_receive(f, 2);
}

/* Whether the sink's descriptor has an event. */
static bool is_ready(struct fixture *f)
{
	struct pollfd wait = { .fd = f->sink->fd, .events = (short)f->sink->events };

	return poll(&wait, 1, 0) == 1;
}

static void a_full_queue_makes_the_sink_full(void **state)
{
	struct fixture *f = *state;
	size_t n;

	journald_starts(f);
	n = fill_queue(f);
	assert_int_equal(send_number(f, n), SINK_FULL);
	assert_true(f->sink->wake_usec < UINT64_MAX);
	assert_false(is_ready(f));
	assert_int_equal(f->sink->n_taken, n);
	assert_int_equal(f->sink->n_refused, 0);
}

static void nothing_is_lost_or_sent_twice_when_a_full_queue_is_retried(void **state)
{
	struct fixture *f = *state;
	size_t n, n_received = 0;

	journald_starts(f);
	n = fill_queue(f);
	for (size_t i = n; i < 3 * n; i++) {
		assert_int_equal(send_number(f, i), SINK_FULL);
		assert_receive(f, n_received++);
		assert_int_equal(send_number(f, i), 0);
	}
	while (n_received < 3 * n)
		assert_receive(f, n_received++);
	assert_int_equal(receive(f), -1);
	assert_int_equal(f->sink->n_taken, 3 * n);
}

static void a_large_record_is_retried_like_any_other(void **state)
{
	struct fixture *f = *state;
	size_t n;

	journald_starts(f);
	n = fill_queue(f);
	assert_int_equal(send_large(f), SINK_FULL);
	for (size_t i = 0; i < n; i++)
		assert_receive(f, i);
	assert_int_equal(send_large(f), 0);
	assert_int_equal(receive(f), 1);
	assert_int_equal(receive(f), -1);
}

static void the_descriptor_tells_when_a_full_queue_has_room(void **state)
{
	struct fixture *f = *state;
	size_t n;

	journald_starts(f);
	n = fill_queue(f);
	assert_int_equal(send_number(f, n), SINK_FULL);
	assert_false(is_ready(f));
	for (size_t i = 0; i < n; i++)
		assert_receive(f, i);
	assert_true(is_ready(f));
}

static void without_journald_the_sink_is_full_and_has_nothing_to_poll(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(send_number(f, 1), SINK_FULL);
		assert_false(is_ready(f));
		assert_true(f->sink->wake_usec < UINT64_MAX);
	}
	assert_int_equal(f->sink->n_taken, 0);
	assert_int_equal(f->sink->n_refused, 0);
}

static void a_record_is_delivered_once_journald_appears(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(send_number(f, 1), SINK_FULL);
	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	assert_receive(f, 1);
	assert_int_equal(receive(f), -1);
	assert_int_equal(f->sink->n_taken, 1);
}

static void a_socket_without_a_process_is_no_journald(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	journald_ends(f);
	assert_int_equal(send_number(f, 1), SINK_FULL);
	assert_false(is_ready(f));
	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	assert_receive(f, 1);
}

static void a_journald_that_went_away_makes_the_sink_full_until_it_is_back(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	assert_receive(f, 1);
	journald_ends(f);
	assert_int_equal(send_number(f, 2), SINK_FULL);
	assert_int_equal(send_number(f, 2), SINK_FULL);
	journald_starts(f);
	assert_int_equal(send_number(f, 2), 0);
	assert_receive(f, 2);
	assert_int_equal(receive(f), -1);
}

/* The sink did nothing meanwhile: its first try finds the old socket dead. */
static void a_journald_that_restarted_in_between_gets_the_record_at_the_second_try(void **state)
{
	struct fixture *f = *state;
	int r;

	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	journald_ends(f);
	journald_starts(f);
	r = send_number(f, 2);
	assert_true(r == 0 || r == SINK_FULL);
	if (r == SINK_FULL)
		assert_int_equal(send_number(f, 2), 0);
	assert_receive(f, 2);
	assert_int_equal(receive(f), -1);
}

static void the_descriptor_is_the_same_after_a_reconnect(void **state)
{
	struct fixture *f = *state;
	int fd;

	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	fd = f->sink->fd;
	journald_ends(f);
	assert_int_equal(send_number(f, 2), SINK_FULL);
	journald_starts(f);
	assert_int_equal(send_number(f, 2), 0);
	assert_int_equal(f->sink->fd, fd);
}

static void a_flush_with_nothing_sent_is_done(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sink_flush(f->sink), 0);
	journald_starts(f);
	assert_int_equal(sink_flush(f->sink), 0);
}

static void a_flush_is_pending_until_journald_has_read(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_number(f, 1), 0);
	assert_int_equal(send_number(f, 2), 0);
	assert_int_equal(sink_flush(f->sink), SINK_FULL);
	assert_true(f->sink->wake_usec < UINT64_MAX);
	assert_receive(f, 1);
	assert_int_equal(sink_flush(f->sink), SINK_FULL);
	assert_receive(f, 2);
	assert_int_equal(sink_flush(f->sink), 0);
}

static void a_flush_is_pending_for_a_memory_file_too(void **state)
{
	struct fixture *f = *state;

	journald_starts(f);
	assert_int_equal(send_large(f), 0);
	assert_int_equal(sink_flush(f->sink), SINK_FULL);
	assert_int_equal(receive(f), 1);
	assert_int_equal(sink_flush(f->sink), 0);
}

static void a_path_at_the_bound_is_taken_and_one_past_it_refused(void **state)
{
	const size_t size = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	CLEANUP(sink_freep) struct sink *sink = NULL;
	CLEANUP(freep) char *path = test_repeat('/', size);

	(void)state;
	assert_int_equal(journal_sink_new_at("journal", path, NULL, &sink), -ENAMETOOLONG);
	assert_null(sink);
	path[size - 1] = '\0';
	assert_int_equal(journal_sink_new_at("journal", path, NULL, &sink), 0);
}

static void a_namespace_too_long_for_a_socket_is_refused(void **state)
{
	CLEANUP(freep) char *name = test_repeat('n', 200);
	struct journal_sink_options options = { .namespace = text_of(name) };
	const struct journal_sink_sender sender = { .instance = "becaused" };
	CLEANUP(sink_freep) struct sink *sink = NULL;

	(void)state;
	assert_int_equal(journal_sink_new("journal", &options, &sender, &sink), -ENAMETOOLONG);
	assert_null(sink);
	options.namespace = text_of("");
	assert_int_equal(journal_sink_new("journal", &options, &sender, &sink), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_arrives_as_one_datagram),
		TEST(causes_without_fields_are_counted),
		TEST(records_arrive_in_order),
		TEST(a_large_record_arrives_as_a_sealed_memory_file),
		TEST(a_small_record_after_a_large_one_is_a_datagram_again),
		TEST(a_full_queue_makes_the_sink_full),
		TEST(nothing_is_lost_or_sent_twice_when_a_full_queue_is_retried),
		TEST(a_large_record_is_retried_like_any_other),
		TEST(the_descriptor_tells_when_a_full_queue_has_room),
		TEST(without_journald_the_sink_is_full_and_has_nothing_to_poll),
		TEST(a_record_is_delivered_once_journald_appears),
		TEST(a_socket_without_a_process_is_no_journald),
		TEST(a_journald_that_went_away_makes_the_sink_full_until_it_is_back),
		TEST(a_journald_that_restarted_in_between_gets_the_record_at_the_second_try),
		TEST(the_descriptor_is_the_same_after_a_reconnect),
		TEST(a_flush_with_nothing_sent_is_done),
		TEST(a_flush_is_pending_until_journald_has_read),
		TEST(a_flush_is_pending_for_a_memory_file_too),
		TEST(a_path_at_the_bound_is_taken_and_one_past_it_refused),
		TEST(a_namespace_too_long_for_a_socket_is_refused),
	};

	return cmocka_run_group_tests_name("sink/journal", tests, NULL, NULL);
}
