/* Tests of cause/scan. A naive search, which tries every literal at every byte, is what both real
 * ones are measured by. The data ends where its allocation ends, so that a sanitizer sees a step
 * too far. */
#include "config.h"

#include "test.h"

#include "cause/search/scan/scan.h"

enum { HITS_MAX = 20000, RANDOM_LITERALS = 200, RANDOM_LITERAL_SIZE = 16, SHORT_LITERALS = 48 };

struct hit {
	size_t start;
	unsigned literal;
};

struct hits {
	struct hit items[HITS_MAX];
	size_t n;
};

typedef bool search_fn(const struct scan *scan, const char *data, size_t len,
	struct scan_cursor *cursor, unsigned *ret_literal, size_t *ret_start);

static search_fn *const searches[] = { scan_next, scan_next_portable };

static void add_hit(struct hits *hits, size_t start, unsigned literal)
{
	assert_between(hits->n, 0, HITS_MAX - 1);
	hits->items[hits->n++] = (struct hit){ start, literal };
}

static void search_naively(
	const struct text *literals, size_t n, struct text data, struct hits *ret)
{
	ret->n = 0;
	for (size_t start = 0; start < data.len; start++)
		for (unsigned i = 0; i < n; i++)
			if (literals[i].len <= data.len - start &&
				text_equal_nocase(
					text_make(data.data + start, literals[i].len), literals[i]))
				add_hit(ret, start, i);
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a;
	const struct hit *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->literal > y->literal) - (x->literal < y->literal);
}

/* All hits in the order they come in. */
static void search_in_order(
	search_fn *search, const struct scan *scan, struct text data, struct hits *ret)
{
	struct scan_cursor cursor = { 0 };
	unsigned literal;
	size_t start;

	ret->n = 0;
	while (search(scan, data.data, data.len, &cursor, &literal, &start))
		add_hit(ret, start, literal);
}

/* All hits in the order of their starts, whatever the order they came in. */
static void search_all(
	search_fn *search, const struct scan *scan, struct text data, struct hits *ret)
{
	search_in_order(search, scan, data, ret);
	qsort(ret->items, ret->n, sizeof(ret->items[0]), compare_hits);
}

static struct scan *build(const struct text *literals, size_t n)
{
	struct scan *scan = NULL;

	assert_int_equal(scan_new(literals, n, &scan), 0);
	return scan;
}

/* Both searches find in `data` what the naive one finds; returns how much that is. */
static size_t assert_agreement(
	const struct scan *scan, const struct text *literals, size_t n, struct text data)
{
	static struct hits expected, found;

	search_naively(literals, n, data, &expected);
	for (size_t i = 0; i < COUNT(searches); i++) {
		search_all(searches[i], scan, data, &found);
		assert_int_equal(found.n, expected.n);
		for (size_t j = 0; j < found.n; j++) {
			assert_int_equal(found.items[j].start, expected.items[j].start);
			assert_int_equal(found.items[j].literal, expected.items[j].literal);
		}
	}
	return expected.n;
}

/* -- pseudo-random data --------------------------------------------------- */

static char in_any_case(struct test_random *random, char c)
{
	return c >= 'a' && c <= 'z' && test_random(random, 2) ? (char)(c - 'a' + 'A') : c;
}

/* Noise of the bytes that the literals are made of, and now and then a literal. */
static void fill(
	struct test_random *random, const struct text *literals, size_t n, char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		struct text t = literals[test_random(random, (unsigned)n)];
		bool whole = test_random(random, 3) == 0;

		for (size_t i = 0; i < (whole ? t.len : 2) && at < len; i++)
			data[at++] = in_any_case(random,
				char_lower(
					t.data[whole ? i : test_random(random, (unsigned)t.len)]));
		if (at < len && test_random(random, 4) == 0)
			data[at++] = (char)test_random(random, 256);
	}
}

