/* Two daemons that share positions would repeat each other's work. */
#include "config.h"

#include "flow/state/state-directory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"

enum {
	LAST_SYSTEM_USER = 999, /* of Debian and most others */
	FIRST_DYNAMIC_USER = 61184,
	LAST_DYNAMIC_USER = 65519, /* systemd's, for DynamicUser=yes */
	OVERFLOW_USER = 65534, /* a user namespace shows a user that it does not map as this one */
};

static bool is_system_user(uid_t user)
{
	return user <= LAST_SYSTEM_USER || user == OVERFLOW_USER ||
	       (user >= FIRST_DYNAMIC_USER && user <= LAST_DYNAMIC_USER);
}

/* The owner of the directory controls where becaused resumes. So it must be our user, or root; for
 * root, also a system user, such as the service's. */
static int check_owner(const struct state_directory *state, const char *directory)
{
	const uid_t user = geteuid();
	struct stat status;
	int error;

	if (fstat(state->fd, &status) < 0) {
		error = errno;
		log_error("cannot look at '%s': %m", directory);
		return -error;
	}
	if (status.st_uid != user && status.st_uid != 0 &&
		!(user == 0 && is_system_user(status.st_uid))) {
		log_error("'%s' belongs to user %u; name another directory with --state", directory,
			(unsigned)status.st_uid);
		return -EPERM;
	}
	if ((status.st_mode & S_IWOTH) != 0) {
		log_error("every user can write to '%s'; name another directory with --state, or "
			  "run: chmod o-w '%s'",
			directory, directory);
		return -EPERM;
	}
	return 0;
}

/* The lock ends with the process. */
static int lock_directory(struct state_directory *state, const char *directory)
{
	int error;

	state->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state->fd < 0) {
		error = errno;
		log_error("cannot open '%s': %m", directory);
		return -error;
	}
	error = check_owner(state, directory);
	if (error < 0)
		return error;
	if (flock(state->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	error = errno;
	if (error != EWOULDBLOCK) {
		log_error("cannot lock '%s': %m", directory);
		return -error;
	}
	log_error("another becaused uses '%s'; stop it, or name another directory with --state",
		directory);
	return -EBUSY;
}

/* No source has such a name, and no sink. */
static const char MACHINE_KEY[] = "/machine", MACHINE_SINK[] = "/";

/* Positions of another machine mean nothing for the journal and files of this one. */
static int bind_to_machine(struct positions *positions)
{
	struct text key = text_of(MACHINE_KEY), had;
	char own[SD_ID128_STRING_MAX];
	sd_id128_t machine;
	int r;

	if (sd_id128_get_machine(&machine) < 0)
		return 0;
	(void)sd_id128_to_string(machine, own);
	had = positions_get(positions, key, MACHINE_SINK);
	if (had.len > 0 && !text_equal(had, text_of(own))) {
		log_warning("'%s' was written on another machine, ignoring its positions",
			positions->path);
		positions_clear(positions);
	}
	r = positions_set(positions, key, MACHINE_SINK, text_of(own));
	/* A full table can still be used. */
	return r == -E2BIG ? 0 : r;
}

static int load_positions(struct positions *positions, const char *directory)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/positions", directory);
	int r;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	r = positions_load(positions, path);
	if (r == -EBADMSG || r == -EMSGSIZE || r == -EFBIG) {
		log_warning("'%s' is not a file of positions, starting without positions", path);
		r = 0;
	}
	if (r < 0)
		log_error("cannot read '%s': %s", path, io_read_reason(r));
	return r;
}

int state_directory_open(struct state_directory *state, const char *directory)
{
	int r;

	*state = (struct state_directory){ .fd = -1 };
	r = lock_directory(state, directory);
	if (r == 0)
		r = load_positions(&state->positions, directory);
	return r < 0 ? r : bind_to_machine(&state->positions);
}

int state_directory_prove(struct state_directory *state)
{
	int r;

	/* Only who holds the lock may write. */
	assert(state->fd >= 0);
	state->positions.changed = true;
	r = positions_save(&state->positions);
	if (r < 0) {
		errno = -r;
		log_error("cannot write '%s': %m", state->positions.path);
	}
	return r;
}

void state_directory_close(struct state_directory *state)
{
	positions_done(&state->positions);
	state->fd = close_fd(state->fd);
}
