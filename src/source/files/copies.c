/* The content between a file's first and last bytes is not compared: files may be large. */
#include "config.h"

#include "source/files/copies.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "source/files/disk/rotation-names.h"
#include "source/files/disk/status.h"
#include "source/files/files-state.h"

struct head {
	char bytes[POSITION_HEAD_MAX];
	size_t n;
};

static bool read_head(const struct followed *file, struct head *ret)
{
	ssize_t n = pread(file->tail.fd, ret->bytes, sizeof(ret->bytes), 0);

	ret->n = n > 0 ? (size_t)n : 0;
	return n >= 0;
}

static uint64_t size_of(const struct followed *file)
{
	return status_size_of_fd(file->tail.fd);
}

/* --- comparing with an original that is there --- */

static bool is_open(struct files_state *state, struct followed *file)
{
	return files_state_open(state, file) >= 0;
}

static bool has_beginning(
	struct files_state *state, struct followed *original, const struct head *head)
{
	char bytes[POSITION_HEAD_MAX];

	return is_open(state, original) &&
	       pread(original->tail.fd, bytes, head->n, 0) == (ssize_t)head->n &&
	       memcmp(bytes, head->bytes, head->n) == 0;
}

/* Whether the file begins like the content that the original had at the position. */
static bool begins_like(const struct file_position *position, const struct head *head)
{
	return position->head.len > 0 && fingerprint_matches(position->head, head->bytes, head->n);
}

/* Whether the file begins like the original. An empty one may get its bytes yet. */
static bool may_be_copy(
	struct files_state *state, struct followed *original, const struct head *head)
{
	if (begins_like(&original->tail.position, head))
		return true;
	return head->n < POSITION_HEAD_MAX && has_beginning(state, original, head);
}

/* Whether the original has the last bytes of the file in the same place. */
static bool ends_like(
	struct files_state *state, const struct followed *file, struct followed *original)
{
	char end[POSITION_TAIL_MAX], other[POSITION_TAIL_MAX];
	uint64_t size = size_of(file);
	off_t at = size < sizeof(end) ? 0 : (off_t)(size - sizeof(end));
	ssize_t n = pread(file->tail.fd, end, sizeof(end), at);

	return n >= 0 && is_open(state, original) &&
	       pread(original->tail.fd, other, (size_t)n, at) == n &&
	       memcmp(end, other, (size_t)n) == 0;
}

/* --- comparing with what an original had --- */

enum verdict {
	OTHER,   /* no copy of the content that the position belongs to */
	NO_REST, /* a copy, made before the last lines were read */
	REST,    /* a copy that has all that was read, and the unread rest */
};

/* is_sure: the position is known to be that of the original, not of a file that had its name and
 * its inode before. */
static enum verdict compare_to_position(
	const struct followed *file, const struct file_position *position, bool is_sure)
{
	struct tail tail = file->tail;
	struct head head;
	uint64_t size = size_of(file);

	if (position->head.len == 0 || !read_head(file, &head))
		return OTHER;
	if (size >= position->offset)
		return tail_resume(&tail, position) == 0 ? REST : OTHER;
	/* What was seen to be alike, or begins with a whole fingerprint. */
	if (size > 0 && file->alike == size)
		return NO_REST;
	return is_sure && position->head.len == POSITION_HEAD_MAX && begins_like(position, &head)
		       ? NO_REST
		       : OTHER;
}

/* The same, where the original is known to have been read further. */
static enum verdict compare_to_original(const struct followed *file,
	const struct followed *original, const struct file_position *position)
{
	enum verdict verdict = compare_to_position(file, position, original->is_verified);

	return verdict == REST && !followed_may_have_copy(original, file->tail.fd) ? OTHER
										   : verdict;
}

/* All of the file was read elsewhere. */
static void pass_over(
	struct files_state *state, struct followed *file, const struct followed *original)
{
	int r = tail_pass(&file->tail);

