/* A model of journald and of libsystemd's side of it, for tests of the journal sink: datagrams are
 * read from a real socket, and the linker wraps sd_journal_*. It drops, delays, dies, comes back;
 * its indexes lag behind its entries; handles miss files until they process, or until they are
 * opened again, and fail. Nothing in it is random: the test decides what happens, and when. A sink
 * that never returns is ended with a message: while time stands still, it may look at so many
 * entries and no more. */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "native-decode.h"

enum {
	MODEL_ENTRIES_MAX = 20000,
	MODEL_HANDLES_MAX = 8,
	MODEL_MATCHES_MAX = 4,
	MODEL_TEXT_SIZE = 80,
	MODEL_DATAGRAM_MAX = 8192,
	MODEL_POSITIONS_MAX = 1000,    /* positions are numbers below this */
	MODEL_CALLS_MAX = 1000 * 1000, /* of the sink, while time stands still */
};

/* What becomes of a datagram that journald reads. */
enum model_fate {
	MODEL_KEPT,
	MODEL_KEPT_UNINDEXED, /* the entry is there, but no match finds it before model_index() */
	MODEL_DROPPED,        /* by a rate limit, a full disk */
};

struct model_entry {
	char source[MODEL_TEXT_SIZE], position[MODEL_TEXT_SIZE];
	uint64_t usec;
	unsigned file;
	bool ours, indexed;
};

struct sd_journal {
	bool open;
	int fd;
	int64_t at;     /* the current entry; -1 = before the first */
	bool sought;    /* the next step begins with the entry `at` itself */
	unsigned files; /* those it knows of */
	bool misses;    /* it will learn of no other file */
	char matches[MODEL_MATCHES_MAX][2 * MODEL_TEXT_SIZE];
	size_t n_matches;
	char data[2 * MODEL_TEXT_SIZE];
	size_t n_fields_given; /* of the current entry, or names passed over */
};

static struct {
	struct sockaddr_un address;
	int listener;     /* -1 while journald is away */
	size_t n_entries; /* of model_entries */
	unsigned files;   /* journald has made so many, and writes to the last */
	struct sd_journal handles[MODEL_HANDLES_MAX];
	unsigned n_steps_fail; /* so many steps will fail */
	bool opens_fail, empty;
	uint64_t usec;                        /* CLOCK_MONOTONIC */
	uint64_t ahead_usec;                  /* CLOCK_REALTIME is ahead by that */
	unsigned n_calls;                     /* since time moved */
	unsigned n_lost[MODEL_POSITIONS_MAX]; /* how often a record came, and was not kept */
} model;

static struct model_entry model_entries[MODEL_ENTRIES_MAX];
static char model_directory[32]; /* of this process: making one takes longer than a script */

/* --- the clock --- */

static inline void model_count_call(void)
{
	if (model.n_calls++ < MODEL_CALLS_MAX)
		return;
	(void)fprintf(stderr,
		"The sink does not return: it has made %d calls while time stood still.\n",
		MODEL_CALLS_MAX);
	abort();
}

static inline void model_pass(uint64_t usec)
{
	model.usec += usec;
	model.n_calls = 0;
}

uint64_t __wrap_io_now_usec(int clock);

uint64_t __wrap_io_now_usec(int clock)
{
	model_count_call();
	return clock == CLOCK_REALTIME ? model.usec + model.ahead_usec : model.usec;
}

/* --- journald --- */

static inline void model_start(void)
{
	(void)unlink(model.address.sun_path);
	model.listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (model.listener < 0 || bind(model.listener, (const struct sockaddr *)&model.address,
					  sizeof(model.address)) < 0)
		abort();
	model.files++;
}

/* The next datagram of the queue. False when it is empty or a barrier, an entry without fields. */
static inline bool model_receive(struct native_entry *ret, bool *ret_empty)
{
	static char bytes[MODEL_DATAGRAM_MAX];
	ssize_t n = model.listener < 0 ? -1 : recv(model.listener, bytes, sizeof(bytes), 0);

	*ret_empty = n < 0;
	if (n <= 1)
		return false;
	if (native_decode(text_make(bytes, (size_t)n), ret) < 0)
		abort();
	return true;
}

static inline void model_lose(const struct native_entry *entry)
{
	uint64_t number;

	if (text_parse_number(native_value(entry, "BECAUSED_POSITION", 0), 10,
		    MODEL_POSITIONS_MAX - 1, &number) < 0)
		abort();
	model.n_lost[number]++;
}

/* journald dies, and its queue is lost with it. */
static inline void model_stop(void)
{
	static struct native_entry entry;
	bool empty;

	do {
		if (model_receive(&entry, &empty))
			model_lose(&entry);
	} while (!empty);
	if (model.listener >= 0)
		(void)close(model.listener);
	model.listener = -1;
}

static inline void model_remove_directory(void)
{
	(void)rmdir(model_directory);
}

