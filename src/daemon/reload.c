/* becaused notifies the service manager when a reload begins and when it is over, whatever its
 * result: a unit that waits for READY=1 would be stopped in the end. */
#include "config.h"

#include "daemon/reload.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "flow/event-rules.h"
#include "flow/pipeline.h"
#include "flow/setup/setup.h"
#include "record/message-ids.h"

static void begin_reload(struct reload *reload);

static const char *config_path(const struct reload *reload)
{
	return reload->options->config ? reload->options->config : SETUP_CONFIG;
}

static void end_reload(struct reload *reload)
{
	bool failed = reload->failure[0] != '\0';
	bool requested_again = reload->state == RELOAD_REQUESTED_AGAIN;

	assert(reload->state != RELOAD_IDLE);
	reload->state = RELOAD_IDLE;
	reload->results.n_good += !failed;
	reload->results.n_failed += failed;
	reload->results.failure = failed ? reload->failure : NULL;
	if (failed)
		message_log(MESSAGE_RELOAD_FAILED, config_path(reload), LOG_ERR,
			"reload failed, continuing as before: %s", reload->failure);
	else
		log_notice("reloaded");
	/* Large catalogs are freed in pieces, which this process would keep. */
	(void)malloc_trim(0);
	(void)sd_notify(0, "READY=1");
	reload->done(reload->userdata);
	if (requested_again)
		begin_reload(reload);
}

/* The first error represents all; each of them has been logged. */
static void keep_failure(struct reload *reload, const struct diag *diag, int error)
{
	if (diag->n_errors == 0)
		(void)snprintf(reload->failure, sizeof(reload->failure), "%s", strerror(-error));
	else
		diag_summarize(diag, reload->failure, sizeof(reload->failure));
}

static void on_reloaded(int result, void *userdata)
{
	struct reload *reload = userdata;

	assert(reload->state != RELOAD_IDLE && reload->failure[0] == '\0');
	if (result == -ECANCELED) {
		reload->state = RELOAD_IDLE;
		return;
	}
	if (result == PIPELINE_NOT_TAKEN)
		(void)snprintf(reload->failure, sizeof(reload->failure),
			"a sink does not accept records from a socket that cannot be read again; "
			"remove the sink or restart becaused to discard them");
	else if (result < 0)
		(void)snprintf(reload->failure, sizeof(reload->failure),
			"sources and sinks cannot be opened: %s", strerror(-result));
	end_reload(reload);
}

static void begin_reload(struct reload *reload)
{
	CLEANUP(setup_unrefp) struct setup *setup = NULL;
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r;

	assert(reload->state == RELOAD_IDLE && reload->done);
	reload->state = RELOAD_RUNNING;
	reload->failure[0] = '\0';
	reload->results.failure = NULL;
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading",
		io_monotonic_usec());
	tzset(); /* for local times, which localtime_r() reads by the zone that was read last */
	r = setup_new(reload->options, &diag, &setup);
	diag_log(&diag);
	if (r < 0) {
		keep_failure(reload, &diag, r);
		end_reload(reload);
		return;
	}
	pipeline_reload(reload->pipeline, setup, on_reloaded, reload);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
	struct reload *reload = userdata;

	(void)s, (void)info;
	if (reload->state == RELOAD_IDLE)
		begin_reload(reload);
	else
		reload->state = RELOAD_REQUESTED_AGAIN;
	return 0;
}

int reload_start(struct reload *reload, struct sd_event *event, struct pipeline *pipeline,
	const struct setup_options *options)
{
	int r;

	*reload = (struct reload){ .pipeline = pipeline, .options = options };
	r = sd_event_add_signal(event, &reload->signal, SIGHUP, on_signal, reload);
	return r < 0 ? r : loop_adopt(reload->signal, LOOP_SIGNALS);
}

void reload_set_done(struct reload *reload, reload_done_fn *done, void *userdata)
{
	reload->done = done;
	reload->userdata = userdata;
}

void reload_stop(struct reload *reload)
{
	reload->signal = sd_event_source_disable_unref(reload->signal);
}
