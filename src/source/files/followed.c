/* There may be hundreds of thousands of files, so whatever happens to one costs nothing for the
 * others: each question has its own hash table or list. */
#include "config.h"

#include "source/files/followed.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/files/disk/status.h"

enum { BUCKETS_MIN = 256 };

/* Only files that are read are in the queue, and a finished file has no descriptor and is found no
 * more. */
static void check_invariants(const struct followed *file)
{
	assert(!followed_is_in(file, FOLLOWED_QUEUE) || file->state == FOLLOWED_READING);
	assert(!followed_is_in(file, FOLLOWED_UNSAVED) || file->state == FOLLOWED_READING);
	assert(followed_is_in(file, FOLLOWED_WAITERS) == (file->state == FOLLOWED_WAITING));
	assert(!followed_is_in(file, FOLLOWED_NOTED) || file->state == FOLLOWED_NEW);
	assert(file->state != FOLLOWED_FINISHED || (file->tail.fd < 0 && file->wd < 0));
	assert(file->original == NULL || file->state == FOLLOWED_WAITING);
	assert(file->read_first != file && file->original != file);
}

/* --- hash tables --- */

static uint64_t mix(uint64_t number)
{
	return text_hash(TEXT_HASH_START, text_make((const char *)&number, sizeof(number)));
}

static struct followed_bucket *bucket_of_inode(const struct followed_table *table, ino_t inode)
{
	return &table->by_inode[mix(inode) & (table->n_buckets - 1)];
}

static struct followed_bucket *bucket_of_watch(const struct followed_table *table, int wd)
{
	return &table->by_watch[mix((unsigned)wd) & (table->n_buckets - 1)];
}

static struct followed_bucket *bucket_of_path(const struct followed_table *table, const char *path)
{
	return &table->by_path[text_hash(TEXT_HASH_START, text_of(path)) & (table->n_buckets - 1)];
}

static void insert(struct followed_table *table, struct followed *file)
{
	if (file->state == FOLLOWED_FINISHED)
		return;
	LIST_INSERT_HEAD(bucket_of_inode(table, file->tail.position.inode), file, by_inode);
	LIST_INSERT_HEAD(bucket_of_path(table, file->path), file, by_path);
	if (file->wd >= 0)
		LIST_INSERT_HEAD(bucket_of_watch(table, file->wd), file, by_watch);
}

static int make_buckets(size_t n, struct followed_bucket **ret)
{
	struct followed_bucket *buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	*ret = buckets;
	return 0;
}

/* Make the tables of `n` buckets each, and put all files in. */
static int resize(struct followed_table *table, size_t n)
{
	CLEANUP(freep) struct followed_bucket *by_inode = NULL, *by_path = NULL, *by_watch = NULL;
	struct followed *file;

	if (make_buckets(n, &by_inode) < 0 || make_buckets(n, &by_path) < 0 ||
		make_buckets(n, &by_watch) < 0)
		return -ENOMEM;
	free(table->by_inode);
	free(table->by_path);
	free(table->by_watch);
	table->by_inode = TAKE(by_inode);
	table->by_path = TAKE(by_path);
	table->by_watch = TAKE(by_watch);
	table->n_buckets = n;
	TAILQ_FOREACH (file, &table->lists[FOLLOWED_ALL], in[FOLLOWED_ALL])
		insert(table, file);
	return 0;
}

struct followed *followed_find(const struct followed_table *table, dev_t device, ino_t inode)
{
	struct followed *file = NULL;

	while ((file = followed_next_inode(table, inode, file)))
		if (file->tail.position.device == device)
			return file;
	return NULL;
}

struct followed *followed_next_inode(
	const struct followed_table *table, ino_t inode, const struct followed *after)
{
	struct followed *file =
		after ? LIST_NEXT(after, by_inode) : LIST_FIRST(bucket_of_inode(table, inode));

	while (file && file->tail.position.inode != inode)
		file = LIST_NEXT(file, by_inode);
	return file;
}

struct followed *followed_next_path(
	const struct followed_table *table, const char *path, const struct followed *after)
{
	struct followed *file =
		after ? LIST_NEXT(after, by_path) : LIST_FIRST(bucket_of_path(table, path));

	while (file && strcmp(file->path, path) != 0)
		file = LIST_NEXT(file, by_path);
	return file;
}

struct followed *followed_find_watch(const struct followed_table *table, int wd)
{
	struct followed *file;

	LIST_FOREACH (file, bucket_of_watch(table, wd), by_watch)
		if (file->wd == wd)
			return file;
	return NULL;
}

bool followed_has_status(const struct followed *file, const struct file_status *status)
{
	return status->inode == file->tail.position.inode &&
	       status->device == file->tail.position.device &&
	       !position_is_of_other(&file->tail.position, status->born_usec);
}

struct followed *followed_find_status(
	const struct followed_table *table, const struct file_status *status)
{
	struct followed *file = NULL;

	while ((file = followed_next_inode(table, status->inode, file)))
		if (followed_has_status(file, status))
			return file;
	return NULL;
}

