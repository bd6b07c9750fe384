/* The native socket sends records. Where there is a journal to read back, confirm finds out what
 * has become of them. */
#include "config.h"

#include "sink/journal/journal-sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "record/record.h"
#include "sink/journal/confirm.h"
#include "sink/journal/journal-sink-options.h"
#include "sink/journal/native-socket.h"
#include "wire/native.h"

struct journal_sink {
	struct sink sink; /* its descriptor is an epoll, for the native socket and the journal */
	struct native_socket socket;
	bool confirms; /* the journal is read back */
	struct confirm confirm;
	struct buffer buffer;
};

static struct journal_sink *journal_of(struct sink *sink)
{
	return (struct journal_sink *)(void *)sink;
}

static struct in_flight_key key_of(const struct record *record)
{
	return (struct in_flight_key){ text_of(record->source), record->position };
}

/* Make room for the record in the buffer. */
static int reserve_room(struct journal_sink *s, const struct record *record)
{
	const struct in_flight_key key = key_of(record);

	return s->confirms ? confirm_reserve(&s->confirm, &key, s->buffer.len) : 0;
}

/* Count the record, which has been sent, and put it in flight if the journal is read back. */
static void add_sent(struct journal_sink *s, const struct record *record)
{
	const struct in_flight_key key = key_of(record);

	s->sink.n_taken++;
	s->sink.n_causes_left += native_count_left(record);
	if (s->confirms)
		confirm_add(&s->confirm, &key, buffer_text(&s->buffer));
	else
		s->sink.n_settled++;
}

/* Count the record, which never can be sent, as refused; it is settled in its turn. */
static void refuse_record(struct journal_sink *s, const struct record *record, size_t max)
{
	const struct in_flight_key key = key_of(record);

	log_error("sink %s: a record larger than %zu bytes was dropped", s->sink.name, max);
	s->sink.n_taken++;
	s->sink.n_refused++;
	if (s->confirms)
		confirm_add_refused(&s->confirm, &key);
	else
		s->sink.n_settled++;
}

static int journal_send(struct sink *sink, const struct record *record)
{
	struct journal_sink *s = journal_of(sink);
	int r, too_large;

	buffer_clear(&s->buffer);
	too_large = native_encode(record, &s->buffer);
	if (too_large < 0 && too_large != -EMSGSIZE)
		return too_large;
	if (too_large < 0)
		buffer_clear(&s->buffer);
	r = reserve_room(s, record);
	if (r != 0)
		return r;
	if (too_large < 0) {
		refuse_record(s, record, NATIVE_SIZE_MAX);
		return 0;
	}
	r = native_socket_send(&s->socket, buffer_text(&s->buffer));
	if (r == -EFBIG) {
		refuse_record(s, record, s->buffer.len - 1);
		return 0;
	}
	if (r != 0)
		return r;
	add_sent(s, record);
	if (s->buffer.size > RECORD_KEEP_MAX)
		buffer_done(&s->buffer);
	return 0;
}

static int journal_flush(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);
	int r;

	if (!s->confirms)
		return native_socket_flush(&s->socket);
	r = confirm_look(&s->confirm, true);
	if (r < 0)
		return r;
	return s->confirm.in_flight.n > 0 ? SINK_FULL : 0;
}

static int journal_process(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);

	native_socket_process(&s->socket);
	sink->wake_usec = UINT64_MAX;
	return s->confirms ? confirm_look(&s->confirm, false) : 0;
}

static int journal_recall(
	struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata)
{
	struct journal_sink *s = journal_of(sink);

	return s->confirms ? confirm_recall(&s->confirm, source, visit, userdata) : 0;
}

static struct sink *journal_free(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);

	confirm_done(&s->confirm);
	native_socket_done(&s->socket);
	sink->fd = close_fd(sink->fd);
	buffer_done(&s->buffer);
	free(s);
	return NULL;
}

static const struct sink_class journal_class = {
	.send = journal_send,
	.flush = journal_flush,
	.process = journal_process,
	.recall = journal_recall,
	.free = journal_free,
};

/* `sender`: NULL where there is no journal of `namespace` to read back. */
static int make_sink(const char *name, const char *path, const struct journal_sink_sender *sender,
	struct text namespace, struct sink **ret)
{
	CLEANUP(sink_freep) struct sink *sink = NULL;
	struct journal_sink *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	sink = &s->sink;
	*sink = (struct sink){
		.class = &journal_class,
		.name = name,
		.fd = -1,
		.wake_usec = UINT64_MAX,
		.in_flight_max = IN_FLIGHT_MAX,
	};
	s->buffer = buffer_make(NATIVE_SIZE_MAX);
	s->socket.fd = -1;
	r = confirm_init(&s->confirm, sink, &s->socket);
	if (r < 0)
		return r;
	r = native_socket_init(&s->socket, sink, path);
	if (r < 0)
		return r;
	sink->fd = epoll_create1(EPOLL_CLOEXEC);
	if (sink->fd < 0)
		return -errno;
	sink->events = EPOLLIN;
	s->confirms = sender != NULL;
	if (sender)
		readback_look_for(&s->confirm.readback, sender->unit, sender->instance, namespace);
	*ret = TAKE(sink);
	return 0;
}

int journal_sink_new_at(const char *name, const char *path,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	return make_sink(name, path, sender, text_of(""), ret);
}

int journal_sink_new(const char *name, const struct journal_sink_options *options,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct text space = options->namespace;
	int n = snprintf(path, sizeof(path), "/run/systemd/journal%s%.*s/socket",
		space.len > 0 ? "." : "", TEXT_FORMAT(space));

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (space.len == 0)
		space = text_of(sender->namespace);
	return make_sink(name, path, sender, space, ret);
}
