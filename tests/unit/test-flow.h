/* What the tests of the whole pipeline share: a directory with a configuration and logs, and log
 * servers in the same event loop that note which calls arrive. The program is linked with
 * $(wrap_flow): for the pipeline a turn of the loop takes FLOW_TURN_USEC, and where nothing is left
 * to do it is at once as late as its next timer. So no result depends on how fast the machine is.
 */
#pragma once

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "flow/pipeline.h"
#include "flow/setup/setup.h"
#include "test-catalog.h"
#include "test-profile.h"

enum {
	FLOW_TURN_USEC = 1000,
	FLOW_TIMERS_MAX = 64,
	FLOW_PATH_SIZE = 128,
	FLOW_CALLS_MAX = 4096,
	FLOW_RECEIVED_MAX = 4 * 1024 * 1024,
	FLOW_CONNECTIONS_MAX = 64,
	FLOW_DEADLINE_USEC = 60 * 1000 * 1000, /* never reached in a good run */
};

/* -- time ----------------------------------------------------------------- */

uint64_t __real_io_now_usec(int clock);
uint64_t __wrap_io_now_usec(int clock);
int __real_sd_event_source_set_time(sd_event_source *s, uint64_t usec);
int __wrap_sd_event_source_set_time(sd_event_source *s, uint64_t usec);
int __real_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
sd_event_source *__real_sd_event_source_disable_unref(sd_event_source *s);
sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *s);

/* No timer waits longer, 12,000 s. */
#define FLOW_TIMER_USEC_MAX UINT64_C(12000000000)

/* Timers that were made in this loop, and when they go off; UINT64_MAX: not. */
struct flow_timer {
	sd_event_source *source;
	uint64_t usec;
};

static struct flow_timer flow_timers[FLOW_TIMERS_MAX];
static size_t flow_n_timers;

/* The time, as it is for the pipeline. */
static uint64_t flow_usec;

/* The coarse clock moves by this at each reading. */
static uint64_t flow_coarse_usec;

uint64_t __wrap_io_now_usec(int clock)
{
	static uint64_t coarse_usec;
	uint64_t now = __real_io_now_usec(clock);

	if (clock == CLOCK_MONOTONIC_COARSE)
		return now + (coarse_usec += flow_coarse_usec);
	if (clock != CLOCK_MONOTONIC)
		return now;
	if (flow_usec == 0)
		flow_usec = now;
	return flow_usec;
}

int __wrap_sd_event_source_set_time(sd_event_source *s, uint64_t usec)
{
	for (size_t i = 0; i < flow_n_timers; i++)
		if (flow_timers[i].source == s)
			flow_timers[i].usec = usec;
	return __real_sd_event_source_set_time(s, UINT64_MAX);
}

/* Tests that refuse memory have this fail, too. */
static bool (*flow_refuses)(void);

int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
	uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
	int r;

	(void)accuracy;
	if (flow_refuses && flow_refuses())
		return -ENOMEM;
	assert_true(flow_n_timers < FLOW_TIMERS_MAX);
	r = __real_sd_event_add_time(event, ret, clock, UINT64_MAX, 1, callback, userdata);
	if (r < 0)
		return r;
	flow_timers[flow_n_timers++] = (struct flow_timer){ .source = *ret, .usec = usec };
	return r;
}

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *s)
{
	for (size_t i = 0; i < flow_n_timers; i++)
		if (flow_timers[i].source == s)
			flow_timers[i--] = flow_timers[--flow_n_timers];
	return __real_sd_event_source_disable_unref(s);
}

/* Have the timers go off whose time has come. Returns the time of the next, UINT64_MAX: none. */
static inline uint64_t flow_set_off_timers(void)
{
	uint64_t now = __wrap_io_now_usec(CLOCK_MONOTONIC), next = UINT64_MAX;

	for (size_t i = 0; i < flow_n_timers; i++) {
		struct flow_timer *t = &flow_timers[i];
		int enabled;

		if (sd_event_source_get_enabled(t->source, &enabled) <= 0)
			continue;
		if (t->usec <= now) {
			t->usec = UINT64_MAX;
			(void)__real_sd_event_source_set_time(t->source, 1);
		} else if (t->usec < next) {
			next = t->usec;
		}
	}
	return next;
}

