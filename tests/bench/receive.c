/* A receiver for the benchmarks that costs next to nothing: `receive ADDRESS FILE` listens on
 * tcp:PORT or udp:PORT of the loopback, unix:PATH or unix-dgram:PATH, and discards what comes over
 * one connection after the other. When the last line of the benchmark has come, it writes to FILE
 * how many bytes there were, and that line. It runs until it is killed. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK_SIZE = 1024 * 1024, RECEIVE_SIZE = 8 * 1024 * 1024 };

static const char last_line[] = "last line of the benchmark";

struct receiver {
	int fd;
	bool stream;
	const char *file;
	uint64_t n_bytes;
	size_t kept; /* bytes of the block before that stand at the beginning */
	char block[BLOCK_SIZE];
};

static int fail(const char *what)
{
	(void)fprintf(stderr, "receive: %s: %s\n", what, strerror(errno));
	return -1;
}

static int listen_inet(struct receiver *r, const char *rest)
{
	const char *port = strrchr(rest, ':') ? strrchr(rest, ':') + 1 : rest;
	struct sockaddr_in address = { .sin_family = AF_INET };
	const int on = 1, size = RECEIVE_SIZE;

	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, r->stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (r->fd < 0)
		return fail("socket");
	(void)setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!r->stream)
		(void)setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return bind(r->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? fail("bind") : 0;
}

static int listen_unix(struct receiver *r, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	r->fd = socket(AF_UNIX, r->stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (r->fd < 0)
		return fail("socket");
	return bind(r->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? fail("bind") : 0;
}

static int start_listening(struct receiver *r, const char *address)
{
	static const struct {
		const char *scheme;
		bool stream;
		int (*listen)(struct receiver *r, const char *rest);
	} kinds[] = {
		{ "tcp:", true, listen_inet },
		{ "udp:", false, listen_inet },
		{ "unix:", true, listen_unix },
		{ "unix-dgram:", false, listen_unix },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].scheme);

		if (strncmp(address, kinds[i].scheme, len) != 0)
			continue;
		r->stream = kinds[i].stream;
		if (kinds[i].listen(r, address + len) < 0)
			return -1;
		return r->stream && listen(r->fd, 1) < 0 ? fail("listen") : 0;
	}
	errno = EINVAL;
	return fail(address);
}

static int report_last_line(struct receiver *r)
{
	FILE *file = fopen(r->file, "we");

	if (!file)
		return fail(r->file);
	(void)fprintf(file, "%llu bytes\n%s\n", (unsigned long long)r->n_bytes, last_line);
	return fclose(file) == 0 ? 0 : fail(r->file);
}

/* Read until the other side closes; the end of each block is kept, for the line may lie across two.
 */
static int receive_all(struct receiver *r, int fd)
{
	const size_t keep = sizeof(last_line);
	ssize_t n;

	while ((n = recv(fd, r->block + r->kept, sizeof(r->block) - r->kept, 0)) > 0) {
		size_t len = r->kept + (size_t)n;

		r->n_bytes += (size_t)n;
		if (memmem(r->block, len, last_line, strlen(last_line)) && report_last_line(r) < 0)
			return -1;
		r->kept = len < keep ? len : keep;
		memmove(r->block, r->block + len - r->kept, r->kept);
	}
	return n < 0 ? fail("recv") : 0;
}

int main(int argc, char **argv)
{
	static struct receiver r;

	if (argc != 3) {
		(void)fprintf(stderr,
			"usage: receive "
			"tcp:127.0.0.1:PORT|udp:127.0.0.1:PORT|unix:PATH|unix-dgram:PATH FILE\n");
		return 2;
	}
	r.file = argv[2];
	if (start_listening(&r, argv[1]) < 0)
		return 1;
	while (r.stream) {
		int fd = accept(r.fd, NULL, NULL);

		if (fd < 0)
			return 1;
		r.kept = 0;
		(void)receive_all(&r, fd);
		(void)close(fd);
	}
	return receive_all(&r, r.fd) < 0 ? 1 : 0;
}
