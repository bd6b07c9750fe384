/* A block is written as a list of pieces: slices of the block itself, and brackets in between. The
 * brackets are in a buffer that moves when it grows, so a piece holds an offset into it until the
 * list is written. */
#include "config.h"

#include "flow/filter/line-filter.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/io.h"
#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "cause/search/known-brackets.h"
#include "flow/filter/bracket-cache.h"
#include "record/finding.h"
#include "record/record.h"
#include "sink/sink.h"
#include "sink/stream-sink.h"
#include "source/source.h"
#include "wire/container-lines.h"
#include "wire/line-time.h"

enum {
	PIECES_MAX = 1024,
	BRACKETS_MAX = 64 * 1024 * 1024,
	BRACKETS_FLUSH = 256 * 1024,
};

/* A bracket of a line that continues in the next block: the line may have it at its end. */
struct late_bracket {
	char code[FINDING_CODE_MAX + 1];
	size_t end; /* of its text in `late` */
	bool is_known;
};

enum { SEAM_LEN = sizeof(FINDING_BRACKET) + FINDING_CODE_MAX };

struct line_filter {
	struct line_filter_options options;
	struct enrich_policy policy;
	struct recognizer *recognizer;
	struct bracket_cache *cache;
	struct sink *sink;
	struct iovec pieces[PIECES_MAX]; /* a NULL base = the next bytes of `brackets` */
	struct iovec written[PIECES_MAX];
	size_t n_pieces;
	struct buffer brackets;
	struct buffer late; /* brackets of a line that continues in the next block */
	struct late_bracket late_brackets[RECOGNIZER_MATCHES_MAX];
	size_t n_late;
	char seam[2 * SEAM_LEN]; /* the end of one part of such a line, the start of the next */
	size_t seam_len;         /* bytes of the end */
	bool line_is_wanted;     /* that line is written: it has a cause, or all lines are */
	bool is_inside_source;   /* its first line has been read */
	bool owes_line_end;      /* the last line that was written alone had none */
	uint64_t observed_usec;  /* when the block in hand was read, since 1970, UTC */
	struct record record;
	struct brackets known; /* of the line in hand */
	struct line_filter_counts counts;
};

int line_filter_new(const struct line_filter_options *options, const struct enrich_policy *policy,
	struct recognizer *recognizer, struct sink *sink, struct line_filter **ret)
{
	CLEANUP(line_filter_freep) struct line_filter *filter = calloc(1, sizeof(*filter));
	int r;

	if (!filter)
		return -ENOMEM;
	filter->options = *options;
	filter->policy = *policy;
	filter->policy.trust_brackets = true;
	filter->recognizer = recognizer;
	filter->sink = sink;
	filter->brackets = buffer_make(BRACKETS_MAX);
	filter->late = buffer_make(BRACKETS_MAX);
	filter->record = record_make();
	r = bracket_cache_new(&filter->policy, options->color, &filter->cache);
	if (r < 0)
		return r;
	*ret = TAKE(filter);
	return 0;
}

struct line_filter *line_filter_free(struct line_filter *filter)
{
	if (!filter)
		return NULL;
	(void)bracket_cache_free(filter->cache);
	buffer_done(&filter->brackets);
	buffer_done(&filter->late);
	record_done(&filter->record);
	free(filter);
	return NULL;
}

const struct line_filter_counts *line_filter_get_counts(const struct line_filter *filter)
{
	return &filter->counts;
}

/* Remember the bracket that was printed last: the line may turn out to have it already. */
static void add_late(struct line_filter *filter, const struct bracket *bracket)
{
	struct late_bracket *late = &filter->late_brackets[filter->n_late++];

	assert(filter->n_late <= RECOGNIZER_MATCHES_MAX);
	*late = (struct late_bracket){ .end = filter->late.len };
	memcpy(late->code, bracket->text, sizeof(late->code));
}

/* Where a line's text ends: before its LF or CRLF. `end` is the offset of the LF or of the end. */
static size_t text_end(struct text block, size_t start, size_t end)
{
	return end > start && end < block.len && block.data[end - 1] == '\r' ? end - 1 : end;
}

/* Where the text of a line is cut: behind the known part of an open line, or where a container's
 * part ends; SIZE_MAX = nowhere. */
