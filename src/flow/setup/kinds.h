/* The kinds of sources and sinks. A new kind is its folder in source or sink, which reads its
 * options and opens it, a row of the tables here, and one in flow/openers.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/yaml/schema.h"
#include "source/source.h"

struct address;
struct diag;
struct socket_options;

struct source_kind {
	const char *name; /* the key that chooses it in becaused.yaml; NULL ends the table */
	size_t options_size;
	schema_read_fn *read; /* fills zeroed options */
	/* The order of its positions; NULL = its records cannot be read again. */
	const struct source_order *order;
	/* The parts, one bit each, that these options ask for. Each is opened by itself, for all
	 * sinks. NULL where `order` is not NULL: then the source is opened once for each sink. */
	unsigned (*parts)(const void *options);
	/* The addresses that it listens at; NULL = never any. */
	const struct address *(*addresses)(const void *options, size_t *ret_n);
	/* Trusted fields show whose a record is, so its brackets are not trusted. */
	bool is_authenticated;
	bool logs_errors; /* opener_open_source() itself logs what it cannot open */
	/* Warn of what a check finds that may change without the configuration; NULL = nothing.
	 * Returns 0 or -ENOMEM. */
	int (*warn)(const char *name, const void *options, struct diag *diag);
};

extern const struct source_kind source_kinds[];

enum { SOURCE_PARTS_MAX = 2 }; /* of any kind */

struct sink_kind {
	const char *name; /* as above */
	size_t options_size;
	schema_read_fn *read;
	/* Whether two sinks of this kind write to the same place. */
	bool (*shares_place)(const void *a, const void *b);
	/* Where it sends; NULL = to no address. */
	const struct address *(*address)(const void *options);
	/* The options if they ask for TLS, else NULL; NULL = never. */
	const struct socket_options *(*tls)(const void *options);
};

extern const struct sink_kind sink_kinds[];

/* The kind of this name; NULL = none. */
const struct source_kind *source_kind_find(const char *name);
const struct sink_kind *sink_kind_find(const char *name);
