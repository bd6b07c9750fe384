/* Thousands of files are looked up at every scan and every event, so there are tables for both. */
#include "config.h"

#include "source/files/followed.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* A file is in the queue if and only if it is ready, and neither a finished file nor a candidate
 * is. A finished file is found no more. */
static void check_invariants(const struct followed *file)
{
	assert(file->ready == (file->in_queue.tqe_prev != NULL));
	assert(!file->ready || *file->in_queue.tqe_prev == file);
	assert(!file->ready || (!file->finished && file->candidate_usec == 0));
	assert(file->finished == (file->tail.fd < 0));
	assert(!file->finished || file->wd < 0);
	assert(file->read_first != file && file->original != file);
}

void followed_init(struct followed_table *table)
{
	*table = (struct followed_table){ 0 };
	TAILQ_INIT(&table->all);
	TAILQ_INIT(&table->queue);
}

void followed_done(struct followed_table *table)
{
	struct followed *file;

	while ((file = TAILQ_FIRST(&table->all))) {
		if (!file->finished)
			followed_finish(table, file);
		followed_free(table, file);
	}
}

static struct followed_list *bucket_of_inode(struct followed_table *table, ino_t inode)
{
	return &table->by_inode[inode % FOLLOWED_BUCKETS];
}

static struct followed_list *bucket_of_watch(struct followed_table *table, int wd)
{
	return &table->by_watch[(unsigned)wd % FOLLOWED_BUCKETS];
}

int followed_add(struct followed_table *table, int fd, const char *path, struct followed **ret)
{
	CLEANUP(freep) struct followed *file = calloc(1, sizeof(*file));
	CLEANUP(freep) char *own = strdup(path);
	CLEANUP(freep) char *first = strdup(path);
	int r;

	if (!file || !own || !first)
		return -ENOMEM;
	r = tail_init(&file->tail, fd);
	if (r < 0)
		return r;
	file->path = TAKE(own);
	file->first_path = TAKE(first);
	file->wd = -1;
	file->leave_usec = UINT64_MAX;
	position_print_stream(&file->tail.position, file->stream);
	LIST_INSERT_HEAD(bucket_of_inode(table, file->tail.position.inode), file, by_inode);
	TAILQ_INSERT_TAIL(&table->all, file, in_all);
	table->n++;
	*ret = TAKE(file);
	return 0;
}

void followed_set_watch(struct followed_table *table, struct followed *file, int wd)
{
	if (file->wd >= 0)
		LIST_REMOVE(file, by_watch);
	file->wd = wd;
	if (wd >= 0)
		LIST_INSERT_HEAD(bucket_of_watch(table, wd), file, by_watch);
}

int followed_rename(struct followed *file, const char *path)
{
	char *own;

	if (strcmp(file->path, path) == 0)
		return 0;
	own = strdup(path);
	if (!own)
		return -ENOMEM;
	free(file->path);
	file->path = own;
	return 0;
}

int followed_was_named(struct followed *file, struct text path)
{
	char *own = strndup(path.data, path.len);

	if (!own)
		return -ENOMEM;
	free(file->first_path);
	file->first_path = own;
	return 0;
}

struct followed *followed_find(const struct followed_table *table, dev_t device, ino_t inode)
{
	struct followed *file;

	LIST_FOREACH (file, &table->by_inode[inode % FOLLOWED_BUCKETS], by_inode)
		if (file->tail.position.inode == inode && file->tail.position.device == device)
			return file;
	return NULL;
}

struct followed *followed_find_watch(struct followed_table *table, int wd)
{
	struct followed *file;

	LIST_FOREACH (file, bucket_of_watch(table, wd), by_watch)
		if (file->wd == wd)
			return file;
	return NULL;
}

struct followed *followed_find_path(struct followed_table *table, const char *path)
{
	struct followed *file;

	TAILQ_FOREACH (file, &table->all, in_all)
		if (!file->finished && strcmp(file->path, path) == 0)
			return file;
	return NULL;
}

void followed_queue(struct followed_table *table, struct followed *file)
{
	followed_unqueue(table, file);
	TAILQ_INSERT_TAIL(&table->queue, file, in_queue);
	file->ready = true;
	check_invariants(file);
}

void followed_unqueue(struct followed_table *table, struct followed *file)
{
	if (file->ready)
		TAILQ_REMOVE(&table->queue, file, in_queue);
	file->in_queue.tqe_prev = NULL;
	file->ready = false;
	check_invariants(file);
}

void followed_finish(struct followed_table *table, struct followed *file)
{
	struct followed *other;

	assert(!file->finished && table->n > 0);
	TAILQ_FOREACH (other, &table->all, in_all) {
		if (other->read_first == file)
			other->read_first = NULL;
		if (other->original == file)
			other->original = NULL;
	}
	followed_unqueue(table, file);
	followed_set_watch(table, file, -1);
	LIST_REMOVE(file, by_inode);
	tail_done(&file->tail);
	file->finished = true;
	file->unseen = false;
	file->candidate_usec = 0;
	file->original = NULL;
	file->tail.position_changed = true;
	table->n--;
	check_invariants(file);
}

void followed_free(struct followed_table *table, struct followed *file)
{
	assert(file->finished && !file->ready);
	TAILQ_REMOVE(&table->all, file, in_all);
	free(file->path);
	free(file->first_path);
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
