/* A line that is not whole stays in the file and is read again when there is more: a thousand files
 * need no more memory than one. A position never lies directly behind a NUL: what is a hole now may
 * be filled in until a line behind it is whole. After each read, the beginning of the file and the
 * bytes before the offset are compared with their fingerprints. This detects a truncated file that
 * has grown past the offset before becaused looked at it.
 *
 * The fingerprint of the bytes before the offset must not depend on where the block began: a line
 * that is read a second time, in other blocks, is recognized by it. So each block is read with as
 * many bytes in front of it as a position needs. */
#include "config.h"

#include "source/files/tail.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { SEEK_BACK_SIZE = 64 * 1024 };

/* Read at most `size` bytes at `offset`; fewer only at the end of the file. */
static int read_at(int fd, char *data, size_t size, uint64_t offset, size_t *ret_n)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = pread(fd, data + n, size - n, (off_t)(offset + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret_n = n;
	return 0;
}

int tail_init(struct tail *tail, int fd)
{
	struct stat status;

	*tail = (struct tail){ .fd = fd, .position_changed = true };
	if (fstat(fd, &status) < 0)
		return -errno;
	tail->position.device = status.st_dev;
	tail->position.inode = status.st_ino;
	tail->position.head = fingerprint_of(NULL, 0);
	tail->position.tail = fingerprint_of(NULL, 0);
	return 0;
}

void tail_init_closed(struct tail *tail, const struct file_position *position)
{
	*tail = (struct tail){ .fd = -1, .position = *position };
}

void tail_close(struct tail *tail)
{
	tail->fd = close_fd(tail->fd);
}

int tail_reopen(struct tail *tail, int fd)
{
	struct stat status;
	int r = 0;

	assert(tail->fd < 0);
	if (fstat(fd, &status) < 0)
		r = -errno;
	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	assert(status.st_ino == tail->position.inode && status.st_dev == tail->position.device);
	tail->fd = fd;
	r = tail_check(tail);
	if (r < 0)
		tail_close(tail);
	return r;
}

void tail_done(struct tail *tail)
{
	tail->fd = close_fd(tail->fd);
}

/* Whether the file is still the one of the position. The fingerprint of its head is made anew when
 * the file has grown. */
static int compare(struct tail *tail, struct file_position *position)
{
	char head[POSITION_HEAD_MAX], bytes[POSITION_TAIL_MAX];
	size_t n = 0;
	int r;

	assert(position->head.len <= POSITION_HEAD_MAX && position->tail.len <= POSITION_TAIL_MAX);
	assert(position->tail.len <= position->offset);
	r = read_at(tail->fd, head, sizeof(head), 0, &n);
	if (r < 0)
		return r;
	if (!fingerprint_matches(position->head, head, n))
		return TAIL_TRUNCATED;
	n = fingerprint_head_len(head, n);
	if (position->head.len < n)
		position->head = fingerprint_of(head, n);

	r = read_at(tail->fd, bytes, position->tail.len, position->offset - position->tail.len, &n);
	if (r < 0)
		return r;
	return fingerprint_matches(position->tail, bytes, n) ? 0 : TAIL_TRUNCATED;
}

int tail_resume(struct tail *tail, const struct file_position *position)
{
	struct file_position wanted = *position;
	struct stat status;
	int r;

	if (fstat(tail->fd, &status) < 0)
		return -errno;
	if ((uint64_t)status.st_size < position->offset || position->tail.len > position->offset)
		return TAIL_TRUNCATED;
	r = compare(tail, &wanted);
	if (r != 0)
		return r;
	wanted.device = tail->position.device;
	wanted.inode = tail->position.inode;
	tail->position = wanted;
	return 0;
}

bool tail_fits(int fd, const struct file_position *position)
{
	struct tail tail;

	return tail_init(&tail, fd) == 0 && tail_resume(&tail, position) == 0;
}

void tail_restart(struct tail *tail)
{
	tail->position.offset = 0;
	tail->position.state = POSITION_WHOLE;
	tail->position.head = fingerprint_of(NULL, 0);
	tail->position.tail = fingerprint_of(NULL, 0);
	tail->nuls_from = tail->nuls_to = 0;
	tail->n_held = 0;
	tail->position_changed = true;
}

/* The fingerprint of the bytes before an offset. `bytes`: POSITION_TAIL_MAX bytes up to the offset,
 * fewer at the beginning of the file. */
static struct fingerprint fingerprint_before(const char *bytes, size_t len)
{
	size_t start = fingerprint_tail_start(bytes, len);

	return fingerprint_of(bytes + start, len - start);
}

/* Move to the position. The bytes before the offset must be known: they distinguish a copy from
 * another file. */
static int seek(struct tail *tail, struct file_position *position)
{
	char bytes[POSITION_TAIL_MAX];
	size_t size = position->offset < sizeof(bytes) ? (size_t)position->offset : sizeof(bytes);
	size_t n = 0;
	int r = read_at(tail->fd, bytes, size, position->offset - size, &n);

	if (r < 0)
		return r;
	position->tail = fingerprint_before(bytes, n);
	r = compare(tail, position);
	if (r < 0)
		return r;
	tail->position = *position;
	tail->n_held = 0;
	tail->position_changed = true;
	return 0;
}

static size_t without_nuls(const char *data, size_t len)
{
	while (len > 0 && data[len - 1] == '\0')
		len--;
	return len;
}

/* Where the next part of the file begins that is no hole for the file system, at or behind
 * `offset`; UINT64_MAX = there is none. */
static uint64_t next_data(int fd, uint64_t offset)
{
	off_t at = lseek(fd, (off_t)offset, SEEK_DATA);

	if (at >= 0)
		return (uint64_t)at;
	return errno == ENXIO ? UINT64_MAX : offset;
}

/* Up to where the file has data, as far as its file system knows. */
static uint64_t find_last_data(int fd, uint64_t size)
{
	uint64_t low = 0, high = size;

	if (next_data(fd, size > SEEK_BACK_SIZE ? size - SEEK_BACK_SIZE : 0) != UINT64_MAX)
		return size;
	/* From `high` on there is nothing but a hole. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2, at = next_data(fd, middle);

		if (at == UINT64_MAX)
			high = middle;
		else
			low = at + 1;
	}
	return high;
}

/* Find the end of the content in front of trailing NULs. More than TAIL_SEARCH_MAX of them, which
 * are no hole for the file system, count as content. */
static int find_content_end(int fd, uint64_t *ret)
{
	char bytes[SEEK_BACK_SIZE];
	struct stat status;
	uint64_t end, searched = 0;
	size_t n = 0, len = 0;

	if (fstat(fd, &status) < 0)
		return -errno;
	end = find_last_data(fd, (uint64_t)status.st_size);
	while (len == 0 && end > 0 && searched < TAIL_SEARCH_MAX) {
		size_t size = end < sizeof(bytes) ? (size_t)end : sizeof(bytes);
		int r = read_at(fd, bytes, size, end - size, &n);

		if (r < 0)
			return r;
		len = without_nuls(bytes, n);
		end -= size - len;
		searched += size;
	}
	*ret = end;
	return 0;
}

int tail_seek_end(struct tail *tail)
{
	char bytes[SEEK_BACK_SIZE];
	struct file_position position = tail->position;
	uint64_t end = 0;
	size_t back, n = 0;
	const char *lf;
	int r = find_content_end(tail->fd, &end);

	if (r < 0)
		return r;
	back = end < sizeof(bytes) ? (size_t)end : sizeof(bytes);
	position.offset = end - back;
	r = read_at(tail->fd, bytes, back, position.offset, &n);
	if (r < 0)
		return r;
	position.state = POSITION_WHOLE;
	lf = n > 0 ? memrchr(bytes, '\n', n) : NULL;
	if (lf) {
		position.offset += (size_t)(lf - bytes) + 1;
	} else if (position.offset > 0 && n > 0 && bytes[0] != '\0') {
		/* If the line is longer than this, its rest is passed over. */
		position.state = POSITION_SKIPPING;
		position.offset += n;
	}
	return seek(tail, &position);
}

int tail_pass(struct tail *tail)
{
	struct file_position position = tail->position;
	char last = '\n';
	int r = find_content_end(tail->fd, &position.offset);

	if (r < 0)
		return r;
	if (position.offset > 0 && pread(tail->fd, &last, 1, (off_t)position.offset - 1) < 0)
		return -errno;
	position.state = last == '\n' || last == '\0' ? POSITION_WHOLE : POSITION_SKIPPING;
	return seek(tail, &position);
}

int tail_check(struct tail *tail)
{
	struct stat status;

	if (fstat(tail->fd, &status) < 0)
		return -errno;
	if ((uint64_t)status.st_size < tail->position.offset)
		return TAIL_TRUNCATED;
	return compare(tail, &tail->position);
}

static uint64_t count_lines(const char *data, size_t len)
{
	const char *end = data + len, *lf;
	uint64_t n = 0;

	while (data < end && (lf = memchr(data, '\n', (size_t)(end - data)))) {
		n++;
		data = lf + 1;
	}
	return n + (data < end);
}

/* How many bytes before the offset the fingerprint in a position covers. */
static size_t size_before(uint64_t offset)
{
	return offset < POSITION_TAIL_MAX ? (size_t)offset : POSITION_TAIL_MAX;
}

struct file_position tail_position_behind(
	const struct tail *tail, const struct source_block *block, size_t len)
{
	struct file_position position = tail->position;
	size_t n;

	assert(len <= block->bytes.len);
	position.offset = block->offset + len;
	n = size_before(position.offset);
	position.tail = fingerprint_before(block->bytes.data + len - n, n);
	if (!block->continues || len < block->bytes.len)
		position.state = POSITION_WHOLE;
	return position;
}

/* What was read of the file. */
struct window {
	uint64_t offset;  /* of the first byte */
	const char *data; /* with the bytes in front of it that a position needs */
	size_t len;
	size_t text_len;  /* without trailing NULs */
	size_t lines_len; /* up to the last line end */
	bool at_end;      /* behind it there is nothing, or NULs only */
};

/* Read from `offset` until a line has ended, up to `max` bytes or to the end of the file. */
static int fill(const struct tail *tail, struct buffer *buffer, uint64_t offset, size_t max,
	struct window *ret)
{
	size_t before = size_before(offset), n = 0, room, from;
	const char *lf = NULL;
	int r;

	buffer_clear(buffer);
	max += before;
	do {
		room = max - buffer->len < TAIL_BLOCK_SIZE ? max - buffer->len : TAIL_BLOCK_SIZE;
		r = buffer_reserve(buffer, room);
		if (r < 0)
			return r;
		r = read_at(tail->fd, buffer->data + buffer->len, room,
			offset - before + buffer->len, &n);
		if (r < 0)
			return r;
		from = buffer->len > before ? buffer->len : before;
		buffer->len += n;
		if (buffer->len > from)
			lf = memrchr(buffer->data + from, '\n', buffer->len - from);
	} while (!lf && n == room && buffer->len < max);

	*ret = (struct window){ .offset = offset, .data = buffer->data + before };
	ret->len = buffer->len > before ? buffer->len - before : 0;
	ret->text_len = without_nuls(ret->data, ret->len);
	ret->lines_len = lf ? (size_t)(lf - ret->data) + 1 : 0;
	ret->at_end = n < room;
	return 0;
}

static size_t count_nuls(const char *data, size_t len)
{
	size_t n = 0;

	if (len > 0 && data[0] == '\0' && memcmp(data, data + 1, len - 1) == 0)
		return len;
	while (n < len && data[n] == '\0')
		n++;
	return n;
}

/* Find the first byte at or behind `from` that is no NUL. Returns 0, TAIL_END, TAIL_SKIPPED when
 * the search is to be continued with the next call, or a negative errno. */
static int find_text(struct tail *tail, struct buffer *buffer, uint64_t from, uint64_t *ret)
{
	uint64_t at = tail->nuls_from == from && tail->nuls_to > from ? tail->nuls_to : from;
	size_t n = 0, n_nuls, searched;
	int r;

	tail->nuls_from = tail->nuls_to = 0;
	buffer_clear(buffer);
	r = buffer_reserve(buffer, TAIL_BLOCK_SIZE);
	if (r < 0)
		return r;
	for (searched = 0; searched < TAIL_SEARCH_MAX; searched += TAIL_BLOCK_SIZE) {
		at = next_data(tail->fd, at);
		if (at == UINT64_MAX)
			return TAIL_END;
		r = read_at(tail->fd, buffer->data, TAIL_BLOCK_SIZE, at, &n);
		if (r < 0)
			return r;
		n_nuls = count_nuls(buffer->data, n);
		at += n_nuls;
		if (n_nuls < n) {
			*ret = at;
			return 0;
		}
		if (n < TAIL_BLOCK_SIZE)
			return TAIL_END;
	}
	tail->nuls_from = from;
	tail->nuls_to = at;
	return TAIL_SKIPPED;
}

/* Look for what there is to read: at the position, or behind the hole that begins there. Returns 0
 * with a window that begins with text, TAIL_END, TAIL_SKIPPED or a negative errno. */
static int look(struct tail *tail, struct buffer *buffer, size_t line_max, struct window *ret)
{
	size_t max = tail->position.state == POSITION_SKIPPING ? TAIL_BLOCK_SIZE : line_max;
	uint64_t offset = tail->position.offset, behind;
	int r = fill(tail, buffer, offset, max, ret);

	if (r == 0 && ret->len > 0 && ret->data[0] == '\0') {
		r = find_text(tail, buffer, offset, &offset);
		if (r == 0)
			r = fill(tail, buffer, offset, max, ret);
	}
	if (r != 0)
		return r;
	/* Whether these NULs are written yet is known by what follows. */
	if (tail->position.state != POSITION_SKIPPING && ret->len == max && ret->lines_len == 0 &&
		ret->text_len < max && ret->text_len > 0) {
		int found = find_text(tail, buffer, offset + ret->text_len, &behind);

		if (found < 0 || found == TAIL_SKIPPED)
			return found;
		r = fill(tail, buffer, offset, max, ret);
		ret->at_end = found == TAIL_END;
	}
	/* If it is changing at this moment, it is looked at again. */
	if (r == 0 && (ret->text_len == 0 || ret->data[0] == '\0'))
		r = ret->len == 0 ? TAIL_END : TAIL_SKIPPED;
	return r;
}

/* Where the first hole begins that ends a line: at least `min` NULs, with text behind them. */
static size_t find_hole(const char *data, size_t len, size_t min)
{
	const char *nul;
	size_t at = 0, n;

	while (at < len && (nul = memchr(data + at, '\0', len - at))) {
		at = (size_t)(nul - data);
		n = count_nuls(nul, len - at);
		if (n >= min)
			return at;
		at += n;
	}
	return len;
}

static void move(
	struct tail *tail, const struct window *window, size_t len, enum position_state state)
{
	size_t n = size_before(window->offset + len);

	assert(len > 0);
	tail->position.offset = window->offset + len;
	tail->position.tail = fingerprint_before(window->data + len - n, n);
	tail->position.state = state;
	tail->position_changed = true;
}

/* Pass over the rest of an overlong line. It ends with a line end, or before a hole that is longer
 * than a line. */
static int skip_line(struct tail *tail, const struct window *window, size_t line_max)
{
	const char *lf = memchr(window->data, '\n', window->text_len);
	size_t len = lf ? (size_t)(lf - window->data) + 1 : window->text_len;
	size_t hole = find_hole(window->data, len, line_max);

	assert(tail->position.state == POSITION_SKIPPING);
	if (window->offset - tail->position.offset >= line_max) {
		tail->position.state = POSITION_WHOLE;
		tail->position_changed = true;
	} else {
		move(tail, window, hole, lf || hole < len ? POSITION_WHOLE : POSITION_SKIPPING);
	}
	return TAIL_SKIPPED;
}

/* How much of whole lines there is before one that has a hole in front of it. */
static size_t find_lines_end(const struct window *window)
{
	const char *end = window->data + window->lines_len, *nul = window->data;

	while (nul < end && (nul = memchr(nul, '\0', (size_t)(end - nul)))) {
		if (nul[-1] == '\n')
			return (size_t)(nul - window->data);
		nul += count_nuls(nul, (size_t)(end - nul));
	}
	return window->lines_len;
}

static int return_block(struct tail *tail, const struct window *window, size_t len,
	enum position_state state, struct source_block *ret, uint64_t *ret_n_lines)
{
	*ret = (struct source_block){
		.bytes = text_make(window->data, len),
		.offset = window->offset,
		.continued = tail->position.state == POSITION_CUT,
		.continues = state != POSITION_WHOLE,
	};
	*ret_n_lines = count_lines(window->data, len);
	move(tail, window, len, state);
	return 0;
}

static int return_lines(struct tail *tail, const struct window *window, size_t line_max,
	struct source_block *ret, uint64_t *ret_n_lines)
{
	size_t lines_len = find_lines_end(window), rest = window->text_len - lines_len;
	bool full = window->len == line_max && !window->at_end;

	assert(tail->position.state != POSITION_SKIPPING);
	if (lines_len > 0) {
		tail->at_end = window->at_end && lines_len == window->lines_len;
		if (tail->at_end)
			tail->n_held = rest - count_nuls(window->data + lines_len, rest);
		return return_block(tail, window, lines_len, POSITION_WHOLE, ret, ret_n_lines);
	}
	if (full || rest == line_max)
		return return_block(tail, window, rest, POSITION_SKIPPING, ret, ret_n_lines);
	tail->at_end = true;
	if (tail->final)
		return return_block(tail, window, rest, POSITION_CUT, ret, ret_n_lines);
	tail->n_held = rest;
	return TAIL_END;
}

int tail_read(struct tail *tail, struct buffer *buffer, size_t line_max, struct source_block *ret,
	uint64_t *ret_n_lines)
{
	struct window window = { 0 };
	int found = look(tail, buffer, line_max, &window), r;

	if (found < 0)
		return found;
	/* The check comes last, so that it covers what was read, too. */
	r = tail_check(tail);
	if (r != 0)
		return r;
	tail->n_held = 0;
	tail->at_end = found == TAIL_END;
	if (found != 0)
		return found;
	if (tail->position.state == POSITION_SKIPPING)
		return skip_line(tail, &window, line_max);
	return return_lines(tail, &window, line_max, ret, ret_n_lines);
}
