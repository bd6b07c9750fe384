/* The result depends on the bytes, never on how they are split: a decision on a part of the input
 * stays right when more comes. Where a decision needs more bytes, framing_next returns
 * FRAMING_MORE, with at most one message and its length unused. */
#include "config.h"

#include "wire/framing.h"

#include <assert.h>
#include <stdint.h>

enum {
	COUNT_DIGITS_MAX = 10,
	LINE_END_MAX = 2, /* bytes of CR LF */
	UNUSED_MAX = 16,  /* bytes beside a message that may stay unused: see framing_next */
};

enum count {
	COUNT_FOUND,
	COUNT_NONE,
	COUNT_OPEN, /* the bytes end before it is known */
};

/* What belongs to one kind of framing is zero in the other. */
static void check_state(const struct framing *framing)
{
	assert(framing->kind == FRAMING_LINES || (!framing->in_line && framing->n_searched == 0));
	assert(framing->kind == FRAMING_OCTETS || framing->to_skip == 0);
	assert(framing->kind == FRAMING_LINES || framing->n_malformed == 0);
}

/* The frame lies within what is used of the data. */
static void check_frame(const struct frame *frame, struct text data, size_t used)
{
	assert(used <= data.len);
	assert(frame->message.len > 0 && frame->message.len <= FRAMING_MESSAGE_MAX);
	assert(frame->message.data >= data.data &&
		frame->message.data + frame->message.len <= data.data + used);
}

/* Read `LENGTH SPACE` at the front of `data`. */
static enum count read_count(struct text data, size_t *ret_header, size_t *ret_len)
{
	uint64_t len;
	size_t n = 0;

	while (n < data.len && n <= COUNT_DIGITS_MAX && char_is_digit(data.data[n]))
		n++;
	if (n > COUNT_DIGITS_MAX || (n > 0 && data.data[0] == '0'))
		return COUNT_NONE;
	if (n == data.len)
		return COUNT_OPEN;
	if (n == 0 || data.data[n] != ' ' ||
		text_parse_number(text_make(data.data, n), 10, SIZE_MAX, &len) < 0)
		return COUNT_NONE;
	*ret_header = n + 1;
	*ret_len = (size_t)len;
	return COUNT_FOUND;
}

/* Which framing a connection has: octet counting if it begins with a count and `<`. */
static enum framing_kind detect_kind(struct text data, bool at_end)
{
	size_t header = 0, len;
	enum count count = read_count(data, &header, &len);

	if (count == COUNT_OPEN || (count == COUNT_FOUND && header == data.len))
		return at_end ? FRAMING_LINES : FRAMING_UNKNOWN;
	return count == COUNT_FOUND && data.data[header] == '<' ? FRAMING_OCTETS : FRAMING_LINES;
}

static struct text rest_of(struct text data, size_t used)
{
	return text_make(data.data + used, data.len - used);
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\0';
}

/* Index of the first line end from `from` on; `data.len` where there is none. */
static size_t find_line_end(struct text data, size_t from)
{
	while (from < data.len && !is_line_end(data.data[from]))
		from++;
	return from;
}

static void set_frame(struct frame *ret, struct text data, size_t len)
{
	ret->cut = len > FRAMING_MESSAGE_MAX;
	ret->message = text_make(data.data, ret->cut ? FRAMING_MESSAGE_MAX : len);
}

/* Cut one line, which may be empty. */
static int next_line(
	struct framing *framing, struct text data, bool at_end, struct frame *ret, size_t *ret_used)
{
	/* The bytes to search before it is known that a line is too long, its end not counted. */
	const size_t window = FRAMING_MESSAGE_MAX + LINE_END_MAX;
	struct text seen = text_make(data.data, data.len < window ? data.len : window);
	size_t end = find_line_end(seen, framing->n_searched);
	size_t len = end;

	framing->n_searched = 0;
	if (end < seen.len) {
		if (len > 0 && seen.data[end] == '\n' && seen.data[len - 1] == '\r')
			len--;
		set_frame(ret, data, len);
		*ret_used = end + 1;
		return 0;
	}
	if (seen.len == window || (at_end && seen.len > 0)) {
		set_frame(ret, data, len);
		*ret_used = ret->message.len;
		framing->in_line = ret->cut;
		return 0;
	}
	framing->n_searched = end;
	*ret_used = 0;
	return FRAMING_MORE;
}

