/* Writes a log file as a platform does, for the system tests: `writer PATH RATE COUNT EVERY BLOCK`
 * appends COUNT lines (0 = without end) at RATE lines per second: `callId=I pid=PID talk=0` with I
 * from 1, and behind each EVERYth a ` releaseCause=512`. No two logs are the same, as in practice.
 * BLOCK 0 writes line by line, as a program does whose log is not buffered; otherwise blocks of
 * that many bytes, which end anywhere in a line, as stdio does.
 *
 * SIGHUP opens PATH anew, after everything held back has gone to the old file: what a daemon does
 * for logrotate's `create`. SIGTERM ends it early. At the end it prints the number of lines, all
 * written by then; the tests compare with that. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

enum {
	WRITER_BUFFER_SIZE = 64 * 1024,
	WRITER_LINE_SIZE = 96,
	WRITER_TICK_NSEC = 1000 * 1000,
	USEC_PER_SEC = 1000 * 1000,
};

struct writer {
	const char *path;
	int fd;
	uint64_t rate, count, every;
	size_t block;
	uint64_t n_lines;
	size_t len; /* of what is held back */
	char buffer[WRITER_BUFFER_SIZE];
};

/* Write the first `len` bytes held back, in one go: a file takes them whole, or the disk is full.
 */
static int writer_write(struct writer *writer, size_t len)
{
	ssize_t n;

	n = write(writer->fd, writer->buffer, len);
	if (n < 0)
		return -errno;
	if ((size_t)n < len)
		return -ENOSPC;

	writer->len -= len;
	memmove(writer->buffer, writer->buffer + len, writer->len);
	return 0;
}

static int writer_flush(struct writer *writer)
{
	return writer->len > 0 ? writer_write(writer, writer->len) : 0;
}

static int writer_open(struct writer *writer)
{
	int fd;

	fd = open(writer->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;

	writer->fd = fd;
	return 0;
}

static int writer_reopen(struct writer *writer)
{
	int r;

	r = writer_flush(writer);
	if (r < 0)
		return r;

	(void)close(writer->fd);
	return writer_open(writer);
}

static int writer_add_line(struct writer *writer)
{
	uint64_t id = writer->n_lines + 1;
	int len, r;

	len = snprintf(writer->buffer + writer->len, WRITER_LINE_SIZE,
		"callId=%llu pid=%d talk=0%s\n", (unsigned long long)id, (int)getpid(),
		id % writer->every == 0 ? " releaseCause=512" : "");
	if (len < 0 || len >= WRITER_LINE_SIZE)
		return -EINVAL;
	writer->len += (size_t)len;
	writer->n_lines = id;

	if (writer->block == 0)
		return writer_flush(writer);
	while (writer->len >= writer->block) {
		r = writer_write(writer, writer->block);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Write as many lines as are due by the time since the start. */
static int writer_catch_up(struct writer *writer, uint64_t usec)
{
	uint64_t due;
	int r;

	due = usec * writer->rate / USEC_PER_SEC;
	if (writer->count > 0 && due > writer->count)
		due = writer->count;
	while (writer->n_lines < due) {
		r = writer_add_line(writer);
		if (r < 0)
			return r;
	}
	return 0;
}

static int writer_run(struct writer *writer, const sigset_t *signals)
{
	static const struct timespec tick = { .tv_nsec = WRITER_TICK_NSEC };
	uint64_t started = now_usec();
	int r, signal;

	while (writer->count == 0 || writer->n_lines < writer->count) {
		r = writer_catch_up(writer, now_usec() - started);
		if (r < 0)
			return r;

		signal = sigtimedwait(signals, NULL, &tick);
		if (signal == SIGTERM)
			break;
		if (signal == SIGHUP) {
			r = writer_reopen(writer);
			if (r < 0)
				return r;
		}
	}
	return writer_flush(writer);
}

static int writer_parse(struct writer *writer, char **argv)
{
	uint64_t block = 0;

	writer->path = argv[1];
	if (number_parse(argv[2], &writer->rate) < 0 || number_parse(argv[3], &writer->count) < 0 ||
		number_parse(argv[4], &writer->every) < 0 || number_parse(argv[5], &block) < 0)
		return -EINVAL;
	if (writer->every == 0 || block > WRITER_BUFFER_SIZE - WRITER_LINE_SIZE)
		return -EINVAL;

	writer->block = (size_t)block;
	return 0;
}

int main(int argc, char **argv)
{
	static struct writer writer;
	sigset_t signals;
	int r;

	if (argc != 6 || writer_parse(&writer, argv) < 0) {
		(void)fprintf(stderr, "usage: writer PATH RATE COUNT EVERY BLOCK\n");
		return 2;
	}
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);

	r = writer_open(&writer);
	if (r >= 0)
		r = writer_run(&writer, &signals);
	if (r < 0) {
		(void)fprintf(stderr, "cannot write to '%s': %s\n", writer.path, strerror(-r));
		return EXIT_FAILURE;
	}
	(void)printf("%llu\n", (unsigned long long)writer.n_lines);
	return EXIT_SUCCESS;
}
