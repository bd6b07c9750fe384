/* Each code has one slot, which the next code with the same slot takes over. So a log made to have
 * many codes costs as much for each cause as without the cache. A code that is a name is found by
 * its letters, which may be in any case: it is printed each time, into a slot of its own. */
#include "config.h"

#include "flow/filter/bracket-cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "cause/search/known-brackets.h"

enum {
	SLOTS = 1024,
	COLORS_SIZE = 16,
	SIZE_MAX_OF_SLOT = BRACKET_LEN_MAX + COLORS_SIZE,
};

struct bracket_cache {
	const struct enrich_policy *policy;
	bool color;
	struct bracket slots[SLOTS];
	struct bracket other; /* of a code that is a name */
};

int bracket_cache_new(const struct enrich_policy *policy, bool color, struct bracket_cache **ret)
{
	struct bracket_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->policy = policy;
	cache->color = color;
	for (size_t i = 0; i < SLOTS; i++)
		cache->slots[i].bytes = buffer_make(SIZE_MAX_OF_SLOT);
	cache->other.bytes = buffer_make(SIZE_MAX_OF_SLOT);
	*ret = cache;
	return 0;
}

struct bracket_cache *bracket_cache_free(struct bracket_cache *cache)
{
	if (!cache)
		return NULL;
	for (size_t i = 0; i < SLOTS; i++)
		buffer_done(&cache->slots[i].bytes);
	buffer_done(&cache->other.bytes);
	free(cache);
	return NULL;
}

static void fill(const struct bracket_cache *cache, const struct match *match, struct text text,
	struct bracket *ret)
{
	struct buffer *out = &ret->bytes;
	struct finding finding;

	buffer_clear(out);
	ret->code = match->code;
	ret->is_ignored = !enrich_match(cache->policy, match, text, &finding);
	if (!ret->is_ignored) {
		memcpy(ret->text, finding.code, sizeof(ret->text));
		if (cache->color)
			buffer_add_string(out, finding_color(finding.severity));
		finding_print(&finding, out);
		if (cache->color)
			buffer_add_string(out, FINDING_COLOR_RESET);
	}
	ret->catalog = buffer_finish(out) == 0 ? match->catalog : NULL;
}

const struct bracket *bracket_cache_find(
	struct bracket_cache *cache, const struct match *match, struct text text)
{
	size_t index = (match->code + ((uintptr_t)match->catalog >> 4)) % SLOTS;
	struct bracket *bracket = &cache->slots[index];

	if (match_is_name(match)) {
		bracket = &cache->other;
		fill(cache, match, text, bracket);
	} else if (bracket->catalog != match->catalog || bracket->code != match->code) {
		fill(cache, match, text, bracket);
	}
	return bracket->is_ignored ? NULL : bracket;
}

void bracket_print(const struct bracket *bracket, struct buffer *out)
{
	if (buffer_finish(&bracket->bytes) < 0)
		out->error = buffer_finish(&bracket->bytes);
	buffer_add_text(out, buffer_text(&bracket->bytes));
}
