/* Tests of wire/container-lines. Each file is read in blocks of many sizes, and reading resumes at
 * the position of each line: the lines and their positions must be the same. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "container-reader.h"
#include "wire/container-lines.h"

#define TIME "2022-01-21T10:10:24.99Z "
#define AT "\",\"stream\":\"stdout\",\"time\":\"x\"}\n"
#define ERR "\",\"stream\":\"stderr\",\"time\":\"x\"}\n"

enum { LINES_MAX = 64, ALL = 1024 * 1024 * 1024 };

/* What was read. */
struct result {
	struct buffer text; /* lines, each with its end: `|`, or `>` where it was cut */
	struct {
		size_t end; /* of it in `text` */
		struct container_place place;
	} lines[LINES_MAX];
	size_t n;
	struct container_place end;
	size_t n_copied; /* blocks that are no part of the file */
};

static void add_line(
	struct text line, bool cut, const struct container_place *place, void *userdata)
{
	struct result *result = userdata;

	assert_true(result->n < LINES_MAX);
	buffer_add_text(&result->text, line);
	buffer_add_char(&result->text, cut ? '>' : '|');
	result->lines[result->n].end = result->text.len;
	result->lines[result->n++].place = *place;
}

static void read_from(struct text file, struct container_place place, size_t max, uint32_t span_max,
	bool is_final, struct result *ret)
{
	struct container_reader reader = {
		.file = file,
		.format = container_format_of(file),
		.place = place,
		.joiner = container_joiner_make(),
		.is_final = is_final,
		.line = add_line,
		.userdata = ret,
	};
	int r;

	*ret = (struct result){ .text = buffer_make(ALL) };
	reader.joiner.span_max = span_max;
	while ((r = container_reader_step(&reader, max)) > 0)
		;
	assert_int_equal(r, 0);
	assert_int_equal(buffer_finish(&ret->text), 0);
	assert_int_equal(reader.place.offset, file.len);
	ret->end = reader.place;
	container_joiner_done(&reader.joiner);
}

static void assert_place(const struct container_place *a, const struct container_place *b)
{
	assert_int_equal(a->offset, b->offset);
	for (int i = 0; i < CONTAINER_STREAMS; i++)
		assert_int_equal(a->chains.back[i], b->chains.back[i]);
}

/* Lines behind the first `n` of `all` are those of `rest`. */
static void assert_rest(const struct result *all, size_t n, const struct result *rest)
{
	size_t start = n > 0 ? all->lines[n - 1].end : 0;

	assert_int_equal(rest->n, all->n - n);
	assert_int_equal(rest->text.len, all->text.len - start);
	assert_true(rest->text.len == 0 ||
		    memcmp(rest->text.data, all->text.data + start, rest->text.len) == 0);
	for (size_t i = 0; i < rest->n; i++)
		assert_place(&rest->lines[i].place, &all->lines[n + i].place);
	assert_place(&rest->end, &all->end);
}

/* Read the whole file, in all ways; returns what it held behind its end. */
static unsigned assert_lines(
	struct text file, uint32_t span_max, bool is_final, const char *expected)
{
	struct result all, some;
	unsigned n_held;

	read_from(file, (struct container_place){ 0 }, ALL, span_max, is_final, &all);
	assert_text(buffer_text(&all.text), expected);
	n_held = (all.end.chains.back[0] > 0) + (all.end.chains.back[1] > 0);
	for (size_t max = 1; max <= 256; max++) {
		read_from(file, (struct container_place){ 0 }, max, span_max, is_final, &some);
		assert_rest(&all, 0, &some);
		buffer_done(&some.text);
	}
	for (size_t i = 0; i < all.n; i++) {
		for (size_t max = 1; max <= 512; max += 64) {
			read_from(file, all.lines[i].place, max, span_max, is_final, &some);
			assert_rest(&all, i + 1, &some);
			buffer_done(&some.text);
		}
		/* No two lines have one position, and they are in order. */
		if (i > 0 && all.lines[i].place.offset == all.lines[i - 1].place.offset)
			assert_true(container_look_back(&all.lines[i].place.chains) <
				    container_look_back(&all.lines[i - 1].place.chains));
		else if (i > 0)
			assert_true(all.lines[i].place.offset > all.lines[i - 1].place.offset);
	}
	buffer_done(&all.text);
	return n_held;
}

