/* Bare loops over sd-journal, for tests/bench/journal-read and tests/bench/journal-to-journal:
 *
 *   journal export          lines of standard input as entries for systemd-journal-remote
 *   journal message DIR     read MESSAGE of each entry of the journal in DIR
 *   journal fields DIR      read all fields of each entry
 *   journal send MATCH…     send the entries of the system's journal that match again, as fast as
 *                           sd_journal_sendv takes them; print how many a second */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "../system/program.h"

enum {
	FIELDS_MAX = 64,         /* of an entry that is sent */
	ENTRIES_MAX = 64 * 1024, /* that are sent */
};

struct entry {
	struct iovec fields[FIELDS_MAX];
	int n;
};

/* The fields of a service's entry, as journald stores them. */
static void export_entry(const char *line, unsigned long long i)
{
	(void)printf("__REALTIME_TIMESTAMP=%llu\n__MONOTONIC_TIMESTAMP=%llu\n"
		     "_BOOT_ID=6f2a9c1de04b4c0f8d3b7a5e91c2d4f6\n"
		     "_TRANSPORT=journal\nPRIORITY=6\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=ccs\n"
		     "_UID=998\n_GID=998\n_COMM=ccs\n_EXE=/opt/cec/bin/ccs\n"
		     "_CMDLINE=/opt/cec/bin/ccs --config /etc/cec/ccs.conf\n"
		     "_CAP_EFFECTIVE=0\n_SELINUX_CONTEXT=unconfined\n"
		     "_SYSTEMD_CGROUP=/system.slice/ccs.service\n_SYSTEMD_UNIT=ccs.service\n"
		     "_SYSTEMD_SLICE=system.slice\n"
		     "_SYSTEMD_INVOCATION_ID=0c1f6a0e6a5e4a54b6f6a0a3d5c7e9f1\n"
		     "_MACHINE_ID=5c7e9f10c1f6a0e6a5e4a54b6f6a0a3d\n_HOSTNAME=cec1\n_PID=%llu\n"
		     "CODE_FILE=ccs/release.c\nCODE_LINE=812\nCODE_FUNC=ccs_release\n"
		     "_SOURCE_REALTIME_TIMESTAMP=%llu\nMESSAGE=%s\n\n",
		1700000000000000 + i * 50, 1000000 + i * 50, 800 + i % 8, 1700000000000000 + i * 50,
		line);
}

static int export_lines(void)
{
	char line[4096];

	for (unsigned long long i = 0; fgets(line, sizeof(line), stdin); i++) {
		line[strcspn(line, "\n")] = '\0';
		export_entry(line, i);
	}
	return EXIT_SUCCESS;
}

static int read_entries(const char *directory, bool all)
{
	sd_journal *journal = NULL;
	unsigned long long n = 0, bytes = 0;
	const void *data;
	size_t len;

	if (sd_journal_open_directory(&journal, directory, 0) < 0)
		return EXIT_FAILURE;
	while (sd_journal_next(journal) > 0) {
		n++;
		if (!all && sd_journal_get_data(journal, "MESSAGE", &data, &len) >= 0)
			bytes += len;
		while (all && sd_journal_enumerate_available_data(journal, &data, &len) > 0)
			bytes += len;
	}
	sd_journal_close(journal);
	(void)printf("%llu entries, %llu bytes\n", n, bytes);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Copy the fields that a client can send. */
static void take_entry(sd_journal *journal, struct entry *entry)
{
	const void *data;
	size_t len;

	while (entry->n < FIELDS_MAX &&
		sd_journal_enumerate_available_data(journal, &data, &len) > 0) {
		void *copy = *(const char *)data == '_' ? NULL : malloc(len);

		if (!copy)
			continue;
		memcpy(copy, data, len);
		entry->fields[entry->n++] = (struct iovec){ copy, len };
	}
}

static int send_entries(char *const *matches)
{
	struct entry *entries = calloc(ENTRIES_MAX, sizeof(*entries));
	sd_journal *journal = NULL;
	unsigned n = 0;
	uint64_t begin;

	if (!entries || sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY) < 0)
		return EXIT_FAILURE;
	for (; *matches; matches++)
		if (sd_journal_add_match(journal, *matches, 0) < 0)
			return EXIT_FAILURE;
	for (; n < ENTRIES_MAX && sd_journal_next(journal) > 0; n++)
		take_entry(journal, &entries[n]);
	sd_journal_close(journal);

	begin = now_usec();
	for (unsigned i = 0; i < n; i++)
		if (sd_journal_sendv(entries[i].fields, entries[i].n) < 0)
			return EXIT_FAILURE;
	(void)printf("%.0f\n", n * 1e6 / (double)(now_usec() - begin));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "export") == 0)
		return export_lines();
	if (argc == 3 && strcmp(argv[1], "message") == 0)
		return read_entries(argv[2], false);
	if (argc == 3 && strcmp(argv[1], "fields") == 0)
		return read_entries(argv[2], true);
	if (argc > 2 && strcmp(argv[1], "send") == 0)
		return send_entries(argv + 2);
	(void)fprintf(stderr,
		"usage: journal export | journal message|fields DIR | journal send MATCH…\n");
	return 2;
}
