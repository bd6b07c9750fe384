/* Thousands of files are looked up at every scan and every event, so there are tables for both. */
#include "config.h"

#include "source/files/followed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void follow_init(struct follow *follow)
{
	*follow = (struct follow){ 0 };
	TAILQ_INIT(&follow->all);
	TAILQ_INIT(&follow->queue);
}

void follow_done(struct follow *follow)
{
	struct followed *file;

	while ((file = TAILQ_FIRST(&follow->all))) {
		if (!file->finished)
			follow_finish(follow, file);
		follow_free(follow, file);
	}
}

static struct followed_list *bucket_of_inode(struct follow *follow, ino_t inode)
{
	return &follow->by_inode[inode % FOLLOW_BUCKETS];
}

static struct followed_list *bucket_of_watch(struct follow *follow, int wd)
{
	return &follow->by_watch[(unsigned)wd % FOLLOW_BUCKETS];
}

int follow_add(struct follow *follow, int fd, const char *path, struct followed **ret)
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
	mark_print_stream(&file->tail.mark, file->stream);
	LIST_INSERT_HEAD(bucket_of_inode(follow, file->tail.mark.inode), file, by_inode);
	TAILQ_INSERT_TAIL(&follow->all, file, in_all);
	follow->n++;
	*ret = TAKE(file);
	return 0;
}

void follow_set_watch(struct follow *follow, struct followed *file, int wd)
{
	if (file->wd >= 0)
		LIST_REMOVE(file, by_watch);
	file->wd = wd;
	if (wd >= 0)
		LIST_INSERT_HEAD(bucket_of_watch(follow, wd), file, by_watch);
}

int follow_rename(struct followed *file, const char *path)
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

int follow_was_named(struct followed *file, struct text path)
{
	char *own = strndup(path.data, path.len);

	if (!own)
		return -ENOMEM;
	free(file->first_path);
	file->first_path = own;
	return 0;
}

struct followed *follow_find(const struct follow *follow, dev_t device, ino_t inode)
{
	struct followed *file;

	LIST_FOREACH(file, &follow->by_inode[inode % FOLLOW_BUCKETS], by_inode)
	if (file->tail.mark.inode == inode && file->tail.mark.device == device)
		return file;
	return NULL;
}

struct followed *follow_find_watch(struct follow *follow, int wd)
{
	struct followed *file;

	LIST_FOREACH(file, bucket_of_watch(follow, wd), by_watch)
	if (file->wd == wd)
		return file;
	return NULL;
}

struct followed *follow_find_path(struct follow *follow, const char *path)
{
	struct followed *file;

	TAILQ_FOREACH(file, &follow->all, in_all)
	if (!file->finished && strcmp(file->path, path) == 0)
		return file;
	return NULL;
}

void follow_queue(struct follow *follow, struct followed *file)
{
	follow_unqueue(follow, file);
	TAILQ_INSERT_TAIL(&follow->queue, file, in_queue);
	file->ready = true;
}

void follow_unqueue(struct follow *follow, struct followed *file)
{
	if (file->ready)
		TAILQ_REMOVE(&follow->queue, file, in_queue);
	file->ready = false;
}

void follow_finish(struct follow *follow, struct followed *file)
{
	struct followed *other;

	TAILQ_FOREACH(other, &follow->all, in_all)
	{
		if (other->before == file)
			other->before = NULL;
		if (other->original == file)
			other->original = NULL;
	}
	follow_unqueue(follow, file);
	follow_set_watch(follow, file, -1);
	LIST_REMOVE(file, by_inode);
	tail_done(&file->tail);
	file->finished = true;
	file->tail.moved = true;
	follow->n--;
}

void follow_free(struct follow *follow, struct followed *file)
{
	TAILQ_REMOVE(&follow->all, file, in_all);
	free(file->path);
	free(file->first_path);
	free(file);
}

/* ccs.log, ccs.log.1 and ccs.log-20261122 are all ccs. */
struct text follow_identifier(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *ending = strstr(name, ".log");

	if (ending && ending > name && (ending[4] == '\0' || strchr(".-", ending[4])))
		return text_make(name, (size_t)(ending - name));
	return text_of(name);
}
