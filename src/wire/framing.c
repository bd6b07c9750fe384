/* The result depends on the bytes, never on how they are split: a decision on a part of the input
 * stays right when more comes. Where a decision needs more bytes, framing_next returns
 * FRAMING_MORE, and leaves the message unused.
 *
 * The header of the next message alone does not confirm an end. A count one too large takes a digit
 * of it: `…5121`, then `52 <13>` of `152 <13>`. So the next message must end properly, too. A count
 * one too small leaves a digit before it: `…51`, then `2` and `52 <13>`, which looks like
 * `252 <13>`. In messages of equal length, such ends may even confirm each other. So no header is
 * accepted that leads to another one with fewer digits, too. */
#include "config.h"

#include "wire/framing.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum {
	COUNT_DIGITS_MAX = 10,
	PRI_DIGITS_MAX = 3,
	LINE_END_MAX = 2,  /* bytes of CR LF */
	SEARCH_STEP = 512, /* bytes that are searched for LF before they are for NUL */
};

/* What the bytes at a place are, or whether a message ends there. */
enum verdict {
	VERDICT_YES,
	VERDICT_NO,
	VERDICT_OPEN, /* the bytes end before it is known */
};

/* `LENGTH SPACE`, and the `<PRI>` behind it, which is a part of the message. */
struct header {
	size_t len; /* bytes of the header */
	size_t message_len;
};

/* What belongs to one kind of framing is zero in the other. */
static void check_state(const struct framing *framing)
{
	assert(framing->kind == FRAMING_LINES || (!framing->in_line && framing->n_searched == 0));
	assert(framing->kind == FRAMING_OCTETS || framing->to_skip == 0);
	assert(framing->kind == FRAMING_OCTETS || !framing->awaits_quiet);
}

/* The frame lies within what is used of the data. */
static void check_frame(const struct frame *frame, struct text data, size_t used)
{
	assert(used <= data.len);
	assert(frame->message.len > 0 && frame->message.len <= FRAMING_MESSAGE_MAX);
	assert(frame->message.data >= data.data &&
		frame->message.data + frame->message.len <= data.data + used);
}

static struct text rest_of(struct text data, size_t used)
{
	return text_make(data.data + used, data.len - used);
}

/* Read `<PRI>` at the front of `data`. */
static enum verdict read_pri(struct text data, size_t *ret_len)
{
	size_t n = 1;

	if (data.len > 0 && data.data[0] != '<')
		return VERDICT_NO;
	while (n < data.len && n <= PRI_DIGITS_MAX && char_is_digit(data.data[n]))
		n++;
	if (n >= data.len)
		return VERDICT_OPEN;
	*ret_len = n + 1;
	return n > 1 && data.data[n] == '>' ? VERDICT_YES : VERDICT_NO;
}

/* Read `LENGTH SPACE` at the front of `data`. */
static enum verdict read_count(struct text data, struct header *ret)
{
	uint64_t len = 0;
	size_t n = 0;

	for (; n < data.len && n < COUNT_DIGITS_MAX && char_is_digit(data.data[n]); n++)
		len = 10 * len + (uint64_t)(data.data[n] - '0');
	if (n > 0 && data.data[0] == '0')
		return VERDICT_NO;
	if (n == data.len)
		return VERDICT_OPEN;
	if (n == 0 || data.data[n] != ' ' || (size_t)len != len)
		return VERDICT_NO;
	*ret = (struct header){ n + 1, (size_t)len };
	return VERDICT_YES;
}

/* Read `LENGTH SPACE <PRI>` at the front of `data`. */
static enum verdict read_header(struct text data, struct header *ret)
{
	struct header header;
	enum verdict verdict = read_count(data, &header);
	size_t pri_len = 0;

	if (verdict == VERDICT_YES)
		verdict = read_pri(rest_of(data, header.len), &pri_len);
	if (verdict == VERDICT_YES && header.message_len < pri_len)
		return VERDICT_NO;
	if (verdict == VERDICT_YES)
		*ret = header;
	return verdict;
}

/* Whether a header begins with digits of the message before it, as far as the bytes of its own
 * message show it: with fewer digits, the header of the next one follows in there. */
static bool is_shifted(struct text data, const struct header *header)
{
	size_t len = header->message_len < FRAMING_MESSAGE_MAX ? header->message_len
							       : FRAMING_MESSAGE_MAX;
	struct header next;

	if (data.len > header->len + len)
		data.len = header->len + len;
	for (size_t n_digits = 1, power = 10; n_digits + 1 < header->len; n_digits++, power *= 10) {
		size_t first = header->len - 1 - n_digits;
		size_t end = header->len + header->message_len % power;

		if (data.data[first] != '0' && end < data.len &&
			read_header(rest_of(data, end), &next) == VERDICT_YES)
			return true;
	}
	return false;
}

