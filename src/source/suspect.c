/* A copy is told by its content: it begins like its original. A short beginning proves little, so
 * what is shorter than a whole fingerprint must also have a name that fits. An empty file is
 * suspected of nothing yet: what it is a copy of shows with its first bytes. */
#include "config.h"

#include "source/suspect.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* --- names --- */

static size_t directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Whether the name goes on behind `len` bytes with more than a longer word or number. */
static bool is_extended(struct text path, size_t len)
{
	return path.len > len && (path.data[len] == '_' || !char_is_word(path.data[len]));
}

bool suspect_is_related(const char *original, const char *path)
{
	const char *name = original + directory_len(original), *dot = strrchr(name, '.');
	struct text whole = text_of(original), copy = text_of(path);
	size_t stem_len = dot ? (size_t)(dot - original) : whole.len;

	if (directory_len(path) != (size_t)(name - original) || copy.len <= whole.len)
		return false;
	if (text_starts(copy, whole))
		return is_extended(copy, whole.len);
	return dot && dot > name && text_starts(copy, text_make(original, stem_len)) &&
	       is_extended(copy, stem_len) &&
	       strcmp(path + copy.len - (whole.len - stem_len), dot) == 0;
}

/* Copies of copies, and of files that are on their way out, are nobody's plan. */
static bool can_be_original(const struct followed *file)
{
	return !file->finished && file->named && file->suspect_usec == 0;
}

struct followed *suspect_find_related(struct follow *follow, const char *path)
{
	struct followed *file;

	TAILQ_FOREACH(file, &follow->all, in_all)
	if (can_be_original(file) && suspect_is_related(file->path, path))
		return file;
	return NULL;
}

/* --- contents --- */

struct head {
	char bytes[MARK_HEAD_MAX];
	size_t n;
	struct fingerprint prints[MARK_HEAD_MAX + 1]; /* of its first 0, 1, 2, … bytes */
};

/* While the suspect is shorter than the fingerprint it is no whole copy, so the original still has
 * what it is copied from. */
static bool is_like(
	const struct followed *original, const struct followed *file, const struct head *head)
{
	struct fingerprint wanted = original->tail.mark.head;
	char bytes[MARK_HEAD_MAX];

	if (wanted.len == 0)
		return false;
	if (head->n >= wanted.len)
		return head->prints[wanted.len].hash == wanted.hash &&
		       (wanted.len == MARK_HEAD_MAX ||
			       suspect_is_related(original->path, file->path));
	return suspect_is_related(original->path, file->path) &&
	       pread(original->tail.fd, bytes, head->n, 0) == (ssize_t)head->n &&
	       memcmp(bytes, head->bytes, head->n) == 0;
}

static struct followed *find_original(
	struct follow *follow, const struct followed *file, const struct head *head)
{
	struct followed *other;

	TAILQ_FOREACH(other, &follow->all, in_all)
	if (can_be_original(other) && strcmp(other->path, file->path) != 0 &&
		is_like(other, file, head))
		return other;
	return NULL;
}

static off_t size_of(const struct followed *file)
{
	struct stat status;

	return fstat(file->tail.fd, &status) == 0 ? status.st_size : 0;
}

/* Whether all of the suspect, as far as its end shows, also stands in its original. */
static bool ends_like_original(const struct followed *file, off_t size)
{
	char end[MARK_TAIL_MAX], original[MARK_TAIL_MAX];
	off_t at = size < (off_t)sizeof(end) ? 0 : size - (off_t)sizeof(end);
	ssize_t n = pread(file->tail.fd, end, sizeof(end), at);

	return n > 0 && pread(file->original->tail.fd, original, (size_t)n, at) == n &&
	       memcmp(end, original, (size_t)n) == 0;
}

/* --- decisions --- */

static void release(struct follow *follow, struct followed *file)
{
	file->suspect_usec = 0;
	file->original = NULL;
	follow_queue(follow, file);
}

/* All of it has been read elsewhere. */
static void pass_over(struct follow *follow, struct followed *file)
{
	if (tail_pass(&file->tail) < 0) {
		release(follow, file);
		return;
	}
	file->suspect_usec = 0;
	file->original = NULL;
}

static void give_time(struct followed *file, uint64_t now_usec)
{
	file->suspect_usec = now_usec + SUSPECT_USEC;
	file->suspect_size = size_of(file);
}

void suspect_begin(struct follow *follow, struct followed *file, uint64_t now_usec)
{
	file->suspect_usec = UINT64_MAX;
	suspect_look(follow, file, now_usec);
}

void suspect_look(struct follow *follow, struct followed *file, uint64_t now_usec)
{
	struct head head;
	ssize_t n = pread(file->tail.fd, head.bytes, sizeof(head.bytes), 0);
	struct followed *original;

	if (n == 0)
		return;
	head.n = n > 0 ? (size_t)n : 0;
	fingerprint_prefixes(head.bytes, head.n, head.prints);
	original = n > 0 ? find_original(follow, file, &head) : NULL;
	if (!original) {
		file->tail.mark.head = head.prints[head.n];
		release(follow, file);
		return;
	}
	if (!suspect_is_timed(file))
		give_time(file, now_usec);
	file->original = original;
}

void suspect_decide(struct follow *follow, struct followed *file, uint64_t now_usec)
{
	off_t size = size_of(file);

	if (!file->original || !ends_like_original(file, size)) {
		release(follow, file);
		return;
	}
	/* While it grows, or holds what was not read yet, it may still be needed. */
	if (size != file->suspect_size || (uint64_t)size > file->original->tail.mark.offset) {
		give_time(file, now_usec);
		return;
	}
	if (size < MARK_HEAD_MAX)
		release(follow, file);
	else
		pass_over(follow, file);
}

bool suspect_judge(struct follow *follow, const struct followed *original, const struct mark *mark,
	uint64_t now_usec, struct followed **ret_rest)
{
	struct followed *file, *rest = NULL;
	bool found = false;

	TAILQ_FOREACH(file, &follow->all, in_all)
	{
		if (file->finished || file->suspect_usec == 0)
			continue;
		if (!file->original)
			suspect_look(follow, file, now_usec);
		if (file->original != original)
			continue;
		/* A copy that was made before the last lines were read ends before the mark. */
		if ((uint64_t)size_of(file) < mark->offset) {
			pass_over(follow, file);
			found = true;
		} else if (tail_resume(&file->tail, mark) != 0) {
			release(follow, file);
		} else if (rest) {
			pass_over(follow, file);
		} else {
			release(follow, file);
			rest = file;
			found = true;
		}
	}
	*ret_rest = rest;
	return found;
}
