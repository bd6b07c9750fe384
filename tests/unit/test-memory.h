/* What the tests of refused memory share. A test calls a function that allocates again and again,
 * and the first, the second, the third … allocation in it fails, until it needs no more: in one
 * round only that allocation, in another all that follow it too.
 *
 * The linker wraps the allocator (-Wl,--wrap=malloc and so on): what our library calls goes
 * through here, what libyaml and PCRE2 call inside does not. Leaks are the sanitizer's word. */
#pragma once

#include "test.h"

#include "test-catalog.h"
#include "test-profile.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *string);
char *__real_strndup(const char *string, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t n);

static struct {
	bool armed;
	bool from_then_on; /* all allocations that follow fail too */
	size_t n_good;     /* allocations left before the one that fails */
	size_t n_refused;
} allocator;

static inline bool refuse(void)
{
	if (!allocator.armed)
		return false;
	if (allocator.n_good > 0) {
		allocator.n_good--;
		return false;
	}
	if (allocator.n_refused > 0 && !allocator.from_then_on)
		return false;
	allocator.n_refused++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refuse() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *string)
{
	return refuse() ? NULL : __real_strdup(string);
}

char *__wrap_strndup(const char *string, size_t n)
{
	return refuse() ? NULL : __real_strndup(string, n);
}

/* -- the sweep -------------------------------------------------------------- */

/* Do the thing once, free all of it, and return 0 where the result is whole or -ENOMEM where it
 * was refused. No assertion stands in here: a test that is left in the middle would leave the
 * allocator armed. `NOT_AS_BEFORE` tells that a failure has changed what it must not change, or
 * that a result is not whole. */
typedef int attempt_fn(void);
enum { NOT_AS_BEFORE = 12345 };

static inline int attempt_with(attempt_fn *attempt, size_t n_good, bool from_then_on)
{
	int r;

	allocator.n_good = n_good;
	allocator.n_refused = 0;
	allocator.from_then_on = from_then_on;
	allocator.armed = true;
	r = attempt();
	allocator.armed = false;
	return r;
}

static inline void fail_attempt(size_t n, bool from_then_on, int r)
{
	fail_msg("allocation %zu refused%s: gave %d", n, from_then_on ? " and all behind it" : "",
		r);
}

/* Every allocation is needed: a refusal is always told. There are at least `n_min`. */
static inline void sweep(attempt_fn *attempt, size_t n_min)
{
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0;
		int r = attempt_with(attempt, n, from_then_on);

		for (; allocator.n_refused > 0; r = attempt_with(attempt, ++n, from_then_on))
			if (r != -ENOMEM)
				fail_attempt(n, from_then_on, r);
		assert_int_equal(r, 0);
		assert_between(n, n_min, 100000);
	}
}

/* Some allocations only make a message better, so a refusal may leave the result whole; at least
 * `n_min` must be told. */
static inline void sweep_some(attempt_fn *attempt, size_t n_min)
{
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0, n_told = 0;
		int r = attempt_with(attempt, n, from_then_on);

		for (; allocator.n_refused > 0; r = attempt_with(attempt, ++n, from_then_on)) {
			if (r != -ENOMEM && r != 0)
				fail_attempt(n, from_then_on, r);
			n_told += r == -ENOMEM;
		}
		assert_int_equal(r, 0);
		assert_between(n_told, n_min, 100000);
	}
}

/* The result of a reader of a good file: an error in it is a lie. */
static inline int no_errors(int r, struct diag *diag, const void *result)
{
	if (diag_any(diag) || (r < 0) != !result)
		r = NOT_AS_BEFORE;
	diag_print(diag, stderr);
	diag_done(diag);
	return r;
}

static const char memory_catalog[] = CATALOG_HEAD
	"  - {code: 512, name: queue-full, description: D., severity: err, component: c, "
	"category: k, action: A., possibilities: [x, y], aliases: [FULL, F]}\n" CAUSE("613-619")
		CAUSE("700");

static const char memory_profile[] =
	PROFILE_HEAD "keys: [key, cause]\nfields: [CAUSE]\nbase: hex\n"
		     "patterns:\n"
		     "  - {requires: Hangup, regex: '\\[(?<cause>\\w+)\\]', base: name}\n"
		     "  - {requires: cause, regex: '\\((?<cause>\\d+)\\)'}\n"
		     "examples:\n"
		     "  - {line: 'key=10 Hangup [AA]', causes: [16, AA]}\n"
		     "  - {line: nothing, causes: []}\n";
