/* Judges what was explained of a load, for the fault tests: `judge IDENTIFIER [CALLS]` reads every
 * entry of that identifier in every file under /var/log/journal and prints `IN OUT LOST REPEATED`.
 * `judge --files NAME CALLS` reads those that come from log files NAME-N…, in which the same calls
 * are: call I of file N counts as number N * 10000 + I.
 * IN are the source's records with a cause: the entries in the journal, or with CALLS the numbers
 * in that file, one a line. OUT are the enriched entries. A call that has fewer enriched entries
 * than the source has records of it is lost, one that has more is repeated.
 *
 * Which calls those are is told on standard error, and so is every file that cannot be read to its
 * end: journald leaves such files when it is killed.
 *
 * An enriched entry is known by its message id and instance, which any client could set: the unit,
 * which none can, is missing where the sender was gone before journald looked, and those are just
 * the entries that a judge must see. The load does not imitate them.
 *
 * Each file is read by itself: putting the files in one order is libsystemd's most delicate part,
 * and the judge must not share its mistakes with the judged. And each entry, for a match would find
 * those in the index of its field only: journald, killed between the one and the other, has written
 * an entry that is not there yet. */
#include "config.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-journal.h>

#include "../system/program.h"

enum {
	CALLS_MAX = 1 << 27,
	FILE_CALLS = 10000, /* numbers for each file */
	RANGES_MAX = 20,
	MESSAGE_SIZE = 256,
	OPEN_FILES_MAX = 8,
};

static const char MESSAGE_ID[] = "MESSAGE_ID=6655672bdd8a4801910eee4bf3ab9755";
static const char CALL[] = "MESSAGE=callId=";
static const char ORIGIN_FILE[] = "BECAUSED_ORIGIN_FILE";
static const char INSTANCE[] = "BECAUSED_INSTANCE=becaused";

/* How often a call is in the journal. */
struct call {
	uint16_t n_in, n_out;
};

/* nftw() has no userdata. */
static struct judge {
	char identifier[MESSAGE_SIZE]; /* the whole field, with its name */
	char file[MESSAGE_SIZE]; /* how the names of the log files begin; empty = by identifier */
	bool from_file;
	struct call *calls;
	size_t n_calls;
	size_t n_broken;
} judge;

static int calls_reach(size_t id)
{
	size_t n = judge.n_calls > 0 ? judge.n_calls : 1 << 16;
	struct call *calls;

	if (id >= CALLS_MAX)
		return -ERANGE;
	if (id < judge.n_calls)
		return 0;

	while (n <= id)
		n *= 2;
	calls = realloc(judge.calls, n * sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	memset(calls + judge.n_calls, 0, (n - judge.n_calls) * sizeof(*calls));
	judge.calls = calls;
	judge.n_calls = n;
	return 0;
}

static void count_up(uint16_t *n)
{
	if (*n < UINT16_MAX)
		(*n)++;
}

static bool has_field(sd_journal *journal, const char *field)
{
	const void *data = NULL;
	char name[MESSAGE_SIZE];
	size_t len = 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(field, "="), field);
	return sd_journal_get_data(journal, name, &data, &len) >= 0 && len == strlen(field) &&
	       memcmp(data, field, len) == 0;
}

/* The field with its name, or the front of it; empty where it is missing. */
static int get_field(sd_journal *journal, const char *field, char ret[MESSAGE_SIZE])
{
	const void *data = NULL;
	size_t len = 0;
	int r = sd_journal_get_data(journal, field, &data, &len);

	if (r < 0 && r != -ENOENT)
		return r;
	(void)snprintf(ret, MESSAGE_SIZE, "%.*s", (int)len, r < 0 ? "" : (const char *)data);
	return 0;
}

/* The number of the log file that the entry comes from; false = of another load. */
static bool find_file(sd_journal *journal, uint64_t *ret)
{
	char path[MESSAGE_SIZE];
	const char *name, *rest = NULL;

	if (get_field(journal, ORIGIN_FILE, path) < 0 || !(name = strrchr(path, '/')))
		return false;
	name++;
	return strncmp(name, judge.file, strlen(judge.file)) == 0 &&
	       number_begin(name + strlen(judge.file), ret, &rest) == 0;
}

/* Count the entry that is read now. An entry without a number is not of the load. */
static int judge_entry(sd_journal *journal)
{
	char message[MESSAGE_SIZE];
	const char *rest = NULL;
	uint64_t id = 0, file = 0;
	int r;

	if (*judge.file ? !find_file(journal, &file) : !has_field(journal, judge.identifier))
		return 0;
	r = get_field(journal, "MESSAGE", message);
	if (r < 0)
		return r;
	if (strncmp(message, CALL, strlen(CALL)) != 0 ||
		number_begin(message + strlen(CALL), &id, &rest) < 0)
		return 0;
	if (*judge.file && id >= FILE_CALLS)
		return -ERANGE;
	id += file * FILE_CALLS;
	r = calls_reach(id);
	if (r < 0)
		return r;

	if (has_field(journal, MESSAGE_ID) && has_field(journal, INSTANCE))
		count_up(&judge.calls[id].n_out);
	else if (!judge.from_file && strstr(message, " releaseCause="))
		count_up(&judge.calls[id].n_in);
	return 0;
}

