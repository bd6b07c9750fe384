/* Whatever a program does while it writes a file, and whenever the file is read: each line comes
 * once, in order and whole. A model of the writer knows every line. */
#include "config.h"

#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "source/files/disk/content.h"
#include "source/files/tail.h"

enum {
	BOUND = 64,        /* of a line */
	LONG_BOUND = 2000, /* no line is as long */
	HEAD_MAX = 40,
	PARTS_MAX = 3,
	TEXT_MAX = 120,
	LINES = 60,
	ROUNDS = 500,
	STEPS_MAX = 2000,
};

struct line {
	char text[HEAD_MAX + TEXT_MAX + 2]; /* with its line end */
	size_t len;
	char raw[PARTS_MAX * (HEAD_MAX + TEXT_MAX + 2)]; /* in the encoding of the file */
	size_t raw_len;
	bool is_behind_hole; /* the writer leaves a hole in front of it */
	bool is_torn;        /* the writer was cut off in it, and a long hole follows */
};

struct model {
	struct tail tail;
	struct content content;
	uint64_t random;
	enum utf16_kind encoding;
	bool in_parts; /* it is the log of a container */
	size_t bound;
	off_t unit; /* bytes */
	struct line lines[LINES];
	size_t at;                             /* the line that is being written */
	size_t written;                        /* bytes of it */
	off_t end;                             /* of what was written */
	off_t size;                            /* of the file, with what is preallocated */
	size_t n_given;                        /* lines */
	struct file_position positions[LINES]; /* behind each line that was given */
};

static uint32_t next_random(struct model *m, uint32_t below)
{
	m->random = m->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(m->random >> 33) % below;
}

static bool happens(struct model *m, uint32_t one_in)
{
	return next_random(m, one_in) == 0;
}

/* As the log of a container has it: the line in parts. */
static void divide(struct model *m, struct line *line, size_t i)
{
	static const char *const streams[] = { "stdout", "stderr" };
	char text[TEXT_MAX + 2];
	size_t len = line->len - 1, n_parts = 1 + next_random(m, PARTS_MAX), at = 0, part;

	memcpy(text, line->text, len);
	for (size_t j = 1; j <= n_parts; j++) {
		part = j == n_parts ? len - at : next_random(m, (uint32_t)(len - at + 1));
		line->raw_len += (size_t)snprintf(line->raw + line->raw_len,
			sizeof(line->raw) - line->raw_len, "2022-01-21T10:10:24.99Z %s %c %.*s\n",
			streams[i % 2], j == n_parts ? 'F' : 'P', (int)part, text + at);
		at += part;
	}
	line->len = (size_t)snprintf(line->text, sizeof(line->text),
		"2022-01-21T10:10:24.99Z %s F %.*s\n", streams[i % 2], (int)len, text);
}

static void encode(struct model *m, struct line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		if (m->encoding == UTF16_BIG)
			line->raw[line->raw_len++] = '\0';
		line->raw[line->raw_len++] = line->text[i];
		if (m->encoding == UTF16_LITTLE)
			line->raw[line->raw_len++] = '\0';
	}
}

static void make_line(struct model *m, size_t i)
{
	struct line *line = &m->lines[i];
	size_t len = happens(m, 8) ? next_random(m, TEXT_MAX) : next_random(m, 30);

	line->len = (size_t)snprintf(line->text, sizeof(line->text), "%zu ", i);
	while (line->len < len)
		line->text[line->len++] = (char)('a' + next_random(m, 26));
	line->is_behind_hole = happens(m, 6);
	line->is_torn = !m->in_parts && i + 1 < LINES && line->len < BOUND && happens(m, 20);
	if (!line->is_torn)
		line->text[line->len++] = '\n';
	if (m->in_parts)
		divide(m, line, i);
	else
		encode(m, line);
}

static off_t hole_size(struct model *m, uint32_t at_least)
{
	static const uint32_t most[] = { 2, 10, 70, 5000, 2 * CONTENT_BLOCK_SIZE, 64 << 20 };

	return m->unit * (off_t)(at_least + next_random(m, most[next_random(m, COUNT(most))]));
}

static void write_bytes(struct model *m, const char *data, size_t len)
{
	assert_int_equal(pwrite(m->tail.fd, data, len, m->end), len);
	m->end += (off_t)len;
	m->size = m->end > m->size ? m->end : m->size;
}

/* Write a part of what is to be written, wherever a buffer was full. */
static void write_some(struct model *m)
{
	size_t n = 1 + next_random(m, happens(m, 4) ? 400 : 20);

	while (n > 0 && m->at < LINES) {
		const struct line *line = &m->lines[m->at];
		size_t len = line->raw_len - m->written < n ? line->raw_len - m->written : n;

		if (m->written == 0 && line->is_behind_hole)
			m->end += hole_size(m, 1);
		write_bytes(m, line->raw + m->written, len);
		m->written += len;
		n -= len;
		if (m->written < line->raw_len)
			return;
		if (line->is_torn)
			m->end += hole_size(m, (uint32_t)m->bound);
		m->at++;
		m->written = 0;
	}
}

static void preallocate(struct model *m)
{
	off_t size = m->end + hole_size(m, 0);

	if (size <= m->size)
		return;
	assert_int_equal(ftruncate(m->tail.fd, size), 0);
	m->size = size;
}

