/* What the programs of the system and the fault tests share; nothing of the code under test. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* The number that the text begins with; `*ret_rest` is the text behind it. Returns 0 or a
 * negative errno. */
static inline int number_begin(const char *text, uint64_t *ret, const char **ret_rest)
{
	unsigned long long number;
	char *end = NULL;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0)
		return -errno;
	if (end == text || *text == '-')
		return -EINVAL;

	*ret = number;
	*ret_rest = end;
	return 0;
}

/* The number that the text is. Returns 0 or a negative errno. */
static inline int number_parse(const char *text, uint64_t *ret)
{
	const char *rest = NULL;
	int r = number_begin(text, ret, &rest);

	return r == 0 && *rest != '\0' ? -EINVAL : r;
}

/* CLOCK_MONOTONIC, in microseconds. */
static inline uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
