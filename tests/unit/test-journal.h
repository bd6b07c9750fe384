/* Journal files for tests, made by systemd-journal-remote and then given the sequence numbers that
 * the test wants: several files of one series are what rotation leaves. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "test.h"

#define JOURNAL_REMOTE "/lib/systemd/systemd-journal-remote"

enum {
	JOURNAL_SERIES_OFFSET = 72, /* in the header of a journal file */
	JOURNAL_HEADER_SIZE_OFFSET = 88,
	JOURNAL_TAIL_OBJECT_OFFSET = 136,
	JOURNAL_TAIL_NUMBER_OFFSET = 160,
	JOURNAL_HEAD_NUMBER_OFFSET = 168,
	JOURNAL_OBJECT_ENTRY = 3,
	JOURNAL_OBJECT_SIZE_OFFSET = 8,
	JOURNAL_ENTRY_NUMBER_OFFSET = 16,
};

/* What a file holds: entries `first` to `last`, a second apart from `seconds` on. */
struct journal_content {
	const char *name;
	char series, boot; /* a hexadecimal digit, 32 times */
	uint64_t first, last;
	uint64_t seconds;    /* of the wall clock, of the entry 0 */
	const char *fields;  /* lines that each entry has besides its message */
	const char *message; /* NULL = "call NUMBER cause" */
	bool message_last;   /* behind `fields` */
};

static inline bool journal_can_be_made(void)
{
	return access(JOURNAL_REMOTE, X_OK) == 0;
}

/* Skip the test where its journal cannot be made. */
static inline void journal_require(void)
{
	if (journal_can_be_made())
		return;
	print_message("skipped: %s is not installed (systemd-journal-remote)\n", JOURNAL_REMOTE);
	skip();
}

static inline uint64_t journal_get(const uint8_t *at)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

static inline void journal_put(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

static inline uint8_t journal_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Give the file its series, and its entries the numbers from `number` on. Returns the last. */
static inline uint64_t journal_number(const char *path, char series, uint64_t number)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;
	uint64_t at, tail;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	memset(bytes + JOURNAL_SERIES_OFFSET, journal_digit(series) * 0x11, 16);
	journal_put(bytes + JOURNAL_HEAD_NUMBER_OFFSET, number);
	tail = journal_get(bytes + JOURNAL_TAIL_OBJECT_OFFSET);
	for (at = journal_get(bytes + JOURNAL_HEADER_SIZE_OFFSET); at <= tail;
		at = (at + journal_get(bytes + at + JOURNAL_OBJECT_SIZE_OFFSET) + 7) / 8 * 8)
		if (bytes[at] == JOURNAL_OBJECT_ENTRY)
			journal_put(bytes + at + JOURNAL_ENTRY_NUMBER_OFFSET, number++);
	journal_put(bytes + JOURNAL_TAIL_NUMBER_OFFSET, number - 1);
	(void)munmap(bytes, (size_t)st.st_size);
	(void)close(fd);
	return number - 1;
}

static inline void journal_export(const char *path, const struct journal_content *content)
{
	FILE *file = fopen(path, "we");
	char boot[SD_ID128_STRING_MAX];
	sd_id128_t id;

	assert_non_null(file);
	assert_int_equal(sd_id128_get_boot(&id), 0);
	(void)sd_id128_to_string(id, boot);
	for (uint64_t i = content->first; i <= content->last; i++) {
		(void)fprintf(file, "__REALTIME_TIMESTAMP=%" PRIu64 "\n",
			(content->seconds + i) * 1000000);
		(void)fprintf(file, "__MONOTONIC_TIMESTAMP=%" PRIu64 "\n_BOOT_ID=", i * 1000000);
		for (int k = 0; k < 32; k++)
			(void)fputc(content->boot == '.' ? boot[k] : content->boot, file);
		(void)fputc('\n', file);
		if (content->message_last)
			(void)fputs(content->fields, file);
		(void)fputs("MESSAGE=", file);
		if (content->message)
			(void)fputs(content->message, file);
		else
			(void)fprintf(file, "call %" PRIu64 " cause", i);
		(void)fprintf(file, "\n%s\n",
			content->fields && !content->message_last ? content->fields : "");
	}
	assert_int_equal(fclose(file), 0);
}

static inline void journal_run(char *const *arguments)
{
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), 0);
	assert_int_equal(
		posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environment), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Make the file, and let it appear in the directory at once and whole. */
static inline void journal_make(const char *directory, const struct journal_content *content)
{
	char lines[256], made[256], path[256];
	char *arguments[] = { (char *)JOURNAL_REMOTE, (char *)"-o", made, lines, NULL };

	/* Beside the directory: it is read meanwhile. */
	(void)snprintf(lines, sizeof(lines), "%s.export", directory);
	(void)snprintf(made, sizeof(made), "%s.made.journal", directory);
	(void)snprintf(path, sizeof(path), "%s/%s.journal", directory, content->name);
	journal_export(lines, content);
	journal_run(arguments);
	/* An entry for which the file system is too small is left out without an error. */
	assert_int_equal(journal_number(made, content->series, content->first), content->last);
	assert_int_equal(rename(made, path), 0);
	assert_int_equal(unlink(lines), 0);
}

static inline void journal_remove(const char *directory, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s.journal", directory, name);
	assert_int_equal(unlink(path), 0);
}

/* Remove the directory with all of its files. Returns -1 on failure. */
static inline int journal_remove_all(const char *path)
{
	DIR *directory = opendir(path);

	if (!directory)
		return -1;
	for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
		(void)unlinkat(dirfd(directory), entry->d_name, 0);
	(void)closedir(directory);
	return rmdir(path);
}

/* The probe of a test asks for all fields. */
static inline const bool *journal_all_initials(void)
{
	static bool initials[UCHAR_MAX + 1];

	memset(initials, true, sizeof(initials));
	return initials;
}