static inline void model_make_directory(void)
{
	if (model_directory[0] != '\0')
		return;
	(void)snprintf(model_directory, sizeof(model_directory), "/tmp/because-test.XXXXXX");
	if (!mkdtemp(model_directory) || atexit(model_remove_directory) != 0)
		abort();
}

static inline void model_init(void)
{
	model_make_directory();
	memset(&model, 0, sizeof(model));
	model.listener = -1;
	model.usec = UINT64_C(1000000000);
	model.ahead_usec = UINT64_C(1700000000000000);
	model.address.sun_family = AF_UNIX;
	(void)snprintf(model.address.sun_path, sizeof(model.address.sun_path), "%s/socket",
		model_directory);
	model_start();
}

static inline void model_done(void)
{
	model_stop();
	(void)unlink(model.address.sun_path);
}

static inline struct model_entry *model_add(bool ours)
{
	struct model_entry *entry = &model_entries[model.n_entries];

	if (model.n_entries == MODEL_ENTRIES_MAX)
		abort();
	model.n_entries++;
	*entry = (struct model_entry){ .usec = model.usec + model.ahead_usec,
		.file = model.files,
		.ours = ours,
		.indexed = true };
	return entry;
}

static inline void model_copy(char *out, struct text value)
{
	(void)snprintf(out, MODEL_TEXT_SIZE, "%.*s", TEXT_FORMAT(value));
}

/* journald reads one datagram. False when the queue is empty, or journald is away. */
static inline bool model_read(enum model_fate fate)
{
	static struct native_entry decoded;
	struct model_entry *entry;
	bool empty;

	if (!model_receive(&decoded, &empty))
		return !empty;
	if (fate == MODEL_DROPPED) {
		model_lose(&decoded);
		return true;
	}
	entry = model_add(true);
	model_copy(entry->source, native_value(&decoded, "BECAUSED_SOURCE", 0));
	model_copy(entry->position, native_value(&decoded, "BECAUSED_POSITION", 0));
	entry->indexed = fate == MODEL_KEPT;
	return true;
}

/* journald finishes its indexes. */
static inline void model_index(void)
{
	for (size_t i = 0; i < model.n_entries; i++)
		model_entries[i].indexed = true;
}

/* An entry of another program. */
static inline void model_add_foreign(void)
{
	(void)model_add(false);
}

/* journald writes to a new file that the handles which are open never find. */
static inline void model_rotate_unseen(void)
{
	model.files++;
	for (size_t i = 0; i < MODEL_HANDLES_MAX; i++)
		model.handles[i].misses = true;
}

/* How often the journal has the record. */
static inline unsigned model_count(const char *position)
{
	unsigned n = 0;

	for (size_t i = 0; i < model.n_entries; i++)
		n += model_entries[i].ours && strcmp(model_entries[i].position, position) == 0;
	return n;
}

/* --- libsystemd --- */

#define MODEL_WRAP(type, name, ...)                 \
	type __wrap_sd_journal_##name(__VA_ARGS__); \
	type __wrap_sd_journal_##name(__VA_ARGS__)

MODEL_WRAP(int, open_namespace, sd_journal **ret, const char *name, int flags)
{
	(void)name, (void)flags;
	if (model.opens_fail)
		return -EMFILE;
	for (size_t i = 0; i < MODEL_HANDLES_MAX; i++) {
		sd_journal *journal = &model.handles[i];

		if (journal->open)
			continue;
		*journal = (sd_journal){ .open = true, .at = -1, .files = model.files };
		journal->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		*ret = journal;
		return 0;
	}
	abort();
}

MODEL_WRAP(void, close, sd_journal *journal)
{
	if (!journal)
		return;
	(void)close(journal->fd);
	journal->open = false;
}

MODEL_WRAP(int, get_fd, sd_journal *journal)
{
	return journal->fd;
}

MODEL_WRAP(int, process, sd_journal *journal)
{
	if (!journal->misses)
		journal->files = model.files;
	return SD_JOURNAL_APPEND;
}

MODEL_WRAP(int, has_persistent_files, sd_journal *journal)
{
	(void)journal;
	return !model.empty;
}

MODEL_WRAP(int, has_runtime_files, sd_journal *journal)
{
	(void)journal;
	return 0;
}

/* The field of an entry; false = it has none of that name. */
static inline bool model_print_field(const struct model_entry *entry, const char *name, char *out)
{
	const char *value = NULL;
	char uid[16];

	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());
	if (strcmp(name, "_SYSTEMD_UNIT") == 0)
		value = entry->ours ? "becaused.service" : "other.service";
	else if (strcmp(name, "_UID") == 0)
		value = uid;
	else if (entry->ours && strcmp(name, "BECAUSED_INSTANCE") == 0)
		value = "test";
	else if (entry->ours && strcmp(name, "BECAUSED_SOURCE") == 0)
		value = entry->source;
	else if (entry->ours && strcmp(name, "BECAUSED_POSITION") == 0)
		value = entry->position;
	if (!value)
		return false;
	(void)snprintf(out, 2 * MODEL_TEXT_SIZE, "%s=%s", name, value);
	return true;
}

