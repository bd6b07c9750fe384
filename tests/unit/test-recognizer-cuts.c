/* Tests of cause/recognizer: what touches a cut, in a text that is a part of a line. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/recognizer.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char keys[] = "profile: a\ncatalog: t\nkeys: [key]\n"
			   "patterns:\n"
			   "  - {requires: ended, regex: 'ended (?<cause>[0-9]+)'}\n"
			   "  - {requires: over, regex: '(?<cause>[0-9]+) over'}\n";

struct kit {
	struct profile *profile;
	struct recognizer *recognizer;
};

static int open_kit(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	assert_non_null(kit);
	kit->profile = profile_good(keys);
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

static const struct match *find_one(struct kit *kit, struct text text)
{
	size_t n = 0;
	const struct match *matches = recognizer_find(kit->recognizer, text, &n);

	if (n != 1)
		print_error("%zu matches: %.*s\n", n, TEXT_FORMAT(text));
	assert_int_equal(n, 1);
	return matches;
}

static void check_end(struct kit *kit, const struct text *rows, size_t n, bool touches)
{
	for (size_t i = 0; i < n; i++) {
		const struct match *match = find_one(kit, rows[i]);

		if (match_touches_end(match, rows[i], rows[i].len) != touches)
			fail_msg("row %zu: %.*s", i, TEXT_FORMAT(rows[i]));
	}
}

static void a_code_touches_the_cut_through_colors_and_beginnings_of_escapes(void **state)
{
	static const struct text rows[] = {
		TEXT("key=51"),
		TEXT("key=51."),
		TEXT("key=51-"),
		TEXT("key=51:"),
		TEXT("key=51/"),
		TEXT("key=51\033[0m"),
		TEXT("key=51\033[0m\033[1;31m"),
		TEXT("key=51\033"),
		TEXT("key=51\033["),
		TEXT("key=51\033[1;3"),
		TEXT("key=51\033[0m\033[1"),
		TEXT("key=51\033[0m."),
		TEXT("key=51.\033[0m"),
		TEXT("key=51-\033[0"),
		TEXT("key=51\\u001b[0m"),
		TEXT("key=51\\u001b[0"),
		TEXT("key=51\\u001b"),
		TEXT("key=51\\u00"),
		TEXT("key=51\\u"),
		TEXT("key=51\\"),
		TEXT("key=51\\\\"),
		TEXT("key=51\\x1"),
		TEXT("key=51\\x1b[3"),
		TEXT("key=51\\03"),
		TEXT("key=51\\033["),
		TEXT("key=51#"),
		TEXT("key=51#03"),
		TEXT("key=51#033[0m"),
		TEXT("ended 51"),
		TEXT("ended 51\033[0m"),
		TEXT("ended 51\033[0"),
	};

	check_end(*state, rows, COUNT(rows), true);
}

static void a_code_with_something_else_before_the_cut_does_not_touch_it(void **state)
{
	static const struct text rows[] = {
		TEXT("key=51 "),
		TEXT("key=51,"),
		TEXT("key=51\""),
		TEXT("key=\"51\""),
		TEXT("key=\"51\"\033[0"),
		TEXT("key=\"51\033[0m\""),
		TEXT("<key>51</"),
		TEXT("<key>51\033[0m</"),
		TEXT("key=51. "),
		TEXT("key=51\033[0m "),
		TEXT("key=51\033[0m,"),
		TEXT("key=51 \033[0"),
		TEXT("key=51\033[2J"),
		TEXT("key=51\033]"),
		TEXT("key=51\\n"),
		TEXT("key=51\\\""),
		TEXT("key=51\\u003c"),
		TEXT("key=51\\q"),
		TEXT("key=51\\uq"),
		TEXT("key=51#x"),
		TEXT("key=51#011"),
		TEXT("ended 51 "),
	};

	check_end(*state, rows, COUNT(rows), false);
}

static void the_cut_may_be_before_the_end_of_the_text(void **state)
{
	static const struct text text = TEXT("{\"log\":\"key=51\\u001b[0m\",\"a\":1}");
	const struct match *match = find_one(*state, text);
	size_t quote = (size_t)(strstr(text.data, "\",\"a") - text.data);

	assert_true(match_touches_end(match, text, quote));
	assert_true(match_touches_end(match, text, match->offset));
	assert_false(match_touches_end(match, text, quote + 1));
}

/* The same text with a byte in front of it: then there is nothing to be cut off. */
static void a_key_touches_the_start_through_colors_and_halves_of_characters(void **state)
{
	static const struct text rows[] = {
		TEXT(" key=51 "),
		TEXT(" \033[31mkey=51 "),
		TEXT(" \033[0m\033[31mkey=51 "),
		TEXT(" \\u001b[31mkey=51 "),
		TEXT(" \xA4\x41key=51 "),
		TEXT(" \xA4\xA4\xA4\x41key=51 "),
		TEXT(" ended 51 "),
		TEXT(" 51 over "),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct match *match = find_one(*state, rows[i]);

		if (match_touches_start(match, 0) || !match_touches_start(match, 1))
			fail_msg("row %zu: %.*s", i, TEXT_FORMAT(rows[i]));
		match = find_one(*state, text_make(rows[i].data + 1, rows[i].len - 1));
		assert_true(match_touches_start(match, 0));
	}
}

