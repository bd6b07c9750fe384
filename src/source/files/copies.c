/* A copy is recognized by its content: it begins like its original. A short beginning proves
 * little, so a file shorter than a whole fingerprint must also have a name that fits. An empty file
 * has no original yet: its first bytes show which file it is a copy of. */
#include "config.h"

#include "source/files/copies.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

/* --- names --- */

static size_t directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Whether the name continues behind `len` bytes, and not merely with a longer word or number. */
static bool is_extended(struct text path, size_t len)
{
	return path.len > len && (path.data[len] == '_' || !char_is_word(path.data[len]));
}

bool copies_is_related(const char *original, const char *path)
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

/* The original may have been renamed since it was copied. */
static bool is_named_after(const struct followed *original, const struct followed *file)
{
	return copies_is_related(original->path, file->path) ||
	       copies_is_related(original->first_path, file->path);
}

/* A candidate is never taken for the original of another one. */
static bool can_be_original(const struct followed *file)
{
	return !file->finished && file->candidate_usec == 0;
}

struct followed *copies_find_related(struct followed_table *table, const char *path)
{
	struct followed *file;

	TAILQ_FOREACH (file, &table->all, in_all)
		if (can_be_original(file) && copies_is_related(file->path, path))
			return file;
	return NULL;
}

/* --- contents --- */

struct head {
	char bytes[POSITION_HEAD_MAX];
	size_t n;
	struct fingerprint prints[POSITION_HEAD_MAX + 1]; /* of its first 0, 1, 2, … bytes */
};

/* Whether the file begins like the original did at the position. */
static bool begins_like(const struct followed *original, const struct file_position *position,
	const struct followed *file, const struct head *head)
{
	size_t len = position->head.len;

	return len > 0 && head->n >= len && head->prints[len].hash == position->head.hash &&
	       (len == POSITION_HEAD_MAX || is_named_after(original, file));
}

static bool has_beginning(const struct followed *file, const char *data, size_t len)
{
	char bytes[POSITION_HEAD_MAX];

	return pread(file->tail.fd, bytes, len, 0) == (ssize_t)len && memcmp(bytes, data, len) == 0;
}

/* Whether the file begins like the original does now. If the original was truncated, its position
 * does not describe its new content. If the candidate is shorter than the fingerprint, it is no
 * whole copy yet. In all other cases begins_like decides. */
static bool begins_like_now(
	const struct followed *original, const struct followed *file, const struct head *head)
{
	if (!original->truncated && head->n >= original->tail.position.head.len)
		return false;
	if (head->n < POSITION_HEAD_MAX && !is_named_after(original, file))
		return false;
	return has_beginning(original, head->bytes, head->n);
}

static bool was_truncated(const struct followed *file)
{
	return file->before_truncation.head.len > 0;
}

/* The older file is the original. Of files made at the same time, it is the truncated one, as
 * copies are not truncated. Otherwise the names decide. */
static int compare_age(const struct followed *left, const struct followed *right)
{
	size_t left_len = strlen(left->first_path), right_len = strlen(right->first_path);

	if (left->born_usec != right->born_usec)
		return left->born_usec < right->born_usec ? -1 : 1;
	if (was_truncated(left) != was_truncated(right))
		return was_truncated(left) ? -1 : 1;
	if (left_len != right_len)
		return left_len < right_len ? -1 : 1;
	return strcmp(left->first_path, right->first_path);
}

/* A file that has lost its name is known by the last name it had. */
static struct followed *find_original(
	struct followed_table *table, const struct followed *file, const struct head *head)
{
	struct followed *other, *original = NULL;

	TAILQ_FOREACH (other, &table->all, in_all)
		if (can_be_original(other) &&
			(begins_like(other, &other->tail.position, file, head) ||
				begins_like_now(other, file, head)) &&
			(!file->named || strcmp(other->path, file->path) != 0) &&
			(!original || compare_age(other, original) < 0))
			original = other;
	return original;
}

/* The original of a copy that was made before the truncation and found only after it. The present
 * state of the original does not matter: it may be a candidate itself, with another name now. */
