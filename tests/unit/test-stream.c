/* The stream source and the stream sink on real descriptors. A pipe in packet mode (O_DIRECT) gives
 * back exactly the pieces that were written, one each read, so that every size of read is met
 * without any timing. Long lines come from memory files. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "record/record.h"
#include "sink/stream-sink.h"
#include "source/stream-source.h"
#include "wire/format.h"

enum { INPUT_MAX = 64 * 1024 * 1024 };

/* The sum of the blocks of a source. */
struct reading {
	struct buffer bytes;
	size_t n_blocks, n_continues;
	bool in_line; /* the last block ended inside a line */
};

static void reading_done(struct reading *reading)
{
	buffer_done(&reading->bytes);
}

/* Check one block against the contract in source.h and what came before it. */
static void expect_position(const struct source_position *position, void *userdata)
{
	assert_int_equal(position->stream.len, 0);
	assert_true(text_equal(position->position, text_of(userdata)));
}

static void take_block(
	struct reading *reading, struct source *source, const struct source_block *block)
{
	char wanted[24];

	reading->n_blocks++;
	assert_true(block->bytes.len > 0);
	assert_true(block->bytes.len <= STREAM_LINE_MAX);
	assert_int_equal(block->offset, reading->bytes.len);
	assert_int_equal(block->continued, reading->in_line);
	if (block->continues) {
		assert_int_equal(block->bytes.len, STREAM_LINE_MAX);
		assert_null(memchr(block->bytes.data, '\n', block->bytes.len));
	}
	reading->in_line = block->continues;
	reading->n_continues += block->continues;
	buffer_add_text(&reading->bytes, block->bytes);

	(void)snprintf(wanted, sizeof(wanted), "%zu", reading->bytes.len);
	assert_int_equal(source_visit_positions(source, expect_position, wanted), 0);
}

/* Pull `fd` to its end; only the last block may end inside a line. */
static struct reading read_all(int fd)
{
	CLEANUP(source_freep) struct source *source = NULL;
	struct reading reading = { .bytes = buffer_make(INPUT_MAX) };
	struct source_item item;
	bool whole = true;
	int r;

	assert_int_equal(stream_source_new("test", fd, &source), 0);
	while ((r = source_pull(source, &item)) == 0) {
		assert_null(item.record);
		assert_true(whole);
		take_block(&reading, source, &item.block);
		whole = item.block.continues ||
			item.block.bytes.data[item.block.bytes.len - 1] == '\n';
	}
	assert_int_equal(r, SOURCE_END);
	assert_int_equal(source_pull(source, &item), SOURCE_END);
	assert_int_equal(buffer_finish(&reading.bytes), 0);
	return reading;
}

/* A child that writes `t` in pieces of `size` bytes, each of them one read for the other side. */
static pid_t write_pieces(struct text t, size_t size, int *ret_fd)
{
	int fds[2];
	pid_t child;

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_DIRECT), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (size_t at = 0; at < t.len; at += size) {
			size_t n = t.len - at < size ? t.len - at : size;

			if (io_write(fds[1], t.data + at, n) < 0)
				_exit(1);
		}
		_exit(0);
	}
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return child;
}

/* The text comes whole when it is written in pieces of this size; returns in how many blocks. */
static size_t assert_comes_whole(struct text t, size_t size)
{
	CLEANUP(reading_done) struct reading reading = { 0 };
	int fd, status;
	pid_t child = write_pieces(t, size, &fd);

	reading = read_all(fd);
	assert_true(text_equal(buffer_text(&reading.bytes), t));
	assert_int_equal(reading.n_continues, 0);
	(void)close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return reading.n_blocks;
}

