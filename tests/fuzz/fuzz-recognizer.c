/* The hot path. The first byte picks the profiles, the second how a stream is cut into blocks; the
 * rest is log text.
 *
 * What must hold: the vector search finds what the portable one and a naive one find; every line is
 * found in a block as it is found alone; matches are in order and inside their line; what keys find
 * in a part and away from its end, they find in the whole; what they find in a text with colors,
 * they find without them; and the filter's output without its brackets is its input. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/io.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "cause/profile-reader.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "cause/search/characters/color.h"
#include "cause/search/scan/scan.h"
#include "flow/filter/line-filter.h"
#include "fuzz.h"
#include "record/record.h"
#include "sink/stream-sink.h"
#include "source/source.h"
#include "wire/format.h"

enum { NAIVE_MAX = 512, LITERALS_MAX = 40, N_PROFILES = 8 };

/* The profile with columns by header. */
enum { HEADERS = 7 };

static const char BRACKET[] = " [release cause";

static const char tiny[] = "catalog: tiny\n"
			   "causes:\n"
			   "  - {code: 16, name: normal, severity: info, description: Done., "
			   "aliases: [NORMAL_CLEARING, Normal Clearing, 'Normal, x']}\n"
			   "  - {name: none-of-it, severity: info, description: D., "
			   "aliases: [NONE]}\n"
			   "  - {code: 512-531, name: full, severity: err, description: Full.}\n";

/* Shared keys, keys inside keys, keys as short as one byte, every base, patterns, and codes that
 * are ignored. */
static const char *const profile_files[N_PROFILES] = {
	"profile: decimal\ncatalog: tiny\nkeys: [releaseCause, release_cause, failCode]\n",
	"profile: shared\ncatalog: tiny\nkeys: [cause, releaseCause, c, reason code, a-b.c]\n"
	"ignore: [0, 16, 512]\n",
	"profile: hex\ncatalog: tiny\nkeys: [DisconnectCause, cause, x1]\nbase: hex\n",
	"profile: named\ncatalog: tiny\nkeys: [hangup_cause, cause]\nbase: name\n"
	"patterns:\n"
	"  - {requires: Hangup, regex: 'Hangup \\S+ \\[CS_\\w+\\] \\[(?<cause>[A-Z_]+)\\]',"
	" base: name}\n"
	"  - {requires: a, regex: '(?<cause>[0-9]*)a', base: decimal}\n",
	"profile: q931\ncatalog: tiny\nkeys: [Cause i, ie]\nbase: q931\n"
	"patterns: [{requires: 'i =', regex: 'i = (?<cause>0x[0-9A-F]{4})(?:(?=x)|)', base: "
	"q931}]\n",
	"profile: columns\ncatalog: tiny\nkeys: [cause, {key: key, base: name}]\ncolumns:\n"
	"  - {column: 2, requires: 'CDR,', width: 4}\n"
	"  - {column: 3, requires: 'CDR,', base: name, where: {column: 1, equals: CDR}}\n"
	"  - {column: 2, requires: '|x', separator: '|', base: text, ignore: [none-of-it]}\n",
	"profile: texts\ncatalog: tiny\nkeys:\n  - {key: cause, base: text}\n"
	"  - {key: key, base: text}\n  - {key: hangup_cause, base: name, ignore: [NONE]}\n",
	"profile: headers\ncatalog: tiny\nkeys: [key]\ncolumns:\n  - {header: cause}\n"
	"  - {header: NAME, base: name, where: {header: type, equals: end}}\n"
	"  - {header: text, base: text, separator: ;, width: 3}\n",
};

/* Which profiles are used together, as bits, in their order. */
static const unsigned sets[] = { 1, 2, 4, 8, 16, 3, 7, 31, 24, 6, 32, 64, 96, 128, 192, 255 };

/* -- what is made once ------------------------------------------------ */

