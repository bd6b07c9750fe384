/* Tests of cause/slow-lines. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "cause/slow-lines.h"
#include "test-profile.h"

/* The warnings for a profile with one pattern; `work` is used. */
static void try_within(uint64_t *work, const char *regex, struct diag *diag)
{
	struct buffer b = buffer_make(10000);
	struct profile *profile;

	buffer_add_format(
		&b, PROFILE_HEAD "patterns:\n  - {requires: ' code ', regex: '%s'}\n", regex);
	buffer_add_char(&b, '\0');
	profile = profile_good(b.data);
	assert_int_equal(trial_run(profile, work, diag), 0);
	assert_false(diag_any(diag));
	(void)profile_free(profile);
	buffer_done(&b);
}

static void try(const char *regex, struct diag *diag)
{
	uint64_t work = TRIAL_WORK_MAX;

	try_within(&work, regex, diag);
	assert_true(work > 0 && work < TRIAL_WORK_MAX);
}

static void a_pattern_that_a_line_can_make_slow_is_warned_of(void **state)
{
	static const char *const regexes[] = {
		"\\w+ code (?<cause>\\d+)",
		"(?:\\w+\\s?)+ code (?<cause>\\d+)",
		"(?:[0-9]+,)* code (?<cause>\\d+)x(?:[0-9]+;?)+y",
		"(\\S+)\\1x code (?<cause>\\d+)",
		"(?:#|##)*+ code (?<cause>\\d+)(?:#|##)*x",
		" code (?<cause>\\d+)?(?:\\d|a)*(?:\\d|a)*y",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(regexes); i++) {
		struct diag diag = { 0 };

		try(regexes[i], &diag);
		if (diag.n_warnings != 1)
			fail_msg("'%s' gave %zu warnings", regexes[i], diag.n_warnings);
		assert_int_equal(diag.warnings[0].line, 4);
		assert_non_null(strstr(diag.warnings[0].text, "too much work"));
		diag_done(&diag);
	}
}

static void an_ordinary_pattern_is_not(void **state)
{
	static const char *const regexes[] = {
		" code (?<cause>\\d+)",
		"^\\S+ \\S+ code (?<cause>\\d+)",
		"^.* code (?<cause>\\d+)",
		"\\w{1,40} code (?<cause>\\d+)",
		"Hangup .+ \\[CS_\\w+\\] code (?<cause>[A-Z_]+)",
		"(?<![\\w-])[\"'']?code (?<cause>\\d{3})[\"'']?",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(regexes); i++) {
		struct diag diag = { 0 };

		try(regexes[i], &diag);
		if (diag.n_warnings != 0)
			fail_msg("'%s' gave: %s", regexes[i], diag.warnings[0].text);
		diag_done(&diag);
	}
}

/* A profile may have a hundred patterns that are slow on all lines. */
static void past_a_bound_patterns_are_not_tried_and_that_is_warned_of(void **state)
{
	static const char *const regexes[] = { " code (?<cause>\\d+)", "\\w+ code (?<cause>\\d+)" };
	uint64_t work = TRIAL_RUN_LEN;

	(void)state;
	for (size_t i = 0; i < COUNT(regexes); i++) {
		struct diag diag = { 0 };

		try_within(&work, regexes[i], &diag);
		assert_int_equal(work, 0);
		assert_int_equal(diag.n_warnings, 1);
		assert_int_equal(diag.warnings[0].line, 4);
		assert_non_null(strstr(diag.warnings[0].text, "not tried"));
		diag_done(&diag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_that_a_line_can_make_slow_is_warned_of),
		cmocka_unit_test(an_ordinary_pattern_is_not),
		cmocka_unit_test(past_a_bound_patterns_are_not_tried_and_that_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