static int memory_file(struct text t)
{
	int fd = memfd_create("test-stream", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, t.data, t.len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* `n_lines` lines of all lengths from 0 to 99 bytes. */
static void add_lines(struct buffer *out, size_t n_lines)
{
	for (size_t i = 0; i < n_lines; i++) {
		for (size_t j = 0; j < i * 37 % 100; j++)
			buffer_add_char(out, (char)('a' + j % 26));
		buffer_add_char(out, '\n');
	}
}

/* -- the source ------------------------------------------------------- */

static void blocks_are_whole_lines_when_bytes_come_one_by_one(void **state)
{
	CLEANUP(buffer_done) struct buffer lines = buffer_make(INPUT_MAX);

	(void)state;
	add_lines(&lines, 50);
	assert_int_equal(assert_comes_whole(buffer_text(&lines), 1), 50);
}

static void blocks_are_whole_lines_whatever_the_sizes_of_the_reads(void **state)
{
	static const size_t sizes[] = { 2, 3, 7, 13, 99, 100, 101, 1000, 4095, 4096 };
	CLEANUP(buffer_done) struct buffer lines = buffer_make(INPUT_MAX);

	(void)state;
	add_lines(&lines, 3000);
	for (size_t i = 0; i < COUNT(sizes); i++)
		(void)assert_comes_whole(buffer_text(&lines), sizes[i]);
}

static void a_line_across_many_reads_comes_in_one_block(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };
	CLEANUP(closep) int fd = -1;
	pid_t child;
	int status;

	(void)state;
	child = write_pieces(text_of("abcdefghijklmnopqrstuvwxyz\n"), 1, &fd);
	reading = read_all(fd);
	assert_int_equal(reading.n_blocks, 1);
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void a_line_is_given_out_before_the_writer_ends(void **state)
{
	CLEANUP(source_freep) struct source *source = NULL;
	CLEANUP(closep) int reader = -1;
	CLEANUP(closep) int writer = -1;
	struct source_item item;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	reader = fds[0];
	writer = fds[1];
	assert_int_equal(stream_source_new("test", reader, &source), 0);
	assert_int_equal(io_write(writer, "one\ntw", 6), 0);
	assert_int_equal(source_pull(source, &item), 0);
	assert_true(text_equal(item.block.bytes, text_of("one\n")));
	assert_int_equal(io_write(writer, "o\n", 2), 0);
	assert_int_equal(source_pull(source, &item), 0);
	assert_true(text_equal(item.block.bytes, text_of("two\n")));
	assert_int_equal(item.block.offset, 4);
}

static void a_last_line_without_line_end_comes_as_it_is(void **state)
{
	(void)state;
	(void)assert_comes_whole(text_of("one\ntwo"), 1);
	(void)assert_comes_whole(text_of("one\ntwo"), 100);
	(void)assert_comes_whole(text_of("x"), 100);
	(void)assert_comes_whole(text_of("\n\n\n"), 1);
}

static void empty_input_is_the_end_at_once(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };
	CLEANUP(closep) int fd = memory_file(text_of(""));

	(void)state;
	reading = read_all(fd);
	assert_int_equal(reading.n_blocks, 0);
}

static void nul_bytes_and_carriage_returns_are_bytes_like_others(void **state)
{
	static const char bytes[] = "a\0b\r\n\0\n\r\r\n\xFF\xFE\n";

	(void)state;
	(void)assert_comes_whole(text_make(bytes, sizeof(bytes) - 1), 1);
	(void)assert_comes_whole(text_make(bytes, sizeof(bytes) - 1), 4);
}

static void a_file_of_many_blocks_comes_whole(void **state)
{
	CLEANUP(buffer_done) struct buffer lines = buffer_make(INPUT_MAX);
	CLEANUP(reading_done) struct reading reading = { 0 };
	CLEANUP(closep) int fd = -1;

	(void)state;
	add_lines(&lines, 50000);
	fd = memory_file(buffer_text(&lines));
	reading = read_all(fd);
	assert_true(reading.n_blocks > lines.len / STREAM_BLOCK_SIZE);
	assert_true(text_equal(buffer_text(&reading.bytes), buffer_text(&lines)));
}

/* A line of `len` bytes without its line end, and another after it. */
static struct reading read_long_line(size_t len)
{
	CLEANUP(buffer_done) struct buffer bytes = buffer_make(INPUT_MAX);
	CLEANUP(closep) int fd = -1;
	struct reading reading;

	buffer_add_string(&bytes, "before\n");
	assert_int_equal(buffer_reserve(&bytes, len + 8), 0);
	memset(bytes.data + bytes.len, 'x', len);
	bytes.len += len;
	buffer_add_string(&bytes, "\nafter\n");
	fd = memory_file(buffer_text(&bytes));
	reading = read_all(fd);
	assert_true(text_equal(buffer_text(&reading.bytes), buffer_text(&bytes)));
	return reading;
}

static void a_line_longer_than_a_block_comes_in_one(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };

	(void)state;
	reading = read_long_line((size_t)5 * STREAM_BLOCK_SIZE + 1);
	assert_int_equal(reading.n_continues, 0);
}

