/* A directory with catalogs, profiles and a configuration, for the tests of flow/setup. */
#pragma once

#include "test.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>

#include "base/io.h"
#include "flow/setup/setup.h"

struct fixture {
	char top[32];
	char data[64];   /* TOP/data */
	char config[64]; /* TOP/becaused.yaml */
	struct library library;
	struct setup setup;
	struct diag diag;
};

static inline int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .top = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.top))
		return -1;
	(void)snprintf(f.data, sizeof(f.data), "%s/data", f.top);
	(void)snprintf(f.config, sizeof(f.config), "%s/becaused.yaml", f.top);
	*state = &f;
	return 0;
}

static inline int remove_one(
	const char *path, const struct stat *status, int flag, struct FTW *where)
{
	(void)status, (void)flag, (void)where;
	return remove(path);
}

static inline int finish(void **state)
{
	struct fixture *f = *state;

	library_done(&f->library);
	setup_done(&f->setup);
	diag_done(&f->diag);
	return nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* TOP/name, valid until the call after the next. */
static inline const char *path_of(const struct fixture *f, const char *name)
{
	static char paths[2][256];
	static size_t i;

	i = !i;
	(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", f->top, name);
	return paths[i];
}

/* Write the file TOP/name and the directories on the way to it. */
static inline void put(const struct fixture *f, const char *name, const char *content)
{
	char path[256];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(path, sizeof(path), "%s/%.*s", f->top, (int)(slash - name), name);
		if (mkdir(path, 0700) < 0)
			assert_int_equal(errno, EEXIST);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", f->top, name);
	assert_int_equal(io_replace_file(path, 0600, content, strlen(content)), 0);
}

#define CAUSE(code, name) \
	"  - {code: " code ", name: " name ", description: About " name "., severity: err}\n"
#define CATALOG(name, causes) "catalog: " name "\ncauses:\n" causes
#define PROFILE(name, catalog, more) \
	"profile: " name "\ncatalog: " catalog "\nkeys: [" name "Code]\n" more

/* A catalog `tiny` with the codes 1 and 10-19, a profile `small` on it, an empty configuration. */
static inline void put_library(const struct fixture *f)
{
	put(f, "data/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one") CAUSE("10-19", "ten")));
	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", ""));
	put(f, "becaused.yaml", "");
}

/* There is exactly one error: in TOP/file, at line and column, with `part` in its text. */
static inline void assert_error(
	struct fixture *f, const char *file, unsigned line, unsigned column, const char *part)
{
	assert_errors(&f->diag, { line, column, part });
	assert_string_equal(f->diag.errors[0].file, path_of(f, file));
}
