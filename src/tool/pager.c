/* A reader who quits early is found out by a failing write, which is no error. Ctrl-C is for the
 * pager alone: without us it would fight the shell for the terminal. */
#include "config.h"

#include "tool/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

/* As shells exit. */
enum { NOT_EXECUTABLE = 126, NOT_RUN = 127 };

static bool is_declined(const char *name)
{
	return name && (name[strspn(name, " \t")] == '\0' || strcmp(name, "cat") == 0);
}

static const char *find_name(void)
{
	const char *name = getenv("SYSTEMD_PAGER");

	return name ? name : getenv("PAGER");
}

/* In the child. */
static void run(const char *name)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	/* Quit if it fits one screen, pass colors, leave the text on the screen. */
	(void)setenv("LESS", "FRX", 0);
	if (name) {
		(void)execl("/bin/sh", "sh", "-c", name, (char *)NULL);
	} else {
		(void)execlp("less", "less", (char *)NULL);
		(void)execlp("more", "more", (char *)NULL);
		(void)execlp("cat", "cat", (char *)NULL);
	}
	_exit(NOT_RUN);
}

/* Both ends above the standard streams, of which any may be closed: dup2 then really makes another
 * descriptor, one that stays open in the child. */
static int open_pipe(int ends[static 2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		(void)close(low[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	(void)close_fd(ends[0]);
	(void)close_fd(ends[1]);
	return -EMFILE;
}

struct pager pager_open(bool wanted)
{
	const char *term = getenv("TERM");
	struct pager pager = { .name = find_name() };
	int ends[2] = { -1, -1 };

	if (!wanted || isatty(STDOUT_FILENO) != 1 || !term || strcmp(term, "dumb") == 0 ||
		is_declined(pager.name))
		return pager;
	if (open_pipe(ends) < 0)
		return pager;
	pager.pid = fork();
	if (pager.pid == 0) {
		if (dup2(ends[0], STDIN_FILENO) >= 0)
			run(pager.name);
		_exit(NOT_RUN);
	}
	if (pager.pid > 0) {
		(void)signal(SIGINT, SIG_IGN);
		(void)dup2(ends[1], STDOUT_FILENO);
	} else {
		pager.pid = 0;
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pager;
}

int pager_close(struct pager *pager)
{
	pid_t pid = pager->pid;
	int status;

	if (pid == 0)
		return 0;
	pager->pid = 0;
	(void)fclose(stdout);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	if (!WIFEXITED(status) ||
		(WEXITSTATUS(status) != NOT_RUN && WEXITSTATUS(status) != NOT_EXECUTABLE))
		return 0;
	log_error("cannot run the pager '%s'; set PAGER or use --no-pager",
		pager->name ? pager->name : "less");
	return -ENOENT;
}