/* The line end is part of what must fit. */
static void a_line_at_the_bound_comes_in_one_block(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };

	(void)state;
	reading = read_long_line(STREAM_LINE_MAX - 1);
	assert_int_equal(reading.n_continues, 0);
}

static void a_line_past_the_bound_continues_in_the_next_block(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };

	(void)state;
	reading = read_long_line(STREAM_LINE_MAX);
	assert_int_equal(reading.n_continues, 1);
}

static void a_line_of_several_bounds_continues_each_time(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };

	(void)state;
	reading = read_long_line((size_t)2 * STREAM_LINE_MAX + STREAM_BLOCK_SIZE);
	assert_int_equal(reading.n_continues, 2);
}

/* UTF-8 text of ASCII and of characters of 2, 3 and 4 bytes as UTF-16, with its mark. */
static void add_utf16(struct buffer *out, bool big, struct text utf8)
{
	static const unsigned char first[] = { 0x7F, 0, 0x1F, 0x0F, 0x07 };

	buffer_add(out, big ? "\xFE\xFF" : "\xFF\xFE", 2);
	for (size_t i = 0, len; i < utf8.len; i += len) {
		unsigned char lead = (unsigned char)utf8.data[i];
		uint32_t code, units[2];

		len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
		code = lead & first[len == 1 ? 0 : len];
		for (size_t j = 1; j < len; j++)
			code = code << 6 | ((unsigned char)utf8.data[i + j] & 0x3F);
		units[0] = code < 0x10000 ? code : 0xD800 + ((code - 0x10000) >> 10);
		units[1] = 0xDC00 + ((code - 0x10000) & 0x3FF);
		for (size_t j = 0; j < (code < 0x10000 ? 1 : 2); j++) {
			buffer_add_char(out, (char)(big ? units[j] >> 8 : units[j]));
			buffer_add_char(out, (char)(big ? units[j] : units[j] >> 8));
		}
	}
}

static void expect_reading(struct text written, size_t size, struct text expected)
{
	CLEANUP(reading_done) struct reading reading = { 0 };
	CLEANUP(closep) int fd = -1;
	int status;
	pid_t child = write_pieces(written, size, &fd);

	reading = read_all(fd);
	assert_true(text_equal(buffer_text(&reading.bytes), expected));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void utf16_with_a_mark_comes_as_utf8(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 7, 100, 4096 };
	CLEANUP(buffer_done) struct buffer lines = buffer_make(INPUT_MAX);

	(void)state;
	for (size_t i = 0; i < 100; i++)
		buffer_add_format(
			&lines, "call %zu \xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80 end\r\n", i);
	for (int big = 0; big <= 1; big++) {
		CLEANUP(buffer_done) struct buffer written = buffer_make(INPUT_MAX);

		add_utf16(&written, big, buffer_text(&lines));
		for (size_t i = 0; i < COUNT(sizes); i++)
			expect_reading(buffer_text(&written), sizes[i], buffer_text(&lines));
	}
}