/* At `n_shifts` alignments and for lengths around the steps of the vector search. */
static void assert_agreement_at(
	const struct text *literals, size_t n, size_t n_shifts, uint64_t seed)
{
	static const size_t lens[] = { 0, 1, 2, 3, 4, 5, 31, 32, 33, 34, 35, 36, 37, 63, 64, 65, 66,
		67, 68, 95, 99, 100, 131, 500 };
	struct test_random random = { seed };
	struct scan *scan = build(literals, n);
	size_t n_hits = 0;

	for (size_t shift = 0; shift < n_shifts; shift++)
		for (size_t i = 0; i < COUNT(lens); i++) {
			char *memory = malloc(shift + lens[i] + 1);
			struct text data = text_make(memory + 1 + shift, lens[i]);

			assert_non_null(memory);
			fill(&random, literals, n, memory + 1 + shift, lens[i]);
			n_hits += assert_agreement(scan, literals, n, data);
			free(memory);
		}
	assert_true(n_hits > 1000);
	(void)scan_free(scan);
}

static void assert_agreement_everywhere(const struct text *literals, size_t n, uint64_t seed)
{
	assert_agreement_at(literals, n, 40, seed);
}

static void one_literal_is_found_as_a_naive_search_finds_it(void **state)
{
	static const struct text literals[] = { TEXT("releaseCause") };

	(void)state;
	assert_agreement_everywhere(literals, COUNT(literals), 1);
}

static void three_literals_are_found_as_a_naive_search_finds_them(void **state)
{
	static const struct text literals[] = {
		TEXT("releaseCause"),
		TEXT("release_cause"),
		TEXT("failCode"),
	};

	(void)state;
	assert_agreement_everywhere(literals, COUNT(literals), 2);
}

static void nine_literals_with_shared_prefixes_are_found_as_a_naive_search_finds_them(void **state)
{
	static const struct text literals[] = {
		TEXT("cause"),
		TEXT("causes"),
		TEXT("cause code"),
		TEXT("cau"),
		TEXT("ca"),
		TEXT("a"),
		TEXT("causecause"),
		TEXT("auseca"),
		TEXT("e"),
	};

	(void)state;
	assert_agreement_everywhere(literals, COUNT(literals), 3);
}

static void literals_shorter_than_the_window_are_found_as_a_naive_search_finds_them(void **state)
{
	static const struct text literals[] = { TEXT("q"), TEXT("zq"), TEXT("q-z"), TEXT("zz") };

	(void)state;
	for (size_t i = 0; i < COUNT(literals); i++)
		assert_agreement_everywhere(&literals[i], 1, 4 + i);
	assert_agreement_everywhere(literals, COUNT(literals), 8);
}

static void literals_of_any_bytes_are_found_as_a_naive_search_finds_them(void **state)
{
	static const struct text literals[] = {
		TEXT("外呼失败"),
		TEXT("é"),
		TEXT("\xFF\xFE\xFF"),
		TEXT("\0"),
		TEXT("a\0b"),
		TEXT("\x80\x00\x80\x00\x80"),
		TEXT("[@]{`}"),
	};

	(void)state;
	assert_agreement_everywhere(literals, COUNT(literals), 9);
}

static void two_hundred_literals_are_found_as_a_naive_search_finds_them(void **state)
{
	static const char letters[] = "abcxyz_-. \xC3";
	static char bytes[RANDOM_LITERALS][RANDOM_LITERAL_SIZE];
	struct text literals[RANDOM_LITERALS];
	struct test_random random = { 10 };

	(void)state;
	for (size_t i = 0; i < RANDOM_LITERALS; i++) {
		size_t len = 3 + test_random(&random, RANDOM_LITERAL_SIZE - 3);

		for (size_t j = 0; j < len; j++)
			bytes[i][j] = letters[test_random(&random, sizeof(letters) - 1)];
		literals[i] = text_make(bytes[i], len);
	}
	assert_agreement_everywhere(literals, COUNT(literals), 11);
}

