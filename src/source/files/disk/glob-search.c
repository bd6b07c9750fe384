/* The search goes down one component of the glob after the other, with a stack of levels: the
 * names in each directory on the way. A directory is read whole before what is in it is looked at.
 * So there is one descriptor at most, and names come sorted. */
#include "config.h"

#include "source/files/disk/glob-search.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/io.h"

enum { PATTERN_MAX = PATH_MAX };

void glob_search_begin(struct glob_search *search, const struct text_list *globs,
	const struct glob_visitor *visitor)
{
	*search = (struct glob_search){
		.globs = globs,
		.visitor = *visitor,
		.pattern = buffer_make(PATTERN_MAX),
	};
}

void glob_search_done(struct glob_search *search)
{
	for (size_t i = 0; i < search->n_levels_made; i++) {
		buffer_done(&search->levels[i].names);
		free(search->levels[i].order);
	}
	free(search->levels);
	free(search->components);
	buffer_done(&search->pattern);
	if (search->directory)
		(void)closedir(search->directory);
	*search = (struct glob_search){ 0 };
}

/* --- trouble --- */

/* Continue without a part of the tree, which the next search may have. */
static void note_shortage(struct glob_search *search, int error)
{
	if (search->error == 0)
		search->error = error;
}

/* Something that is not there is no trouble. */
static void note_trouble(struct glob_search *search, int error)
{
	if (io_is_shortage(-error)) {
		note_shortage(search, -error);
		return;
	}
	if (error == ENOENT || error == ENOTDIR)
		return;
	errno = error;
	search->visitor.troubled(search->path[0] ? search->path : "/", search->visitor.userdata);
}

/* --- the path --- */

static void cut_path(struct glob_search *search, size_t len)
{
	search->path[len] = '\0';
}

/* Put the name behind the directory of `len` bytes. Returns false where the path is too long. */
static bool join_path(struct glob_search *search, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	assert(len < sizeof(search->path));
	cut_path(search, len);
	if (name_len + 1 >= sizeof(search->path) - len) {
		note_trouble(search, ENAMETOOLONG);
		return false;
	}
	search->path[len] = '/';
	memcpy(search->path + len + 1, name, name_len + 1);
	return true;
}

/* --- components --- */

/* Split the glob; several slashes count as one. Returns 0, -ENOMEM or -EMSGSIZE. */
static int split_glob(struct glob_search *search, struct text glob)
{
	size_t from = 0;

	buffer_clear(&search->pattern);
	search->n_components = 0;
	for (size_t at = 0; at <= glob.len; at++) {
		size_t *components;

		if (at < glob.len && glob.data[at] != '/')
			continue;
		if (at > from) {
			components = array_grow(search->components, &search->components_size,
				search->n_components, sizeof(*components));
			if (!components)
				return -ENOMEM;
			search->components = components;
			components[search->n_components++] = search->pattern.len;
			buffer_add(&search->pattern, glob.data + from, at - from);
			buffer_add_char(&search->pattern, '\0');
		}
		from = at + 1;
	}
	return buffer_finish(&search->pattern);
}

static const char *component_of(const struct glob_search *search, size_t i)
{
	assert(i < search->n_components);
	return search->pattern.data + search->components[i];
}

/* Whether a component matches one name only. */
static bool is_literal(const char *component)
{
	for (; *component; component++) {
		if (*component == '\\' && component[1])
			component++;
		else if (strchr("*?[", *component))
			return false;
	}
	return true;
}

static bool is_last(const struct glob_search *search, size_t level)
{
	return level + 1 == search->n_components;
}

/* --- levels --- */

static struct glob_level *last_level(struct glob_search *search)
{
	assert(search->n_levels > 0 && search->n_levels <= search->n_levels_made);
	return &search->levels[search->n_levels - 1];
}

/* A level for the directory `path`. NULL where memory is refused. */
static struct glob_level *add_level(struct glob_search *search)
{
	struct glob_level *level;

	if (search->n_levels == search->n_levels_made) {
		struct glob_level *levels = array_grow(search->levels, &search->levels_size,
			search->n_levels_made, sizeof(*levels));

		if (!levels)
			return NULL;
		search->levels = levels;
		levels[search->n_levels_made++] =
			(struct glob_level){ .names = buffer_make(GLOB_SEARCH_NAMES_MAX) };
	}
	search->n_levels++;
	level = last_level(search);
	buffer_clear(&level->names);
	level->n = level->next = 0;
	level->path_len = strlen(search->path);
	return level;
}

static int add_name(struct glob_level *level, struct text name)
{
	size_t offset = level->names.len;
	size_t *order = array_grow(level->order, &level->size, level->n, sizeof(*order));

	if (!order)
		return -ENOMEM;
	level->order = order;
	buffer_add_text(&level->names, name);
	buffer_add_char(&level->names, '\0');
	if (buffer_finish(&level->names) < 0)
		return buffer_finish(&level->names);
	order[level->n++] = offset;
	return 0;
}

