/* One pass over the raw bytes. Lines that belong to no chain are copied in runs; where there is no
 * chain at all, nothing is copied. A mark remembers where each run and each joined line came from.
 *
 * The bytes before the position are read only to have the parts of the unfinished chains. So the
 * state in the pass at any line is the same, wherever the pass began, and so is what is given. */
#include "config.h"

#include "wire/container-lines.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "record/record.h"

enum {
	TIME_MAX = 40, /* bytes of the time in CRI lines, with its blank */
	BYTES_MAX = 64 * 1024 * 1024,
	KEEP_MAX = 64 * 1024, /* a larger buffer is not kept from block to block */
};

/* A line of a container's log, as offsets into it. */
struct log_line {
	unsigned stream;
	bool is_part; /* its text continues in the next line of the stream */
	size_t flag;  /* CRI: of `P` or `F` */
	size_t text, text_end;
};

/* From `joined` on, the bytes of the block come from `raw` on; those of a chain, from anywhere
 * before `raw`, the position of its line. */
struct mark {
	size_t joined, raw;
	bool is_chain;
	struct container_chains chains; /* at `raw` */
};

/* --- lines --- */

static const struct text streams[CONTAINER_STREAMS] = { { "stdout", 6 }, { "stderr", 6 } };

static bool take_stream(struct text *rest, unsigned *ret)
{
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++) {
		if (!text_starts(*rest, streams[i]))
			continue;
		text_skip(rest, streams[i].len);
		*ret = i;
		return true;
	}
	return false;
}

/* `2022-01-21T10:10:24.99Z ` */
static bool take_time(struct text *rest)
{
	static const char shape[] = "0000-00-00T00:00:00";
	const size_t len = sizeof(shape) - 1;
	const char *blank;

	if (rest->len <= len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (shape[i] == '0' ? !char_is_digit(rest->data[i]) : rest->data[i] != shape[i])
			return false;
	blank = memchr(rest->data + len, ' ', (rest->len < TIME_MAX ? rest->len : TIME_MAX) - len);
	if (!blank)
		return false;
	text_skip(rest, (size_t)(blank - rest->data) + 1);
	return true;
}

/* `TIME stdout F TEXT`. Tags, divided by colons, may follow the flag. */
static bool parse_cri(struct text line, struct log_line *ret)
{
	struct text rest = line;
	const char *blank;

	if (!take_time(&rest) || !take_stream(&rest, &ret->stream) || !text_take_char(&rest, ' '))
		return false;
	ret->flag = (size_t)(rest.data - line.data);
	ret->is_part = text_take_char(&rest, 'P');
	if (!ret->is_part && !text_take_char(&rest, 'F'))
		return false;
	if (rest.len > 0 && rest.data[0] != ' ' && rest.data[0] != ':')
		return false;
	blank = rest.len > 0 ? memchr(rest.data, ' ', rest.len) : NULL;
	ret->text = blank ? (size_t)(blank - line.data) + 1 : line.len;
	ret->text_end = line.len;
	return true;
}

/* The offset of the quote that ends the JSON text from `start` on; the line's length if none. */
static size_t find_quote(struct text line, size_t start)
{
	const char *quote;
	size_t at = start;

	while ((quote = memchr(line.data + at, '"', line.len - at))) {
		at = (size_t)(quote - line.data);
		if (text_count_backslashes(line, start, at) % 2 == 0)
			return at;
		at++;
	}
	return line.len;
}

static const struct text json_start = { "{\"log\":\"", 8 };

/* `{"log":"TEXT","stream":"stdout","time":"…"}`, as Docker writes it: in this order. */
static bool parse_json(struct text line, struct log_line *ret)
{
	static const struct text middle = { "\",\"stream\":\"", 12 }, end = { "\",\"", 3 };
	struct text rest = line;

	if (!text_starts(line, json_start))
		return false;
	ret->text = json_start.len;
	ret->text_end = find_quote(line, ret->text);
	text_skip(&rest, ret->text_end);
	if (!text_starts(rest, middle))
		return false;
	text_skip(&rest, middle.len);
	if (!take_stream(&rest, &ret->stream) || !text_starts(rest, end))
		return false;
	ret->flag = 0;
	ret->is_part = ret->text_end == ret->text || line.data[ret->text_end - 1] != 'n' ||
		       text_count_backslashes(line, ret->text, ret->text_end - 1) % 2 == 0;
	return true;
}

static bool parse_line(enum container_format format, struct text line, struct log_line *ret)
{
	if (format == CONTAINER_CRI)
		return parse_cri(line, ret);
	return format == CONTAINER_JSON && parse_json(line, ret);
}

enum container_format container_format_of(struct text head)
{
	const char *end = head.len > 0 ? memchr(head.data, '\n', head.len) : NULL;
	struct log_line line;

	if (text_starts(head, json_start))
		return CONTAINER_JSON;
	if (end)
		head.len = (size_t)(end - head.data);
	return parse_cri(head, &line) ? CONTAINER_CRI : CONTAINER_NONE;
}

bool container_is_part_slow(struct text line, size_t *ret_end)
{
	struct log_line parsed;

	if (!(text_starts(line, json_start) ? parse_json : parse_cri)(line, &parsed) ||
		!parsed.is_part)
		return false;
	*ret_end = parsed.text_end;
	return true;
}

void container_note_part(struct record *record)
{
	struct text message = record_message(record);
	size_t end;

	if (record->part_end || !message.data || !container_is_part(message, &end))
		return;
	record->part_end = true;
	record->part_tail = message.len - end;
}

/* --- positions --- */

size_t container_look_back(const struct container_chains *chains)
{
	return chains->back[0] > chains->back[1] ? chains->back[0] : chains->back[1];
}

/* --- the pass --- */

struct container_joiner container_joiner_make(void)
{
	struct container_joiner joiner = {
		.span_max = CONTAINER_SPAN_MAX,
		.out = buffer_make(BYTES_MAX),
		.marks = buffer_make(BYTES_MAX),
	};

	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		joiner.chains[i].line = buffer_make(BYTES_MAX);
	return joiner;
}

void container_joiner_done(struct container_joiner *joiner)
{
	buffer_done(&joiner->out);
	buffer_done(&joiner->marks);
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		buffer_done(&joiner->chains[i].line);
}

static void clear(struct buffer *buffer)
{
	if (buffer->size > KEEP_MAX)
		buffer_done(buffer);
	buffer_clear(buffer);
}

/* The state of a pass. */
struct pass {
	struct container_joiner *joiner;
	const struct container_input *input;
	size_t run;                       /* what is behind this was not copied yet */
	size_t begins[CONTAINER_STREAMS]; /* parts before belong to chains that were given */
};

static struct pass start_pass(struct container_joiner *joiner, const struct container_input *input)
{
	struct pass pass = { .joiner = joiner, .input = input };

	clear(&joiner->out);
	clear(&joiner->marks);
	pass.run = joiner->at = container_look_back(&input->chains);
	assert(joiner->at <= input->raw.len);
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++) {
		clear(&joiner->chains[i].line);
		joiner->chains[i].state = CONTAINER_CLOSED;
		pass.begins[i] = joiner->at - input->chains.back[i];
	}
	return pass;
}

