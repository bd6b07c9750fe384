/* Refused memory in a pipeline that runs: from files to a datagram and a stream sink, and to a
 * journal sink. Whatever is refused, a run delivers everything, or it ends by an error and the next
 * one, with the same state and with memory, delivers what is missing. */
#include "config.h"

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/inotify.h>

#include "sink/journal/journal-sink.h"
#include "test-flow.h"
#include "test-memory.h"

/* -- what allocates in libraries ---------------------------------------------- */

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
int __real_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
	sd_event_io_handler_t callback, void *userdata);
int __wrap_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
	sd_event_io_handler_t callback, void *userdata);
int __real_sd_event_add_defer(
	sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata);
int __wrap_sd_event_add_defer(
	sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata);
int __real_sd_event_source_set_enabled(sd_event_source *s, int enabled);
int __wrap_sd_event_source_set_enabled(sd_event_source *s, int enabled);

DIR *__wrap_opendir(const char *path)
{
	if (!refuse())
		return __real_opendir(path);
	errno = ENOMEM;
	return NULL;
}

/* The log server's own descriptors are not under test. */
int __wrap_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
	sd_event_io_handler_t callback, void *userdata)
{
	if (callback != flow_on_stream && refuse())
		return -ENOMEM;
	return __real_sd_event_add_io(event, ret, fd, events, callback, userdata);
}

int __wrap_sd_event_add_defer(
	sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata)
{
	return refuse() ? -ENOMEM : __real_sd_event_add_defer(event, ret, callback, userdata);
}

/* Only switching on may allocate. */
int __wrap_sd_event_source_set_enabled(sd_event_source *s, int enabled)
{
	if (enabled != SD_EVENT_OFF && refuse())
		return -ENOMEM;
	return __real_sd_event_source_set_enabled(s, enabled);
}

/* -- inotify, which the kernel takes its time to close ------------------------------ */

int __wrap_inotify_init1(int flags);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_rm_watch(int fd, int wd);

/* The other ends of the youngest descriptors. */
static struct {
	int fds[16];
	size_t n;
} pokers;

int __wrap_inotify_init1(int flags)
{
	int fds[2], *slot = &pokers.fds[pokers.n % COUNT(pokers.fds)];

	(void)flags;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -1;
	if (pokers.n++ >= COUNT(pokers.fds))
		(void)close(*slot);
	*slot = fds[1];
	return fds[0];
}

/* Report an overflow to each inotify descriptor: events were lost. */
static void poke(void)
{
	const struct inotify_event lost = { .wd = -1, .mask = IN_Q_OVERFLOW };

	for (size_t i = 0; i < pokers.n && i < COUNT(pokers.fds); i++)
		(void)!send(pokers.fds[i], &lost, sizeof(lost), MSG_NOSIGNAL);
}

static int close_pokers(void **state)
{
	(void)state;
	for (size_t i = 0; i < pokers.n && i < COUNT(pokers.fds); i++)
		(void)close(pokers.fds[i]);
	return 0;
}

/* A watch descriptor is made of the inode. */
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	struct stat status;

	(void)fd, (void)mask;
	if (refuse()) {
		errno = ENOMEM;
		return -1;
	}
	return stat(path, &status) < 0 ? -1 : (int)(status.st_ino % INT_MAX);
}

int __wrap_inotify_rm_watch(int fd, int wd)
{
	(void)fd, (void)wd;
	return 0;
}

/* -- the sweep ------------------------------------------------------------------ */

enum { VALGRIND_STRIDE = 13 }; /* it is slow, so it sees only some of them */

/* What each run begins with, and the calls that it is to deliver. */
struct scene {
	struct flow *flow;
	struct buffer positions; /* the state file; empty = there is none */
	unsigned from, to;
	size_t n_failed; /* runs that ended by an error */
};

static void set_scene(struct scene *scene)
{
	const char *path = flow_path(scene->flow, "state/positions");

	flow_forget_calls(scene->flow);
	if (scene->positions.len == 0)
		(void)unlink(path);
	else
		assert_int_equal(
			io_replace_file(path, 0600, scene->positions.data, scene->positions.len),
			0);
}