static const struct profile *get_profile(size_t index)
{
	static struct catalog *catalog;
	static struct profile *profiles[N_PROFILES];
	CLEANUP(diag_done) struct diag diag = { 0 };

	if (!catalog)
		must(catalog_read("tiny", text_of(tiny), &diag, &catalog) == 0);
	if (!profiles[index]) {
		int r = profile_read(
			"profile", text_of(profile_files[index]), &diag, &profiles[index]);

		diag_print(&diag, stderr);
		must(r == 0);
		for (struct profile_reading *at = profiles[index]->readings; at; at = at->next)
			at->catalog = catalog;
	}
	return profiles[index];
}

static struct recognizer *get_recognizer(size_t set)
{
	static struct recognizer *recognizers[sizeof(sets) / sizeof(sets[0])];
	const struct profile *profiles[N_PROFILES];
	size_t n = 0;

	if (recognizers[set])
		return recognizers[set];
	for (size_t i = 0; i < N_PROFILES; i++)
		if (sets[set] & 1u << i)
			profiles[n++] = get_profile(i);
	must(recognizer_new(profiles, n, &recognizers[set]) == 0);
	return recognizers[set];
}

static struct scan *get_scan(size_t set, struct text *literals, size_t *ret_n)
{
	static struct scan *scans[sizeof(sets) / sizeof(sets[0])];
	size_t n = 0;

	for (size_t i = 0; i < N_PROFILES; i++)
		for (size_t j = 0; sets[set] & 1u << i && j < get_profile(i)->n_keys; j++)
			literals[n++] = get_profile(i)->keys[j].name;
	must(n <= LITERALS_MAX);
	if (!scans[set])
		must(scan_new(literals, n, &scans[set]) == 0);
	*ret_n = n;
	return scans[set];
}

/* -- the scan --------------------------------------------------------- */

static void check_scans_agree(const struct scan *scan, struct text text, size_t from)
{
	struct scan_cursor a = { .offset = from }, b = { .offset = from };
	unsigned literal_a = 0, literal_b = 0;
	size_t start_a = 0, start_b = 0;
	bool found;

	do {
		found = scan_next(scan, text.data, text.len, &a, &literal_a, &start_a);
		must(scan_next_portable(scan, text.data, text.len, &b, &literal_b, &start_b) ==
			found);
		must(!found || (literal_a == literal_b && start_a == start_b));
	} while (found);
}

/* Every place of a literal is found, and found once. */
static void check_scan_is_whole(
	const struct scan *scan, const struct text *literals, size_t n, struct text text)
{
	static unsigned char found[LITERALS_MAX][NAIVE_MAX];
	struct scan_cursor cursor = { 0 };
	unsigned literal;
	size_t start;

	if (text.len > NAIVE_MAX)
		return;
	memset(found, 0, sizeof(found));
	while (scan_next(scan, text.data, text.len, &cursor, &literal, &start)) {
		must(literal < n && start < text.len);
		must(found[literal][start]++ == 0);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t at = 0; at < text.len; at++) {
			bool stands = literals[i].len <= text.len - at &&
				      text_equal_nocase(text_make(text.data + at, literals[i].len),
					      literals[i]);

			must(stands == (found[i][at] == 1));
		}
	}
}

/* Literals cut out of the text itself are found where they were cut. */
static void check_own_literals(struct text text)
{
	struct scan *scan = NULL;
	struct text literals[4];
	size_t n = 0;

	for (size_t i = 0; i < 4 && text.len > 8; i++) {
		size_t at = (unsigned char)text.data[2 * i] * text.len / 256;
		size_t len = (unsigned char)text.data[2 * i + 1] % 12 + 1;

		literals[n++] =
			text_make(text.data + at, len < text.len - at ? len : text.len - at);
	}
	must(scan_new(literals, n, &scan) == 0);
	check_scans_agree(scan, text, 0);
	check_scan_is_whole(scan, literals, n, text);
	(void)scan_free(scan);
}

static void check_scan(size_t set, struct text text)
{
	struct text literals[LITERALS_MAX];
	size_t n;
	struct scan *scan = get_scan(set, literals, &n);

	check_scans_agree(scan, text, 0);
	check_scans_agree(scan, text, text.len / 3);
	check_scan_is_whole(scan, literals, n, text);
	check_own_literals(text);
}