/* Of all lengths, so that short windows and long ones begin with the same bytes. */
static void literals_of_one_byte_and_more_are_found_as_a_naive_search_finds_them(void **state)
{
	static const char letters[] = "abc_";
	static char bytes[SHORT_LITERALS][6];
	struct text literals[SHORT_LITERALS];
	struct test_random random = { 13 };

	(void)state;
	for (size_t i = 0; i < SHORT_LITERALS; i++) {
		for (size_t j = 0; j < sizeof(bytes[i]); j++)
			bytes[i][j] = letters[test_random(&random, sizeof(letters) - 1)];
		literals[i] = text_make(bytes[i], 1 + i % sizeof(bytes[i]));
	}
	for (size_t n = 3; n <= SHORT_LITERALS; n += 9)
		assert_agreement_at(literals + SHORT_LITERALS - n, n, 8, 14 + n);
}

/* Only 16 windows are possible, and every place has one. */
static void a_thousand_literals_of_two_letters_are_found_as_a_naive_search_finds_them(void **state)
{
	static char bytes[SCAN_LITERALS_MAX][10];
	static struct text literals[SCAN_LITERALS_MAX];

	(void)state;
	for (size_t i = 0; i < SCAN_LITERALS_MAX; i++) {
		for (size_t j = 0; j < sizeof(bytes[i]); j++)
			bytes[i][j] = "ab"[i >> j & 1];
		literals[i] = text_make(bytes[i], sizeof(bytes[i]));
	}
	assert_agreement_at(literals, SCAN_LITERALS_MAX, 2, 15);
}

static void a_thousand_literals_of_any_bytes_are_found_as_a_naive_search_finds_them(void **state)
{
	static char bytes[SCAN_LITERALS_MAX][RANDOM_LITERAL_SIZE];
	static struct text literals[SCAN_LITERALS_MAX];
	struct test_random random = { 16 };

	(void)state;
	for (size_t i = 0; i < SCAN_LITERALS_MAX; i++) {
		for (size_t j = 0; j < RANDOM_LITERAL_SIZE; j++)
			bytes[i][j] = (char)test_random(&random, 256);
		literals[i] =
			text_make(bytes[i], 2 + test_random(&random, RANDOM_LITERAL_SIZE - 2));
	}
	assert_agreement_at(literals, SCAN_LITERALS_MAX, 20, 17);
}

/* They have no other window, and each place of the text has it. */
static void all_literals_with_one_window_are_found(void **state)
{
	char *data = test_repeat('A', SCAN_LITERAL_LEN_MAX);
	struct text literals[SCAN_LITERAL_LEN_MAX - 3];
	struct scan *scan;

	(void)state;
	for (size_t i = 0; i < COUNT(literals); i++)
		literals[i] = text_make(data, i + 4);
	scan = build(literals, COUNT(literals));
	for (size_t len = 0; len < 100; len++)
		(void)assert_agreement(scan, literals, COUNT(literals), text_make(data, len));
	(void)scan_free(scan);
	free(data);
}

static void both_searches_find_in_the_same_order(void **state)
{
	static const struct text literals[] = { TEXT("cause"), TEXT("hangup_cause"), TEXT("gup"),
		TEXT("c"), TEXT("us"), TEXT("hangup"), TEXT("bridge_hangup_cause"), TEXT("hang") };
	static struct hits first, second;
	struct scan *scan = build(literals, COUNT(literals));
	struct test_random random = { 18 };
	char data[500];

	(void)state;
	for (size_t len = 1; len <= sizeof(data); len++) {
		fill(&random, literals, COUNT(literals), data, len);
		search_in_order(scan_next, scan, text_make(data, len), &first);
		search_in_order(scan_next_portable, scan, text_make(data, len), &second);
		assert_int_equal(first.n, second.n);
		for (size_t i = 0; i < first.n; i++) {
			assert_int_equal(first.items[i].start, second.items[i].start);
			assert_int_equal(first.items[i].literal, second.items[i].literal);
		}
	}
	(void)scan_free(scan);
}

/* -- places ----------------------------------------------------------------- */