	files_state_pass_over(state, file, original);
	files_state_read(state, file);
	if (r >= 0)
		followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
	file->is_rotated = true;
}

/* Read the file behind what was read of the original. */
static void read_rest(struct files_state *state, struct followed *file, struct followed *original,
	const struct file_position *position)
{
	/* It may have changed since it was compared; then it is read whole. */
	if (tail_resume(&file->tail, position) == 0)
		files_state_pass_over(state, file, original);
	original->is_rest_found = true;
	file->is_rotated = true;
	files_state_read(state, file);
}

/* --- originals --- */

/* Whether the proof is near: the original is truncated, which is handled as soon as it is read, or
 * it is searched for. If it cannot be opened for now, nothing is decided. */
static bool is_proof_near(struct files_state *state, struct followed *original)
{
	int r;

	if (followed_is_in(original, FOLLOWED_LOST))
		return true;
	r = files_state_open(state, original);
	if (r == 0)
		r = followed_check(original);
	if (io_is_shortage(r))
		files_state_run_short(state, r);
	followed_update(&state->table, original);
	if (r == TAIL_TRUNCATED)
		followed_list_add(&state->table, FOLLOWED_QUEUE, original);
	return r == TAIL_TRUNCATED || io_is_shortage(r);
}

struct search {
	struct files_state *state;
	struct followed *file;
	struct head head;
	const struct followed *other_than; /* the original that it is no copy of; NULL = none */
	struct followed *original;         /* that is there; NULL = none */
	bool is_alike;                     /* the file is known to be like that one up to its end */
	uint64_t fit; /* how far the file is known to be like that one; 0 = at its beginning */
	struct followed *truncated; /* whose old content the file has; NULL = none */
};

/* The clock of a file system may not tell two files apart. */
static bool is_younger(const struct followed *file, uint64_t since_usec)
{
	return file->born_usec == 0 || since_usec == 0 || file->born_usec >= since_usec;
}

/* ret_is_alike: the file is known to be like the other one up to its end. */
static bool may_be_original(const struct search *search, struct followed *other, bool *ret_is_alike)
{
	if (!is_younger(search->file, other->since_usec) ||
		!may_be_copy(search->state, other, &search->head))
		return false;
	*ret_is_alike = false;
	if (is_proof_near(search->state, other))
		return true;
	*ret_is_alike = ends_like(search->state, search->file, other);
	return *ret_is_alike;
}

/* Several may begin like the file, and lost ones may have had the name. The one that it is like
 * furthest is the original. */
static void consider_present(struct search *search, struct followed *other)
{
	const struct file_position *position = &other->tail.position;
	uint64_t fit =
		compare_to_original(search->file, other, position) == REST ? position->offset : 0;
	bool is_alike;

	if ((search->original && fit <= search->fit) || !may_be_original(search, other, &is_alike))
		return;
	search->original = other;
	search->is_alike = is_alike;
	search->fit = fit;
}

static void consider_original(const char *path, void *userdata)
{
	struct search *search = userdata;
	struct followed *other = NULL;

	while ((other = followed_next_path(&search->state->table, path, other))) {
		if (other == search->file || other->state != FOLLOWED_READING ||
			!is_younger(search->file, other->born_usec) ||
			!followed_had_name(&search->state->table, other, search->file->born_usec))
			continue;
		if (other == search->other_than)
			continue;
		if (!search->truncated && other->truncated.head.len > 0 &&
			is_younger(search->file, other->born_usec) &&
			search->file->born_usec <= other->since_usec &&
			compare_to_position(search->file, &other->truncated, other->was_verified) !=
				OTHER)
			search->truncated = other;
		consider_present(search, other);
	}
}

/* alike: bytes that are those of the original. */
static void wait_for_proof(struct followed *file, uint64_t alike)
{
	file->decide_usec = files_state_now() + FILES_STATE_WAIT_USEC;
	file->alike = alike;
}

