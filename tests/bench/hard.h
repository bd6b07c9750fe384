/* Profiles of patterns that long words make slow, each in its own way, for tests and benchmarks. */
#pragma once

#include <string.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "cause/profile-reader.h"
#include "cause/profile.h"

enum {
	HARD_PATTERNS = 200,
	HARD_IN_PROFILE = 25,
	HARD_PROFILES = HARD_PATTERNS / HARD_IN_PROFILE,
};

/* Each makes many variants: @ is replaced by the number of the variant. */
static const char *const hard_shapes[] = {
	"\\w+ code (?<cause>\\d+)",
	"(?:\\w+\\s?)+ code (?<cause>\\d+)x{@}",
	"(?:a|a)*b{@} code (?<cause>\\d+)",
	"(?:a?){@}a{@} code (?<cause>\\d+)x",
	"(.*)(.*)(.*)x{@} code (?<cause>\\d+)",
	"(\\w+)\\1{@}x code (?<cause>\\d+)",
	"\\w{600@}\\d code (?<cause>\\d+)",
	"(?<=a{20@})a code (?<cause>\\d+)x",
	"(?=.*x{@})(?=.*y)\\w+ code (?<cause>\\d+)",
	"((a+)+)+b{@} code (?<cause>\\d+)",
	"(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(.)*(.)*x{@} code (?<cause>\\d+)",
	"(?<r>a(?&r)?a?){@} code (?<cause>\\d+)x",
};

/* Profile number `n`, to be freed; NULL without memory, or where a pattern is none. */
static inline struct profile *hard_profile(unsigned n)
{
	const unsigned n_shapes = sizeof(hard_shapes) / sizeof(hard_shapes[0]);
	struct buffer b = buffer_make(100000);
	struct profile *profile = NULL;
	struct diag diag = { 0 };

	buffer_add_string(&b, "profile: hard\ncatalog: hard\npatterns:\n");
	for (unsigned i = n * HARD_IN_PROFILE; i < (n + 1) * HARD_IN_PROFILE; i++) {
		buffer_add_string(&b, "  - {requires: ' code ', regex: '");
		for (const char *c = hard_shapes[i % n_shapes]; *c; c++)
			if (*c == '@')
				buffer_add_format(&b, "%u", 1 + i / n_shapes);
			else
				buffer_add_char(&b, *c);
		buffer_add_string(&b, "'}\n");
	}
	if (buffer_finish(&b) == 0)
		(void)profile_read("hard.yaml", buffer_text(&b), &diag, &profile);
	diag_done(&diag);
	buffer_done(&b);
	return profile;
}

/* A line of `len` bytes with a literal of theirs about every `step` bytes. */
static inline void hard_fill(char *line, size_t len, size_t step)
{
	memset(line, 'a', len);
	for (size_t i = step; i <= len; i += step)
		memcpy(line + i - 6, " code ", 6);
}