static struct followed *find_original_before_truncation(
	struct followed_table *table, const struct followed *file, const struct head *head)
{
	struct followed *other, *original = NULL;

	TAILQ_FOREACH (other, &table->all, in_all)
		if (!other->finished && other != file && file->born_usec <= other->since_usec &&
			begins_like(other, &other->before_truncation, file, head) &&
			strcmp(other->path, file->path) != 0 &&
			(!original || compare_age(other, original) < 0))
			original = other;
	return original;
}

static off_t size_of(const struct followed *file)
{
	struct stat status;

	return fstat(file->tail.fd, &status) == 0 ? status.st_size : 0;
}

/* Whether the other file also has all of the candidate, as far as the end of the candidate
 * shows. */
static bool ends_like(const struct followed *file, const struct followed *other, off_t size)
{
	char end[POSITION_TAIL_MAX], original[POSITION_TAIL_MAX];
	off_t at = size < (off_t)sizeof(end) ? 0 : size - (off_t)sizeof(end);
	ssize_t n = pread(file->tail.fd, end, sizeof(end), at);

	return n > 0 && pread(other->tail.fd, original, (size_t)n, at) == n &&
	       memcmp(end, original, (size_t)n) == 0;
}

static bool ends_like_original(const struct followed *file, off_t size)
{
	return ends_like(file, file->original, size);
}

/* --- decisions --- */

/* Only a candidate has an original, and a time when to decide about it. The original is followed,
 * and no candidate itself. */
static void check_candidate(const struct followed *file)
{
	const struct followed *original = file->original;

	assert(file->candidate_usec == 0 || !file->ready);
	assert(!file->unseen || (file->candidate_usec == UINT64_MAX && !file->finished));
	assert(!original || copies_is_timed(file));
	assert(!original || (original != file && can_be_original(original)));
}

static void release_candidate(struct followed_table *table, struct followed *file)
{
	file->candidate_usec = 0;
	file->original = NULL;
	followed_queue(table, file);
}

/* All of the file has been read elsewhere. */
static void skip_copy(struct followed_table *table, struct followed *file)
{
	if (tail_pass(&file->tail) < 0) {
		release_candidate(table, file);
		return;
	}
	file->candidate_usec = 0;
	file->original = NULL;
}

static void postpone_decision(struct followed *file, uint64_t now_usec)
{
	file->candidate_usec = now_usec + CANDIDATE_USEC;
	file->candidate_size = size_of(file);
}

static bool read_head(const struct followed *file, struct head *ret)
{
	ssize_t n = pread(file->tail.fd, ret->bytes, sizeof(ret->bytes), 0);

	ret->n = n > 0 ? (size_t)n : 0;
	fingerprint_prefixes(ret->bytes, ret->n, ret->prints);
	return n >= 0;
}

enum verdict {
	OTHER,   /* no copy of the content that the position belongs to */
	NO_REST, /* a copy, made before the last lines were read */
	REST,    /* a copy that has all that was read, and the unread rest */
};

static enum verdict compare_to_position(
	const struct followed *file, const struct file_position *position)
{
	struct tail tail = file->tail;

	if ((uint64_t)size_of(file) < position->offset)
		return NO_REST;
	return tail_resume(&tail, position) == 0 ? REST : OTHER;
}

/* Decide on a file that is a copy of what `original` held before it was truncated, or no copy at
 * all. */
static void decide_by_truncated(
	struct followed_table *table, struct followed *file, struct followed *original)
{
	enum verdict verdict =
		original ? compare_to_position(file, &original->before_truncation) : OTHER;

	if (verdict == NO_REST || (verdict == REST && original->unread_found)) {
		skip_copy(table, file);
		return;
	}
	if (verdict == REST) {
		(void)tail_resume(&file->tail, &original->before_truncation);
		original->unread_found = true;
	}
	release_candidate(table, file);
}

void copies_begin(struct followed *file)
{
	file->candidate_usec = UINT64_MAX;
	file->unseen = true;
	check_candidate(file);
}

