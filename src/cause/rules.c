/* Rules with the same literal (a key that two profiles share) are a chain behind one literal of the
 * scan. The chain is in the order of the profiles. */
#include "config.h"

#include "cause/rules.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cause/ignored.h"
#include "cause/profile.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

/* How much room the rules of some profiles need. */
struct sizes {
	size_t n_rules, n_fields, n_headers, n_readings;
};

static struct sizes count_rules(const struct profile *const *profiles, size_t n)
{
	struct sizes sizes = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct profile *profile = profiles[i];

		sizes.n_rules += profile->n_keys + profile->n_patterns;
		sizes.n_fields += profile->n_fields;
		for (size_t j = 0; j < profile->n_columns; j++) {
			bool has_number = profile->columns[j].column.number > 0;

			sizes.n_rules += has_number;
			sizes.n_headers += !has_number;
		}
		for (const struct profile_reading *at = profile->readings; at; at = at->next)
			sizes.n_readings++;
	}
	return sizes;
}

void rules_done(struct rules *rules)
{
	(void)scan_free(rules->scan);
	for (size_t i = 0; i < rules->n_ignored; i++)
		(void)ignored_free(rules->ignored[i]);
	free(rules->ignored);
	free(rules->headers);
	free(rules->fields);
	free(rules->first);
	free(rules->items);
	free(rules->catalogs);
	free(rules->profiles);
	*rules = (struct rules){ 0 };
}

static int take_room(struct rules *rules, const struct sizes *sizes, size_t n_profiles)
{
	rules->profiles = calloc(n_profiles + 1, sizeof(struct profile *));
	rules->catalogs = calloc(sizes->n_readings + 1, sizeof(struct catalog *));
	rules->items = calloc(sizes->n_rules + 1, sizeof(*rules->items));
	rules->first = calloc(sizes->n_rules + 1, sizeof(*rules->first));
	rules->fields = calloc(sizes->n_fields + 1, sizeof(*rules->fields));
	rules->headers = calloc(sizes->n_headers + 1, sizeof(*rules->headers));
	rules->ignored = calloc(sizes->n_readings + 1, sizeof(struct ignored *));
	if (!rules->profiles || !rules->catalogs || !rules->items || !rules->first ||
		!rules->fields || !rules->headers || !rules->ignored)
		return -ENOMEM;
	return 0;
}

static void add_catalog(struct rules *rules, const struct catalog *catalog)
{
	for (size_t i = 0; i < rules->n_catalogs; i++)
		if (rules->catalogs[i] == catalog)
			return;
	rules->catalogs[rules->n_catalogs++] = catalog;
}

/* The ignored codes of a reading of the profile, whose first are at `first`. */
static const struct ignored *find_ignored(const struct rules *rules, size_t first,
	const struct profile *profile, const struct profile_reading *reading)
{
	for (const struct profile_reading *at = profile->readings; at != reading; at = at->next)
		first++;
	assert(first < rules->n_ignored);
	return rules->ignored[first];
}

/* What all rules of a profile share. */
struct origin {
	const struct rules *rules;
	const struct profile *profile;
	size_t first_ignored;
};

/* A rule of the profile that was added last. */
static struct rule make_rule(
	const struct origin *origin, struct text literal, const struct profile_reading *reading)
{
	return (struct rule){
		.profile = origin->profile,
		.catalog = reading->catalog,
		.ignored = find_ignored(
			origin->rules, origin->first_ignored, origin->profile, reading),
		.form = profile_form(reading),
		.literal = literal,
		.rank = (uint32_t)origin->rules->n_profiles - 1,
		.next = SIZE_MAX,
	};
}

static void add_column(
	struct rules *rules, const struct origin *origin, const struct profile_column *column)
{
	bool has_number = column->column.number > 0;
	struct text literal = has_number ? column->requires : column->column.header;
	struct rule rule = make_rule(origin, literal, column->reading);

	rule.column = column;
	if (has_number)
		rules->items[rules->n++] = rule;
	else
		rules->headers[rules->n_headers++] = rule;
}

static int add_profile(struct rules *rules, const struct profile *profile)
{
	const struct origin origin = { rules, profile, rules->n_ignored };

	rules->profiles[rules->n_profiles++] = profile;
	for (const struct profile_reading *at = profile->readings; at; at = at->next) {
		int r = ignored_new(at, &rules->ignored[rules->n_ignored]);

		if (r < 0)
			return r;
		rules->n_ignored++;
		if (at->catalog)
			add_catalog(rules, at->catalog);
	}
	for (size_t i = 0; i < profile->n_keys; i++)
		rules->items[rules->n++] =
			make_rule(&origin, profile->keys[i].name, profile->keys[i].reading);
	for (size_t i = 0; i < profile->n_fields; i++)
		rules->fields[rules->n_fields++] =
			make_rule(&origin, profile->fields[i].name, profile->fields[i].reading);
	for (size_t i = 0; i < profile->n_columns; i++)
		add_column(rules, &origin, &profile->columns[i]);
	for (size_t i = 0; i < profile->n_patterns; i++) {
		const struct profile_pattern *pattern = &profile->patterns[i];

		rules->items[rules->n] = make_rule(&origin, pattern->requires, pattern->reading);
		rules->items[rules->n++].pattern = pattern->pattern;
	}
	return 0;
}

/* Chain rule `index` behind an earlier one with the same literal; false where there is none. */
static bool chain_rule(struct rules *rules, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		struct rule *earlier = &rules->items[i];

		if (earlier->next == SIZE_MAX &&
			text_equal_nocase(earlier->literal, rules->items[index].literal)) {
			earlier->next = index;
			return true;
		}
	}
	return false;
}

static int build_scan(struct rules *rules)
{
	CLEANUP(freep) struct text *literals = calloc(rules->n + 1, sizeof(*literals));
	size_t n = 0;

	if (!literals)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n; i++) {
		if (chain_rule(rules, i))
			continue;
		rules->first[n] = i;
		literals[n++] = rules->items[i].literal;
	}
	return scan_new(literals, n, &rules->scan);
}

int rules_init(struct rules *rules, const struct profile *const *profiles, size_t n)
{
	const struct sizes sizes = count_rules(profiles, n);
	int r;

	if (sizes.n_rules > SCAN_LITERALS_MAX)
		return -E2BIG;
	r = take_room(rules, &sizes, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_profile(rules, profiles[i]);
	if (r == 0)
		r = build_scan(rules);
	assert(r < 0 || (rules->n == sizes.n_rules && rules->n_fields == sizes.n_fields));
	assert(r < 0 || (rules->n_headers == sizes.n_headers && rules->n_profiles == n));
	return r;
}

int rules_make_matcher(const struct rules *rules, struct pattern_matcher **ret)
{
	CLEANUP(freep)
	const struct pattern **patterns = calloc(rules->n + 1, sizeof(struct pattern *));
	size_t n = 0;

	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].pattern)
			patterns[n++] = rules->items[i].pattern;
	return pattern_matcher_new(patterns, n, ret);
}
