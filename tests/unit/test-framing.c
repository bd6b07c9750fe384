/* Tests of wire/framing. Every input is also fed byte by byte and in pieces of many sizes: the
 * frames must be the same. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "wire/framing.h"

enum { OUT_MAX = 8 * 1024 * 1024 };

/* A connection: bytes are kept until they are used. */
struct connection {
	struct framing framing;
	struct buffer pending;
	/* Each as `message|`, or `message>` where it is cut, or `message?` where it may be; `!`
	 * where the stream becomes invalid. */
	struct buffer frames;
	bool is_invalid;
};

static void open_connection(struct connection *c)
{
	*c = (struct connection){ .pending = buffer_make(OUT_MAX), .frames = buffer_make(OUT_MAX) };
}

static void close_connection(struct connection *c)
{
	buffer_done(&c->pending);
	buffer_done(&c->frames);
}

static char mark_of(const struct frame *frame)
{
	/* What is cut may be longer. */
	assert_true(frame->part_end || !frame->cut);
	return frame->cut ? '>' : frame->part_end ? '?' : '|';
}

static void feed(struct connection *c, struct text data, enum framing_state state)
{
	bool at_end = state == FRAMING_CLOSED || state == FRAMING_BROKEN;
	size_t at = 0;
	int r;

	if (c->is_invalid)
		return;
	buffer_add_text(&c->pending, data);
	do {
		struct text rest = buffer_text(&c->pending);
		struct frame frame = { 0 };
		size_t used = 0;

		rest = text_make(rest.data + at, rest.len - at);
		r = framing_next(&c->framing, rest, state, &frame, &used);
		assert_true(used <= rest.len);
		at += used;
		if (r == 0) {
			assert_true(frame.message.len > 0);
			assert_true(frame.message.len <= FRAMING_MESSAGE_MAX);
			buffer_add_text(&c->frames, frame.message);
			buffer_add_char(&c->frames, mark_of(&frame));
		}
	} while (r == 0);
	c->is_invalid = r == FRAMING_INVALID;
	if (c->is_invalid)
		buffer_add_char(&c->frames, '!');
	else
		assert_int_equal(r, FRAMING_MORE);

	c->pending.len -= at;
	if (c->pending.len > 0)
		memmove(c->pending.data, c->pending.data + at, c->pending.len);
	assert_true(c->pending.len <= FRAMING_UNUSED_MAX);
	assert_true((!at_end && !c->is_invalid) || c->pending.len == 0);
	assert_int_equal(buffer_finish(&c->frames), 0);
}

/* Feed all of `input` in pieces of `size` bytes. */
static void feed_pieces(struct connection *c, struct text input, size_t size)
{
	for (size_t at = 0; at < input.len; at += size)
		feed(c, text_make(input.data + at, input.len - at < size ? input.len - at : size),
			FRAMING_FLOWS);
	feed(c, TEXT(""), FRAMING_CLOSED);
}

static void assert_frames(struct text input, struct text frames, enum framing_kind kind)
{
	for (size_t size = 1; size <= input.len + 1; size++) {
		struct connection c;

		open_connection(&c);
		feed_pieces(&c, input, size);
		if (!text_equal(buffer_text(&c.frames), frames))
			fail_msg("in pieces of %zu: '%.*s' is not '%.*s'", size,
				TEXT_FORMAT(buffer_text(&c.frames)), TEXT_FORMAT(frames));
		assert_int_equal(c.framing.kind, kind);
		close_connection(&c);
	}
}

struct row {
	struct text input;
	struct text frames;
};

static void assert_rows(const struct row *rows, size_t n, enum framing_kind kind)
{
	for (size_t i = 0; i < n; i++)
		assert_frames(rows[i].input, rows[i].frames, kind);
}

static void lines_end_with_lf_or_nul_and_empty_ones_are_none(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>one\n<13>two\n"), TEXT("<13>one|<13>two|") },
		{ TEXT("one\r\ntwo\r\n"), TEXT("one|two|") },
		{ TEXT("one\0two\0"), TEXT("one|two|") },
		{ TEXT("one\n\0two\0\nthree\r\n\0"), TEXT("one|two|three|") },
		{ TEXT("\n\n\r\n\0\n"), TEXT("") },
		{ TEXT("\none"), TEXT("one?") },
		{ TEXT("one\rtwo\r\r\n"), TEXT("one\rtwo\r|") },
		{ TEXT("one\r\0two"), TEXT("one\r|two?") },
		{ TEXT("no end"), TEXT("no end?") },
		{ TEXT("no end\r"), TEXT("no end\r?") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_LINES);
}