static void a_key_behind_something_else_does_not_touch_the_start(void **state)
{
	static const struct text rows[] = {
		TEXT(" key=51"),
		TEXT("\"key\":51"),
		TEXT("<key>51</key>"),
		TEXT("\\u003ckey\\u003e51\\u003c/key\\u003e"),
		TEXT(",\033[31mkey=51"),
		TEXT("x 51 over"),
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (match_touches_start(find_one(*state, rows[i]), 0))
			fail_msg("row %zu: %.*s", i, TEXT_FORMAT(rows[i]));
}

/* -- names and texts --------------------------------------------------------- */

static const char names[] =
	CATALOG_HEAD "  - {name: normal, description: D., severity: err, aliases: [Normal, too]}\n";

static void open_names(struct kit *kit, struct catalog **ret_catalog, const char *base)
{
	char content[256];

	(void)snprintf(content, sizeof(content), PROFILE_HEAD "keys: [key]\nbase: %s\n", base);
	*ret_catalog = catalog_good(names);
	kit->profile = profile_good(content);
	test_bind(kit->profile, *ret_catalog);
	kit->recognizer = recognizer_of(&kit->profile, 1);
}

static void check_names(const char *base, const struct text *rows, size_t n, bool touches)
{
	struct catalog *catalog;
	struct kit kit;

	open_names(&kit, &catalog, base);
	check_end(&kit, rows, n, touches);
	(void)recognizer_free(kit.recognizer);
	(void)profile_free(kit.profile);
	(void)catalog_free(catalog);
}

static void a_name_touches_the_cut_through_what_may_join_it_to_more(void **state)
{
	static const struct text touching[] = {
		TEXT("key=NORMAL"),
		TEXT("key=NORMAL."),
		TEXT("key=NORMAL.-.-"),
		TEXT("key=NORMAL:"),
		TEXT("key=NORMAL\033[0m"),
	};
	static const struct text apart[] = {
		TEXT("key=NORMAL "),
		TEXT("key=\"NORMAL\""),
		TEXT("key=NORMAL, "),
		TEXT("key=NORMAL. "),
		TEXT("<key>NORMAL</"),
		TEXT("\"key\":[NORMAL,"),
	};

	(void)state;
	check_names("name", touching, COUNT(touching), true);
	check_names("name", apart, COUNT(apart), false);
}

#define BLANKS "                                                                "

static void a_text_touches_the_cut_as_far_as_a_longer_one_may_follow(void **state)
{
	static const struct text touching[] = {
		TEXT("key=Normal"),
		TEXT("key=Normal,"),
		TEXT("key=Normal, and more"),
		TEXT("key=Normal" BLANKS),
		TEXT("key=Normal" BLANKS "'"),
		TEXT("key=Normal'"),
		TEXT("key=Normal" BLANKS "\033[0m "),
		TEXT("key=Normal" BLANKS "\033[0"),
		TEXT("key=\"Normal\""),
	};
	static const struct text apart[] = {
		TEXT("key=Normal\nmore"),
		TEXT("key=Normal," BLANKS),
		TEXT("key=Normal" BLANKS ","),
		TEXT("key=Normal" BLANKS "\t"),
		TEXT("key=Normal" BLANKS "' "),
	};

	(void)state;
	check_names("text", touching, COUNT(touching), true);
	check_names("text", apart, COUNT(apart), false);
}

#define WITH_KIT(test) cmocka_unit_test_setup_teardown(test, open_kit, free_kit)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KIT(a_code_touches_the_cut_through_colors_and_beginnings_of_escapes),
		WITH_KIT(a_code_with_something_else_before_the_cut_does_not_touch_it),
		WITH_KIT(the_cut_may_be_before_the_end_of_the_text),
		WITH_KIT(a_key_touches_the_start_through_colors_and_halves_of_characters),
		WITH_KIT(a_key_behind_something_else_does_not_touch_the_start),
		cmocka_unit_test(a_name_touches_the_cut_through_what_may_join_it_to_more),
		cmocka_unit_test(a_text_touches_the_cut_as_far_as_a_longer_one_may_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