bool followed_had_name(
	const struct followed_table *table, const struct followed *file, uint64_t usec)
{
	uint64_t born_usec = file->tail.position.born_usec;
	const struct followed *other = NULL;

	if (born_usec == 0)
		return true;
	while ((other = followed_next_path(table, file->path, other))) {
		uint64_t other_usec = other->tail.position.born_usec;

		if (other != file && !position_is_copy(&other->tail.position) &&
			other_usec > born_usec && other_usec < usec)
			return false;
	}
	return true;
}

/* --- lists --- */

bool followed_is_in(const struct followed *file, enum followed_list list)
{
	return file->in[list].tqe_prev != NULL;
}

void followed_list_remove(
	struct followed_table *table, enum followed_list list, struct followed *file)
{
	if (!followed_is_in(file, list))
		return;
	TAILQ_REMOVE(&table->lists[list], file, in[list]);
	file->in[list].tqe_prev = NULL;
}

void followed_list_add(struct followed_table *table, enum followed_list list, struct followed *file)
{
	followed_list_remove(table, list, file);
	TAILQ_INSERT_TAIL(&table->lists[list], file, in[list]);
	check_invariants(file);
}

struct followed *followed_first(const struct followed_table *table, enum followed_list list)
{
	return TAILQ_FIRST(&table->lists[list]);
}

struct followed *followed_next(const struct followed *file, enum followed_list list)
{
	return TAILQ_NEXT(file, in[list]);
}

int followed_list_files(const struct followed_table *table, enum followed_list list,
	struct followed ***ret, size_t *ret_n)
{
	struct followed **files = NULL, *file;
	size_t n = 0, i = 0;

	TAILQ_FOREACH (file, &table->lists[list], in[list])
		n++;
	if (n > 0) {
		files = calloc(n, sizeof(struct followed *));
		if (!files)
			return -ENOMEM;
	}
	TAILQ_FOREACH (file, &table->lists[list], in[list])
		files[i++] = file;
	*ret = files;
	*ret_n = n;
	return 0;
}

/* --- files --- */

int followed_init(struct followed_table *table)
{
	*table = (struct followed_table){ 0 };
	for (size_t i = 0; i < FOLLOWED_LISTS; i++)
		TAILQ_INIT(&table->lists[i]);
	return resize(table, BUCKETS_MIN);
}

void followed_done(struct followed_table *table)
{
	struct followed *file, *next;

	for (file = followed_first(table, FOLLOWED_ALL); file; file = next) {
		next = followed_next(file, FOLLOWED_ALL);
		tail_close(&file->tail);
		free(file->reached);
		free(file->copy.path);
		free(file->path);
		free(file);
	}
	free(table->by_inode);
	free(table->by_path);
	free(table->by_watch);
	*table = (struct followed_table){ 0 };
}

int followed_add(struct followed_table *table, const struct file_position *position,
	const char *path, struct followed **ret)
{
	CLEANUP(freep) struct followed *file = calloc(1, sizeof(*file));
	CLEANUP(freep) char *own = strdup(path);

	if (!file || !own)
		return -ENOMEM;
	if (table->n >= table->n_buckets && resize(table, 2 * table->n_buckets) < 0)
		return -ENOMEM;
	tail_init_closed(&file->tail, position);
	file->path = TAKE(own);
	file->wd = -1;
	insert(table, file);
	followed_list_add(table, FOLLOWED_ALL, file);
	table->n++;
	*ret = TAKE(file);
	return 0;
}

int followed_rename(struct followed_table *table, struct followed *file, const char *path)
{
	char *own;

	assert(file->state != FOLLOWED_FINISHED);
	if (strcmp(file->path, path) == 0)
		return 0;
	own = strdup(path);
	if (!own)
		return -ENOMEM;
	LIST_REMOVE(file, by_path);
	free(file->path);
	file->path = own;
	LIST_INSERT_HEAD(bucket_of_path(table, path), file, by_path);
	return 0;
}

int followed_set_reached(struct followed *file, const struct file_position *position)
{
	assert(!file->reached);
	file->reached = malloc(sizeof(*file->reached));
	if (!file->reached)
		return -ENOMEM;
	*file->reached = *position;
	return 0;
}

/* Whether the file was truncated after its position was saved. */
static bool has_later_content(const struct followed *file)
{
	return file->reached && file->reached->content_usec > file->tail.position.content_usec;
}

bool followed_fits(const struct followed *file, int fd)
{
	return tail_fits(fd, &file->tail.position) ||
	       (has_later_content(file) && tail_fits(fd, file->reached));
}

uint64_t followed_later_content(const struct followed *file)
{
	return has_later_content(file) && tail_fits(file->tail.fd, file->reached)
		       ? file->reached->content_usec
		       : 0;
}

static bool fits_reached(const struct followed *file, int fd)
{
	return !file->reached || has_later_content(file) || tail_fits(fd, file->reached);
}

bool followed_may_have_copy(const struct followed *file, int fd)
{
	return fits_reached(file, fd) || status_size_of_fd(fd) < file->reached->offset;
}