static int judge_entries(sd_journal *journal)
{
	int r;

	while ((r = sd_journal_next(journal)) > 0) {
		r = judge_entry(journal);
		if (r < 0)
			return r;
	}
	return r;
}

static int judge_file(const char *path)
{
	const char *paths[] = { path, NULL };
	sd_journal *journal = NULL;
	int r;

	r = sd_journal_open_files(&journal, paths, 0);
	if (r < 0)
		return r;

	r = judge_entries(journal);
	sd_journal_close(journal);
	return r;
}

static int on_file(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	size_t len = strlen(path);
	int r;

	(void)info, (void)ftw;
	if (len > 0 && path[len - 1] == '~')
		len--;
	if (type != FTW_F || len < strlen(".journal") ||
		strncmp(path + len - strlen(".journal"), ".journal", strlen(".journal")) != 0)
		return 0;

	r = judge_file(path);
	if (r == -ENOMEM || r == -ERANGE)
		return r;
	if (r < 0) {
		judge.n_broken++;
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
	}
	return 0;
}

static int read_calls(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[MESSAGE_SIZE];
	const char *rest = NULL;
	uint64_t id = 0;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && fgets(line, sizeof(line), file)) {
		r = number_begin(line, &id, &rest);
		if (r == 0)
			r = calls_reach(id);
		if (r == 0)
			count_up(&judge.calls[id].n_in);
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	(void)fclose(file);
	return r;
}

static unsigned n_lost(struct call call)
{
	return call.n_in > call.n_out ? (unsigned)call.n_in - call.n_out : 0;
}

static unsigned n_repeated(struct call call)
{
	return call.n_out > call.n_in ? (unsigned)call.n_out - call.n_in : 0;
}

/* The calls to which that happened, as ranges: a range includes calls without a cause. */
static void tell_ranges(const char *what, unsigned (*count)(struct call call))
{
	size_t first = 0, id, last = 0, n = 0, n_ranges = 0;

	for (id = 0; id <= judge.n_calls; id++) {
		bool at_end = id == judge.n_calls;
		struct call call = at_end ? (struct call){ .n_in = 1 } : judge.calls[id];

		if (!at_end && count(call) > 0) {
			first = n == 0 ? id : first;
			last = id;
			n += count(call);
		} else if (n > 0 && (call.n_in > 0 || call.n_out > 0)) {
			if (n_ranges++ < RANGES_MAX)
				(void)fprintf(stderr, "%s: %zu-%zu (%zu)\n", what, first, last, n);
			n = 0;
		}
	}
	if (n_ranges > RANGES_MAX)
		(void)fprintf(stderr, "%s: at %zu places in all\n", what, n_ranges);
}

static void tell(void)
{
	uint64_t in = 0, out = 0, lost = 0, repeated = 0;
	size_t id;

	for (id = 0; id < judge.n_calls; id++) {
		in += judge.calls[id].n_in;
		out += judge.calls[id].n_out;
		lost += n_lost(judge.calls[id]);
		repeated += n_repeated(judge.calls[id]);
	}
	tell_ranges("lost", n_lost);
	tell_ranges("repeated", n_repeated);
	(void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", in, out, lost, repeated);
}

static int parse(int argc, char **argv)
{
	bool by_file = argc == 4 && strcmp(argv[1], "--files") == 0;
	int len;

	if (!by_file && (argc < 2 || argc > 3))
		return -EINVAL;
	if (by_file)
		len = snprintf(judge.file, sizeof(judge.file), "%s-", argv[2]);
	else
		len = snprintf(judge.identifier, sizeof(judge.identifier), "SYSLOG_IDENTIFIER=%s",
			argv[1]);
	judge.from_file = argc > 2;
	return len < 0 || (size_t)len >= MESSAGE_SIZE ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
	int r = 0;

	if (parse(argc, argv) < 0) {
		(void)fprintf(stderr, "usage: judge IDENTIFIER [CALLS] | --files NAME CALLS\n");
		return 2;
	}
	if (judge.from_file)
		r = read_calls(argv[argc - 1]);
	if (r >= 0)
		r = nftw("/var/log/journal", on_file, OPEN_FILES_MAX, FTW_PHYS);
	if (r < 0) {
		(void)fprintf(stderr, "cannot judge: %s\n", strerror(r == -1 ? errno : -r));
		return EXIT_FAILURE;
	}
	tell();
	free(judge.calls);
	return EXIT_SUCCESS;
}