/* The chains that are unfinished at the offset `at`. */
static struct container_chains chains_at(const struct container_joiner *joiner, size_t at)
{
	struct container_chains chains = { 0 };

	for (unsigned i = 0; i < CONTAINER_STREAMS; i++) {
		const struct container_chain *chain = &joiner->chains[i];

		if (chain->state == CONTAINER_CLOSED)
			continue;
		assert(chain->start < at);
		chains.back[i] = (uint32_t)(at - chain->start);
	}
	return chains;
}

/* Mark what is added next: bytes that come from `raw` on. */
static void add_mark(struct container_joiner *joiner, size_t raw, bool is_chain)
{
	const struct mark mark = {
		.joined = joiner->out.len,
		.raw = raw,
		.is_chain = is_chain,
		.chains = chains_at(joiner, raw),
	};

	buffer_add(&joiner->marks, &mark, sizeof(mark));
}

/* Copy the lines up to the offset `end`. */
static void copy_run(struct pass *pass, size_t end)
{
	struct container_joiner *joiner = pass->joiner;

	assert(pass->run <= end);
	if (pass->run < end) {
		add_mark(joiner, pass->run, false);
		buffer_add(&joiner->out, pass->input->raw.data + pass->run, end - pass->run);
	}
	pass->run = end;
}

/* Give the chain as a line, whose position is at `end`. */
static void give_chain(struct pass *pass, struct container_chain *chain, size_t end)
{
	struct container_joiner *joiner = pass->joiner;

	copy_run(pass, end);
	chain->state = CONTAINER_CLOSED;
	add_mark(joiner, end, true);
	buffer_add_text(&joiner->out, buffer_text(&chain->line));
	if (buffer_finish(&chain->line) < 0)
		joiner->out.error = -ENOMEM;
	clear(&chain->line);
}

