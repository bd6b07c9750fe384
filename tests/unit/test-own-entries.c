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

static void note(
	const struct own *own, const char *name, const char *value, struct own_facts *facts)
{
	char field[128];
	int n = snprintf(field, sizeof(field), "%s=%s", name, value ? value : "");

	if (value)
		own_note_field(own, text_make(field, (size_t)n), facts);
}

/* The fields of an entry come in any order. */
static struct own_facts look_at(const struct own *own, const struct entry *entry, bool backwards)
{
	const char *const fields[][2] = { { "_SYSTEMD_UNIT", entry->unit }, { "_UID", entry->uid },
		{ "_UIDS", "0" }, { "_EXE", entry->exe }, { "MESSAGE_ID", entry->message_id } };
	struct own_facts facts = { 0 };

	for (size_t i = 0; i < COUNT(fields); i++) {
		size_t at = backwards ? COUNT(fields) - 1 - i : i;

		note(own, fields[at][0], fields[at][1], &facts);
	}
	return facts;
}

static void check(const struct own *own, const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++) {
		const struct entry *entry = &entries[i / 2];
		struct own_facts facts = look_at(own, entry, i % 2);

		if (own_is_ours(own, &facts) != entry->ours)
			fail_msg("entry %zu: ours is not %d", i / 2, entry->ours);
		if (own_is_becaused(&facts) != entry->becaused)
			fail_msg("entry %zu: becaused is not %d", i / 2, entry->becaused);
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

/* Any client may write several fields of one name that journald does not vouch for. */
static void of_several_fields_the_first_counts(void **state)
{
	struct own own = own_make("becaused.service", UID);
	struct own_facts facts = { 0 };

	(void)state;
	note(&own, "MESSAGE_ID", "", &facts);
	note(&own, "_UID", "61234", &facts);
	note(&own, "MESSAGE_ID", ID, &facts);
	assert_false(own_is_becaused(&facts));
	facts = (struct own_facts){ 0 };
	note(&own, "MESSAGE_ID", ID, &facts);
	note(&own, "_UID", "61234", &facts);
	note(&own, "MESSAGE_ID", "", &facts);
	assert_true(own_is_becaused(&facts));
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
		cmocka_unit_test(of_several_fields_the_first_counts),
		cmocka_unit_test(its_own_program_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
