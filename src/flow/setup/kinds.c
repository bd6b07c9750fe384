#include "config.h"

#include "flow/setup/kinds.h"

#include <string.h>

#include "sink/journal/journal-sink-options.h"
#include "sink/socket/socket-options.h"
#include "source/files/disk/path-warnings.h"
#include "source/files/files-options.h"
#include "source/files/position.h"
#include "source/journal/journal-options.h"
#include "source/journal/position-order.h"
#include "source/syslog/syslog-options.h"

/* --- sources --- */

static int warn_of_files(const char *name, const void *options, struct diag *diag)
{
	const struct files_options *files = options;

	return path_warnings_add(name, &files->paths, diag);
}

const struct source_kind source_kinds[] = {
	{ .name = "journal",
		.options_size = sizeof(struct journal_options),
		.read = journal_options_read,
		.order = &journal_position_order,
		.is_authenticated = true },
	{ .name = "files",
		.options_size = sizeof(struct files_options),
		.read = files_options_read,
		.order = &position_order,
		.warn = warn_of_files },
	{ .name = "syslog",
		.options_size = sizeof(struct syslog_options),
		.read = syslog_options_read,
		.parts = syslog_options_transports,
		.addresses = syslog_options_addresses,
		.logs_errors = true },
	{ .name = NULL },
};

/* --- sinks --- */

const struct sink_kind sink_kinds[] = {
	{ .name = "journal",
		.options_size = sizeof(struct journal_sink_options),
		.read = journal_sink_options_read,
		.shares_place = journal_sink_options_share_place },
	{ .name = "socket",
		.options_size = sizeof(struct socket_options),
		.read = socket_options_read,
		.shares_place = socket_options_share_place,
		.address = socket_options_address,
		.tls = socket_options_tls },
	{ .name = NULL },
};

/* --- by name --- */

const struct source_kind *source_kind_find(const char *name)
{
	for (const struct source_kind *kind = source_kinds; kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

const struct sink_kind *sink_kind_find(const char *name)
{
	for (const struct sink_kind *kind = sink_kinds; kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}
