/* Files may be larger than what was written to them. The file system knows most of the holes, and
 * skips them at once; all other NULs must be read. */
#include "config.h"

#include "source/files/disk/content.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BACK_SIZE = 64 * 1024, /* bytes read at a time from the end of a file */
	BEFORE_MAX = CONTAINER_SPAN_MAX + 1024,
	KEEP_MAX = 2 * CONTENT_BLOCK_SIZE,
	HOLE_BYTES_MAX = 8, /* of a hole's entry, for each byte of text */
};

/* Of the text behind `at`, so many NULs were removed before. */
struct hole {
	size_t at, n_removed;
};

struct content content_make(size_t max)
{
	/* UTF-16 has at most two bytes for each of UTF-8. */
	return (struct content){
		.raw = buffer_make(2 * max + CONTENT_BLOCK_SIZE + BEFORE_MAX),
		.converted = buffer_make(max),
		.holes = buffer_make(HOLE_BYTES_MAX * max),
		.joiner = container_joiner_make(),
	};
}

void content_done(struct content *content)
{
	buffer_done(&content->raw);
	buffer_done(&content->converted);
	buffer_done(&content->holes);
	container_joiner_done(&content->joiner);
}

void content_shrink(struct content *content)
{
	if (content->raw.size > KEEP_MAX)
		buffer_done(&content->raw);
	if (content->converted.size > KEEP_MAX)
		buffer_done(&content->converted);
	if (content->holes.size > KEEP_MAX)
		buffer_done(&content->holes);
}

int content_read(int fd, char *data, size_t size, uint64_t offset, size_t *ret_n)
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

/* --- NULs --- */

size_t content_count_nuls(const char *data, size_t len)
{
	size_t n = 0;

	if (len > 0 && data[0] == '\0' && memcmp(data, data + 1, len - 1) == 0)
		return len;
	while (n < len && data[n] == '\0')
		n++;
	return n;
}

size_t content_without_nuls(const char *data, size_t len)
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

int content_find(struct content *content, int fd, uint64_t *at)
{
	size_t n = 0, n_nuls;
	int r;

	buffer_clear(&content->raw);
	r = buffer_reserve(&content->raw, CONTENT_BLOCK_SIZE);
	if (r < 0)
		return r;
	for (size_t i = 0; i < CONTENT_SEARCH_MAX; i += CONTENT_BLOCK_SIZE) {
		uint64_t next = next_data(fd, *at);

		if (next == UINT64_MAX)
			return CONTENT_END;
		r = content_read(fd, content->raw.data, CONTENT_BLOCK_SIZE, next, &n);
		if (r < 0)
			return r;
		n_nuls = content_count_nuls(content->raw.data, n);
		*at = next + n_nuls;
		if (n_nuls < n)
			return 0;
		if (n < CONTENT_BLOCK_SIZE)
			return CONTENT_END;
	}
	return CONTENT_SKIPPED;
}

