/* Each kind of the tables in flow/setup/kinds.c has a row here. */
#include "config.h"

#include "flow/openers.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "flow/setup/kinds.h"
#include "sink/journal/journal-sink.h"
#include "sink/socket/socket-sink.h"
#include "source/files/files-source.h"
#include "source/journal/journal-source.h"
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
	const struct files_past start = { request->saved, request->reached, request->n_saved,
		request->before };

	return files_source_new(request->name, request->options, &start, ret);
}

static int open_syslog(const struct source_request *request, struct source **ret)
{
	return syslog_source_new(
		request->name, request->options, request->part, request->probe, ret);
}

static const struct {
	const char *kind;
	int (*open)(const struct source_request *request, struct source **ret);
} source_openers[] = {
	{ "journal", open_journal },
	{ "files", open_files },
	{ "syslog", open_syslog },
};

int opener_open_source(
	const struct source_kind *kind, const struct source_request *request, struct source **ret)
{
	const size_t n = sizeof(source_openers) / sizeof(source_openers[0]);
	size_t i = 0;

	while (i < n && strcmp(source_openers[i].kind, kind->name) != 0)
		i++;
	assert(i < n);
	return source_openers[i].open(request, ret);
}

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

static const struct {
	const char *kind;
	int (*open)(const char *name, const void *options, const struct journal_sink_sender *sender,
		struct sink **ret);
} sink_openers[] = {
	{ "journal", open_journal_sink },
	{ "socket", open_socket },
};

int opener_open_sink(const struct sink_kind *kind, const char *name, const void *options,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	const size_t n = sizeof(sink_openers) / sizeof(sink_openers[0]);
	size_t i = 0;

	while (i < n && strcmp(sink_openers[i].kind, kind->name) != 0)
		i++;
	assert(i < n);
	return sink_openers[i].open(name, options, sender, ret);
}