/* Which framing a connection has: octet counting if it begins with the header of a message. */
static enum framing_kind detect_kind(struct text data, enum framing_state state)
{
	struct header header;
	enum verdict verdict = read_header(data, &header);

	if (verdict == VERDICT_OPEN)
		return framing_is_at_end(state) ? FRAMING_LINES : FRAMING_UNKNOWN;
	return verdict == VERDICT_YES ? FRAMING_OCTETS : FRAMING_LINES;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\0';
}

/* --- lines --- */

/* Index of the first line end from `from` on; `data.len` where there is none. In steps, because
 * lines that end with NUL would otherwise be searched for LF to the end of the data, each of them.
 */
static size_t find_line_end(struct text data, size_t from)
{
	while (from < data.len) {
		size_t n = data.len - from < SEARCH_STEP ? data.len - from : SEARCH_STEP;
		const char *start = data.data + from, *lf = memchr(start, '\n', n), *nul;

		if (lf)
			n = (size_t)(lf - start);
		nul = memchr(start, '\0', n);
		if (nul)
			return (size_t)(nul - data.data);
		from += n;
		if (lf)
			return from;
	}
	return from;
}

static void set_frame(struct frame *ret, struct text data, size_t len)
{
	ret->cut = len > FRAMING_MESSAGE_MAX;
	ret->part_end = ret->cut;
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
		ret->part_end = true;
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

/* --- counted messages --- */

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

	while (n < data.len && (is_line_end(data.data[n]) || data.data[n] == '\r'))
		n++;
	return n;
}

/* How many bytes at the end of a message may be a piece of the next header, behind its count: the
 * blank, and what there is of `<PRI>`. */
static size_t header_at_end(struct text message)
{
	size_t n = message.len;

	if (n > 0 && message.data[n - 1] == '>')
		n--;
	while (n > 0 && message.len - n <= PRI_DIGITS_MAX && char_is_digit(message.data[n - 1]))
		n--;
	if (n > 0 && message.data[n - 1] == '<')
		n--;
	else
		n = message.len;
	if (n < 2 || message.data[n - 1] != ' ' || !char_is_digit(message.data[n - 2]))
		return 0;
	return message.len - (n - 1);
}

/* Whether a number or a word may continue behind the message, or may have ended before its end. */
static bool has_open_end(struct text message)
{
	char last = message.data[message.len - 1];

	return char_is_word(last) || (signed char)last < 0 ||
	       (last != '\0' && strchr(".-:/", last)) || header_at_end(message) > 0;
}

/* Whether a message may end at the front of `rest`: nothing, a line end, or a header follows. After
 * a quiet time, a part of a header is none. */
static enum verdict judge_end(struct text rest, enum framing_state state)
{
	struct header header;
	enum verdict verdict;

	if (rest.len == 0 && state == FRAMING_FLOWS)
		return VERDICT_OPEN;
	if (rest.len == 0)
		return state == FRAMING_BROKEN ? VERDICT_NO : VERDICT_YES;
	if (skip_line_ends(rest) > 0)
		return VERDICT_YES;
	verdict = read_header(rest, &header);
	return verdict == VERDICT_OPEN && state != FRAMING_FLOWS ? VERDICT_NO : verdict;
}

/* Whether a message without `<PRI>` begins with its length at the front of `data`. It must end
 * there as one with `<PRI>` may end, so that no other text is taken for a length. */
static enum verdict judge_plain(
	struct framing *framing, struct text data, enum framing_state state, struct header *ret)
{
	enum verdict verdict = read_count(data, ret);
	struct text rest;

	if (verdict != VERDICT_YES || data.len == ret->len || data.data[ret->len] == '<' ||
		ret->message_len == 0 || ret->message_len > FRAMING_MESSAGE_MAX)
		return VERDICT_NO;
	if (data.len < ret->len + ret->message_len)
		return framing_is_at_end(state) ? VERDICT_NO : VERDICT_OPEN;
	rest = rest_of(data, ret->len + ret->message_len);
	if (state == FRAMING_BROKEN)
		state = FRAMING_CLOSED;
	if (state == FRAMING_QUIET && rest.len > 0)
		state = FRAMING_FLOWS;
	verdict = judge_end(rest, state);
	framing->awaits_quiet = verdict == VERDICT_OPEN && rest.len == 0;
	return verdict;
}

/* Whether the message before ends at the front of `rest`, as far as the bytes there show it. If a
 * message begins there, it must end properly, too; after a quiet time, its header is enough. What
 * has no room in FRAMING_MESSAGE_MAX together with the `len` bytes before cannot be judged. */
