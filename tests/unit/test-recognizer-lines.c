/* Tests of cause/recognizer: lines in blocks, structured fields, and bounds. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "cause/recognizer.h"
#include "cause/search/scan/scan.h"
#include "test-profile.h"

static const char content[] =
	PROFILE_HEAD "keys: [key, failCode]\n"
		     "ignore: [99, SILENT]\n"
		     "patterns:\n"
		     "  - {requires: Hangup, regex: '\\[(?<cause>[A-Z_]+)\\]', base: name}\n"
		     "  - {requires: first, regex: '^first (?<cause>[0-9]+)'}\n";

struct kit {
	struct profile *profile;
	struct recognizer *recognizer;
};

static int open_kit(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (!kit)
		return -1;
	kit->profile = profile_good(content);
	kit->recognizer = recognizer_of(&kit->profile, 1);
	*state = kit;
	return 0;
}

static int free_kit(void **state)
{
	struct kit *kit = *state;

	(void)recognizer_free(kit->recognizer);
	(void)profile_free(kit->profile);
	free(kit);
	return 0;
}

/* -- lines ------------------------------------------------------------------ */

/* All lines with causes in a block as `START-END: CODES` with a `;` behind each. */
static void print_lines(
	struct recognizer *recognizer, struct text block, size_t from, struct buffer *out)
{
	struct match_line line;

	while (recognizer_next_line(recognizer, block, from, &line) == 0) {
		char codes[1024];

		assert_between(line.start, from, block.len);
		assert_between(line.end, line.start, block.len);
		print_codes(line.matches, line.n_matches, block, codes, sizeof(codes));
		buffer_add_format(out, "%zu-%zu: %s;", line.start, line.end, codes);
		from = line.end;
	}
}

struct row {
	struct text block;
	const char *lines;
};

static void check(void **state, const struct row *rows, size_t n)
{
	const struct kit *kit = *state;
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		struct buffer out = buffer_make(100000);

		print_lines(kit->recognizer, rows[i].block, 0, &out);
		if (!text_equal(buffer_text(&out), text_of(rows[i].lines))) {
			print_error("row %zu gave [%.*s]\n", i, TEXT_FORMAT(buffer_text(&out)));
			n_bad++;
		}
		buffer_done(&out);
	}
	assert_int_equal(n_bad, 0);
}

static void lines_with_causes_are_found_with_their_bounds(void **state)
{
	static const struct row rows[] = {
		{ TEXT("key=1\nnothing\nkey=2\n"), "0-5: 1;14-19: 2;" },
		{ TEXT("key=1\nkey=2\nkey=3\n"), "0-5: 1;6-11: 2;12-17: 3;" },
		{ TEXT("nothing\n  key=1 and\nnothing\n"), "8-19: 1;" },
		{ TEXT("nothing\nat all\n"), "" },
	};

	check(state, rows, COUNT(rows));
}

static void the_last_line_needs_no_line_end(void **state)
{
	static const struct row rows[] = {
		{ TEXT("key=1"), "0-5: 1;" },
		{ TEXT("nothing\nkey=1"), "8-13: 1;" },
		{ TEXT("key=1\nkey="), "0-5: 1;" },
		{ TEXT("key=1\nke"), "0-5: 1;" },
	};

	check(state, rows, COUNT(rows));
}

static void empty_lines_have_no_causes(void **state)
{
	static const struct row rows[] = {
		{ TEXT(""), "" },
		{ TEXT("\n"), "" },
		{ TEXT("\n\n\n"), "" },
		{ TEXT("\n\nkey=1\n\n\nkey=2\n\n"), "2-7: 1;10-15: 2;" },
	};

	check(state, rows, COUNT(rows));
}

static void a_carriage_return_belongs_to_its_line(void **state)
{
	static const struct row rows[] = {
		{ TEXT("key=1\r\nkey=2\r\n"), "0-6: 1;7-13: 2;" },
	};

	check(state, rows, COUNT(rows));
}

