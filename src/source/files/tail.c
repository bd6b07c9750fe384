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
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/disk/content.h"

enum { SEEK_BACK_SIZE = 64 * 1024 };

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

/* Whether the file is still the one of the position. The fingerprint of its head is made anew when
 * the file has grown. */
static int compare(struct tail *tail, struct file_position *position)
{
	char head[POSITION_HEAD_MAX], bytes[POSITION_TAIL_MAX];
	size_t n = 0;
	int r;

	assert(position->head.len <= POSITION_HEAD_MAX && position->tail.len <= POSITION_TAIL_MAX);
	assert(position->tail.len <= position->offset);
	r = content_read(tail->fd, head, sizeof(head), 0, &n);
	if (r < 0)
		return r;
	if (!fingerprint_matches(position->head, head, n))
		return TAIL_TRUNCATED;
	n = fingerprint_head_len(head, n);
	tail->encoding = utf16_detect(text_make(head, n < UTF16_HEAD_LEN ? n : UTF16_HEAD_LEN));
	tail->format = container_format_of(
		text_make(head, n < CONTAINER_HEAD_MAX ? n : CONTAINER_HEAD_MAX));
	if (tail->format == CONTAINER_NONE ||
		container_look_back(&position->chains) > position->offset)
		position->chains = (struct container_chains){ 0 };
	if (position->head.len < n)
		position->head = fingerprint_of(head, n);

	r = content_read(
		tail->fd, bytes, position->tail.len, position->offset - position->tail.len, &n);
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
	position_move(&wanted, tail->position.device, tail->position.inode);
	wanted.born_usec = tail->position.born_usec;
	tail->position = wanted;
	return 0;
}

bool tail_fits(int fd, const struct file_position *position)
{
	struct tail tail;

	return tail_init(&tail, fd) == 0 && tail_resume(&tail, position) == 0;
}

/* Later than the time of the content before: clocks are set back. */
static uint64_t next_content(const struct file_position *position)
{
	uint64_t now_usec = io_now_usec(CLOCK_REALTIME);

	return now_usec > position->content_usec ? now_usec : position->content_usec + 1;
}

void tail_restart(struct tail *tail)
{
	tail->position.content_usec = next_content(&tail->position);
	position_rewind(&tail->position);
	tail->position.original_device = 0;
	tail->position.original_inode = 0;
	tail->position.head = fingerprint_of(NULL, 0);
	tail->nuls_from = tail->nuls_to = 0;
	tail->n_held = 0;
	tail->final = false;
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
	int r = content_read(tail->fd, bytes, size, position->offset - size, &n);

	if (r < 0)
		return r;
	position->tail = fingerprint_before(bytes, n);
	position->chains = (struct container_chains){ 0 };
	r = compare(tail, position);
	if (r < 0)
		return r;
	tail->position = *position;
	tail->n_held = 0;
	tail->position_changed = true;
	return 0;
}

static bool is_unit(enum utf16_kind encoding, const char *bytes, char c)
{
	return encoding == UTF16_BIG ? bytes[0] == '\0' && bytes[1] == c
				     : bytes[0] == c && bytes[1] == '\0';
}

static size_t unit_of(enum utf16_kind encoding)
{
	return encoding == UTF16_NONE ? 1 : UTF16_UNIT_LEN;
}

/* How many bytes there are up to the last line end; 0 = there is none. UTF-16: the bytes begin with
 * a whole unit. */
static size_t find_line_end(enum utf16_kind encoding, const char *bytes, size_t len)
{
	const char *lf;

	if (encoding == UTF16_NONE) {
		lf = len > 0 ? memrchr(bytes, '\n', len) : NULL;
		return lf ? (size_t)(lf - bytes) + 1 : 0;
	}
	len -= len % 2;
	while (len > 0 && !is_unit(encoding, bytes + len - 2, '\n'))
		len -= 2;
	return len;
}

/* The end of the content. The fingerprint of the beginning is known afterwards, and the encoding.
 */
