/* Tests of cause/recognizer: no line can stop it. */
#include "config.h"

#include "test.h"

#include "../bench/hard.h"
#include "base/buffer.h"
#include "cause/recognizer.h"
#include "cause/search/pattern-excerpt.h"
#include "cause/search/pattern.h"
#include "test-profile.h"

struct kit {
	struct profile *profiles[HARD_PROFILES + 1];
	struct recognizer *recognizer;
};

static int open_kit(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (!kit)
		return -1;
	for (unsigned i = 0; i < HARD_PROFILES; i++)
		kit->profiles[i] = hard_profile(i);
	kit->profiles[HARD_PROFILES] = profile_good(PROFILE_HEAD "keys: [key]\n");
	kit->recognizer = recognizer_of(kit->profiles, HARD_PROFILES + 1);
	*state = kit;
	return 0;
}

static int free_kit(void **state)
{
	struct kit *kit = *state;

	(void)recognizer_free(kit->recognizer);
	for (unsigned i = 0; i <= HARD_PROFILES; i++)
		(void)profile_free(kit->profiles[i]);
	free(kit);
	return 0;
}

/* A message of `len` times `a` with a literal every `step` bytes, and then a key. */
static struct text make_message(size_t len, size_t step)
{
	char *text = test_repeat('a', len);

	hard_fill(text, len, step);
	memcpy(text + len - 6, " key=7", 6);
	return text_make(text, len);
}

static void a_message_takes_no_more_work_than_its_bound(void **state)
{
	static const size_t lengths[] = { 200, 4096, 65536, 1000 * 1000, 4 * 1000 * 1000 };
	struct kit *kit = *state;

	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t step = 20; step < lengths[i]; step *= 50) {
			struct text message = make_message(lengths[i], step);
			uint64_t n_before = recognizer_count_gave_up(kit->recognizer);
			const struct match *matches;
			size_t n;

			matches = recognizer_find(kit->recognizer, message, &n);
			assert_int_equal(n, 1);
			assert_int_equal(matches[0].code, 7);
			assert_between(recognizer_spent(kit->recognizer), 1, RECOGNIZER_WORK_MAX);
			assert_between(recognizer_count_gave_up(kit->recognizer) - n_before, 1,
				HARD_PATTERNS);
			free((void *)message.data);
		}
}

/* In a block, each line has work of its own; the search pauses between two lines, and continues. */
static void hard_lines_hold_up_neither_the_caller_nor_other_lines(void **state)
{
	enum { N_LINES = 100 };
	struct kit *kit = *state;
	struct buffer block = buffer_make(1024 * 1024);
	uint64_t n_before = recognizer_count_gave_up(kit->recognizer);
	size_t from = 0, n_found = 0, n_pauses = 0;
	struct match_line line;
	int r;

	for (size_t i = 0; i < N_LINES; i++) {
		struct text message = make_message(4000, 2000);

		buffer_add(&block, message.data, i == N_LINES - 1 ? 4000 : 3990);
		buffer_add_char(&block, '\n');
		free((void *)message.data);
	}
	assert_int_equal(buffer_finish(&block), 0);
	while ((r = recognizer_next_line(kit->recognizer, buffer_text(&block), from, &line)) !=
		RECOGNIZER_END) {
		assert_between(recognizer_spent(kit->recognizer), 1, 2 * RECOGNIZER_WORK_MAX);
		assert_between(line.end, from, block.len - 1);
		assert_true(line.end < block.len && block.data[line.end] == '\n');
		n_found += line.n_matches;
		n_pauses += r == RECOGNIZER_PAUSED;
		from = line.end + 1;
	}
	assert_int_equal(n_found, 1);
	assert_between(n_pauses, 1, N_LINES - 1);
	assert_between(recognizer_count_gave_up(kit->recognizer) - n_before, N_LINES,
		(size_t)N_LINES * HARD_PATTERNS);
	buffer_done(&block);
}

/* One that gives up does not take from the others, unless all of a line's work is used up. */
static void a_hard_pattern_hides_nothing_that_others_find(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "patterns:\n"
			     "  - {requires: ' code ', regex: '\\w+ code x(?<cause>\\d+)'}\n"
			     "  - {requires: ' code ', regex: ' code (?<cause>\\d+)'}\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	char *text = test_repeat('a', 100000);
	const struct match *matches;
	size_t n;

	(void)state;
	memcpy(text + 50000, " code 512 ", 10);
	memcpy(text + 50100, "x1", 2);
	matches = recognizer_find(recognizer, text_make(text, 100000), &n);
	assert_int_equal(n, 1);
	assert_int_equal(matches[0].code, 512);
	assert_int_equal(recognizer_count_gave_up(recognizer), 1);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
	free(text);
}

