/* The table of known files. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "source/files/followed.h"

enum { MANY = 3000 };

static int begin(void **state)
{
	static struct followed_table table;

	*state = &table;
	return followed_init(&table);
}

static int end(void **state)
{
	followed_done(*state);
	return 0;
}

static struct followed *add(
	struct followed_table *table, dev_t device, ino_t inode, const char *path)
{
	const struct file_position position = { .device = device, .inode = inode };
	struct followed *file = NULL;

	assert_int_equal(followed_add(table, &position, path, &file), 0);
	return file;
}

/* A file that is read. */
static struct followed *read_file(struct followed_table *table, ino_t inode, const char *path)
{
	struct followed *file = add(table, 1, inode, path);

	file->state = FOLLOWED_READING;
	return file;
}

/* Free what waits for the visit of its position. */
static void visit_changed(struct followed_table *table)
{
	struct followed *file;

	while ((file = followed_first(table, FOLLOWED_CHANGED))) {
		followed_list_remove(table, FOLLOWED_CHANGED, file);
		if (file->state == FOLLOWED_FINISHED)
			followed_free(table, file);
	}
}

static size_t count_all(const struct followed_table *table)
{
	size_t n = 0;

	for (const struct followed *file = followed_first(table, FOLLOWED_ALL); file;
		file = followed_next(file, FOLLOWED_ALL))
		n++;
	return n;
}

/* -- finding ---------------------------------------------------------------- */

static void a_file_is_found_by_device_and_inode(void **state)
{
	struct followed_table *table = *state;
	struct followed *one = add(table, 1, 7, "/a.log"), *other = add(table, 2, 7, "/b.log");

	assert_ptr_equal(followed_find(table, 1, 7), one);
	assert_ptr_equal(followed_find(table, 2, 7), other);
	assert_null(followed_find(table, 3, 7));
	assert_null(followed_find(table, 1, 8));
}

static void all_files_of_an_inode_are_found(void **state)
{
	struct followed_table *table = *state;
	const struct followed *one = add(table, 1, 7, "/a.log"), *other = add(table, 2, 7, "/a");
	const struct followed *first = followed_next_inode(table, 7, NULL);
	const struct followed *second = followed_next_inode(table, 7, first);

	assert_true((first == one && second == other) || (first == other && second == one));
	assert_null(followed_next_inode(table, 7, second));
}

static void the_newest_file_of_a_path_is_found_first(void **state)
{
	struct followed_table *table = *state;
	const struct followed *old = add(table, 1, 7, "/a.log");
	const struct followed *new = add(table, 1, 8, "/a.log");

	assert_ptr_equal(followed_next_path(table, "/a.log", NULL), new);
	assert_ptr_equal(followed_next_path(table, "/a.log", new), old);
	assert_null(followed_next_path(table, "/a.log", old));
	assert_null(followed_next_path(table, "/a.lo", NULL));
}

static void a_renamed_file_is_found_by_its_new_path_alone(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = add(table, 1, 7, "/a.log");

	assert_int_equal(followed_rename(table, file, "/a.log.1"), 0);
	assert_null(followed_next_path(table, "/a.log", NULL));
	assert_ptr_equal(followed_next_path(table, "/a.log.1", NULL), file);
	assert_string_equal(file->path, "/a.log.1");
}

static void a_file_is_found_by_its_watch_while_it_has_one(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = add(table, 1, 7, "/a.log");

	assert_null(followed_find_watch(table, 3));
	followed_set_watch(table, file, 3);
	assert_ptr_equal(followed_find_watch(table, 3), file);
	followed_set_watch(table, file, 4);
	assert_null(followed_find_watch(table, 3));
	assert_ptr_equal(followed_find_watch(table, 4), file);
	followed_set_watch(table, file, -1);
	assert_null(followed_find_watch(table, 4));
}

static void all_are_found_when_the_table_has_grown(void **state)
{
	struct followed_table *table = *state;
	size_t n_buckets = table->n_buckets;
	char path[32];

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "/%d.log", i);
		followed_set_watch(table, add(table, 1, (ino_t)i, path), i);
	}
	assert_true(table->n_buckets > n_buckets);
	assert_int_equal(table->n, MANY);
	for (int i = 0; i < MANY; i++) {
		const struct followed *file = followed_find(table, 1, (ino_t)i);

		assert_non_null(file);
		(void)snprintf(path, sizeof(path), "/%d.log", i);
		assert_ptr_equal(followed_next_path(table, path, NULL), file);
		assert_ptr_equal(followed_find_watch(table, i), file);
	}
}