void copies_look(struct followed_table *table, struct followed *file, uint64_t now_usec)
{
	struct followed *original, *truncated;
	struct head head;

	file->unseen = false;
	if (read_head(file, &head) && head.n == 0)
		return;
	original = find_original(table, file, &head);
	truncated = find_original_before_truncation(table, file, &head);
	if (!original || (truncated && compare_age(truncated, original) < 0)) {
		file->tail.position.head = head.prints[fingerprint_head_len(head.bytes, head.n)];
		decide_by_truncated(table, file, truncated);
		return;
	}
	if (!copies_is_timed(file))
		postpone_decision(file, now_usec);
	file->original = original;
	check_candidate(file);
}

static int compare_ages(const void *a, const void *b)
{
	return compare_age(*(struct followed *const *)a, *(struct followed *const *)b);
}

/* Note which of the queued files were truncated: their new content may have copies, too. */
static void note_truncated(struct followed_table *table)
{
	struct followed *file;

	TAILQ_FOREACH (file, &table->queue, in_queue)
		file->truncated = tail_check(&file->tail) == TAIL_TRUNCATED;
}

int copies_look_at_new(struct followed_table *table, uint64_t now_usec)
{
	CLEANUP(freep) struct followed **files = NULL;
	struct followed *file;
	size_t n = 0;

	TAILQ_FOREACH (file, &table->all, in_all)
		n += file->unseen;
	if (n == 0)
		return 0;
	files = calloc(n, sizeof(struct followed *));
	if (!files)
		return -ENOMEM;
	n = 0;
	TAILQ_FOREACH (file, &table->all, in_all)
		if (file->unseen) {
			check_candidate(file);
			files[n++] = file;
		}
	qsort(files, n, sizeof(struct followed *), compare_ages);

	note_truncated(table);
	for (size_t i = 0; i < n; i++)
		copies_look(table, files[i], now_usec);
	return 0;
}

/* Whether the other file is being read, and both begin alike, by a whole fingerprint. */
static bool is_relative(const struct followed *other, const struct head *head)
{
	const struct file_position *position = &other->tail.position;

	return can_be_original(other) && position->head.len == POSITION_HEAD_MAX &&
	       head->n == POSITION_HEAD_MAX &&
	       position->head.hash == head->prints[POSITION_HEAD_MAX].hash;
}

/* `original` is the oldest of the files that begin like the candidate, and may be an older copy. A
 * file that has all of the candidate is better evidence, and takes its place. */
static void find_closer_original(struct followed_table *table, struct followed *file, off_t size)
{
	struct followed *other;
	struct head head;

	if (!read_head(file, &head))
		return;
	TAILQ_FOREACH (other, &table->all, in_all)
		if (is_relative(other, &head) && ends_like(file, other, size)) {
			file->original = other;
			return;
		}
}

/* The furthest position up to which the content of the file was read, in any file; NULL = all of it
 * may be new. */
static const struct file_position *find_furthest(
	struct followed_table *table, const struct followed *file)
{
	const struct file_position *furthest = NULL;
	struct followed *other;
	struct head head;

	if (!read_head(file, &head))
		return NULL;
	TAILQ_FOREACH (other, &table->all, in_all) {
		const struct file_position *position = &other->tail.position;

		if (is_relative(other, &head) &&
			(!furthest || position->offset > furthest->offset) &&
			compare_to_position(file, position) == REST)
			furthest = position;
	}
	return furthest;
}

/* Whether the file has content that was read, and behind it other content than the original. */
static bool is_continuation(struct followed_table *table, const struct followed *file)
{
	return find_furthest(table, file) && !ends_like_original(file, size_of(file));
}

/* The longest of the candidates that continue where the original was read to, and whose time is up.
 * It contains the others. If each were decided by itself, every generation would take its own
 * time. */
static struct followed *find_longest_continuation(
	struct followed_table *table, struct followed *file, uint64_t now_usec)
{
	struct followed *other, *longest = file;

	TAILQ_FOREACH (other, &table->all, in_all)
		if (other->original == file->original && other->candidate_usec <= now_usec &&
			is_continuation(table, other) && size_of(other) > size_of(longest))
			longest = other;
	return longest;
}

