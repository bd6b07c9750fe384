/* Tests of flow/filter/line-filter: what a source that fails leaves behind. tests/replay has the
 * rest. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cause/catalog.h"
#include "cause/enrich.h"
#include "flow/filter/line-filter.h"
#include "sink/sink.h"
#include "sink/stream-sink.h"
#include "source/source.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"
#include "wire/encode-options.h"
#include "wire/format.h"

/* A source of one block, which is the beginning of a line. Then it fails. */
struct failing_source {
	struct source source;
	struct text text;
	bool given;
};

static int failing_pull(struct source *source, struct source_item *ret)
{
	struct failing_source *s = (struct failing_source *)(void *)source;

	if (s->given)
		return -EIO;
	s->given = true;
	*ret = (struct source_item){ .block = { .bytes = s->text, .continues = true } };
	return 0;
}

static const struct source_class failing_class = { .pull = failing_pull };

struct kit {
	struct catalog *catalog;
	struct profile *profile;
	struct recognizer *recognizer;
	struct sink *sink;
	struct line_filter *filter;
	int fd;
};

static int open_kit(void **state)
{
	static const struct line_filter_options options = { 0 };
	static const struct enrich_policy policy = { 0 };
	static const struct encode_options format = { .format = FORMAT_JSON };
	struct kit *kit = calloc(1, sizeof(*kit));

	if (!kit)
		return -1;
	kit->catalog = catalog_good("catalog: test\ncauses:\n"
				    "  - {code: 7, name: x, description: D., severity: err}\n");
	kit->profile = profile_good(PROFILE_HEAD "keys: [key]\n");
	test_bind(kit->profile, kit->catalog);
	kit->recognizer = recognizer_of(&kit->profile, 1);
	kit->fd = memfd_create("out", MFD_CLOEXEC);
	assert_int_equal(stream_sink_new("out", kit->fd, &format, &kit->sink), 0);
	assert_int_equal(
		line_filter_new(&options, &policy, kit->recognizer, kit->sink, &kit->filter), 0);
	*state = kit;
	return 0;
}

static int free_kit(void **state)
{
	struct kit *kit = *state;

	(void)line_filter_free(kit->filter);
	(void)sink_free(kit->sink);
	(void)recognizer_free(kit->recognizer);
	(void)profile_free(kit->profile);
	(void)catalog_free(kit->catalog);
	(void)close(kit->fd);
	free(kit);
	return 0;
}

static void run_failing(struct kit *kit, struct text text)
{
	struct failing_source source = { .source = { .class = &failing_class, .name = "a" },
		.text = text };
	bool writing = true;

	assert_int_equal(line_filter_step(kit->filter, &source.source, &writing), 0);
	assert_int_equal(line_filter_step(kit->filter, &source.source, &writing), -EIO);
	assert_false(writing);
}

static void a_line_that_an_error_ends_gets_its_brackets(void **state)
{
	struct kit *kit = *state;
	char out[256];
	ssize_t n;

	run_failing(kit, text_of("key=7 begun"));
	run_failing(kit, text_of("next"));
	n = pread(kit->fd, out, sizeof(out) - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	assert_string_equal(out, "key=7 begun [release cause 7 x, err: D.]next");
}

/* Files that cannot be read to their end do not add up. */
static void brackets_of_failed_sources_do_not_add_up(void **state)
{
	struct kit *kit = *state;
	char line[8 * 1000 + 8];
	size_t len = 0;

	for (int i = 0; i < 1000; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "key=7 ");
	len += (size_t)snprintf(line + len, sizeof(line) - len, "begun");
	for (int i = 0; i < 3; i++)
		run_failing(kit, text_make(line, len));
	assert_int_equal(line_filter_get_counts(kit->filter)->n_causes, 3000);
}

static void a_code_that_touches_the_cut_is_counted(void **state)
{
	struct kit *kit = *state;

	run_failing(kit, text_of("key=7 key=51"));
	assert_int_equal(line_filter_get_counts(kit->filter)->n_causes, 1);
	assert_int_equal(line_filter_get_counts(kit->filter)->n_unclaimed, 1);
	run_failing(kit, text_of("key=7 key=51."));
	assert_int_equal(line_filter_get_counts(kit->filter)->n_causes, 2);
	assert_int_equal(line_filter_get_counts(kit->filter)->n_unclaimed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_line_that_an_error_ends_gets_its_brackets, open_kit, free_kit),
		cmocka_unit_test_setup_teardown(
			brackets_of_failed_sources_do_not_add_up, open_kit, free_kit),
		cmocka_unit_test_setup_teardown(
			a_code_that_touches_the_cut_is_counted, open_kit, free_kit),
	};

	return cmocka_run_group_tests_name("flow/filter/line-filter", tests, NULL, NULL);
}
