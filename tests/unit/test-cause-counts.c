/* Tests of flow/tally/cause-counts: what is counted, and that its bounds hold whatever a log has.
 */
#include "config.h"

#include "test.h"

#include "flow/tally/cause-counts.h"
#include "record/record.h"

struct fixture {
	struct cause_counts counts;
	struct record record;
};

static int begin(void **state)
{
	static struct fixture f;

	f.counts = (struct cause_counts){ 0 };
	f.record = record_make();
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	cause_counts_done(&f->counts);
	record_done(&f->record);
	return 0;
}

static struct finding *add_finding(struct fixture *f, unsigned code, bool known)
{
	struct finding *finding = record_add_finding(&f->record);

	assert_non_null(finding);
	(void)snprintf(finding->code, sizeof(finding->code), "%u", code);
	finding->numeric = true;
	finding->known = known;
	finding->catalog = text_of("test");
	finding->name = text_of(known ? "busy" : "");
	finding->category = text_of(known ? "not-reached" : "");
	finding->severity = 5;
	return finding;
}

static void count(struct fixture *f, const char *source, unsigned code, bool known)
{
	record_clear(&f->record);
	(void)add_finding(f, code, known);
	cause_counts_add(&f->counts, source, &f->record);
}

static const struct cause_count *find(const struct fixture *f, const char *source, const char *code)
{
	for (size_t i = 0; i < f->counts.n; i++)
		if (strcmp(f->counts.items[i].source, source) == 0 &&
			strcmp(f->counts.items[i].code, code) == 0)
			return &f->counts.items[i];
	return NULL;
}

static uint64_t number_of(const struct fixture *f, const char *source, const char *code)
{
	const struct cause_count *found = find(f, source, code);

	return found ? found->n : 0;
}

static void each_cause_of_each_source_has_its_count(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		count(f, "a", 17, true);
	count(f, "b", 17, true);
	count(f, "a", 18, true);
	assert_int_equal(f->counts.n, 3);
	assert_int_equal(number_of(f, "a", "17"), 3);
	assert_int_equal(number_of(f, "b", "17"), 1);
	assert_int_equal(number_of(f, "a", "18"), 1);
}

static void a_set_has_all_labels(void **state)
{
	struct fixture *f = *state;
	const struct cause_count *found;

	count(f, "a", 17, true);
	found = find(f, "a", "17");
	assert_non_null(found);
	assert_string_equal(found->catalog, "test");
	assert_string_equal(found->name, "busy");
	assert_string_equal(found->category, "not-reached");
	assert_string_equal(found->side, "party");
	assert_int_equal(found->severity, 5);
	assert_false(found->is_other);
}

static void every_cause_of_a_record_counts(void **state)
{
	struct fixture *f = *state;

	(void)add_finding(f, 17, true);
	(void)add_finding(f, 17, true);
	(void)add_finding(f, 18, false);
	cause_counts_add(&f->counts, "a", &f->record);
	assert_int_equal(number_of(f, "a", "17"), 2);
	assert_int_equal(number_of(f, "a", "18"), 1);
}

/* The labels of a set never change. */
static void a_cause_with_another_label_is_another_set(void **state)
{
	struct fixture *f = *state;

	count(f, "a", 17, true);
	record_clear(&f->record);
	add_finding(f, 17, true)->severity = 3;
	add_finding(f, 17, true)->name = text_of("engaged");
	add_finding(f, 17, true)->category = text_of("capacity");
	add_finding(f, 17, true)->catalog = text_of("other");
	(void)add_finding(f, 17, false);
	cause_counts_add(&f->counts, "a", &f->record);
	assert_int_equal(f->counts.n, 6);
	cause_counts_add(&f->counts, "a", &f->record);
	assert_int_equal(f->counts.n, 6);
}

enum { KNOWN_MAX = CAUSE_COUNTS_MAX - CAUSE_COUNTS_OTHERS_MAX };

static void causes_past_the_bound_are_counted_together(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < KNOWN_MAX; i++)
		count(f, "a", i, true);
	assert_int_equal(f->counts.n, KNOWN_MAX);
	assert_null(find(f, "a", "other"));
	for (unsigned i = KNOWN_MAX; i < KNOWN_MAX + 5; i++)
		count(f, "a", i, true);
	count(f, "b", 1, true);
	count(f, "a", 0, true);
	assert_int_equal(f->counts.n, KNOWN_MAX + 2);
	assert_int_equal(number_of(f, "a", "other"), 5);
	assert_true(find(f, "a", "other")->is_other);
	assert_int_equal(number_of(f, "b", "other"), 1);
	assert_int_equal(number_of(f, "a", "0"), 2);
}

/* A log can hold any number of them. */
static void unknown_codes_leave_room_for_known_ones(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 10000; i++)
		count(f, "a", i, false);
	assert_int_equal(f->counts.n, CAUSE_COUNTS_UNKNOWN_MAX + 1);
	assert_int_equal(number_of(f, "a", "other"), 10000 - CAUSE_COUNTS_UNKNOWN_MAX);
	for (unsigned i = 0; i < KNOWN_MAX - CAUSE_COUNTS_UNKNOWN_MAX; i++)
		count(f, "a", 20000 + i, true);
	assert_int_equal(f->counts.n, KNOWN_MAX + 1);
	count(f, "a", 50000, true);
	assert_int_equal(number_of(f, "a", "other"), 10000 - CAUSE_COUNTS_UNKNOWN_MAX + 1);
}

/* Sources come and go with reloads. */
static void the_bound_holds_for_any_number_of_sources(void **state)
{
	struct fixture *f = *state;
	char source[16];

	for (unsigned i = 0; i < KNOWN_MAX; i++)
		count(f, "a", i, true);
	for (unsigned i = 0; i < CAUSE_COUNTS_OTHERS_MAX + 3; i++) {
		(void)snprintf(source, sizeof(source), "s%u", i);
		count(f, source, 1, true);
	}
	assert_int_equal(f->counts.n, CAUSE_COUNTS_MAX - 1);
	assert_int_equal(f->counts.n_sourceless, 4);
}

#define COUNTS_TEST(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COUNTS_TEST(each_cause_of_each_source_has_its_count),
		COUNTS_TEST(a_set_has_all_labels),
		COUNTS_TEST(every_cause_of_a_record_counts),
		COUNTS_TEST(a_cause_with_another_label_is_another_set),
		COUNTS_TEST(causes_past_the_bound_are_counted_together),
		COUNTS_TEST(unknown_codes_leave_room_for_known_ones),
		COUNTS_TEST(the_bound_holds_for_any_number_of_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
