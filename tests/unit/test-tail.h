/* What the tests of a tail share: one file that is followed, without names and watches. */
#pragma once

#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/disk/content.h"
#include "source/files/files-options.h"
#include "source/files/tail.h"

enum { LINE_MAX_HERE = 16 };

struct fixture {
	struct tail tail;
	struct content content;
	struct source_block block;
	uint64_t n_lines;
};

static inline int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .content = content_make(4 * FILES_LINE_MAX) };
	*state = &f;
	return tail_init(&f.tail, memfd_create("tail", MFD_CLOEXEC));
}

static inline int finish(void **state)
{
	struct fixture *f = *state;

	tail_close(&f->tail);
	content_done(&f->content);
	return f->tail.fd == -1 ? 0 : -1;
}

static inline void append(struct fixture *f, const char *text)
{
	assert_true(lseek(f->tail.fd, 0, SEEK_END) >= 0);
	assert_int_equal(io_write(f->tail.fd, text, strlen(text)), 0);
}

static inline void replace(struct fixture *f, const char *text)
{
	assert_int_equal(ftruncate(f->tail.fd, 0), 0);
	append(f, text);
}

static inline int read_block(struct fixture *f)
{
	return tail_read(&f->tail, &f->content, LINE_MAX_HERE, &f->block, &f->n_lines);
}

#define assert_block(f, wanted) check_block((f), (wanted), __FILE__, __LINE__)

static inline void check_block(struct fixture *f, const char *wanted, const char *file, int line)
{
	assert_int_equal(read_block(f), 0);
	test_text(f->block.bytes, wanted, file, line);
}

#define assert_end(f) assert_int_equal(read_block((f)), TAIL_END)

static inline void assert_fingerprint(struct fingerprint got, struct fingerprint wanted)
{
	assert_int_equal(got.len, wanted.len);
	assert_true(got.hash == wanted.hash);
}

static inline void resize(struct fixture *f, off_t size)
{
	assert_int_equal(ftruncate(f->tail.fd, size), 0);
}

static inline void put(struct fixture *f, off_t offset, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	assert_int_equal(pwrite(f->tail.fd, text, (size_t)len, offset), len);
}

#define TAIL_TEST(test) cmocka_unit_test_setup_teardown(test, start, finish)