static void counted_messages_may_hold_anything(void **state)
{
	static const struct row rows[] = {
		{ TEXT("7 <13>one7 <13>two"), TEXT("<13>one|<13>two|") },
		{ TEXT("9 <13>a\nb\0c7 <13>two"), TEXT("<13>a\nb\0c|<13>two|") },
		{ TEXT("10 <13>9 <139"), TEXT("<13>9 <139|") },
		{ TEXT("4 <13>5 <13>x"), TEXT("<13>|<13>x|") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

static void line_ends_that_are_not_counted_are_passed_over(void **state)
{
	static const struct row rows[] = {
		{ TEXT("7 <13>one\n7 <13>two\n"), TEXT("<13>one|<13>two|") },
		{ TEXT("7 <13>one\0\n7 <13>two\0"), TEXT("<13>one|<13>two|") },
		{ TEXT("7 <13>one\r\n7 <13>two\r\n"), TEXT("<13>one|<13>two|") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

static void what_only_resembles_a_count_begins_a_line(void **state)
{
	static const struct row rows[] = {
		{ TEXT("7 one\n"), TEXT("7 one|") },
		{ TEXT("07 <13>one\n"), TEXT("07 <13>one|") },
		{ TEXT("0 <13>one\n"), TEXT("0 <13>one|") },
		{ TEXT("7<13>one\n"), TEXT("7<13>one|") },
		{ TEXT("7  <13>one\n"), TEXT("7  <13>one|") },
		{ TEXT("12345678901 <13>one\n"), TEXT("12345678901 <13>one|") },
		{ TEXT("-7 <13>one\n"), TEXT("-7 <13>one|") },
		{ TEXT(" 7 <13>one\n"), TEXT(" 7 <13>one|") },
		{ TEXT("3 <13>one\n"), TEXT("3 <13>one|") },
		{ TEXT("7 <>one\n"), TEXT("7 <>one|") },
		{ TEXT("7 <1234>one\n"), TEXT("7 <1234>one|") },
		{ TEXT("7 <1x>one\n"), TEXT("7 <1x>one|") },
		{ TEXT("7"), TEXT("7?") },
		{ TEXT("7 "), TEXT("7 ?") },
		{ TEXT("7 <13"), TEXT("7 <13?") },
		{ TEXT("7\n7 <13>one\n"), TEXT("7|7 <13>one|") },
		{ TEXT("<13>one\n7 <13>two\n"), TEXT("<13>one|7 <13>two|") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_LINES);
}

/* As from a sender that counts characters instead of bytes. */
static void where_no_header_is_the_stream_is_invalid(void **state)
{
	static const struct row rows[] = {
		{ TEXT("7 <13>one)two\n7 <13>three\n"), TEXT("<13>one?!") },
		{ TEXT("8 <13>one)<13>two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)07 <13>two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)12345678901 <13>two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)12x\n"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)2 two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)4 two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)2 two8 <13>one)"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)4 two8 <13>one)"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)2 <13>two"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)12"), TEXT("<13>one)|!") },
		{ TEXT("8 <13>one)12 <13"), TEXT("<13>one)|!") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

/* RFC 6587 counts messages of RFC 3164, too, and relays receive those without a priority. The place
 * where such a message ends shows that its count is one. */
static void a_counted_message_may_have_no_priority(void **state)
{
	static const struct row rows[] = {
		{ TEXT("8 <13>one)3 two"), TEXT("<13>one)|two|") },
		{ TEXT("8 <13>one)4 two)"), TEXT("<13>one)|two)|") },
		{ TEXT("8 <13>one)4 two)8 <13>one)"), TEXT("<13>one)|two)|<13>one)|") },
		{ TEXT("8 <13>one)5 two =8 <13>one)"), TEXT("<13>one)|two =|<13>one)|") },
		{ TEXT("8 <13>one)4 two)\n4 two)\n"), TEXT("<13>one)|two)|two)|") },
		/* It does not confirm the end of another. */
		{ TEXT("8 <13>x=124 two)8 <13>one)"), TEXT("<13>x=12?two)|<13>one)|") },
		{ TEXT("8 <13>x=12\n4 two)8 <13>one)"), TEXT("<13>x=12|two)|<13>one)|") },
		{ TEXT("8 <13>one)4 x=128 <13>x=1)8 <13>x=1)"),
			TEXT("<13>one)|x=12|<13>x=1)|<13>x=1)|") },
		{ TEXT("8 <13>one)3 x=128 <13>x=1)"), TEXT("<13>one)|x=1?<13>x=1)>") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

/* `=12` may be the start of `=123`, and `=125` may have the first digit of the next count. */
static void a_wrong_count_gives_no_end_that_is_claimed(void **state)
{
	static const struct row rows[] = {
		/* One too large: the count of the next loses a digit, or the only one. */
		{ TEXT("9 <13>x=128 <13>x=12"), TEXT("<13>x=128?!") },
		{ TEXT("18 <13>callId=7 x=1218 <13>callId=7 x=1218 <13>callId=7 x=12"),
			TEXT("<13>callId=7 x=121?<13>call?!") },
		/* One too small: a digit stands before the count of the next. */
		{ TEXT("7 <13>x=128 <13>x=12"), TEXT("<13>x=1?<13>x=12>") },
		{ TEXT("7 <13>x=12"), TEXT("<13>x=1?!") },
		{ TEXT("7 <13>x=12\n7 <13>x=12\n"), TEXT("<13>x=1?!") },
		{ TEXT("7 <13>x=127 <13>x=127 <13>x=12"), TEXT("<13>x=1?!") },
		{ TEXT("7 <13>x=127 <13>x=127 <13>x=127 <13>x=127 <13>x=12"), TEXT("<13>x=1?!") },
		{ TEXT("9 <13>x=12)79 <13>x=12)79 <13>x=12)79 <13>x=12)7"), TEXT("<13>x=12)|!") },
		/* Two, three and more too large. */
		{ TEXT("19 <13>callId=7 x=1219 <13>callId=7 x=12"), TEXT("<13>callId=7 x=1219?!") },
		{ TEXT("20 <13>callId=7 x=1220 <13>callId=7 x=12"), TEXT("<13>callId=7 x=1220?!") },
		{ TEXT("21 <13>callId=7 x=1221 <13>callId=7 x=12"), TEXT("<13>callId=7 x=1221?!") },
		{ TEXT("24 <13>callId=7 x=1224 <13>callId=7 x=12"), TEXT("<13>callId=7 x=1224?!") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

static void a_right_count_gives_an_end_that_is_claimed(void **state)
{
	static const struct row rows[] = {
		{ TEXT("8 <13>x=12"), TEXT("<13>x=12|") },
		{ TEXT("8 <13>x=128 <13>x=128 <13>x=12"), TEXT("<13>x=12|<13>x=12|<13>x=12|") },
		{ TEXT("8 <13>x=12\n8 <13>x=12\n"), TEXT("<13>x=12|<13>x=12|") },
		{ TEXT("8 <13>one)9 <13>x"), TEXT("<13>one)|<13>x>") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

static void assert_fed(struct connection *c, struct text data, enum framing_state state,
	struct text frames, bool awaits_quiet)
{
	buffer_clear(&c->frames);
	feed(c, data, state);
	test_text(buffer_text(&c->frames), frames.data, __FILE__, __LINE__);
	assert_int_equal(c->framing.awaits_quiet, awaits_quiet);
}

/* What ends like a word or a number waits. After a quiet time, a header behind it is enough. */
static void a_counted_message_may_wait_for_quiet(void **state)
{
	struct connection c;

	(void)state;
	open_connection(&c);
	assert_fed(&c, TEXT("9 <13>x=1)."), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=1).|"), false);
	assert_fed(&c, TEXT("8 <13>x=12"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8 <13>x=1"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=12|"), false);
	assert_fed(&c, TEXT("2"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8 <13>x=12"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=12|<13>x=12?"), false);
	assert_fed(&c, TEXT(" <13>x=1"), FRAMING_FLOWS, TEXT(""), false);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT(""), false);
	assert_fed(&c, TEXT("2"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8"), FRAMING_FLOWS, TEXT(""), true);
	/* It may be 128. */
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=12?"), false);
	assert_fed(&c, TEXT(" <13>x=12"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=12|"), false);
	assert_fed(&c, TEXT("8 <13>x=12"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8 <13>x=12"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT("8 <13>x=1)"), FRAMING_FLOWS, TEXT("<13>x=12|"), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("<13>x=12|<13>x=1)|"), false);
	assert_fed(&c, TEXT("3 t"), FRAMING_FLOWS, TEXT(""), false);
	assert_fed(&c, TEXT("wo"), FRAMING_FLOWS, TEXT(""), true);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT("two|"), false);
	/* The count of one without a priority is confirmed by what follows, however late. */
	assert_fed(&c, TEXT("4 two)8"), FRAMING_FLOWS, TEXT(""), false);
	assert_fed(&c, TEXT(""), FRAMING_QUIET, TEXT(""), false);
	assert_fed(&c, TEXT(" <13>x=1)"), FRAMING_FLOWS, TEXT("two)|<13>x=1)|"), false);
	close_connection(&c);
}

static void after_a_reset_no_end_is_sure_but_that_of_a_line(void **state)
{
	static const struct row rows[] = {
		{ TEXT("8 <13>x=12"), TEXT("<13>x=12?") },
		{ TEXT("8 <13>x=12\n"), TEXT("<13>x=12|") },
		{ TEXT("x=12\n"), TEXT("x=12|") },
		{ TEXT("x=12"), TEXT("x=12?") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct connection c;

		open_connection(&c);
		feed(&c, rows[i].input, FRAMING_FLOWS);
		feed(&c, TEXT(""), FRAMING_BROKEN);
		test_text(buffer_text(&c.frames), rows[i].frames.data, __FILE__, __LINE__);
		close_connection(&c);
	}
}

static void a_counted_message_that_the_end_breaks_off_is_cut(void **state)
{
	static const struct row rows[] = {
		{ TEXT("9 <13>one"), TEXT("<13>one>") },
		{ TEXT("9999999999 <13>one"), TEXT("<13>one>") },
		{ TEXT("7 <13>one9 "), TEXT("<13>one?!") },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), FRAMING_OCTETS);
}

static void nothing_at_all_is_no_message(void **state)
{
	struct connection c;

	(void)state;
	open_connection(&c);
	feed(&c, TEXT(""), FRAMING_FLOWS);
	feed(&c, TEXT(""), FRAMING_CLOSED);
	assert_int_equal(c.frames.len, 0);
	assert_int_equal(c.framing.kind, FRAMING_UNKNOWN);
	close_connection(&c);
}

/* -- bounds ------------------------------------------------------------- */

static const size_t sizes[] = { 1000, 4096, 65536, FRAMING_MESSAGE_MAX - 1, FRAMING_MESSAGE_MAX,
	FRAMING_MESSAGE_MAX + 1, FRAMING_MESSAGE_MAX + 2, FRAMING_MESSAGE_MAX + 3, 1 << 20 };

/* `head`, `len` bytes of 'x' and `tail` give a message of `kept` bytes, `head` not counted if it
 * is framing, and then "after". */
static void assert_long(
	const char *head, size_t len, struct text tail, size_t kept, char mark, size_t n_frames)
{
	const char *after = head[0] != '\0' ? "<13>after|" : "after|";
	struct buffer input = buffer_make(OUT_MAX);
	char *fill = test_repeat('x', len);

	buffer_add_string(&input, head);
	buffer_add(&input, fill, len);
	buffer_add_text(&input, tail);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct connection c;
		size_t n = 0;

		open_connection(&c);
		feed_pieces(&c, buffer_text(&input), sizes[i]);
		for (size_t at = 0; at < c.frames.len; at++)
			n += c.frames.data[at] == '|' || c.frames.data[at] == '?' ||
			     (c.frames.data[at] == '>' && at > 3 && c.frames.data[at - 3] != '<');
		assert_int_equal(n, n_frames);
		assert_true(c.frames.len > kept);
		assert_int_equal(c.frames.data[kept], mark);
		if (n_frames > 1)
			assert_text(text_make(c.frames.data + kept + 1, c.frames.len - kept - 1),
				after);
		close_connection(&c);
	}
	free(fill);
	buffer_done(&input);
}

static void a_line_at_the_bound_is_whole_and_past_it_is_cut(void **state)
{
	enum { MAX = FRAMING_MESSAGE_MAX };

	(void)state;
	assert_long("", MAX, TEXT("\nafter\n"), MAX, '|', 2);
	assert_long("", MAX, TEXT("\r\nafter\n"), MAX, '|', 2);
	assert_long("", MAX, TEXT("\0after\n"), MAX, '|', 2);
	assert_long("", MAX, TEXT(""), MAX, '?', 1);
	assert_long("", MAX + 1, TEXT("\nafter\n"), MAX, '>', 2);
	assert_long("", MAX + 1, TEXT("\r\nafter\n"), MAX, '>', 2);
	assert_long("", MAX + 1, TEXT(""), MAX, '>', 1);
	assert_long("", MAX + 2, TEXT("\0after\n"), MAX, '>', 2);
	assert_long("", 3 * MAX, TEXT("\nafter\n"), MAX, '>', 2);
	assert_long("", 3 * MAX, TEXT(""), MAX, '>', 1);
}

static void a_counted_message_at_the_bound_is_whole_and_past_it_is_cut(void **state)
{
	enum { MAX = FRAMING_MESSAGE_MAX };

	(void)state;
	assert_int_equal(MAX, 262144);
	assert_long("262144 <13>", MAX - 5, TEXT(")9 <13>after"), MAX, '|', 2);
	assert_long("262144 <13>", MAX - 4, TEXT("\n9 <13>after"), MAX, '|', 2);
	/* To see where the next one ends, too, there is no room. */
	assert_long("262144 <13>", MAX - 4, TEXT("9 <13>after"), MAX, '?', 2);
	assert_long("262145 <13>", MAX - 3, TEXT("9 <13>after"), MAX, '>', 2);
	assert_long("786432 <13>", 3 * MAX - 4, TEXT("9 <13>after"), MAX, '>', 2);
	assert_long("9999999999 <13>", 3 * MAX, TEXT("9 <13>after"), MAX, '>', 1);
}

/* No byte is searched twice: otherwise a message that comes byte by byte would take hours. */
static void a_long_line_that_comes_byte_by_byte_is_searched_once(void **state)
{
	struct connection c;

	(void)state;
	open_connection(&c);
	for (size_t i = 0; i < FRAMING_MESSAGE_MAX; i++) {
		feed(&c, TEXT("x"), FRAMING_FLOWS);
		assert_int_equal(c.framing.n_searched, i + 1);
	}
	feed(&c, TEXT("\n"), FRAMING_FLOWS);
	assert_int_equal(c.framing.n_searched, 0);
	assert_int_equal(c.frames.len, FRAMING_MESSAGE_MAX + 1);
	close_connection(&c);
}

/* Lines of all lengths: whichever of the two comes first ends one. */
static void a_line_ends_at_the_first_end_however_far_it_is(void **state)
{
	enum { LINES = 3000, LINE_MAX = 1500 };
	struct buffer input = buffer_make(OUT_MAX), frames = buffer_make(OUT_MAX);
	struct test_random random = { 5 };
	struct connection c;

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		size_t len = test_random(&random, LINE_MAX);
		CLEANUP(freep) char *line = test_repeat((char)('a' + i % 26), len);

		buffer_add(&input, line, len);
		buffer_add_char(&input, test_random(&random, 2) == 0 ? '\n' : '\0');
		if (len == 0)
			continue;
		buffer_add(&frames, line, len);
		buffer_add_char(&frames, '|');
	}
	for (size_t size = 1000; size < input.len; size *= 10) {
		open_connection(&c);
		feed_pieces(&c, buffer_text(&input), size);
		assert_true(text_equal(buffer_text(&c.frames), buffer_text(&frames)));
		close_connection(&c);
	}
	buffer_done(&input);
	buffer_done(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_with_lf_or_nul_and_empty_ones_are_none),
		cmocka_unit_test(counted_messages_may_hold_anything),
		cmocka_unit_test(line_ends_that_are_not_counted_are_passed_over),
		cmocka_unit_test(what_only_resembles_a_count_begins_a_line),
		cmocka_unit_test(where_no_header_is_the_stream_is_invalid),
		cmocka_unit_test(a_counted_message_may_have_no_priority),
		cmocka_unit_test(a_wrong_count_gives_no_end_that_is_claimed),
		cmocka_unit_test(a_right_count_gives_an_end_that_is_claimed),
		cmocka_unit_test(a_counted_message_may_wait_for_quiet),
		cmocka_unit_test(after_a_reset_no_end_is_sure_but_that_of_a_line),
		cmocka_unit_test(a_counted_message_that_the_end_breaks_off_is_cut),
		cmocka_unit_test(nothing_at_all_is_no_message),
		cmocka_unit_test(a_line_at_the_bound_is_whole_and_past_it_is_cut),
		cmocka_unit_test(a_counted_message_at_the_bound_is_whole_and_past_it_is_cut),
		cmocka_unit_test(a_long_line_that_comes_byte_by_byte_is_searched_once),
		cmocka_unit_test(a_line_ends_at_the_first_end_however_far_it_is),
	};

	return cmocka_run_group_tests_name("wire/framing", tests, NULL, NULL);
}