/* Skip the rest of an overlong line, its end included. */
static size_t skip_line(struct framing *framing, struct text data)
{
	size_t end = find_line_end(data, 0);

	framing->in_line = end == data.len;
	return framing->in_line ? end : end + 1;
}

/* Cut the next line that is not empty. */
static int next_of_lines(
	struct framing *framing, struct text data, bool at_end, struct frame *ret, size_t *ret_used)
{
	size_t used = framing->in_line ? skip_line(framing, data) : 0;
	size_t n = 0;
	int r;

	ret->message.len = 0;
	do {
		r = next_line(framing, rest_of(data, used), at_end, ret, &n);
		used += n;
	} while (r == 0 && ret->message.len == 0);
	*ret_used = used;
	return r;
}

static size_t skip_counted(struct framing *framing, struct text data)
{
	size_t n = framing->to_skip < data.len ? framing->to_skip : data.len;

	framing->to_skip -= n;
	return n;
}

/* Line ends between counted messages are skipped: some senders write a line end and do not count
 * it. */
static size_t skip_line_ends(struct text data)
{
	size_t n = 0;

	while (n < data.len && is_line_end(data.data[n]))
		n++;
	return n;
}

/* Cut a message behind its count. */
static int next_counted(struct framing *framing, struct text data, size_t len, bool at_end,
	struct frame *ret, size_t *ret_used)
{
	size_t wanted = len < FRAMING_MESSAGE_MAX ? len : FRAMING_MESSAGE_MAX;

	if (data.len < wanted && !at_end)
		return FRAMING_MORE;
	if (data.len < wanted)
		wanted = data.len;
	ret->message = text_make(data.data, wanted);
	ret->cut = wanted < len;
	framing->to_skip = len - wanted;
	*ret_used = wanted;
	return 0;
}

static int next_of_octets(
	struct framing *framing, struct text data, bool at_end, struct frame *ret, size_t *ret_used)
{
	size_t used = skip_counted(framing, data);
	size_t header = 0, len = 0, n = 0;
	enum count count;
	int r;

	if (framing->to_skip == 0)
		used += skip_line_ends(rest_of(data, used));
	*ret_used = used;
	if (used == data.len)
		return FRAMING_MORE;

	data = rest_of(data, used);
	count = read_count(data, &header, &len);
	if (count == COUNT_OPEN && !at_end)
		return FRAMING_MORE;
	if (count != COUNT_FOUND) {
		framing->n_malformed++;
		framing->kind = FRAMING_LINES;
		r = next_of_lines(framing, data, at_end, ret, &n);
		*ret_used += n;
		return r;
	}
	if (at_end && header == data.len) {
		*ret_used += header;
		return FRAMING_MORE;
	}
	r = next_counted(framing, rest_of(data, header), len, at_end, ret, &n);
	if (r == 0)
		*ret_used += header + n;
	return r;
}

int framing_next(
	struct framing *framing, struct text data, bool at_end, struct frame *ret, size_t *ret_used)
{
	int r;

	check_state(framing);
	/* The bytes that were searched before are passed again. */
	assert(framing->n_searched <= data.len);
	*ret_used = 0;
	if (data.len == 0)
		return FRAMING_MORE;
	if (framing->kind == FRAMING_UNKNOWN)
		framing->kind = detect_kind(data, at_end);
	if (framing->kind == FRAMING_UNKNOWN)
		return FRAMING_MORE;
	if (framing->kind == FRAMING_OCTETS)
		r = next_of_octets(framing, data, at_end, ret, ret_used);
	else
		r = next_of_lines(framing, data, at_end, ret, ret_used);
	check_state(framing);
	if (r == 0)
		check_frame(ret, data, *ret_used);
	else
		assert(data.len - *ret_used < FRAMING_MESSAGE_MAX + UNUSED_MAX);
	return r;
}