/* No power failure happens here, and a disk is slow. */
int __wrap_fsync(int fd);
static int flow_fsync_error; /* errno that it is to fail with; 0 = none */

int __wrap_fsync(int fd)
{
	(void)fd;
	errno = flow_fsync_error;
	return flow_fsync_error == 0 ? 0 : -1;
}

/* -- the log servers -------------------------------------------------------- */

/* Bytes as they came, and how often each call is in them. */
struct flow_received {
	char bytes[FLOW_RECEIVED_MAX];
	size_t n;
	unsigned calls[FLOW_CALLS_MAX];
};

struct flow {
	char directory[32];
	struct setup *setup;
	struct pipeline_options options;
	char state[FLOW_PATH_SIZE];
	sd_event *event;
	struct pipeline *pipeline;
	int datagrams, listener;
	int connections[FLOW_CONNECTIONS_MAX];
	size_t n_connections;
	sd_event_source *sources[2 + FLOW_CONNECTIONS_MAX];
	size_t n_sources;
	struct flow_received *by_datagram, *by_stream;
	int messages, standard_error; /* -1 unless messages are kept */
};

/* The path of a name, good until the next call but three. */
static inline const char *flow_path(const struct flow *f, const char *name)
{
	static char paths[4][FLOW_PATH_SIZE];
	static size_t n;
	char *path = paths[n++ % COUNT(paths)];

	(void)snprintf(path, FLOW_PATH_SIZE, "%s/%s", f->directory, name);
	return path;
}

static inline void flow_put(const struct flow *f, const char *name, const char *text)
{
	FILE *file = fopen(flow_path(f, name), "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

/* Write the calls from one number to before another, each followed by a line with no cause. The
 * cause is so far behind the start of its line that only one place is searched for it. The file is
 * closed. */
static inline void flow_write_calls(FILE *file, unsigned from, unsigned to)
{
	for (; from < to; from++)
		assert_true(fprintf(file, "call=%u %150s key=200\nnothing %u here\n", from, "",
				    from) > 0);
	assert_int_equal(fclose(file), 0);
}

static inline void flow_append_calls(
	const struct flow *f, const char *name, unsigned from, unsigned to)
{
	FILE *file = fopen(flow_path(f, name), "a");

	assert_non_null(file);
	flow_write_calls(file, from, to);
}

/* As logrotate does it. */
static inline void flow_copytruncate(const struct flow *f, const char *from, const char *to)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);

	assert_int_equal(io_read_file(flow_path(f, from), &content), 0);
	buffer_add_char(&content, '\0');
	assert_int_equal(buffer_finish(&content), 0);
	flow_put(f, to, content.data);
	assert_int_equal(truncate(flow_path(f, from), 0), 0);
}

/* One read; false when there is nothing more for now. `datagram`: it is one, to be set apart. */
static inline bool flow_read(int fd, struct flow_received *to, bool datagram)
{
	ssize_t n = recv(fd, to->bytes + to->n, sizeof(to->bytes) - 1 - to->n, MSG_DONTWAIT);

	if (n <= 0)
		return false;
	to->n += (size_t)n;
	if (datagram)
		to->bytes[to->n++] = '\n';
	return true;
}

static inline void flow_read_connections(struct flow *f)
{
	for (size_t i = 0; i < f->n_connections; i++)
		while (flow_read(f->connections[i], f->by_stream, false))
			;
}

static inline int flow_on_datagram(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct flow *f = userdata;

	(void)s, (void)events;
	while (flow_read(fd, f->by_datagram, true))
		;
	return 0;
}

/* The sink has one connection at a time: one that has ended is read to its end before the next. */
static inline int flow_on_stream(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct flow *f = userdata;

	(void)fd;
	flow_read_connections(f);
	if (events & (EPOLLHUP | EPOLLRDHUP))
		(void)sd_event_source_set_enabled(s, SD_EVENT_OFF);
	return 0;
}

