/* What the tests of profiles and of what works by them share. */
#pragma once

#include "test.h"

#include "cause/profile-reader.h"
#include "cause/profile.h"
#include "cause/recognizer.h"

/* Line 1 and 2 of a profile. */
#define PROFILE_HEAD "profile: test\ncatalog: test\n"

static inline struct profile *profile_good(const char *content)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };
	int r = profile_read("x.yaml", text_of(content), &diag, &profile);

	assert_good(r, &diag);
	return profile;
}

static inline int profile_read_and_free(struct text content, struct diag *diag)
{
	struct profile *profile = NULL;
	int r = profile_read("x.yaml", content, diag, &profile);

	(void)profile_free(profile);
	return r;
}

static inline struct recognizer *recognizer_of(struct profile *const *profiles, size_t n)
{
	struct recognizer *recognizer = NULL;

	assert_int_equal(
		recognizer_new((const struct profile *const *)profiles, n, &recognizer), 0);
	return recognizer;
}

/* The codes of `matches`, joined by blanks, into `ret` of `size` bytes. */
static inline void print_codes(
	const struct match *matches, size_t n, struct text text, char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		char code[MATCH_CODE_SIZE];

		match_print_code(&matches[i], text, code);
		len += (size_t)snprintf(ret + len, size - len, "%s%s", i > 0 ? " " : "", code);
	}
}
