/* Facts of the call. The first byte says which of two profiles have a cause, where the message is
 * cut, and whether structured data precedes the message, up to a NUL; the rest is the message.
 *
 * What must hold: each fact is a piece of the text, with a name of a profile that has a cause,
 * once, and of 1 to 64 bytes; and what keys find is what a search finds that looks for one key
 * after the other. */
#include "config.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/profile-reader.h"
#include "cause/profile.h"
#include "cause/search/context.h"
#include "cause/search/key-value.h"
#include "fuzz.h"
#include "record/record.h"

enum {
	KEYS = 1,  /* bits of the first byte: a cause of the first profile */
	MIXED = 2, /* of the second */
	CUT_IN_FRONT = 4,
	CUT_BEHIND = 8,
	WITH_DATA = 16,
};

/* Keys only; keys inside keys, one key of two names, and more names than a record has room for
 * together with those of the other profile. */
static const char keys_file[] = "profile: keys\ncatalog: x\nkeys: [cause]\ncontext:\n"
				"  call: [call-id, id, uniqueid]\n"
				"  trunk: [trunk, gateway, id]\n"
				"  queue: [q, queue]\n"
				"  agent: [agent]\n"
				"  site: [k]\n";

static const char mixed_file[] = "profile: mixed\ncatalog: x\nkeys: [cause]\ncontext:\n"
				 "  call: [{regex: '^([0-9a-f-]{4,}) '}, call-id, id]\n"
				 "  trunk: [gateway, {regex: '(?:PJSIP|SIP)/([^-/]+)-'}]\n"
				 "  leg: [{regex: 'leg=(\\S*)'}, leg]\n"
				 "  node: [{regex: '(a+)+b'}]\n"
				 "  cell: [cell]\n";

static const struct profile *get_profile(size_t index)
{
	static const char *const files[] = { keys_file, mixed_file };
	static struct profile *profiles[2];
	CLEANUP(diag_done) struct diag diag = { 0 };

	if (!profiles[index])
		must(profile_read("profile", text_of(files[index]), &diag, &profiles[index]) == 0);
	return profiles[index];
}

static struct context *get_context(void)
{
	static struct context *context;
	struct context_of owners[2];

	for (size_t i = 0; i < 2; i++)
		owners[i] = (struct context_of){ get_profile(i)->name, get_profile(i)->contexts,
			get_profile(i)->n_contexts };
	if (!context)
		must(context_new(owners, 2, &context) == 0);
	return context;
}

static void add_finding(struct record *record, size_t profile)
{
	struct finding *finding = record_add_finding(record);

	must(finding);
	finding->profile = get_profile(profile)->name;
}

static void make_record(unsigned flags, struct text data, struct text message, struct record *ret)
{
	must(record_add(ret, text_of("MESSAGE"), message) == 0);
	if (flags & WITH_DATA)
		must(record_add(ret, text_of("SYSLOG_STRUCTURED_DATA"), data) == 0);
	if (flags & KEYS)
		add_finding(ret, 0);
	if (flags & MIXED)
		add_finding(ret, 1);
	ret->part_start = flags & CUT_IN_FRONT;
	ret->cut = flags & CUT_BEHIND;
}

static bool is_in(struct text piece, struct text text)
{
	return text.len > 0 && memmem(text.data, text.len, piece.data, piece.len);
}

static bool has_name(const struct profile *profile, struct text name)
{
	for (size_t i = 0; i < profile->n_contexts; i++)
		if (text_equal(profile->contexts[i].name, name))
			return true;
	return false;
}

static void check_facts(
	unsigned flags, const struct record *record, struct text data, struct text message)
{
	must(record->n_facts <= RECORD_FACTS_MAX);
	for (size_t i = 0; i < record->n_facts; i++) {
		const struct record_fact *fact = &record->facts[i];
		struct text value = text_make(fact->value, fact->len);

		must(fact->len >= 1 && fact->len <= RECORD_FACT_LEN_MAX);
		must(is_in(value, message) || (flags & WITH_DATA && is_in(value, data)));
		must((flags & KEYS && has_name(get_profile(0), fact->name)) ||
			(flags & MIXED && has_name(get_profile(1), fact->name)));
		must(record_find_fact(record, fact->name).data == fact->value);
	}
}

/* --- one key after the other --- */

static bool find_behind_key(struct text text, struct text key, bool cut, struct value *ret)
{
	static const struct value_form form = { .base = VALUE_FACT };

	for (size_t at = 0; at + key.len <= text.len; at++)
		if (text_equal_nocase(text_make(text.data + at, key.len), key) &&
			value_after_key(text, at, at + key.len, &form, ret) &&
			(ret->len > 0 || cut))
			return true;
	return false;
}

static bool find_name(
	struct text text, const struct context_name *name, bool cut, struct value *ret)
{
	for (size_t i = 0; i < name->n_entries; i++)
		if (find_behind_key(text, name->entries[i].key, cut, ret))
			return true;
	return false;
}

static void find_slowly(unsigned flags, struct text text, bool is_message, struct record *record)
{
	const struct profile *profile = get_profile(0);
	struct value value;

	for (size_t i = 0; i < profile->n_contexts; i++) {
		const struct context_name *name = &profile->contexts[i];
		bool cut_behind = is_message && flags & CUT_BEHIND;

		if (!find_name(text, name, cut_behind, &value))
			continue;
		if ((is_message && flags & CUT_IN_FRONT && value.start == 0) ||
			(cut_behind && value.reach >= text.len))
			record->n_facts_left++;
		else
			record_add_fact(
				record, name->name, text_make(text.data + value.offset, value.len));
	}
}

static void compare_slowly(
	unsigned flags, const struct record *record, struct text data, struct text message)
{
	CLEANUP(record_done) struct record slow = record_make();

	find_slowly(flags, message, true, &slow);
	if (flags & WITH_DATA)
		find_slowly(flags, data, false, &slow);
	must(slow.n_facts == record->n_facts && slow.n_facts_left == record->n_facts_left);
	for (size_t i = 0; i < slow.n_facts; i++) {
		const struct record_fact *fact = &slow.facts[i];

		must(text_equal(
			text_make(fact->value, fact->len), record_find_fact(record, fact->name)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(record_done) struct record record = record_make();
	struct text message, structured = text_of("");
	const uint8_t *nul;

	if (size < 1)
		return 0;
	message = text_make((const char *)data + 1, size - 1);
	nul = memchr(data + 1, 0, size - 1);
	if (data[0] & WITH_DATA && nul) {
		structured = text_make(message.data, (size_t)(nul - data) - 1);
		text_skip(&message, structured.len + 1);
	}
	make_record(data[0], structured, message, &record);
	context_find(get_context(), &record);
	check_facts(data[0], &record, structured, message);
	if (!(data[0] & MIXED) && data[0] & KEYS)
		compare_slowly(data[0], &record, structured, message);
	return 0;
}
