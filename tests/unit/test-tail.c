/* One file that is followed, without names and watches. The clock is an argument. */
#include "config.h"

#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/files-options.h"
#include "source/files/tail.h"

enum { LINE_MAX_HERE = 16, NOW = 1000 };

struct fixture {
	struct tail tail;
	struct buffer buffer;
	struct source_block block;
	uint64_t n_lines;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .buffer = buffer_make(4 * FILES_LINE_MAX) };
	*state = &f;
	return tail_init(&f.tail, memfd_create("tail", MFD_CLOEXEC));
}

static int finish(void **state)
{
	struct fixture *f = *state;

	tail_done(&f->tail);
	buffer_done(&f->buffer);
	return f->tail.fd == -1 ? 0 : -1;
}

static void append(struct fixture *f, const char *text)
{
	assert_true(lseek(f->tail.fd, 0, SEEK_END) >= 0);
	assert_int_equal(io_write(f->tail.fd, text, strlen(text)), 0);
}

static void replace(struct fixture *f, const char *text)
{
	assert_int_equal(ftruncate(f->tail.fd, 0), 0);
	append(f, text);
}

static int read_at_time(struct fixture *f, uint64_t now_usec)
{
	return tail_read(&f->tail, &f->buffer, LINE_MAX_HERE, now_usec, &f->block, &f->n_lines);
}

#define assert_block(f, wanted) check_block((f), (wanted), __FILE__, __LINE__)

static void check_block(struct fixture *f, const char *wanted, const char *file, int line)
{
	assert_int_equal(read_at_time(f, NOW), 0);
	test_text(f->block.bytes, wanted, file, line);
}

#define assert_end(f) assert_int_equal(read_at_time((f), NOW), TAIL_END)

static void assert_fingerprint(struct fingerprint got, struct fingerprint wanted)
{
	assert_int_equal(got.len, wanted.len);
	assert_true(got.hash == wanted.hash);
}

static void a_block_has_all_whole_lines(void **state)
{
	struct fixture *f = *state;

	assert_end(f);
	append(f, "one\ntwo\nthr");
	assert_block(f, "one\ntwo\n");
	assert_int_equal(f->n_lines, 2);
	assert_int_equal(f->block.offset, 0);
	assert_end(f);
	append(f, "ee\n");
	assert_block(f, "three\n");
	assert_int_equal(f->block.offset, 8);
	assert_end(f);
}

static void a_line_without_end_comes_after_the_quiet_time(void **state)
{
	struct fixture *f = *state;

	append(f, "last");
	assert_end(f);
	assert_true(f->tail.quiet_usec == NOW + TAIL_QUIET_USEC);
	assert_int_equal(read_at_time(f, f->tail.quiet_usec - 1), TAIL_END);
	assert_int_equal(read_at_time(f, f->tail.quiet_usec), 0);
	assert_text(f->block.bytes, "last");
	assert_int_equal(f->n_lines, 1);
	assert_false(f->block.continues);
	assert_true(f->tail.quiet_usec == UINT64_MAX);
}

static void the_quiet_time_begins_again_with_every_byte(void **state)
{
	struct fixture *f = *state;

	append(f, "la");
	assert_end(f);
	append(f, "st");
	assert_int_equal(read_at_time(f, NOW + TAIL_QUIET_USEC), TAIL_END);
	assert_true(f->tail.quiet_usec == NOW + 2 * TAIL_QUIET_USEC);
}

static void a_line_at_the_bound_is_whole(void **state)
{
	struct fixture *f = *state;

	append(f, "123456789012345\nx\n");
	assert_block(f, "123456789012345\n");
	assert_false(f->block.continues);
	assert_block(f, "x\n");
}

static void a_line_past_the_bound_is_cut(void **state)
{
	struct fixture *f = *state;

	append(f, "1234567890123456\nx\n");
	assert_block(f, "1234567890123456");
	assert_true(f->block.continues);
	assert_true(f->tail.position.skipping);
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	assert_false(f->tail.position.skipping);
	assert_block(f, "x\n");
}

