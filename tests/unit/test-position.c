/* Positions as text, and fingerprints. */
#include "config.h"

#include "test.h"

#include "base/cleanup.h"
#include "source/files/position.h"

static struct file_position some_position(void)
{
	return (struct file_position){
		.device = 0xfe01,
		.inode = 0x123456,
		.head = fingerprint_of("the beginning", 13),
		.offset = 98765,
		.tail = fingerprint_of("before", 6),
	};
}

static void assert_same(const struct file_position *a, const struct file_position *b)
{
	assert_true(a->device == b->device);
	assert_true(a->inode == b->inode);
	assert_true(a->head.len == b->head.len && a->head.hash == b->head.hash);
	assert_true(a->offset == b->offset);
	assert_true(a->tail.len == b->tail.len && a->tail.hash == b->tail.hash);
	assert_int_equal(a->state, b->state);
	assert_memory_equal(&a->chains, &b->chains, sizeof(a->chains));
	assert_true(a->born_usec == b->born_usec);
	assert_true(a->content_usec == b->content_usec);
	assert_true(a->original_device == b->original_device);
	assert_true(a->original_inode == b->original_inode);
}

static void assert_round_trip(
	const struct file_position *position, const char *path, const char *wanted)
{
	char text[POSITION_SIZE];
	struct text path_again;
	struct file_position again;
	size_t len = position_print(position, path, text);

	assert_true(len < sizeof(text));
	assert_int_equal(strlen(text), len);
	assert_int_equal(position_parse(text_make(text, len), &again, &path_again), 0);
	assert_same(position, &again);
	assert_text(path_again, wanted);
}

static void a_position_is_read_as_it_was_written(void **state)
{
	struct file_position position = some_position();

	(void)state;
	assert_round_trip(&position, "/var/log/a.log", "/var/log/a.log");
	for (int i = 0; i < N_POSITION_STATES; i++) {
		position.state = (enum position_state)i;
		assert_round_trip(&position, "/", "/");
	}
	position.chains = (struct container_chains){ { 0, 98765 } };
	assert_round_trip(&position, "/a b : c", "/a b : c");
	position_move(&position, 0xfe02, 0x123456);
	assert_round_trip(&position, "/a b : c", "/a b : c");
	position.born_usec = UINT64_MAX;
	position.content_usec = UINT64_MAX;
	assert_round_trip(&position, "/a b : c", "/a b : c");
	position.chains = (struct container_chains){ 0 };
	assert_round_trip(&position, "~1~ @1:2@", "~1~ @1:2@");
	position.born_usec = 0;
	assert_round_trip(&position, "/", "/");
	assert_round_trip(&(struct file_position){ 0 }, "/a b : c", "/a b : c");
}

static void a_position_of_0_1_0_is_read(void **state)
{
	static const struct {
		const char *text;
		enum position_state state;
	} rows[] = { { "fe01:123456:3-abc:98765:6-def0:- /a", POSITION_WHOLE },
		{ "fe01:123456:3-abc:98765:6-def0:s /a", POSITION_SKIPPING } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[POSITION_SIZE];
		struct text path;
		struct file_position position;

		assert_int_equal(position_parse(text_of(rows[i].text), &position, &path), 0);
		assert_int_equal(position.state, rows[i].state);
		assert_int_equal(position.offset, 98765);
		(void)position_print(&position, "/a", text);
		assert_string_equal(text, rows[i].text);
	}
}

static void the_largest_position_fits(void **state)
{
	CLEANUP(freep) char *path = test_repeat('x', POSITION_PATH_MAX);
	struct file_position position = {
		.device = (dev_t)UINT64_MAX,
		.inode = (ino_t)UINT64_MAX,
		.head = { POSITION_HEAD_MAX, UINT64_MAX },
		.offset = INT64_MAX,
		.tail = { POSITION_TAIL_MAX, UINT64_MAX },
		.state = POSITION_SKIPPING,
		.chains = { { CONTAINER_SPAN_MAX, CONTAINER_SPAN_MAX } },
		.original_device = (dev_t)UINT64_MAX,
		.original_inode = (ino_t)UINT64_MAX,
	};
	char stream[POSITION_STREAM_SIZE];

	(void)state;
	assert_round_trip(&position, path, path);
	position_print_stream(&position, stream);
	assert_string_equal(stream, "ffffffffffffffff:ffffffffffffffff");
}

static void a_stream_is_read_as_it_was_written(void **state)
{
	static const char *const wrong[] = { "", "1", "1:", ":1", "1:g", "1:2:3" };
	struct file_position position = some_position(), again = { 0 };
	char stream[POSITION_STREAM_SIZE];

	(void)state;
	position_print_stream(&position, stream);
	assert_int_equal(position_parse_stream(text_of(stream), &again), 0);
	assert_true(again.device == position.device && again.inode == position.inode);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(position_parse_stream(text_of(wrong[i]), &again), -EINVAL);
}