/* -- lines ------------------------------------------------------------ */

/* What a line gives when it is the whole text. */
static void check_alone(
	struct recognizer *recognizer, struct text block, const struct match_line *line)
{
	static struct match kept[RECOGNIZER_MATCHES_MAX];
	const struct match *alone;
	size_t n = line->n_matches, n_alone = 0;

	memcpy(kept, line->matches, n * sizeof(*kept));
	alone = recognizer_find(
		recognizer, text_make(block.data + line->start, line->end - line->start), &n_alone);
	must(n_alone == n);
	for (size_t i = 0; i < n; i++) {
		must(alone[i].offset + line->start == kept[i].offset);
		must(alone[i].len == kept[i].len);
		must(alone[i].code == kept[i].code);
		must(alone[i].profile == kept[i].profile);
	}
}

static bool is_in_capitals(const char *code)
{
	return code[0] >= 'A' && code[0] <= 'Z' && code[1] != '\0' &&
	       code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

/* A name is one of the catalog; without that, it is a word in capitals. */
static void check_name(const struct match *match, struct text text)
{
	char code[MATCH_CODE_SIZE];

	must(match->catalog != NULL);
	match_print_code(match, text, code);
	must(code[0] != '\0');
	if (match_is_name(match) && !catalog_find_name(match->catalog, text_of(code)))
		must(match->base == VALUE_NAME && is_in_capitals(code));
}

static void check_line(struct text block, const struct match_line *line)
{
	size_t at = line->start;

	must(line->start <= line->end && line->end <= block.len);
	must(line->start == 0 || block.data[line->start - 1] == '\n');
	must(line->end == block.len || block.data[line->end] == '\n');
	must(memchr(block.data + line->start, '\n', line->end - line->start) == NULL);
	must(line->n_matches > 0 && line->n_matches <= RECOGNIZER_MATCHES_MAX);
	for (size_t i = 0; i < line->n_matches; i++) {
		must(line->matches[i].offset >= at && line->matches[i].len > 0);
		at = line->matches[i].offset + line->matches[i].len;
		must(at <= line->end);
		check_name(&line->matches[i], block);
	}
}

/* The lines that are passed over have no cause. */
static void check_nothing_between(
	struct recognizer *recognizer, struct text block, size_t from, size_t to)
{
	while (from < to) {
		const char *lf = memchr(block.data + from, '\n', to - from);
		size_t end = lf ? (size_t)(lf - block.data) : to;
		size_t n = 0;

		(void)recognizer_find(recognizer, text_make(block.data + from, end - from), &n);
		must(n == 0);
		from = end + 1;
	}
}

/* Appends the lines with a cause, line ends included, to `matching`. */
static void check_lines(struct recognizer *recognizer, struct text block, struct buffer *matching)
{
	struct match_line line;
	size_t from = 0;
	int r;

	while ((r = recognizer_next_line(recognizer, block, from, &line)) != RECOGNIZER_END) {
		size_t end = line.end < block.len ? line.end + 1 : line.end;

		must(line.start >= from);
		if (r == RECOGNIZER_PAUSED) {
			check_nothing_between(recognizer, block, from, line.end);
			from = end;
			continue;
		}
		check_line(block, &line);
		check_alone(recognizer, block, &line);
		check_nothing_between(recognizer, block, from, line.start);
		buffer_add(matching, block.data + line.start, end - line.start);
		from = end;
	}
	check_nothing_between(recognizer, block, from, block.len);
}

/* As the filter does with the first line of a file. */
static void read_headers(struct recognizer *recognizer, struct text text)
{
	const char *lf = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
	struct text line = text_make(text.data, lf ? (size_t)(lf - text.data) : 0);

	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	if (text_starts(line, text_of("\xEF\xBB\xBF")))
		text_skip(&line, 3);
	(void)recognizer_read_headers(recognizer, line);
}

/* -- parts and colors ------------------------------------------------- */

static bool has_patterns(size_t set)
{
	for (size_t i = 0; i < N_PROFILES; i++)
		if (sets[set] & 1u << i && get_profile(i)->n_patterns > 0)
			return true;
	return false;
}

static bool has_columns(size_t set)
{
	for (size_t i = 0; i < N_PROFILES; i++)
		if (sets[set] & 1u << i && get_profile(i)->n_columns > 0)
			return true;
	return false;
}

/* The matches of `text` in memory of our own; returns how many. */
static size_t find_all(struct recognizer *recognizer, struct text text, struct match *ret)
{
	size_t n;
	const struct match *matches = recognizer_find(recognizer, text, &n);

	memcpy(ret, matches, n * sizeof(*ret));
	return n;
}

static void check_part(struct recognizer *recognizer, struct text text, size_t end)
{
	static struct match whole[RECOGNIZER_MATCHES_MAX], part[RECOGNIZER_MATCHES_MAX];
	size_t n_whole = find_all(recognizer, text, whole), at = 0;
	size_t n = find_all(recognizer, text_make(text.data, end), part);

	if (n_whole == RECOGNIZER_MATCHES_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		must(part[i].literal <= part[i].offset);
		if (match_touches_end(&part[i], text, end))
			continue;
		while (at < n_whole && whole[at].offset < part[i].offset)
			at++;
		must(at < n_whole && whole[at].offset == part[i].offset);
		must(whole[at].len == part[i].len && whole[at].code == part[i].code);
	}
}

/* Drop the colors from a text of ASCII without escapes. Returns false where it is another text, or
 * where colors come about that were none before. */
static bool drop_colors(struct text text, struct buffer *ret)
{
	for (size_t i = 0; i < text.len;) {
		size_t end = color_skip(text, i);

		if ((unsigned char)text.data[i] >= 0x80 || text.data[i] == '\\' ||
			text.data[i] == '#')
			return false;
		if (end == i)
			buffer_add_char(ret, text.data[end++]);
		i = end;
	}
	for (size_t i = 0; i < ret->len; i++)
		if (color_skip(buffer_text(ret), i) > i)
			return false;
	return ret->len < text.len;
}

static void check_colors(struct recognizer *recognizer, struct text text)
{
	static struct match colored[RECOGNIZER_MATCHES_MAX], plain[RECOGNIZER_MATCHES_MAX];
	CLEANUP(buffer_done) struct buffer without = buffer_make(RECORD_SIZE_MAX);
	size_t n_colored, n_plain, at = 0;

	if (!drop_colors(text, &without))
		return;
	n_colored = find_all(recognizer, text, colored);
	n_plain = find_all(recognizer, buffer_text(&without), plain);
	if (n_plain == RECOGNIZER_MATCHES_MAX)
		return;
	for (size_t i = 0; i < n_colored; i++, at++) {
		while (at < n_plain &&
			(plain[at].code != colored[i].code || plain[at].len != colored[i].len))
			at++;
		must(at < n_plain);
	}
}

/* -- the filter ------------------------------------------------------- */

/* A source that gives the text in blocks, cut inside lines where these are longer than `line_max`
 * as any source may do. */
struct block_source {
	struct source source;
	struct text text;
	struct text block; /* given last */
	size_t at, line_max;
	bool in_line;
};

static int block_pull(struct source *source, struct source_item *ret)
{
	struct block_source *s = (struct block_source *)(void *)source;
	struct text rest = text_make(s->text.data + s->at, s->text.len - s->at);
	size_t len = rest.len < s->line_max ? rest.len : s->line_max;
	const char *lf = memrchr(rest.data, '\n', len);
	bool continues = false;

	if (len == 0)
		return SOURCE_END;
	if (lf)
		len = (size_t)(lf - rest.data) + 1;
	else
		continues = len < rest.len;
	*ret = (struct source_item){
		.block = {
			.bytes = text_make(rest.data, len),
			.offset = s->at,
			.continued = s->in_line,
			.continues = continues,
		},
	};
	s->block = text_make(rest.data, len);
	s->at += len;
	s->in_line = continues;
	return 0;
}

static int block_line(struct source *source, const struct source_line *line, struct record *record)
{
	struct block_source *s = (struct block_source *)(void *)source;

	record->source = source->name;
	record->position = text_of("0");
	return record_add(record, text_of("MESSAGE"),
		text_make(s->block.data + line->start, line->end - line->start));
}

static const struct source_class block_class = {
	.pull = block_pull,
	.line = block_line,
};

/* Run the filter over the text; what it writes goes to `out`. */
static void run_filter(struct recognizer *recognizer, const struct line_filter_options *options,
	struct text text, size_t line_max, struct buffer *out)
{
	static int fd = -1;
	const struct enrich_policy policy = { 0 };
	const struct encode_options format = { .format = FORMAT_JSON };
	CLEANUP(line_filter_freep) struct line_filter *filter = NULL;
	CLEANUP(sink_freep) struct sink *sink = NULL;
	struct block_source source = { .source = { .class = &block_class, .name = "fuzz" },
		.text = text,
		.line_max = line_max };
	char path[64];
	bool writing;
	int r;

	if (fd < 0)
		fd = memfd_create("fuzz-recognizer", MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	must(stream_sink_new("out", fd, &format, &sink) == 0);
	must(line_filter_new(options, &policy, recognizer, sink, &filter) == 0);
	while ((r = line_filter_step(filter, &source.source, &writing)) == 0)
		;
	must(r == LINE_FILTER_END);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(lseek(fd, 0, SEEK_SET) == 0);
	must(io_read_file(path, out) == 0);
}

static void drop_brackets(struct buffer *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->len;) {
		struct text rest = text_make(out->data + i, out->len - i);
		const char *end;

		if (!text_starts(rest, text_of(BRACKET))) {
			out->data[kept++] = out->data[i++];
			continue;
		}
		end = memchr(rest.data, ']', rest.len);
		must(end != NULL);
		i += (size_t)(end - rest.data) + 1;
	}
	out->len = kept;
}

static size_t count_lines(struct text text)
{
	size_t n = text.len > 0 && text.data[text.len - 1] != '\n';

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

static void check_filter(
	struct recognizer *recognizer, struct text text, size_t line_max, struct text matching)
{
	static const struct line_filter_options all = { 0 }, json = { .records = true },
						only = { .only_matching = true };
	CLEANUP(buffer_done) struct buffer out = buffer_make(RECORD_SIZE_MAX);

	/* Brackets of the input, with a blank before them or not, could not be distinguished from
	 * ours. */
	if (text.len > 0 && memmem(text.data, text.len, BRACKET + 1, sizeof(BRACKET) - 2))
		return;
	run_filter(recognizer, &all, text, line_max, &out);
	drop_brackets(&out);
	must(text_equal(buffer_text(&out), text));

	buffer_clear(&out);
	run_filter(recognizer, &only, text, text.len + 1, &out);
	drop_brackets(&out);
	must(text_equal(buffer_text(&out), matching));

	buffer_clear(&out);
	run_filter(recognizer, &json, text, text.len + 1, &out);
	must(count_lines(buffer_text(&out)) == count_lines(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buffer_done) struct buffer matching = buffer_make(RECORD_SIZE_MAX);
	struct recognizer *recognizer;
	struct text text;
	size_t set;

	if (size < 2)
		return 0;
	set = data[0] % (sizeof(sets) / sizeof(sets[0]));
	text = text_make((const char *)data + 2, size - 2);
	recognizer = get_recognizer(set);

	read_headers(recognizer, text);
	check_scan(set, text);
	check_lines(recognizer, text, &matching);
	if (!has_patterns(set))
		check_part(recognizer, text, text.len * data[1] / 256);
	if (!has_patterns(set) && !has_columns(set))
		check_colors(recognizer, text);
	check_filter(recognizer, text, (size_t)data[1] + 1, buffer_text(&matching));
	return 0;
}