static void a_literal_is_found_at_every_place_of_a_block(void **state)
{
	static const struct text literals[] = { TEXT("x"), TEXT("xy"), TEXT("xyz"), TEXT("wxyz"),
		TEXT("releaseCause"), TEXT("a_literal_that_is_longer_than_one_step_of_32") };

	(void)state;
	for (size_t l = 0; l < COUNT(literals); l++) {
		struct scan *scan = build(&literals[l], 1);

		for (size_t len = literals[l].len; len < 110; len++)
			for (size_t at = 0; at + literals[l].len <= len; at++) {
				char *data = test_repeat('.', len);

				memcpy(data + at, literals[l].data, literals[l].len);
				assert_int_equal(assert_agreement(scan, &literals[l], 1,
							 text_make(data, len)),
					1);
				free(data);
			}
		(void)scan_free(scan);
	}
}

static void a_literal_cut_off_by_either_end_is_not_found(void **state)
{
	static const struct text literal = TEXT("releaseCause");
	struct scan *scan = build(&literal, 1);

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++)
		for (size_t cut = 1; cut < literal.len; cut++) {
			struct scan_cursor begin = { 0 }, end = { 0 };
			char data[128];
			unsigned which;
			size_t start;

			memset(data, '.', sizeof(data));
			memcpy(data, literal.data + cut, literal.len - cut);
			memcpy(data + sizeof(data) - cut, literal.data, cut);
			assert_false(searches[i](scan, data, sizeof(data), &begin, &which, &start));
			/* Bytes behind the length given are not looked at. */
			memcpy(data, literal.data, literal.len);
			assert_false(
				searches[i](scan, data, literal.len - cut, &end, &which, &start));
		}
	(void)scan_free(scan);
}

static void every_mix_of_letter_case_is_found(void **state)
{
	static const struct text literal = TEXT("faIlCode");
	struct scan *scan = build(&literal, 1);

	(void)state;
	for (unsigned mix = 0; mix < 256; mix++) {
		char data[64] = "a line of text before it, failcode=512 and some text behind it";

		for (unsigned i = 0; i < 8; i++)
			if (mix >> i & 1)
				data[26 + i] = (char)(data[26 + i] - 'a' + 'A');
		for (size_t i = 0; i < COUNT(searches); i++) {
			struct scan_cursor cursor = { 0 };
			unsigned which;
			size_t start;

			assert_true(searches[i](scan, data, 63, &cursor, &which, &start));
			assert_int_equal(start, 26);
			assert_false(searches[i](scan, data, 63, &cursor, &which, &start));
		}
	}
	(void)scan_free(scan);
}

static void bytes_that_are_no_ascii_letters_have_no_case(void **state)
{
	static const struct text literals[] = { TEXT("[@]"), TEXT("\xC3\xA9"), TEXT("K=1") };
	struct text data = TEXT("{`} \xC3\x89 \xE2\x84\xAA=1 k\x1D"
				"1 K\x1D\x11 "
				"{@] [`] \xE3\xA9 \xC3\xE9 padding up to more than one step");
	struct scan *scan = build(literals, COUNT(literals));

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		struct scan_cursor cursor = { 0 };
		unsigned which;
		size_t start;

		assert_false(searches[i](scan, data.data, data.len, &cursor, &which, &start));
	}
	(void)scan_free(scan);
}

/* They have one place in the hash table, but not the same bytes. */
static void literals_that_differ_in_the_bit_of_letter_case_are_all_found(void **state)
{
	static const struct text literals[] = { TEXT("[@]"), TEXT("{`}"), TEXT("\xC3[\xA9]"),
		TEXT("\xE3{\x89}"), TEXT("[@]{"), TEXT("{`}[") };

	(void)state;
	assert_agreement_everywhere(literals, COUNT(literals), 19);
}

static void overlapping_occurrences_are_all_found(void **state)
{
	static const struct text literal = TEXT("aaa");
	struct scan *scan = build(&literal, 1);
	char *data = test_repeat('A', 100);
	static struct hits hits;

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		search_all(searches[i], scan, text_make(data, 100), &hits);
		assert_int_equal(hits.n, 98);
	}
	free(data);
	(void)scan_free(scan);
}