/* A line that was joined and then cut is given between two others. */
static void the_chains_belong_to_order_and_identity(void **state)
{
	struct text early = TEXT("1:2:3-4:500:6-7:-:64:32 /a"),
		    late = TEXT("1:2:3-4:500:6-7:-:0:32 /a");
	struct text behind = TEXT("1:2:3-4:500:6-7:- /a"),
		    next = TEXT("1:2:3-4:501:6-7:-:64:32 /a");
	char first[SOURCE_IDENTITY_SIZE], second[SOURCE_IDENTITY_SIZE];

	(void)state;
	assert_true(position_order.is_later(late, early));
	assert_false(position_order.is_later(early, late));
	assert_false(position_order.is_later(early, early));
	assert_true(position_order.is_later(behind, late));
	assert_true(position_order.is_later(next, behind));
	assert_false(text_equal(
		position_order.identity(early, first), position_order.identity(late, second)));
	assert_text(position_order.identity(behind, first), "1:2:500:6-7");
}

/* Another file may have the inode now, and begin with the same banner. */
static void of_two_files_with_one_inode_the_one_made_later_is_later(void **state)
{
	struct file_position old = some_position(), new = some_position();
	char before[POSITION_SIZE], behind[POSITION_SIZE], stream[POSITION_STREAM_SIZE];
	struct text early, late;
	struct file_position again;
	struct text path;

	(void)state;
	old.born_usec = 1000;
	new.born_usec = 2000;
	new.offset = old.offset - 1;
	early = text_make(before, position_print(&old, "/a.log", before));
	late = text_make(behind, position_print(&new, "/a.log", behind));
	assert_int_equal(position_parse(late, &again, &path), 0);
	assert_same(&again, &new);
	assert_int_equal(position_order.stream(late, stream), 0);
	assert_true(position_order.is_later(late, early));
	assert_false(position_order.is_later(early, late));
	assert_true(position_is_of_other(&old, new.born_usec));
	assert_false(position_is_of_other(&old, 0));
	assert_false(position_is_of_other(&old, old.born_usec));
}

/* They may have the same bytes in the same places. */
static void what_came_behind_a_truncation_is_later_and_no_line_of_before(void **state)
{
	struct file_position old = some_position(), new = old;
	char before[POSITION_SIZE], behind[POSITION_SIZE];
	char identities[2][SOURCE_IDENTITY_SIZE];
	struct text early, late;

	(void)state;
	old.born_usec = new.born_usec = 1000;
	for (unsigned i = 0; i < 2; i++) {
		new.content_usec++;
		early = text_make(before, position_print(&old, "/a.log", before));
		late = text_make(behind, position_print(&new, "/a.log", behind));
		assert_false(text_equal(position_order.identity(early, identities[0]),
			position_order.identity(late, identities[1])));
		old.offset++;
		early = text_make(before, position_print(&old, "/a.log", before));
		assert_true(position_order.is_later(late, early));
		assert_false(position_order.is_later(early, late));
		old.offset--;
		old.content_usec = new.content_usec;
	}
}

static void a_line_has_one_identity_in_a_file_and_its_copies(void **state)
{
	struct file_position position = some_position(), moved = position;
	char texts[2][POSITION_SIZE], identities[2][SOURCE_IDENTITY_SIZE];
	static const struct {
		dev_t device;
		ino_t inode;
	} rows[] = { { 0xfe01, 0x123456 }, { 0xfe01, 0x77 }, { 0xfe02, 0x123456 }, { 0xfe03, 1 } };

	(void)state;
	(void)position_print(&position, "/a", texts[0]);
	for (size_t i = 0; i < COUNT(rows); i++) {
		position_move(&moved, rows[i].device, rows[i].inode);
		assert_true(moved.device == rows[i].device && moved.inode == rows[i].inode);
		(void)position_print(&moved, "/a.1", texts[1]);
		assert_true(text_equal(position_order.identity(text_of(texts[0]), identities[0]),
			position_order.identity(text_of(texts[1]), identities[1])));
	}
	moved.offset++;
	(void)position_print(&moved, "/a.1", texts[1]);
	assert_false(text_equal(position_order.identity(text_of(texts[0]), identities[0]),
		position_order.identity(text_of(texts[1]), identities[1])));
}

static void a_longer_path_loses_its_beginning(void **state)
{
	CLEANUP(freep) char *path = test_repeat('x', 3 * POSITION_PATH_MAX);
	struct file_position position = some_position();

	(void)state;
	path[2 * POSITION_PATH_MAX] = 'y';
	assert_round_trip(&position, path, path + 2 * POSITION_PATH_MAX);
}

static void control_characters_of_a_path_are_masked(void **state)
{
	struct file_position position = some_position();

	(void)state;
	assert_round_trip(&position,
		"/a\nb\x01"
		"c\x7f\xff",
		"/a?b?c?\xff");
}