/* The name is there, whatever the component matches. */
static int add_literal_name(struct glob_level *level, const char *component)
{
	char name[PATTERN_MAX];
	size_t len = 0;

	for (; *component; component++) {
		if (*component == '\\' && component[1])
			component++;
		name[len++] = *component;
	}
	return add_name(level, text_make(name, len));
}

/* Begin with the directory `path`, whose entries are to match the component of the new level. */
static void enter_directory(struct glob_search *search)
{
	const char *component = component_of(search, search->n_levels);
	struct glob_level *level;

	search->visitor.directory(search->path[0] ? search->path : "/", search->visitor.userdata);
	level = add_level(search);
	if (!level) {
		note_shortage(search, -ENOMEM);
	} else if (is_literal(component)) {
		if (add_literal_name(level, component) < 0)
			note_shortage(search, -ENOMEM);
	} else {
		search->directory = opendir(search->path[0] ? search->path : "/");
		if (!search->directory)
			note_trouble(search, errno);
	}
}

/* --- reading a directory --- */

static int compare_names(const void *a, const void *b, void *names)
{
	const size_t *one = a, *other = b;

	return strcmp((const char *)names + *one, (const char *)names + *other);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whether the entry may lead further down. The kind of an entry is not known on all file systems.
 */
static bool may_be_directory(const struct dirent *entry)
{
	return entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

static int read_entry(
	struct glob_search *search, struct glob_level *level, const struct dirent *entry)
{
	size_t i = search->n_levels - 1;

	if (is_dots(entry->d_name) ||
		fnmatch(component_of(search, i), entry->d_name, FNM_PERIOD) != 0 ||
		(!is_last(search, i) && !may_be_directory(entry)))
		return 0;
	return add_name(level, text_of(entry->d_name));
}

/* A directory that could not be read to its end is searched as far as it was read. */
static void end_reading(struct glob_search *search, struct glob_level *level, int error)
{
	(void)closedir(search->directory);
	search->directory = NULL;
	if (error != 0)
		note_trouble(search, error);
	if (level->n > 0)
		qsort_r(level->order, level->n, sizeof(*level->order), compare_names,
			level->names.data);
}

/* Read entries, at most `n`. Returns how many were read. */
static size_t read_entries(struct glob_search *search, size_t n)
{
	struct glob_level *level = last_level(search);

	for (size_t i = 0; i < n; i++) {
		const struct dirent *entry;
		int r = 0;

		errno = 0;
		entry = readdir(search->directory);
		if (entry)
			r = read_entry(search, level, entry);
		if (!entry || r < 0) {
			end_reading(search, level, !entry ? errno : r == -EMSGSIZE ? EFBIG : -r);
			return i + 1;
		}
	}
	return n;
}

/* --- the walk --- */

/* Look at the path, which matches the components up to this level. A name that was read from the
 * directory is there. */
static void visit(struct glob_search *search, const struct glob_level *level)
{
	size_t i = search->n_levels - 1;
	bool is_there = is_last(search, i) && !is_literal(component_of(search, i));
	struct stat status = { 0 };

	if (!is_there && lstat(search->path, &status) < 0) {
		int error = errno;

		/* It is the directory that may not be searched. */
		cut_path(search, level->path_len);
		note_trouble(search, error);
	} else if (is_last(search, i)) {
		search->visitor.path(search->path, search->visitor.userdata);
	} else if (S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode)) {
		enter_directory(search);
	}
}

static void begin_glob(struct glob_search *search)
{
	int r = split_glob(search, search->globs->items[search->next_glob++]);

	cut_path(search, 0);
	if (r == -ENOMEM)
		note_shortage(search, r);
	else if (r < 0)
		note_trouble(search, ENAMETOOLONG);
	else if (search->n_components > 0)
		enter_directory(search);
}

/* Do the next thing; returns what it cost. */
static size_t advance(struct glob_search *search, size_t budget)
{
	struct glob_level *level;

	if (search->directory)
		return read_entries(search, budget);
	if (search->n_levels == 0) {
		begin_glob(search);
		return GLOB_SEARCH_VISIT_COST;
	}
	level = last_level(search);
	if (level->next == level->n) {
		search->n_levels--;
		return 1;
	}
	if (join_path(search, level->path_len, level->names.data + level->order[level->next++]))
		visit(search, level);
	return GLOB_SEARCH_VISIT_COST;
}

static bool is_over(const struct glob_search *search)
{
	return search->n_levels == 0 && search->next_glob == search->globs->n;
}

int glob_search_step(struct glob_search *search, size_t budget)
{
	size_t n_done = 0;

	assert(!search->directory || search->n_levels > 0);
	while (n_done < budget && !is_over(search))
		n_done += advance(search, budget - n_done);
	if (!is_over(search))
		return GLOB_SEARCH_MORE;
	assert(!search->directory);
	return search->error;
}
