/* `positions` works on a table of positions in each way that becaused does, once for each of N
 * files. For tests/bench/state-size, which counts the instructions of each function.
 *
 *     positions N FILE    FILE is written and read */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/state/positions.h"
#include "source/source.h"

#define STEP __attribute__((noinline)) static

static struct text print_stream(size_t i, char out[64])
{
	int n = snprintf(out, 64, "files/fd01:%zx", 1000000 + i);

	return text_make(out, (size_t)n);
}

/* As of a file with 256 bytes and more. */
STEP void set_all(struct positions *positions, size_t n, unsigned offset)
{
	for (size_t i = 0; i < n; i++) {
		char stream[64], position[256];
		struct text key = print_stream(i, stream);
		int len = snprintf(position, sizeof(position),
			"fd01:%zx:256-0123456789abcdef:%u:64-0123456789abcdef:r "
			"/var/spool/records/2026/11/29/call-%08zu.cdr",
			1000000 + i, offset, i);

		if (positions_set(positions, key, "journal", text_make(position, (size_t)len)) < 0)
			abort();
	}
}

STEP void get_all(const struct positions *positions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char stream[64];

		if (positions_get(positions, print_stream(i, stream), "journal").len == 0)
			abort();
	}
}

STEP void visit_all(const struct positions *positions, size_t n)
{
	struct source_position item;
	size_t at = 0;

	while (positions_next(positions, text_of("files"), "journal", &at, &item))
		n--;
	if (n != 0)
		abort();
}

STEP void forget_all(struct positions *positions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char stream[64];

		positions_forget(positions, print_stream(i, stream), "journal");
	}
}

int main(int argc, char **argv)
{
	size_t n = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	struct positions positions;

	if (n == 0 || n > POSITIONS_STREAMS_MAX) {
		(void)fprintf(stderr, "usage: positions N FILE\n");
		return 2;
	}
	(void)remove(argv[2]);
	if (positions_load(&positions, argv[2]) < 0)
		return 1;
	set_all(&positions, n, 4096);
	if (positions_save(&positions) < 0)
		return 1;
	positions_done(&positions);
	if (positions_load(&positions, argv[2]) < 0)
		return 1;
	visit_all(&positions, n);
	get_all(&positions, n);
	set_all(&positions, n, 4097);
	set_all(&positions, n, 40960);
	if (positions_save(&positions) < 0)
		return 1;
	forget_all(&positions, n);
	positions_done(&positions);
	return 0;
}