static void keep_positions(struct scene *scene)
{
	buffer_clear(&scene->positions);
	assert_int_equal(
		io_read_file(flow_path(scene->flow, "state/positions"), &scene->positions), 0);
}

static int run_refused(struct flow *f, size_t n_good, bool from_then_on)
{
	int r = flow_open_loop(f);

	assert_true(r >= 0);
	allocator.n_good = n_good;
	allocator.n_refused = 0;
	allocator.from_then_on = from_then_on;
	allocator.armed = true;
	r = flow_run_pipeline(f);
	allocator.armed = false;
	flow_close_loop(f);
	return r;
}

static void fail_run(const struct scene *scene, size_t n, bool from_then_on, int r)
{
	const struct flow *f = scene->flow;

	fail_msg("allocation %zu refused%s: gave %d, missing by datagram %u, by stream %u", n,
		from_then_on ? " and all behind it" : "", r,
		flow_count_missing(f->by_datagram, scene->from, scene->to),
		flow_count_missing(f->by_stream, scene->from, scene->to));
}

static bool is_delivered(const struct scene *scene)
{
	const struct flow *f = scene->flow;

	return flow_count_missing(f->by_datagram, scene->from, scene->to) == 0 &&
	       flow_count_missing(f->by_stream, scene->from, scene->to) == 0;
}

/* One run with the refusal, and where it failed one more; false when nothing was refused. */
static bool try_refusal(struct scene *scene, size_t n, bool from_then_on)
{
	struct flow *f = scene->flow;
	bool refused;
	int r;

	set_scene(scene);
	r = run_refused(f, n, from_then_on);
	refused = allocator.n_refused > 0;
	if (r > 0 || r == -ETIME || (r == 0 && !is_delivered(scene)))
		fail_run(scene, n, from_then_on, r);
	if (r == 0)
		return refused;
	scene->n_failed++;
	r = flow_run(f);
	if (r != 0 || !is_delivered(scene))
		fail_run(scene, n, from_then_on, r);
	return refused;
}

static void sweep_scene(struct scene *scene, size_t n_min)
{
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0, stride = flow_in_valgrind() ? VALGRIND_STRIDE : 1;

		while (try_refusal(scene, n, from_then_on))
			n += stride;
		assert_between(n, n_min, 10000);
	}
	buffer_done(&scene->positions);
}

static struct scene make_scene(struct flow *f, unsigned from, unsigned to)
{
	return (struct scene){
		.flow = f, .positions = buffer_make(1024 * 1024), .from = from, .to = to
	};
}

/* -- the scenes ------------------------------------------------------------------- */

static void nothing_is_lost_where_memory_is_refused_at_the_first_start(void **state)
{
	struct flow *f = *state;
	struct scene scene = make_scene(f, 0, 40);

	flow_append_calls(f, "logs/a.log", 0, 30);
	flow_append_calls(f, "logs/b.log", 30, 40);
	sweep_scene(&scene, 50);
	assert_between(scene.n_failed, 5, 10000);
}

static void nothing_is_lost_where_memory_is_refused_at_a_later_start(void **state)
{
	struct flow *f = *state;
	struct scene scene = make_scene(f, 10, 40);

	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 10);
	keep_positions(&scene);
	flow_append_calls(f, "logs/a.log", 10, 20);
	flow_append_calls(f, "logs/b.log", 20, 40);
	sweep_scene(&scene, 50);
}

/* Part of the old content was not read before the file was copied, and emptied; and another one
 * was renamed. */
static void nothing_is_lost_of_rotated_files_where_memory_is_refused(void **state)
{
	struct flow *f = *state;
	struct scene scene = make_scene(f, 40, 100);

	flow_append_calls(f, "logs/a.log", 0, 20);
	flow_append_calls(f, "logs/b.log", 20, 40);
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 40);
	keep_positions(&scene);
	flow_append_calls(f, "logs/a.log", 40, 50);
	flow_copytruncate(f, "logs/a.log", "logs/a.log.1");
	flow_append_calls(f, "logs/a.log", 50, 60);
	flow_append_calls(f, "logs/b.log", 60, 80);
	assert_int_equal(rename(flow_path(f, "logs/b.log"), flow_path(f, "logs/b.log.1")), 0);
	flow_append_calls(f, "logs/b.log", 80, 100);
	sweep_scene(&scene, 50);
}

