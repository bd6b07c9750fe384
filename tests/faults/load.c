/* Loads the journal, for the fault tests: `load IDENTIFIER RATE COUNT EVERY FIRST` writes entries
 * `callId=I talk=0` with I from FIRST on, RATE per second, and behind each EVERYth number a
 * ` releaseCause=512`. At SIGTERM it writes those that are missing of COUNT as fast as journald
 * accepts them, and ends. At RATE 0 it does only that. At the end it prints how many it has
 * written.
 *
 * A load during which journald goes away must not lose by itself what it is there to count, so an
 * entry that journald does not take is tried again until it does; and while journald is slow, the
 * send blocks. */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "../system/program.h"

enum {
	LOAD_FIELD_SIZE = 256,
	LOAD_TICK_NSEC = 1000 * 1000,
	USEC_PER_SEC = 1000 * 1000,
};

struct load {
	char identifier[LOAD_FIELD_SIZE]; /* the whole field, with its name */
	uint64_t rate, count, every, first;
	uint64_t n_written;
	sigset_t signals;
	bool stopped;
};

/* Let a moment pass, less when SIGTERM comes. */
static void load_pause(struct load *load)
{
	static const struct timespec tick = { .tv_nsec = LOAD_TICK_NSEC };

	if (sigtimedwait(&load->signals, NULL, &tick) == SIGTERM)
		load->stopped = true;
}

static struct iovec field_from(const char *text)
{
	return (struct iovec){ .iov_base = (char *)text, .iov_len = strlen(text) };
}

static void load_write(struct load *load)
{
	char message[LOAD_FIELD_SIZE];
	uint64_t id = load->first + load->n_written;
	struct iovec fields[3];

	(void)snprintf(message, sizeof(message), "MESSAGE=callId=%llu talk=0%s",
		(unsigned long long)id, id % load->every == 0 ? " releaseCause=512" : "");
	fields[0] = field_from(message);
	fields[1] = field_from("PRIORITY=6");
	fields[2] = field_from(load->identifier);

	while (sd_journal_sendv(fields, 3) < 0)
		load_pause(load);
	load->n_written++;
}

/* An entry that blocks may put the load behind its rate; it is not made up for, or the rate would
 * be a burst after every fault. */
static void load_run(struct load *load)
{
	uint64_t due, last = now_usec(), now, owed = 0;

	load->stopped = load->rate == 0;
	while (!load->stopped) {
		now = now_usec();
		owed += (now - last) * load->rate;
		last = now;
		due = owed / USEC_PER_SEC;
		owed %= USEC_PER_SEC;
		if (due > load->rate / 10 + 1)
			due = load->rate / 10 + 1;
		for (; due > 0; due--)
			load_write(load);
		load_pause(load);
	}
	while (load->n_written < load->count)
		load_write(load);
}

static int load_parse(struct load *load, char **argv)
{
	int len;

	len = snprintf(load->identifier, sizeof(load->identifier), "SYSLOG_IDENTIFIER=%s", argv[1]);
	if (len < 0 || (size_t)len >= sizeof(load->identifier))
		return -ENAMETOOLONG;
	if (number_parse(argv[2], &load->rate) < 0 || number_parse(argv[3], &load->count) < 0 ||
		number_parse(argv[4], &load->every) < 0 || number_parse(argv[5], &load->first) < 0)
		return -EINVAL;

	return load->every == 0 ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
	static struct load load;

	if (argc != 6 || load_parse(&load, argv) < 0) {
		(void)fprintf(stderr, "usage: load IDENTIFIER RATE COUNT EVERY FIRST\n");
		return 2;
	}
	(void)sigemptyset(&load.signals);
	(void)sigaddset(&load.signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &load.signals, NULL);

	load_run(&load);
	(void)printf("%llu\n", (unsigned long long)load.n_written);
	return EXIT_SUCCESS;
}