/* The next line of the block is the next one of the model. */
static void take_line(struct model *m, const struct source_block *block, size_t start, size_t next)
{
	const struct line *line = &m->lines[m->n_given];
	struct text text = text_make(block->bytes.data + start, next - start);
	bool is_long = line->len > m->bound, is_last = next == block->bytes.len;

	assert_true(m->n_given <= m->at);
	if (text.len < (is_long ? m->bound : line->len))
		assert_true(m->tail.final && is_last && m->n_given == m->at);
	assert_true(text.len <= m->bound && memcmp(text.data, line->text, text.len) == 0);
	if (is_last)
		assert_int_equal(block->continues, text.data[text.len - 1] != '\n');
	m->positions[m->n_given++] = tail_position_behind(&m->tail, &m->content, block, next);
}

static int read_once(struct model *m)
{
	struct source_block block;
	uint64_t n_lines = 0, n_given = m->n_given;
	const char *lf;
	int r = tail_read(&m->tail, &m->content, m->bound, &block, &n_lines);

	if (r != 0)
		return r;
	assert_false(block.continued);
	for (size_t start = 0, next; start < block.bytes.len; start = next) {
		lf = memchr(block.bytes.data + start, '\n', block.bytes.len - start);
		next = lf ? (size_t)(lf - block.bytes.data) + 1 : block.bytes.len;
		take_line(m, &block, start, next);
	}
	assert_int_equal(m->n_given - n_given, n_lines);
	return 0;
}

static void read_to_end(struct model *m)
{
	int r;

	for (unsigned i = 0; (r = read_once(m)) != TAIL_END; i++)
		assert_true(i < STEPS_MAX && (r == 0 || r == TAIL_SKIPPED));
	assert_true(m->tail.at_end);
}

/* becaused was killed: it begins again behind any of the lines. */
static void resume(struct model *m)
{
	int fd = dup(m->tail.fd);

	assert_true(fd >= 0);
	tail_close(&m->tail);
	assert_int_equal(tail_init(&m->tail, fd), 0);
	m->n_given = m->n_given > 0 ? next_random(m, (uint32_t)m->n_given) : 0;
	if (m->n_given > 0)
		assert_int_equal(tail_resume(&m->tail, &m->positions[m->n_given - 1]), 0);
}

static void reopen(struct model *m)
{
	int fd = dup(m->tail.fd);

	assert_true(fd >= 0);
	tail_close(&m->tail);
	assert_int_equal(tail_reopen(&m->tail, fd), 0);
}

static void step(struct model *m)
{
	switch (next_random(m, 10)) {
	case 0:
		preallocate(m);
		break;
	case 1:
		resume(m);
		break;
	case 2:
		reopen(m);
		break;
	case 3:
	case 4:
		(void)read_once(m);
		break;
	case 5:
		read_to_end(m);
		break;
	default:
		write_some(m);
	}
}

static void begin(struct model *m, uint64_t seed, bool in_parts)
{
	*m = (struct model){ .random = seed, .content = content_make(2 * CONTENT_BLOCK_SIZE) };
	m->in_parts = in_parts;
	m->bound = m->in_parts || happens(m, 2) ? LONG_BOUND : BOUND;
	m->encoding = m->in_parts ? UTF16_NONE : (enum utf16_kind)(seed % 3);
	m->unit = m->encoding == UTF16_NONE ? 1 : 2;
	assert_int_equal(tail_init(&m->tail, memfd_create("tail", MFD_CLOEXEC)), 0);
	for (size_t i = 0; i < LINES; i++)
		make_line(m, i);
	/* The beginning shows what the file is; a mark and two NULs would be that of UTF-32. */
	if (m->encoding != UTF16_NONE || m->in_parts)
		m->lines[0].is_behind_hole = false;
	if (m->encoding != UTF16_NONE)
		write_bytes(m, m->encoding == UTF16_BIG ? "\xFE\xFF" : "\xFF\xFE", 2);
}

static void finish(struct model *m)
{
	tail_close(&m->tail);
	content_done(&m->content);
}

static void each_line_comes_once(void **state)
{
	struct model m;

	(void)state;
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		begin(&m, seed, seed % 4 == 0);
		for (unsigned i = 0; m.at < LINES && i < STEPS_MAX; i++)
			step(&m);
		assert_int_equal(m.at, LINES);
		read_to_end(&m);
		assert_int_equal(m.n_given, LINES);
		finish(&m);
	}
}

/* Whether a character of the line is there: NULs that are not written yet may complete one. */
static bool has_text(const struct model *m)
{
	if (m->encoding == UTF16_LITTLE && m->size > m->end)
		return m->written > 0;
	return m->written >= (size_t)m->unit;
}

/* When nothing more is expected, the last line comes as far as it was written. */
static void the_last_line_comes_as_far_as_it_goes(void **state)
{
	struct model m;

	(void)state;
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		begin(&m, seed, false);
		for (unsigned i = 0; m.at < LINES / 2 || (m.written == 0 && m.at < LINES); i++)
			step(&m);
		if (happens(&m, 2))
			read_to_end(&m);
		m.tail.final = true;
		read_to_end(&m);
		assert_int_equal(m.n_given, m.at + has_text(&m));
		assert_int_equal(m.tail.n_held, 0);
		finish(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_comes_once),
		cmocka_unit_test(the_last_line_comes_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
