/* Files are read in the order of their names, so that messages come in the same order every time.
 * The profiles of a directory are kept in the order of their own names: so they are tried. */
#include "config.h"

#include "flow/setup/library.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/io.h"
#include "base/suggestion.h"
#include "base/yaml/yaml.h"
#include "cause/catalog.h"
#include "cause/profile-reader.h"
#include "cause/profile.h"
#include "cause/proof/examples.h"
#include "cause/slow-lines.h"

enum kind {
	KIND_CATALOG,
	KIND_PROFILE,
	KIND_OTHER,
};

const char *const library_default_directories[] = { BECAUSE_SYSCONFDIR, BECAUSE_DATADIR, NULL };

void library_done(struct library *library)
{
	for (size_t i = 0; i < library->n_files; i++) {
		(void)profile_free(library->files[i].profile);
		(void)catalog_free(library->files[i].catalog);
	}
	free(library->files);
	(void)arena_free(library->arena);
	*library = (struct library){ 0 };
}

static struct library_file *add_file(struct library *library, const char *path)
{
	struct library_file file = { 0 };
	struct library_file *files;

	if (!library->arena)
		library->arena = arena_new();
	if (!library->arena)
		return NULL;
	file.path = arena_text(library->arena, text_of(path)).data;
	files = realloc(library->files, (library->n_files + 1) * sizeof(*files));
	if (files)
		library->files = files;
	if (!files || !file.path)
		return NULL;
	files[library->n_files] = file;
	return &files[library->n_files++];
}

/* Add an error for a file that could not be read. Returns 0, -EINVAL or -ENOMEM. */
static int add_read_error(const char *path, int r, struct diag *diag)
{
	if (r == 0 || r == -ENOMEM)
		return r;
	diag_add(diag, (struct place){ .file = path }, "cannot read: %s", io_read_reason(r));
	return -EINVAL;
}

int library_read_content(const char *path, struct buffer *content, struct diag *diag)
{
	return add_read_error(path, io_read_file(path, content), diag);
}

static int read_file(struct library *library, const char *path, enum kind kind, struct text data,
	struct diag *diag)
{
	struct library_file *file = add_file(library, path);
	int r;

	if (!file)
		return -ENOMEM;
	file->is_catalog = kind == KIND_CATALOG;
	if (kind == KIND_CATALOG)
		r = catalog_read(file->path, data, diag, &file->catalog);
	else
		r = profile_read(file->path, data, diag, &file->profile);
	/* One of the two, and only if it is good. */
	assert((r == 0) == (file->catalog || file->profile) && !(file->catalog && file->profile));
	file->broken = r < 0;
	return r;
}

/* A file on its way into a catalog. */
struct pieces {
	int fd;
	size_t len; /* bytes so far */
};

static int read_piece(void *userdata, void *data, size_t size, size_t *ret_n)
{
	struct pieces *pieces = userdata;
	int r = io_read(pieces->fd, data, size, ret_n);

	if (r < 0)
		return r;
	pieces->len += *ret_n;
	return pieces->len > YAML_SIZE_MAX ? -EFBIG : 0;
}

/* Load a catalog in which there are no errors, without ever having its whole text. Returns 0,
 * -ENOMEM, or -EINVAL: then nothing is loaded, nothing reported, and the text has to be read. */