int followed_check_reached(struct followed *file)
{
	if (has_later_content(file) || !fits_reached(file, file->tail.fd))
		return TAIL_TRUNCATED;
	/* Until then, it may be truncated at any time. */
	if (file->reached && file->tail.position.offset >= file->reached->offset)
		followed_forget_reached(file);
	return 0;
}

int followed_check(struct followed *file)
{
	int r = tail_check(&file->tail);

	return r == 0 ? followed_check_reached(file) : r;
}

void followed_forget_reached(struct followed *file)
{
	free(file->reached);
	file->reached = NULL;
}

void followed_set_watch(struct followed_table *table, struct followed *file, int wd)
{
	if (file->wd >= 0)
		LIST_REMOVE(file, by_watch);
	file->wd = wd;
	if (wd >= 0)
		LIST_INSERT_HEAD(bucket_of_watch(table, wd), file, by_watch);
}

/* Keep a count of those for which something is true. */
static void count(size_t *n, bool was, bool is)
{
	assert(*n > 0 || !was);
	*n += (size_t)is - (size_t)was;
}

void followed_update(struct followed_table *table, struct followed *file)
{
	bool is_open = file->tail.fd >= 0, is_held = file->tail.n_held > 0;

	count(&table->n_open, followed_is_in(file, FOLLOWED_OPEN), is_open);
	count(&table->n_held, file->is_held, is_held);
	file->is_held = is_held;
	if (is_open)
		followed_list_add(table, FOLLOWED_OPEN, file);
	else
		followed_list_remove(table, FOLLOWED_OPEN, file);
	if (file->tail.position_changed && !followed_is_in(file, FOLLOWED_CHANGED))
		followed_list_add(table, FOLLOWED_CHANGED, file);
}

void followed_put_off(struct followed_table *table, struct followed *file, bool is_put_off)
{
	count(&table->n_put_off, file->is_put_off, is_put_off);
	file->is_put_off = is_put_off;
}

void followed_set_unreadable(
	struct followed_table *table, struct followed *file, bool is_unreadable)
{
	count(&table->n_unreadable, file->is_unreadable, is_unreadable);
	file->is_unreadable = is_unreadable;
}

void followed_refer(
	struct followed_table *table, struct followed **reference, struct followed *other)
{
	struct followed *old = *reference;

	if (other)
		other->n_references++;
	*reference = other;
	if (!old)
		return;
	assert(old->n_references > 0);
	old->n_references--;
	/* It was kept for this reference alone: the next visit of positions frees it. */
	if (old->state == FOLLOWED_FINISHED && !followed_is_in(old, FOLLOWED_CHANGED))
		followed_list_add(table, FOLLOWED_CHANGED, old);
}

struct followed *followed_referred(struct followed_table *table, struct followed **reference)
{
	while (*reference && (*reference)->state == FOLLOWED_FINISHED)
		followed_refer(table, reference, (*reference)->successor);
	return *reference;
}

struct followed *followed_before(struct followed_table *table, struct followed *file)
{
	struct followed *before = followed_referred(table, &file->read_first);

	/* The file was read in place of the one that came before it. */
	if (before == file)
		followed_refer(table, &file->read_first, NULL);
	return file->read_first;
}

void followed_replace(struct followed_table *table, struct followed *file, struct followed *other)
{
	assert(other != file && other->state != FOLLOWED_FINISHED);
	followed_finish(table, file);
	followed_refer(table, &file->successor, other);
}

void followed_finish(struct followed_table *table, struct followed *file)
{
	assert(file->state != FOLLOWED_FINISHED && table->n > 0);
	followed_refer(table, &file->original, NULL);
	followed_refer(table, &file->read_first, NULL);
	for (enum followed_list i = 0; i < FOLLOWED_LISTS; i++)
		if (i != FOLLOWED_ALL && i != FOLLOWED_CHANGED && i != FOLLOWED_OPEN)
			followed_list_remove(table, i, file);
	followed_set_watch(table, file, -1);
	followed_put_off(table, file, false);
	followed_set_unreadable(table, file, false);
	LIST_REMOVE(file, by_inode);
	LIST_REMOVE(file, by_path);
	tail_close(&file->tail);
	file->tail.n_held = 0;
	file->tail.position_changed = true;
	file->state = FOLLOWED_FINISHED;
	followed_update(table, file);
	table->n--;
	check_invariants(file);
}

void followed_free(struct followed_table *table, struct followed *file)
{
	if (file->state != FOLLOWED_FINISHED)
		followed_finish(table, file);
	followed_list_remove(table, FOLLOWED_CHANGED, file);
	if (file->n_references > 0)
		return;
	followed_refer(table, &file->successor, NULL);
	followed_list_remove(table, FOLLOWED_ALL, file);
	free(file->reached);
	free(file->copy.path);
	free(file->path);
	free(file);
}

/* ccs.log, ccs.log.1 and ccs.log-20261122 are all ccs. */
struct text followed_identifier(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *ending = strstr(name, ".log");

	if (ending && ending > name && (ending[4] == '\0' || strchr(".-", ending[4])))
		return text_make(name, (size_t)(ending - name));
	return text_of(name);
}
