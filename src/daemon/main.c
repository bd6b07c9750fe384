/* becaused: options, setup, one event loop, and the notifications for systemd. The pipeline in
 * src/flow does the work. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/terminal/color.h"
#include "base/terminal/option-errors.h"
#include "daemon/notify-status.h"
#include "daemon/own-unit.h"
#include "daemon/publisher.h"
#include "daemon/reload.h"
#include "daemon/report.h"
#include "daemon/watchdog.h"
#include "flow/event-rules.h"
#include "flow/pipeline.h"
#include "flow/setup/check-setup.h"
#include "flow/setup/setup.h"

enum { STATUS_MAX = 64 * 1024 };

enum {
	EXIT_WRONG = 1, /* something failed */
	EXIT_USAGE = 2, /* usage or configuration error */
};

static const char usage[] =
	"Usage: becaused [--config FILE] [--state DIR] [--data DIR] [--check] [--drain]\n"
	"                [--color WHEN]\n"
	"\n"
	"Reads platform logs, recognizes release causes, and copies each record that has\n"
	"one to the journal or to a log server, with the cause explained.\n"
	"\n"
	"  --config FILE  the configuration (default, unless --data is given:\n"
	"                 " SETUP_CONFIG ")\n"
	"  --state DIR    where positions are kept (default: $STATE_DIRECTORY, or\n"
	"                 " BECAUSE_STATEDIR ")\n"
	"  --data DIR     a directory with catalogs/ and profiles/ (default: the installed\n"
	"                 ones)\n"
	"  --check        check configuration, catalogs and profiles, and exit\n"
	"  --drain        read until there is nothing more, deliver it, and exit; a last\n"
	"                 line of a file without its end stays unread\n"
	"  --color WHEN   auto (default): errors and warnings in color on a terminal, unless\n"
	"                 NO_COLOR is set; always; or never\n"
	"  -h, --help     this text\n"
	"  --version      the version\n"
	"\n"
	"Exit status: 0 success, 1 something went wrong or could not be read, 2 usage or\n"
	"configuration error.\n";

struct daemon {
	struct setup_options setup_options;
	struct pipeline_options pipeline_options;
	bool check;
	struct setup *setup;
	char *unit;
	char instance[PATH_MAX + sizeof("becaused ")];
	char state[PATH_MAX];
	sd_event *event;
	sd_event_source *term, *interrupt;
	struct pipeline *pipeline;
	struct reload reload;
	struct publisher publisher;
	struct watchdog watchdog;
};

enum daemon_option {
	OPTION_CONFIG = OPTIONS_FIRST,
	OPTION_STATE,
	OPTION_DATA,
	OPTION_CHECK,
	OPTION_DRAIN,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
};

enum { PARSE_EXIT = 1 };

/* Returns 0, PARSE_EXIT when everything has been printed, or -EINVAL. */
static int parse_options(struct daemon *d, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "state", required_argument, NULL, OPTION_STATE },
		{ "data", required_argument, NULL, OPTION_DATA },
		{ "check", no_argument, NULL, OPTION_CHECK },
		{ "drain", no_argument, NULL, OPTION_DRAIN },
		{ "color", required_argument, NULL, OPTION_COLOR },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ 0 },
	};
	enum color color = COLOR_AUTO;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) >= 0) {
		if (option == OPTION_CONFIG)
			d->setup_options.config = optarg;
		else if (option == OPTION_STATE)
			d->pipeline_options.state = optarg;
		else if (option == OPTION_DATA)
			d->setup_options.data = optarg;
		else if (option == OPTION_CHECK)
			d->check = true;
		else if (option == OPTION_DRAIN)
			d->pipeline_options.drain = true;
		else if (option == OPTION_COLOR && color_read(optarg, &color) < 0)
			return -EINVAL;
		else if (option == OPTION_COLOR)
			continue;
		else if (option == OPTION_HELP || option == 'h')
			return fputs(usage, stdout) < 0 ? -EIO : PARSE_EXIT;
		else if (option == OPTION_VERSION)
			return puts("becaused " PACKAGE_VERSION) < 0 ? -EIO : PARSE_EXIT;
		else {
			options_log_refused(option, argv, long_options);
			return -EINVAL;
		}
	}
	log_set_color(color_is_on(color, isatty(STDERR_FILENO) == 1));
	if (optind == argc)
		return 0;
	log_error("unexpected argument '%s'", argv[optind]);
	return -EINVAL;
}

