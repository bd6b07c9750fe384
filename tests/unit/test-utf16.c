/* Tests of wire/utf16. Every text is converted whole, and in pieces of each size. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "wire/utf16.h"

enum { OUT_MAX = 1024 };

static void marks_are_told_apart(void **state)
{
	static const struct {
		struct text head;
		enum utf16_kind kind;
	} rows[] = {
		{ TEXT(""), UTF16_NONE },
		{ TEXT("\xFF"), UTF16_NONE },
		{ TEXT("\xFE"), UTF16_NONE },
		{ TEXT("ab"), UTF16_NONE },
		{ TEXT("\xEF\xBB\xBF"
		       "a"),
			UTF16_NONE },
		{ TEXT("\xFF\xFE"), UTF16_LITTLE },
		{ TEXT("\xFE\xFF"), UTF16_BIG },
		{ TEXT("\xFF\xFE"
		       "a\0b\0"),
			UTF16_LITTLE },
		{ TEXT("\xFF\xFE\0a"), UTF16_LITTLE },
		{ TEXT("\xFF\xFE"
		       "a"),
			UTF16_LITTLE },
		{ TEXT("\xFF\xFE\0\0"), UTF16_NONE },
		{ TEXT("\xFF\xFE\0\0a\0\0\0"), UTF16_NONE },
		{ TEXT("\xFE\xFF\0\0"), UTF16_BIG },
		{ TEXT("\0\0\xFE\xFF"), UTF16_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(utf16_detect(rows[i].head), rows[i].kind);
}

/* Convert in pieces of `size` bytes, as a reader does that keeps what was not taken. */
static void convert(enum utf16_kind kind, struct text raw, size_t size, struct buffer *out)
{
	size_t at = 0, end = 0;

	while (at < raw.len) {
		size_t n_raw = 0;

		end = raw.len - end < size ? raw.len : end + size;
		assert_int_equal(utf16_convert(kind, text_make(raw.data + at, end - at),
					 end == raw.len, out, &n_raw),
			0);
		assert_true(n_raw <= end - at);
		/* At most half a pair and an odd byte wait. */
		assert_true(end - at - n_raw < 4);
		at += n_raw;
	}
}

/* The same units with their bytes exchanged; an odd byte stays. */
static void swap(struct text raw, char *out)
{
	memcpy(out, raw.data, raw.len);
	for (size_t i = 0; i + 1 < raw.len; i += 2) {
		out[i] = raw.data[i + 1];
		out[i + 1] = raw.data[i];
	}
}

static const struct {
	struct text big;
	const char *utf8;
} texts[] = {
	{ TEXT(""), "" },
	{ TEXT("\0a\0\n"), "a\n" },
	{ TEXT("\0\x7F\0\x80\x07\xFF\x08\0"), "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80" },
	{ TEXT("\xD7\xFF\xE0\0\xFF\xFF"), "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF" },
	/* Pairs: the first, one in the middle, the last. */
	{ TEXT("\xD8\0\xDC\0"), "\xF0\x90\x80\x80" },
	{ TEXT("\xD8\x3D\xDE\0\0!"), "\xF0\x9F\x98\x80!" },
	{ TEXT("\xDB\xFF\xDF\xFF"), "\xF4\x8F\xBF\xBF" },
	/* Halves alone, twice, and exchanged. */
	{ TEXT("\xD8\0\0\n"), "\xEF\xBF\xBD\n" },
	{ TEXT("\xDC\0\0\n"), "\xEF\xBF\xBD\n" },
	{ TEXT("\xD8\0\xD8\0\xDC\0"), "\xEF\xBF\xBD\xF0\x90\x80\x80" },
	{ TEXT("\xDC\0\xD8\0\0a"), "\xEF\xBF\xBD\xEF\xBF\xBD"
				   "a" },
	/* What the text ends in the middle of. */
	{ TEXT("\0a\xD8\0"), "a\xEF\xBF\xBD" },
	{ TEXT("\0a\0"), "a\xEF\xBF\xBD" },
	{ TEXT("\0a\xD8\0\xDC"), "a\xEF\xBF\xBD\xEF\xBF\xBD" },
	/* A second mark is a character like any other. */
	{ TEXT("\xFE\xFF\0a"), "\xEF\xBB\xBF"
			       "a" },
};

