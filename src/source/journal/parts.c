/* The chains are few, so they are searched one by one. Their order in the array has no meaning. */
#include "config.h"

#include "source/journal/parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *value;
	enum part_end end;
} ends[] = {
	{ "_LINE_BREAK", "line-max", PART_CONTINUES },
	{ "_LINE_BREAK", "eof", PART_CUT },
	{ "_LINE_BREAK", "pid-change", PART_CUT },
	{ "CONTAINER_PARTIAL_MESSAGE", "true", PART_CONTINUES },
};

enum part_end part_end_of_likely(struct text field)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct text name = text_of(ends[i].name), rest = field;

		if (!text_starts(field, name))
			continue;
		text_skip(&rest, name.len);
		if (text_take_char(&rest, '=') && text_equal(rest, text_of(ends[i].value)))
			return ends[i].end;
	}
	return PART_WHOLE;
}

enum part_end part_end_look_up(fields_look_up_fn *look_up, void *userdata)
{
	enum part_end found = PART_WHOLE;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].end > found &&
			text_equal(look_up(ends[i].name, userdata), text_of(ends[i].value)))
			found = ends[i].end;
	return found;
}

void parts_done(struct parts *parts)
{
	free(parts->chains);
	*parts = (struct parts){ 0 };
}

static bool add_to_key(struct text value, char *key, size_t *len)
{
	int n = snprintf(key + *len, PARTS_KEY_SIZE - *len, "%.*s:", TEXT_FORMAT(value));

	if (n < 0 || (size_t)n >= PARTS_KEY_SIZE - *len)
		return false;
	*len += (size_t)n;
	return true;
}

/* A stream of standard output is one writer. What a container writes comes from its runtime, with
 * the priority that tells standard output and standard error apart. Docker numbers the messages. */
bool parts_print_key(fields_look_up_fn *look_up, void *userdata, char *key)
{
	static const char *const ids[] = { "CONTAINER_PARTIAL_ID", "CONTAINER_ID_FULL",
		"CONTAINER_ID" };
	struct text id = look_up("_STREAM_ID", userdata);
	size_t len = 0;

	if (id.len > 0)
		return add_to_key(id, key, &len);
	for (size_t i = 0; id.len == 0 && i < sizeof(ids) / sizeof(ids[0]); i++)
		id = look_up(ids[i], userdata);
	/* A value is valid until the next look-up. */
	return id.len > 0 && add_to_key(id, key, &len) &&
	       add_to_key(look_up("_PID", userdata), key, &len) &&
	       add_to_key(look_up("PRIORITY", userdata), key, &len);
}

static struct part_chain *find(const struct parts *parts, const char *key)
{
	for (size_t i = 0; i < parts->n; i++)
		if (strcmp(parts->chains[i].key, key) == 0)
			return &parts->chains[i];
	return NULL;
}

const struct part_chain *parts_find(const struct parts *parts, const char *key)
{
	return find(parts, key);
}

static void drop(struct parts *parts, struct part_chain *chain)
{
	assert(parts->n > 0 && chain >= parts->chains && chain < parts->chains + parts->n);
	*chain = parts->chains[--parts->n];
}

static void give_up_chain(struct parts *parts, struct part_chain *chain)
{
	parts->n_given_up++;
	parts->n_codes_given_up += chain->n_codes;
	drop(parts, chain);
}

static void give_up_oldest(struct parts *parts)
{
	struct part_chain *oldest = &parts->chains[0];

	for (size_t i = 1; i < parts->n; i++)
		if (parts->chains[i].last < oldest->last)
			oldest = &parts->chains[i];
	give_up_chain(parts, oldest);
}

/* Room for another chain; NULL without memory. */
static struct part_chain *add(struct parts *parts, const char *key)
{
	struct part_chain *chain;

	if (!parts->chains)
		parts->chains = calloc(PARTS_CHAINS_MAX, sizeof(*parts->chains));
	if (!parts->chains)
		return NULL;
	if (parts->n == PARTS_CHAINS_MAX)
		give_up_oldest(parts);
	chain = &parts->chains[parts->n++];
	(void)snprintf(chain->key, sizeof(chain->key), "%s", key);
	chain->from_start = true;
	return chain;
}

void parts_hold(struct parts *parts, const char *key, struct text message, uint64_t entry)
{
	struct part_chain *chain = find(parts, key);

	if (!chain)
		chain = add(parts, key);
	if (!chain) {
		parts->n_given_up++;
		return;
	}
	if (message.len > PARTS_LEAD_MAX) {
		text_skip(&message, message.len - PARTS_LEAD_MAX);
		chain->from_start = false;
	}
	/* Not in the midst of a character of UTF-8. */
	while (message.len > 0 && char_continues(message.data[0]))
		text_skip(&message, 1);
	chain->last = entry;
	chain->n_codes = 0;
	chain->lead_len = message.len;
	if (message.len > 0)
		memmove(chain->lead, message.data, message.len);
}

void parts_note_codes(struct parts *parts, const char *key, uint64_t n)
{
	struct part_chain *chain = find(parts, key);

	if (chain)
		chain->n_codes = n;
}

void parts_end(struct parts *parts, const char *key)
{
	struct part_chain *chain = find(parts, key);

	if (chain)
		drop(parts, chain);
}

void parts_give_up(struct parts *parts)
{
	while (parts->n > 0)
		give_up_chain(parts, &parts->chains[parts->n - 1]);
}

void parts_expire(struct parts *parts, uint64_t entry)
{
	for (size_t i = parts->n; i > 0; i--) {
		struct part_chain *chain = &parts->chains[i - 1];

		/* Entries that are read again are not counted twice, so the number may go back. */
		if (entry < chain->last || entry - chain->last <= PARTS_ENTRIES_MAX)
			continue;
		give_up_chain(parts, chain);
	}
}

uint64_t parts_take_given_up(struct parts *parts, uint64_t *ret_n_codes)
{
	uint64_t n = parts->n_given_up;

	*ret_n_codes = parts->n_codes_given_up;
	parts->n_given_up = parts->n_codes_given_up = 0;
	return n;
}
