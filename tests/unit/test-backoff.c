/* When the journal is looked at without a notification. */
#include "config.h"

#include "test.h"

#include "source/journal/backoff.h"

enum { START_USEC = 5 * 1000 * 1000 };

static void no_look_is_due_before_there_were_entries(void **state)
{
	struct backoff backoff = backoff_make();

	(void)state;
	assert_false(backoff_take_look(&backoff, START_USEC));
	backoff_note_end(&backoff, false, START_USEC);
	assert_true(backoff.look_usec == UINT64_MAX);
}

static void while_entries_come_it_looks_every_few_milliseconds(void **state)
{
	struct backoff backoff = backoff_make();
	uint64_t now = START_USEC;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		backoff_note_end(&backoff, true, now);
		assert_int_equal(backoff.look_usec, now + BACKOFF_LEAST_USEC);
		now = backoff.look_usec;
		assert_true(backoff_take_look(&backoff, now));
	}
}

static void a_look_is_due_once(void **state)
{
	struct backoff backoff = backoff_make();

	(void)state;
	backoff_note_end(&backoff, true, START_USEC);
	assert_false(backoff_take_look(&backoff, START_USEC + BACKOFF_LEAST_USEC - 1));
	assert_true(backoff_take_look(&backoff, START_USEC + BACKOFF_LEAST_USEC));
	assert_false(backoff_take_look(&backoff, START_USEC + BACKOFF_LEAST_USEC));
	assert_true(backoff.look_usec == UINT64_MAX);
}

/* Read to the end at each look, until none is due. Returns how many there were. */
static unsigned look_in_vain(struct backoff *backoff, uint64_t *now)
{
	unsigned n = 0;

	for (; backoff->look_usec < UINT64_MAX; n++) {
		uint64_t silence = *now - backoff->entry_usec;
		uint64_t pause = backoff->look_usec - *now;

		assert_true(pause == BACKOFF_LEAST_USEC || pause == silence / BACKOFF_SHARE);
		assert_true(pause >= BACKOFF_LEAST_USEC);
		*now = backoff->look_usec;
		backoff_note_end(backoff, false, *now);
	}
	return n;
}

static void after_a_second_of_silence_it_looks_no_more(void **state)
{
	struct backoff backoff = backoff_make();
	uint64_t now = START_USEC;

	(void)state;
	backoff_note_end(&backoff, true, now);
	assert_true(look_in_vain(&backoff, &now) <= 40);
	assert_true(now >= START_USEC + BACKOFF_SILENCE_USEC);
	assert_true(
		now <= START_USEC + BACKOFF_SILENCE_USEC + BACKOFF_SILENCE_USEC / BACKOFF_SHARE);

	/* A notification later that brings none changes nothing; one that brings some does. */
	now += BACKOFF_SILENCE_USEC;
	backoff_note_end(&backoff, false, now);
	assert_true(backoff.look_usec == UINT64_MAX);
	backoff_note_end(&backoff, true, now);
	assert_int_equal(backoff.look_usec, now + BACKOFF_LEAST_USEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_look_is_due_before_there_were_entries),
		cmocka_unit_test(while_entries_come_it_looks_every_few_milliseconds),
		cmocka_unit_test(a_look_is_due_once),
		cmocka_unit_test(after_a_second_of_silence_it_looks_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