/* -- a reload ----------------------------------------------------------------------- */

enum {
	EDITION = 4000,        /* the call that shows edition 0 of the catalog */
	RELOAD_RUNNING = 1000, /* result of one that is not over */
};

/* The setup of an edition, with another source or without. */
static void load_edition(struct flow *f, unsigned edition, bool more)
{
	char text[1024], config[1024];

	(void)snprintf(text, sizeof(text),
		CATALOG_HEAD "  - {code: 512, name: n512, severity: err, description: 'See "
			     "call=%u .'}\n",
		EDITION + edition);
	flow_put(f, "catalogs/test.yaml", text);
	(void)snprintf(config, sizeof(config),
		"profiles: [test]\n"
		"sources:\n"
		"  - {name: files, files: {paths: [%s/logs/*.log], start: beginning}}\n"
		"%s"
		"sinks:\n"
		"  - {name: datagrams, socket: {address: 'unix-dgram:%s/datagrams', format: "
		"json}}\n"
		"  - {name: stream, socket: {address: 'unix:%s/stream', format: rfc5424}}\n",
		f->directory,
		more ? "  - {name: more, files: {paths: [/dev/null/more/*.log]}}\n" : "",
		f->directory, f->directory);
	flow_put(f, "becaused.yaml", config);
	f->setup = setup_unref(f->setup);
	assert_int_equal(flow_load(f), 0);
}

static void on_reloaded(int result, void *userdata)
{
	*(int *)userdata = result;
}

/* Reload with the refusal. Returns its result; *ret_ends where the daemon ends by it. */
static int reload_refused(struct flow *f, size_t n, bool from_then_on, bool *ret_ends)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	int result = RELOAD_RUNNING, r = 0, code;

	allocator.n_good = n;
	allocator.n_refused = 0;
	allocator.from_then_on = from_then_on;
	allocator.armed = true;
	pipeline_reload(f->pipeline, f->setup, on_reloaded, &result);
	while (result == RELOAD_RUNNING && r >= 0 && __real_io_now_usec(CLOCK_MONOTONIC) < end)
		r = flow_loop_once(f);
	allocator.armed = false;
	*ret_ends = r < 0 || sd_event_get_exit_code(f->event, &code) >= 0;
	return result;
}