/* The search follows windows inside the literals, so starts may come out of order in a line; the
 * lines may not. */
static void hits_come_in_the_order_of_their_lines(void **state)
{
	static const struct text literals[] = { TEXT("a=1,b=2,quiz"), TEXT("a=1"),
		TEXT("jazz=0000"), TEXT("z") };
	struct scan *scan = build(literals, COUNT(literals));
	struct test_random random = { 12 };
	char data[2000];

	(void)state;
	fill(&random, literals, COUNT(literals), data, sizeof(data));
	for (size_t i = 20; i < sizeof(data); i += 40)
		data[i] = '\n';
	for (size_t i = 0; i < COUNT(searches); i++) {
		struct scan_cursor cursor = { 0 };
		size_t start, line = 0, n = 0;
		unsigned which;

		for (; searches[i](scan, data, sizeof(data), &cursor, &which, &start); n++) {
			assert_true((start + 19) / 40 >= line);
			line = (start + 19) / 40;
		}
		assert_between(n, 50, HITS_MAX);
	}
	(void)scan_free(scan);
}

static void a_search_from_a_line_start_finds_all_from_there_on(void **state)
{
	static const struct text literals[] = { TEXT("releaseCause"), TEXT("x") };
	struct text data = TEXT("releaseCause x\nreleaseCause\nx");
	struct scan *scan = build(literals, COUNT(literals));

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		struct scan_cursor cursor = { .offset = 15 };
		unsigned which;
		size_t start;

		assert_true(searches[i](scan, data.data, data.len, &cursor, &which, &start));
		assert_int_equal(start, 15);
		assert_int_equal(which, 0);
		assert_true(searches[i](scan, data.data, data.len, &cursor, &which, &start));
		assert_int_equal(start, 28);
		assert_int_equal(which, 1);
		assert_false(searches[i](scan, data.data, data.len, &cursor, &which, &start));
		assert_false(searches[i](scan, data.data, data.len, &cursor, &which, &start));
	}
	(void)scan_free(scan);
}

/* A caller goes on in the line of a hit, which ends before the data does. */
static void a_search_resumes_in_a_shorter_text(void **state)
{
	static const struct text literals[] = { TEXT("cause"), TEXT("hangup_cause"), TEXT("cau") };
	struct text data = TEXT("a line\nhangup_cause cause\nhangup_cause on the next line, cause");
	const size_t line_end = 26;

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		struct scan *scan = build(literals, COUNT(literals));
		struct scan_cursor cursor = { 0 };
		unsigned which;
		size_t start, n = 1;

		assert_true(searches[i](scan, data.data, data.len, &cursor, &which, &start));
		while (searches[i](scan, data.data, line_end, &cursor, &which, &start)) {
			assert_between(start, 7, line_end);
			n++;
		}
		assert_int_equal(n, 5);
		(void)scan_free(scan);
	}
}

/* -- bounds ----------------------------------------------------------------- */

static void no_literals_find_nothing(void **state)
{
	struct scan *scan = build(NULL, 0);
	char *data = test_repeat('a', 100);

	(void)state;
	for (size_t i = 0; i < COUNT(searches); i++) {
		struct scan_cursor cursor = { 0 };
		unsigned which;
		size_t start;

		assert_false(searches[i](scan, data, 100, &cursor, &which, &start));
		assert_false(searches[i](scan, NULL, 0, &cursor, &which, &start));
	}
	free(data);
	(void)scan_free(scan);
}

