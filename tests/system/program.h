/* What the programs of the system and the fault tests share; nothing of the code under test. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* The number that the text is. Returns 0 or a negative errno. */
static inline int number_parse(const char *text, uint64_t *ret)
{
	unsigned long long number;
	char *end = NULL;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0)
		return -errno;
	if (end == text || *end != '\0' || *text == '-')
		return -EINVAL;

	*ret = number;
	return 0;
}

/* CLOCK_MONOTONIC, in microseconds. */
static inline uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
