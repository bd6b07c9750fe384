/* Tests of base/yaml/yaml. */
#include "config.h"

#include "test.h"

#include "base/yaml/yaml.h"

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

/* The tree of a document that must be good. */
static const struct yaml_node *read_good(struct arena *arena, struct text content)
{
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };
	int r = yaml_read(arena, "x.yaml", content, &diag, &root);

	assert_good(r, &diag);
	return root;
}

static int read_and_free(struct text content, struct diag *diag)
{
	struct arena *arena = arena_new();
	const struct yaml_node *root = NULL;
	int r;

	assert_non_null(arena);
	r = yaml_read(arena, "x.yaml", content, diag, &root);
	(void)arena_free(arena);
	/* Its users refuse a file for its errors, whether or not there is a tree. */
	return r == 0 && diag_any(diag) ? -EINVAL : r;
}

/* The value of `name` in a mapping. */
static const struct yaml_node *get(const struct yaml_node *mapping, const char *name)
{
	for (const struct yaml_node *key = mapping->first; key; key = key->next)
		if (text_equal(key->scalar, text_of(name)))
			return key->value;
	fail_msg("there is no key '%s'", name);
	return NULL;
}

#define assert_place(node, l, c)                           \
	do {                                               \
		assert_int_equal((node)->place.line, l);   \
		assert_int_equal((node)->place.column, c); \
	} while (0)

/* -- what is accepted --------------------------------------------------- */

static void a_file_without_content_has_no_root(void **state)
{
	static const struct text files[] = {
		TEXT(""),
		TEXT("\n\n"),
		TEXT("# a comment\n"),
		TEXT("---\n"),
		TEXT("---\n# a comment\n"),
	};

	for (size_t i = 0; i < COUNT(files); i++)
		assert_null(read_good(*state, files[i]));
}

static void an_empty_text_in_quotes_is_content(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("\"\"\n"));

	assert_non_null(root);
	assert_int_equal(root->kind, YAML_SCALAR);
	assert_false(root->plain);
	assert_text(root->scalar, "");
}

static void scalars_are_text_as_it_is_written(void **state)
{
	static const char *const scalars[] = { "010", "0x1F", "no", "NO", "off", "~", "null", "1e3",
		"1_000", "12:30:45", "2023-09-27", "-1", "+1", ".5", ".inf", "true", "=" };

	for (size_t i = 0; i < COUNT(scalars); i++) {
		const struct yaml_node *root = read_good(*state, text_of(scalars[i]));

		assert_int_equal(root->kind, YAML_SCALAR);
		assert_true(root->plain);
		assert_text(root->scalar, scalars[i]);
	}
}

static void every_style_of_scalar_is_understood(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("a: plain\n"
							      "b: 'it''s'\n"
							      "c: \"x\\ty\"\n"
							      "d: |\n  one\n  two\n"
							      "e: >-\n  one\n  two\n"
							      "f:\n"
							      "g: two\n   lines\n"));

	assert_text(get(root, "a")->scalar, "plain");
	assert_text(get(root, "b")->scalar, "it's");
	assert_text(get(root, "c")->scalar, "x\ty");
	assert_text(get(root, "d")->scalar, "one\ntwo\n");
	assert_text(get(root, "e")->scalar, "one two");
	assert_text(get(root, "f")->scalar, "");
	assert_text(get(root, "g")->scalar, "two lines");
}

static void only_scalars_without_quotes_are_plain(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("a: x\nb: 'x'\nc: \"x\"\nd: |\n x\n"
							      "e: >\n x\nf:\n"));

	assert_true(get(root, "a")->plain);
	assert_false(get(root, "b")->plain);
	assert_false(get(root, "c")->plain);
	assert_false(get(root, "d")->plain);
	assert_false(get(root, "e")->plain);
	assert_true(get(root, "f")->plain);
}

static void a_scalar_has_a_terminator_behind_its_length(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("abc"));

	assert_int_equal(root->scalar.len, 3);
	assert_int_equal(root->scalar.data[3], '\0');
}

