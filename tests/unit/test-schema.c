/* Tests of base/yaml/schema, with a table of our own that has one key of every type. */
#include "config.h"

#include "test.h"

#include "base/yaml/schema.h"
#include "base/yaml/yaml.h"

enum { TEXT_MAX = 8, SLUG_MAX = 12, LIST_MAX = 3, ITEM_LEN_MAX = 1024 };

struct target {
	struct text text;
	struct text maybe;
	struct text slug;
	int choice;
	struct text_list list;
};

static const char *const colors[] = { "red", "green", "blue", NULL };

static const struct schema_key keys[] = {
	{ .name = "text",
		.read = schema_text,
		.offset = offsetof(struct target, text),
		.max = TEXT_MAX },
	{ .name = "maybe",
		.read = schema_text_or_empty,
		.offset = offsetof(struct target, maybe),
		.max = TEXT_MAX },
	{ .name = "slug",
		.read = schema_slug,
		.offset = offsetof(struct target, slug),
		.max = SLUG_MAX },
	{ .name = "color",
		.read = schema_choice,
		.offset = offsetof(struct target, choice),
		.choices = colors },
	{ .name = "list",
		.read = schema_texts,
		.offset = offsetof(struct target, list),
		.max = LIST_MAX },
	{ .name = NULL },
};

/* A table of its own for keys that must be there, and for names close to each other. */
static const struct schema_key required_keys[] = {
	{ .name = "port",
		.read = schema_text,
		.offset = offsetof(struct target, text),
		.required = true },
	{ .name = "host",
		.read = schema_text,
		.offset = offsetof(struct target, maybe),
		.required = true },
	{ .name = "path", .read = schema_text, .offset = offsetof(struct target, slug) },
	{ .name = NULL },
};

static int read_by(const struct schema_key *table, struct text content, struct diag *diag,
	struct arena *arena, struct target *target)
{
	struct schema_reader reader = { .arena = arena, .diag = diag };
	const struct yaml_node *root = NULL;

	assert_int_equal(yaml_read(arena, "x.yaml", content, diag, &root), 0);
	assert_non_null(root);
	schema_mapping(&reader, root, table, target);
	assert_false(reader.no_memory);
	return diag_any(diag) ? -EINVAL : 0;
}

static int read_and_free(struct text content, struct diag *diag)
{
	struct arena *arena = arena_new();
	struct target target = { 0 };
	int r;

	assert_non_null(arena);
	r = read_by(keys, content, diag, arena, &target);
	(void)arena_free(arena);
	return r;
}

static int read_required_and_free(struct text content, struct diag *diag)
{
	struct arena *arena = arena_new();
	struct target target = { 0 };
	int r;

	assert_non_null(arena);
	r = read_by(required_keys, content, diag, arena, &target);
	(void)arena_free(arena);
	return r;
}

static int open_arena(void **state)
{
	*state = arena_new();
	return *state ? 0 : -1;
}

static int free_arena(void **state)
{
	*state = arena_free(*state);
	return 0;
}

static struct target read_good(struct arena *arena, struct text content)
{
	struct target target = { .choice = -7, .text = TEXT("default") };
	struct diag diag = { 0 };
	int r = read_by(keys, content, &diag, arena, &target);

	assert_good(r, &diag);
	return target;
}

/* -- what is accepted --------------------------------------------------- */

static void every_type_is_read_to_its_place(void **state)
{
	struct target target = read_good(*state, TEXT("text: some\n"
						      "maybe: thing\n"
						      "slug: a-b-1\n"
						      "color: green\n"
						      "list: [x, y]\n"));

	assert_text(target.text, "some");
	assert_text(target.maybe, "thing");
	assert_text(target.slug, "a-b-1");
	assert_int_equal(target.choice, 1);
	assert_int_equal(target.list.n, 2);
	assert_text(target.list.items[0], "x");
	assert_text(target.list.items[1], "y");
	assert_int_equal(target.list.places[1].line, 5);
	assert_int_equal(target.list.places[1].column, 11);
}