static enum verdict confirm_end(size_t len, struct text rest, enum framing_state state)
{
	struct header header;
	enum verdict verdict = read_header(rest, &header);

	if (verdict != VERDICT_YES)
		return judge_end(rest, state);
	if (is_shifted(rest, &header) || header.message_len > FRAMING_MESSAGE_MAX ||
		len + header.len + header.message_len > FRAMING_MESSAGE_MAX)
		return VERDICT_NO;
	if (rest.len < header.len + header.message_len)
		verdict = framing_is_at_end(state) ? VERDICT_NO : VERDICT_OPEN;
	else
		verdict = judge_end(rest_of(rest, header.len + header.message_len),
			state == FRAMING_QUIET ? FRAMING_FLOWS : state);
	return verdict == VERDICT_OPEN && state == FRAMING_QUIET ? VERDICT_YES : verdict;
}

/* Cut a message that is whole by its count. */
static int next_whole(struct framing *framing, struct text data, size_t len,
	enum framing_state state, struct frame *ret)
{
	enum verdict verdict = VERDICT_YES;

	set_frame(ret, data, len);
	if (has_open_end(ret->message))
		verdict = confirm_end(len, rest_of(data, len), state);
	if (verdict == VERDICT_OPEN) {
		/* No message waits for longer. */
		assert(state == FRAMING_FLOWS);
		framing->awaits_quiet = true;
		return FRAMING_MORE;
	}
	if (verdict == VERDICT_NO) {
		ret->part_end = true;
		ret->message.len -= header_at_end(ret->message);
	}
	return 0;
}

/* Cut a message behind its header. */
static int next_counted(struct framing *framing, struct text data, size_t len,
	enum framing_state state, struct frame *ret, size_t *ret_used)
{
	size_t wanted = len < FRAMING_MESSAGE_MAX ? len : FRAMING_MESSAGE_MAX;
	int r = 0;

	if (data.len < wanted && !framing_is_at_end(state))
		return FRAMING_MORE;
	if (data.len < wanted)
		wanted = data.len;
	if (wanted == len)
		r = next_whole(framing, data, len, state, ret);
	else
		*ret = (struct frame){ text_make(data.data, wanted), .cut = true,
			.part_end = true };
	if (r != 0)
		return r;
	framing->to_skip = len - wanted;
	*ret_used = wanted;
	return 0;
}

/* Whether a message begins with its header at the front of `data`. */
static enum verdict judge_start(
	struct framing *framing, struct text data, enum framing_state state, struct header *ret)
{
	enum verdict verdict = read_header(data, ret);

	if (verdict == VERDICT_YES && is_shifted(data, ret))
		return VERDICT_NO;
	return verdict == VERDICT_NO ? judge_plain(framing, data, state, ret) : verdict;
}

static int next_of_octets(struct framing *framing, struct text data, enum framing_state state,
	struct frame *ret, size_t *ret_used)
{
	size_t used = skip_counted(framing, data), n = 0;
	struct header header;
	enum verdict verdict;
	int r;

	if (framing->to_skip == 0)
		used += skip_line_ends(rest_of(data, used));
	*ret_used = used;
	if (used == data.len)
		return FRAMING_MORE;

	verdict = judge_start(framing, rest_of(data, used), state, &header);
	if (verdict == VERDICT_OPEN && !framing_is_at_end(state))
		return FRAMING_MORE;
	if (verdict != VERDICT_YES) {
		*ret_used = data.len;
		return FRAMING_INVALID;
	}
	r = next_counted(
		framing, rest_of(data, used + header.len), header.message_len, state, ret, &n);
	if (r == 0)
		*ret_used += header.len + n;
	return r;
}

int framing_next(struct framing *framing, struct text data, enum framing_state state,
	struct frame *ret, size_t *ret_used)
{
	int r;

	check_state(framing);
	/* The bytes that were searched before are passed again. */
	assert(framing->n_searched <= data.len);
	*ret_used = 0;
	framing->awaits_quiet = false;
	if (data.len == 0)
		return FRAMING_MORE;
	if (framing->kind == FRAMING_UNKNOWN)
		framing->kind = detect_kind(data, state);
	if (framing->kind == FRAMING_UNKNOWN)
		return FRAMING_MORE;
	if (framing->kind == FRAMING_OCTETS)
		r = next_of_octets(framing, data, state, ret, ret_used);
	else
		r = next_of_lines(framing, data, framing_is_at_end(state), ret, ret_used);
	check_state(framing);
	if (r == 0)
		check_frame(ret, data, *ret_used);
	else
		assert(data.len - *ret_used <= FRAMING_UNUSED_MAX);
	return r;
}