static size_t find_cut(struct text block, const struct match_line *line, bool is_open)
{
	size_t end;

	if (is_open)
		return line->end;
	if (!container_is_part(text_make(block.data + line->start,
				       text_end(block, line->start, line->end) - line->start),
		    &end))
		return SIZE_MAX;
	return line->start + end;
}

/* Append the brackets of a line, or of the known part of an open line, except those that it has
 * already. Returns whether it has a cause at all. */
static bool print_brackets(struct line_filter *filter, struct text block,
	const struct match_line *line, bool is_open, struct buffer *out)
{
	struct text text = text_make(block.data + line->start, line->end - line->start);
	uint64_t n = 0, n_explained = 0, n_unclaimed = 0;
	size_t cut = find_cut(block, line, is_open);
	struct bracket_search brackets = { 0 };

	brackets_find(&filter->known, text);
	for (size_t i = 0; i < line->n_matches; i++) {
		size_t end = line->matches[i].offset + line->matches[i].len;
		const struct bracket *bracket;

		if (filter->known.n > 0 && enrich_is_in_bracket(filter->recognizer, &brackets, text,
						   line->matches[i].offset - line->start))
			continue;
		if (cut != SIZE_MAX && match_touches_end(&line->matches[i], block, cut)) {
			n_unclaimed++;
			continue;
		}
		bracket = bracket_cache_find(filter->cache, &line->matches[i], block);
		if (!bracket)
			continue;
		if (filter->known.n > 0 && brackets_explain(&filter->known, text_of(bracket->text),
						   end - line->start)) {
			n_explained++;
			continue;
		}
		bracket_print(bracket, out);
		if (is_open)
			add_late(filter, bracket);
		n++;
	}
	filter->counts.n_causes += n;
	filter->counts.n_explained += n_explained;
	filter->counts.n_unclaimed += n_unclaimed;
	filter->counts.n_lines_matched += n > 0;
	return n + n_explained > 0;
}

static int write_pieces(struct line_filter *filter)
{
	size_t n = filter->n_pieces, used = 0;

	for (size_t i = 0; i < n; i++) {
		filter->written[i] = filter->pieces[i];
		if (filter->pieces[i].iov_base)
			continue;
		filter->written[i].iov_base = filter->brackets.data + used;
		used += filter->pieces[i].iov_len;
	}
	/* Every bracket has its piece. */
	assert(used == filter->brackets.len);
	filter->n_pieces = 0;
	buffer_clear(&filter->brackets);
	return stream_sink_write(filter->sink, filter->written, n);
}

/* Room for the four pieces of a line. */
static int make_room(struct line_filter *filter)
{
	if (filter->n_pieces + 4 <= PIECES_MAX && filter->brackets.len < BRACKETS_FLUSH)
		return 0;
	return write_pieces(filter);
}

static void add_piece(struct line_filter *filter, const char *data, size_t len)
{
	assert(filter->n_pieces < PIECES_MAX);
	if (len > 0)
		filter->pieces[filter->n_pieces++] =
			(struct iovec){ .iov_base = (void *)data, .iov_len = len };
}

static size_t line_end(struct text block, size_t start)
{
	const char *lf = memchr(block.data + start, '\n', block.len - start);

	return lf ? (size_t)(lf - block.data) : block.len;
}

/* Pass on the line [start..end), with `n_brackets` bytes of brackets behind its text: together with
 * all that lies between `*at` and the line, or alone with its line end. `*at` moves behind it. */
static void keep_line(struct line_filter *filter, struct text block, size_t start, size_t end,
	size_t n_brackets, size_t *at)
{
	size_t text = text_end(block, start, end);
	size_t next = end < block.len ? end + 1 : end;

	assert(*at <= start && start <= text && next <= block.len);
	if (filter->options.only_matching) {
		add_piece(filter, "\n", filter->owes_line_end);
		filter->owes_line_end = false;
		*at = start;
	}
	add_piece(filter, block.data + *at, text - *at);
	add_piece(filter, NULL, n_brackets);
	*at = text;
	if (filter->options.only_matching) {
		add_piece(filter, block.data + text, next - text);
		filter->owes_line_end = next == end;
		*at = next;
	}
}

