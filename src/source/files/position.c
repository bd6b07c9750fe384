/* Numbers are hexadecimal except for the offset, which people may want to look at.
 *
 * NULs may be a hole, or not written yet: when they are filled in, the file is still the same one.
 * So fingerprints leave out the trailing NULs, and what lies behind several of them, as seen from
 * the text that they are of. One or two NULs are part of a character in UTF-16. */
#include "config.h"

#include "source/files/position.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HOLE_MIN = 3 }; /* NULs in sequence that are no text in any encoding */

static const char state_letters[N_POSITION_STATES] = {
	[POSITION_WHOLE] = '-',
	[POSITION_SKIPPING] = 's',
	[POSITION_CUT] = 'c',
};

struct fingerprint fingerprint_of(const char *data, size_t len)
{
	return (struct fingerprint){ len, text_hash(TEXT_HASH_START, text_make(data, len)) };
}

size_t fingerprint_head_len(const char *data, size_t len)
{
	const char *hole = len > 0 ? memmem(data, len, "\0\0\0", HOLE_MIN) : NULL;

	len = hole ? (size_t)(hole - data) : len;
	while (len > 0 && data[len - 1] == '\0')
		len--;
	return len;
}

size_t fingerprint_tail_start(const char *data, size_t len)
{
	const char *nul = len > 0 ? memrchr(data, '\0', len) : NULL;
	size_t n_nuls = 0, start = nul ? (size_t)(nul - data) + 1 : 0;

	while (start > 0 && n_nuls < HOLE_MIN)
		n_nuls = data[--start] == '\0' ? n_nuls + 1 : 0;
	return n_nuls == HOLE_MIN ? start + HOLE_MIN : start;
}

void fingerprint_prefixes(const char *data, size_t len, struct fingerprint *ret)
{
	ret[0] = (struct fingerprint){ 0, TEXT_HASH_START };
	for (size_t i = 0; i < len; i++)
		ret[i + 1] = (struct fingerprint){ i + 1, text_hash_byte(ret[i].hash, data[i]) };
}

bool fingerprint_matches(struct fingerprint fingerprint, const char *data, size_t len)
{
	return len >= fingerprint.len &&
	       fingerprint_of(data, fingerprint.len).hash == fingerprint.hash;
}

static bool has_chains(const struct file_position *position)
{
	return container_look_back(&position->chains) > 0;
}

/* Each of the following writes one part and returns where it ends. A record has a position, so they
 * are printed by hand. */

static char *print_char(char c, char *out)
{
	*out = c;
	return out + 1;
}

/* Write a number and what follows it. */
static char *print_hex(uint64_t number, char end, char *out)
{
	return print_char(end, out + text_print_hex(number, out));
}

/* Write the length and the hash, without an end. */
static char *print_fingerprint(struct fingerprint fingerprint, char *out)
{
	out = print_hex(fingerprint.len, '-', out);
	return out + text_print_hex(fingerprint.hash, out);
}

/* Write the chains, if there are any, each after a colon. */
static char *print_chains(const struct file_position *position, char *out)
{
	if (!has_chains(position))
		return out;
	out = print_hex(position->chains.back[0], ':', print_char(':', out));
	return out + text_print_hex(position->chains.back[1], out);
}

static bool has_original(const struct file_position *position)
{
	return position->original_device != 0 || position->original_inode != 0;
}

void position_move(struct file_position *position, dev_t device, ino_t inode)
{
	bool is_copy = position->device != device || position->inode != inode;

	if (is_copy && !has_original(position)) {
		position->original_device = position->device;
		position->original_inode = position->inode;
	}
	position->device = device;
	position->inode = inode;
}

void position_rewind(struct file_position *position)
{
	position->offset = 0;
	position->tail = fingerprint_of(NULL, 0);
	position->state = POSITION_WHOLE;
	position->chains = (struct container_chains){ 0 };
}

bool position_is_copy(const struct file_position *position)
{
	return has_original(position) && position->original_inode != position->inode;
}

/* Write the file of which this one is a copy, if it is one. */
static char *print_original(const struct file_position *position, char *out)
{
	if (!has_original(position))
		return out;
	out = print_hex(position->original_device, ':', print_char('@', out));
	return print_hex(position->original_inode, '@', out);
}

/* Write a time between two such marks, if it is known. */
static char *print_time(uint64_t usec, char mark, char *out)
{
	return usec > 0 ? print_hex(usec, mark, print_char(mark, out)) : out;
}

