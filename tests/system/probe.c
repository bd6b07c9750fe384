/* Reports what a sandbox leaves open, for the system tests. `probe DIRECTORY` tries each file below
 * the directory and prints a line for each success:
 *
 *  - `write PATH`: a directory where it can create a file, or a file that it can open for writing;
 *  - `socket PATH` or `abstract NAME`: a socket that it can connect to;
 *  - `pipe PATH` or `device PATH`: one that it can open for reading and writing.
 *
 * Of /proc it tries only /proc/sys, and of /sys only cgroups. It removes each file that it created.
 * Below a directory that it can write to, it prints nothing else. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DESCRIPTORS = 64 };

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool is_of_kernel(const char *path)
{
	if (is_below(path, "/proc"))
		return strcmp(path, "/proc") != 0 && !is_below(path, "/proc/sys");
	return is_below(path, "/sys") && strcmp(path, "/sys") != 0 &&
	       strcmp(path, "/sys/fs") != 0 && !is_below(path, "/sys/fs/cgroup");
}

/* Whether a file can be made there. */
static bool can_make(const char *directory)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/.because-probe", directory), fd;

	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	(void)close(fd);
	(void)unlink(path);
	return true;
}

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

/* len: bytes of the path, of which the first is NUL for an abstract one. */
static bool can_connect_as(int type, const char *path, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	int fd, r;

	if (len > sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	r = connect(fd, (const struct sockaddr *)&address, size) < 0 ? errno : 0;
	(void)close(fd);
	/* EAGAIN: the other side is busy. */
	return r == 0 || r == EAGAIN;
}

static bool can_connect(const char *path, size_t len)
{
	return can_connect_as(SOCK_STREAM, path, len) || can_connect_as(SOCK_DGRAM, path, len) ||
	       can_connect_as(SOCK_SEQPACKET, path, len);
}

static char below[4096]; /* the last directory that was printed */

static bool is_printed(const char *path)
{
	return below[0] != '\0' && is_below(path, below);
}

static int try(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)type, (void)ftw;
	if (is_of_kernel(path) || is_printed(path))
		return 0;
	if (S_ISDIR(status->st_mode)) {
		if (can_make(path)) {
			(void)printf("write %s\n", path);
			(void)snprintf(below, sizeof(below), "%s", path);
		}
	} else if (S_ISREG(status->st_mode)) {
		if (can_open(path, O_WRONLY))
			(void)printf("write %s\n", path);
	} else if (S_ISSOCK(status->st_mode)) {
		if (can_connect(path, strlen(path) + 1))
			(void)printf("socket %s\n", path);
	} else if (S_ISFIFO(status->st_mode)) {
		if (can_open(path, O_RDWR))
			(void)printf("pipe %s\n", path);
	} else if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
		if (can_open(path, O_RDWR))
			(void)printf("device %s\n", path);
	}
	return 0;
}

/* The kernel lists them by name, with an @ for the first byte. */
static int try_abstract(void)
{
	FILE *list = fopen("/proc/self/net/unix", "re");
	char line[512];

	if (!list)
		return -1;
	while (fgets(line, sizeof(line), list)) {
		char *name = strstr(line, " @");
		size_t len = name ? strcspn(++name, "\n") : 0;

		if (!name)
			continue;
		name[0] = name[len] = '\0';
		if (can_connect(name, len))
			(void)printf("abstract %s\n", name + 1);
	}
	return fclose(list);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fputs("usage: probe DIRECTORY\n", stderr);
		return 2;
	}
	if (nftw(argv[1], try, DESCRIPTORS, FTW_PHYS) < 0 || try_abstract() < 0) {
		perror("probe");
		return 1;
	}
	return 0;
}