static void parts_of_cri_are_one_line(void **state)
{
	(void)state;
	assert_int_equal(
		assert_lines(
			TEXT(TIME "stdout F one\n" TIME "stdout P callId=1 releaseCause=5\n" TIME
				  "stdout P 1\n" TIME "stdout F 2 talk=0\n" TIME "stdout F two\n"),
			CONTAINER_SPAN_MAX, false,
			TIME "stdout F one|" TIME "stdout F callId=1 releaseCause=512 talk=0|" TIME
			     "stdout F two|"),
		0);
}

static void parts_of_a_json_file_are_one_line(void **state)
{
	(void)state;
	assert_int_equal(
		assert_lines(TEXT("{\"log\":\"one\\n" AT "{\"log\":\"a \\\"releaseCause\\\":5" AT
				  "{\"log\":\"12, \\\\" AT "{\"log\":\"n\\n" AT
				  "{\"log\":\"two\\\\n\\n" AT),
			CONTAINER_SPAN_MAX, false,
			"{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"x\"}|"
			"{\"log\":\"a \\\"releaseCause\\\":512, \\\\n\\n\",\"stream\":\"stdout\","
			"\"time\":\"x\"}|"
			"{\"log\":\"two\\\\n\\n\",\"stream\":\"stdout\",\"time\":\"x\"}|"),
		0);
}

static void a_stream_does_not_wait_for_the_other(void **state)
{
	(void)state;
	assert_int_equal(
		assert_lines(TEXT(TIME "stdout P a\n" TIME "stderr F x\n" TIME "stderr P y\n" TIME
				       "stdout P b\n" TIME "stderr P z\n" TIME "stdout F c\n" TIME
				       "stderr F .\n" TIME "stdout F d\n"),
			CONTAINER_SPAN_MAX, false,
			TIME "stderr F x|" TIME "stdout F abc|" TIME "stderr F yz.|" TIME
			     "stdout F d|"),
		0);
	assert_int_equal(
		assert_lines(TEXT("{\"log\":\"a" AT "{\"log\":\"x\\n" ERR "{\"log\":\"b\\n" AT),
			CONTAINER_SPAN_MAX, false,
			"{\"log\":\"x\\n\",\"stream\":\"stderr\",\"time\":\"x\"}|"
			"{\"log\":\"ab\\n\",\"stream\":\"stdout\",\"time\":\"x\"}|"),
		0);
}

static void an_unfinished_chain_is_held_and_at_the_end_of_all_it_is_cut(void **state)
{
	static const char file[] = TIME "stdout P a\n" TIME "stderr P x\n" TIME "stdout F b\n" TIME
					"stdout P c\n" TIME "stdout P d\n";

	(void)state;
	assert_int_equal(
		assert_lines(text_of(file), CONTAINER_SPAN_MAX, false, TIME "stdout F ab|"), 2);
	assert_int_equal(assert_lines(text_of(file), CONTAINER_SPAN_MAX, true,
				 TIME "stdout F ab|" TIME "stderr P x>" TIME "stdout P cd>"),
		0);
}