/* Decide on a file. other_than: the original that it is no copy of; NULL = none. */
static void decide(struct files_state *state, struct followed *file,
	const struct followed *other_than, bool may_wait)
{
	struct search search = { .state = state, .file = file, .other_than = other_than };
	uint64_t size = size_of(file);

	if (read_head(file, &search.head))
		rotation_names_visit(file->path, consider_original, &search);
	if (search.truncated && search.head.n > 0) {
		struct followed *original = search.truncated;

		if (!original->is_rest_found &&
			compare_to_position(file, &original->truncated, false) == REST)
			read_rest(state, file, original, &original->truncated);
		else
			pass_over(state, file, original);
		return;
	}
	if (!search.original || !may_wait) {
		files_state_read(state, file);
		return;
	}
	file->state = FOLLOWED_WAITING;
	followed_list_add(&state->table, FOLLOWED_WAITERS, file);
	followed_refer(&state->table, &file->original, search.original);
	wait_for_proof(file, search.is_alike ? size : 0);
}

void copies_begin(struct files_state *state, struct followed *file)
{
	assert(file->state == FOLLOWED_NEW && file->tail.fd >= 0);
	followed_list_remove(&state->table, FOLLOWED_NOTED, file);
	decide(state, file, NULL, true);
}

/* --- files that wait --- */

void copies_look(struct files_state *state, struct followed *file)
{
	struct followed *original = followed_referred(&state->table, &file->original);
	struct head head;
	uint64_t size = size_of(file);

	assert(file->state == FOLLOWED_WAITING);
	if (original && is_proof_near(state, original))
		return;
	if (!original || !read_head(file, &head) || !may_be_copy(state, original, &head) ||
		!ends_like(state, file, original))
		decide(state, file, original, true);
	else if (size != file->alike)
		wait_for_proof(file, size);
}

void copies_decide(struct files_state *state, struct followed *file)
{
	struct followed *original = followed_referred(&state->table, &file->original);

	if (original && is_proof_near(state, original))
		file->decide_usec = files_state_now() + FILES_STATE_WAIT_USEC;
	else
		decide(state, file, original, false);
}

/* --- the proof --- */

/* Whether the file waits for this original, and is no copy of its new content. */
static bool is_concerned(struct files_state *state, const struct followed *file,
	struct followed *original, const struct file_position *position)
{
	struct head head;

	if (file->original != original || !read_head(file, &head))
		return false;
	return head.n == 0 || compare_to_original(file, original, position) != OTHER ||
	       original->tail.fd < 0 || !has_beginning(state, original, &head);
}

struct followed *copies_find(struct files_state *state, const struct followed *original,
	const struct file_position *position)
{
	struct followed *file, *longest = NULL;

	for (file = followed_first(&state->table, FOLLOWED_WAITERS); file;
		file = followed_next(file, FOLLOWED_WAITERS))
		if (file->original == original &&
			compare_to_original(file, original, position) == REST &&
			(!longest || size_of(file) > size_of(longest)))
			longest = file;
	return longest;
}

struct followed *copies_prove(struct files_state *state, struct followed *original,
	const struct file_position *position, struct followed *rest)
{
	struct followed *longest = rest ? NULL : copies_find(state, original, position);
	struct followed *file, *next;

	original->truncated = *position;
	original->was_verified = original->is_verified;
	original->is_rest_found = rest || longest;
	for (file = followed_first(&state->table, FOLLOWED_WAITERS); file; file = next) {
		next = followed_next(file, FOLLOWED_WAITERS);
		if (file == longest || !is_concerned(state, file, original, position))
			continue;
		if (compare_to_original(file, original, position) != OTHER)
			pass_over(state, file, original);
		else
			decide(state, file, original, true);
	}
	if (longest)
		read_rest(state, longest, original, position);
	return rest ? rest : longest;
}
