/* Writes and rotates many log files with equal text, for the fault tests: `equal-files DIRECTORY
 * FILES RATE SUFFIX…`. There are FILES files node-N.log, with N from 0, those of even numbers in
 * DIRECTORY/all and the others in DIRECTORY/one. RATE lines per second are written to all of them
 * together: each round adds the next line `callId=I talk=0 releaseCause=512` to each file, with I
 * from 1. So every line is in every file.
 *
 * SIGUSR1 rotates all files, with the next SUFFIX, the first one again behind the last. The last
 * round before a rotation and the first one behind it have the cause 548. A new file begins with a
 * banner, which is longer than what a reader may take for the beginning of a file. A SUFFIX is one
 * of
 *    log      node-N.log becomes node-N.DAY.log
 *    rename   node-N.log becomes node-N.log-DAY
 *    copy     node-N.log-DAY is made as a copy of node-N.log, which is truncated; nothing is
 *             written between the two
 *    number   node-N.log becomes node-N.log.1, which becomes node-N.log.2
 * where DAY is another one for each rotation. DIRECTORY/rotated then has a line `N CALL SUFFIX
 * DAY`: how many rotations there were, the first call behind the last one, and what that one was.
 * KEPT rotations later the files are removed, compressed or not.
 *
 * SIGTERM ends it, with one more round of the cause 548. At the end it prints the number of calls.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../system/program.h"

enum {
	KEPT = 5,
	BLOCK_SIZE = 64 * 1024,
	LINE_SIZE = 512,
	TICK_NSEC = 1000 * 1000,
	USEC_PER_SEC = 1000 * 1000,
};

static const char BANNER[] =
	"----------------------------------------------------------------------------\n"
	"Contact center node. All calls of this node are below, one in a line, each\n"
	"with the reason for which it ended. This is the same in the file of each node.\n"
	"----------------------------------------------------------------------------\n";

struct load {
	const char *directory;
	uint64_t n_files, rate;
	char **suffixes;
	uint64_t n_suffixes;
	uint64_t n_rotations;
	uint64_t n_calls;
};

struct name {
	char text[PATH_MAX];
};

typedef int rotate_fn(const struct load *load, uint64_t file);

static struct name name_of(const struct load *load, uint64_t file, const char *suffix)
{
	struct name name;

	(void)snprintf(name.text, sizeof(name.text), "%s/%s/node-%llu.%s", load->directory,
		file % 2 == 0 ? "all" : "one", (unsigned long long)file, suffix);
	return name;
}

/* A day for each rotation. */
static struct name day_of(uint64_t rotation)
{
	struct name day;

	(void)snprintf(day.text, sizeof(day.text), "2026%02u%02u",
		(unsigned)(rotation / 28 % 12 + 1), (unsigned)(rotation % 28 + 1));
	return day;
}

/* The name with the day of a rotation in it. */
static struct name dated(const struct load *load, uint64_t file, uint64_t rotation,
	const char *before, const char *behind)
{
	char suffix[LINE_SIZE];

	(void)snprintf(suffix, sizeof(suffix), "%s%.8s%s", before, day_of(rotation).text, behind);
	return name_of(load, file, suffix);
}

/* --- rotation --- */

static int rename_as(const struct load *load, uint64_t file, const char *to)
{
	struct name from = name_of(load, file, "log");

	return rename(from.text, to) < 0 ? -errno : 0;
}

static int rotate_log(const struct load *load, uint64_t file)
{
	return rename_as(load, file, dated(load, file, load->n_rotations, "", ".log").text);
}

static int rotate_rename(const struct load *load, uint64_t file)
{
	return rename_as(load, file, dated(load, file, load->n_rotations, "log-", "").text);
}

static int copy(int from, int to)
{
	static char block[BLOCK_SIZE];
	ssize_t n;

	while ((n = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)n) != n)
			return -ENOSPC;
	return n < 0 ? -errno : 0;
}

