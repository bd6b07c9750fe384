/* Opening sources and sinks. `because` only reads the options of them, which flow/setup/kinds.h
 * has: so it is not linked with what they need to run, such as libsystemd. */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "source/source.h"

struct journal_sink_sender;
struct sink;
struct sink_kind;
struct source_kind;

/* What a source is opened with. All but `saved` and `reached` must outlive the source. */
struct source_request {
	const char *name;
	const void *options;
	unsigned part; /* of those that the kind divides its sources into; 0 where it does not */
	const struct source_position *saved;
	/* Of each of these: a position, perhaps behind it, to which the stream was read, because
	 * the sink has its record; the empty text = not known. */
	const struct text *reached;
	size_t n_saved;
	/* The source that read the same until now, and is freed after this: what cannot be opened
	 * again may be taken over from it. NULL = none. */
	struct source *before;
	struct source_probe probe;
	const char *unit; /* whose main process this is; NULL for none */
};

/* Open a source or a sink of this kind. Returns 0 or a negative errno. What a sink is opened with
 * must outlive it. */
int opener_open_source(
	const struct source_kind *kind, const struct source_request *request, struct source **ret);
int opener_open_sink(const struct sink_kind *kind, const char *name, const void *options,
	const struct journal_sink_sender *sender, struct sink **ret);