/* --- systemd --- */

static void report_failure(const struct diag *diag)
{
	char text[DIAG_TEXT_MAX];

	if (diag->n_errors == 0)
		return;
	diag_summarize(diag, text, sizeof(text));
	status_send(text);
}

/* The instance is the unit without its suffix, which distinguishes two services. A process that is
 * no service is distinguished by a state directory of its own. */
static void name_instance(struct daemon *d)
{
	static const char suffix[] = ".service";
	const char *state = d->pipeline_options.state;
	size_t len = d->unit ? strlen(d->unit) : 0;
	char real[PATH_MAX], usual[PATH_MAX];

	state = realpath(state, real) ? real : state;
	if (len > strlen(suffix))
		(void)snprintf(d->instance, sizeof(d->instance), "%.*s",
			(int)(len - strlen(suffix)), d->unit);
	else if (!realpath(BECAUSE_STATEDIR, usual) || strcmp(state, usual) != 0)
		(void)snprintf(d->instance, sizeof(d->instance), "becaused %s", state);
	else
		(void)snprintf(d->instance, sizeof(d->instance), "becaused");
	d->pipeline_options.instance = d->instance;
}

static int choose_state(struct daemon *d)
{
	const char *given = getenv("STATE_DIRECTORY");

	if (!d->pipeline_options.state) {
		(void)snprintf(d->state, sizeof(d->state), "%s",
			given && *given ? given : BECAUSE_STATEDIR);
		d->state[strcspn(d->state, ":")] = '\0';
		d->pipeline_options.state = d->state;
	}
	if (mkdir(d->pipeline_options.state, 0700) == 0 || errno == EEXIST)
		return 0;
	log_error("cannot make the directory '%s': %m", d->pipeline_options.state);
	return -errno;
}

/* --- the loop --- */

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
	struct daemon *d = userdata;

	(void)s, (void)info;
	(void)sd_notify(0, "STOPPING=1\nSTATUS=delivering what is left");
	pipeline_stop(d->pipeline);
	return 0;
}

static int add_signal(struct daemon *d, sd_event_source **ret, int signal)
{
	int r = sd_event_add_signal(d->event, ret, signal, on_signal, d);

	return r < 0 ? r : loop_adopt(*ret, LOOP_SIGNALS);
}

/* The signals wait for the loop: a request for a reload or for counts must not end a daemon that is
 * loading. */
