/* One line that is redrawn in place, and cleared at the end. */
#include "config.h"

#include "tool/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { DRAW_USEC = 200 * 1000, MIB = 1024 * 1024 };

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void set_name(struct progress *progress, const char *name)
{
	size_t len = strlen(name);
	bool is_long = len >= sizeof(progress->name);

	if (is_long)
		name += len - (sizeof(progress->name) - sizeof("..."));
	(void)snprintf(progress->name, sizeof(progress->name), "%s%s", is_long ? "..." : "", name);
	text_mask_damage(progress->name, strlen(progress->name));
	text_mask_for_terminal(progress->name, strlen(progress->name));
}

void progress_start(struct progress *progress, const char *name, uint64_t size)
{
	*progress = (struct progress){
		.state = size > 0 && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)
				 ? PROGRESS_CLEAR
				 : PROGRESS_OFF,
		.size = size,
		.drawn_usec = now_usec(),
	};
	set_name(progress, name);
}

void progress_update(struct progress *progress, uint64_t done)
{
	uint64_t now;

	if (progress->state == PROGRESS_OFF)
		return;
	now = now_usec();
	if (now - progress->drawn_usec < DRAW_USEC)
		return;
	if (done > progress->size)
		done = progress->size;
	progress->drawn_usec = now;
	progress->state = PROGRESS_DRAWN;
	(void)fprintf(stderr, "\r\033[K%s: %" PRIu64 " %% of %" PRIu64 " MiB", progress->name,
		(done / 1024) * 100 / (progress->size / 1024 + 1), progress->size / MIB);
	(void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->state == PROGRESS_DRAWN)
		(void)fputs("\r\033[K", stderr);
	progress->state = PROGRESS_OFF;
}