static void keys_that_are_absent_leave_the_default(void **state)
{
	struct target target = read_good(*state, TEXT("{}"));

	assert_text(target.text, "default");
	assert_int_equal(target.choice, -7);
	assert_int_equal(target.list.n, 0);
}

static void only_some_texts_may_be_empty(void **state)
{
	assert_text(read_good(*state, TEXT("maybe: ''\n")).maybe, "");
	assert_non_null(read_good(*state, TEXT("maybe:\n")).maybe.data);
	assert_int_equal(read_good(*state, TEXT("list: []\n")).list.n, 0);
}

static void every_choice_is_known_by_its_index(void **state)
{
	assert_int_equal(read_good(*state, TEXT("color: red\n")).choice, 0);
	assert_int_equal(read_good(*state, TEXT("color: green\n")).choice, 1);
	assert_int_equal(read_good(*state, TEXT("color: \"blue\"\n")).choice, 2);
}

static void slugs_are_lower_case_words_joined_by_single_hyphens(void **state)
{
	static const char *const good[] = { "a", "abc", "a1", "a-1", "q-850-x" };
	static const char *const bad[] = { "A", "aB", "1a", "-a", "a-", "a--b", "a_b", "a b", "a.b",
		"é", "~", "010" };

	for (size_t i = 0; i < COUNT(good); i++) {
		char content[32];

		(void)snprintf(content, sizeof(content), "slug: %s\n", good[i]);
		assert_text(read_good(*state, text_of(content)).slug, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct test_file file = { .errors = { { 1, 7, "must be lower-case letters" } } };
		char content[32];

		(void)snprintf(content, sizeof(content), "slug: '%s'\n", bad[i]);
		file.content = text_of(content);
		test_refused(&file, 1, read_and_free);
	}
}

/* -- bounds ------------------------------------------------------------- */

static void a_text_at_its_bound_is_accepted_and_a_longer_one_is_not(void **state)
{
	static const struct test_file longer[] = {
		{ TEXT("text: '123456789'\n"), { { 1, 7, "text is 9 bytes long; at most 8" } } },
		{ TEXT("maybe: '123456789'\n"), { { 1, 8, "maybe is 9 bytes long; at most 8" } } },
		{ TEXT("slug: abcdefghijklm\n"),
			{ { 1, 7, "slug is 13 bytes long; at most 12" } } },
		{ TEXT("text: éééé1\n"), { { 1, 7, "9 bytes" } } },
	};

	assert_text(read_good(*state, TEXT("text: '12345678'\n")).text, "12345678");
	assert_text(read_good(*state, TEXT("maybe: '12345678'\n")).maybe, "12345678");
	assert_text(read_good(*state, TEXT("slug: abcdefghijkl\n")).slug, "abcdefghijkl");
	test_refused(longer, COUNT(longer), read_and_free);
}

static void a_list_at_its_bound_is_accepted_and_a_longer_one_is_not(void **state)
{
	static const struct test_file longer[] = {
		{ TEXT("list: [a, b, c, d]\n"), { { 1, 7, "list has 4 items; at most 3" } } },
	};

	assert_int_equal(read_good(*state, TEXT("list: [a, b, c]\n")).list.n, 3);
	test_refused(longer, COUNT(longer), read_and_free);
}

static void an_item_at_its_bound_is_accepted_and_a_longer_one_is_not(void **state)
{
	char *fits = test_repeat('x', ITEM_LEN_MAX);
	char *content = calloc(1, ITEM_LEN_MAX + 64);
	struct test_file longer = { .errors = { { 1, 11, "1 to 1024 bytes, not 1025" } } };

	assert_non_null(content);
	(void)sprintf(content, "list: [a, %s]\n", fits);
	assert_text(read_good(*state, text_of(content)).list.items[1], fits);
	(void)sprintf(content, "list: [a, %sx]\n", fits);
	longer.content = text_of(content);
	test_refused(&longer, 1, read_and_free);
	free(content);
	free(fits);
}

/* -- what is refused ---------------------------------------------------- */

static void everything_of_the_wrong_kind_has_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("text\n"), { { 1, 1, "expected a mapping, not text" } } },
		{ TEXT("- text\n"), { { 1, 1, "expected a mapping, not a list" } } },
		{ TEXT("text: [x]\n"), { { 1, 7, "expected text, not a list" } } },
		{ TEXT("text: {x: y}\n"), { { 1, 7, "expected text, not a mapping" } } },
		{ TEXT("text:\n  x: y\n"), { { 2, 3, "expected text, not a mapping" } } },
		{ TEXT("maybe: [x]\n"), { { 1, 8, "expected text, not a list" } } },
		{ TEXT("slug: [x]\n"), { { 1, 7, "expected text, not a list" } } },
		{ TEXT("color: [red]\n"), { { 1, 8, "expected text, not a list" } } },
		{ TEXT("list: x\n"), { { 1, 7, "expected a list, not text" } } },
		{ TEXT("list: {x: y}\n"), { { 1, 7, "expected a list, not a mapping" } } },
		{ TEXT("list: ~\n"), { { 1, 7, "expected a list, not text" } } },
		{ TEXT("list: ''\n"), { { 1, 7, "expected a list, not text" } } },
		{ TEXT("list:\n"), { { 1, 6, "expected a list, but nothing is given" } } },
		{ TEXT("list: [[x]]\n"), { { 1, 8, "expected text, not a list" } } },
		{ TEXT("list: [a, {x: y}]\n"), { { 1, 11, "expected text, not a mapping" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void every_wrong_value_has_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("text:\n"), { { 1, 6, "text is empty" } } },
		{ TEXT("text: ''\n"), { { 1, 7, "text is empty" } } },
		{ TEXT("slug: ''\n"), { { 1, 7, "slug is empty" } } },
		{ TEXT("color: pink\n"), { { 1, 8, "color 'pink' is none of red, green, blue" } } },
		{ TEXT("color: Red\n"), { { 1, 8, "'Red' is none of" } } },
		{ TEXT("color: 0\n"), { { 1, 8, "'0' is none of" } } },
		{ TEXT("color:\n"), { { 1, 7, "'' is none of" } } },
		{ TEXT("list: [a, '']\n"), { { 1, 11, "1 to 1024 bytes, not 0" } } },
		{ TEXT("list:\n  - a\n  -\n"), { { 3, 4, "1 to 1024 bytes, not 0" } } },
		{ TEXT("list: [a, b, a]\n"), { { 1, 14, "'a' appears twice in list" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void an_unknown_key_is_reported_with_the_known_ones(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("nonsense: 1\n"), { { 1, 1,
						 "unknown key 'nonsense'; known here: text, maybe, "
						 "slug, color, list" } } },
		{ TEXT("text: x\ncolour: red\n"),
			{ { 2, 1, "unknown key 'colour'; did you mean 'color'?" } } },
		{ TEXT("TEXT: x\n"), { { 1, 1, "unknown key 'TEXT'; did you mean 'text'?" } } },
		{ TEXT("~: x\n"), { { 1, 1, "unknown key '~'" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void of_several_close_keys_the_nearest_is_suggested(void **state)
{
	static const struct test_file file = { TEXT("host: x\nport: y\npot: z\n"),
		{ { 3, 1, "did you mean 'port'?" } } };

	(void)state;
	test_refused(&file, 1, read_required_and_free);
}

static void every_missing_key_is_reported_at_its_mapping(void **state)
{
	static const struct test_file file = { TEXT("# comment\npath: x\n"),
		{
			{ 2, 1, "key 'port' is missing" },
			{ 2, 1, "key 'host' is missing" },
		} };

	(void)state;
	test_refused(&file, 1, read_required_and_free);
}

static void a_key_with_a_wrong_value_is_not_missing(void **state)
{
	static const struct test_file file = { TEXT("host: [x]\nport: ''\n"),
		{
			{ 1, 7, "expected text, not a list" },
			{ 2, 7, "port is empty" },
		} };

	(void)state;
	test_refused(&file, 1, read_required_and_free);
}

static void all_errors_of_a_mapping_are_found_in_one_run(void **state)
{
	static const struct test_file file = { TEXT("text: '123456789'\n"
						    "slug: A\n"
						    "color: pink\n"
						    "list: [a, a, '']\n"
						    "mayby: x\n"),
		{
			{ 1, 7, "text is 9 bytes long" },
			{ 2, 7, "slug 'A' must be" },
			{ 3, 8, "'pink' is none of" },
			{ 4, 11, "'a' appears twice" },
			{ 4, 14, "1 to 1024 bytes, not 0" },
			{ 5, 1, "did you mean 'maybe'?" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void a_wrong_value_leaves_the_default_and_the_others_are_read(void **state)
{
	struct target target = { .choice = -7, .text = TEXT("default") };
	struct diag diag = { 0 };

	assert_int_equal(read_by(keys, TEXT("text: '123456789'\ncolor: pink\nlist: x\nmaybe: y\n"),
				 &diag, *state, &target),
		-EINVAL);
	assert_int_equal(diag_count(&diag), 3);
	assert_text(target.text, "default");
	assert_int_equal(target.choice, -7);
	assert_int_equal(target.list.n, 0);
	assert_text(target.maybe, "y");
	diag_done(&diag);
}

static void what_is_read_outlives_the_tree(void **state)
{
	struct arena *tree = arena_new();
	struct diag diag = { 0 };
	struct schema_reader reader = { .arena = *state, .diag = &diag };
	const struct yaml_node *root = NULL;
	struct target target = { 0 };

	assert_non_null(tree);
	assert_good(
		yaml_read(tree, "x.yaml", TEXT("text: a\nslug: b-c\nlist: [d, e]\nmaybe: >\n  f\n"),
			&diag, &root),
		&diag);
	schema_mapping(&reader, root, keys, &target);
	assert_false(diag_any(&diag));
	(void)arena_free(tree);
	assert_text(target.text, "a");
	assert_text(target.slug, "b-c");
	assert_text(target.list.items[1], "e");
	assert_text(target.maybe, "f");
	assert_int_equal(target.maybe.data[1], '\0');
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, free_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ARENA(every_type_is_read_to_its_place),
		IN_ARENA(keys_that_are_absent_leave_the_default),
		IN_ARENA(only_some_texts_may_be_empty),
		IN_ARENA(every_choice_is_known_by_its_index),
		IN_ARENA(slugs_are_lower_case_words_joined_by_single_hyphens),
		IN_ARENA(a_text_at_its_bound_is_accepted_and_a_longer_one_is_not),
		IN_ARENA(a_list_at_its_bound_is_accepted_and_a_longer_one_is_not),
		IN_ARENA(an_item_at_its_bound_is_accepted_and_a_longer_one_is_not),
		cmocka_unit_test(everything_of_the_wrong_kind_has_a_place),
		cmocka_unit_test(every_wrong_value_has_a_place),
		cmocka_unit_test(an_unknown_key_is_reported_with_the_known_ones),
		cmocka_unit_test(of_several_close_keys_the_nearest_is_suggested),
		cmocka_unit_test(every_missing_key_is_reported_at_its_mapping),
		cmocka_unit_test(a_key_with_a_wrong_value_is_not_missing),
		cmocka_unit_test(all_errors_of_a_mapping_are_found_in_one_run),
		IN_ARENA(a_wrong_value_leaves_the_default_and_the_others_are_read),
		IN_ARENA(what_is_read_outlives_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