static void what_only_begins_like_a_mark_comes_as_it_is(void **state)
{
	static const struct {
		struct text written, expected;
	} rows[] = {
		{ TEXT("\xFF"), TEXT("\xFF") },
		{ TEXT("\xFE\n"), TEXT("\xFE\n") },
		{ TEXT("\xFFx\n\xFE"), TEXT("\xFFx\n\xFE") },
		{ TEXT("\n\xFF\xFE"), TEXT("\n\xFF\xFE") },
		{ TEXT("\xFF\xFE\0\0a\0\0\0"), TEXT("\xFF\xFE\0\0a\0\0\0") },
		/* Whole marks, with little behind them. */
		{ TEXT("\xFF\xFE"), TEXT("") },
		{ TEXT("\xFE\xFF"), TEXT("") },
		{ TEXT("\xFF\xFE\n"), TEXT("\xEF\xBF\xBD") },
		{ TEXT("\xFF\xFE\n\0"), TEXT("\n") },
		{ TEXT("\xFF\xFE\n\0\n"), TEXT("\n\xEF\xBF\xBD") },
		{ TEXT("\xFE\xFF\0a\xD8\0"), TEXT("a\xEF\xBF\xBD") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t size = 1; size <= 8; size++)
			expect_reading(rows[i].written, size, rows[i].expected);
}

/* Every character has three bytes, of which the bound of a line is no multiple. */
static void a_line_of_utf16_past_the_bound_comes_in_parts(void **state)
{
	enum { N = STREAM_LINE_MAX / 3 + 1000 };
	CLEANUP(source_freep) struct source *source = NULL;
	CLEANUP(buffer_done) struct buffer bytes = buffer_make(INPUT_MAX);
	CLEANUP(closep) int fd = -1;
	struct source_item item;

	(void)state;
	buffer_add(&bytes, "\xFE\xFF", 2);
	for (size_t i = 0; i < N; i++)
		buffer_add(&bytes, "\x4E\x2D", 2);
	buffer_add(&bytes, "\0\n\0a", 4);
	fd = memory_file(buffer_text(&bytes));
	assert_int_equal(stream_source_new("test", fd, &source), 0);
	assert_int_equal(source_pull(source, &item), 0);
	assert_true(item.block.continues);
	assert_int_equal(item.block.bytes.len, STREAM_LINE_MAX / 3 * 3);
	assert_int_equal(source_pull(source, &item), 0);
	assert_true(item.block.continued && !item.block.continues);
	assert_int_equal(item.block.bytes.len, (N - STREAM_LINE_MAX / 3) * 3 + 1);
	assert_int_equal(source_pull(source, &item), 0);
	assert_text(item.block.bytes, "a");
	assert_int_equal(source_pull(source, &item), SOURCE_END);
}

static void a_failing_read_is_an_error_and_no_end(void **state)
{
	CLEANUP(source_freep) struct source *source = NULL;
	CLEANUP(closep) int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct source_item item;

	(void)state;
	assert_int_equal(stream_source_new("test", fd, &source), 0);
	assert_int_equal(source_pull(source, &item), -EISDIR);
}

/* As a shell leaves it when another program has set O_NONBLOCK on the terminal. */
static void a_descriptor_that_does_not_block_is_waited_for(void **state)
{
	CLEANUP(reading_done) struct reading reading = { 0 };
	CLEANUP(closep) int fd = -1;
	pid_t child = write_pieces(text_of("one\ntwo\n"), 1, &fd);
	int status;

	(void)state;
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	reading = read_all(fd);
	assert_true(text_equal(buffer_text(&reading.bytes), text_of("one\ntwo\n")));
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void a_stream_has_nothing_to_wait_for(void **state)
{
	CLEANUP(source_freep) struct source *source = NULL;
	CLEANUP(closep) int fd = memory_file(text_of("x\n"));
	uint64_t usec = 0;

	(void)state;
	assert_int_equal(stream_source_new("test", fd, &source), 0);
	assert_int_equal(source_process(source), 0);
	assert_int_equal(source_timeout(source, &usec), 0);
	assert_true(usec == UINT64_MAX);
}

static void the_sources_descriptor_stays_the_callers(void **state)
{
	CLEANUP(closep) int fd = memory_file(text_of("x\n"));
	struct source *source = NULL;

	(void)state;
	assert_int_equal(stream_source_new("test", fd, &source), 0);
	source = source_free(source);
	assert_null(source);
	assert_true(fcntl(fd, F_GETFD) >= 0);
}

/* -- the sink --------------------------------------------------------- */

static const struct encode_options json = { .format = FORMAT_JSON };

struct fixture {
	int reader, writer;
	struct sink *sink;
	struct record record;
};

static int start(void **state)
{
	static struct fixture f;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	f.reader = fds[0];
	f.writer = fds[1];
	f.record = record_make();
	f.sink = NULL;
	*state = &f;
	return stream_sink_new("test", f.writer, &json, &f.sink);
}

static int finish(void **state)
{
	struct fixture *f = *state;

	f->sink = sink_free(f->sink);
	f->reader = close_fd(f->reader);
	f->writer = close_fd(f->writer);
	record_done(&f->record);
	return 0;
}

static void send_message(struct fixture *f, const char *message)
{
	record_clear(&f->record);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), text_of(message)), 0);
	assert_int_equal(sink_send(f->sink, &f->record), 0);
}