static void look_for_late(struct line_filter *filter, struct text text)
{
	brackets_find(&filter->known, text);
	for (size_t i = 0; i < filter->n_late; i++) {
		struct late_bracket *late = &filter->late_brackets[i];

		late->is_known =
			late->is_known || brackets_explain(&filter->known, text_of(late->code), 0);
	}
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Look for late brackets in the next part of their line, and where it joins the last one. */
static void search_part(struct line_filter *filter, struct text part)
{
	size_t n = smaller(part.len, SEAM_LEN);

	if (filter->n_late == 0)
		return;
	assert(filter->seam_len <= SEAM_LEN);
	memcpy(filter->seam + filter->seam_len, part.data, n);
	look_for_late(filter, text_make(filter->seam, filter->seam_len + n));
	look_for_late(filter, part);
	filter->seam_len = n;
	memcpy(filter->seam, part.data + (part.len - n), n);
}

/* Print the late brackets that the line does not have; returns how many bytes they are. */
static size_t print_late(struct line_filter *filter, struct buffer *out)
{
	size_t start = out->len, at = 0, n_known = 0;

	for (size_t i = 0; i < filter->n_late; i++) {
		const struct late_bracket *late = &filter->late_brackets[i];

		if (!late->is_known)
			buffer_add(out, filter->late.data + at, late->end - at);
		n_known += late->is_known;
		at = late->end;
	}
	/* They were counted when they were held back. */
	assert(at == filter->late.len && n_known <= filter->counts.n_causes);
	filter->counts.n_causes -= n_known;
	filter->counts.n_explained += n_known;
	filter->counts.n_lines_matched -= n_known > 0 && n_known == filter->n_late;
	filter->n_late = 0;
	buffer_clear(&filter->late);
	return out->len - start;
}

/* Finish a line that began in an earlier block. The rest of it is searched only for brackets, and
 * its own brackets are written now. */
static int finish_line(struct line_filter *filter, const struct source_block *block, size_t *at)
{
	size_t end = line_end(block->bytes, 0), n_brackets;

	search_part(filter, text_make(block->bytes.data, end));
	n_brackets = print_late(filter, &filter->brackets);
	if (filter->line_is_wanted)
		keep_line(filter, block->bytes, 0, end, n_brackets, at);
	else
		*at = end;
	return buffer_finish(&filter->brackets);
}

static int pass_line(
	struct line_filter *filter, struct text block, const struct match_line *line, size_t *at)
{
	int r = make_room(filter);
	size_t n_before = filter->brackets.len;

	if (r < 0)
		return r;
	if (print_brackets(filter, block, line, false, &filter->brackets))
		keep_line(
			filter, block, line->start, line->end, filter->brackets.len - n_before, at);
	return buffer_finish(&filter->brackets);
}

/* Keep the end of the first part: as far as it is behind the causes. */
static void start_seam(struct line_filter *filter, struct text block, const struct match_line *line)
{
	const struct match *last = &line->matches[line->n_matches - 1];
	size_t n = smaller(line->end - (last->offset + last->len), SEAM_LEN);

	filter->seam_len = n;
	memcpy(filter->seam, block.data + (line->end - n), n);
}

/* The last line continues in the next block: its brackets are held back until its end. */
static int open_line(
	struct line_filter *filter, struct text block, const struct match_line *line, size_t *at)
{
	int r = make_room(filter);

	if (r < 0)
		return r;
	if (print_brackets(filter, block, line, true, &filter->late)) {
		filter->line_is_wanted = true;
		keep_line(filter, block, line->start, line->end, 0, at);
		filter->owes_line_end = false;
	}
	start_seam(filter, block, line);
	return buffer_finish(&filter->late);
}

/* Whether the whole block lies inside one line. */
static bool is_inside_line(const struct source_block *block)
{
	return block->continued && block->continues &&
	       line_end(block->bytes, 0) == block->bytes.len;
}

/* Pass on the lines with causes, from the line start `from`. */
static int pass_lines(
	struct line_filter *filter, const struct source_block *block, size_t from, size_t *at)
{
	struct match_line line;
	int r = 0, found;

	while (r == 0 && (found = recognizer_next_line(filter->recognizer, block->bytes, from,
				  &line)) != RECOGNIZER_END) {
		bool open = line.end == block->bytes.len && block->continues;

		from = line.end;
		if (found == 0)
			r = open ? open_line(filter, block->bytes, &line, at)
				 : pass_line(filter, block->bytes, &line, at);
	}
	return r;
}

static int pass_block(struct line_filter *filter, const struct source_block *block)
{
	struct text bytes = block->bytes;
	size_t at = 0, from = 0;
	int r = 0;

	if (is_inside_line(block)) {
		search_part(filter, bytes);
		if (filter->line_is_wanted)
			add_piece(filter, bytes.data, bytes.len);
		return write_pieces(filter);
	}
	if (block->continued) {
		from = line_end(bytes, 0);
		r = finish_line(filter, block, &at);
	}
	filter->line_is_wanted = !filter->options.only_matching;

	if (r == 0)
		r = pass_lines(filter, block, from, &at);
	if (r == 0)
		r = make_room(filter);
	if (r < 0)
		return r;
	if (!filter->options.only_matching)
		add_piece(filter, bytes.data + at, bytes.len - at);
	return write_pieces(filter);
}

/* The first line of a source may name the columns of those that follow. */
static void read_headers(struct line_filter *filter, struct text block)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t end = line_end(block, 0);
	struct text line = text_make(block.data, text_end(block, 0, end));

	if (filter->is_inside_source)
		return;
	filter->is_inside_source = true;
	if (text_starts(line, text_of(mark)))
		text_skip(&line, sizeof(mark) - 1);
	/* A line that is cut, or that no record follows, names no columns. */
	if (end == block.len)
		line.len = 0;
	(void)recognizer_read_headers(filter->recognizer, line);
}

