/* Whose output an entry is: only fields that journald vouches for count. */
#include "config.h"

#include "test.h"

#include "journal/own-entries.h"
#include "wire/native.h"

enum { UID = 61234 };

/* An entry, as journald reports it; NULL = no such field. */
struct entry {
	const char *unit, *uid, *exe, *message_id;
	bool ours, becaused;
};

static struct text look_up(const char *field, void *userdata)
{
	const struct entry *entry = userdata;

	if (strcmp(field, "_SYSTEMD_UNIT") == 0)
		return text_of(entry->unit);
	if (strcmp(field, "_UID") == 0)
		return text_of(entry->uid);
	if (strcmp(field, "_EXE") == 0)
		return text_of(entry->exe);
	return text_of(strcmp(field, "MESSAGE_ID") == 0 ? entry->message_id : NULL);
}

static void check(const struct own *own, const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct entry entry = entries[i];

		if (own_is_ours(own, look_up, &entry) != entry.ours)
			fail_msg("entry %zu: ours is not %d", i, entry.ours);
		if (own_is_becaused(own, look_up, &entry) != entry.becaused)
			fail_msg("entry %zu: becaused is not %d", i, entry.becaused);
	}
}

#define ID "6655672bdd8a4801910eee4bf3ab9755" /* of enriched entries, as in the manual */

static void a_service_knows_its_unit(void **state)
{
	static const struct entry entries[] = {
		{ "becaused.service", "61234", "/usr/sbin/becaused", ID, true, true },
		{ "becaused.service", "7", "/usr/sbin/becaused", ID, true, true },
		{ "becaused.service", "61234", NULL, NULL, true, true },
		{ "becaused@two.service", "61234", "/usr/sbin/becaused", ID, false, true },
		/* What a socket sink sends to /dev/log has no MESSAGE_ID. */
		{ "becaused@two.service", "7", "/usr/sbin/becaused", NULL, false, true },
		{ "becaused@two.service", "7", NULL, NULL, false, true },
		{ "session-3.scope", "0", "/usr/sbin/becaused", NULL, false, true },
		{ "session-3.scope", "7", "/usr/sbin/becaused", NULL, false, false },
		{ "ccs.service", "0", "/usr/bin/logger", NULL, false, false },
		{ "ccs.service", "0", "/usr/sbin/becaused", ID, false, true },
		{ "ccs.service", "7", "/usr/sbin/becaused", ID, false, false },
		{ "ccs.service", "0", "/usr/bin/logger", ID, false, false },
		/* Of one that has died, journald knows what the kernel passed along. */
		{ NULL, "61234", NULL, ID, true, true },
		{ NULL, "7", NULL, ID, false, false },
		{ NULL, "61234", NULL, NULL, true, false },
	};
	struct own own = own_make("becaused.service", UID);

	(void)state;
	check(&own, entries, COUNT(entries));
}

static void what_is_no_service_knows_its_user_and_program(void **state)
{
	static const struct entry entries[] = {
		{ "session-3.scope", "61234", "/home/ops/becaused", ID, true, true },
		{ "session-3.scope", "61234", "/home/ops/test-own-entries", ID, true, true },
		{ "session-3.scope", "61234", "/home/ops/becaused", NULL, true, true },
		{ "session-3.scope", "61234", "/home/ops/not-becaused", ID, false, false },
		{ "session-3.scope", "7", "/home/ops/becaused", ID, false, false },
		{ "becaused.service", "61234", "/usr/sbin/becaused", ID, false, true },
		{ NULL, "61234", NULL, ID, true, true },
	};
	struct own own = own_make(NULL, UID);

	(void)state;
	(void)snprintf(own.program, sizeof(own.program), "/test-own-entries");
	check(&own, entries, COUNT(entries));
}

static void its_own_program_has_a_name(void **state)
{
	struct own own = own_make(NULL, UID);

	(void)state;
	assert_true(text_ends(text_of(own.program), TEXT("test-own-entries")));
	assert_int_equal(own.program[0], '/');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_knows_its_unit),
		cmocka_unit_test(what_is_no_service_knows_its_user_and_program),
		cmocka_unit_test(its_own_program_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
