/* Everything a match needs is allocated when the pattern is compiled. The step bound keeps a
 * careless expression from stopping the pipeline. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "config.h"

#include "cause/pattern.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

struct pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *context;
	unsigned group;
};

struct pattern *pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return NULL;
	pcre2_match_context_free(pattern->context);
	pcre2_match_data_free(pattern->match);
	pcre2_code_free(pattern->code);
	free(pattern);
	return NULL;
}

static int find_group(struct pattern *pattern, char *reason)
{
	int group = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR) "cause");

	if (group <= 0) {
		(void)snprintf(reason, PATTERN_ERROR_MAX,
			"there is no group named cause, as in (?<cause>[0-9]+)");
		return -EINVAL;
	}
	pattern->group = (unsigned)group;
	return 0;
}

int pattern_new(struct text regex, char *reason, struct pattern **ret)
{
	CLEANUP(pattern_freep) struct pattern *pattern = calloc(1, sizeof(*pattern));
	PCRE2_SIZE at = 0;
	int error = 0, r;

	if (!pattern)
		return -ENOMEM;
	pattern->code = pcre2_compile(
		(PCRE2_SPTR)regex.data, regex.len, PCRE2_NEVER_UTF, &error, &at, NULL);
	if (!pattern->code) {
		PCRE2_UCHAR text[PATTERN_ERROR_MAX / 2];

		(void)pcre2_get_error_message(error, text, sizeof(text));
		(void)snprintf(reason, PATTERN_ERROR_MAX, "%s, at byte %zu", (const char *)text,
			(size_t)at + 1);
		return -EINVAL;
	}
	r = find_group(pattern, reason);
	if (r < 0)
		return r;

	pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pattern->context = pcre2_match_context_create(NULL);
	if (!pattern->match || !pattern->context)
		return -ENOMEM;
	(void)pcre2_set_match_limit(pattern->context, PATTERN_STEPS_MAX);
	*ret = TAKE(pattern);
	return 0;
}

int pattern_next(const struct pattern *pattern, struct text line, size_t *from, size_t *ret_offset,
	size_t *ret_len)
{
	while (*from <= line.len) {
		const PCRE2_SIZE *range;
		int n = pcre2_match(pattern->code, (PCRE2_SPTR)line.data, line.len, *from, 0,
			pattern->match, pattern->context);

		if (n == PCRE2_ERROR_NOMATCH)
			return PATTERN_NONE;
		if (n < 0)
			return PATTERN_GAVE_UP;
		range = pcre2_get_ovector_pointer(pattern->match);
		*from = range[1] > *from ? range[1] : *from + 1;
		if ((unsigned)n <= pattern->group)
			continue;
		range += (size_t)2 * pattern->group;
		if (range[0] == PCRE2_UNSET || range[1] <= range[0])
			continue;
		*ret_offset = range[0];
		*ret_len = range[1] - range[0];
		return 0;
	}
	return PATTERN_NONE;
}