static int block_signals(void)
{
	sigset_t signals;

	if (sigemptyset(&signals) < 0 || sigaddset(&signals, SIGHUP) < 0 ||
		sigaddset(&signals, SIGUSR1) < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	return 0;
}

static int start_pipeline(struct daemon *d)
{
	sigset_t signals;
	int r;

	/* A log server that is gone is reported by the write that fails; OpenSSL writes without
	 * MSG_NOSIGNAL. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	/* A state file that would be too large (LimitFSIZE=) is reported by the write that fails.
	 */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -errno;
	if (sigemptyset(&signals) < 0 || sigaddset(&signals, SIGTERM) < 0 ||
		sigaddset(&signals, SIGINT) < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_new(&d->event);
	if (r < 0)
		return r;
	r = add_signal(d, &d->term, SIGTERM);
	if (r < 0)
		return r;
	r = add_signal(d, &d->interrupt, SIGINT);
	if (r < 0)
		return r;
	return pipeline_new(d->event, d->setup, &d->pipeline_options, &d->pipeline);
}

static void on_reload_done(void *userdata)
{
	struct daemon *d = userdata;

	publisher_report(&d->publisher);
}

/* Start what runs beside the pipeline. */
static int start_side_tasks(struct daemon *d)
{
	int r = reload_start(&d->reload, d->event, d->pipeline, &d->setup_options);

	if (r < 0)
		return r;
	reload_set_done(&d->reload, on_reload_done, d);
	r = publisher_start(&d->publisher, d->event, d->pipeline, d->instance, &d->reload.results);
	return r < 0 ? r : watchdog_start(&d->watchdog, d->event, d->pipeline);
}

static void log_stopped(const struct daemon *d)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(STATUS_MAX);

	report_status(d->pipeline, &text);
	buffer_add_char(&text, '\0');
	if (buffer_finish(&text) == 0)
		log_notice("stopped: %s", text.data);
}

static int run_daemon(struct daemon *d)
{
	int r = choose_state(d);

	if (r < 0)
		return r;
	d->pipeline_options.unit = d->unit;
	d->pipeline_options.namespace = getenv("LOG_NAMESPACE");
	name_instance(d);
	r = start_pipeline(d);
	if (r == 0)
		r = start_side_tasks(d);
	if (r < 0) {
		errno = -r;
		log_error("cannot start: %m");
		return r;
	}
	log_notice("becaused %s started as %s; sources: %zu, sinks: %zu", PACKAGE_VERSION,
		d->instance, d->setup->config->n_sources, d->setup->config->n_sinks);
	/* The pipeline has its own reference, until a reload replaces it. */
	d->setup = setup_unref(d->setup);
	(void)sd_notify(0, "READY=1\nSTATUS=reading");
	r = sd_event_loop(d->event);
	publisher_report(&d->publisher);
	if (r < 0) {
		errno = -r;
		log_error("stopped by an error: %m");
		pipeline_save(d->pipeline);
		return r;
	}
	log_stopped(d);
	if (r == PIPELINE_CUT_SHORT) {
		log_error("stopped before everything was delivered; run --drain again to continue");
		return -EINTR;
	}
	if (r == PIPELINE_LEFT_FILES) {
		log_error(
			"some files were not read, as reported above; run --drain again when they "
			"can be read");
		return -ENOENT;
	}
	return 0;
}

static void daemon_done(struct daemon *d)
{
	watchdog_stop(&d->watchdog);
	publisher_stop(&d->publisher);
	reload_stop(&d->reload);
	(void)pipeline_free(d->pipeline);
	(void)sd_event_source_disable_unref(d->term);
	(void)sd_event_source_disable_unref(d->interrupt);
	(void)sd_event_unref(d->event);
	free(d->unit);
	(void)setup_unref(d->setup);
}

static int load_setup(struct daemon *d)
{
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r;

	d->unit = unit_find();
	/* A start needs all files that the configuration names. A check may be of a service that
	 * does not run. But a check that the service itself runs, before it starts or reloads, has
	 * the credentials. */
	d->setup_options.within_service = !d->check || d->unit;
	diag.advises = d->check && !d->unit;
	d->setup_options.for_daemon = true;
	d->setup_options.only_regular = true;
	r = setup_new(&d->setup_options, &diag, &d->setup);
	if (r == 0 && d->check)
		r = check_warn(d->setup, &d->setup_options, BECAUSE_SYSCONFDIR, &diag);
	if (r == -ENOMEM)
		log_error("out of memory");
	else if (d->check)
		check_log(d->setup, &d->setup_options, &diag);
	else
		diag_log(&diag);
	report_failure(&diag);
	return r;
}

int main(int argc, char **argv)
{
	CLEANUP(daemon_done) struct daemon d = { 0 };
	int r;

	/* glibc's default, but fixed: otherwise glibc raises it at the first large block, and then
	 * keeps freed blocks of that size. */
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	log_open("becaused", LOG_INFO);
	r = parse_options(&d, argc, argv);
	if (r == PARSE_EXIT)
		return EXIT_SUCCESS;
	if (r < 0) {
		(void)fputs("Try 'becaused --help'.\n", stderr);
		return EXIT_USAGE;
	}
	if (!d.check && block_signals() < 0) {
		log_error("cannot block signals: %m");
		return EXIT_WRONG;
	}
	if (load_setup(&d) < 0)
		return EXIT_USAGE;
	if (d.check)
		return EXIT_SUCCESS;
	return run_daemon(&d) < 0 ? EXIT_WRONG : EXIT_SUCCESS;
}