static int find_end(struct tail *tail, uint64_t *ret)
{
	int r = content_find_end(tail->fd, ret);

	if (r == 0)
		r = compare(tail, &tail->position);
	if (r < 0)
		return r;
	*ret += *ret % unit_of(tail->encoding);
	return 0;
}

int tail_seek_end(struct tail *tail)
{
	char bytes[SEEK_BACK_SIZE];
	struct file_position position = tail->position;
	uint64_t end = 0;
	size_t back, n = 0, line_end;
	int r = find_end(tail, &end);

	if (r < 0)
		return r;
	back = end < sizeof(bytes) ? (size_t)end : sizeof(bytes);
	position.offset = end - back;
	r = content_read(tail->fd, bytes, back, position.offset, &n);
	if (r < 0)
		return r;
	position.state = POSITION_WHOLE;
	line_end = find_line_end(tail->encoding, bytes, n);
	if (line_end > 0) {
		position.offset += line_end;
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
	char last[2] = { '\0' };
	size_t n = 0, unit;
	int r = find_end(tail, &position.offset);

	if (r < 0)
		return r;
	unit = unit_of(tail->encoding);
	if (position.offset >= unit)
		r = content_read(tail->fd, last, unit, position.offset - unit, &n);
	if (r < 0)
		return r;
	position.state = POSITION_SKIPPING;
	if (find_line_end(tail->encoding, last, n) > 0 || content_count_nuls(last, n) == n)
		position.state = POSITION_WHOLE;
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

/* Set the position behind the first `raw_len` bytes. */
static void set_behind(struct file_position *position, const struct content *content,
	size_t raw_len, enum position_state state)
{
	size_t n = size_before(content->offset + raw_len);

	position->offset = content->offset + raw_len;
	position->tail = fingerprint_before(content_raw_end(content, raw_len, n), n);
	position->state = state;
}

struct file_position tail_position_behind(const struct tail *tail, struct content *content,
	const struct source_block *block, size_t len)
{
	struct file_position position = tail->position;
	bool is_end = len == block->bytes.len && block->continues;
	size_t raw_len = 0;

	assert(len <= block->bytes.len);
	if (content->is_joined)
		container_position(&content->joiner, len, &raw_len, &position.chains);
	else
		raw_len = content_raw_len(content, len);
	set_behind(&position, content, raw_len, is_end ? position.state : POSITION_WHOLE);
	return position;
}

/* Read at the offset, with what lies before it: the bytes of the fingerprint, and the parts of
 * lines that end behind it. */
static int fill(const struct tail *tail, struct content *content, uint64_t offset, size_t max)
{
	size_t before = size_before(offset), back = container_look_back(&tail->position.chains);

	if (offset == tail->position.offset && back > before)
		before = back;
	return content_fill(content, tail->fd, tail->encoding, offset, before, max);
}

/* Find the first text at or behind `from`. A search that takes long continues with the next call.
 * Returns 0, TAIL_END, TAIL_SKIPPED or a negative errno. */
static int find_text(struct tail *tail, struct content *content, uint64_t from, uint64_t *ret)
{
	uint64_t at = tail->nuls_from == from && tail->nuls_to > from ? tail->nuls_to : from;
	int r = content_find(content, tail->fd, &at);

	tail->nuls_from = tail->nuls_to = 0;
	if (r < 0)
		return r;
	if (r == CONTENT_END)
		return TAIL_END;
	if (r == CONTENT_SKIPPED) {
		tail->nuls_from = from;
		tail->nuls_to = at;
		return TAIL_SKIPPED;
	}
	*ret = at - at % unit_of(tail->encoding);
	return 0;
}

/* Where the next text begins, if no hole is there: behind a byte order mark. becaused 0.1.0 read
 * UTF-16 as bytes, and may have left off inside a unit. */
static uint64_t find_start(const struct tail *tail)
{
	uint64_t offset = tail->position.offset;

	if (tail->encoding != UTF16_NONE && offset < UTF16_MARK_LEN)
		return UTF16_MARK_LEN;
	return offset + offset % unit_of(tail->encoding);
}

/* Look for what there is to read: at the position, or behind the hole that begins there. Returns 0
 * with content that begins with text, TAIL_END, TAIL_SKIPPED or a negative errno. */
static int look(struct tail *tail, struct content *content, size_t line_max)
{
	bool is_skipping = tail->position.state == POSITION_SKIPPING;
	size_t max = is_skipping ? CONTENT_BLOCK_SIZE : line_max;
	uint64_t offset = find_start(tail), behind;
	int found, r = fill(tail, content, offset, max);

	if (r == 0 && content->len > 0 && content->data[0] == '\0') {
		r = find_text(tail, content, offset, &offset);
		if (r == 0)
			r = fill(tail, content, offset, max);
	}
	if (r != 0)
		return r;
	/* Whether these NULs are written yet is known by what follows. */
	if (!is_skipping && content->is_full && content->lines_len == 0 && content->text_len > 0 &&
		content->text_len < content->len) {
		behind = offset + content_raw_len(content, content->text_len);
		found = find_text(tail, content, behind, &behind);
		if (found < 0 || found == TAIL_SKIPPED)
			return found;
		r = fill(tail, content, offset, max);
		content->at_end = found == TAIL_END;
	}
	/* If it is changing at this moment, it is looked at again. */
	if (r == 0 && (content->text_len == 0 || content->data[0] == '\0'))
		r = content->len == 0 ? TAIL_END : TAIL_SKIPPED;
	return r;
}

/* Where the first hole begins that ends a line: at least `min` NULs, with text behind them. */
static size_t find_hole(const char *data, size_t len, size_t min)
{
	const char *nul;
	size_t at = 0, n;

	while (at < len && (nul = memchr(data + at, '\0', len - at))) {
		at = (size_t)(nul - data);
		n = content_count_nuls(nul, len - at);
		if (n >= min)
			return at;
		at += n;
	}
	return len;
}

/* Move behind the first `len` bytes of the text. */
static void move(struct tail *tail, struct content *content, size_t len, enum position_state state)
{
	assert(len > 0);
	set_behind(&tail->position, content, content_raw_len(content, len), state);
	tail->position_changed = true;
}

/* Pass over the rest of an overlong line. It ends with a line end, or before a hole that is longer
 * than a line. */
static int skip_line(struct tail *tail, struct content *content, size_t line_max)
{
	const char *lf = memchr(content->data, '\n', content->text_len);
	size_t len = lf ? (size_t)(lf - content->data) + 1 : content->text_len;
	size_t hole = find_hole(content->data, len, line_max);
	uint64_t passed = content->offset - tail->position.offset;

	assert(tail->position.state == POSITION_SKIPPING);
	if (passed / unit_of(tail->encoding) >= line_max) {
		tail->position.state = POSITION_WHOLE;
		tail->position_changed = true;
	} else {
		move(tail, content, hole, lf || hole < len ? POSITION_WHOLE : POSITION_SKIPPING);
	}
	return TAIL_SKIPPED;
}

/* Give the first `len` bytes of the text. */
static int return_block(struct tail *tail, struct content *content, size_t len,
	enum position_state state, struct source_block *ret)
{
	*ret = (struct source_block){
		.bytes = text_make(content->data, len),
		.offset = content->offset,
		.continued = tail->position.state == POSITION_CUT,
		.continues = state != POSITION_WHOLE,
	};
	move(tail, content, len, state);
	return 0;
}

/* Whether the line that the content begins with continues behind it, as far as is known. */
static bool is_overlong(const struct content *content)
{
	return content->is_full && (!content->at_end || content->text_len == content->len);
}

static int return_lines(struct tail *tail, struct content *content, struct source_block *ret)
{
	int r = content_remove_holes(content);
	size_t lines_len = content->lines_len, rest = content->text_len - lines_len;

	if (r < 0)
		return r;
	assert(tail->position.state != POSITION_SKIPPING);
	tail->at_end = content->at_end;
	if (lines_len > 0) {
		if (tail->at_end)
			tail->n_held = rest - content_count_nuls(content->data + lines_len, rest);
		return return_block(tail, content, lines_len, POSITION_WHOLE, ret);
	}
	if (is_overlong(content))
		return return_block(tail, content, rest, POSITION_SKIPPING, ret);
	tail->at_end = true;
	if (tail->final)
		return return_block(tail, content, rest, POSITION_CUT, ret);
	tail->n_held = rest;
	return TAIL_END;
}

/* Give the lines with their parts joined: the first `lines_len` bytes, or if there are none, a line
 * whose last part does not come. */
static int join_lines(
	struct tail *tail, struct content *content, size_t lines_len, struct source_block *ret)
{
	size_t back = container_look_back(&tail->position.chains);
	const struct container_input input = {
		.format = tail->format,
		.raw = text_make(
			content_raw_end(content, lines_len, back + lines_len), back + lines_len),
		.chains = tail->position.chains,
		.final = lines_len == 0,
	};
	struct container_block block;
	int r;

	/* The position was saved by another program than this one. */
	if (back > 0 && input.raw.data[back - 1] != '\n') {
		tail->position.chains = (struct container_chains){ 0 };
		return TAIL_SKIPPED;
	}
	r = container_join(&content->joiner, &input, &block);
	if (r < 0)
		return r;
	*ret = (struct source_block){
		.bytes = block.bytes,
		.offset = content->offset,
		.continues = block.continues,
	};
	content->is_joined = true;
	set_behind(&tail->position, content, block.n_read, POSITION_WHOLE);
	tail->position.chains = block.chains;
	tail->position_changed = true;
	return block.bytes.len > 0 ? 0 : TAIL_SKIPPED;
}

/* Give a line whose last part does not come. */
static int return_chain(struct tail *tail, struct content *content, struct source_block *ret)
{
	int r = fill(tail, content, tail->position.offset, 1);

	if (r < 0)
		return r;
	/* If it is changing at this moment, it is looked at again. */
	return content->raw.len < content->before ? TAIL_SKIPPED
						  : join_lines(tail, content, 0, ret);
}

static int return_container_lines(
	struct tail *tail, struct content *content, int found, struct source_block *ret)
{
	size_t lines_len = found == 0 ? content_find_hole(content) : 0;
	bool is_apart = found == 0 && content->offset != tail->position.offset;
	bool is_cut = found == 0 && is_overlong(content);
	int r = found;

	if (container_look_back(&tail->position.chains) > 0 &&
		(is_apart || (lines_len == 0 && (is_cut || tail->final))))
		return return_chain(tail, content, ret);
	if (lines_len > 0 && tail->position.state == POSITION_WHOLE) {
		r = join_lines(tail, content, lines_len, ret);
		tail->at_end = content->at_end && lines_len == content->text_len;
	} else if (found == 0) {
		r = return_lines(tail, content, ret);
	}
	if (tail->at_end)
		tail->n_held += container_look_back(&tail->position.chains);
	return r;
}

int tail_read(struct tail *tail, struct content *content, size_t line_max, struct source_block *ret,
	uint64_t *ret_n_lines)
{
	enum utf16_kind encoding = tail->encoding;
	enum container_format format = tail->format;
	int found = look(tail, content, line_max), r;

	if (found < 0)
		return found;
	/* The check comes last, so that it covers what was read, too. */
	r = tail_check(tail);
	if (r != 0)
		return r;
	if (tail->encoding != encoding || tail->format != format)
		return TAIL_SKIPPED;
	tail->n_held = 0;
	tail->at_end = found == TAIL_END;
	if (found == 0 && tail->position.state == POSITION_SKIPPING)
		return skip_line(tail, content, line_max);
	if (tail->format != CONTAINER_NONE && found != TAIL_SKIPPED)
		found = return_container_lines(tail, content, found, ret);
	else if (found == 0)
		found = return_lines(tail, content, ret);
	if (found == 0)
		*ret_n_lines = count_lines(ret->bytes.data, ret->bytes.len);
	return found;
}
