/* What the unit tests share: cmocka, texts from literals, files from literals, and errors that are
 * compared by place. Helpers fail the test that calls them; the macros among them exist only to
 * name the line that asked. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka 2 warns of the first and makes a macro of the second: use assert_between() and finish().
 */
#undef assert_in_range
#undef stop
#pragma GCC poison assert_in_range stop

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

/* The bytes of a literal, NUL bytes inside included. */
#define TEXT(literal) ((struct text){ .data = (literal), .len = sizeof(literal) - 1 })

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define assert_text(t, string) test_text((t), (string), __FILE__, __LINE__)

static inline void test_text(struct text t, const char *expected, const char *file, int line)
{
	if (text_equal(t, text_of(expected)))
		return;
	print_error("'%.*s' is not '%s'\n", TEXT_FORMAT(t), expected);
	_fail(file, line);
}

/* cmocka 2 has other names for it than version 1. */
#define assert_between(value, low, high) \
	test_between((uintmax_t)(value), (uintmax_t)(low), (uintmax_t)(high), __FILE__, __LINE__)

static inline void test_between(
	uintmax_t value, uintmax_t low, uintmax_t high, const char *file, int line)
{
	if (value >= low && value <= high)
		return;
	print_error("%ju is not from %ju to %ju\n", value, low, high);
	_fail(file, line);
}

/* -- errors ------------------------------------------------------------ */

enum { TEST_ERRORS_MAX = 6 };

struct test_error {
	unsigned line, column;
	const char *says; /* a part of the message; NULL ends a list */
};

static inline size_t test_count_errors(const struct test_error *errors)
{
	size_t n = 0;

	while (n < TEST_ERRORS_MAX && errors[n].says)
		n++;
	return n;
}

static inline bool test_has_error(const struct diag *diag, const struct test_error *expected)
{
	for (size_t i = 0; i < diag->n_errors; i++)
		if (diag->errors[i].line == expected->line &&
			diag->errors[i].column == expected->column &&
			strstr(diag->errors[i].text, expected->says))
			return true;
	return false;
}

/* Whether `diag` holds exactly these errors, in whatever order; prints what differs. */
static inline bool test_errors_are(const struct diag *diag, const struct test_error *expected)
{
	size_t n = test_count_errors(expected);
	bool same = diag_count(diag) == n;

	for (size_t i = 0; i < n; i++) {
		if (test_has_error(diag, &expected[i]))
			continue;
		same = false;
		print_error("no error %u:%u '%s'\n", expected[i].line, expected[i].column,
			expected[i].says);
	}
	for (size_t i = 0; !same && i < diag->n_errors; i++)
		print_error("is there: %u:%u: %s\n", diag->errors[i].line, diag->errors[i].column,
			diag->errors[i].text);
	return same;
}

#define assert_errors(diag, ...)                                                                 \
	test_errors((diag), (const struct test_error[TEST_ERRORS_MAX]){ __VA_ARGS__ }, __FILE__, \
		__LINE__)

static inline void test_errors(
	const struct diag *diag, const struct test_error *expected, const char *file, int line)
{
	if (!test_errors_are(diag, expected))
		_fail(file, line);
}

/* A file that must be refused, and all that is wrong with it. */
struct test_file {
	struct text content;
	struct test_error errors[TEST_ERRORS_MAX];
};

/* Read `content` as the kind of file under test and free the result. */
typedef int test_read_fn(struct text content, struct diag *diag);

/* Every file of the table is refused with -EINVAL and with exactly its errors. */
static inline void test_refused(const struct test_file *files, size_t n, test_read_fn *read)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		struct diag diag = { 0 };
		int r = read(files[i].content, &diag);

		if (r != -EINVAL || !test_errors_are(&diag, files[i].errors)) {
			print_error(
				"^ row %zu gave %d:\n%.*s\n", i, r, TEXT_FORMAT(files[i].content));
			n_bad++;
		}
		diag_done(&diag);
	}
	assert_int_equal(n_bad, 0);
}

/* A file that must be good: print its errors and fail if there are any. */
#define assert_good(result, diag) test_good((result), (diag), __FILE__, __LINE__)

static inline void test_good(int result, struct diag *diag, const char *file, int line)
{
	bool good = result == 0 && !diag_any(diag);

	if (!good) {
		print_error("refused with %d:\n", result);
		diag_print(diag, stderr);
	}
	diag_done(diag);
	if (!good)
		_fail(file, line);
}

/* `n` times the byte `c`, as a string that the caller frees. */
static inline char *test_repeat(char c, size_t n)
{
	char *string = malloc(n + 1);

	assert_non_null(string);
	memset(string, c, n);
	string[n] = '\0';
	return string;
}

/* -- numbers that look random and are the same in every run ------------- */

struct test_random {
	uint64_t state; /* start with any number but 0 */
};

/* xorshift64: a number below `bound`. */
static inline unsigned test_random(struct test_random *random, unsigned bound)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (unsigned)(random->state >> 32) % bound;
}