/* -- lists -------------------------------------------------------------------- */

static void a_file_added_again_is_the_last_of_its_list(void **state)
{
	struct followed_table *table = *state;
	struct followed *one = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");

	followed_list_add(table, FOLLOWED_QUEUE, one);
	followed_list_add(table, FOLLOWED_QUEUE, other);
	followed_list_add(table, FOLLOWED_QUEUE, one);
	assert_ptr_equal(followed_first(table, FOLLOWED_QUEUE), other);
	assert_ptr_equal(followed_next(other, FOLLOWED_QUEUE), one);
	assert_null(followed_next(one, FOLLOWED_QUEUE));
}

static void a_file_removed_from_a_list_stays_in_the_others(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log");

	followed_list_add(table, FOLLOWED_QUEUE, file);
	followed_list_add(table, FOLLOWED_RESTS, file);
	followed_list_remove(table, FOLLOWED_QUEUE, file);
	followed_list_remove(table, FOLLOWED_QUEUE, file);
	assert_false(followed_is_in(file, FOLLOWED_QUEUE));
	assert_true(followed_is_in(file, FOLLOWED_RESTS));
	assert_null(followed_first(table, FOLLOWED_QUEUE));
}

static void open_files_are_counted(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log");

	file->tail.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(file->tail.fd >= 0);
	followed_update(table, file);
	followed_update(table, file);
	assert_int_equal(table->n_open, 1);
	assert_ptr_equal(followed_first(table, FOLLOWED_OPEN), file);
	tail_close(&file->tail);
	followed_update(table, file);
	assert_int_equal(table->n_open, 0);
	assert_null(followed_first(table, FOLLOWED_OPEN));
}

static void a_changed_position_is_noted_once(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");

	file->tail.position_changed = other->tail.position_changed = true;
	followed_update(table, file);
	followed_update(table, other);
	followed_update(table, file);
	assert_ptr_equal(followed_first(table, FOLLOWED_CHANGED), file);
}

static void an_array_has_the_files_of_a_list_in_their_order(void **state)
{
	struct followed_table *table = *state;
	struct followed *one = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");
	struct followed **files = NULL;
	size_t n = 1;

	assert_int_equal(followed_list_files(table, FOLLOWED_LOST, &files, &n), 0);
	assert_int_equal(n, 0);
	assert_null(files);
	followed_list_add(table, FOLLOWED_LOST, other);
	followed_list_add(table, FOLLOWED_LOST, one);
	assert_int_equal(followed_list_files(table, FOLLOWED_LOST, &files, &n), 0);
	assert_int_equal(n, 2);
	assert_ptr_equal(files[0], other);
	assert_ptr_equal(files[1], one);
	free(files);
}

/* -- counts ------------------------------------------------------------------- */

static void a_finished_file_counts_no_more(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log");

	file->tail.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(file->tail.fd >= 0);
	file->tail.n_held = 5;
	followed_put_off(table, file, true);
	followed_put_off(table, file, true);
	followed_set_unreadable(table, file, true);
	followed_update(table, file);
	assert_int_equal(table->n_put_off, 1);
	assert_int_equal(table->n_unreadable, 1);
	assert_int_equal(table->n_held, 1);
	followed_finish(table, file);
	assert_int_equal(table->n, 0);
	assert_int_equal(table->n_open, 0);
	assert_int_equal(table->n_put_off, 0);
	assert_int_equal(table->n_unreadable, 0);
	assert_int_equal(table->n_held, 0);
}

static void a_finished_file_is_found_no_more(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log");

	followed_set_watch(table, file, 3);
	followed_list_add(table, FOLLOWED_QUEUE, file);
	followed_finish(table, file);
	assert_null(followed_find(table, 1, 7));
	assert_null(followed_next_path(table, "/a.log", NULL));
	assert_null(followed_find_watch(table, 3));
	assert_null(followed_first(table, FOLLOWED_QUEUE));
	assert_ptr_equal(followed_first(table, FOLLOWED_CHANGED), file);
}

static void a_finished_file_is_not_found_when_the_table_grows(void **state)
{
	struct followed_table *table = *state;

	followed_finish(table, read_file(table, MANY, "/a.log"));
	for (int i = 0; i < MANY; i++)
		(void)add(table, 1, (ino_t)i, "/b.log");
	assert_null(followed_find(table, 1, MANY));
	assert_null(followed_next_path(table, "/a.log", NULL));
}