static int load_good_catalog(struct library *library, const char *path, struct diag *diag)
{
	CLEANUP(diag_done) struct diag found = { .advises = diag->advises };
	CLEANUP(closep) int fd = -1;
	struct pieces pieces = { 0 };
	const struct yaml_stream stream = { read_piece, &pieces };
	struct library_file *file;
	int r;

	if (io_open_regular(path, &fd) < 0)
		return -EINVAL;
	file = add_file(library, path);
	if (!file)
		return -ENOMEM;
	file->is_catalog = true;
	pieces.fd = fd;
	r = catalog_read_stream(file->path, &stream, &found, &file->catalog);
	if (r == 0)
		diag_move(diag, &found, false);
	else
		library->n_files--;
	return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

static int load_path(struct library *library, const char *path, enum kind kind, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(YAML_SIZE_MAX);
	int r = kind == KIND_CATALOG ? load_good_catalog(library, path, diag) : -EINVAL;

	if (r != -EINVAL)
		return r;
	r = add_read_error(path, io_read_regular(path, &content), diag);
	if (r == 0)
		return read_file(library, path, kind, buffer_text(&content), diag);
	if (r == -EINVAL) {
		struct library_file *file = add_file(library, path);

		if (!file)
			return -ENOMEM;
		file->is_catalog = kind == KIND_CATALOG;
		file->broken = true;
		library->incomplete = true;
	}
	return r;
}

/* What a file holds, by its keys. */
static enum kind kind_of(const struct yaml_node *root)
{
	enum kind kind = KIND_OTHER;

	if (!root || root->kind != YAML_MAPPING)
		return KIND_OTHER;
	for (const struct yaml_node *key = root->first; key; key = key->next) {
		if (text_equal(key->scalar, text_of("profile")))
			return KIND_PROFILE;
		if (text_equal(key->scalar, text_of("catalog")) ||
			text_equal(key->scalar, text_of("causes")))
			kind = KIND_CATALOG;
	}
	return kind;
}

static int skip_cause(const struct yaml_node *item, void *userdata)
{
	(void)item, (void)userdata;
	return 0;
}

/* Find out what a file holds. Returns 0, -EINVAL or -ENOMEM; LIBRARY_OTHER and LIBRARY_EMPTY as
 * library_add(). */
static int find_kind(const char *path, struct text data, struct diag *diag, enum kind *ret)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	const struct yaml_visitor visitor = { .key = "causes", .visit = skip_cause };
	const struct yaml_node *root = NULL;
	struct diag unused = { 0 };
	int r;

	if (!arena)
		return -ENOMEM;
	r = yaml_read_visiting(arena, path, data, &unused, &visitor, &root);
	diag_done(&unused);
	/* Errors of syntax are reported at once, others by who reads the file again. */
	if (r == -EINVAL)
		return yaml_read_visiting(arena, path, data, diag, &visitor, &root);
	if (r < 0)
		return r;
	*ret = kind_of(root);
	if (*ret == KIND_OTHER)
		return root ? LIBRARY_OTHER : LIBRARY_EMPTY;
	return 0;
}

static struct place place_of(const struct library_file *file)
{
	return file->catalog ? file->catalog->place : file->profile->place;
}

