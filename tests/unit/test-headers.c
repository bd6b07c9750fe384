/* Tests of flow/filter/line-filter: the first line of a file names the columns of its records. */
#include "config.h"

#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cause/catalog.h"
#include "cause/enrich.h"
#include "flow/filter/line-filter.h"
#include "record/record.h"
#include "sink/sink.h"
#include "sink/stream-sink.h"
#include "source/source.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"
#include "wire/encode-options.h"
#include "wire/format.h"

enum { BLOCKS_MAX = 4, OUT_SIZE = 4096 };

/* A file as its blocks; one that does not end with a line end continues in the next. */
struct block_source {
	struct source source;
	const char *blocks[BLOCKS_MAX];
	size_t n_given;
	struct text block;
};

static int pull_block(struct source *source, struct source_item *ret)
{
	struct block_source *s = (struct block_source *)(void *)source;
	const char *next;
	bool continued = s->block.len > 0 && s->block.data[s->block.len - 1] != '\n';

	if (s->n_given == BLOCKS_MAX || !s->blocks[s->n_given])
		return SOURCE_END;
	s->block = text_of(s->blocks[s->n_given++]);
	next = s->n_given < BLOCKS_MAX ? s->blocks[s->n_given] : NULL;
	*ret = (struct source_item){ .block = {
					     .bytes = s->block,
					     .continued = continued,
					     .continues = next && !text_ends(s->block, TEXT("\n")),
				     } };
	return 0;
}

static int give_line(struct source *source, const struct source_line *line, struct record *record)
{
	const struct block_source *s = (struct block_source *)(void *)source;

	return record_add(record, TEXT("MESSAGE"),
		text_make(s->block.data + line->start, line->end - line->start));
}

static const struct source_class block_class = { .pull = pull_block, .line = give_line };

struct kit {
	struct catalog *catalog;
	struct profile *profile;
	struct recognizer *recognizer;
	struct sink *sink;
	struct line_filter *filter;
	char out[OUT_SIZE];
	int fd;
};

static void open_kit(struct kit *kit, struct line_filter_options options)
{
	static const struct enrich_policy policy = { 0 };
	static const struct encode_options format = { .format = FORMAT_JSON };

	kit->catalog = catalog_good("catalog: test\ncauses:\n"
				    "  - {code: 7, name: x, description: D., severity: err}\n");
	kit->profile = profile_good(PROFILE_HEAD "columns: [{header: cause}]\n");
	test_bind(kit->profile, kit->catalog);
	kit->recognizer = recognizer_of(&kit->profile, 1);
	kit->fd = memfd_create("out", MFD_CLOEXEC);
	assert_int_equal(stream_sink_new("out", kit->fd, &format, &kit->sink), 0);
	assert_int_equal(
		line_filter_new(&options, &policy, kit->recognizer, kit->sink, &kit->filter), 0);
}

static void close_kit(struct kit *kit)
{
	(void)line_filter_free(kit->filter);
	(void)sink_free(kit->sink);
	(void)recognizer_free(kit->recognizer);
	(void)profile_free(kit->profile);
	(void)catalog_free(kit->catalog);
	(void)close(kit->fd);
}

/* Filter one file after another into kit->out. */
static void filter_file(struct kit *kit, const char *const *blocks, size_t n)
{
	struct block_source source = { .source = { .class = &block_class, .name = "a" } };
	bool writing;
	ssize_t len;
	int r;

	for (size_t i = 0; i < n; i++)
		source.blocks[i] = blocks[i];
	do
		r = line_filter_step(kit->filter, &source.source, &writing);
	while (r == 0);
	assert_int_equal(r, LINE_FILTER_END);
	len = pread(kit->fd, kit->out, sizeof(kit->out) - 1, 0);
	assert_true(len >= 0);
	kit->out[len] = '\0';
}

#define BRACKET " [release cause 7 x, err: D.]"

static void check_file(const char *first, const char *second, const char *expected)
{
	const char *const blocks[] = { first, second };
	struct kit kit;

	open_kit(&kit, (struct line_filter_options){ 0 });
	filter_file(&kit, blocks, second ? 2 : 1);
	assert_string_equal(kit.out, expected);
	close_kit(&kit);
}