static int rotate_copy(const struct load *load, uint64_t file)
{
	int from = open(name_of(load, file, "log").text, O_RDWR | O_CLOEXEC);
	int to = open(dated(load, file, load->n_rotations, "log-", "").text,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = from < 0 || to < 0 ? -errno : copy(from, to);

	if (r == 0 && ftruncate(from, 0) < 0)
		r = -errno;
	(void)close(from);
	(void)close(to);
	return r;
}

static int rotate_number(const struct load *load, uint64_t file)
{
	char from[LINE_SIZE], to[LINE_SIZE];

	for (unsigned i = KEPT; i > 0; i--) {
		(void)snprintf(from, sizeof(from), "log.%u", i);
		(void)snprintf(to, sizeof(to), "log.%u", i + 1);
		if (rename(name_of(load, file, from).text, name_of(load, file, to).text) < 0 &&
			errno != ENOENT)
			return -errno;
	}
	return rename_as(load, file, name_of(load, file, "log.1").text);
}

static const struct {
	const char *suffix;
	rotate_fn *rotate;
} ROTATIONS[] = {
	{ "log", rotate_log },
	{ "rename", rotate_rename },
	{ "copy", rotate_copy },
	{ "number", rotate_number },
};

static rotate_fn *find_rotation(const char *suffix)
{
	for (size_t i = 0; i < sizeof(ROTATIONS) / sizeof(ROTATIONS[0]); i++)
		if (strcmp(ROTATIONS[i].suffix, suffix) == 0)
			return ROTATIONS[i].rotate;
	return NULL;
}

static void remove_old(const struct load *load, uint64_t file)
{
	uint64_t rotation = load->n_rotations - KEPT;

	if (load->n_rotations <= KEPT)
		return;
	(void)unlink(dated(load, file, rotation, "", ".log").text);
	(void)unlink(dated(load, file, rotation, "log-", "").text);
	(void)unlink(dated(load, file, rotation, "log-", ".gz").text);
}

/* --- lines --- */

static int append(const struct load *load, uint64_t file, const char *text)
{
	int fd = open(
		name_of(load, file, "log").text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		r = -ENOSPC;
	(void)close(fd);
	return r;
}

/* The line of this round. */
static int write_line(const struct load *load, uint64_t file, const char *before, unsigned cause)
{
	char text[sizeof(BANNER) + LINE_SIZE];

	(void)snprintf(text, sizeof(text), "%scallId=%llu talk=0 releaseCause=%u\n", before,
		(unsigned long long)load->n_calls + 1, cause);
	return append(load, file, text);
}

/* Write the round from this file on. */
static int write_round(struct load *load, uint64_t file, const char *before, unsigned cause)
{
	int r = 0;

	for (; r == 0 && file < load->n_files; file++)
		r = write_line(load, file, before, cause);
	load->n_calls++;
	return r;
}

/* The note is written under another name first: a reader must see it whole. */
static int note_rotation(const struct load *load, const char *suffix)
{
	char path[PATH_MAX], new_path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/rotated", load->directory);
	(void)snprintf(new_path, sizeof(new_path), "%s/rotated.new", load->directory);
	file = fopen(new_path, "we");
	if (!file)
		return -errno;
	(void)fprintf(file, "%llu %llu %s %s\n", (unsigned long long)load->n_rotations,
		(unsigned long long)load->n_calls, suffix, day_of(load->n_rotations).text);
	if (fclose(file) != 0 || rename(new_path, path) < 0)
		return -errno;
	return 0;
}

static int rotate(struct load *load)
{
	const char *suffix = load->suffixes[load->n_rotations % load->n_suffixes];
	rotate_fn *rotate_one = find_rotation(suffix);
	int r = write_round(load, 0, "", 548);

	load->n_rotations++;
	for (uint64_t file = 0; r == 0 && file < load->n_files; file++) {
		remove_old(load, file);
		r = rotate_one(load, file);
	}
	if (r == 0)
		r = write_round(load, 0, BANNER, 548);
	return r == 0 ? note_rotation(load, suffix) : r;
}

/* --- the run --- */

/* Write the lines that are due; `*file` is where the round is. */
static int catch_up(struct load *load, uint64_t due, uint64_t *file)
{
	int r = 0;

	for (; r == 0 && due > 0; due--) {
		r = write_line(load, *file, "", 512);
		*file = (*file + 1) % load->n_files;
		load->n_calls += *file == 0;
	}
	return r;
}

/* A rotation may put the load behind its rate; that is not made up for. */
static int run(struct load *load, const sigset_t *signals)
{
	static const struct timespec tick = { .tv_nsec = TICK_NSEC };
	uint64_t last = now_usec(), now, owed = 0, file = 0;
	int r, signal = 0;

	r = write_round(load, 0, BANNER, 548);
	while (r == 0 && signal != SIGTERM) {
		now = now_usec();
		owed += (now - last) * load->rate;
		last = now;
		r = catch_up(load, owed / USEC_PER_SEC, &file);
		owed %= USEC_PER_SEC;
		signal = sigtimedwait(signals, NULL, &tick);
		if (r < 0 || (signal != SIGUSR1 && signal != SIGTERM))
			continue;
		if (file > 0)
			r = write_round(load, file, "", 512);
		file = 0;
		if (r == 0)
			r = signal == SIGUSR1 ? rotate(load) : write_round(load, 0, "", 548);
		last = now_usec();
	}
	return r;
}

static int parse(struct load *load, int argc, char **argv)
{
	if (argc < 5 || number_parse(argv[2], &load->n_files) < 0 ||
		number_parse(argv[3], &load->rate) < 0 || load->n_files == 0)
		return -EINVAL;
	load->directory = argv[1];
	load->suffixes = argv + 4;
	load->n_suffixes = (uint64_t)argc - 4;
	for (uint64_t i = 0; i < load->n_suffixes; i++)
		if (!find_rotation(load->suffixes[i]))
			return -EINVAL;
	return 0;
}

int main(int argc, char **argv)
{
	static struct load load;
	sigset_t signals;
	int r;

	if (parse(&load, argc, argv) < 0) {
		(void)fprintf(stderr, "usage: equal-files DIRECTORY FILES RATE SUFFIX…\n");
		return 2;
	}
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGUSR1);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	r = run(&load, &signals);
	if (r < 0) {
		(void)fprintf(stderr, "cannot write in '%s': %s\n", load.directory, strerror(-r));
		return EXIT_FAILURE;
	}
	(void)printf("%llu\n", (unsigned long long)load.n_calls);
	return EXIT_SUCCESS;
}
