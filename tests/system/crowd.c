/* Silent clients, for the system tests: `crowd ADDRESS COUNT BEGUN SIZE`. It makes COUNT
 * connections to ADDRESS, a unix socket's path or a port of the loopback, where each 500 use
 * another source address. The first BEGUN connections send SIZE bytes without a line end. Then
 * crowd notifies the service manager, and holds the connections. It does not replace one that the
 * other side closes. */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "program.h"

enum { OF_ADDRESS = 500, PIECE = 4096, OTHERS = 64 };

static int connect_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

static int connect_port(uint64_t port, uint64_t number)
{
	struct sockaddr_in own = { .sin_family = AF_INET }, other = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number / OF_ADDRESS));
	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	other.sin_port = htons((uint16_t)port);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&other, sizeof(other)) < 0 ? -1 : fd;
}

/* Send until the other side takes no more. */
static void send_unfinished(int fd, uint64_t size)
{
	static char piece[PIECE];

	memset(piece, 'x', sizeof(piece));
	while (size > 0) {
		ssize_t n = send(fd, piece, size < PIECE ? size : PIECE, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		size -= (uint64_t)n;
	}
}

int main(int argc, char **argv)
{
	uint64_t count, begun, size, port = 0;
	struct rlimit descriptors;

	if (argc != 5 || number_parse(argv[2], &count) < 0 || number_parse(argv[3], &begun) < 0 ||
		number_parse(argv[4], &size) < 0 ||
		(argv[1][0] != '/' && number_parse(argv[1], &port) < 0)) {
		(void)fputs("usage: crowd ADDRESS COUNT BEGUN SIZE\n", stderr);
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &descriptors) < 0)
		return 1;
	descriptors.rlim_cur = count + OTHERS;
	if (setrlimit(RLIMIT_NOFILE, &descriptors) < 0) {
		(void)fprintf(stderr, "crowd: %s\n", strerror(errno));
		return 1;
	}
	for (uint64_t i = 0; i < count; i++) {
		int fd = argv[1][0] == '/' ? connect_path(argv[1]) : connect_port(port, i);

		if (fd < 0) {
			(void)fprintf(
				stderr, "crowd: client %u: %s\n", (unsigned)i, strerror(errno));
			return 1;
		}
		if (i < begun)
			send_unfinished(fd, size);
	}
	(void)sd_notify(0, "READY=1");
	return pause() < 0 ? 0 : 1;
}