/* Write the end of `path` that there is room for. */
static char *print_path(const char *path, char *out)
{
	size_t len = strlen(path);

	if (len > POSITION_PATH_MAX) {
		path += len - POSITION_PATH_MAX;
		len = POSITION_PATH_MAX;
	}
	memcpy(out, path, len + 1);
	text_mask_controls(out, len);
	return out + len;
}

/* Bytes of the parts at most, each number with the mark beside it. */
enum {
	HEX_SIZE = 17,
	OFFSET_SIZE = TEXT_NUMBER_MAX + 1,
	TIME_SIZE = HEX_SIZE + 1,
	CHAINS_SIZE = 2 * 9,
	ORIGINAL_SIZE = 2 * HEX_SIZE + 1,
	IDENTITY_SIZE = 4 * HEX_SIZE + OFFSET_SIZE + TIME_SIZE + CHAINS_SIZE,
	REST_SIZE =
		6 * HEX_SIZE + OFFSET_SIZE + 1 + 2 * TIME_SIZE + ORIGINAL_SIZE + CHAINS_SIZE + 1,
};
static_assert(IDENTITY_SIZE <= (int)SOURCE_IDENTITY_SIZE, "there is room for an identity");
static_assert(
	REST_SIZE + POSITION_PATH_MAX + 1 <= (int)POSITION_SIZE, "there is room for a position");

size_t position_print(const struct file_position *position, const char *path, char *out)
{
	char *at = print_hex(position->device, ':', out);

	at = print_hex(position->inode, ':', at);
	at = print_char(':', print_fingerprint(position->head, at));
	at += text_print_number(position->offset, at);
	at = print_char(':', print_fingerprint(position->tail, print_char(':', at)));
	at = print_char(state_letters[position->state], at);
	at = print_time(position->born_usec, '+', at);
	at = print_time(position->content_usec, '~', at);
	at = print_original(position, at);
	at = print_chains(position, at);
	at = print_path(path, print_char(' ', at));
	return (size_t)(at - out);
}

void position_print_stream(const struct file_position *position, char *out)
{
	int n = snprintf(out, POSITION_STREAM_SIZE, "%jx:%jx", (uintmax_t)position->device,
		(uintmax_t)position->inode);

	/* A stream that was cut would be that of another file. */
	assert(n > 0 && n < POSITION_STREAM_SIZE);
}

/* Cut the number up to `end` from the front of `rest`. */
static int cut_number(struct text *rest, char end, unsigned base, uint64_t max, uint64_t *ret)
{
	const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
	size_t len = at ? (size_t)(at - rest->data) : 0;
	int r;

	if (!at)
		return -EINVAL;
	r = text_parse_number(text_make(rest->data, len), base, max, ret);
	*rest = text_make(at + 1, rest->len - len - 1);
	return r < 0 ? -EINVAL : 0;
}

static int cut_fingerprint(struct text *rest, size_t max, struct fingerprint *ret)
{
	uint64_t len;
	int r = cut_number(rest, '-', 16, max, &len);

	if (r < 0)
		return r;
	ret->len = (size_t)len;
	return cut_number(rest, ':', 16, UINT64_MAX, &ret->hash);
}

static int cut_state(struct text *rest, enum position_state *ret)
{
	const char *letter =
		rest->len > 0 ? memchr(state_letters, rest->data[0], sizeof(state_letters)) : NULL;

	if (!letter)
		return -EINVAL;
	*ret = (enum position_state)(letter - state_letters);
	*rest = text_make(rest->data + 1, rest->len - 1);
	return 0;
}

/* Cut the time between two such marks, if it is there. */
static int cut_time(struct text *rest, char mark, uint64_t *ret)
{
	if (!text_take_char(rest, mark))
		return 0;
	return cut_number(rest, mark, 16, UINT64_MAX, ret);
}

/* Cut the file of which this one is a copy, if it is one. */
static int cut_original(struct text *rest, struct file_position *ret)
{
	uint64_t device = 0, inode = 0;

	if (!text_take_char(rest, '@'))
		return 0;
	if (cut_number(rest, ':', 16, UINT64_MAX, &device) < 0 ||
		cut_number(rest, '@', 16, UINT64_MAX, &inode) < 0)
		return -EINVAL;
	ret->original_device = (dev_t)device;
	ret->original_inode = (ino_t)inode;
	return 0;
}

