/* The counts of the daemon as metrics, in Prometheus' text format. */
#pragma once

struct buffer;
struct pipeline;
struct reloads;

/* Append all counts; `daemon` is the instance's name. */
void metrics_print(const struct pipeline *pipeline, const struct reloads *reloads,
	const char *daemon, struct buffer *out);