/* A part has 36 bytes in these. */
static void a_chain_past_the_bound_is_cut_before_the_line_that_exceeds_it(void **state)
{
	static const char own[] =
		TIME "stdout P a\n" TIME "stdout P b\n" TIME "stdout F c\n" TIME "stdout F d\n";
	static const char other[] = TIME "stdout P a\n" TIME "stderr F x\n" TIME "stderr F y\n" TIME
					 "stdout F c\n" TIME "stdout F d\n";
	enum { PART = sizeof(TIME "stdout P a\n") - 1 };

	(void)state;
	(void)assert_lines(text_of(own), 3 * PART, false, TIME "stdout F abc|" TIME "stdout F d|");
	(void)assert_lines(text_of(own), 3 * PART - 1, false,
		TIME "stdout P ab>" TIME "stdout F c|" TIME "stdout F d|");
	(void)assert_lines(text_of(other), 4 * PART, false,
		TIME "stderr F x|" TIME "stderr F y|" TIME "stdout F ac|" TIME "stdout F d|");
	(void)assert_lines(text_of(other), 3 * PART - 1, false,
		TIME "stderr F x|" TIME "stdout P a>" TIME "stderr F y|" TIME "stdout F c|" TIME
		     "stdout F d|");
	(void)assert_lines(text_of(other), 1, false,
		TIME "stdout P a>" TIME "stderr F x|" TIME "stderr F y|" TIME "stdout F c|" TIME
		     "stdout F d|");
}

/* Both chains are cut before one line, and each has a position of its own. */
static void two_chains_may_be_cut_at_one_offset(void **state)
{
	enum { PART = sizeof(TIME "stdout P a\n") - 1 };

	(void)state;
	(void)assert_lines(
		TEXT(TIME "stdout P a\n" TIME "stderr P x\n" TIME "stdout F longer than a part\n"),
		2 * PART, false,
		TIME "stdout P a>" TIME "stderr P x>" TIME "stdout F longer than a part|");
}

static void what_is_no_line_of_the_format_passes_and_ends_no_chain(void **state)
{
	(void)state;
	(void)assert_lines(TEXT(TIME "stdout P a\n\nnoise stdout F\n" TIME "stdlog F x\n" TIME
				     "stdout G x\n" TIME "stdout F b\n"),
		CONTAINER_SPAN_MAX, false,
		"|noise stdout F|" TIME "stdlog F x|" TIME "stdout G x|" TIME "stdout F ab|");
	(void)assert_lines(TEXT("{\"log\":\"a" AT "{\"log\":\"b\\n\",\"level\":1}\n{\"log\":\"c\n"
				"{\"log\":\"d\\n" AT),
		CONTAINER_SPAN_MAX, false,
		"{\"log\":\"b\\n\",\"level\":1}|{\"log\":\"c|"
		"{\"log\":\"ad\\n\",\"stream\":\"stdout\",\"time\":\"x\"}|");
}

static void texts_may_be_empty_and_flags_may_have_tags(void **state)
{
	(void)state;
	(void)assert_lines(TEXT(TIME "stdout P:a:b x\n" TIME "stdout P\n" TIME "stdout P \n" TIME
				     "stdout F:c y\n" TIME "stdout P \n" TIME "stdout F\n"),
		CONTAINER_SPAN_MAX, false, TIME "stdout F:a:b xy|" TIME "stdout F |");
}

static void a_block_without_a_chain_is_not_copied(void **state)
{
	struct container_joiner joiner = container_joiner_make();
	struct text raw = TEXT(TIME "stdout F a\n" TIME "stderr F b\n");
	struct container_block block;

	(void)state;
	assert_int_equal(
		container_join(&joiner,
			&(struct container_input){ .format = CONTAINER_CRI, .raw = raw }, &block),
		0);
	assert_ptr_equal(block.bytes.data, raw.data);
	assert_int_equal(block.bytes.len, raw.len);
	assert_int_equal(block.n_read, raw.len);
	assert_false(block.continues);
	container_joiner_done(&joiner);
}

