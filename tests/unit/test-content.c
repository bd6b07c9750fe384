/* The content of files: NULs, holes, and where the bytes of a text are in the file. */
#include "config.h"

#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/files/disk/content.h"

enum { BOUND = 1000 };

static int make_file(struct text bytes, off_t offset, off_t size)
{
	int fd = memfd_create("content", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes.data, bytes.len, offset), bytes.len);
	if (size > 0)
		assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void the_end_is_found_in_front_of_nuls(void **state)
{
	static const off_t sizes[] = { 0, 10, 5000, 70000, 1 << 20, INT64_C(1) << 40 };
	static const off_t offsets[] = { 0, 1, 4095, 4096, 100000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes) * COUNT(offsets); i++) {
		off_t offset = offsets[i / COUNT(sizes)], size = sizes[i % COUNT(sizes)];
		CLEANUP(closep) int fd = make_file(TEXT("one\n"), offset, size + offset + 4);
		CLEANUP(closep) int empty = make_file(TEXT(""), 0, size);
		uint64_t end = 0;

		assert_int_equal(content_find_end(fd, &end), 0);
		assert_int_equal(end, offset + 4);
		assert_int_equal(content_find_end(empty, &end), 0);
		assert_int_equal(end, 0);
	}
}

/* No call reads more than its bound; what it did not look at counts as content. */
static void the_end_is_searched_for_in_a_bounded_part(void **state)
{
	CLEANUP(freep) char *nuls = calloc(1, 2 * CONTENT_SEARCH_MAX);
	CLEANUP(closep) int fd = make_file(text_make(nuls, 2 * CONTENT_SEARCH_MAX), 0, 0);
	uint64_t end = 0;

	(void)state;
	assert_int_equal(content_find_end(fd, &end), 0);
	assert_int_equal(end, CONTENT_SEARCH_MAX);
}

static void the_next_text_is_found(void **state)
{
	static const off_t offsets[] = { 0, 1, 4095, 4096, CONTENT_BLOCK_SIZE, INT64_C(1) << 40 };
	struct content content = content_make(BOUND);

	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		CLEANUP(closep) int fd = make_file(TEXT("one\n"), offsets[i], 0);
		uint64_t at = 0;

		assert_int_equal(content_find(&content, fd, &at), 0);
		assert_int_equal(at, offsets[i]);
		at += 4;
		assert_int_equal(content_find(&content, fd, &at), CONTENT_END);
		assert_int_equal(ftruncate(fd, offsets[i] + 100000), 0);
		assert_int_equal(content_find(&content, fd, &at), CONTENT_END);
	}
	content_done(&content);
}

static void nuls_are_counted(void **state)
{
	static const struct {
		struct text text;
		size_t front, without;
	} rows[] = {
		{ TEXT(""), 0, 0 },
		{ TEXT("a"), 0, 1 },
		{ TEXT("\0"), 1, 0 },
		{ TEXT("\0\0\0"), 3, 0 },
		{ TEXT("\0\0a\0\0\0"), 2, 3 },
		{ TEXT("a\0b"), 0, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text t = rows[i].text;

		assert_int_equal(content_count_nuls(t.data, t.len), rows[i].front);
		assert_int_equal(content_without_nuls(t.data, t.len), rows[i].without);
	}
}

/* Behind each line, the raw bytes end where the line does. */
static void raw_bytes_are_found_without_holes_too(void **state)
{
	static const struct {
		enum utf16_kind kind;
		struct text bytes;
		size_t raw_lens[3]; /* of one, two and three lines */
	} rows[] = {
		{ UTF16_NONE, TEXT("..a\nbc\nd\n"), { 2, 5, 7 } },
		{ UTF16_NONE, TEXT("..a\n\0\0\0bc\n\0d\n"), { 2, 8, 11 } },
		{ UTF16_LITTLE, TEXT("..a\0\n\0b\0c\0\n\0d\0\n\0"), { 4, 10, 14 } },
		{ UTF16_LITTLE, TEXT("..a\0\n\0\0\0\0\0b\0c\0\n\0\0\0d\0\n\0"), { 4, 14, 20 } },
		{ UTF16_BIG, TEXT("..\0a\0\n\0\0\0b\0c\0\n\0d\0\n"), { 4, 12, 16 } },
	};
	static const size_t lens[] = { 2, 5, 7 };
	struct content content = content_make(BOUND);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(closep) int fd = make_file(rows[i].bytes, 0, 0);

		assert_int_equal(content_fill(&content, fd, rows[i].kind, 2, 2, BOUND), 0);
		assert_true(content.at_end);
		assert_int_equal(content_remove_holes(&content), 0);
		assert_int_equal(content.lines_len, 7);
		assert_text(text_make(content.data, content.len), "a\nbc\nd\n");
		for (size_t j = COUNT(lens); j-- > 0;) {
			size_t raw_len = content_raw_len(&content, lens[j]);

			assert_int_equal(raw_len, rows[i].raw_lens[j]);
			assert_memory_equal(content_raw_end(&content, raw_len, raw_len + 2),
				rows[i].bytes.data, raw_len + 2);
		}
	}
	content_done(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_is_found_in_front_of_nuls),
		cmocka_unit_test(the_end_is_searched_for_in_a_bounded_part),
		cmocka_unit_test(the_next_text_is_found),
		cmocka_unit_test(nuls_are_counted),
		cmocka_unit_test(raw_bytes_are_found_without_holes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
