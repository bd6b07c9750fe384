/* `hard-lines` measures how long a message takes, and how much memory: one of 1 MiB full of causes,
 * and slow ones with 200 slow patterns. A dispatch of the daemon takes no longer, for others have
 * their turn behind such a message. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cause/profile-reader.h"
#include "cause/recognizer.h"
#include "hard.h"

static double now_msec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static long peak_kib(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) < 0 ? -1 : usage.ru_maxrss;
}

static void run(struct recognizer *recognizer, const char *line, size_t len, size_t step)
{
	uint64_t n_before = recognizer_count_gave_up(recognizer);
	long peak = peak_kib();
	double start = now_msec();
	size_t n = 0;

	(void)recognizer_find(recognizer, text_make(line, len), &n);
	(void)printf("%10zu bytes, a literal every %10zu: %7.1f ms, %9" PRIu64 " units, %3" PRIu64
		     " gave up, %6ld KiB more\n",
		len, step, now_msec() - start, recognizer_spent(recognizer),
		recognizer_count_gave_up(recognizer) - n_before, peak_kib() - peak);
}

static void run_many_causes(void)
{
	static const char yaml[] = "profile: many\ncatalog: many\nkeys: [rc]\n";
	enum { LEN = 1024 * 1024 };
	struct profile *profile = NULL;
	struct recognizer *recognizer = NULL;
	struct diag diag = { 0 };
	char *line = malloc(LEN);
	double start;
	size_t n = 0;

	if (!line || profile_read("many.yaml", text_of(yaml), &diag, &profile) < 0 ||
		recognizer_new((const struct profile *const *)&profile, 1, &recognizer) < 0)
		abort();
	for (size_t i = 0; i < LEN; i++)
		line[i] = "rc=1 "[i % 5];
	start = now_msec();
	(void)recognizer_find(recognizer, text_make(line, LEN), &n);
	(void)printf("%10d bytes, all causes: %7.1f ms, %zu found, %" PRIu64 " left out\n", LEN,
		now_msec() - start, n, recognizer_count_dropped(recognizer));
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
	free(line);
}

int main(void)
{
	static const size_t lengths[] = { 200, 4096, 65536, 1000000, 60000000 };
	const size_t largest = lengths[sizeof(lengths) / sizeof(lengths[0]) - 1];
	struct profile *profiles[HARD_PROFILES];
	struct recognizer *recognizer = NULL;
	char *line = malloc(largest);

	run_many_causes();
	for (unsigned i = 0; i < HARD_PROFILES; i++)
		profiles[i] = hard_profile(i);
	if (!line || recognizer_new((const struct profile *const *)profiles, HARD_PROFILES,
			     &recognizer) < 0)
		return 1;
	memset(line, 'a', largest);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (size_t step = lengths[i]; step >= 20; step /= 50) {
			hard_fill(line, lengths[i], step);
			run(recognizer, line, lengths[i], step);
		}
	recognizer = recognizer_free(recognizer);
	for (unsigned i = 0; i < HARD_PROFILES; i++)
		(void)profile_free(profiles[i]);
	free(line);
	return 0;
}