static void a_line_has_all_its_causes(void **state)
{
	static const struct row rows[] = {
		{ TEXT("failCode=1 key=2\nx key=3 [AA] failCode=4 Hangup [BB]\n"),
			"0-16: 1 2;17-52: 3 AA 4 BB;" },
		{ TEXT("key=x failCode=1 key=y key=2\n"), "0-28: 1 2;" },
		{ TEXT("key=x\nkey=1\n"), "6-11: 1;" },
	};

	check(state, rows, COUNT(rows));
}

static void a_line_with_ignored_codes_alone_is_passed_over(void **state)
{
	static const struct row rows[] = {
		{ TEXT("key=99\n"), "" },
		{ TEXT("key=99 failCode=99\nx key=099\nfailCode=99"), "" },
		{ TEXT("key=99\nkey=1\nkey=99\nkey=2\n"), "7-12: 1;20-25: 2;" },
		{ TEXT("key=99 key=1\nkey=2 key=99\n"), "0-12: 1;13-25: 2;" },
		{ TEXT("Hangup [SILENT]\nHangup [SILENT] [AA]\n"), "16-36: AA;" },
		{ TEXT("key=99\nHangup [BB]\n\nkey=99"), "7-18: BB;" },
	};

	check(state, rows, COUNT(rows));
}

static void no_key_value_or_pattern_reaches_across_a_line_end(void **state)
{
	static const struct row rows[] = {
		{ TEXT("key=\n1\nkey\n=2\n\"key\":\n3\n<key>\n4</key>\n"), "" },
		{ TEXT("fail\nCode=1\n"), "" },
		{ TEXT("Hangup\n[A]\n[B]\nHangup [CC]\n[D]\n"), "15-26: CC;" },
		{ TEXT("a first 1\nfirst 2\nfirst\n3"), "10-17: 2;" },
	};

	check(state, rows, COUNT(rows));
}

static void nul_bytes_and_invalid_utf8_change_nothing(void **state)
{
	static const struct row rows[] = {
		{ TEXT("\0\xFF\nkey=1\0\n\xC3key=2\xC3\n"), "3-9: 1;10-17: 2;" },
	};

	check(state, rows, COUNT(rows));
}

