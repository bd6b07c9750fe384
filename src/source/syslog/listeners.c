#include "config.h"

#include "source/syslog/listeners.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "source/syslog/syslog-options.h"

static void add_listener(struct listeners *listeners, const struct listener *listener)
{
	assert(listeners->n < listeners->size);
	listeners->items[listeners->n++] = *listener;
}

static int open_address(const struct listeners_request *request, const struct address *address,
	struct listeners *listeners)
{
	struct listener listener;
	const char *reason;
	int r = listener_open(address, request->receive_size, &listener, &reason);

	if (r == 0) {
		add_listener(listeners, &listener);
		return 0;
	}
	errno = -r;
	log_error("source %s: cannot listen at '%.*s': %m%s%s", request->name,
		TEXT_FORMAT(address->text), reason ? "; " : "", reason ? reason : "");
	return r;
}

static bool is_wanted(const struct listeners_request *request, bool is_stream)
{
	unsigned transport = is_stream ? SYSLOG_STREAMS : SYSLOG_DATAGRAMS;

	return request->transports == 0 || (request->transports & transport) != 0;
}

/* Returns whether it can be listened at, wanted or not. */
static bool adopt_socket(
	const struct listeners_request *request, int fd, struct listeners *listeners)
{
	struct listener listener;
	uint32_t n_lost;
	int r = listener_adopt(fd, &listener);

	if (r < 0) {
		errno = -r;
		log_warning("source %s: descriptor %d from systemd is no socket to listen at: %m, "
			    "ignoring",
			request->name, fd);
		return false;
	}
	if (!is_wanted(request, listener.is_stream)) {
		listener_done(&listener);
		return true;
	}
	/* An earlier run of this daemon may have reported some lost datagrams. */
	n_lost = listener.is_stream ? 0 : listener_count_lost(&listener);
	if (n_lost > 0)
		log_notice("source %s: %" PRIu32 " datagrams lost at %s since systemd opened it",
			request->name, n_lost, listener.name);
	add_listener(listeners, &listener);
	return true;
}

static int adopt_sockets(
	const struct listeners_request *request, int n_passed, struct listeners *listeners)
{
	bool any = false;

	for (int i = 0; i < n_passed; i++)
		any |= adopt_socket(request, SD_LISTEN_FDS_START + i, listeners);
	if (any)
		return 0;
	log_error("source %s: systemd has passed no socket; stop the service, "
		  "run 'systemctl enable --now becaused-syslog.socket', and start it again",
		request->name);
	return -ENOENT;
}

int listeners_open(const struct listeners_request *request, struct listeners *listeners)
{
	const struct syslog_options *options = request->options;
	int n_passed = sd_listen_fds(0);
	bool adopted = false;
	int result = 0;

	if (n_passed < 0)
		n_passed = 0;
	listeners->size = options->n_listen + (size_t)n_passed;
	listeners->items = calloc(listeners->size, sizeof(*listeners->items));
	if (!listeners->items)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_listen; i++) {
		const struct address *address = &options->listen[i];
		int r = 0;

		if (address->kind == ADDRESS_SYSTEMD) {
			/* They may be named twice. */
			r = adopted ? 0 : adopt_sockets(request, n_passed, listeners);
			adopted = true;
		} else if (is_wanted(request, address_is_stream(address))) {
			r = open_address(request, address, listeners);
		}
		if (result == 0)
			result = r;
	}
	return result;
}

void listeners_done(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->n; i++)
		listener_done(&listeners->items[i]);
	free(listeners->items);
	*listeners = (struct listeners){ 0 };
}