/* Every code of a line that is shown in pieces is found once, and in order. */
static void long_lines_are_seen_piece_by_piece(void **state)
{
	enum { LEN = 10 * EXCERPT_LINE_MAX };
	struct profile *profile = profile_good(
		PROFILE_HEAD "patterns: [{requires: code, regex: 'code: *(?<cause>\\d+)'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);

	(void)state;
	for (size_t step = 700; step < LEN / 2; step = 3 * step + 1) {
		char *text = test_repeat('x', LEN);
		const struct match *matches;
		size_t n, n_wanted = 0;

		for (size_t i = step; i + 20 < LEN && n_wanted < RECOGNIZER_MATCHES_MAX;
			i += step, n_wanted++)
			(void)snprintf(text + i, 20, "code: %05zu", n_wanted);
		matches = recognizer_find(recognizer, text_make(text, LEN), &n);
		assert_int_equal(n, n_wanted);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(matches[i].code, i);
		free(text);
	}
	assert_int_equal(recognizer_count_dropped(recognizer), 0);
	assert_int_equal(recognizer_count_gave_up(recognizer), 0);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

/* Where the excerpt ends, a number may continue. */
static void a_code_at_the_edge_of_a_piece_is_not_cut(void **state)
{
	enum { LEN = 4 * EXCERPT_LINE_MAX };
	const size_t edge = EXCERPT_SIDE_MAX - PATTERN_MARGIN;
	struct profile *profile = profile_good(
		PROFILE_HEAD "patterns: [{requires: code, regex: 'code(?:.*?=(?<cause>\\d+))'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);

	(void)state;
	for (size_t distance = edge - 8; distance < edge + 8; distance++) {
		char *text = test_repeat('x', LEN);
		const struct match *matches;
		size_t n;

		memcpy(text + 100000, "code", 4);
		memcpy(text + 100000 + distance, "=512", 4);
		matches = recognizer_find(recognizer, text_make(text, LEN), &n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(matches[i].code, 512);
		assert_int_equal(n, distance + 4 <= edge);
		free(text);
	}
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

/* Nor may what an expression looks ahead at. */
static void a_code_that_is_ruled_out_behind_an_edge_is_not_taken(void **state)
{
	enum { LEN = 4 * EXCERPT_LINE_MAX };
	struct profile *profile = profile_good(PROFILE_HEAD
		"patterns: [{requires: code, regex: 'code.*?=(?<cause>\\d+)\\b(?! ok)'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);

	(void)state;
	for (size_t distance = EXCERPT_SIDE_MAX - 16; distance < EXCERPT_SIDE_MAX; distance++) {
		char *text = test_repeat('x', LEN);
		size_t n;

		memcpy(text + 100000, "code", 4);
		memcpy(text + 100000 + distance, "=16 ok", 6);
		(void)recognizer_find(recognizer, text_make(text, LEN), &n);
		assert_int_equal(n, 0);
		free(text);
	}
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

/* A pattern's matches run ahead of what other rules have seen. */
static void ignored_matches_hide_no_cause_before_them(void **state)
{
	struct profile *profiles[] = {
		profile_good(
			PROFILE_HEAD "ignore: ['16']\n"
				     "patterns: [{requires: p=, regex: 'p=(?<cause>\\d+)'}]\n"),
		profile_good("profile: other\ncatalog: test-catalog\nkeys: [code]\n"),
	};
	struct recognizer *recognizer = recognizer_of(profiles, COUNT(profiles));

	(void)state;
	for (size_t n_ignored = 1000; n_ignored <= 6000; n_ignored += 1000) {
		struct buffer b = buffer_make(100000);
		const struct match *matches;
		size_t n;

		buffer_add_string(&b, "p=16 code=7");
		for (size_t i = 0; i < n_ignored; i++)
			buffer_add_string(&b, " p=16");
		assert_int_equal(buffer_finish(&b), 0);
		matches = recognizer_find(recognizer, buffer_text(&b), &n);
		assert_int_equal(n, 1);
		assert_int_equal(matches[0].code, 7);
		buffer_done(&b);
	}
	assert_int_equal(recognizer_count_dropped(recognizer), 0);
	(void)recognizer_free(recognizer);
	(void)profile_free(profiles[0]);
	(void)profile_free(profiles[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_takes_no_more_work_than_its_bound),
		cmocka_unit_test(hard_lines_hold_up_neither_the_caller_nor_other_lines),
		cmocka_unit_test(a_hard_pattern_hides_nothing_that_others_find),
		cmocka_unit_test(long_lines_are_seen_piece_by_piece),
		cmocka_unit_test(a_code_at_the_edge_of_a_piece_is_not_cut),
		cmocka_unit_test(a_code_that_is_ruled_out_behind_an_edge_is_not_taken),
		cmocka_unit_test(ignored_matches_hide_no_cause_before_them),
	};

	return cmocka_run_group_tests(tests, open_kit, free_kit);
}