static void records_behind_the_line_of_headers_have_columns(void **state)
{
	(void)state;
	check_file("id,Cause\n1,7\n2,8\n", NULL,
		"id,Cause\n1,7" BRACKET "\n2,8 [release cause 8 unknown to test, notice]\n");
	check_file("id,\"cause\"\r\n1,\"7\"\r\n", NULL, "id,\"cause\"\r\n1,\"7\"" BRACKET "\r\n");
	check_file("\xEF\xBB\xBF"
		   "cause,id\n7,1\n",
		NULL,
		"\xEF\xBB\xBF"
		"cause,id\n7,1" BRACKET "\n");
	check_file("cause\n7", NULL, "cause\n7" BRACKET);
	check_file("cause,id\n1\n", "7,2\n",
		"cause,id\n1 [release cause 1 unknown to test, "
		"notice]\n7,2" BRACKET "\n");
}

static void without_headers_in_the_first_line_nothing_is_a_record(void **state)
{
	(void)state;
	check_file("1,7\nid,cause\n2,7\n", NULL, "1,7\nid,cause\n2,7\n");
	check_file("\nid,cause\n2,7\n", NULL, "\nid,cause\n2,7\n");
	check_file("id,cause", NULL, "id,cause");
	check_file("7", NULL, "7");
}

static void a_first_line_that_is_longer_than_a_block_names_nothing(void **state)
{
	(void)state;
	check_file("id,cause", ",x\n1,7,x\n", "id,cause,x\n1,7,x\n");
}

/* The rest of its record is not known. */
static void a_record_that_is_cut_by_a_block_is_not_explained(void **state)
{
	(void)state;
	check_file(
		"cause,id\n7,1\n7,", "2\n7,3\n", "cause,id\n7,1" BRACKET "\n7,2\n7,3" BRACKET "\n");
}

static void each_file_has_headers_of_its_own(void **state)
{
	static const char *const files[] = { "id,cause\n1,7\n", "1,7\n", "cause,id\n7,1\n" };
	struct kit kit;

	(void)state;
	open_kit(&kit, (struct line_filter_options){ 0 });
	for (size_t i = 0; i < COUNT(files); i++)
		filter_file(&kit, &files[i], 1);
	assert_string_equal(kit.out, "id,cause\n1,7" BRACKET "\n1,7\ncause,id\n7,1" BRACKET "\n");
	close_kit(&kit);
}

static void only_the_records_with_a_cause_may_be_kept(void **state)
{
	static const char *const file = "id,cause\n1,7\n2,\n3,7\n";
	struct kit kit;

	(void)state;
	open_kit(&kit, (struct line_filter_options){ .only_matching = true });
	filter_file(&kit, &file, 1);
	assert_string_equal(kit.out, "1,7" BRACKET "\n3,7" BRACKET "\n");
	close_kit(&kit);
}

static void records_become_entries_with_their_causes(void **state)
{
	static const char *const file = "id,cause\r\n1,7\r\n2,\r\n";
	struct kit kit;

	(void)state;
	open_kit(&kit, (struct line_filter_options){ .records = true });
	filter_file(&kit, &file, 1);
	assert_int_equal(line_filter_get_counts(kit.filter)->n_causes, 1);
	assert_int_equal(line_filter_get_counts(kit.filter)->n_lines_matched, 1);
	assert_non_null(strstr(kit.out, "1,7"));
	close_kit(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_behind_the_line_of_headers_have_columns),
		cmocka_unit_test(without_headers_in_the_first_line_nothing_is_a_record),
		cmocka_unit_test(a_first_line_that_is_longer_than_a_block_names_nothing),
		cmocka_unit_test(a_record_that_is_cut_by_a_block_is_not_explained),
		cmocka_unit_test(each_file_has_headers_of_its_own),
		cmocka_unit_test(only_the_records_with_a_cause_may_be_kept),
		cmocka_unit_test(records_become_entries_with_their_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
