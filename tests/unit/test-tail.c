/* One file that is followed, without names and watches. */
#include "config.h"

#include "test-tail.h"

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

static void a_line_without_end_is_held(void **state)
{
	struct fixture *f = *state;

	append(f, "one\nla");
	assert_block(f, "one\n");
	assert_int_equal(f->tail.n_held, 2);
	assert_true(f->tail.at_end);
	assert_end(f);
	append(f, "st");
	assert_end(f);
	assert_int_equal(f->tail.n_held, 4);
	assert_true(f->tail.at_end);
	assert_int_equal(f->tail.position.offset, 4);
	append(f, " words\n");
	assert_block(f, "last words\n");
	assert_int_equal(f->tail.n_held, 0);
	assert_true(f->tail.at_end);
}

/* Nobody says that the line is complete: it continues, as far as is known. */
static void the_last_line_of_a_final_file_is_given_as_cut(void **state)
{
	struct fixture *f = *state;

	append(f, "one\nlast");
	f->tail.final = true;
	assert_block(f, "one\n");
	assert_false(f->block.continues);
	assert_int_equal(f->tail.n_held, 4);
	assert_block(f, "last");
	assert_true(f->block.continues);
	assert_false(f->block.continued);
	assert_int_equal(f->n_lines, 1);
	assert_int_equal(f->tail.n_held, 0);
	assert_int_equal(f->tail.position.state, POSITION_CUT);
	assert_end(f);
}

static void what_follows_a_cut_line_is_its_rest(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append(f, "last");
	f->tail.final = true;
	assert_block(f, "last");
	position = tail_position_behind(&f->tail, &f->content, &f->block, f->block.bytes.len);
	assert_int_equal(position.state, POSITION_CUT);
	tail_restart(&f->tail);
	f->tail.final = false;
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	append(f, " wo");
	assert_end(f);
	assert_int_equal(f->tail.n_held, 3);
	append(f, "rds\ntwo\n");
	assert_block(f, " words\ntwo\n");
	assert_true(f->block.continued);
	assert_false(f->block.continues);
	position = tail_position_behind(&f->tail, &f->content, &f->block, strlen(" words\n"));
	assert_int_equal(position.state, POSITION_WHOLE);
	append(f, "three\n");
	assert_block(f, "three\n");
	assert_false(f->block.continued);
}

