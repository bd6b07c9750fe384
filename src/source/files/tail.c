/* A line that is not whole stays in the file and is read again when there is more: a thousand files
 * need no more memory than one. After each read, the beginning of the file and the bytes before the
 * offset are compared with their fingerprints. This detects a truncated file that has grown past
 * the offset before becaused looked at it.
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

	*tail = (struct tail){ .fd = fd, .quiet_usec = UINT64_MAX, .position_changed = true };
	if (fstat(fd, &status) < 0)
		return -errno;
	tail->position.device = status.st_dev;
	tail->position.inode = status.st_ino;
	tail->position.head = fingerprint_of(NULL, 0);
	tail->position.tail = fingerprint_of(NULL, 0);
	return 0;
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
	tail->position.skipping = false;
	tail->position.head = fingerprint_of(NULL, 0);
	tail->position.tail = fingerprint_of(NULL, 0);
	tail->partial = 0;
	tail->quiet_usec = UINT64_MAX;
	tail->position_changed = true;
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
	position->tail = fingerprint_of(bytes, n);
	r = compare(tail, position);
	if (r < 0)
		return r;
	tail->position = *position;
	tail->position_changed = true;
	return 0;
}

int tail_seek_end(struct tail *tail)
{
	char bytes[SEEK_BACK_SIZE];
	struct file_position position = tail->position;
	struct stat status;
	size_t back, n = 0;
	const char *lf;
	int r;

	if (fstat(tail->fd, &status) < 0)
		return -errno;
	back = (uint64_t)status.st_size < sizeof(bytes) ? (size_t)status.st_size : sizeof(bytes);
	position.offset = (uint64_t)status.st_size - back;
	r = read_at(tail->fd, bytes, back, position.offset, &n);
	if (r < 0)
		return r;
	lf = n > 0 ? memrchr(bytes, '\n', n) : NULL;
	/* If the line is longer than this, its rest is passed over. */
	position.skipping = !lf && position.offset > 0;
	if (lf)
		position.offset += (size_t)(lf - bytes) + 1;
	else if (position.skipping)
		position.offset += n;
	return seek(tail, &position);
}

int tail_pass(struct tail *tail)
{
	struct file_position position = tail->position;
	struct stat status;
	char last = '\n';

	if (fstat(tail->fd, &status) < 0)
		return -errno;
	position.offset = (uint64_t)status.st_size;
	if (position.offset > 0 && pread(tail->fd, &last, 1, status.st_size - 1) < 0)
		return -errno;
	position.skipping = last != '\n';
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
	position.tail = fingerprint_of(block->bytes.data + len - n, n);
	position.skipping = block->continues && len == block->bytes.len;
	return position;
}

static int return_block(struct tail *tail, const char *data, size_t len, bool continues,
	struct source_block *ret, uint64_t *ret_n_lines)
{
	assert(len > 0 && !tail->position.skipping);
	*ret = (struct source_block){
		.bytes = text_make(data, len),
		.offset = tail->position.offset,
		.continues = continues,
	};
	*ret_n_lines = count_lines(data, len);
	tail->position = tail_position_behind(tail, ret, len);
	assert(tail->position.offset == ret->offset + len);
	tail->position_changed = true;
	tail->partial = 0;
	tail->quiet_usec = UINT64_MAX;
	return 0;
}

/* Pass over the rest of an overlong line. */
static int skip_line(struct tail *tail, const char *data, size_t len)
{
	const char *lf = memchr(data, '\n', len);
	size_t passed = lf ? (size_t)(lf - data) + 1 : len, n;

	assert(passed > 0 && tail->position.skipping);
	tail->position.offset += passed;
	n = size_before(tail->position.offset);
	tail->position.tail = fingerprint_of(data + passed - n, n);
	tail->position.skipping = !lf;
	tail->position_changed = true;
	return TAIL_SKIPPED;
}

/* The file ends inside a line, which may still grow. */
static int wait_for_line(struct tail *tail, const char *data, size_t len, uint64_t now_usec,
	struct source_block *ret, uint64_t *ret_n_lines)
{
	if (len > 0 && len == tail->partial && now_usec >= tail->quiet_usec)
		return return_block(tail, data, len, false, ret, ret_n_lines);
	if (len != tail->partial)
		tail->quiet_usec = len > 0 ? now_usec + TAIL_QUIET_USEC : UINT64_MAX;
	tail->partial = len;
	return TAIL_END;
}

/* Read until a line has ended, up to `max` bytes or to the end of the file, and in front of that
 * `before` bytes. Returns the bytes of whole lines in `ret_whole`. */
static int fill(const struct tail *tail, struct buffer *buffer, size_t before, size_t max,
	size_t *ret_whole)
{
	size_t n = 0, room, from;
	const char *lf = NULL;
	int r;

	*ret_whole = 0;
	max += before;
	do {
		room = max - buffer->len < TAIL_BLOCK_SIZE ? max - buffer->len : TAIL_BLOCK_SIZE;
		r = buffer_reserve(buffer, room);
		if (r < 0)
			return r;
		r = read_at(tail->fd, buffer->data + buffer->len, room,
			tail->position.offset - before + buffer->len, &n);
		if (r < 0)
			return r;
		from = buffer->len > before ? buffer->len : before;
		buffer->len += n;
		if (buffer->len > from)
			lf = memrchr(buffer->data + from, '\n', buffer->len - from);
		if (lf)
			*ret_whole = (size_t)(lf - buffer->data) + 1 - before;
	} while (!lf && n == room && buffer->len < max);
	return 0;
}

int tail_read(struct tail *tail, struct buffer *buffer, size_t line_max, uint64_t now_usec,
	struct source_block *ret, uint64_t *ret_n_lines)
{
	size_t max = tail->position.skipping ? TAIL_BLOCK_SIZE : line_max, whole = 0, len;
	size_t before = size_before(tail->position.offset);
	struct stat status;
	const char *data;
	int r = 0;

	if (fstat(tail->fd, &status) < 0)
		return -errno;
	buffer_clear(buffer);
	if ((uint64_t)status.st_size > tail->position.offset)
		r = fill(tail, buffer, before, max, &whole);
	if (r < 0)
		return r;
	/* The check comes last, so that it covers what was read, too. */
	r = tail_check(tail);
	if (r != 0)
		return r;

	if (buffer->len <= before)
		return wait_for_line(tail, "", 0, now_usec, ret, ret_n_lines);
	data = buffer->data + before;
	len = buffer->len - before;
	assert(whole <= len && len <= max);
	if (tail->position.skipping)
		return skip_line(tail, data, len);
	if (whole > 0)
		return return_block(tail, data, whole, false, ret, ret_n_lines);
	if (len == line_max)
		return return_block(tail, data, len, true, ret, ret_n_lines);
	return wait_for_line(tail, data, len, now_usec, ret, ret_n_lines);
}
