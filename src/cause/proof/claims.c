/* Each profile is tried alone: in one recognizer for all, a profile would hide what those behind it
 * find at the same place. The own profile of an example is tried only where another finds
 * something, which is rare, so that two recognizers are enough. */
#include "config.h"

#include "cause/proof/claims.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"

/* What to build a recognizer costs, in units of work. */
enum { BUILD_WORK = 1024 * 1024, KEY_MAX = 2 * PROFILE_KEY_LEN_MAX };

/* Past them, each claim of a profile is an error of its own. */
enum { CLAIMANTS_MAX = 64 };

/* A key, column or pattern that finds causes in examples of others. */
struct claimant {
	struct match match; /* the first of them */
	const struct profile *own;
	const struct profile_example *example;
	size_t n_more; /* examples */
};

struct claims {
	struct diag *diag;
	uint64_t work; /* units left */
	struct recognizer *other;
	struct recognizer *own; /* of the profile whose examples are tried; NULL until needed */
	bool is_exhausted;
	struct claimant claimants[CLAIMANTS_MAX]; /* of the profile that is tried */
	size_t n_claimants;
};

static bool spend(struct claims *claims, uint64_t work)
{
	claims->is_exhausted = claims->is_exhausted || work > claims->work;
	claims->work -= claims->is_exhausted ? claims->work : work;
	return !claims->is_exhausted;
}

/* Find the causes of an example; none when the work is used up. */
static const struct match *find_causes(struct claims *claims, struct recognizer *recognizer,
	const struct profile_example *example, size_t *ret_n)
{
	const struct match *matches;
	uint64_t left;

	*ret_n = 0;
	if (!spend(claims, CLAIM_RUN_WORK + example->line.len))
		return NULL;
	left = claims->work < RECOGNIZER_WORK_MAX ? claims->work : RECOGNIZER_WORK_MAX;
	matches = recognizer_find_within(recognizer, example->line, left, ret_n);
	(void)spend(claims, recognizer_spent(recognizer));
	return matches;
}

static bool is_same_cause(const struct match *a, const struct match *b, struct text line)
{
	char code_of_a[MATCH_CODE_SIZE], code_of_b[MATCH_CODE_SIZE];

	if (a->offset != b->offset || a->len != b->len || a->catalog != b->catalog)
		return false;
	match_print_code(a, line, code_of_a);
	match_print_code(b, line, code_of_b);
	return text_equal(text_of(code_of_a), text_of(code_of_b));
}

static bool has_cause(
	const struct match *matches, size_t n, const struct match *wanted, struct text line)
{
	for (size_t i = 0; i < n; i++)
		if (is_same_cause(&matches[i], wanted, line))
			return true;
	return false;
}

/* Whether the match was found by a key: then its literal is the key's own. */
static bool is_of_key(const struct match *match)
{
	for (size_t i = 0; i < match->profile->n_keys; i++)
		if (match->profile->keys[i].name.data == match->key.data)
			return true;
	return false;
}

static void report(struct diag *diag, const struct claimant *claimant)
{
	const struct match *match = &claimant->match;
	char code[MATCH_CODE_SIZE], more[64] = "";
	bool by_key = is_of_key(match);

	match_print_code(match, claimant->example->line, code);
	if (claimant->n_more > 0)
		(void)snprintf(more, sizeof(more), "; so it does in %zu other example%s",
			claimant->n_more, claimant->n_more == 1 ? "" : "s");
	diag_add(diag, claimant->example->place,
		"profile '%.*s' finds [%s] of catalog '%.*s' in this example of profile '%.*s', by "
		"%s '%.*s'%s; %s, or give one of the two 'default: no'",
		TEXT_FORMAT(match->profile->name), code, TEXT_FORMAT(match->catalog->name),
		TEXT_FORMAT(claimant->own->name), by_key ? "its key" : "what requires",
		TEXT_FORMAT(text_cut(match->key, KEY_MAX)), more,
		by_key ? "ask for more with a pattern, by its 'requires'"
		       : "ask for more in 'requires'");
}

/* Keep the claim, to be reported with others of the same key, column or pattern. */
static void add_claim(struct claims *claims, const struct claimant *claimant)
{
	for (size_t i = 0; i < claims->n_claimants; i++) {
		if (claims->claimants[i].match.key.data != claimant->match.key.data)
			continue;
		claims->claimants[i].n_more++;
		return;
	}
	if (claims->n_claimants == CLAIMANTS_MAX)
		report(claims->diag, claimant);
	else
		claims->claimants[claims->n_claimants++] = *claimant;
}

static void report_all(struct claims *claims)
{
	for (size_t i = 0; i < claims->n_claimants; i++)
		report(claims->diag, &claims->claimants[i]);
	claims->n_claimants = 0;
}

/* Compare what the other profile finds in an example with what its own profile finds. */
static int try_example(
	struct claims *claims, const struct profile *own, const struct profile_example *example)
{
	size_t n, n_own;
	const struct match *own_matches;
	const struct match *matches = find_causes(claims, claims->other, example, &n);

	if (n == 0)
		return 0;
	if (!claims->own) {
		int r = spend(claims, BUILD_WORK) ? recognizer_new(&own, 1, &claims->own) : 0;

		if (r < 0 || !claims->own)
			return r;
	}
	own_matches = find_causes(claims, claims->own, example, &n_own);
	for (size_t i = 0; i < n && !claims->is_exhausted; i++) {
		if (has_cause(own_matches, n_own, &matches[i], example->line))
			continue;
		add_claim(claims,
			&(struct claimant){ .match = matches[i], .own = own, .example = example });
		return -EINVAL;
	}
	return 0;
}

/* Try the other profile on all examples of `own`. */
static int try_examples(struct claims *claims, const struct profile *own)
{
	int result = 0;

	for (size_t i = 0; i < own->n_examples && !claims->is_exhausted; i++) {
		int r = try_example(claims, own, &own->examples[i]);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	claims->own = recognizer_free(claims->own);
	return result;
}

/* Try a profile on the examples of all others. */
static int try_profile(struct claims *claims, const struct profile *profile,
	const struct profile *const *profiles, size_t n)
{
	int result = 0;

	if (!spend(claims, BUILD_WORK))
		return 0;
	if (recognizer_new(&profile, 1, &claims->other) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n && result != -ENOMEM && !claims->is_exhausted; i++) {
		int r = profiles[i] != profile ? try_examples(claims, profiles[i]) : 0;

		if (r < 0)
			result = r;
	}
	report_all(claims);
	claims->own = recognizer_free(claims->own);
	claims->other = recognizer_free(claims->other);
	return result;
}

int claims_find(const struct profile *const *profiles, size_t n, uint64_t work, struct diag *diag)
{
	struct claims claims = { .diag = diag, .work = work };
	int result = 0;

	for (size_t i = 0; i < n && result != -ENOMEM; i++) {
		int r;

		assert(profile_is_bound(profiles[i]));
		r = try_profile(&claims, profiles[i], profiles, n);
		if (r < 0)
			result = r;
		if (!claims.is_exhausted)
			continue;
		diag_warn(diag, profiles[i]->place,
			"not tried on all examples of the other profiles, because the profiles "
			"together have used up the work for that; check fewer of them together");
		break;
	}
	return result;
}
