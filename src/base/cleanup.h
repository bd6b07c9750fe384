/* Owners that free themselves when they leave scope.
 * A local owner is declared `CLEANUP(x_freep) struct x *x = NULL;`. Ownership leaves the function
 * through `TAKE(x)`, which returns the pointer and sets the owner to NULL. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* The value of the pointer `p`, which becomes NULL. */
#define TAKE(p)                            \
	__extension__({                    \
		__typeof__(p) take_ = (p); \
		(p) = NULL;                \
		take_;                     \
	})

/* The value of the file descriptor `fd`, which becomes -1. */
#define TAKE_FD(fd)               \
	__extension__({           \
		int take_ = (fd); \
		(fd) = -1;        \
		take_;            \
	})

/* Define `static inline void x_freep(struct x **p)` from `x_free`, which accepts NULL. */
#define CLEANUP_DEFINE(type, function)                                                   \
	static inline void function##p(type *p) /* NOLINT(bugprone-macro-parentheses) */ \
	{                                                                                \
		if (*p)                                                                  \
			(void)function(*p);                                              \
	}                                                                                \
	struct cleanup_needs_a_semicolon

static inline void freep(void *p)
{
	void **owner = p;

	free(*owner);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Close `fd` if it is open; returns -1, to be stored in its place. */
static inline int close_fd(int fd)
{
	closep(&fd);
	return -1;
}