static void lists_keep_their_order(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("- a\n- [b, c]\n- {d: e}\n"));
	const struct yaml_node *item = root->first;

	assert_int_equal(root->kind, YAML_SEQUENCE);
	assert_int_equal(root->n, 3);
	assert_text(item->scalar, "a");
	item = item->next;
	assert_int_equal(item->kind, YAML_SEQUENCE);
	assert_int_equal(item->n, 2);
	assert_text(item->first->next->scalar, "c");
	item = item->next;
	assert_int_equal(item->kind, YAML_MAPPING);
	assert_int_equal(item->n, 1);
	assert_null(item->next);
}

static void mappings_keep_their_order(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("z: 1\na: 2\nm: 3\n"));

	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->n, 3);
	assert_text(root->first->scalar, "z");
	assert_text(root->first->next->scalar, "a");
	assert_text(root->first->next->next->scalar, "m");
	assert_null(root->first->next->next->next);
}

static void empty_collections_are_no_scalars(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("a: []\nb: {}\n"));

	assert_int_equal(get(root, "a")->kind, YAML_SEQUENCE);
	assert_int_equal(get(root, "a")->n, 0);
	assert_int_equal(get(root, "b")->kind, YAML_MAPPING);
	assert_int_equal(get(root, "b")->n, 0);
}

static void nodes_know_their_places(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("# comment\n"
							      "list:\n"
							      "  - one\n"
							      "  - {key: [x, y]}\n"));
	const struct yaml_node *list = get(root, "list");
	const struct yaml_node *key = list->first->next->first;

	assert_string_equal(root->place.file, "x.yaml");
	assert_place(root, 2, 1);
	assert_place(list, 3, 3);
	assert_place(list->first, 3, 5);
	assert_place(list->first->next, 4, 5);
	assert_place(key, 4, 6);
	assert_place(key->value, 4, 11);
	assert_place(key->value->first->next, 4, 15);
}

static void columns_count_characters(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("{é漢😀: x, b: y}\r\n"));

	assert_place(get(root, "b"), 1, 13);
}

static void keys_of_two_mappings_may_be_the_same(void **state)
{
	const struct yaml_node *root = read_good(*state, TEXT("a: {a: 1}\nb: {a: 2, A: 3}\n"));

	assert_text(get(get(root, "b"), "a")->scalar, "2");
}

static void a_merge_key_is_a_key_like_any_other(void **state)
{
	assert_text(get(read_good(*state, TEXT("<<: x\n")), "<<")->scalar, "x");
}

static void an_end_mark_is_no_second_document(void **state)
{
	assert_text(get(read_good(*state, TEXT("a: 1\n...\n")), "a")->scalar, "1");
}

/* `depth` nested lists around one text, or mappings. */
static char *nested(size_t depth, const char *open, const char *close)
{
	char *text = calloc(depth + 1, 8);

	assert_non_null(text);
	for (size_t i = 0; i < depth; i++)
		strcat(text, open);
	strcat(text, "x");
	for (size_t i = 0; i < depth; i++)
		strcat(text, close);
	return text;
}

static void nesting_up_to_the_bound_is_accepted(void **state)
{
	char *lists = nested(YAML_DEPTH_MAX, "[", "]");
	char *mappings = nested(YAML_DEPTH_MAX, "{a: ", "}");

	assert_int_equal(read_good(*state, text_of(lists))->kind, YAML_SEQUENCE);
	assert_int_equal(read_good(*state, text_of(mappings))->kind, YAML_MAPPING);
	free(lists);
	free(mappings);
}

static void kinds_have_names_for_people(void **state)
{
	(void)state;
	assert_string_equal(yaml_kind_name(YAML_SCALAR), "text");
	assert_string_equal(yaml_kind_name(YAML_SEQUENCE), "a list");
	assert_string_equal(yaml_kind_name(YAML_MAPPING), "a mapping");
}

/* -- what is refused ---------------------------------------------------- */