/* -- references --------------------------------------------------------------- */

static void a_file_that_is_referred_to_is_kept(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");

	followed_refer(table, &file->read_first, other);
	followed_finish(table, other);
	visit_changed(table);
	assert_int_equal(count_all(table), 2);
	assert_null(followed_referred(table, &file->read_first));
	visit_changed(table);
	assert_int_equal(count_all(table), 1);
}

static void a_reference_leads_to_what_is_read_in_place(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");
	struct followed *second = read_file(table, 9, "/c"), *third = read_file(table, 10, "/d");

	followed_refer(table, &file->read_first, other);
	followed_replace(table, other, second);
	followed_replace(table, second, third);
	visit_changed(table);
	assert_ptr_equal(followed_before(table, file), third);
	visit_changed(table);
	assert_int_equal(count_all(table), 2);
	assert_int_equal(third->n_references, 1);
}

static void no_file_is_read_before_itself(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");

	followed_refer(table, &file->read_first, other);
	followed_replace(table, other, file);
	assert_null(followed_before(table, file));
	followed_list_add(table, FOLLOWED_QUEUE, file);
	visit_changed(table);
	assert_int_equal(count_all(table), 1);
	assert_int_equal(file->n_references, 0);
}

static void a_finished_file_refers_to_no_other(void **state)
{
	struct followed_table *table = *state;
	struct followed *file = read_file(table, 7, "/a.log"), *other = read_file(table, 8, "/b");

	followed_refer(table, &file->read_first, other);
	followed_finish(table, file);
	assert_int_equal(other->n_references, 0);
}

static void a_new_file_is_freed_at_once(void **state)
{
	struct followed_table *table = *state;
	struct followed *old = read_file(table, 7, "/a.log"), *new = add(table, 1, 8, "/a.log");

	followed_refer(table, &new->read_first, old);
	followed_list_add(table, FOLLOWED_NOTED, new);
	followed_free(table, new);
	assert_int_equal(count_all(table), 1);
	assert_int_equal(table->n, 1);
	assert_null(followed_first(table, FOLLOWED_NOTED));
	assert_int_equal(old->n_references, 0);
}

/* -- names -------------------------------------------------------------------- */

static void an_identifier_is_the_name_up_to_the_first_log(void **state)
{
	static const struct {
		const char *path, *wanted;
	} rows[] = {
		{ "/var/log/ccs.log", "ccs" },
		{ "/var/log/ccs.log.1", "ccs" },
		{ "/var/log/ccs.log-20261122", "ccs" },
		{ "/var/log/ccs.logs", "ccs.logs" },
		{ "/var/log/messages", "messages" },
		{ "/var/log/.log", ".log" },
		{ "ccs.log", "ccs" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_text(followed_identifier(rows[i].path), rows[i].wanted);
}

#define FOLLOWED_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLLOWED_TEST(a_file_is_found_by_device_and_inode),
		FOLLOWED_TEST(all_files_of_an_inode_are_found),
		FOLLOWED_TEST(the_newest_file_of_a_path_is_found_first),
		FOLLOWED_TEST(a_renamed_file_is_found_by_its_new_path_alone),
		FOLLOWED_TEST(a_file_is_found_by_its_watch_while_it_has_one),
		FOLLOWED_TEST(all_are_found_when_the_table_has_grown),
		FOLLOWED_TEST(a_file_added_again_is_the_last_of_its_list),
		FOLLOWED_TEST(a_file_removed_from_a_list_stays_in_the_others),
		FOLLOWED_TEST(open_files_are_counted),
		FOLLOWED_TEST(a_changed_position_is_noted_once),
		FOLLOWED_TEST(an_array_has_the_files_of_a_list_in_their_order),
		FOLLOWED_TEST(a_finished_file_counts_no_more),
		FOLLOWED_TEST(a_finished_file_is_found_no_more),
		FOLLOWED_TEST(a_finished_file_is_not_found_when_the_table_grows),
		FOLLOWED_TEST(a_file_that_is_referred_to_is_kept),
		FOLLOWED_TEST(a_reference_leads_to_what_is_read_in_place),
		FOLLOWED_TEST(no_file_is_read_before_itself),
		FOLLOWED_TEST(a_finished_file_refers_to_no_other),
		FOLLOWED_TEST(a_new_file_is_freed_at_once),
		FOLLOWED_TEST(an_identifier_is_the_name_up_to_the_first_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
