/* What a file may be besides lines of UTF-8: UTF-16, and the log of a container. */
#include "config.h"

#include "test-tail.h"

/* -- UTF-16 --------------------------------------------------------------- */

static void append_raw(struct fixture *f, struct text bytes)
{
	assert_true(lseek(f->tail.fd, 0, SEEK_END) >= 0);
	assert_int_equal(io_write(f->tail.fd, bytes.data, bytes.len), 0);
}

static int next_block(struct fixture *f)
{
	int r;

	while ((r = read_block(f)) == TAIL_SKIPPED)
		;
	return r;
}

static void utf_16_is_given_as_utf_8(void **state)
{
	static const struct {
		struct text first, second;
	} rows[] = {
		{ TEXT("\xFF\xFE\xE9\0\n\0z\0"), TEXT("\x0A\x01\n\0\x3D\xD8\x00\xDE\n\0") },
		{ TEXT("\xFE\xFF\0\xE9\0\n\0z"), TEXT("\x01\x0A\0\n\xD8\x3D\xDE\x00\0\n") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = *state;
		struct file_position position;

		resize(f, 0);
		tail_restart(&f->tail);
		append_raw(f, rows[i].first);
		assert_int_equal(next_block(f), 0);
		assert_text(f->block.bytes, "\xC3\xA9\n");
		assert_int_equal(f->block.offset, 2);
		assert_int_equal(f->tail.position.offset, 6);
		assert_end(f);
		append_raw(f, rows[i].second);
		assert_block(f, "z\xC4\x8A\n\xF0\x9F\x98\x80\n");
		assert_int_equal(f->n_lines, 2);
		position = tail_position_behind(&f->tail, &f->content, &f->block, 4);
		assert_int_equal(position.offset, 12);
		tail_restart(&f->tail);
		assert_int_equal(tail_resume(&f->tail, &position), 0);
		assert_block(f, "\xF0\x9F\x98\x80\n");
		assert_end(f);
	}
}

/* Half a pair is not cut off, and is not text either until the other half is there. */
static void a_character_may_come_in_parts(void **state)
{
	struct fixture *f = *state;
	struct text line = TEXT("\xFF\xFE\x3D\xD8\x00\xDE\n\0");

	for (size_t i = 0; i < line.len; i++) {
		assert_int_equal(next_block(f), TAIL_END);
		append_raw(f, text_make(line.data + i, 1));
	}
	assert_int_equal(next_block(f), 0);
	assert_text(f->block.bytes, "\xF0\x9F\x98\x80\n");
}

static void a_long_line_of_utf_16_is_cut_between_characters(void **state)
{
	struct fixture *f = *state;

	append_raw(f, TEXT("\xFF\xFE"));
	for (unsigned i = 0; i < 3 * LINE_MAX_HERE; i++)
		append_raw(f, TEXT("\xAC\x20")); /* three bytes in UTF-8 */
	append_raw(f, TEXT("\n\0x\0\n\0"));
	assert_int_equal(next_block(f), 0);
	assert_int_equal(f->block.bytes.len, 15);
	assert_true(f->block.continues);
	assert_int_equal(next_block(f), 0);
	assert_text(f->block.bytes, "x\n");
}

static void becaused_0_1_0_left_off_inside_a_unit(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append_raw(f, TEXT("\xFF\xFEo\0\n\0t\0\n\0"));
	position = f->tail.position;
	position.offset = 5;
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_block(f, "t\n");
}

static void the_end_of_utf_16_is_behind_the_last_line(void **state)
{
	static const struct text rows[] = {
		TEXT("\xFF\xFEo\0\n\0\x0A\x01p\0"),
		TEXT("\xFE\xFF\0o\0\n\x01\x0A\0p"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = *state;

		resize(f, 0);
		append_raw(f, rows[i]);
		resize(f, 1000);
		tail_restart(&f->tail);
		assert_int_equal(tail_seek_end(&f->tail), 0);
		assert_int_equal(f->tail.position.offset, 6);
		assert_int_equal(f->tail.position.state, POSITION_WHOLE);
		assert_int_equal(tail_pass(&f->tail), 0);
		assert_int_equal(f->tail.position.offset, 10);
		assert_int_equal(f->tail.position.state, POSITION_SKIPPING);
	}
}

/* -- containers ------------------------------------------------------------ */

#define CRI "2022-01-21T10:10:24.99Z stdout "

static int read_long(struct fixture *f)
{
	int r;

	while ((r = tail_read(&f->tail, &f->content, 1000, &f->block, &f->n_lines)) == TAIL_SKIPPED)
		;
	return r;
}

static void parts_of_a_line_are_joined(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append(f, CRI "F one\n" CRI "P releaseCause=5\n");
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, CRI "F one\n");
	assert_int_equal(read_long(f), TAIL_END);
	assert_true(f->tail.at_end);
	assert_int_equal(f->tail.n_held, strlen(CRI "P releaseCause=5\n"));
	position = f->tail.position;
	append(f, CRI "P 1\n" CRI "F 2 talk=0\n" CRI "F two\n");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(read_long(f), 0);
		assert_text(f->block.bytes, CRI "F releaseCause=512 talk=0\n" CRI "F two\n");
		assert_int_equal(f->n_lines, 2);
		assert_int_equal(f->tail.n_held, 0);
		tail_restart(&f->tail);
		assert_int_equal(tail_resume(&f->tail, &position), 0);
	}
	assert_int_equal(read_long(f), 0);
	position = tail_position_behind(
		&f->tail, &f->content, &f->block, f->block.bytes.len - strlen(CRI "F two\n"));
	tail_restart(&f->tail);
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, CRI "F two\n");
}

