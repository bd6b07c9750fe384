/* The counts of the daemon as metrics, in Prometheus' text format. */
#pragma once

#include <stdint.h>

struct buffer;
struct pipeline;
struct reloads;

/* What the daemon knows of itself. */
struct metrics_origin {
	const char *daemon; /* the instance's name */
	const struct reloads *reloads;
	uint64_t started_usec; /* CLOCK_REALTIME */
};

/* Append all counts. */
void metrics_print(
	const struct pipeline *pipeline, const struct metrics_origin *origin, struct buffer *out);