/* Add a part to its chain. `start` is that of its line, `next` is behind its line end. */
static void add_part(struct pass *pass, const struct log_line *line, struct text raw, size_t start)
{
	struct container_chain *chain = &pass->joiner->chains[line->stream];
	bool is_first = chain->state == CONTAINER_CLOSED;
	size_t from = is_first ? 0 : line->text, end = line->is_part ? line->text_end : raw.len;

	if (is_first) {
		chain->state = CONTAINER_OPEN;
		chain->start = start;
		chain->flag = line->flag;
	}
	buffer_add(&chain->line, raw.data + from, end - from);
	/* The whole line is no part. */
	if (!line->is_part && pass->input->format == CONTAINER_CRI &&
		buffer_finish(&chain->line) == 0)
		chain->line.data[chain->flag] = 'F';
}

/* Take the line raw[start..next), with its line end. */
static void take_line(struct pass *pass, size_t start, size_t next)
{
	struct container_joiner *joiner = pass->joiner;
	struct text raw = text_make(pass->input->raw.data + start, next - start);
	bool is_before = start < joiner->at;
	struct container_chain *chain;
	struct log_line line;

	if (!parse_line(pass->input->format, text_make(raw.data, raw.len - 1), &line))
		return;
	chain = &joiner->chains[line.stream];
	if ((chain->state == CONTAINER_CLOSED && !line.is_part) ||
		(is_before && start < pass->begins[line.stream]))
		return;
	if (!is_before)
		copy_run(pass, start);
	add_part(pass, &line, raw, start);
	if (!is_before)
		pass->run = next;
	if (line.is_part)
		return;
	if (is_before)
		chain->state = CONTAINER_CLOSED;
	else
		give_chain(pass, chain, next);
}

/* The unfinished chain that began first; NULL = none. */
static struct container_chain *find_oldest(struct container_joiner *joiner)
{
	struct container_chain *oldest = NULL;

	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		if (joiner->chains[i].state == CONTAINER_OPEN &&
			(!oldest || joiner->chains[i].start < oldest->start))
			oldest = &joiner->chains[i];
	return oldest;
}

/* Take lines until a chain is cut; returns the offset behind them. */
static size_t take_lines(struct pass *pass, bool *ret_cut)
{
	struct container_joiner *joiner = pass->joiner;
	struct text raw = pass->input->raw;
	struct container_chain *oldest = NULL;
	size_t start = 0;

	while (start < raw.len) {
		const char *lf = memchr(raw.data + start, '\n', raw.len - start);
		size_t next;

		/* The caller gives whole lines. */
		assert(lf);
		next = (size_t)(lf - raw.data) + 1;
		oldest = start < joiner->at ? NULL : find_oldest(joiner);
		if (oldest && next - oldest->start > joiner->span_max)
			break;
		take_line(pass, start, next);
		start = next;
	}
	if (start == raw.len)
		oldest = pass->input->final ? find_oldest(joiner) : NULL;
	if (oldest)
		give_chain(pass, oldest, start);
	*ret_cut = oldest != NULL;
	return start;
}

int container_join(struct container_joiner *joiner, const struct container_input *input,
	struct container_block *ret)
{
	struct pass pass = start_pass(joiner, input);
	bool is_cut;
	size_t end = take_lines(&pass, &is_cut);
	struct text bytes;

	assert(end >= joiner->at);
	if (joiner->marks.len == 0 && pass.run == joiner->at) {
		/* No line of a chain: the block is the raw bytes. */
		add_mark(joiner, pass.run, false);
		bytes = text_make(input->raw.data + joiner->at, end - joiner->at);
	} else {
		copy_run(&pass, end);
		bytes = buffer_text(&joiner->out);
	}
	if (buffer_finish(&joiner->out) < 0 || buffer_finish(&joiner->marks) < 0)
		return -ENOMEM;
	*ret = (struct container_block){
		.bytes = bytes,
		.continues = is_cut,
		.n_read = end - joiner->at,
		.chains = chains_at(joiner, end),
	};
	return 0;
}

void container_position(const struct container_joiner *joiner, size_t len, size_t *ret_n_read,
	struct container_chains *ret_chains)
{
	const struct mark *marks = (const void *)joiner->marks.data;
	size_t low = 0, high = joiner->marks.len / sizeof(*marks), raw;
	const struct mark *mark;

	/* The last mark before the line's end. */
	assert(len > 0 && high > 0);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (marks[middle].joined < len)
			low = middle;
		else
			high = middle;
	}
	mark = &marks[low];
	assert(mark->joined < len);
	raw = mark->is_chain ? mark->raw : mark->raw + (len - mark->joined);
	*ret_n_read = raw - joiner->at;
	*ret_chains = mark->chains;
	for (unsigned i = 0; i < CONTAINER_STREAMS; i++)
		if (ret_chains->back[i] > 0)
			ret_chains->back[i] += (uint32_t)(raw - mark->raw);
}