static void text_becomes_utf8_in_both_byte_orders(void **state)
{
	char little[64];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		swap(texts[i].big, little);
		for (size_t size = 1; size <= 8; size++) {
			struct buffer out = buffer_make(OUT_MAX);

			convert(UTF16_BIG, texts[i].big, size, &out);
			assert_text(buffer_text(&out), texts[i].utf8);
			buffer_clear(&out);
			convert(UTF16_LITTLE, text_make(little, texts[i].big.len), size, &out);
			assert_text(buffer_text(&out), texts[i].utf8);
			assert_true(text_is_utf8(buffer_text(&out)));
			buffer_done(&out);
		}
	}
}

static void a_half_pair_and_an_odd_byte_wait_for_the_rest(void **state)
{
	struct buffer out = buffer_make(OUT_MAX);
	size_t n_raw = 99;

	(void)state;
	assert_int_equal(utf16_convert(UTF16_BIG, TEXT("\0a\0"), false, &out, &n_raw), 0);
	assert_int_equal(n_raw, 2);
	assert_int_equal(utf16_convert(UTF16_BIG, TEXT("\xD8\0"), false, &out, &n_raw), 0);
	assert_int_equal(n_raw, 0);
	assert_int_equal(utf16_convert(UTF16_BIG, TEXT("\xD8\0\xDC"), false, &out, &n_raw), 0);
	assert_int_equal(n_raw, 0);
	assert_int_equal(utf16_convert(UTF16_BIG, TEXT("\xDC"), false, &out, &n_raw), 0);
	assert_int_equal(n_raw, 0);
	assert_text(buffer_text(&out), "a");
	buffer_done(&out);
}

static void what_does_not_fit_is_left(void **state)
{
	static const char raw[] = "\0a\xD8\0\xDC\0\0b";

	(void)state;
	for (size_t max = 1; max <= 6; max++) {
		struct buffer out = buffer_make(max);
		size_t n_raw = 99;

		assert_int_equal(
			utf16_convert(UTF16_BIG, text_make(raw, 8), true, &out, &n_raw), 0);
		assert_int_equal(n_raw, max < 5 ? 2 : max < 6 ? 6 : 8);
		assert_int_equal(out.len, max < 5 ? 1 : max);
		assert_int_equal(buffer_finish(&out), 0);
		buffer_done(&out);
	}
}

static void the_cursor_finds_the_raw_bytes_of_every_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t len = strlen(texts[i].utf8);
		struct utf16_cursor all = utf16_cursor_make(UTF16_BIG, texts[i].big);

		for (size_t n = 0; n <= len; n++) {
			struct utf16_cursor cursor = utf16_cursor_make(UTF16_BIG, texts[i].big);
			size_t n_raw = utf16_cursor_move(&all, n);
			struct buffer out = buffer_make(OUT_MAX);

			assert_int_equal(utf16_cursor_move(&cursor, n), n_raw);
			convert(UTF16_BIG, text_make(texts[i].big.data, n_raw), 8, &out);
			/* Whole characters that lie in these bytes: all but part of one. */
			assert_true(out.len <= n && n - out.len < 4);
			assert_memory_equal(buffer_text(&out).data, texts[i].utf8, out.len);
			buffer_done(&out);
		}
		assert_int_equal(utf16_cursor_move(&all, len), texts[i].big.len);
	}
}

static void the_cursor_stops_before_a_character_that_is_cut(void **state)
{
	struct utf16_cursor cursor = utf16_cursor_make(UTF16_LITTLE, TEXT("a\0\0\xD8\0\xDC\n\0"));

	(void)state;
	assert_int_equal(utf16_cursor_move(&cursor, 1), 2);
	assert_int_equal(utf16_cursor_move(&cursor, 4), 2);
	assert_int_equal(utf16_cursor_move(&cursor, 5), 6);
	assert_int_equal(utf16_cursor_move(&cursor, 6), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_told_apart),
		cmocka_unit_test(text_becomes_utf8_in_both_byte_orders),
		cmocka_unit_test(a_half_pair_and_an_odd_byte_wait_for_the_rest),
		cmocka_unit_test(what_does_not_fit_is_left),
		cmocka_unit_test(the_cursor_finds_the_raw_bytes_of_every_part),
		cmocka_unit_test(the_cursor_stops_before_a_character_that_is_cut),
	};

	return cmocka_run_group_tests_name("wire/utf16", tests, NULL, NULL);
}