/* Cut the chains, if there are any, and the blank behind them. They begin in the file. */
static int cut_chains(struct text *rest, uint64_t offset, struct container_chains *ret)
{
	uint64_t max = offset < CONTAINER_SPAN_MAX ? offset : CONTAINER_SPAN_MAX, back[2] = { 0 };

	if (text_take_char(rest, ' '))
		return 0;
	if (!text_take_char(rest, ':') || cut_number(rest, ':', 16, max, &back[0]) < 0 ||
		cut_number(rest, ' ', 16, max, &back[1]) < 0)
		return -EINVAL;
	ret->back[0] = (uint32_t)back[0];
	ret->back[1] = (uint32_t)back[1];
	return 0;
}

int position_parse(struct text text, struct file_position *ret, struct text *ret_path)
{
	uint64_t device, inode;
	struct file_position position = { 0 };

	if (cut_number(&text, ':', 16, UINT64_MAX, &device) < 0 ||
		cut_number(&text, ':', 16, UINT64_MAX, &inode) < 0 ||
		cut_fingerprint(&text, POSITION_HEAD_MAX, &position.head) < 0 ||
		cut_number(&text, ':', 10, INT64_MAX, &position.offset) < 0 ||
		cut_fingerprint(&text, POSITION_TAIL_MAX, &position.tail) < 0)
		return -EINVAL;
	if (cut_state(&text, &position.state) < 0 ||
		cut_time(&text, '+', &position.born_usec) < 0 ||
		cut_time(&text, '~', &position.content_usec) < 0 ||
		cut_original(&text, &position) < 0 ||
		cut_chains(&text, position.offset, &position.chains) < 0 || text.len == 0)
		return -EINVAL;
	position.device = (dev_t)device;
	position.inode = (ino_t)inode;
	*ret = position;
	*ret_path = text;
	return 0;
}

int position_parse_stream(struct text stream, struct file_position *ret)
{
	uint64_t device, inode;

	if (cut_number(&stream, ':', 16, UINT64_MAX, &device) < 0 ||
		text_parse_number(stream, 16, UINT64_MAX, &inode) < 0)
		return -EINVAL;
	ret->device = (dev_t)device;
	ret->inode = (ino_t)inode;
	return 0;
}

static int stream(struct text text, char *out)
{
	struct text path;
	struct file_position position;
	int r = position_parse(text, &position, &path);

	if (r == 0)
		position_print_stream(&position, out);
	return r;
}

/* Of two positions at one offset, the one behind a line that was joined has less to join. */
static bool is_behind(const struct file_position *left, const struct file_position *right)
{
	if (left->offset != right->offset)
		return left->offset > right->offset;
	return container_look_back(&left->chains) < container_look_back(&right->chains);
}

bool position_is_of_other(const struct file_position *position, uint64_t born_usec)
{
	return position->born_usec > 0 && born_usec > 0 && position->born_usec != born_usec;
}

/* Of two files that had one inode, the one made later is the later one, and of the contents of one
 * file the one that began later. If a file was begun anew unnoticed, the positions before and after
 * that have no order. */
static bool is_later(struct text a, struct text b)
{
	struct file_position left, right;
	struct text path;

	if (position_parse(a, &left, &path) < 0 || position_parse(b, &right, &path) < 0)
		return false;
	if (position_is_of_other(&left, right.born_usec))
		return left.born_usec > right.born_usec;
	if (left.content_usec != right.content_usec)
		return left.content_usec > right.content_usec;
	return left.head.len == right.head.len && left.head.hash == right.head.hash &&
	       is_behind(&left, &right);
}

static struct text identity(struct text text, char *out)
{
	struct text path;
	struct file_position position;
	char *at;

	if (position_parse(text, &position, &path) < 0)
		return text;
	if (has_original(&position)) {
		position.device = position.original_device;
		position.inode = position.original_inode;
	}
	at = print_hex(position.device, ':', out);
	at = print_hex(position.inode, ':', at);
	at = print_char(':', at + text_print_number(position.offset, at));
	at = print_fingerprint(position.tail, at);
	at = print_time(position.content_usec, '~', at);
	at = print_chains(&position, at);
	return text_make(out, (size_t)(at - out));
}

static struct text since(uint64_t usec, char *out)
{
	int n = snprintf(out, SOURCE_IDENTITY_SIZE, POSITION_STARTED "%" PRIu64, usec);

	return text_make(out, (size_t)n);
}

const struct source_order position_order = {
	.stream = stream,
	.is_later = is_later,
	.identity = identity,
	.since = since,
};