/* Up to where the file has data, as far as its file system knows. */
static uint64_t find_last_data(int fd, uint64_t size)
{
	uint64_t low = 0, high = size;

	if (next_data(fd, size > BACK_SIZE ? size - BACK_SIZE : 0) != UINT64_MAX)
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

int content_find_end(int fd, uint64_t *ret)
{
	char bytes[BACK_SIZE];
	struct stat status;
	uint64_t end, searched = 0;
	size_t n = 0, len = 0;

	if (fstat(fd, &status) < 0)
		return -errno;
	end = find_last_data(fd, (uint64_t)status.st_size);
	while (len == 0 && end > 0 && searched < CONTENT_SEARCH_MAX) {
		size_t size = end < sizeof(bytes) ? (size_t)end : sizeof(bytes);
		int r = content_read(fd, bytes, size, end - size, &n);

		if (r < 0)
			return r;
		len = content_without_nuls(bytes, n);
		end -= size - len;
		searched += size;
	}
	*ret = end;
	return 0;
}

/* --- text --- */

/* Read up to `size` bytes more. */
static int read_more(struct content *content, int fd, size_t size)
{
	struct buffer *raw = &content->raw;
	size_t n = 0;
	int r = buffer_reserve(raw, size);

	if (r == 0)
		r = content_read(fd, raw->data + raw->len, size,
			content->offset - content->before + raw->len, &n);
	if (r < 0)
		return r;
	raw->len += n;
	content->at_end = n < size;
	return 0;
}

/* Whether characters are left because there is no room for them, not for want of bytes. */
static bool is_full(const struct buffer *converted, size_t n_left)
{
	return n_left >= UTF16_CHARACTER_MAX ||
	       (n_left >= UTF16_UNIT_LEN && converted->max - converted->len < UTF16_CHARACTER_MAX);
}

/* Convert what was read and is not converted yet. */
static int convert_more(struct content *content, enum utf16_kind kind)
{
	struct text raw = text_make(content->raw.data, content->raw.len);
	size_t done = content->before + content->cursor.raw.len, n = 0;
	int r;

	if (raw.len < done)
		return 0;
	text_skip(&raw, done);
	r = utf16_convert(kind, raw, false, &content->converted, &n);
	if (r < 0)
		return r;
	content->cursor.raw.len += n;
	content->is_full = is_full(&content->converted, raw.len - n);
	content->at_end &= !content->is_full;
	return 0;
}

/* The text is what was read. */
static void take_raw(struct content *content, size_t max)
{
	struct text raw = text_make(content->raw.data, content->raw.len);

	text_skip(&raw, raw.len < content->before ? raw.len : content->before);
	content->data = raw.data;
	content->len = raw.len;
	content->is_full = raw.len == max;
}

static int fill_more(struct content *content, int fd, enum utf16_kind kind, size_t max)
{
	size_t size = CONTENT_BLOCK_SIZE, left = max + content->before - content->raw.len;
	int r = read_more(content, fd, kind == UTF16_NONE && left < size ? left : size);

	if (r < 0)
		return r;
	if (kind == UTF16_NONE) {
		take_raw(content, max);
		return 0;
	}
	r = convert_more(content, kind);
	content->data = content->converted.data;
	content->len = content->converted.len;
	return r;
}

int content_fill(struct content *content, int fd, enum utf16_kind kind, uint64_t offset,
	size_t before, size_t max)
{
	const char *lf = NULL;
	bool is_hole = false;
	size_t from = 0;
	int r;

	assert(before <= BEFORE_MAX && before <= offset);
	buffer_clear(&content->raw);
	buffer_clear(&content->converted);
	buffer_clear(&content->holes);
	if (content->converted.size > max)
		buffer_done(&content->converted);
	content->converted.max = max;
	content->offset = offset;
	content->before = before;
	content->cursor = (struct utf16_cursor){ .kind = kind };
	content->is_joined = false;
	content->len = 0;
	do {
		from = content->len;
		r = fill_more(content, fd, kind, max);
		if (r < 0)
			return r;
		if (content->len > from)
			lf = memrchr(content->data + from, '\n', content->len - from);
		/* A hole is searched through in another way. */
		is_hole = content->len > 0 && content->data[0] == '\0';
	} while (!lf && !is_hole && !content->at_end && !content->is_full);

	content->text_len = content_without_nuls(content->data, content->len);
	content->lines_len = lf ? (size_t)(lf - content->data) + 1 : 0;
	content->cursor.raw.data = content->raw.data + before;
	return 0;
}

/* Where the next hole in front of a line begins, at or behind `from`, a line's first byte; the end
 * of the lines if there is none. */
static size_t find_hole(const struct content *content, size_t from)
{
	const char *data = content->data, *nul;
	size_t len = content->lines_len;

	while (from < len && (nul = memchr(data + from, '\0', len - from))) {
		from = (size_t)(nul - data);
		if (from > 0 && nul[-1] == '\n')
			return from;
		from += content_count_nuls(nul, len - from);
	}
	return len;
}

size_t content_find_hole(const struct content *content)
{
	return find_hole(content, 0);
}

int content_remove_holes(struct content *content)
{
	size_t at = 0, hole = find_hole(content, 0), end, n_removed = 0;
	struct buffer *out = &content->converted;
	const char *text = content->data;
	size_t len = 0;

	if (hole == content->lines_len)
		return 0;
	if (content->cursor.kind == UTF16_NONE && buffer_reserve(out, content->text_len) < 0)
		return -ENOMEM;
	while (at < content->text_len) {
		end = hole < content->lines_len ? hole : content->text_len;
		memmove(out->data + len, text + at, end - at);
		len += end - at;
		at = end;
		if (at == content->text_len)
			break;
		at += content_count_nuls(text + at, content->lines_len - at);
		n_removed += at - end;
		buffer_add(&content->holes, &(struct hole){ len, n_removed }, sizeof(struct hole));
		hole = find_hole(content, at);
	}
	if (buffer_finish(&content->holes) < 0)
		return -ENOMEM;
	content->data = out->data;
	content->len = content->text_len = len;
	content->lines_len -= n_removed;
	return 0;
}

/* How many NULs were removed in front of the first `len` bytes. */
static size_t count_removed(const struct content *content, size_t len)
{
	const struct hole *holes = (const void *)content->holes.data;
	size_t low = 0, high = content->holes.len / sizeof(*holes);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holes[middle].at < len)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? holes[low - 1].n_removed : 0;
}

size_t content_raw_len(struct content *content, size_t len)
{
	struct utf16_cursor *cursor = &content->cursor;

	assert(len <= content->len);
	len += count_removed(content, len);
	if (cursor->kind == UTF16_NONE)
		return len;
	if (len < cursor->n_utf8)
		*cursor = utf16_cursor_make(cursor->kind, cursor->raw);
	return utf16_cursor_move(cursor, len);
}

const char *content_raw_end(const struct content *content, size_t raw_len, size_t n)
{
	assert(n <= content->before + raw_len);
	return content->raw.data + content->before + raw_len - n;
}
