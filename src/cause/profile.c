/* What a profile is made of lives in its arena, but for the compiled expressions. */
#include "config.h"

#include "cause/profile.h"

#include "base/arena.h"
#include "cause/catalog.h"
#include "cause/search/pattern.h"

static void free_patterns(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_patterns; i++)
		(void)pattern_free(profile->patterns[i].pattern);
	for (size_t i = 0; i < profile->n_contexts; i++)
		for (size_t j = 0; j < profile->contexts[i].n_entries; j++)
			(void)pattern_free(profile->contexts[i].entries[j].pattern);
}

struct profile *profile_free(struct profile *profile)
{
	if (!profile)
		return NULL;
	free_patterns(profile);
	/* The profile lives in its own arena. */
	(void)arena_free(profile->arena);
	return NULL;
}

static enum value_spelling find_name(const void *names, struct text name)
{
	return catalog_find_spelling(names, name);
}

struct value_form profile_form(const struct profile_reading *reading)
{
	return (struct value_form){
		.base = (enum value_base)reading->base,
		.find_name = reading->catalog ? find_name : NULL,
		.names = reading->catalog,
	};
}

bool profile_is_bound(const struct profile *profile)
{
	for (const struct profile_reading *at = profile->readings; at; at = at->next)
		if (!at->catalog)
			return false;
	return true;
}