/* Check that the sink has written exactly this since the last time. */
static void assert_written(struct fixture *f, const char *wanted)
{
	char bytes[4096];
	ssize_t n = read(f->reader, bytes, sizeof(bytes));

	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	assert_int_equal(n < 0 ? 0 : n, strlen(wanted));
	if (n > 0)
		assert_memory_equal(bytes, wanted, (size_t)n);
}

/* A record without causes as JSON. */
#define RECORD(message) "{\"message\":\"" message "\",\"context\":{},\"causes\":[]}\n"

static void records_leave_as_json_lines_when_flushed(void **state)
{
	struct fixture *f = *state;

	send_message(f, "one");
	send_message(f, "two");
	assert_int_equal(f->sink->n_taken, 2);
	assert_int_equal(sink_flush(f->sink), 0);
	assert_written(f, RECORD("one") RECORD("two"));
}

static void records_leave_as_lines_of_their_format(void **state)
{
	const struct encode_options syslog = { .format = FORMAT_RFC5424 };
	CLEANUP(sink_freep) struct sink *sink = NULL;
	struct fixture *f = *state;

	assert_int_equal(stream_sink_new("syslog", f->writer, &syslog, &sink), 0);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), text_of("one")), 0);
	assert_int_equal(sink_send(sink, &f->record), 0);
	assert_int_equal(sink_send(sink, &f->record), 0);
	assert_int_equal(sink_flush(sink), 0);
	assert_written(f, "<14>1 - - - - - - one\n<14>1 - - - - - - one\n");
}

/* A classic message always has a time: without one of its own, that of reading. */
static void classic_records_without_a_time_have_that_of_reading(void **state)
{
	const struct encode_options classic = { .format = FORMAT_RFC3164 };
	const time_t then = 1795341600;
	CLEANUP(sink_freep) struct sink *sink = NULL;
	struct fixture *f = *state;
	char wanted[64];
	struct tm tm;

	assert_true(strftime(wanted, sizeof(wanted), "<14>%b %e %H:%M:%S - becaused: one\n",
			    localtime_r(&then, &tm)) > 0);
	assert_int_equal(stream_sink_new("classic", f->writer, &classic, &sink), 0);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), text_of("one")), 0);
	f->record.observed_usec = (uint64_t)then * 1000000;
	assert_int_equal(sink_send(sink, &f->record), 0);
	assert_int_equal(sink_flush(sink), 0);
	assert_written(f, wanted);
}

static void records_gather_until_the_flush(void **state)
{
	struct fixture *f = *state;

	send_message(f, "one");
	assert_written(f, "");
	assert_int_equal(sink_flush(f->sink), 0);
	assert_int_equal(sink_flush(f->sink), 0);
	assert_written(f, RECORD("one"));
}

static void a_full_buffer_leaves_without_a_flush(void **state)
{
	CLEANUP(sink_freep) struct sink *sink = NULL;
	CLEANUP(closep) int fd = memory_file(text_of(""));
	struct fixture *f = *state;

	assert_int_equal(stream_sink_new("file", fd, &json, &sink), 0);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), text_of("x")), 0);
	while (lseek(fd, 0, SEEK_END) == 0) {
		assert_int_equal(sink_send(sink, &f->record), 0);
		assert_true(sink->n_taken < 1000 * 1000);
	}
	assert_true(sink->n_taken > 1);
}

