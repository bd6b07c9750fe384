/* A log server that may be killed at any time, for the system tests: `receiver ADDRESS FILE`
 * listens on `tcp:PORT` of the loopback or `unix:PATH`, takes syslog by either framing of RFC 6587,
 * lines of JSON as well, and appends each whole message to FILE as a line.
 *
 * A message is in FILE as soon as it has been read to its end, and one that was cut by the end
 * of its connection never does. So what is in FILE after a kill -9 is what this program had got. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	RECEIVER_CONNECTIONS_MAX = 16,
	RECEIVER_BUFFER_SIZE = 1024 * 1024, /* the longest message */
	RECEIVER_BACKLOG = 16,
	RECEIVER_DIGITS_MAX = 7,
};

struct connection {
	int fd; /* -1 = none */
	size_t len;
	char buffer[RECEIVER_BUFFER_SIZE];
};

struct receiver {
	int listen_fd;
	int file_fd;
	struct connection connections[RECEIVER_CONNECTIONS_MAX];
};

static int listen_tcp(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const int on = 1;
	int fd;

	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0666) < 0)
		return -errno;
	return fd;
}

static int receiver_listen(struct receiver *receiver, const char *address)
{
	int fd;

	if (strncmp(address, "tcp:", 4) == 0)
		fd = listen_tcp(address + 4);
	else if (strncmp(address, "unix:", 5) == 0)
		fd = listen_unix(address + 5);
	else
		return -EINVAL;
	if (fd < 0)
		return fd;
	if (listen(fd, RECEIVER_BACKLOG) < 0)
		return -errno;

	receiver->listen_fd = fd;
	return 0;
}

static void receiver_accept(struct receiver *receiver)
{
	size_t i;
	int fd;

	fd = accept4(receiver->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	for (i = 0; i < RECEIVER_CONNECTIONS_MAX; i++) {
		if (receiver->connections[i].fd < 0) {
			receiver->connections[i].fd = fd;
			receiver->connections[i].len = 0;
			return;
		}
	}
	(void)close(fd);
}

/* Find the message at the front of `data`. Returns whether it is whole, and how many bytes it
 * takes with its framing. */
static bool message_find(const char *data, size_t len, struct iovec *ret, size_t *ret_used)
{
	size_t digits = 0, size = 0;
	const char *end;

	while (digits < len && digits < RECEIVER_DIGITS_MAX && data[digits] >= '0' &&
		data[digits] <= '9')
		size = size * 10 + (size_t)(data[digits++] - '0');
	if (digits > 0) {
		if (digits == len || data[digits] != ' ' || len - digits - 1 < size)
			return false;
		*ret = (struct iovec){ .iov_base = (char *)data + digits + 1, .iov_len = size };
		*ret_used = digits + 1 + size;
		return true;
	}

	end = memchr(data, '\n', len);
	if (!end)
		return false;
	*ret = (struct iovec){ .iov_base = (char *)data, .iov_len = (size_t)(end - data) };
	*ret_used = (size_t)(end - data) + 1;
	return true;
}

/* One write for a message and its line end: a kill tears neither from the other. */
static int message_append(int fd, const struct iovec *message)
{
	struct iovec parts[2] = { *message, { .iov_base = (char *)"\n", .iov_len = 1 } };

	return writev(fd, parts, 2) == (ssize_t)message->iov_len + 1 ? 0 : -EIO;
}

static int connection_drain(struct connection *connection, int file_fd)
{
	struct iovec message;
	size_t used, done = 0;
	int r;

	while (message_find(connection->buffer + done, connection->len - done, &message, &used)) {
		r = message_append(file_fd, &message);
		if (r < 0)
			return r;
		done += used;
	}
	connection->len -= done;
	memmove(connection->buffer, connection->buffer + done, connection->len);
	return 0;
}

static int connection_read(struct connection *connection, int file_fd)
{
	ssize_t n;

	n = read(connection->fd, connection->buffer + connection->len,
		sizeof(connection->buffer) - connection->len);
	if (n <= 0) {
		(void)close(connection->fd);
		connection->fd = -1;
		return 0;
	}
	connection->len += (size_t)n;
	return connection_drain(connection, file_fd);
}

/* One round: whatever is ready now. */
static int receiver_turn(struct receiver *receiver)
{
	struct pollfd polled[RECEIVER_CONNECTIONS_MAX + 1];
	size_t i;
	int r;

	for (i = 0; i < RECEIVER_CONNECTIONS_MAX; i++)
		polled[i] = (struct pollfd){ receiver->connections[i].fd, POLLIN, 0 };
	polled[i] = (struct pollfd){ receiver->listen_fd, POLLIN, 0 };
	if (poll(polled, RECEIVER_CONNECTIONS_MAX + 1, -1) < 0)
		return -errno;

	for (i = 0; i < RECEIVER_CONNECTIONS_MAX; i++) {
		if (polled[i].revents == 0)
			continue;
		r = connection_read(&receiver->connections[i], receiver->file_fd);
		if (r < 0)
			return r;
	}
	if (polled[i].revents != 0)
		receiver_accept(receiver);
	return 0;
}

static int receiver_open(struct receiver *receiver, const char *address, const char *path)
{
	size_t i;

	for (i = 0; i < RECEIVER_CONNECTIONS_MAX; i++)
		receiver->connections[i].fd = -1;
	receiver->file_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (receiver->file_fd < 0)
		return -errno;
	return receiver_listen(receiver, address);
}

int main(int argc, char **argv)
{
	static struct receiver receiver;
	int r;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: receiver tcp:PORT|unix:PATH FILE\n");
		return 2;
	}

	r = receiver_open(&receiver, argv[1], argv[2]);
	while (r >= 0)
		r = receiver_turn(&receiver);
	(void)fprintf(
		stderr, "cannot receive from '%s' into '%s': %s\n", argv[1], argv[2], strerror(-r));
	return EXIT_FAILURE;
}