/* The daemon that was refused memory continues, with the catalog of the setup that is in use. */
static void assert_continues(struct flow *f, bool reloaded)
{
	flow_append_calls(f, "logs/a.log", 10, 20);
	poke();
	assert_true(flow_run_until(f, 0, 20));
	pipeline_stop(f->pipeline);
	assert_int_equal(flow_run_to_end(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
	assert_arrived(f, 0, 20);
	assert_int_equal(f->by_datagram->calls[EDITION], reloaded ? 10 : 20);
	assert_int_equal(f->by_datagram->calls[EDITION + 1], reloaded ? 10 : 0);
}

/* As in main(): the positions of delivered records are saved, and the next start resumes there. */
static void assert_next_resumes(struct flow *f)
{
	pipeline_save(f->pipeline);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
	flow_append_calls(f, "logs/a.log", 10, 20);
	f->options.drain = true;
	assert_int_equal(flow_run(f), 0);
	assert_int_equal(flow_count_missing(f->by_datagram, 0, 20), 0);
	assert_int_equal(flow_count_missing(f->by_stream, 0, 20), 0);
}

/* One reload with the refusal; false when nothing was refused. */
static bool try_reload(struct flow *f, size_t n, bool from_then_on, bool more, size_t *n_kept)
{
	bool ends;
	int result;

	flow_start_over(f);
	f->options.drain = false;
	load_edition(f, 0, false);
	assert_true(flow_open_loop(f) >= 0);
	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
	assert_true(flow_run_until(f, 0, 10));
	load_edition(f, 1, more);
	result = reload_refused(f, n, from_then_on, &ends);
	if (ends) {
		assert_next_resumes(f);
		return allocator.n_refused > 0;
	}
	if (result != 0 && result != -ENOMEM && result != -EIO)
		fail_msg("allocation %zu refused%s: the reload gave %d", n,
			from_then_on ? " and all behind it" : "", result);
	assert_true(result == 0 || allocator.n_refused > 0);
	*n_kept += result < 0;
	assert_continues(f, result == 0);
	return allocator.n_refused > 0;
}

static void sweep_reload(struct flow *f, bool more, size_t n_min)
{
	for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
		size_t n = 0, n_kept = 0, stride = flow_in_valgrind() ? VALGRIND_STRIDE : 1;

		while (try_reload(f, n, from_then_on, more, &n_kept))
			n += stride;
		assert_between(n, n_min, 10000);
		assert_true(n_kept > 0 || from_then_on || flow_in_valgrind());
	}
}

static void a_reload_of_catalogs_that_is_refused_memory_changes_nothing(void **state)
{
	sweep_reload(*state, false, 2);
}

static void a_reload_of_sources_that_is_refused_memory_loses_nothing(void **state)
{
	sweep_reload(*state, true, 20);
}

/* -- the journal sink ---------------------------------------------------------------- */

enum { LARGE = 4 * 1024 * 1024 };

static struct journal {
	char directory[32];
	char path[64];
	int fd;
	char *large;
} journal = { .directory = "/tmp/because-test.XXXXXX" };

static int start_journal(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	log_open("test", LOG_EMERG - 1);
	if (!mkdtemp(journal.directory))
		return -1;
	(void)snprintf(journal.path, sizeof(journal.path), "%s/socket", journal.directory);
	memcpy(address.sun_path, journal.path, strlen(journal.path));
	journal.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	journal.large = test_repeat('x', LARGE);
	return bind(journal.fd, (const struct sockaddr *)&address, sizeof(address));
}

static int stop_journal(void **state)
{
	(void)state;
	free(journal.large);
	(void)close(journal.fd);
	(void)unlink(journal.path);
	return rmdir(journal.directory);
}

/* How many records the journal has got: datagrams, and memory files. */
static unsigned count_received(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	static char bytes[256 * 1024];
	unsigned n = 0;

	for (;;) {
		struct iovec piece = { bytes, sizeof(bytes) };
		struct msghdr message = { .msg_iov = &piece,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control) };
		const struct cmsghdr *c;
		int fd;

		if (recvmsg(journal.fd, &message, MSG_CMSG_CLOEXEC) < 0)
			return n;
		c = CMSG_FIRSTHDR(&message);
		if (c && c->cmsg_type == SCM_RIGHTS) {
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			(void)close(fd);
		}
		n++;
	}
}

static int send_to_journal(struct sink *sink, struct text message)
{
	struct record record = record_make();
	int r = record_add(&record, text_of("MESSAGE"), message);

	record.source = record.instance = "test";
	record.position = text_of("1");
	if (r == 0)
		r = sink_send(sink, &record);
	record_done(&record);
	return r == SINK_FULL ? NOT_AS_BEFORE : r;
}

/* A record that is not taken has not been sent, and one that is taken has. */
static int attempt_journal(void)
{
	struct sink *sink = NULL;
	unsigned n_taken;
	int r = journal_sink_new_at("journal", journal.path, NULL, &sink);

	if (r < 0)
		return sink ? NOT_AS_BEFORE : r;
	r = send_to_journal(sink, TEXT("small"));
	if (r == 0)
		r = send_to_journal(sink, text_make(journal.large, LARGE));
	n_taken = (unsigned)sink->n_taken;
	(void)sink_free(sink);
	return count_received() != n_taken || (r == 0 && n_taken != 2) ? NOT_AS_BEFORE : r;
}

static void the_journal_sink_takes_a_record_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep(attempt_journal, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(nothing_is_lost_where_memory_is_refused_at_the_first_start),
		FLOW_TEST(nothing_is_lost_where_memory_is_refused_at_a_later_start),
		FLOW_TEST(nothing_is_lost_of_rotated_files_where_memory_is_refused),
		FLOW_TEST(a_reload_of_catalogs_that_is_refused_memory_changes_nothing),
		FLOW_TEST(a_reload_of_sources_that_is_refused_memory_loses_nothing),
		cmocka_unit_test_setup_teardown(the_journal_sink_takes_a_record_whole_or_not_at_all,
			start_journal, stop_journal),
	};

	flow_refuses = refuse;
	return cmocka_run_group_tests_name("memory in the flow", tests, NULL, close_pokers);
}