/* The candidate has more than its original, or another end. If it contains content that was read,
 * reading resumes behind that content, and the other copies count as copies of it. */
static void resume_candidate(struct followed_table *table, struct followed *file, uint64_t now_usec)
{
	const struct followed *original = file->original;
	const struct file_position *furthest;
	struct followed *other;

	if (is_continuation(table, file)) {
		file = find_longest_continuation(table, file, now_usec);
		/* It may have changed since: then nothing of it was read. */
		furthest = find_furthest(table, file);
		if (furthest)
			(void)tail_resume(&file->tail, furthest);
		TAILQ_FOREACH (other, &table->all, in_all) {
			if (other == file || other->original != original)
				continue;
			other->original = file;
			postpone_decision(other, now_usec);
		}
	}
	release_candidate(table, file);
}

/* Whether the original has unread bytes, as far as the candidate reaches. */
static bool is_original_unread(const struct followed *file, off_t size)
{
	off_t original_size = size_of(file->original);
	off_t common = size < original_size ? size : original_size;

	return file->original->tail.position.offset < (uint64_t)common;
}

/* Whether it is too early to decide. Either the original was truncated, and handling that will
 * decide; or the original is still being read; or the copy is still being made. */
static bool is_undecided(const struct followed *file, int checked, off_t size)
{
	return checked != 0 || is_original_unread(file, size) ||
	       (ends_like_original(file, size) && size != file->candidate_size);
}

void copies_decide(struct followed_table *table, struct followed *file, uint64_t now_usec)
{
	off_t size = size_of(file);
	int r = -ENOENT;

	check_candidate(file);
	if (file->original && !ends_like_original(file, size))
		find_closer_original(table, file, size);
	if (file->original)
		r = tail_check(&file->original->tail);
	if (r >= 0 && is_undecided(file, r, size))
		postpone_decision(file, now_usec);
	else if (r >= 0 && !ends_like_original(file, size))
		resume_candidate(table, file, now_usec);
	else if (r < 0 || size < POSITION_HEAD_MAX)
		release_candidate(table, file);
	else
		skip_copy(table, file);
	check_candidate(file);
}

/* Whether the file is a candidate for a copy of the original's content at the position, and not of
 * its new content. */
static bool is_affected(const struct followed *file, const struct followed *original,
	const struct file_position *position)
{
	struct head head;

	return !file->finished && file->candidate_usec > 0 && file->original &&
	       file->original == original && read_head(file, &head) &&
	       (begins_like(original, position, file, &head) ||
		       !has_beginning(original, head.bytes, head.n));
}

static struct followed *find_longest_unread(struct followed_table *table,
	const struct followed *original, const struct file_position *position)
{
	struct followed *file, *longest = NULL;

	TAILQ_FOREACH (file, &table->all, in_all)
		if (is_affected(file, original, position) &&
			compare_to_position(file, position) == REST &&
			(!longest || size_of(file) > size_of(longest)))
			longest = file;
	return longest;
}

struct followed *copies_find_unread(struct followed_table *table, struct followed *original,
	const struct file_position *position, uint64_t now_usec)
{
	struct followed *file, *longest;

	TAILQ_FOREACH (file, &table->all, in_all)
		if (!file->finished && file->candidate_usec > 0 && !file->original)
			copies_look(table, file, now_usec);
	longest = find_longest_unread(table, original, position);
	TAILQ_FOREACH (file, &table->all, in_all) {
		/* The longest may have changed since it was found; it is released all the same. */
		if (file != longest && !is_affected(file, original, position))
			continue;
		if (file != longest && compare_to_position(file, position) != OTHER) {
			skip_copy(table, file);
			continue;
		}
		if (file == longest)
			(void)tail_resume(&file->tail, position);
		release_candidate(table, file);
	}
	assert(!longest || (!longest->original && longest->ready));
	original->before_truncation = *position;
	original->unread_found = longest != NULL;
	return longest;
}

void copies_pass_over(struct followed_table *table, struct followed *file)
{
	followed_unqueue(table, file);
	skip_copy(table, file);
}