static void nesting_past_the_bound_ends_the_reading(void **state)
{
	static const size_t depths[] = { YAML_DEPTH_MAX + 1, 100 };

	(void)state;
	for (size_t i = 0; i < COUNT(depths); i++) {
		char *lists = nested(depths[i], "[", "]");
		const struct test_file file = { text_of(lists), { { 1, 9, "deeper than 8" } } };

		test_refused(&file, 1, read_and_free);
		free(lists);
	}
}

static void everything_that_is_not_accepted_has_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("a: &x 1\n"), { { 1, 4, "anchors (&x)" } } },
		{ TEXT("a: 1\nb: &x\n  c: 1\n"), { { 2, 4, "anchors (&x)" } } },
		{ TEXT("a:\n  - &x [1]\n"), { { 2, 5, "anchors (&x)" } } },
		{ TEXT("&x a: 1\n"), { { 1, 1, "anchors (&x)" } } },
		{ TEXT("a: 1\nb: *x\n"), { { 2, 4, "aliases (*x)" } } },
		{ TEXT("*x"), { { 1, 1, "aliases (*x)" } } },
		{ TEXT("<<: *x\n"), { { 1, 5, "aliases (*x)" } } },
		{ TEXT("a: !!int 1\n"), { { 1, 4, "tags (tag:yaml.org,2002:int)" } } },
		{ TEXT("a: !mine {b: 1}\n"), { { 1, 4, "tags (!mine)" } } },
		{ TEXT("- !mine [1]\n"), { { 1, 3, "tags (!mine)" } } },
		{ TEXT("!mine a: 1\n"), { { 1, 1, "tags (!mine)" } } },
		{ TEXT("a: &x !mine 1\n"), { { 1, 4, "anchors" }, { 1, 4, "tags" } } },
		{ TEXT("? [a]\n: 1\nb: 2\n"), { { 1, 3, "key must be text, not a list" } } },
		{ TEXT("b: 2\n? {a: 1}\n: 1\n"), { { 2, 3, "text, not a mapping" } } },
		{ TEXT("a: 1\nb: 2\na: 3\n"), { { 3, 1, "'a' appears twice, first in line 1" } } },
		{ TEXT("{a: 1, 'a': 2}\n"), { { 1, 8, "'a' appears twice" } } },
		{ TEXT("a: 1\nb:\n  c: 1\n  c: 2\n"), { { 4, 3, "'c' appears twice" } } },
		{ TEXT("a: 1\n---\nb: 2\n"), { { 2, 1, "a second document" } } },
		{ TEXT("--- a\n--- b\n--- c\n"), { { 2, 1, "a second document" } } },
		{ TEXT("a: \"x\\0y\"\n"), { { 1, 4, "NUL" } } },
		{ TEXT("\"x\\0y\": a\n"), { { 1, 1, "NUL" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void bytes_that_are_no_text_have_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("a: x\0y\n"), { { 1, 5, "control characters" } } },
		{ TEXT("a: 1\nb: \x01\n"), { { 2, 4, "control characters" } } },
		{ TEXT("a: 1\nb: \x7F\n"), { { 2, 4, "control characters" } } },
		{ TEXT("a: 1\nb: 2\nc:  \xFF\n"), { { 3, 5, "UTF-8" } } },
		{ TEXT("a: 1\n\xC3\xA9: \xC3(\n"), { { 2, 5, "UTF-8" } } },
		{ TEXT("a: \xED\xA0\x80\n"), { { 1, 4, "UTF-8" } } },
		{ TEXT("a: \xC0\xAF\n"), { { 1, 4, "UTF-8" } } },
		{ TEXT("a: \xE2\x82"), { { 1, 4, "UTF-8" } } },
		{ TEXT("\xFF\xFEx\0"), { { 1, 1, "UTF-8" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void a_bad_byte_far_down_a_file_has_its_line(void **state)
{
	enum { LINES = 5000 };
	struct test_file file = { .errors = { { LINES + 1, 9, "UTF-8" } } };
	char *content = calloc(LINES + 1, 20);
	size_t len = 0;

	(void)state;
	assert_non_null(content);
	for (unsigned i = 0; i < LINES; i++)
		len += (size_t)sprintf(content + len, "k%u: %*s\n", i, (int)(i % 7), "é");
	len += (size_t)sprintf(content + len, "last: é%s", "é\xFF\n");
	file.content = text_make(content, len);
	test_refused(&file, 1, read_and_free);
	free(content);
}

static void syntax_errors_have_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("a: b: c\n"), { { 1, 5, "mapping values are not allowed" } } },
		{ TEXT("a:\n  - b: c\n   - d\n"), { { 3, 4, "and so do the keys of an item" } } },
		{ TEXT("a: {b: c} d\n"), { { 1, 11, "needs quotes around all of it" } } },
		{ TEXT("a: 1\n\tb: 1\n"), { { 2, 1, "YAML syntax" } } },
		{ TEXT("a: @x\n"), { { 1, 4, "cannot start any token" } } },
		{ TEXT("- a\nb: 1\n"), { { 2, 1, "YAML syntax" } } },
		{ TEXT("a: [1,\n  2\nb: 3\n"), { { 3, 2, "(line 1)" } } },
		{ TEXT("a: 1\nb: 'x\n\n"), { { 4, 1, "(line 2)" } } },
		{ TEXT("a: \"\\q\"\n"), { { 1, 5, "unknown escape character" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void all_errors_of_a_file_are_found_in_one_run(void **state)
{
	static const struct test_file file = { TEXT("a: &x 1\n"
						    "b: *x\n"
						    "c: !!str 2\n"
						    "d: {e: 1, e: 2}\n"
						    "? [f]\n"
						    ": 3\n"
						    "a: 4\n"),
		{
			{ 1, 4, "anchors (&x)" },
			{ 2, 4, "aliases (*x)" },
			{ 3, 4, "tags (tag:yaml.org,2002:str)" },
			{ 4, 11, "'e' appears twice" },
			{ 5, 3, "a key must be text" },
			{ 7, 1, "'a' appears twice, first in line 1" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

/* The right column, too, behind characters of several bytes and a mark of UTF-8. */
static void common_errors_are_reported_with_a_correction(void **state)
{
	static const struct test_file files[] = {
		{ TEXT("a:\n\tb: 1\n"), { { 2, 1, "write spaces" } } },
		{ TEXT("é: ü\nc:\n\tb: 1\n"), { { 3, 1, "write spaces" } } },
		{ TEXT("\xEF\xBB\xBF"
		       "a:\n\tb: 1\n"),
			{ { 2, 1, "write spaces" } } },
		{ TEXT("a:\r\n\tb: 1\r\n"), { { 2, 1, "write spaces" } } },
		{ TEXT("a: b\n\tc: d\n"), { { 2, 1, "write spaces" } } },
		{ TEXT("a: |\n\tx\n"), { { 2, 1, "write spaces" } } },
		{ TEXT("é: \"\\d+\"\n"), { { 1, 5, "write single quotes, or two backslashes" } } },
		{ TEXT("a: \"C:\\users\"\n"),
			{ { 1, 9, "write single quotes, or two backslashes" } } },
		{ TEXT("a: @x\n"), { { 1, 4, "text that begins with '@' needs quotes" } } },
		{ TEXT("a: `x`\n"), { { 1, 4, "text that begins with '`' needs quotes" } } },
		{ TEXT("a: %x\n"), { { 1, 4, "text that begins with '%' needs quotes" } } },
		{ TEXT("a: [/x/{y,z}.log]\n"),
			{ { 1, 8, "a ',' is missing, or text with '{' in it needs quotes" } } },
		{ TEXT("a: [/x[0-9].log]\n"),
			{ { 1, 7, "a ',' is missing, or text with '[' in it needs quotes" } } },
		{ TEXT("a: {b: /x/{y,z}.log}\n"),
			{ { 1, 11, "a ',' is missing, or text with '{' in it needs quotes" } } },
		{ TEXT("a: {b: /x[0-9].log}\n"),
			{ { 1, 10, "a ',' is missing, or text with '[' in it needs quotes" } } },
		{ TEXT("a: b: c\n"), { { 1, 5, "text with ': ' in it needs quotes" } } },
		{ TEXT("a: 1\n b: 2\n"), { { 2, 3, "the same indentation" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void a_syntax_error_does_not_hide_the_errors_before_it(void **state)
{
	static const struct test_file file = { TEXT("a: &x 1\nb: *x\nc: d: e\nf: *x\n"),
		{
			{ 1, 4, "anchors" },
			{ 2, 4, "aliases" },
			{ 3, 5, "YAML syntax" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void a_key_that_is_there_three_times_was_first_where_it_was_first(void **state)
{
	static const struct test_file file = { TEXT("a: 1\na: 2\na: 3\n"),
		{
			{ 2, 1, "'a' appears twice, first in line 1" },
			{ 3, 1, "'a' appears twice, first in line 1" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void aliases_as_keys_are_not_taken_for_the_same_key(void **state)
{
	static const struct test_file file = { TEXT("*x : 1\n*y : 2\n"),
		{
			{ 1, 1, "aliases (*x)" },
			{ 2, 1, "aliases (*y)" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void a_file_of_broken_syntax_gives_no_root(void **state)
{
	static const struct yaml_node untouched;
	const struct yaml_node *root = &untouched;
	struct diag diag = { 0 };

	assert_int_equal(yaml_read(*state, "x.yaml", TEXT("a: [\n"), &diag, &root), -EINVAL);
	assert_ptr_equal(root, &untouched);
	diag_done(&diag);
}

static void errors_of_an_earlier_file_do_not_refuse_this_one(void **state)
{
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	diag_add(&diag, (struct place){ "y.yaml", 1, 1 }, "an earlier error");
	assert_int_equal(yaml_read(*state, "x.yaml", TEXT("a: 1\n"), &diag, &root), 0);
	assert_int_equal(diag_count(&diag), 1);
	assert_non_null(root);
	diag_done(&diag);
}

/* -- items that are visited ---------------------------------------------- */

struct visits {
	char items[64]; /* the scalars, or the first key, each with a blank behind it */
	size_t n, n_good;
};

static int visit(const struct yaml_node *item, void *userdata)
{
	struct visits *visits = userdata;
	const struct yaml_node *word = item->kind == YAML_SCALAR ? item : item->first;

	if (visits->n++ == visits->n_good)
		return -EPIPE;
	assert_null(item->next);
	strncat(visits->items, word->scalar.data, word->scalar.len);
	strcat(visits->items, " ");
	return 0;
}

static int read_visiting(struct arena *arena, struct text content, struct visits *visits,
	struct diag *diag, const struct yaml_node **ret)
{
	const struct yaml_visitor visitor = { "list", visit, visits };

	return yaml_read_visiting(arena, "x.yaml", content, diag, &visitor, ret);
}

/* Read a good file, and return its root. */
static const struct yaml_node *visit_good(
	struct arena *arena, struct text content, struct visits *visits)
{
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	*visits = (struct visits){ .n_good = SIZE_MAX };
	assert_good(read_visiting(arena, content, visits, &diag, &root), &diag);
	return root;
}

static void the_items_of_a_list_are_visited_and_not_kept(void **state)
{
	struct visits visits;
	const struct yaml_node *root = visit_good(
		*state, TEXT("a: [x]\nlist:\n- one\n- {two: 2, b: []}\n- three\nc: y\n"), &visits);

	assert_string_equal(visits.items, "one two three ");
	assert_int_equal(get(root, "list")->kind, YAML_SEQUENCE);
	assert_int_equal(get(root, "list")->n, 3);
	assert_null(get(root, "list")->first);
	assert_text(get(root, "a")->first->scalar, "x");
	assert_text(get(root, "c")->scalar, "y");
}

static void only_the_list_in_the_root_mapping_is_visited(void **state)
{
	static const struct text contents[] = {
		TEXT("list: {list: [one]}\n"),
		TEXT("a: {list: [one]}\n"),
		TEXT("a: [{list: [one]}]\n"),
		TEXT("[list, [one]]\n"),
		TEXT("list: one\n"),
		TEXT("list: []\n"),
		TEXT("Lis: [one]\n"),
		TEXT("# list: [one]\n"),
	};
	struct visits visits;

	for (size_t i = 0; i < COUNT(contents); i++) {
		(void)visit_good(*state, contents[i], &visits);
		assert_int_equal(visits.n, 0);
	}
}

static void of_two_lists_the_first_is_visited(void **state)
{
	struct visits visits = { .n_good = SIZE_MAX };
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	assert_int_equal(
		read_visiting(*state, TEXT("list: [one]\nlist: [two]\n"), &visits, &diag, &root),
		0);
	assert_string_equal(visits.items, "one ");
	assert_errors(&diag, { 2, 1, "'list' appears twice" });
	diag_done(&diag);
}

static void a_visit_that_fails_ends_the_reading(void **state)
{
	struct visits visits = { .n_good = 1 };
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	assert_int_equal(
		read_visiting(*state, TEXT("list: [one, two, three]\n"), &visits, &diag, &root),
		-EPIPE);
	assert_int_equal(visits.n, 2);
	assert_null(root);
	assert_false(diag_any(&diag));
}

static void errors_in_visited_items_are_found(void **state)
{
	struct visits visits = { .n_good = SIZE_MAX };
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	assert_int_equal(read_visiting(*state, TEXT("list:\n- {a: 1, a: 2}\n- &x y\n- *x\n"),
				 &visits, &diag, &root),
		0);
	assert_errors(
		&diag, { 2, 10, "'a' appears twice" }, { 3, 3, "anchors" }, { 4, 3, "aliases" });
	diag_done(&diag);
}

/* -- content in pieces ----------------------------------------------------- */

struct pieces {
	struct text rest;
	size_t size; /* of a piece */
	int error;   /* instead of the end */
};

static int read_piece(void *userdata, void *data, size_t size, size_t *ret_n)
{
	struct pieces *pieces = userdata;
	size_t n = size < pieces->size ? size : pieces->size;

	if (pieces->rest.len == 0 && pieces->error < 0)
		return pieces->error;
	*ret_n = n < pieces->rest.len ? n : pieces->rest.len;
	memcpy(data, pieces->rest.data, *ret_n);
	text_skip(&pieces->rest, *ret_n);
	return 0;
}

static int read_pieces(
	struct arena *arena, struct pieces *pieces, struct diag *diag, const struct yaml_node **ret)
{
	const struct yaml_stream stream = { read_piece, pieces };

	return yaml_read_stream(arena, "x.yaml", &stream, diag, NULL, ret);
}

static void content_in_pieces_of_any_size_is_that_of_the_whole(void **state)
{
	static const struct text contents[] = {
		TEXT(""),
		TEXT("a"),
		TEXT("\xEF\xBB\xBF"),
		TEXT("\xEF\xBB\xBF"
		     "a: 1\n"),
		TEXT("a: [b, {c: 'd\xC3\xA9'}]\ne: >\n  f\n\n  g\n"),
	};

	for (size_t i = 0; i < COUNT(contents); i++)
		for (size_t size = 1; size < 9; size++) {
			const struct yaml_node *whole = read_good(*state, contents[i]);
			struct pieces pieces = { .rest = contents[i], .size = size };
			const struct yaml_node *root = NULL;
			struct diag diag = { 0 };

			assert_good(read_pieces(*state, &pieces, &diag, &root), &diag);
			assert_true(yaml_equal(root, whole));
		}
}

static void an_error_of_a_stream_ends_the_reading(void **state)
{
	struct pieces pieces = { .rest = TEXT("a: 1\n"), .size = 2, .error = -EIO };
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	assert_int_equal(read_pieces(*state, &pieces, &diag, &root), -EIO);
	assert_null(root);
	assert_false(diag_any(&diag));
}

static void a_stream_with_an_error_of_syntax_is_refused(void **state)
{
	struct pieces pieces = { .rest = TEXT("a: 1\n\tb: 2\n"), .size = 3 };
	const struct yaml_node *root = NULL;
	struct diag diag = { 0 };

	assert_int_equal(read_pieces(*state, &pieces, &diag, &root), -EINVAL);
	assert_int_equal(diag_count(&diag), 1);
	diag_done(&diag);
}

/* -- keys, few and many ---------------------------------------------------- */

static void a_key_that_is_there_twice_is_refused_among_few_and_among_many(void **state)
{
	enum { MANY = 100 };

	(void)state;
	for (unsigned n = 2; n < MANY; n++) {
		char content[MANY * 8] = "";
		struct diag diag = { 0 };
		size_t len = 0;

		for (unsigned i = 1; i < n; i++)
			len += (size_t)snprintf(
				content + len, sizeof(content) - len, "k%u: 1\n", i);
		(void)snprintf(content + len, sizeof(content) - len, "k%u: 1\n", (n + 1) / 2);
		assert_int_equal(read_and_free(text_of(content), &diag), -EINVAL);
		assert_int_equal(diag_count(&diag), 1);
		assert_errors(&diag, { n, 1, "appears twice, first in line" });
		diag_done(&diag);
	}
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, open_arena, free_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ARENA(a_file_without_content_has_no_root),
		IN_ARENA(an_empty_text_in_quotes_is_content),
		IN_ARENA(scalars_are_text_as_it_is_written),
		IN_ARENA(every_style_of_scalar_is_understood),
		IN_ARENA(only_scalars_without_quotes_are_plain),
		IN_ARENA(a_scalar_has_a_terminator_behind_its_length),
		IN_ARENA(lists_keep_their_order),
		IN_ARENA(mappings_keep_their_order),
		IN_ARENA(empty_collections_are_no_scalars),
		IN_ARENA(nodes_know_their_places),
		IN_ARENA(columns_count_characters),
		IN_ARENA(keys_of_two_mappings_may_be_the_same),
		IN_ARENA(a_merge_key_is_a_key_like_any_other),
		IN_ARENA(an_end_mark_is_no_second_document),
		IN_ARENA(nesting_up_to_the_bound_is_accepted),
		cmocka_unit_test(kinds_have_names_for_people),
		cmocka_unit_test(nesting_past_the_bound_ends_the_reading),
		cmocka_unit_test(everything_that_is_not_accepted_has_a_place),
		cmocka_unit_test(bytes_that_are_no_text_have_a_place),
		cmocka_unit_test(a_bad_byte_far_down_a_file_has_its_line),
		cmocka_unit_test(syntax_errors_have_a_place),
		cmocka_unit_test(common_errors_are_reported_with_a_correction),
		cmocka_unit_test(all_errors_of_a_file_are_found_in_one_run),
		cmocka_unit_test(a_syntax_error_does_not_hide_the_errors_before_it),
		cmocka_unit_test(a_key_that_is_there_three_times_was_first_where_it_was_first),
		cmocka_unit_test(aliases_as_keys_are_not_taken_for_the_same_key),
		IN_ARENA(a_file_of_broken_syntax_gives_no_root),
		IN_ARENA(errors_of_an_earlier_file_do_not_refuse_this_one),
		IN_ARENA(the_items_of_a_list_are_visited_and_not_kept),
		IN_ARENA(only_the_list_in_the_root_mapping_is_visited),
		IN_ARENA(of_two_lists_the_first_is_visited),
		IN_ARENA(a_visit_that_fails_ends_the_reading),
		IN_ARENA(errors_in_visited_items_are_found),
		IN_ARENA(content_in_pieces_of_any_size_is_that_of_the_whole),
		IN_ARENA(an_error_of_a_stream_ends_the_reading),
		IN_ARENA(a_stream_with_an_error_of_syntax_is_refused),
		cmocka_unit_test(a_key_that_is_there_twice_is_refused_among_few_and_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