static inline int flow_accept(struct flow *f)
{
	int fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || f->n_connections == FLOW_CONNECTIONS_MAX)
		return -errno;
	flow_read_connections(f);
	f->by_stream->bytes[f->by_stream->n++] = '\n';
	f->connections[f->n_connections++] = fd;
	return fd;
}

static int flow_on_connection(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct flow *f = userdata;
	int peer = flow_accept(f);
	int r;

	(void)s, (void)fd, (void)events;
	/* Without descriptors, it is there again as long as it waits. */
	if (peer < 0)
		return 0;
	r = sd_event_add_io(f->event, &f->sources[f->n_sources++], peer, EPOLLIN | EPOLLRDHUP,
		flow_on_stream, f);
	return r < 0 ? r : 0;
}

static inline int flow_bind(const struct flow *f, const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", f->directory, name);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* Receive what is still in flight when the loop no longer runs. */
static inline void flow_read_rest(struct flow *f)
{
	(void)flow_on_datagram(NULL, f->datagrams, 0, f);
	while (flow_accept(f) >= 0)
		;
	flow_read_connections(f);
	while (f->n_connections > 0)
		(void)close(f->connections[--f->n_connections]);
}

/* Count the calls in what was received, and forget the bytes. */
static inline void flow_count_calls(struct flow_received *received)
{
	const char *at = received->bytes, *end = at + received->n;

	while ((at = memmem(at, (size_t)(end - at), "call=", 5))) {
		unsigned number = 0;

		for (at += 5; at < end && *at >= '0' && *at <= '9'; at++)
			number = number * 10 + (unsigned)(*at - '0');
		if (at < end && *at == ' ' && number < FLOW_CALLS_MAX)
			received->calls[number]++;
	}
	received->n = 0;
}

static inline void flow_forget_calls(struct flow *f)
{
	memset(f->by_datagram->calls, 0, sizeof(f->by_datagram->calls));
	memset(f->by_stream->calls, 0, sizeof(f->by_stream->calls));
}

/* How many of the calls from one number to before another have not arrived. */
static inline unsigned flow_count_missing(
	const struct flow_received *received, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += received->calls[from] == 0;
	return n;
}

/* How many have arrived more than once. */
static inline unsigned flow_count_repeated(
	const struct flow_received *received, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += received->calls[from] > 1;
	return n;
}

/* Each call has arrived everywhere, once. */
#define assert_delivered(f, from, to) \
	flow_assert_delivered((f), (from), (to), false, __FILE__, __LINE__)

/* The same where a stream was ended: what the other side had not acknowledged by then, which
 * depends on how fast the machine is, comes again. */
#define assert_arrived(f, from, to) \
	flow_assert_delivered((f), (from), (to), true, __FILE__, __LINE__)

static inline void flow_assert_delivered(const struct flow *f, unsigned from, unsigned to,
	bool stream_ended, const char *file, int line)
{
	const struct flow_received *all[] = { f->by_datagram, f->by_stream };

	for (size_t i = 0; i < COUNT(all); i++) {
		unsigned missing = flow_count_missing(all[i], from, to);
		unsigned repeated = flow_count_repeated(all[i], from, to);

		if (stream_ended && all[i] == f->by_stream)
			repeated = 0;
		if (missing + repeated == 0)
			continue;
		print_error("by %s: missing %u, repeated %u\n", i == 0 ? "datagram" : "stream",
			missing, repeated);
		_fail(file, line);
	}
}

/* The server hangs up; all that was sent has been read. */
static inline void flow_hang_up(struct flow *f)
{
	flow_read_connections(f);
	while (f->n_connections > 0) {
		(void)sd_event_source_disable_unref(f->sources[--f->n_sources]);
		(void)close(f->connections[--f->n_connections]);
	}
}

/* -- running ------------------------------------------------------------------ */

/* One turn of the loop; when it has nothing to do, `until` or the time of the next timer is here.
 * Returns what sd_event_run() does. */
static inline int flow_turn(struct flow *f, uint64_t until)
{
	uint64_t next = flow_set_off_timers();
	int r = sd_event_run(f->event, 0);

	if (r > 0)
		flow_usec += FLOW_TURN_USEC;
	else if (r == 0)
		flow_usec = next < until ? next : until;
	return r;
}

/* The next event, however late. */
static inline int flow_loop_once(struct flow *f)
{
	uint64_t end = __wrap_io_now_usec(CLOCK_MONOTONIC) + FLOW_TIMER_USEC_MAX;
	int r;

	do
		r = flow_turn(f, end);
	while (r == 0 && flow_usec < end);
	return r;
}

/* Make the loop with the log servers in it. No assertion: memory may be refused by now. */
static inline int flow_open_loop(struct flow *f)
{
	int r = sd_event_new(&f->event);

	f->n_sources = 0;
	if (r >= 0)
		r = sd_event_add_io(f->event, &f->sources[f->n_sources++], f->datagrams, EPOLLIN,
			flow_on_datagram, f);
	if (r >= 0)
		r = sd_event_add_io(f->event, &f->sources[f->n_sources++], f->listener, EPOLLIN,
			flow_on_connection, f);
	return r;
}

static inline void flow_close_loop(struct flow *f)
{
	flow_read_rest(f);
	while (f->n_sources > 0)
		(void)sd_event_source_disable_unref(f->sources[--f->n_sources]);
	f->event = sd_event_unref(f->event);
	flow_count_calls(f->by_datagram);
	flow_count_calls(f->by_stream);
}

/* Give the pipeline its turns until the loop ends; returns what it ends with, -ETIME for a hang. */
static inline int flow_run_to_end(struct flow *f)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	int code = 0;

	while (sd_event_get_state(f->event) != SD_EVENT_FINISHED) {
		int r = flow_loop_once(f);

		if (r < 0)
			return r;
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end)
			return -ETIME;
	}
	(void)sd_event_get_exit_code(f->event, &code);
	return code;
}

