#include "config.h"

#include "base/suggestion.h"

#include <assert.h>

#include "base/log.h"

enum { BEGINNING_MIN = 2 };

struct suggestion suggestion_make(struct text word)
{
	return (struct suggestion){ .word = word, .distance = SIZE_MAX };
}

static bool is_beginning(struct text word, struct text name)
{
	return word.len >= BEGINNING_MIN && word.len < name.len &&
	       text_equal_nocase(word, text_make(name.data, word.len));
}

void suggestion_offer(struct suggestion *nearest, struct text name)
{
	struct text word = nearest->word;
	size_t distance = is_beginning(word, name) ? 1 : text_distance(name, word);

	/* A name that shares no letter with the word is no guess. */
	if (distance > word.len / 4 + 1 || distance >= word.len || distance >= name.len)
		return;
	assert((nearest->best.len > 0) == (nearest->distance < SIZE_MAX));
	if (distance >= nearest->distance)
		return;
	nearest->best = name;
	nearest->distance = distance;
}

struct text suggestion_of(struct text word, const char *const *names)
{
	struct suggestion nearest = suggestion_make(word);

	for (; *names; names++)
		suggestion_offer(&nearest, text_of(*names));
	return nearest.best;
}

void suggestion_log(struct text name, const char *prefix)
{
	if (name.len > 0)
		log_error("did you mean '%s%.*s'?", prefix, TEXT_FORMAT(name));
}