static void the_rest_of_a_cut_line_may_come_late(void **state)
{
	struct fixture *f = *state;

	append(f, "12345678901234567890");
	assert_block(f, "1234567890123456");
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	assert_end(f);
	append(f, "more");
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	append(f, "\nx\n");
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	assert_block(f, "x\n");
}

static void truncation_is_seen(void **state)
{
	static const char *const contents[] = {
		"",                  /* shorter */
		"on",                /* a part */
		"xxx\nxxx\n",        /* as long */
		"one\nxxx\nthree\n", /* longer, with the same beginning */
		"xne\ntwo\nthree\n", /* longer, with the same bytes before the offset */
	};

	for (size_t i = 0; i < COUNT(contents); i++) {
		struct fixture *f = *state;

		replace(f, "one\ntwo\n");
		tail_restart(&f->tail);
		assert_block(f, "one\ntwo\n");
		replace(f, contents[i]);
		assert_int_equal(read_at_time(f, NOW), TAIL_TRUNCATED);
		assert_int_equal(f->tail.position.offset, 8);
		tail_restart(&f->tail);
		assert_int_equal(f->tail.position.offset, 0);
	}
}

static void same_content_goes_on(void **state)
{
	struct fixture *f = *state;

	append(f, "one\n");
	assert_block(f, "one\n");
	replace(f, "one\ntwo\n");
	assert_block(f, "two\n");
}

static void the_beginning_is_known_better_as_the_file_grows(void **state)
{
	struct fixture *f = *state;

	append(f, "one\n");
	assert_block(f, "one\n");
	assert_int_equal(f->tail.position.head.len, 4);
	append(f, "two\n");
	assert_block(f, "two\n");
	assert_int_equal(f->tail.position.head.len, 8);
}

static void a_position_inside_a_block_resumes_behind_its_line(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append(f, "one\ntwo\nthree\n");
	assert_block(f, "one\ntwo\nthree\n");
	position = tail_position_behind(&f->tail, &f->block, 4);
	tail_restart(&f->tail);
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_block(f, "two\nthree\n");
}

static void a_position_is_the_same_however_the_lines_came(void **state)
{
	static const char text[] = "the first of all lines here, which are to be more than a mark"
				   " can hold\ntwo\nthree\n";
	struct fixture *f = *state;
	struct file_position whole, behind_two;
	struct tail again;

	assert_int_equal(tail_init(&again, f->tail.fd), 0);
	append(f, text);
	assert_int_equal(
		tail_read(&again, &f->buffer, FILES_LINE_MAX, NOW, &f->block, &f->n_lines), 0);
	whole = again.position;
	behind_two =
		tail_position_behind(&again, &f->block, f->block.bytes.len - strlen("three\n"));
	assert_int_equal(ftruncate(f->tail.fd, 0), 0);

	for (const char *at = text; *at != '\0'; at++) {
		char letter[] = { *at, '\0' };

		append(f, letter);
		(void)tail_read(&f->tail, &f->buffer, FILES_LINE_MAX, NOW, &f->block, &f->n_lines);
		if (f->tail.position.offset == behind_two.offset)
			assert_fingerprint(f->tail.position.tail, behind_two.tail);
	}
	assert_fingerprint(f->tail.position.tail, whole.tail);
	assert_int_equal(f->tail.position.offset, whole.offset);
}

static void a_position_that_does_not_fit_is_refused(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append(f, "one\ntwo\n");
	assert_block(f, "one\ntwo\n");
	position = f->tail.position;
	tail_restart(&f->tail);
	replace(f, "one\n");
	assert_int_equal(tail_resume(&f->tail, &position), TAIL_TRUNCATED);
	replace(f, "one\nxxx\n");
	assert_int_equal(tail_resume(&f->tail, &position), TAIL_TRUNCATED);
	replace(f, "one\ntwo\nthree\n");
	position.tail.len = 9; /* more bytes than there are before the offset */
	assert_int_equal(tail_resume(&f->tail, &position), TAIL_TRUNCATED);
	assert_block(f, "one\ntwo\nthree\n");
}