static int send_line(struct line_filter *filter, struct source *source,
	const struct source_block *block, size_t start, size_t end)
{
	struct record *record = &filter->record;
	size_t next = end < block->bytes.len ? end + 1 : end;
	int r;

	record_clear(record);
	r = source_line(source,
		&(struct source_line){ start, text_end(block->bytes, start, end), next }, record);
	if (r < 0)
		return r;
	container_note_part(record);
	r = enrich_record(&filter->policy, filter->recognizer, record);
	if (r < 0)
		return r;
	filter->counts.n_explained += record->n_explained;
	filter->counts.n_unclaimed += record->n_unclaimed;
	filter->counts.n_facts_left += record->n_facts_left;
	if (record->n_findings + record->n_explained == 0 && filter->options.only_matching)
		return 0;
	filter->counts.n_causes += record->n_findings;
	filter->counts.n_lines_matched += record->n_findings > 0;
	record->observed_usec = filter->observed_usec;
	line_time_note(record, filter->observed_usec);
	return sink_send(filter->sink, record);
}

/* Every line of the block is a record; the pieces of an overlong line are a record each. */
static int send_block(
	struct line_filter *filter, struct source *source, const struct source_block *block)
{
	size_t start = 0;

	filter->observed_usec = io_now_usec(CLOCK_REALTIME);
	while (start < block->bytes.len) {
		size_t end = line_end(block->bytes, start);
		int r = send_line(filter, source, block, start, end);

		if (r < 0)
			return r;
		start = end + 1;
	}
	return sink_flush(filter->sink);
}

/* A line whose end never came still gets its brackets. */
static int end_source(struct line_filter *filter)
{
	size_t n = print_late(filter, &filter->brackets);
	int r = buffer_finish(&filter->brackets);

	filter->is_inside_source = false;
	add_piece(filter, NULL, n);
	if (r == 0 && n > 0)
		r = write_pieces(filter);
	return r < 0 ? r : LINE_FILTER_END;
}

int line_filter_step(struct line_filter *filter, struct source *source, bool *ret_writing)
{
	struct source_item item;
	int r;

	*ret_writing = false;
	r = source_pull(source, &item);
	if (r == SOURCE_END) {
		*ret_writing = true;
		return end_source(filter);
	}
	if (r < 0) {
		int error = r;

		/* What was read is finished, for another source may follow. */
		r = end_source(filter);
		*ret_writing = r < 0;
		return r < 0 ? r : error;
	}
	*ret_writing = true;
	read_headers(filter, item.block.bytes);
	filter->counts.n_long_lines += item.block.continues && !is_inside_line(&item.block);
	r = filter->options.records ? send_block(filter, source, &item.block)
				    : pass_block(filter, &item.block);
	filter->counts.n_causes_dropped = recognizer_count_dropped(filter->recognizer);
	filter->counts.n_gave_up = recognizer_count_gave_up(filter->recognizer);
	return r < 0 ? r : 0;
}
