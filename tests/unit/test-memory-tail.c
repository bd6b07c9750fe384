/* Refused memory in source/files/tail: nothing is read then, the position stays, and the next read
 * gives what was to be had. */
#include "config.h"

#include "test-memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include "source/files/disk/content.h"
#include "source/files/tail.h"

#define CRI "2022-01-21T10:10:24.99Z stdout "

enum { BOUND = 1000 };

static struct text bytes, wanted;

static int read_lines(struct tail *tail, struct content *content)
{
	struct source_block block;
	uint64_t n_lines;
	int r;

	while ((r = tail_read(tail, content, BOUND, &block, &n_lines)) == TAIL_SKIPPED)
		;
	if (r == 0 && !text_equal(block.bytes, wanted))
		return NOT_AS_BEFORE;
	return r;
}

static int attempt_to_read(void)
{
	struct content content = content_make(BOUND);
	bool armed = allocator.armed;
	struct tail tail;
	int r, fd;

	allocator.armed = false;
	fd = memfd_create("tail", MFD_CLOEXEC);
	assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
	assert_int_equal(tail_init(&tail, fd), 0);
	allocator.armed = armed;
	r = read_lines(&tail, &content);
	allocator.armed = false;
	if (r == -ENOMEM) {
		assert_int_equal(tail.position.offset, 0);
		assert_int_equal(read_lines(&tail, &content), 0);
	}
	tail_close(&tail);
	content_done(&content);
	allocator.armed = armed;
	return r;
}

static void lines_are_read_when_there_is_memory(void **state)
{
	static const struct {
		struct text bytes, wanted;
		size_t n_allocations;
	} rows[] = {
		{ TEXT("one\ntwo\n"), TEXT("one\ntwo\n"), 1 },
		{ TEXT("one\n\0two\n"), TEXT("one\ntwo\n"), 3 },
		{ TEXT("\xFF\xFEo\0\n\0"), TEXT("o\n"), 2 },
		{ TEXT("\xFF\xFEo\0\n\0\0\0t\0\n\0"), TEXT("o\nt\n"), 3 },
		{ TEXT(CRI "P one\n" CRI "F two\n"), TEXT(CRI "F onetwo\n"), 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bytes = rows[i].bytes;
		wanted = rows[i].wanted;
		sweep(attempt_to_read, rows[i].n_allocations);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_when_there_is_memory),
	};

	return cmocka_run_group_tests_name("refused memory in a tail", tests, NULL, NULL);
}