static void the_rest_of_a_cut_line_may_be_cut_too(void **state)
{
	struct fixture *f = *state;

	append(f, "last");
	f->tail.final = true;
	assert_block(f, "last");
	append(f, " words");
	assert_block(f, " words");
	assert_true(f->block.continued && f->block.continues);
	append(f, "1234567890123456");
	assert_block(f, "1234567890123456");
	assert_true(f->block.continued && f->block.continues);
	assert_int_equal(f->tail.position.state, POSITION_SKIPPING);
	append(f, "7\nnext\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_block(f, "next\n");
}

/* -- NULs ----------------------------------------------------------------- */

static void trailing_nuls_are_not_written_yet(void **state)
{
	static const off_t sizes[] = { 10, 64 * 1024, 3 * CONTENT_BLOCK_SIZE, INT64_C(10) << 30 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct fixture *f = *state;

		resize(f, 0);
		tail_restart(&f->tail);
		resize(f, sizes[i]);
		assert_end(f);
		assert_int_equal(f->tail.n_held, 0);
		assert_int_equal(f->tail.position.offset, 0);
		put(f, 0, "one\n");
		assert_block(f, "one\n");
		assert_int_equal(f->tail.position.head.len, 4);
		assert_end(f);
		put(f, 4, "tw");
		assert_end(f);
		assert_int_equal(f->tail.n_held, 2);
		put(f, 6, "o\n");
		assert_block(f, "two\n");
		assert_int_equal(f->tail.position.offset, 8);
		assert_end(f);
	}
}

static void the_last_line_of_a_final_file_ends_before_nuls(void **state)
{
	struct fixture *f = *state;

	append(f, "last");
	resize(f, 100);
	f->tail.final = true;
	assert_block(f, "last");
	assert_true(f->block.continues);
	assert_int_equal(f->tail.position.offset, 4);
	assert_end(f);
}

static void lines_with_gaps_come_once(void **state)
{
	struct fixture *f = *state;
	uint64_t n_lines = 0;

	resize(f, 64 * 1024);
	for (unsigned i = 0; i < 5; i++) {
		put(f, 1000 * (off_t)i, "line\n");
		assert_block(f, "line\n");
		assert_int_equal(f->block.offset, 1000 * i);
		assert_end(f);
	}
	tail_restart(&f->tail);
	while (read_block(f) == 0)
		n_lines += f->n_lines;
	assert_int_equal(n_lines, 5);
}

static void a_hole_in_front_of_a_line_is_passed_over(void **state)
{
	static const off_t sizes[] = { 1, 15, 16, 17, 5000, CONTENT_BLOCK_SIZE - 1,
		CONTENT_BLOCK_SIZE, 2 * 1024 * 1024, INT64_C(10) << 30 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct fixture *f = *state;

		replace(f, "one\n");
		tail_restart(&f->tail);
		assert_block(f, "one\n");
		put(f, 4 + sizes[i], "tw");
		assert_end(f);
		assert_int_equal(f->tail.n_held, 2);
		assert_int_equal(f->tail.position.offset, 4);
		put(f, 6 + sizes[i], "o\n");
		assert_block(f, "two\n");
		assert_int_equal(f->block.offset, 4 + sizes[i]);
		assert_int_equal(f->tail.position.offset, 8 + sizes[i]);
	}
}

/* However many there are, a block has all lines. */
static void holes_between_lines_do_not_end_a_block(void **state)
{
	struct fixture *f = *state;
	struct file_position position, after;

	for (off_t i = 0; i < 1000; i++)
		put(f, 10 * i, "line\n");
	assert_int_equal(
		tail_read(&f->tail, &f->content, FILES_LINE_MAX, &f->block, &f->n_lines), 0);
	assert_int_equal(f->n_lines, 1000);
	assert_int_equal(f->block.bytes.len, 5000);
	after = f->tail.position;
	assert_int_equal(after.offset, 9995);
	for (size_t i = 1; i < 1000; i++) {
		position = tail_position_behind(&f->tail, &f->content, &f->block, 5 * i);
		assert_int_equal(position.offset, 10 * i - 5);
	}
	tail_restart(&f->tail);
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_block(f, "line\n");
	assert_int_equal(f->tail.position.offset, after.offset);
	assert_fingerprint(f->tail.position.tail, after.tail);
}

/* As a writer without O_APPEND leaves it after a truncation. */
static void a_file_may_begin_with_a_hole(void **state)
{
	struct fixture *f = *state;

	resize(f, 2 * 1024 * 1024);
	append(f, "one\ntwo\n");
	assert_block(f, "one\ntwo\n");
	assert_int_equal(f->tail.position.head.len, 0);
	/* It is filled in later: the file is still the same. */
	put(f, 0, "zero\n");
	put(f, 2 * 1024 * 1024 - 5, "late\n");
	append(f, "three\n");
	assert_block(f, "three\n");
}

/* The file system knows of no hole here; the work of one call is bounded. */
static void written_nuls_are_passed_over_in_parts(void **state)
{
	CLEANUP(freep) char *nuls = calloc(1, CONTENT_SEARCH_MAX);
	struct fixture *f = *state;

	assert_non_null(nuls);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(io_write(f->tail.fd, nuls, CONTENT_SEARCH_MAX), 0);
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_int_equal(f->tail.position.offset, 0);
	append(f, "one\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_block(f, "one\n");
}

static void nuls_inside_a_line_belong_to_it(void **state)
{
	struct fixture *f = *state;

	put(f, 0, "on");
	resize(f, 6);
	append(f, "e\ntwo\n");
	assert_int_equal(read_block(f), 0);
	assert_true(text_equal(f->block.bytes, TEXT("on\0\0\0\0e\ntwo\n")));
}

static void a_hole_longer_than_a_line_ends_one(void **state)
{
	static const off_t sizes[] = { 16, 17, CONTENT_BLOCK_SIZE, 2 * 1024 * 1024,
		2 * CONTENT_SEARCH_MAX };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct fixture *f = *state;
		int r;

		replace(f, "on");
		tail_restart(&f->tail);
		resize(f, 2 + sizes[i]);
		assert_end(f);
		assert_int_equal(f->tail.n_held, 2);
		append(f, "two\nthree\n");
		assert_block(f, "on");
		assert_true(f->block.continues);
		while ((r = read_block(f)) == TAIL_SKIPPED)
			;
		assert_int_equal(r, 0);
		assert_text(f->block.bytes, "two\nthree\n");
		assert_false(f->block.continued);
	}
}

static void the_rest_of_an_overlong_line_ends_before_trailing_nuls(void **state)
{
	struct fixture *f = *state;

	append(f, "12345678901234567890");
	resize(f, 1000);
	assert_block(f, "1234567890123456");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_int_equal(f->tail.position.offset, 20);
	assert_end(f);
	put(f, 20, "rest\none\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_block(f, "one\n");
	assert_end(f);
}

/* -- long lines ----------------------------------------------------------- */

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
	assert_int_equal(f->tail.position.state, POSITION_SKIPPING);
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_int_equal(f->tail.position.state, POSITION_WHOLE);
	assert_block(f, "x\n");
}

static void the_rest_of_a_cut_line_may_come_late(void **state)
{
	struct fixture *f = *state;

	append(f, "12345678901234567890");
	assert_block(f, "1234567890123456");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_end(f);
	append(f, "more");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	append(f, "\nx\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
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
		assert_int_equal(read_block(f), TAIL_TRUNCATED);
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

static void a_closed_file_is_continued(void **state)
{
	struct fixture *f = *state;
	struct tail closed;
	int fd = dup(f->tail.fd);

	append(f, "one\n");
	assert_block(f, "one\n");
	tail_init_closed(&closed, &f->tail.position);
	assert_int_equal(closed.fd, -1);
	assert_int_equal(tail_reopen(&closed, fd), 0);
	append(f, "two\n");
	tail_close(&f->tail);
	assert_int_equal(f->tail.fd, -1);
	f->tail = closed;
	assert_block(f, "two\n");
}

static void a_closed_file_may_have_changed(void **state)
{
	struct fixture *f = *state;
	int fd = dup(f->tail.fd);

	append(f, "one\n");
	assert_block(f, "one\n");
	replace(f, "two\nthree\n");
	tail_close(&f->tail);
	assert_int_equal(tail_reopen(&f->tail, fd), TAIL_TRUNCATED);
	assert_int_equal(f->tail.position.offset, 4);
	tail_restart(&f->tail);
	assert_block(f, "two\nthree\n");
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
	position = tail_position_behind(&f->tail, &f->content, &f->block, 4);
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
	assert_int_equal(tail_read(&again, &f->content, FILES_LINE_MAX, &f->block, &f->n_lines), 0);
	whole = again.position;
	behind_two = tail_position_behind(
		&again, &f->content, &f->block, f->block.bytes.len - strlen("three\n"));
	assert_int_equal(ftruncate(f->tail.fd, 0), 0);

	for (const char *at = text; *at != '\0'; at++) {
		char letter[] = { *at, '\0' };

		append(f, letter);
		(void)tail_read(&f->tail, &f->content, FILES_LINE_MAX, &f->block, &f->n_lines);
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

/* Its fingerprints are of NULs, too. */
static void a_position_of_0_1_0_resumes_behind_a_hole(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	put(f, 20, "one\n");
	position = f->tail.position;
	position.offset = 24;
	position.head = fingerprint_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0one\n", 24);
	position.tail = position.head;
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	append(f, "two\n");
	assert_block(f, "two\n");
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
		assert_int_equal(f->tail.position.state, POSITION_WHOLE);
		append(f, "!\n");
		assert_int_equal(read_block(f), 0);
		assert_int_equal(f->block.offset, rows[i].offset);
	}
}

static void the_end_is_before_trailing_nuls(void **state)
{
	static const struct {
		const char *content;
		uint64_t offset, passed;
	} rows[] = { { "", 0, 0 }, { "part", 0, 4 }, { "one\n", 4, 4 }, { "one\npart", 4, 8 } };
	static const off_t sizes[] = { 10, 70000, 3 * CONTENT_BLOCK_SIZE, INT64_C(10) << 30 };

	for (size_t i = 0; i < COUNT(rows) * COUNT(sizes); i++) {
		struct fixture *f = *state;
		size_t row = i / COUNT(sizes);

		replace(f, rows[row].content);
		resize(f, sizes[i % COUNT(sizes)]);
		tail_restart(&f->tail);
		assert_int_equal(tail_seek_end(&f->tail), 0);
		assert_int_equal(f->tail.position.offset, rows[row].offset);
		assert_int_equal(f->tail.position.state, POSITION_WHOLE);
		assert_int_equal(tail_pass(&f->tail), 0);
		assert_int_equal(f->tail.position.offset, rows[row].passed);
	}
}

static void the_end_may_lie_in_a_very_long_line(void **state)
{
	CLEANUP(freep) char *line = test_repeat('x', 100000);
	struct fixture *f = *state;

	append(f, line);
	assert_int_equal(tail_seek_end(&f->tail), 0);
	append(f, "\none\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_block(f, "one\n");
}

static void what_is_passed_over_may_end_in_a_line(void **state)
{
	struct fixture *f = *state;

	append(f, "one\npart");
	assert_int_equal(tail_pass(&f->tail), 0);
	assert_end(f);
	append(f, "ly\ntwo\n");
	assert_int_equal(read_block(f), TAIL_SKIPPED);
	assert_block(f, "two\n");
	append(f, "three\n");
	assert_int_equal(tail_pass(&f->tail), 0);
	append(f, "four\n");
	assert_block(f, "four\n");
}

static void a_long_file_comes_in_blocks_of_whole_lines(void **state)
{
	CLEANUP(buffer_done) struct buffer lines = buffer_make(4 << 20);
	struct fixture *f = *state;
	uint64_t n_lines = 0, offset = 0;

	for (unsigned i = 0; i < 100000; i++)
		buffer_add_format(&lines, "line %u\n", i);
	assert_int_equal(io_write(f->tail.fd, lines.data, lines.len), 0);
	while (read_block(f) == 0) {
		assert_int_equal(f->block.offset, offset);
		assert_true(f->block.bytes.data[f->block.bytes.len - 1] == '\n');
		assert_true(f->block.bytes.len <= CONTENT_BLOCK_SIZE);
		offset += f->block.bytes.len;
		n_lines += f->n_lines;
	}
	assert_int_equal(n_lines, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TAIL_TEST(a_block_has_all_whole_lines),
		TAIL_TEST(a_line_without_end_is_held),
		TAIL_TEST(the_last_line_of_a_final_file_is_given_as_cut),
		TAIL_TEST(what_follows_a_cut_line_is_its_rest),
		TAIL_TEST(the_rest_of_a_cut_line_may_be_cut_too),
		TAIL_TEST(trailing_nuls_are_not_written_yet),
		TAIL_TEST(the_last_line_of_a_final_file_ends_before_nuls),
		TAIL_TEST(lines_with_gaps_come_once),
		TAIL_TEST(a_hole_in_front_of_a_line_is_passed_over),
		TAIL_TEST(holes_between_lines_do_not_end_a_block),
		TAIL_TEST(a_file_may_begin_with_a_hole),
		TAIL_TEST(written_nuls_are_passed_over_in_parts),
		TAIL_TEST(nuls_inside_a_line_belong_to_it),
		TAIL_TEST(a_hole_longer_than_a_line_ends_one),
		TAIL_TEST(the_rest_of_an_overlong_line_ends_before_trailing_nuls),
		TAIL_TEST(a_line_at_the_bound_is_whole),
		TAIL_TEST(a_line_past_the_bound_is_cut),
		TAIL_TEST(the_rest_of_a_cut_line_may_come_late),
		TAIL_TEST(truncation_is_seen),
		TAIL_TEST(same_content_goes_on),
		TAIL_TEST(a_closed_file_is_continued),
		TAIL_TEST(a_closed_file_may_have_changed),
		TAIL_TEST(the_beginning_is_known_better_as_the_file_grows),
		TAIL_TEST(a_position_inside_a_block_resumes_behind_its_line),
		TAIL_TEST(a_position_is_the_same_however_the_lines_came),
		TAIL_TEST(a_position_that_does_not_fit_is_refused),
		TAIL_TEST(a_position_of_0_1_0_resumes_behind_a_hole),
		TAIL_TEST(the_end_is_behind_the_last_line),
		TAIL_TEST(the_end_is_before_trailing_nuls),
		TAIL_TEST(the_end_may_lie_in_a_very_long_line),
		TAIL_TEST(what_is_passed_over_may_end_in_a_line),
		TAIL_TEST(a_long_file_comes_in_blocks_of_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