static void pieces_leave_at_once_and_behind_the_records(void **state)
{
	struct iovec pieces[] = {
		{ .iov_base = (char[]){ "a" }, .iov_len = 1 },
		{ .iov_base = NULL, .iov_len = 0 },
		{ .iov_base = (char[]){ "bc\n" }, .iov_len = 3 },
	};
	struct fixture *f = *state;

	send_message(f, "one");
	assert_int_equal(stream_sink_write(f->sink, pieces, 3), 0);
	assert_written(f, RECORD("one") "abc\n");
	assert_int_equal(stream_sink_write(f->sink, NULL, 0), 0);
	assert_written(f, "");
}

static void more_pieces_than_one_call_takes_are_all_written(void **state)
{
	enum { N_PIECES = 3000 };
	static struct iovec pieces[N_PIECES];
	static char digits[] = "0123456789";
	char bytes[N_PIECES + 1];
	struct fixture *f = *state;

	for (size_t i = 0; i < N_PIECES; i++)
		pieces[i] = (struct iovec){ .iov_base = digits + i % 10, .iov_len = 1 };
	assert_int_equal(stream_sink_write(f->sink, pieces, N_PIECES), 0);
	assert_int_equal(read(f->reader, bytes, sizeof(bytes)), N_PIECES);
	for (size_t i = 0; i < N_PIECES; i++)
		assert_int_equal(bytes[i], digits[i % 10]);
}

static void nobody_reading_is_a_broken_pipe(void **state)
{
	struct iovec piece = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct fixture *f = *state;

	(void)signal(SIGPIPE, SIG_IGN);
	f->reader = close_fd(f->reader);
	assert_int_equal(stream_sink_write(f->sink, &piece, 1), -EPIPE);
	send_message(f, "one");
	assert_int_equal(sink_flush(f->sink), -EPIPE);
}

static void the_sinks_descriptor_stays_the_callers(void **state)
{
	struct fixture *f = *state;

	f->sink = sink_free(f->sink);
	assert_null(f->sink);
	assert_true(fcntl(f->writer, F_GETFD) >= 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(blocks_are_whole_lines_when_bytes_come_one_by_one),
		TEST(blocks_are_whole_lines_whatever_the_sizes_of_the_reads),
		TEST(a_line_across_many_reads_comes_in_one_block),
		TEST(a_line_is_given_out_before_the_writer_ends),
		TEST(a_last_line_without_line_end_comes_as_it_is),
		TEST(empty_input_is_the_end_at_once),
		TEST(nul_bytes_and_carriage_returns_are_bytes_like_others),
		TEST(a_file_of_many_blocks_comes_whole),
		TEST(a_line_longer_than_a_block_comes_in_one),
		TEST(a_line_at_the_bound_comes_in_one_block),
		TEST(a_line_past_the_bound_continues_in_the_next_block),
		TEST(a_line_of_several_bounds_continues_each_time),
		TEST(utf16_with_a_mark_comes_as_utf8),
		TEST(what_only_begins_like_a_mark_comes_as_it_is),
		TEST(a_line_of_utf16_past_the_bound_comes_in_parts),
		TEST(a_failing_read_is_an_error_and_no_end),
		TEST(a_descriptor_that_does_not_block_is_waited_for),
		TEST(a_stream_has_nothing_to_wait_for),
		TEST(the_sources_descriptor_stays_the_callers),
		TEST(records_leave_as_json_lines_when_flushed),
		TEST(records_leave_as_lines_of_their_format),
		TEST(classic_records_without_a_time_have_that_of_reading),
		TEST(records_gather_until_the_flush),
		TEST(a_full_buffer_leaves_without_a_flush),
		TEST(pieces_leave_at_once_and_behind_the_records),
		TEST(more_pieces_than_one_call_takes_are_all_written),
		TEST(nobody_reading_is_a_broken_pipe),
		TEST(the_sinks_descriptor_stays_the_callers),
	};

	return cmocka_run_group_tests_name(
		"source/stream-source and sink/stream-sink", tests, NULL, NULL);
}