/* As the daemon does it: make the pipeline, run it to its end, save what an error leaves, free it.
 * The loop is open. Returns what it ended with. */
static inline int flow_run_pipeline(struct flow *f)
{
	int r = pipeline_new(f->event, f->setup, &f->options, &f->pipeline);

	if (r < 0)
		return r;
	r = flow_run_to_end(f);
	if (r < 0)
		pipeline_save(f->pipeline);
	f->pipeline = pipeline_free(f->pipeline);
	return r;
}

/* Give the pipeline its turns until each call from one number to before another has arrived by
 * datagram and by stream; false when it ends before. */
static inline bool flow_run_until(struct flow *f, unsigned from, unsigned to)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	for (;;) {
		flow_count_calls(f->by_datagram);
		flow_count_calls(f->by_stream);
		if (flow_count_missing(f->by_datagram, from, to) == 0 &&
			flow_count_missing(f->by_stream, from, to) == 0)
			return true;
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end || flow_loop_once(f) < 0 ||
			sd_event_get_state(f->event) == SD_EVENT_FINISHED)
			return false;
	}
}

/* Let so many seconds pass, as they are for the pipeline; false when it ends before. */
static inline bool flow_run_for(struct flow *f, unsigned seconds)
{
	uint64_t end = __wrap_io_now_usec(CLOCK_MONOTONIC) + (uint64_t)seconds * 1000 * 1000;

	while (flow_usec < end)
		if (flow_turn(f, end) < 0 || sd_event_get_state(f->event) == SD_EVENT_FINISHED)
			return false;
	return true;
}

/* One whole run of a daemon. */
static inline int flow_run(struct flow *f)
{
	int r = flow_open_loop(f);

	if (r >= 0)
		r = flow_run_pipeline(f);
	flow_close_loop(f);
	return r;
}

/* -- the log of the daemon ----------------------------------------------------- */

