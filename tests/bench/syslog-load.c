/* Syslog messages of our own making, about 130 bytes each, the same ones in every run:
 *
 *   syslog-load send tcp|udp PORT 3164|5424 COUNT [PERCENT [RATE]]
 *   syslog-load receive PORT SECONDS
 *
 * `send` sends them to a port of this machine; PERCENT of them (10) have a release cause. RATE is
 * in messages a second (0: as fast as it goes). One more with a cause is the last, by which
 * tests/bench/receive knows the end. `receive` only counts datagrams, as fast as it
 * goes: what it loses is the kernel's limit. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 64, /* messages that are sent at once */
	MESSAGE_SIZE = 512,
	RECEIVE_SIZE = 8 * 1024 * 1024,
	PERCENT_DEFAULT = 10,
};

struct load {
	uint64_t state; /* of xorshift64 */
	bool is_stream, is_5424;
	unsigned percent;
};

static unsigned draw(struct load *load, unsigned bound)
{
	load->state ^= load->state << 13;
	load->state ^= load->state >> 7;
	load->state ^= load->state << 17;
	return (unsigned)(load->state >> 33) % bound;
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int print_header(const struct load *load, unsigned number, char *out, size_t size)
{
	unsigned second = number / 100;
	unsigned hour = second / 3600 % 24, minute = second / 60 % 60;

	if (load->is_5424)
		return snprintf(out, size,
			"<134>1 2026-03-02T%02u:%02u:%02u.%03uZ gw7 ccs 812 - - ", hour, minute,
			second % 60, number % 1000);
	return snprintf(
		out, size, "<134>Mar  2 %02u:%02u:%02u gw7 ccs[812]: ", hour, minute, second % 60);
}

/* Returns the length. */
static size_t print_message(struct load *load, unsigned number, char out[MESSAGE_SIZE])
{
	unsigned call = draw(load, 1000000), agent = draw(load, 9000), talk = draw(load, 600);
	int n = print_header(load, number, out, MESSAGE_SIZE);
	char *at = out + n;
	size_t size = MESSAGE_SIZE - (size_t)n;

	if (draw(load, 100) < load->percent)
		n += snprintf(at, size,
			"call ended callId=1772442845-%06u agent=%04u "
			"releaseCause=531 talk=%03u wait=2 skill=7",
			call, agent, talk);
	else
		n += snprintf(at, size,
			"agent %04u signed in to skill 7, queue holds %06u calls, "
			"longest wait %03u s, level 0.93",
			agent, call, talk);
	if (load->is_stream)
		out[n++] = '\n';
	return (size_t)n;
}

static int connect_port(const struct load *load, unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, load->is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect");
	return fd;
}

static void send_stream(int fd, char messages[BATCH][MESSAGE_SIZE], const size_t *lens, size_t n)
{
	char all[BATCH * MESSAGE_SIZE];
	size_t len = 0, done = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(all + len, messages[i], lens[i]);
		len += lens[i];
	}
	while (done < len) {
		ssize_t r = send(fd, all + done, len - done, MSG_NOSIGNAL);

		if (r < 0)
			fail("send");
		done += (size_t)r;
	}
}

static void send_datagrams(int fd, char messages[BATCH][MESSAGE_SIZE], const size_t *lens, size_t n)
{
	struct mmsghdr headers[BATCH] = { 0 };
	struct iovec pieces[BATCH];
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		pieces[i] = (struct iovec){ messages[i], lens[i] };
		headers[i].msg_hdr.msg_iov = &pieces[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < n) {
		int r = sendmmsg(fd, headers + done, (unsigned)(n - done), 0);

		if (r < 0)
			fail("sendmmsg");
		done += (size_t)r;
	}
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void send_last(const struct load *load, int fd, unsigned number)
{
	char message[MESSAGE_SIZE];
	int n = print_header(load, number, message, sizeof(message));

	n += snprintf(message + n, sizeof(message) - (size_t)n,
		"releaseCause=531 last line of the benchmark%s", load->is_stream ? "\n" : "");
	if (send(fd, message, (size_t)n, MSG_NOSIGNAL) != n)
		fail("send");
}

static void send_all(struct load *load, int fd, size_t count, double rate)
{
	static char messages[BATCH][MESSAGE_SIZE];
	double start = now();
	size_t lens[BATCH], done = 0;

	while (done < count) {
		size_t n = count - done < BATCH ? count - done : BATCH;

		for (size_t i = 0; i < n; i++)
			lens[i] = print_message(load, (unsigned)(done + i), messages[i]);
		while (rate > 0 && now() - start < (double)done / rate)
			continue;
		(load->is_stream ? send_stream : send_datagrams)(fd, messages, lens, n);
		done += n;
	}
	send_last(load, fd, (unsigned)count);
	(void)printf("%zu sent in %.3f s\n", done, now() - start);
}

static int run_send(int argc, char **argv)
{
	struct load load = { .state = 88172645463325252,
		.is_stream = strcmp(argv[2], "tcp") == 0,
		.is_5424 = strcmp(argv[4], "5424") == 0,
		.percent = argc > 6 ? (unsigned)atoi(argv[6]) : PERCENT_DEFAULT };
	int fd = connect_port(&load, (unsigned)atoi(argv[3]));

	send_all(&load, fd, (size_t)atol(argv[5]), argc > 7 ? atof(argv[7]) : 0);
	return close(fd) < 0;
}

static int listen_port(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval wait = { .tv_sec = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = RECEIVE_SIZE;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail("bind");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		fail("setsockopt");
	return fd;
}

/* Until `seconds` are over, or a second without a datagram behind the first. */
static int run_receive(char **argv)
{
	static char room[BATCH][MESSAGE_SIZE];
	struct mmsghdr headers[BATCH] = { 0 };
	struct iovec pieces[BATCH];
	int fd = listen_port((unsigned)atoi(argv[2]));
	double end = now() + atof(argv[3]);
	size_t count = 0;

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){ room[i], MESSAGE_SIZE };
		headers[i].msg_hdr.msg_iov = &pieces[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	while (now() < end) {
		int n = recvmmsg(fd, headers, BATCH, MSG_WAITFORONE, NULL);

		if (n < 0 && errno == EAGAIN && count > 0)
			break;
		if (n > 0)
			count += (size_t)n;
	}
	(void)printf("%zu received\n", count);
	return close(fd) < 0;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && strcmp(argv[1], "send") == 0)
		return run_send(argc, argv);
	if (argc == 4 && strcmp(argv[1], "receive") == 0)
		return run_receive(argv);
	(void)fprintf(stderr, "usage: see the first comment of syslog-load.c\n");
	return 2;
}