static bool has_same_name(const struct library_file *a, const struct library_file *b)
{
	if (a->catalog && b->catalog)
		return text_equal(a->catalog->name, b->catalog->name);
	return a->profile && b->profile && text_equal(a->profile->name, b->profile->name);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The newest file replaces one with the same name that a directory has. */
static void drop_replaced(struct library *library, struct diag *diag)
{
	const struct library_file *newest = &library->files[library->n_files - 1];

	assert(library->n_files > 0 && !newest->broken);
	for (size_t i = 0; i + 1 < library->n_files; i++) {
		struct library_file *file = &library->files[i];

		if (file->is_single || !has_same_name(file, newest))
			continue;
		if (strcmp(base_name(file->path), base_name(newest->path)) != 0)
			diag_advise(diag, place_of(newest),
				"its name is also in '%s', which only a file '%s' replaces",
				file->path, base_name(file->path));
		file->catalog = catalog_free(file->catalog);
		file->profile = profile_free(file->profile);
	}
}

int library_add(struct library *library, const char *path, struct text data, struct diag *diag)
{
	enum kind kind = KIND_OTHER;
	int r = find_kind(path, data, diag, &kind);

	if (r != 0)
		return r;
	r = read_file(library, path, kind, data, diag);
	if (r < 0)
		return r;
	library->files[library->n_files - 1].is_single = true;
	drop_replaced(library, diag);
	return 0;
}

/* Files that are meant to be YAML, by the ends of their names. */
static int select_yaml(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && entry->d_name[0] != '.' &&
	       (strcasecmp(end, ".yaml") == 0 || strcasecmp(end, ".yml") == 0);
}

/* Warn of a file whose name ends otherwise than those that are read. */
static bool is_misnamed(const char *path, struct diag *diag)
{
	if (strcmp(strrchr(path, '.'), ".yaml") == 0)
		return false;
	diag_warn(diag, (struct place){ .file = path },
		"not read, for its name does not end in '.yaml'");
	return true;
}

/* Whether an earlier directory has a file of this name. */
static bool is_replaced(
	const char *const *directories, const char *const *at, const char *folder, const char *name)
{
	for (; directories < at; directories++) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s/%s", *directories, folder, name);

		if (n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

struct names {
	struct dirent **items;
	int n;
};

static void names_done(struct names *names)
{
	for (int i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
}

/* The name of a profile; the path of a file without one. */
static struct text sort_key(const struct library_file *file)
{
	return file->profile ? file->profile->name : text_of(file->path);
}

static int compare_files(const void *a, const void *b)
{
	return text_compare(sort_key(a), sort_key(b));
}

/* Returns LIBRARY_FILE_BROKEN where all files were found, but some of them have errors. */
enum { LIBRARY_FILE_BROKEN = 1 };
static int load_folder(struct library *library, const char *const *directories,
	const char *const *at, enum kind kind, struct diag *diag)
{
	const char *folder = kind == KIND_CATALOG ? "catalogs" : "profiles";
	CLEANUP(names_done) struct names names = { 0 };
	size_t n_before = library->n_files;
	char path[PATH_MAX];
	int result = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", *at, folder) >= sizeof(path)) {
		diag_add(diag, (struct place){ .file = *at },
			"the name of this directory is too long");
		return -EINVAL;
	}
	names.n = scandir(path, &names.items, select_yaml, alphasort);
	if (names.n < 0 && errno != ENOENT) {
		diag_add(diag, (struct place){ .file = path }, "cannot read: %s", strerror(errno));
		return -EINVAL;
	}
	for (int i = 0; i < names.n; i++) {
		const char *name = names.items[i]->d_name;
		int n = snprintf(path, sizeof(path), "%s/%s/%s", *at, folder, name);
		int r;

		if (is_replaced(directories, at, folder, name))
			continue;
		if (library->n_files == LIBRARY_FILES_MAX || n < 0 || (size_t)n >= sizeof(path)) {
			diag_add(diag, (struct place){ .file = *at }, "more than %d files",
				LIBRARY_FILES_MAX);
			return -EINVAL;
		}
		if (is_misnamed(path, diag))
			continue;
		r = load_path(library, path, kind, diag);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = LIBRARY_FILE_BROKEN;
	}
	if (kind == KIND_PROFILE && library->n_files > n_before)
		qsort(library->files + n_before, library->n_files - n_before,
			sizeof(*library->files), compare_files);
	return result;
}

int library_load(
	struct library *library, const char *const *directories, bool profiles, struct diag *diag)
{
	enum kind last = profiles ? KIND_PROFILE : KIND_CATALOG;
	int result = 0;

	for (const char *const *at = directories; *at; at++) {
		for (enum kind kind = KIND_CATALOG; kind <= last; kind++) {
			int r = load_folder(library, directories, at, kind, diag);

			if (r == -ENOMEM)
				return r;
			/* Profiles need catalogs, and nothing needs a profile with errors. */
			if (r < 0 || (r > 0 && kind == KIND_CATALOG))
				library->incomplete = true;
			if (r != 0)
				result = -EINVAL;
		}
	}
	return result;
}

struct catalog *library_find_catalog(const struct library *library, struct text name)
{
	for (size_t i = library->n_files; i > 0; i--) {
		struct catalog *catalog = library->files[i - 1].catalog;

		if (catalog && !library->files[i - 1].broken && text_equal(catalog->name, name))
			return catalog;
	}
	return NULL;
}

struct profile *library_find_profile(const struct library *library, struct text name)
{
	for (size_t i = library->n_files; i > 0; i--) {
		struct profile *profile = library->files[i - 1].profile;

		if (profile && !library->files[i - 1].broken && text_equal(profile->name, name))
			return profile;
	}
	return NULL;
}

struct text library_nearest_catalog(const struct library *library, struct text name)
{
	struct suggestion nearest = suggestion_make(name);

	for (size_t i = 0; i < library->n_files; i++)
		if (library->files[i].catalog)
			suggestion_offer(&nearest, library->files[i].catalog->name);
	return nearest.best;
}

struct text library_nearest_profile(const struct library *library, struct text name)
{
	struct suggestion nearest = suggestion_make(name);

	for (size_t i = 0; i < library->n_files; i++)
		if (library->files[i].profile)
			suggestion_offer(&nearest, library->files[i].profile->name);
	return nearest.best;
}

/* Which of two files with the same name is at fault: one of a site's own directory rather than what
 * is shipped, otherwise the later one. */
static struct library_file *choose_wrong(struct library_file *earlier, struct library_file *later)
{
	const size_t len = (size_t)(base_name(earlier->path) - earlier->path);

	return strncmp(earlier->path, later->path, len) == 0 || later->is_single ? later : earlier;
}

/* Refuse a file that has the name of an earlier one; returns whether there is one. */
static bool refuse_same_name(struct library *library, size_t index, struct diag *diag)
{
	struct library_file *file = &library->files[index];

	for (size_t i = 0; i < index; i++) {
		struct library_file *other = &library->files[i];
		struct library_file *wrong;

		if (!has_same_name(file, other))
			continue;
		wrong = choose_wrong(other, file);
		diag_add(diag, place_of(wrong), "%s '%s' is also in '%s'",
			file->catalog ? "catalog" : "profile",
			file->catalog ? file->catalog->name.data : file->profile->name.data,
			wrong == file ? other->path : file->path);
		wrong->broken = true;
		return true;
	}
	return false;
}

/* Whether a reading before this one has the same catalog at the same place: it left its own to the
 * profile. */
static bool is_reported(const struct profile *profile, const struct profile_reading *reading)
{
	for (const struct profile_reading *at = profile->readings; at != reading; at = at->next)
		if (at->catalog_place.line == reading->catalog_place.line &&
			at->catalog_place.column == reading->catalog_place.column)
			return true;
	return false;
}

static void report_missing_catalog(
	const struct library *library, const struct profile_reading *reading, struct diag *diag)
{
	struct text nearest = library_nearest_catalog(library, reading->catalog_name);

	if (library->incomplete)
		diag_add(diag, reading->catalog_place, "its catalog '%s' could not be loaded",
			reading->catalog_name.data);
	else
		diag_add(diag, reading->catalog_place, "there is no catalog '%s'%s%.*s%s",
			reading->catalog_name.data, nearest.len > 0 ? "; did you mean '" : "",
			TEXT_FORMAT(nearest), nearest.len > 0 ? "'?" : "");
}

static int bind_profile(
	struct library *library, struct library_file *file, bool strict, struct diag *diag)
{
	struct profile *profile = file->profile;

	for (struct profile_reading *at = profile->readings; at; at = at->next) {
		at->catalog = library_find_catalog(library, at->catalog_name);
		if (at->catalog || !strict)
			continue;
		if (!is_reported(profile, at))
			report_missing_catalog(library, at, diag);
		file->broken = true;
	}
	return file->broken ? -EINVAL : 0;
}

int library_bind(struct library *library, bool strict, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < library->n_files; i++) {
		if (refuse_same_name(library, i, diag))
			result = -EINVAL;
	}
	for (size_t i = 0; i < library->n_files; i++) {
		struct library_file *file = &library->files[i];

		if (file->profile && !file->broken && bind_profile(library, file, strict, diag) < 0)
			result = -EINVAL;
	}
	return result;
}

int library_run_examples(struct library *library, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < library->n_files; i++) {
		struct library_file *file = &library->files[i];
		int r = 0;

		if (file->profile && profile_is_bound(file->profile))
			r = examples_run(file->profile, diag);
		if (r == -ENOMEM)
			return r;
		if (r == 0)
			continue;
		file->broken = true;
		result = r;
	}
	return result;
}

int library_run_trials(const struct library *library, struct diag *diag)
{
	uint64_t work = TRIAL_WORK_MAX;
	int r = 0;

	for (size_t i = 0; r == 0 && i < library->n_files; i++)
		if (library->files[i].profile)
			r = trial_run(library->files[i].profile, &work, diag);
	return r;
}

size_t library_leave_out_broken(struct library *library)
{
	size_t n = 0;

	for (size_t i = 0; i < library->n_files; i++) {
		struct library_file *file = &library->files[i];

		if (!file->broken)
			continue;
		file->profile = profile_free(file->profile);
		file->catalog = catalog_free(file->catalog);
		n++;
	}
	return n;
}

const struct library_file *library_find_file(const struct library *library, const char *path)
{
	struct stat wanted, status;

	for (size_t i = library->n_files; i > 0; i--)
		if (strcmp(library->files[i - 1].path, path) == 0)
			return &library->files[i - 1];
	if (stat(path, &wanted) < 0)
		return NULL;
	for (size_t i = library->n_files; i > 0; i--)
		if (stat(library->files[i - 1].path, &status) == 0 &&
			status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino)
			return &library->files[i - 1];
	return NULL;
}