static void a_pattern_sees_its_line_without_the_carriage_return(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "patterns: [{requires: last, regex: 'last (?<cause>[0-9]+)$'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	struct buffer out = buffer_make(1000);

	(void)state;
	print_lines(recognizer, TEXT("last 1\r\nlast 2\nlast 3\r"), 0, &out);
	assert_text(buffer_text(&out), "0-7: 1;8-14: 2;15-22: 3;");
	buffer_done(&out);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

static void a_line_that_a_pattern_gives_up_on_is_counted(void **state)
{
	struct profile *profile = profile_good(PROFILE_HEAD
		"patterns: [{requires: hard, regex: '^(?:a?){23}a{23}(?<cause>[0-9])'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	struct buffer out = buffer_make(1000);

	(void)state;
	print_lines(recognizer,
		TEXT("aaaaaaaaaaaaaaaaaaaaaaa1 hard hard\n"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa7 hard\n"
		     "hard\n"),
		0, &out);
	assert_text(buffer_text(&out), "35-87: 7;");
	assert_int_equal(recognizer_count_gave_up(recognizer), 1);
	buffer_done(&out);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

static void a_search_starts_at_a_given_line(void **state)
{
	const struct kit *kit = *state;
	struct text block = TEXT("key=1\nkey=2\nkey=3\n");
	struct match_line line;

	assert_int_equal(recognizer_next_line(kit->recognizer, block, 6, &line), 0);
	assert_int_equal(line.start, 6);
	assert_int_equal(recognizer_next_line(kit->recognizer, block, 12, &line), 0);
	assert_int_equal(line.start, 12);
	assert_int_equal(
		recognizer_next_line(kit->recognizer, block, block.len, &line), RECOGNIZER_END);
}

static void offsets_count_from_the_start_of_the_block(void **state)
{
	const struct kit *kit = *state;
	struct text block = TEXT("nothing\nx key=00512 Hangup [A_B]\n");
	struct match_line line;

	assert_int_equal(recognizer_next_line(kit->recognizer, block, 0, &line), 0);
	assert_int_equal(line.n_matches, 2);
	assert_text(text_make(block.data + line.matches[0].offset, line.matches[0].len), "00512");
	assert_text(text_make(block.data + line.matches[1].offset, line.matches[1].len), "A_B");
}

/* Blocks of random lines: in the block a line gives what it gives alone. */
static void a_line_in_a_block_gives_what_it_gives_alone(void **state)
{
	static const char *const pieces[] = { "key=1 ", "failCode: \"00602\" ", "key=x ", "Hangup ",
		"hangup ", "[A] ", "first 7 ", "KEY=>3", "=5 ", "monkey=4 ",
		"\"key\":", "<key>9</key>", "filler that is long enough for a step or two ", "\xFF",
		"\r", "key", "\\nkey=8", "" };
	struct test_random random = { 20 };
	const struct kit *kit = *state;

	for (size_t round = 0; round < 300; round++) {
		struct buffer block = buffer_make(100000), expected = buffer_make(100000);
		struct buffer found = buffer_make(100000);
		char *copy;

		for (size_t n = test_random(&random, 12); n > 0; n--) {
			size_t start = block.len, n_matches;
			const struct match *matches;
			char codes[1024];
			struct text line;

			for (size_t i = test_random(&random, 6); i > 0; i--)
				buffer_add_string(
					&block, pieces[test_random(&random, COUNT(pieces))]);
			line = text_make(buffer_text(&block).data + start, block.len - start);
			matches = recognizer_find(kit->recognizer, line, &n_matches);
			print_codes(matches, n_matches, line, codes, sizeof(codes));
			if (n_matches > 0)
				buffer_add_format(
					&expected, "%zu-%zu: %s;", start, block.len, codes);
			if (n > 1 || test_random(&random, 2))
				buffer_add_char(&block, '\n');
		}
		copy = malloc(block.len);
		assert_non_null(copy);
		memcpy(copy, buffer_text(&block).data, block.len);
		print_lines(kit->recognizer, text_make(copy, block.len), 0, &found);
		buffer_add_char(&expected, '\0');
		assert_text(buffer_text(&found), buffer_text(&expected).data);
		free(copy);
		buffer_done(&block);
		buffer_done(&expected);
		buffer_done(&found);
	}
}

/* -- structured fields -------------------------------------------------------- */

static void the_whole_value_of_a_field_is_a_cause(void **state)
{
	static const char *const contents[] = {
		"profile: a\ncatalog: t\nfields: [CAUSE, Q_CAUSE]\n",
		"profile: b\ncatalog: t\nfields: [HEX_CAUSE, CAUSE]\nbase: hex\n",
		"profile: c\ncatalog: t\nfields: [NAMED]\nbase: name\n",
	};
	static const struct {
		struct text name, value;
		const char *code, *profile;
	} rows[] = {
		{ TEXT("CAUSE"), TEXT("512"), "512", "a" },
		{ TEXT("Q_CAUSE"), TEXT(" 00531 "), "531", "a" },
		{ TEXT("HEX_CAUSE"), TEXT("1F"), "31", "b" },
		{ TEXT("NAMED"), TEXT("USER_BUSY"), "USER_BUSY", "c" },
		/* The first profile has this field too, but cannot read the value. */
		{ TEXT("CAUSE"), TEXT("1F"), "31", "b" },
		{ TEXT("CAUSE"), TEXT("key=512"), NULL, NULL },
		{ TEXT("CAUSE"),
			TEXT("512 "
			     "513"),
			NULL, NULL },
		{ TEXT("CAUSE"), TEXT(""), NULL, NULL },
		{ TEXT("cause"), TEXT("512"), NULL, NULL },
		{ TEXT("CAUSES"), TEXT("512"), NULL, NULL },
		{ TEXT("MESSAGE"), TEXT("512"), NULL, NULL },
		{ TEXT("NAMED"), TEXT("16"), NULL, NULL },
	};
	struct profile *profiles[] = { profile_good(contents[0]), profile_good(contents[1]),
		profile_good(contents[2]) };
	struct recognizer *recognizer = recognizer_of(profiles, 3);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct match match = { .code = 77 };
		char code[MATCH_CODE_SIZE];
		bool found = recognizer_field(recognizer, rows[i].name, rows[i].value, &match);

		assert_int_equal(found, rows[i].code != NULL);
		if (!found) {
			assert_int_equal(match.code, 77);
			continue;
		}
		match_print_code(&match, rows[i].value, code);
		assert_string_equal(code, rows[i].code);
		assert_text(match.profile->name, rows[i].profile);
		assert_true(text_equal(match.key, rows[i].name));
	}
	(void)recognizer_free(recognizer);
	for (size_t i = 0; i < 3; i++)
		(void)profile_free(profiles[i]);
}

static void a_code_is_printed_without_zeros_and_a_name_as_written(void **state)
{
	struct match number = { .base = VALUE_HEX, .code = VALUE_CODE_MAX };
	struct match name = { .base = VALUE_NAME, .offset = 1, .len = VALUE_NAME_MAX };
	char *text = test_repeat('N', 200);
	char code[MATCH_CODE_SIZE];

	(void)state;
	match_print_code(&number, TEXT(""), code);
	assert_string_equal(code, "4294967294");
	match_print_code(&name, text_of(text), code);
	assert_int_equal(strlen(code), VALUE_NAME_MAX);
	free(text);
}

/* -- bounds ------------------------------------------------------------------- */

/* `n` times `piece`. */
static struct buffer repeat(const char *piece, size_t n)
{
	struct buffer b = buffer_make(1000 * 1000);

	for (size_t i = 0; i < n; i++)
		buffer_add_string(&b, piece);
	assert_int_equal(buffer_finish(&b), 0);
	return b;
}

static void matches_up_to_the_bound_are_kept_and_more_are_counted(void **state)
{
	const struct kit *kit = *state;
	struct buffer fits = repeat("key=1 ", RECOGNIZER_MATCHES_MAX);
	struct buffer more = repeat("key=1 ", RECOGNIZER_MATCHES_MAX + 3);
	struct match_line line;
	size_t n;

	(void)recognizer_find(kit->recognizer, buffer_text(&fits), &n);
	assert_int_equal(n, RECOGNIZER_MATCHES_MAX);
	assert_int_equal(recognizer_count_dropped(kit->recognizer), 0);
	(void)recognizer_find(kit->recognizer, buffer_text(&more), &n);
	assert_int_equal(n, RECOGNIZER_MATCHES_MAX);
	assert_int_equal(recognizer_count_dropped(kit->recognizer), 3);
	assert_int_equal(recognizer_next_line(kit->recognizer, buffer_text(&more), 0, &line), 0);
	assert_int_equal(line.n_matches, RECOGNIZER_MATCHES_MAX);
	assert_int_equal(recognizer_count_dropped(kit->recognizer), 6);
	(void)recognizer_find(kit->recognizer, TEXT("key=1"), &n);
	assert_int_equal(n, 1);
	buffer_done(&fits);
	buffer_done(&more);
}

static void a_pattern_is_tried_once_on_a_line_with_many_of_its_literals(void **state)
{
	const struct kit *kit = *state;
	struct buffer line = repeat("Hangup [AA] ", 100);
	size_t n;

	(void)recognizer_find(kit->recognizer, buffer_text(&line), &n);
	assert_int_equal(n, 100);
	assert_int_equal(recognizer_count_dropped(kit->recognizer), 0);
	buffer_done(&line);
}

/* What two profiles claim is one cause, and counts as one. */
static void a_place_claimed_twice_counts_once_towards_the_bound(void **state)
{
	struct profile *profiles[] = { profile_good("profile: a\ncatalog: t\nkeys: [key]\n"),
		profile_good("profile: b\ncatalog: t\nkeys: [key]\n") };
	struct recognizer *recognizer = recognizer_of(profiles, 2);
	struct buffer line = repeat("key=1 ", RECOGNIZER_MATCHES_MAX);
	size_t n;

	(void)state;
	(void)recognizer_find(recognizer, buffer_text(&line), &n);
	buffer_done(&line);
	assert_int_equal(recognizer_count_dropped(recognizer), 0);
	assert_int_equal(n, RECOGNIZER_MATCHES_MAX);
	(void)recognizer_free(recognizer);
	(void)profile_free(profiles[0]);
	(void)profile_free(profiles[1]);
}

static void keys_up_to_the_bound_are_recognized_and_one_more_is_refused(void **state)
{
	enum { N = SCAN_LITERALS_MAX / PROFILE_KEYS_MAX };
	struct profile *profiles[N + 1] = { NULL };
	struct recognizer *recognizer = NULL;
	size_t n;

	(void)state;
	for (unsigned i = 0; i <= N; i++) {
		struct buffer b = buffer_make(10000);

		buffer_add_string(&b, PROFILE_HEAD "keys: [");
		for (unsigned j = 0; j < (i < N ? PROFILE_KEYS_MAX : 1); j++)
			buffer_add_format(&b, "k%u_%u, ", i, j);
		buffer_add(&b, "]\n", 3);
		profiles[i] = profile_good(buffer_text(&b).data);
		buffer_done(&b);
	}
	assert_int_equal(
		recognizer_new((const struct profile *const *)profiles, N + 1, &recognizer),
		-E2BIG);
	assert_null(recognizer);
	recognizer = recognizer_of(profiles, N);
	(void)recognizer_find(recognizer, TEXT("k0_0=1 k15_63=2 k7_31=3 k16_0=4"), &n);
	assert_int_equal(n, 3);
	(void)recognizer_free(recognizer);
	for (unsigned i = 0; i <= N; i++)
		(void)profile_free(profiles[i]);
}

/* Keys that profiles share count for each of them. */
static void shared_keys_count_each(void **state)
{
	enum { N = SCAN_LITERALS_MAX / 4 };
	const struct kit *kit = *state;
	const struct profile *profiles[N + 1];
	struct recognizer *recognizer = NULL;

	/* The kit's profile has two keys and two patterns. */
	for (size_t i = 0; i <= N; i++)
		profiles[i] = kit->profile;
	assert_int_equal(recognizer_new(profiles, N + 1, &recognizer), -E2BIG);
	assert_null(recognizer);
	assert_int_equal(recognizer_new(profiles, N, &recognizer), 0);
	(void)recognizer_free(recognizer);
}

#define WITH_KIT(test) cmocka_unit_test_setup_teardown(test, open_kit, free_kit)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KIT(lines_with_causes_are_found_with_their_bounds),
		WITH_KIT(the_last_line_needs_no_line_end),
		WITH_KIT(empty_lines_have_no_causes),
		WITH_KIT(a_carriage_return_belongs_to_its_line),
		WITH_KIT(a_line_has_all_its_causes),
		WITH_KIT(a_line_with_ignored_codes_alone_is_passed_over),
		WITH_KIT(no_key_value_or_pattern_reaches_across_a_line_end),
		WITH_KIT(nul_bytes_and_invalid_utf8_change_nothing),
		WITH_KIT(a_pattern_sees_its_line_without_the_carriage_return),
		WITH_KIT(a_line_that_a_pattern_gives_up_on_is_counted),
		WITH_KIT(a_search_starts_at_a_given_line),
		WITH_KIT(offsets_count_from_the_start_of_the_block),
		WITH_KIT(a_line_in_a_block_gives_what_it_gives_alone),
		WITH_KIT(the_whole_value_of_a_field_is_a_cause),
		WITH_KIT(a_code_is_printed_without_zeros_and_a_name_as_written),
		WITH_KIT(matches_up_to_the_bound_are_kept_and_more_are_counted),
		WITH_KIT(a_pattern_is_tried_once_on_a_line_with_many_of_its_literals),
		WITH_KIT(a_place_claimed_twice_counts_once_towards_the_bound),
		WITH_KIT(keys_up_to_the_bound_are_recognized_and_one_more_is_refused),
		WITH_KIT(shared_keys_count_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