static inline bool model_matches(const sd_journal *journal, const struct model_entry *entry)
{
	for (size_t i = 0; i < journal->n_matches; i++) {
		char name[MODEL_TEXT_SIZE], field[2 * MODEL_TEXT_SIZE];

		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(journal->matches[i], "="),
			journal->matches[i]);
		if (!entry->indexed || !model_print_field(entry, name, field) ||
			strcmp(field, journal->matches[i]) != 0)
			return false;
	}
	return entry->file <= journal->files;
}

static inline int model_step(sd_journal *journal, int direction)
{
	int64_t at = journal->at + (journal->sought ? 0 : direction);

	model_count_call();
	if (model.n_steps_fail > 0) {
		model.n_steps_fail--;
		return -EBADMSG;
	}
	for (; at >= 0 && at < (int64_t)model.n_entries; at += direction)
		if (model_matches(journal, &model_entries[at])) {
			journal->at = at;
			journal->sought = false;
			return 1;
		}
	return 0;
}

MODEL_WRAP(int, next, sd_journal *journal)
{
	return model_step(journal, 1);
}

MODEL_WRAP(int, previous, sd_journal *journal)
{
	return model_step(journal, -1);
}

static inline int model_seek(sd_journal *journal, int64_t at)
{
	journal->at = at;
	journal->sought = true;
	return 0;
}

MODEL_WRAP(int, seek_head, sd_journal *journal)
{
	return model_seek(journal, 0);
}

MODEL_WRAP(int, seek_tail, sd_journal *journal)
{
	return model_seek(journal, (int64_t)model.n_entries - 1);
}

MODEL_WRAP(int, seek_cursor, sd_journal *journal, const char *cursor)
{
	return model_seek(journal, strtoll(cursor, NULL, 10));
}

MODEL_WRAP(int, seek_realtime_usec, sd_journal *journal, uint64_t usec)
{
	int64_t at = 0;

	while (at < (int64_t)model.n_entries && model_entries[at].usec < usec)
		at++;
	return model_seek(journal, at);
}

static inline bool model_is_at_entry(const sd_journal *journal)
{
	return !journal->sought && journal->at >= 0 && journal->at < (int64_t)model.n_entries;
}

MODEL_WRAP(int, get_cursor, sd_journal *journal, char **ret)
{
	if (!model_is_at_entry(journal))
		return -EADDRNOTAVAIL;
	return asprintf(ret, "%" PRId64, journal->at) < 0 ? -ENOMEM : 0;
}

MODEL_WRAP(int, test_cursor, sd_journal *journal, const char *cursor)
{
	return model_is_at_entry(journal) && journal->at == strtoll(cursor, NULL, 10);
}

MODEL_WRAP(int, get_realtime_usec, sd_journal *journal, uint64_t *ret)
{
	if (!model_is_at_entry(journal))
		return -EADDRNOTAVAIL;
	*ret = model_entries[journal->at].usec;
	return 0;
}

MODEL_WRAP(void, restart_data, sd_journal *journal)
{
	journal->n_fields_given = 0;
}

/* Every entry has such a field. */
#define MODEL_UNREADABLE "UNREADABLE"

MODEL_WRAP(int, enumerate_data, sd_journal *journal, const void **ret, size_t *ret_len)
{
	static const char *const names[] = { "_SYSTEMD_UNIT", MODEL_UNREADABLE, "BECAUSED_SOURCE",
		"_UID", "BECAUSED_POSITION", "BECAUSED_INSTANCE" };

	if (!model_is_at_entry(journal))
		return -EADDRNOTAVAIL;
	while (journal->n_fields_given < sizeof(names) / sizeof(names[0])) {
		if (strcmp(names[journal->n_fields_given], MODEL_UNREADABLE) == 0)
			return -EPROTONOSUPPORT;
		if (model_print_field(&model_entries[journal->at], names[journal->n_fields_given++],
			    journal->data)) {
			*ret = journal->data;
			*ret_len = strlen(journal->data);
			return 1;
		}
	}
	return 0;
}

MODEL_WRAP(int, enumerate_available_data, sd_journal *journal, const void **ret, size_t *ret_len)
{
	int r;

	while ((r = __wrap_sd_journal_enumerate_data(journal, ret, ret_len)) == -EPROTONOSUPPORT)
		journal->n_fields_given++;
	return r;
}

MODEL_WRAP(int, add_match, sd_journal *journal, const void *data, size_t len)
{
	if (journal->n_matches == MODEL_MATCHES_MAX)
		abort();
	(void)snprintf(journal->matches[journal->n_matches++], sizeof(journal->matches[0]), "%.*s",
		(int)len, (const char *)data);
	return 0;
}

MODEL_WRAP(void, flush_matches, sd_journal *journal)
{
	journal->n_matches = 0;
}
