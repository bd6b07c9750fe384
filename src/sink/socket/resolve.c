/* Only the system's own resolver, getaddrinfo(3), knows all of nsswitch.conf (files, mDNS, the
 * names of containers). It blocks, so each look-up has a thread of its own. A library such as
 * c-ares asks DNS without a thread, and knows nothing else; getaddrinfo_a(3) makes two threads for
 * one look-up. The caller and the thread share nothing but the look-up itself. It belongs to both,
 * and the last to release it frees it. So the caller never waits for an answer that it no longer
 * wants. The thread takes no signals: those are the event loop's. */
#include "config.h"

#include "sink/socket/resolve.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { HOST_SIZE = 256, PORT_SIZE = 8 };

struct resolve {
	atomic_int n_owners; /* the caller, and the thread */
	int fd;              /* an eventfd(2) */
	char host[HOST_SIZE], port[PORT_SIZE];
	int type;
	atomic_bool done; /* from then on the thread writes no member below */
	int code;         /* of getaddrinfo */
	int error;        /* errno, for EAI_SYSTEM */
	struct endpoints endpoints;
};

static void copy_endpoints(const struct addrinfo *list, struct endpoints *ret)
{
	ret->n = 0;
	for (const struct addrinfo *i = list; i && ret->n < ENDPOINTS_MAX; i = i->ai_next) {
		struct endpoint *endpoint = &ret->at[ret->n];

		if (i->ai_addrlen > sizeof(endpoint->address))
			continue;
		memcpy(&endpoint->address, i->ai_addr, i->ai_addrlen);
		endpoint->len = i->ai_addrlen;
		ret->n++;
	}
}

/* Returns 0 or a code of getaddrinfo. */
static int look_up(const char *host, const char *port, int type, int flags, struct endpoints *ret)
{
	struct addrinfo hints = { .ai_flags = flags | AI_NUMERICSERV, .ai_socktype = type };
	struct addrinfo *list = NULL;
	int code = getaddrinfo(host, port, &hints, &list);

	if (code != 0)
		return code;
	copy_endpoints(list, ret);
	freeaddrinfo(list);
	return ret->n > 0 ? 0 : EAI_NONAME;
}

int resolve_number(const char *host, const char *port, int type, struct endpoints *ret)
{
	struct endpoints endpoints;

	if (look_up(host, port, type, AI_NUMERICHOST, &endpoints) != 0)
		return -EINVAL;
	*ret = endpoints;
	return 0;
}

static void release(struct resolve *resolve)
{
	int n_before = atomic_fetch_sub(&resolve->n_owners, 1);

	assert(n_before == 1 || n_before == 2);
	if (n_before > 1)
		return;
	resolve->fd = close_fd(resolve->fd);
	free(resolve);
}

static void *run_look_up(void *userdata)
{
	struct resolve *resolve = userdata;
	const uint64_t one = 1;

	resolve->code =
		look_up(resolve->host, resolve->port, resolve->type, 0, &resolve->endpoints);
	resolve->error = errno;
	atomic_store(&resolve->done, true);
	/* Never full: it is written once. */
	(void)!write(resolve->fd, &one, sizeof(one));
	release(resolve);
	return NULL;
}

/* Returns 0 or a negative errno; the thread owns its part from the first moment. */
static int start_thread(struct resolve *resolve)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	int r = pthread_attr_init(&attributes);

	if (r != 0)
		return -r;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store(&resolve->n_owners, 2);
	r = pthread_create(&thread, &attributes, run_look_up, resolve);
	if (r != 0)
		atomic_store(&resolve->n_owners, 1);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return -r;
}

int resolve_new(const char *host, const char *port, int type, struct resolve **ret)
{
	CLEANUP(resolve_freep) struct resolve *resolve = NULL;
	int r;

	if (strlen(host) >= HOST_SIZE || strlen(port) >= PORT_SIZE)
		return -ENAMETOOLONG;
	resolve = calloc(1, sizeof(*resolve));
	if (!resolve)
		return -ENOMEM;
	atomic_store(&resolve->n_owners, 1);
	memcpy(resolve->host, host, strlen(host) + 1);
	memcpy(resolve->port, port, strlen(port) + 1);
	resolve->type = type;
	resolve->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (resolve->fd < 0)
		return -errno;
	r = start_thread(resolve);
	if (r < 0)
		return r;
	*ret = TAKE(resolve);
	return 0;
}

int resolve_fd(const struct resolve *resolve)
{
	return resolve->fd;
}

static int errno_of(const struct resolve *resolve)
{
	if (resolve->code == EAI_SYSTEM && resolve->error > 0)
		return -resolve->error;
	return resolve->code == EAI_MEMORY ? -ENOMEM : -EADDRNOTAVAIL;
}

int resolve_finish(struct resolve *resolve, struct endpoints *ret, const char **reterr)
{
	if (!atomic_load(&resolve->done))
		return RESOLVE_PENDING;
	if (resolve->code != 0) {
		*reterr = resolve->code == EAI_SYSTEM ? strerror(resolve->error)
						      : gai_strerror(resolve->code);
		return errno_of(resolve);
	}
	assert(resolve->endpoints.n > 0 && resolve->endpoints.n <= ENDPOINTS_MAX);
	*ret = resolve->endpoints;
	return 0;
}

struct resolve *resolve_free(struct resolve *resolve)
{
	if (resolve)
		release(resolve);
	return NULL;
}
