/* A hash table of codes with the offset of the last bracket of each. It is filled from the end of
 * the text, so that the first bracket found for a code is its last one. Our own brackets are at the
 * end, so they are known whatever a hostile line holds before them. A code that finds no slot
 * within a few probes is left out. So a line made to collide is explained again, and costs no more
 * than another. */
#include "config.h"

#include "cause/search/known-brackets.h"

#include <assert.h>
#include <string.h>

#include "record/finding.h"

static size_t hash_code(struct text code)
{
	uint64_t hash = text_hash(TEXT_HASH_START, code);

	return (size_t)(hash ^ hash >> 32);
}

/* The code that begins at `at` and ends before a blank, or, being a name, before a comma; empty
 * where there is none. */
static struct text code_at(struct text text, size_t at)
{
	size_t n = 0;
	char end = '\0';

	while (n <= FINDING_CODE_MAX && at + n < text.len && text.data[at + n] > ' ' &&
		text.data[at + n] != ',')
		n++;
	if (n <= FINDING_CODE_MAX && at + n < text.len)
		end = text.data[at + n];
	if (end != ' ' && (end != ',' || char_is_digit(text.data[at])))
		n = 0;
	return text_make(text.data + at, n);
}

/* The slot of a code, or the empty one that it may have; NULL where there is neither. */
static const uint16_t *find_slot(const struct brackets *brackets, struct text code)
{
	size_t hash = hash_code(code);

	for (size_t i = 0; i < BRACKET_PROBES_MAX; i++) {
		const uint16_t *slot = &brackets->slots[(hash + i) % BRACKET_SLOTS];

		if (*slot == 0 ||
			text_equal(code_at(brackets->text, brackets->codes[*slot - 1]), code))
			return slot;
	}
	return NULL;
}

static void note_bracket(struct brackets *brackets, size_t at)
{
	struct text code = code_at(brackets->text, at);
	const uint16_t *slot;

	if (code.len == 0)
		return;
	if (brackets->n == 0)
		memset(brackets->slots, 0, sizeof(brackets->slots));
	slot = find_slot(brackets, code);
	if (!slot || *slot != 0)
		return;
	assert(brackets->n < BRACKET_CODES_MAX);
	assert(brackets->n == 0 || at < brackets->codes[brackets->n - 1]);
	brackets->codes[brackets->n++] = at;
	brackets->slots[slot - brackets->slots] = (uint16_t)brackets->n;
}

void brackets_find(struct brackets *ret, struct text text)
{
	static const size_t len = sizeof(FINDING_BRACKET) - 1;
	const char *at;

	ret->text = text;
	ret->n = 0;
	while (ret->n < BRACKET_CODES_MAX && text.len > 0 &&
		(at = memrchr(text.data, '[', text.len))) {
		size_t offset = (size_t)(at - text.data);

		if (ret->text.len - offset > len && memcmp(at, FINDING_BRACKET, len) == 0)
			note_bracket(ret, offset + len);
		text.len = offset;
	}
}

bool brackets_explain(const struct brackets *brackets, struct text code, size_t from)
{
	const uint16_t *slot = brackets->n > 0 ? find_slot(brackets, code) : NULL;

	assert(!slot || *slot <= brackets->n);
	return slot && *slot != 0 &&
	       brackets->codes[*slot - 1] >= from + sizeof(FINDING_BRACKET) - 1;
}

struct text brackets_trim(struct text line)
{
	static const size_t len = sizeof(" " FINDING_BRACKET) - 1;

	while (line.len > 0 && line.data[line.len - 1] == ']') {
		size_t at = line.len, end = line.len;
		const char *start;

		/* The last bracket that begins in these bytes. */
		do {
			start = at > 0 ? memrchr(line.data, '[', at) : NULL;
			if (!start || (size_t)(start - line.data) + BRACKET_LEN_MAX < end)
				return line;
			at = (size_t)(start - line.data);
		} while (at == 0 || end - at < len ||
			 memcmp(start - 1, " " FINDING_BRACKET, len) != 0);
		line.len = at - 1;
	}
	return line;
}

struct text bracket_before(
	struct bracket_search *search, struct text text, size_t offset, struct text *ret_code)
{
	static const size_t len = sizeof(FINDING_BRACKET) - 1;
	const char *at;

	assert(search->searched <= offset && offset <= text.len);
	while (search->searched < offset &&
		(at = memchr(text.data + search->searched, '[', offset - search->searched))) {
		size_t start = (size_t)(at - text.data);

		search->searched = start + 1;
		if (text.len - start > len && memcmp(at, FINDING_BRACKET, len) == 0)
			search->last = start + len;
	}
	search->searched = offset;
	if (search->last == 0 || offset + len > search->last + BRACKET_LEN_MAX)
		return (struct text){ 0 };
	*ret_code = code_at(text, search->last);
	return ret_code->len > 0 ? text_make(text.data + search->last, text.len - search->last)
				 : (struct text){ 0 };
}
