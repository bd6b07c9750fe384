#include "config.h"

#include "flow/setup/kinds.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sink/journal/journal-sink-options.h"
#include "sink/journal/journal-sink.h"
#include "sink/socket/socket-options.h"
#include "sink/socket/socket-sink.h"
#include "source/files/disk/path-warnings.h"
#include "source/files/files-options.h"
#include "source/files/files-source.h"
#include "source/files/position.h"
#include "source/journal/journal-options.h"
#include "source/journal/journal-source.h"
#include "source/journal/position-order.h"
#include "source/syslog/syslog-options.h"
#include "source/syslog/syslog-source.h"

/* --- sources --- */

static int open_journal(const struct source_request *request, struct source **ret)
{
	struct text position = request->n_saved > 0 ? request->saved[0].position : text_of(NULL);
	int r = journal_source_new(
		request->name, request->options, request->probe, request->unit, position, ret);

	if (r != -EADDRNOTAVAIL || position.len == 0)
		return r;
	log_warning("source %s: the saved position is not a journal cursor, ignoring it",
		request->name);
	return journal_source_new(
		request->name, request->options, request->probe, request->unit, text_of(NULL), ret);
}

static int open_files(const struct source_request *request, struct source **ret)
{
	return files_source_new(request->name, request->options, request->saved, request->reached,
		request->n_saved, ret);
}

static int warn_of_files(const char *name, const void *options, struct diag *diag)
{
	const struct files_options *files = options;

	return path_warnings_add(name, &files->paths, diag);
}

static int open_syslog(const struct source_request *request, struct source **ret)
{
	return syslog_source_new(
		request->name, request->options, request->part, request->probe, ret);
}

const struct source_kind source_kinds[] = {
	{ .name = "journal",
		.options_size = sizeof(struct journal_options),
		.read = journal_options_read,
		.order = &journal_position_order,
		.is_authenticated = true,
		.open = open_journal },
	{ .name = "files",
		.options_size = sizeof(struct files_options),
		.read = files_options_read,
		.order = &position_order,
		.warn = warn_of_files,
		.open = open_files },
	{ .name = "syslog",
		.options_size = sizeof(struct syslog_options),
		.read = syslog_options_read,
		.parts = syslog_options_transports,
		.addresses = syslog_options_addresses,
		.logs_errors = true,
		.open = open_syslog },
	{ .name = NULL },
};

/* --- sinks --- */

static int open_journal_sink(const char *name, const void *options,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	return journal_sink_new(name, options, sender, ret);
}

static int open_socket(const char *name, const void *options,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	(void)sender;
	return socket_sink_new(name, options, ret);
}

const struct sink_kind sink_kinds[] = {
	{ .name = "journal",
		.options_size = sizeof(struct journal_sink_options),
		.read = journal_sink_options_read,
		.shares_place = journal_sink_options_share_place,
		.open = open_journal_sink },
	{ .name = "socket",
		.options_size = sizeof(struct socket_options),
		.read = socket_options_read,
		.shares_place = socket_options_share_place,
		.address = socket_options_address,
		.tls = socket_options_tls,
		.open = open_socket },
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
