/* When a reader quits early, a write fails, which is no error. Ctrl-C is for the pager alone: if
 * `because` ended, the pager would compete with the shell for the terminal. SIGINT is blocked, not
 * ignored, to find out whether the pager ended because of it. */
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

/* Exit codes of shells. */
enum { NOT_EXECUTABLE = 126, NOT_RUN = 127 };

static bool is_declined(const char *name)
{
	return name && (name[strspn(name, " \t\n")] == '\0' || strcmp(name, "cat") == 0);
}

static const char *find_pager(void)
{
	const char *name = getenv("SYSTEMD_PAGER");

	return name ? name : getenv("PAGER");
}

/* how: SIG_BLOCK or SIG_UNBLOCK. */
static void mask_interrupt(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(how, &set, NULL);
}

/* This runs in the child, which inherited the blocked signal. */
static void run_pager(const char *name)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	mask_interrupt(SIG_UNBLOCK);
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

/* A pipe whose ends are none of the three standard streams, which may be closed. Returns 0 or a
 * negative errno. */
static int open_pipe(int *ends)
{
	int low[2];
	int error;

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	error = errno;
	(void)close(low[0]);
	(void)close(low[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	ends[0] = close_fd(ends[0]);
	ends[1] = close_fd(ends[1]);
	return -error;
}

static bool is_interrupted(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, SIGINT) == 1;
}

struct pager pager_open(bool wanted)
{
	const char *term = getenv("TERM");
	struct pager pager = { .name = find_pager() };
	int ends[2] = { -1, -1 };

	if (!wanted || isatty(STDOUT_FILENO) != 1 || !term || strcmp(term, "dumb") == 0 ||
		is_declined(pager.name))
		return pager;
	if (open_pipe(ends) < 0)
		return pager;
	/* Block it before there is a pager, which may be quick to send it. */
	mask_interrupt(SIG_BLOCK);
	pager.pid = fork();
	if (pager.pid == 0) {
		if (dup2(ends[0], STDIN_FILENO) >= 0)
			run_pager(pager.name);
		_exit(NOT_RUN);
	}
	if (pager.pid > 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
	} else {
		mask_interrupt(SIG_UNBLOCK);
		pager.pid = 0;
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pager;
}

/* A pager that fails may have shown nothing. One that the reader quits, be it with Ctrl-C, has not
 * failed. */
static int report_failure(const char *name, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGPIPE)
		log_error("the pager '%s' was killed by signal %d; set PAGER or use --no-pager",
			name, WTERMSIG(status));
	else if (code == NOT_RUN || code == NOT_EXECUTABLE)
		log_error("cannot run the pager '%s'; set PAGER or use --no-pager", name);
	else if (code != 0 && !is_interrupted())
		log_error("the pager '%s' ended with status %d; set PAGER or use --no-pager", name,
			code);
	else
		return 0;
	return -EIO;
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
	return report_failure(pager->name ? pager->name : "less", status);
}