/* From here on messages go to a file in memory. */
static inline void flow_keep_messages(struct flow *f)
{
	f->messages = memfd_create("messages", MFD_CLOEXEC);
	f->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	assert_true(f->messages >= 0 && f->standard_error >= 0);
	assert_true(dup2(f->messages, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
}

static inline void flow_drop_messages(struct flow *f)
{
	log_open("test", LOG_EMERG - 1);
	if (f->messages < 0)
		return;
	(void)dup2(f->standard_error, STDERR_FILENO);
	f->standard_error = close_fd(f->standard_error);
	f->messages = close_fd(f->messages);
}

/* How often the messages have this text. */
static inline size_t flow_count_messages(const struct flow *f, const char *text)
{
	static char messages[65536];
	ssize_t len = pread(f->messages, messages, sizeof(messages) - 1, 0);
	size_t n = 0;

	assert_true(len >= 0);
	messages[len] = '\0';
	for (const char *at = strstr(messages, text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

/* It is slow, and plays the limits of descriptors itself. */
static inline bool flow_in_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

/* -- the fixture --------------------------------------------------------------- */

static inline void flow_write_config(const struct flow *f)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		"profiles: [test]\n"
		"sources:\n"
		"  - name: files\n"
		"    files: {paths: [%s/logs/*.log], start: beginning}\n"
		"sinks:\n"
		"  - name: datagrams\n"
		"    socket: {address: unix-dgram:%s/datagrams, format: json}\n"
		"  - name: stream\n"
		"    socket: {address: unix:%s/stream, format: rfc5424}\n",
		f->directory, f->directory, f->directory);
	flow_put(f, "becaused.yaml", text);
}

static inline int flow_load(struct flow *f)
{
	CLEANUP(diag_done) struct diag diag = { 0 };
	char config[FLOW_PATH_SIZE];
	const struct setup_options options = {
		.config = config, .data = f->directory, .for_daemon = true
	};
	int r;

	(void)snprintf(config, sizeof(config), "%s/becaused.yaml", f->directory);
	r = setup_new(&options, &diag, &f->setup);
	diag_print(&diag, stderr);
	return r;
}

/* A directory with everything but logs; --drain is on. */
static inline int flow_begin(void **state)
{
	static const char *const directories[] = { "catalogs", "profiles", "state", "logs" };
	static struct flow_received received[2];
	static struct flow f;

	log_open("test", LOG_EMERG - 1);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	f = (struct flow){ .directory = "/tmp/because-test.XXXXXX",
		.by_datagram = &received[0],
		.by_stream = &received[1],
		.messages = -1,
		.standard_error = -1 };
	if (!mkdtemp(f.directory))
		return -1;
	for (size_t i = 0; i < COUNT(directories); i++)
		if (mkdir(flow_path(&f, directories[i]), 0700) < 0)
			return -1;
	flow_put(&f, "catalogs/test.yaml", CATALOG_HEAD CAUSE("512"));
	flow_put(&f, "profiles/test.yaml", PROFILE_HEAD "keys: [key]\nbase: hex\n");
	flow_write_config(&f);
	(void)snprintf(f.state, sizeof(f.state), "%s/state", f.directory);
	f.options =
		(struct pipeline_options){ .instance = "test", .state = f.state, .drain = true };
	f.datagrams = flow_bind(&f, "datagrams", SOCK_DGRAM);
	f.listener = flow_bind(&f, "stream", SOCK_STREAM);
	flow_forget_calls(&f);
	*state = &f;
	return flow_load(&f);
}

static inline int flow_unlink(
	const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static inline void flow_empty(const struct flow *f, const char *name)
{
	char path[2 * FLOW_PATH_SIZE];
	struct dirent *entry;
	DIR *directory = opendir(flow_path(f, name));

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		(void)snprintf(
			path, sizeof(path), "%s/%s/%.100s", f->directory, name, entry->d_name);
		(void)unlink(path);
	}
	(void)closedir(directory);
}

/* No logs, no state, nothing delivered. */
static inline void flow_start_over(struct flow *f)
{
	flow_empty(f, "logs");
	flow_empty(f, "state");
	flow_forget_calls(f);
	flow_drop_messages(f);
}

static inline int flow_end(void **state)
{
	struct flow *f = *state;

	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
	flow_drop_messages(f);
	f->datagrams = close_fd(f->datagrams);
	f->listener = close_fd(f->listener);
	f->setup = setup_unref(f->setup);
	return nftw(f->directory, flow_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

#define FLOW_TEST(test) cmocka_unit_test_setup_teardown(test, flow_begin, flow_end)