static void a_file_has_its_format_from_its_first_line(void **state)
{
	static const struct {
		const char *head;
		enum container_format format;
	} rows[] = {
		{ "", CONTAINER_NONE },
		{ TIME "stdout F x\nnoise", CONTAINER_CRI },
		{ TIME "stderr P", CONTAINER_CRI },
		{ "2016-10-06T00:17:09.669794202+02:00 stdout P x", CONTAINER_CRI },
		{ TIME "stdout Find x", CONTAINER_NONE },
		{ TIME "stdout", CONTAINER_NONE },
		{ TIME "\nstdout F x", CONTAINER_NONE },
		{ TIME "stdout F\nnoise", CONTAINER_CRI },
		{ "2022-01-21T10:10:24\n stdout F x", CONTAINER_NONE },
		{ "2022-01-21 10:10:24.99Z stdout F x", CONTAINER_NONE },
		{ "2022-01-21T10:10:24", CONTAINER_NONE },
		{ "{\"log\":\"x", CONTAINER_JSON },
		{ "{\"logs\":\"x", CONTAINER_NONE },
		{ "call releaseCause=512", CONTAINER_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(container_format_of(text_of(rows[i].head)), rows[i].format);
}

static void a_line_alone_shows_whether_it_is_a_part(void **state)
{
	static const struct {
		const char *line;
		size_t behind; /* bytes behind its text; SIZE_MAX: it is no part */
	} rows[] = {
		{ TIME "stdout P callId=1 releaseCause=5", 0 },
		{ TIME "stdout F callId=1 releaseCause=5", SIZE_MAX },
		{ "{\"log\":\"callId=1 releaseCause=51\",\"stream\":\"stdout\",\"time\":\"x\"}",
			31 },
		{ "{\"log\":\"releaseCause=51\\n\",\"stream\":\"stdout\",\"time\":\"x\"}",
			SIZE_MAX },
		{ "{\"log\":\"releaseCause=51\\\\n\",\"stream\":\"stdout\",\"time\":\"x\"}", 31 },
		{ "{\"log\":\"x\\\\\\n\",\"stream\":\"stdout\",\"time\":\"x\"}", SIZE_MAX },
		{ "{\"log\":\"\",\"stream\":\"stderr\",\"attrs\":{},\"time\":\"x\"}", 42 },
		{ "{\"log\":\"n\",\"stream\":\"stderr\",\"time\":\"x\"}", 31 },
		{ "{\"log\":\"releaseCause=51\",\"level\":\"info\"}", SIZE_MAX },
		{ "{\"log\":\"releaseCause=51\",\"stream\":\"stdout\"}", SIZE_MAX },
		{ "{\"log\":\"releaseCause=51", SIZE_MAX },
		{ "{\"log\":\"", SIZE_MAX },
		{ "", SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text line = text_of(rows[i].line);
		size_t end = SIZE_MAX;

		assert_int_equal(container_is_part(line, &end), rows[i].behind != SIZE_MAX);
		if (rows[i].behind != SIZE_MAX)
			assert_int_equal(line.len - end, rows[i].behind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_cri_are_one_line),
		cmocka_unit_test(parts_of_a_json_file_are_one_line),
		cmocka_unit_test(a_stream_does_not_wait_for_the_other),
		cmocka_unit_test(an_unfinished_chain_is_held_and_at_the_end_of_all_it_is_cut),
		cmocka_unit_test(a_chain_past_the_bound_is_cut_before_the_line_that_exceeds_it),
		cmocka_unit_test(two_chains_may_be_cut_at_one_offset),
		cmocka_unit_test(what_is_no_line_of_the_format_passes_and_ends_no_chain),
		cmocka_unit_test(texts_may_be_empty_and_flags_may_have_tags),
		cmocka_unit_test(a_block_without_a_chain_is_not_copied),
		cmocka_unit_test(a_file_has_its_format_from_its_first_line),
		cmocka_unit_test(a_line_alone_shows_whether_it_is_a_part),
	};

	return cmocka_run_group_tests_name("wire/container-lines", tests, NULL, NULL);
}