static void the_end_is_behind_the_last_line(void **state)
{
	static const struct {
		const char *content;
		uint64_t offset;
	} rows[] = { { "", 0 }, { "part", 0 }, { "one\n", 4 }, { "one\npart", 4 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = *state;

		replace(f, rows[i].content);
		tail_restart(&f->tail);
		assert_int_equal(tail_seek_end(&f->tail), 0);
		assert_int_equal(f->tail.position.offset, rows[i].offset);
		assert_int_equal(f->tail.position.tail.len, rows[i].offset);
		assert_false(f->tail.position.skipping);
		append(f, "!\n");
		assert_int_equal(read_at_time(f, NOW), 0);
		assert_int_equal(f->block.offset, rows[i].offset);
	}
}

static void the_end_may_lie_in_a_very_long_line(void **state)
{
	CLEANUP(freep) char *line = test_repeat('x', 100000);
	struct fixture *f = *state;

	append(f, line);
	assert_int_equal(tail_seek_end(&f->tail), 0);
	append(f, "\none\n");
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	assert_block(f, "one\n");
}

static void what_is_passed_over_may_end_in_a_line(void **state)
{
	struct fixture *f = *state;

	append(f, "one\npart");
	assert_int_equal(tail_pass(&f->tail), 0);
	assert_end(f);
	append(f, "ly\ntwo\n");
	assert_int_equal(read_at_time(f, NOW), TAIL_SKIPPED);
	assert_block(f, "two\n");
	append(f, "three\n");
	assert_int_equal(tail_pass(&f->tail), 0);
	append(f, "four\n");
	assert_block(f, "four\n");
}

static void a_long_file_comes_in_blocks_of_whole_lines(void **state)
{
	struct fixture *f = *state;
	uint64_t n_lines = 0, offset = 0;

	for (unsigned i = 0; i < 100000; i++)
		buffer_add_format(&f->buffer, "line %u\n", i);
	assert_int_equal(io_write(f->tail.fd, f->buffer.data, f->buffer.len), 0);
	while (read_at_time(f, NOW) == 0) {
		assert_int_equal(f->block.offset, offset);
		assert_true(f->block.bytes.data[f->block.bytes.len - 1] == '\n');
		assert_true(f->block.bytes.len <= TAIL_BLOCK_SIZE);
		offset += f->block.bytes.len;
		n_lines += f->n_lines;
	}
	assert_int_equal(n_lines, 100000);
}

#define TEST_CASE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_block_has_all_whole_lines),
		TEST_CASE(a_line_without_end_comes_after_the_quiet_time),
		TEST_CASE(the_quiet_time_begins_again_with_every_byte),
		TEST_CASE(a_line_at_the_bound_is_whole),
		TEST_CASE(a_line_past_the_bound_is_cut),
		TEST_CASE(the_rest_of_a_cut_line_may_come_late),
		TEST_CASE(truncation_is_seen),
		TEST_CASE(same_content_goes_on),
		TEST_CASE(the_beginning_is_known_better_as_the_file_grows),
		TEST_CASE(a_position_inside_a_block_resumes_behind_its_line),
		TEST_CASE(a_position_is_the_same_however_the_lines_came),
		TEST_CASE(a_position_that_does_not_fit_is_refused),
		TEST_CASE(the_end_is_behind_the_last_line),
		TEST_CASE(the_end_may_lie_in_a_very_long_line),
		TEST_CASE(what_is_passed_over_may_end_in_a_line),
		TEST_CASE(a_long_file_comes_in_blocks_of_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
