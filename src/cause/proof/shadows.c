/* All keys are sorted by name, letter case ignored; those with the same name stay in the order in
 * which the recognizer tries them. An earlier key that takes other values, such as names where the
 * later takes numbers, shadows nothing. */
#include "config.h"

#include "cause/proof/shadows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cause/profile.h"

struct claim {
	const struct profile_key *key;
	const struct profile *profile;
	size_t order;
};

/* Names of structured fields are in capitals, so that letter case makes no difference there. */
static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = text_compare_nocase(a->key->name, b->key->name);

	if (order != 0)
		return order;
	return a->order < b->order ? -1 : 1;
}

/* Whether the earlier reading takes every value that the later takes. */
static bool takes_all(const struct profile_reading *earlier, const struct profile_reading *later)
{
	bool same_names = text_equal(earlier->catalog_name, later->catalog_name);

	if (later->base == VALUE_NAME || later->base == VALUE_TEXT)
		return earlier->base == later->base && same_names;
	return earlier->base == later->base ||
	       (earlier->base == VALUE_HEX && later->base == VALUE_DECIMAL);
}

static void report(
	struct diag *diag, const char *kind, const struct claim *earlier, const struct claim *later)
{
	if (earlier->profile == later->profile)
		diag_advise(diag, later->key->place,
			"%s '%.*s' never gets a value: line %u has it in other letter case, which "
			"does not count",
			kind, TEXT_FORMAT(later->key->name), earlier->key->place.line);
	else
		diag_advise(diag, later->key->place,
			"%s '%.*s' never gets a value: '%.*s' of profile '%.*s', which comes "
			"first, takes it; give one of the two profiles 'default: no', or read it "
			"with a pattern",
			kind, TEXT_FORMAT(later->key->name), TEXT_FORMAT(earlier->key->name),
			TEXT_FORMAT(earlier->profile->name));
}

/* Report the claim if one of those before it, of the same name, shadows it. */
static void try_claim(
	struct diag *diag, const char *kind, const struct claim *claims, size_t first, size_t index)
{
	for (size_t i = first; i < index; i++) {
		if (!takes_all(claims[i].key->reading, claims[index].key->reading))
			continue;
		report(diag, kind, &claims[i], &claims[index]);
		return;
	}
}

static void find_shadows(struct diag *diag, const char *kind, struct claim *claims, size_t n)
{
	size_t first = 0;

	if (n > 0)
		qsort(claims, n, sizeof(*claims), compare_claims);
	for (size_t i = 1; i < n; i++) {
		if (!text_equal_nocase(claims[first].key->name, claims[i].key->name))
			first = i;
		try_claim(diag, kind, claims, first, i);
	}
}

static size_t add_claims(struct claim *claims, size_t n, const struct profile *profile,
	const struct profile_key *keys, size_t n_keys)
{
	for (size_t i = 0; i < n_keys; i++, n++)
		claims[n] = (struct claim){ &keys[i], profile, n };
	return n;
}

int shadows_find(const struct profile *const *profiles, size_t n, struct diag *diag)
{
	CLEANUP(freep) struct claim *claims = NULL;
	size_t n_claims = 0;

	if (!diag->advises)
		return 0;
	claims = calloc(n * PROFILE_KEYS_MAX + 1, sizeof(*claims));
	if (!claims)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		n_claims = add_claims(
			claims, n_claims, profiles[i], profiles[i]->keys, profiles[i]->n_keys);
	find_shadows(diag, "key", claims, n_claims);
	n_claims = 0;
	for (size_t i = 0; i < n; i++)
		n_claims = add_claims(
			claims, n_claims, profiles[i], profiles[i]->fields, profiles[i]->n_fields);
	find_shadows(diag, "field", claims, n_claims);
	return 0;
}
