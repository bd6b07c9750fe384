/* Writes a log file as a program does that leaves the buffer to stdio, for the fault tests: `stdio
 * PATH COUNT MSEC` writes a line `callId=I talk=0 releaseCause=C` every MSEC milliseconds, with I
 * from 1 to COUNT, through the buffer that fopen gives. Nothing is flushed, so what a reader finds
 * ends anywhere in a line, and stays so until the buffer is full again. C is 512, 548, or 562, by
 * the number. At the end it prints the size of the buffer. */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../system/program.h"

enum { MSEC_MAX = 1000, NSEC_PER_MSEC = 1000 * 1000 };

static int write_lines(FILE *file, uint64_t count, uint64_t msec)
{
	static const unsigned causes[] = { 512, 548, 562 };
	struct timespec pause = { .tv_nsec = (long)(msec * NSEC_PER_MSEC) };

	for (uint64_t i = 1; i <= count; i++) {
		if (fprintf(file, "callId=%llu talk=0 releaseCause=%u\n", (unsigned long long)i,
			    causes[i % 3]) < 0)
			return -EIO;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t count = 0, msec = 0;
	size_t size;
	FILE *file;
	int r;

	if (argc != 4 || number_parse(argv[2], &count) < 0 || number_parse(argv[3], &msec) < 0 ||
		msec >= MSEC_MAX) {
		(void)fprintf(stderr, "usage: stdio PATH COUNT MSEC\n");
		return 2;
	}
	file = fopen(argv[1], "ae");
	if (!file) {
		(void)fprintf(stderr, "cannot open '%s': %s\n", argv[1], strerror(errno));
		return EXIT_FAILURE;
	}
	r = write_lines(file, count, msec);
	size = __fbufsize(file);
	if (fclose(file) != 0)
		r = -errno;
	if (r < 0) {
		(void)fprintf(stderr, "cannot write to '%s': %s\n", argv[1], strerror(-r));
		return EXIT_FAILURE;
	}
	(void)printf("%zu\n", size);
	return EXIT_SUCCESS;
}