static void parts_without_a_last_one_are_given_as_cut(void **state)
{
	static const struct {
		const char *rest;
		off_t size;
		bool final;
	} rows[] = {
		{ "", 0, true },
		{ "", 1000, true },
		{ CRI "F", 0, true },
		{ CRI "F", 1000, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = *state;
		const char *rest = rows[i].rest;

		replace(f, CRI "P one\n");
		append(f, rest);
		resize(f, lseek(f->tail.fd, 0, SEEK_END) + rows[i].size);
		tail_restart(&f->tail);
		assert_int_equal(read_long(f), TAIL_END);
		f->tail.final = rows[i].final;
		assert_int_equal(read_long(f), 0);
		assert_text(f->block.bytes, CRI "P one");
		assert_true(f->block.continues);
		if (*rest != '\0') {
			assert_int_equal(read_long(f), 0);
			assert_text(f->block.bytes, rest);
		}
		assert_int_equal(read_long(f), TAIL_END);
		assert_int_equal(f->tail.n_held, 0);
		f->tail.final = false;
	}
}

static void an_overlong_line_or_a_hole_cuts_parts(void **state)
{
	CLEANUP(freep) char *line = test_repeat('x', 1000);
	struct fixture *f = *state;

	append(f, CRI "P one\n");
	append(f, line);
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, CRI "P one");
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, line);
	append(f, "\n" CRI "P two\n");
	assert_int_equal(read_long(f), TAIL_END);
	resize(f, 100000);
	append(f, CRI "F three\n");
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, CRI "P two");
	assert_int_equal(read_long(f), 0);
	assert_text(f->block.bytes, CRI "F three\n");
	assert_int_equal(read_long(f), TAIL_END);
}

/* The state file is input. */
static void chains_that_are_none_are_dropped(void **state)
{
	struct fixture *f = *state;
	struct file_position position;

	append(f, CRI "F one\n" CRI "F two\n");
	assert_int_equal(read_long(f), 0);
	position = f->tail.position;
	append(f, CRI "F three\n");
	for (uint32_t back = 1; back <= position.offset; back++) {
		tail_restart(&f->tail);
		position.chains = (struct container_chains){ { back, back / 2 } };
		assert_int_equal(tail_resume(&f->tail, &position), 0);
		assert_int_equal(read_long(f), 0);
		assert_text(f->block.bytes, CRI "F three\n");
	}
	position.offset -= 3;
	position.tail = fingerprint_of(NULL, 0);
	tail_restart(&f->tail);
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_int_equal(read_long(f), 0);
	replace(f, "no container\n");
	tail_restart(&f->tail);
	position = f->tail.position;
	position.chains = (struct container_chains){ { 1, 1 } };
	assert_int_equal(tail_resume(&f->tail, &position), 0);
	assert_int_equal(container_look_back(&f->tail.position.chains), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TAIL_TEST(utf_16_is_given_as_utf_8),
		TAIL_TEST(a_character_may_come_in_parts),
		TAIL_TEST(a_long_line_of_utf_16_is_cut_between_characters),
		TAIL_TEST(becaused_0_1_0_left_off_inside_a_unit),
		TAIL_TEST(the_end_of_utf_16_is_behind_the_last_line),
		TAIL_TEST(parts_of_a_line_are_joined),
		TAIL_TEST(parts_without_a_last_one_are_given_as_cut),
		TAIL_TEST(an_overlong_line_or_a_hole_cuts_parts),
		TAIL_TEST(chains_that_are_none_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
