/* journald looks its clients up by their process id. If a client dies before journald reads its
 * datagram, journald knows only the ids that the kernel passed along: no unit and no program. */
#include "config.h"

#include "journal/own-entries.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record/message-ids.h"

/* As journald reports it: a file that was replaced meanwhile keeps its name. */
static void find_program(struct own *own)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	struct text name = text_make(path, n > 0 ? (size_t)n : 0);
	const char *slash = name.len > 0 ? memrchr(path, '/', name.len) : NULL;

	if (!slash)
		return;
	if (text_ends(name, text_of(deleted)))
		name.len -= strlen(deleted);
	(void)snprintf(own->program, sizeof(own->program), "%.*s",
		(int)(name.len - (size_t)(slash - path)), slash);
	/* The slash keeps a program from being taken for one whose name ends alike. */
	assert(own->program[0] == '/');
}

struct own own_make(const char *unit, unsigned uid)
{
	struct own own = { .unit = unit };

	(void)snprintf(own.uid, sizeof(own.uid), "%u", uid);
	find_program(&own);
	return own;
}

/* becaused.service and becaused@….service: only root can make a system unit of that name. */
static bool is_becaused_unit(struct text unit)
{
	return text_equal(unit, text_of("becaused.service")) ||
	       text_starts(unit, text_of("becaused@"));
}

static bool is_becaused_program(const struct own *own, struct text exe)
{
	return text_ends(exe, text_of("/becaused")) ||
	       (*own->program && text_ends(exe, text_of(own->program)));
}

enum {
	SEEN_UNIT = 1 << 0, /* the entry has the field */
	SEEN_UID = 1 << 1,
	SEEN_EXE = 1 << 2,
	SEEN_MESSAGE_ID = 1 << 3,
	HAS_UNIT = 1 << 4,
	OUR_UNIT = 1 << 5,
	BECAUSED_UNIT = 1 << 6,
	OUR_USER = 1 << 7,
	ROOT = 1 << 8,
	HAS_PROGRAM = 1 << 9,
	BECAUSED_PROGRAM = 1 << 10,
	ENRICHED = 1 << 11,
};

static unsigned facts_of_unit(const struct own *own, struct text unit)
{
	return (unit.len > 0 ? HAS_UNIT : 0) |
	       (own->unit && text_equal(unit, text_of(own->unit)) ? OUR_UNIT : 0) |
	       (is_becaused_unit(unit) ? BECAUSED_UNIT : 0);
}

static unsigned facts_of_user(const struct own *own, struct text uid)
{
	/* An empty number would take every entry without _UID for one of ours. */
	assert(own->uid[0] != '\0');
	return (text_equal(uid, text_of(own->uid)) ? OUR_USER : 0) |
	       (text_equal(uid, text_of("0")) ? ROOT : 0);
}

static unsigned facts_of_program(const struct own *own, struct text exe)
{
	return (exe.len > 0 ? HAS_PROGRAM : 0) |
	       (is_becaused_program(own, exe) ? BECAUSED_PROGRAM : 0);
}

static unsigned facts_of_id(const struct own *own, struct text id)
{
	(void)own;
	return text_equal(id, text_of(message_id(MESSAGE_ENRICHED))) ? ENRICHED : 0;
}

static const struct own_field {
	struct text name; /* with its equals sign */
	unsigned seen;
	unsigned (*facts)(const struct own *own, struct text value);
} fields[] = {
	{ { "_SYSTEMD_UNIT=", 14 }, SEEN_UNIT, facts_of_unit },
	{ { "_UID=", 5 }, SEEN_UID, facts_of_user },
	{ { "_EXE=", 5 }, SEEN_EXE, facts_of_program },
	{ { "MESSAGE_ID=", 11 }, SEEN_MESSAGE_ID, facts_of_id },
};

void own_note_field(const struct own *own, struct text field, struct own_facts *facts)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!text_starts(field, fields[i].name))
			continue;
		text_skip(&field, fields[i].name.len);
		if ((facts->bits & fields[i].seen) == 0)
			facts->bits |= fields[i].seen | fields[i].facts(own, field);
		return;
	}
}

static bool has(const struct own_facts *facts, unsigned bits)
{
	return (facts->bits & bits) != 0;
}

/* An entry needs no mark where its origin alone shows who wrote it: a unit of ours, or a becaused
 * that root or our own user runs. A socket sink that sends to /dev/log can write no mark. Where
 * nothing but our user is known of the entry, our mark decides: the MESSAGE_ID of enriched
 * entries. */
bool own_is_becaused(const struct own_facts *facts)
{
	if (has(facts, OUR_UNIT | BECAUSED_UNIT))
		return true;
	if (has(facts, BECAUSED_PROGRAM))
		return has(facts, OUR_USER | ROOT);
	return has(facts, OUR_USER) && !has(facts, HAS_UNIT | HAS_PROGRAM) && has(facts, ENRICHED);
}

bool own_is_ours(const struct own *own, const struct own_facts *facts)
{
	if (own->unit && has(facts, HAS_UNIT))
		return has(facts, OUR_UNIT);
	if (has(facts, BECAUSED_UNIT) || !has(facts, OUR_USER))
		return false;
	/* If a client dies while journald looks it up, journald may know the program and not the
	 * unit. */
	return !has(facts, HAS_PROGRAM) || has(facts, BECAUSED_PROGRAM);
}