static void literals_up_to_the_bound_are_all_found_and_one_more_is_refused(void **state)
{
	static char bytes[SCAN_LITERALS_MAX + 1][8];
	static struct text literals[SCAN_LITERALS_MAX + 1];
	struct scan *scan = NULL;

	(void)state;
	for (unsigned i = 0; i <= SCAN_LITERALS_MAX; i++) {
		(void)snprintf(bytes[i], sizeof(bytes[i]), "<%04u>", i);
		literals[i] = text_of(bytes[i]);
	}
	assert_int_equal(scan_new(literals, SCAN_LITERALS_MAX + 1, &scan), -E2BIG);
	assert_null(scan);
	scan = build(literals, SCAN_LITERALS_MAX);
	assert_int_equal(assert_agreement(scan, literals, SCAN_LITERALS_MAX,
				 text_make(bytes[0], sizeof(bytes[0]) * SCAN_LITERALS_MAX)),
		SCAN_LITERALS_MAX);
	(void)scan_free(scan);
}

static void a_literal_at_its_bound_is_found_and_a_longer_one_is_refused(void **state)
{
	char *data = test_repeat('A', 1000);
	struct text longest = text_make(data, SCAN_LITERAL_LEN_MAX);
	struct text longer = text_make(data, SCAN_LITERAL_LEN_MAX + 1);
	struct scan *scan = NULL;

	(void)state;
	assert_int_equal(scan_new(&longer, 1, &scan), -EINVAL);
	assert_null(scan);
	scan = build(&longest, 1);
	assert_int_equal(assert_agreement(scan, &longest, 1, text_make(data, 1000)), 746);
	assert_int_equal(
		assert_agreement(scan, &longest, 1, text_make(data, SCAN_LITERAL_LEN_MAX)), 1);
	assert_int_equal(
		assert_agreement(scan, &longest, 1, text_make(data, SCAN_LITERAL_LEN_MAX - 1)), 0);
	(void)scan_free(scan);
	free(data);
}

static void an_empty_literal_is_refused(void **state)
{
	static const struct text literals[] = { TEXT("a"), TEXT("") };
	struct scan *scan = NULL;

	(void)state;
	assert_int_equal(scan_new(literals, 2, &scan), -EINVAL);
	assert_null(scan);
}

static void the_literals_are_copied(void **state)
{
	char literal[] = "releaseCause";
	struct text t = text_of(literal);
	struct scan *scan = build(&t, 1);
	struct scan_cursor cursor = { 0 };
	unsigned which;
	size_t start;

	(void)state;
	memset(literal, 'x', sizeof(literal));
	assert_true(scan_next(scan, "releaseCause", 12, &cursor, &which, &start));
	(void)scan_free(scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_literal_is_found_as_a_naive_search_finds_it),
		cmocka_unit_test(three_literals_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(
			nine_literals_with_shared_prefixes_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(
			literals_shorter_than_the_window_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(literals_of_any_bytes_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(two_hundred_literals_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(
			literals_of_one_byte_and_more_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(
			a_thousand_literals_of_two_letters_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(
			a_thousand_literals_of_any_bytes_are_found_as_a_naive_search_finds_them),
		cmocka_unit_test(all_literals_with_one_window_are_found),
		cmocka_unit_test(both_searches_find_in_the_same_order),
		cmocka_unit_test(a_literal_is_found_at_every_place_of_a_block),
		cmocka_unit_test(a_literal_cut_off_by_either_end_is_not_found),
		cmocka_unit_test(every_mix_of_letter_case_is_found),
		cmocka_unit_test(bytes_that_are_no_ascii_letters_have_no_case),
		cmocka_unit_test(literals_that_differ_in_the_bit_of_letter_case_are_all_found),
		cmocka_unit_test(overlapping_occurrences_are_all_found),
		cmocka_unit_test(hits_come_in_the_order_of_their_lines),
		cmocka_unit_test(a_search_from_a_line_start_finds_all_from_there_on),
		cmocka_unit_test(a_search_resumes_in_a_shorter_text),
		cmocka_unit_test(no_literals_find_nothing),
		cmocka_unit_test(literals_up_to_the_bound_are_all_found_and_one_more_is_refused),
		cmocka_unit_test(a_literal_at_its_bound_is_found_and_a_longer_one_is_refused),
		cmocka_unit_test(an_empty_literal_is_refused),
		cmocka_unit_test(the_literals_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