static void what_is_no_position_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"nonsense",
		"1:2:3-4:5:6-7:-",        /* no path */
		"1:2:3-4:5:6-7:- ",       /* an empty one */
		"1:2:3-4:5:6-7:x /a",     /* another state */
		"1:2:3-4:5:6-7:-/a",      /* no blank */
		"1:2:3-4:5:6-7:-s /a",    /* two states */
		"1:2:3-4:5:6-7 /a",       /* no state */
		"1:2:3-4:5:6-7:-@1:2 /a", /* an original with no end */
		"1:2:3-4:5:6-7:-@1@ /a",
		"1:2:3-4:5:6-7:-@@ /a",
		"1:2:3-4:5:6-7:-@1:2@@1:2@ /a",
		"1:2:3-4:5:6-7:-:1 /a",   /* one chain */
		"1:2:3-4:5:6-7:-:1:6 /a", /* one that begins before the file */
		"1:2:3-4:5:6-7:-:1:2:3 /a",
		"1:2:3-4:9999999:6-7:-:0:100001 /a",
		"1:2:3-4:5:6:- /a",     /* no hash */
		"g:2:3-4:5:6-7:- /a",   /* no number */
		"1:2:3-4:-5:6-7:- /a",  /* a negative one */
		"1:2:3-4:0x5:6-7:- /a", /* another base */
		":2:3-4:5:6-7:- /a",    /* an empty one */
		"1:2:101-4:5:6-7:- /a", /* more bytes than a fingerprint has */
		"1:2:3-4:5:41-7:- /a",
		"10000000000000000:2:3-4:5:6-7:- /a",
		"1:2:3-4:9223372036854775808:6-7:- /a",
	};
	struct text path;
	struct file_position position;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (position_parse(text_of(texts[i]), &position, &path) != -EINVAL)
			fail_msg("'%s' was taken", texts[i]);
	assert_int_equal(position_parse(text_of("1:2:100-4:5:40-7:- /a"), &position, &path), 0);
}

static void a_fingerprint_fits_what_begins_the_same(void **state)
{
	struct fingerprint print = fingerprint_of("abc", 3);

	(void)state;
	assert_true(fingerprint_matches(print, "abc", 3));
	assert_true(fingerprint_matches(print, "abcd", 4));
	assert_false(fingerprint_matches(print, "abd", 3));
	assert_false(fingerprint_matches(print, "ab", 2));
	assert_true(fingerprint_matches(fingerprint_of(NULL, 0), "x", 1));
}

static void a_fingerprint_leaves_out_what_may_be_filled_in(void **state)
{
	static const struct {
		struct text text;
		size_t head_len, tail_start;
	} rows[] = {
		{ TEXT(""), 0, 0 }, { TEXT("abc"), 3, 0 }, { TEXT("\0\0\0\0"), 0, 4 },
		{ TEXT("abc\0"), 3, 0 }, { TEXT("abc\0\0\0\0\0\0"), 3, 9 },
		{ TEXT("abc\0\0\0\0de"), 3, 7 }, { TEXT("\0\0\0de"), 0, 3 },
		{ TEXT("\0\0de"), 4, 0 }, { TEXT("a\0b\0\n\0"), 5, 0 }, /* UTF-16LE */
		{ TEXT("\0a\1\0\0b\0\n"), 8, 0 },                       /* UTF-16BE */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text text = rows[i].text;

		assert_int_equal(fingerprint_head_len(text.data, text.len), rows[i].head_len);
		assert_int_equal(fingerprint_tail_start(text.data, text.len), rows[i].tail_start);
	}
}

static void all_prefixes_have_their_fingerprints(void **state)
{
	static const char text[] = "some text";
	struct fingerprint prints[sizeof(text)];

	(void)state;
	fingerprint_prefixes(text, sizeof(text) - 1, prints);
	for (size_t i = 0; i < COUNT(prints); i++) {
		struct fingerprint wanted = fingerprint_of(text, i);

		assert_int_equal(prints[i].len, i);
		assert_true(prints[i].hash == wanted.hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_position_is_read_as_it_was_written),
		cmocka_unit_test(a_position_of_0_1_0_is_read),
		cmocka_unit_test(the_largest_position_fits),
		cmocka_unit_test(a_stream_is_read_as_it_was_written),
		cmocka_unit_test(the_chains_belong_to_order_and_identity),
		cmocka_unit_test(of_two_files_with_one_inode_the_one_made_later_is_later),
		cmocka_unit_test(what_came_behind_a_truncation_is_later_and_no_line_of_before),
		cmocka_unit_test(a_line_has_one_identity_in_a_file_and_its_copies),
		cmocka_unit_test(a_longer_path_loses_its_beginning),
		cmocka_unit_test(control_characters_of_a_path_are_masked),
		cmocka_unit_test(what_is_no_position_is_refused),
		cmocka_unit_test(a_fingerprint_fits_what_begins_the_same),
		cmocka_unit_test(a_fingerprint_leaves_out_what_may_be_filled_in),
		cmocka_unit_test(all_prefixes_have_their_fingerprints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
