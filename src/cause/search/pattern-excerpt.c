/* Literals come nearly in order, so each byte is searched for a line end once. The search goes back
 * from a literal to the last one, and forward from it to `searched`. */
#include "config.h"

#include "cause/search/pattern-excerpt.h"

#include <assert.h>
#include <string.h>

void excerpter_begin(struct excerpter *excerpter, struct text text)
{
	*excerpter = (struct excerpter){ .text = text };
}

static void check_invariants(const struct excerpter *excerpter)
{
	assert(excerpter->start <= excerpter->at);
	assert(excerpter->at <= excerpter->searched);
	assert(excerpter->searched <= excerpter->text.len);
}

bool excerpter_move(struct excerpter *excerpter, size_t at)
{
	const char *data = excerpter->text.data;
	const char *last = NULL;
	bool is_first = excerpter->state == EXCERPTER_NEW;

	assert(at >= excerpter->start);
	if (is_first)
		excerpter->state = EXCERPTER_OPEN;
	if (at > excerpter->at) {
		last = memrchr(data + excerpter->at, '\n', at - excerpter->at);
		excerpter->at = at;
	}
	if (last) {
		excerpter->start = (size_t)(last - data) + 1;
		excerpter->state = EXCERPTER_OPEN;
		excerpter->searched = at;
	}
	if (at > excerpter->searched)
		excerpter->searched = at;
	check_invariants(excerpter);
	return is_first || last;
}

static void find_end(struct excerpter *excerpter, size_t limit)
{
	const char *data = excerpter->text.data, *first;

	if (limit > excerpter->text.len)
		limit = excerpter->text.len;
	if (excerpter->state == EXCERPTER_ENDED || limit < excerpter->searched)
		return;
	first = memchr(data + excerpter->searched, '\n', limit - excerpter->searched);
	excerpter->searched = first ? (size_t)(first - data) : limit;
	if (first || limit == excerpter->text.len)
		excerpter->state = EXCERPTER_ENDED;
}

static size_t move_back(size_t from, size_t n, size_t least)
{
	return from - least > n ? from - n : least;
}

struct excerpt excerpter_cut(struct excerpter *excerpter, size_t at)
{
	size_t start = excerpter->start, first = start, end;
	struct excerpt excerpt = { 0 };
	bool is_ended;

	assert(at >= start && at <= excerpter->at);
	find_end(excerpter, at + EXCERPT_LINE_MAX + 1);
	end = excerpter->searched;
	is_ended = excerpter->state == EXCERPTER_ENDED;
	if (!is_ended || end - start > EXCERPT_LINE_MAX) {
		first = move_back(at, EXCERPT_SIDE_MAX, start);
		start = move_back(first, EXCERPT_SIDE_MAX, start);
		if (end > at + EXCERPT_SIDE_MAX)
			end = at + EXCERPT_SIDE_MAX;
	}
	excerpt.cut_in_front = start > excerpter->start;
	excerpt.cut_behind = !is_ended || end < excerpter->searched;
	excerpt.next = excerpt.cut_behind ? at + EXCERPT_SIDE_MAX / 2 : end;
	excerpt.offset = start;
	excerpt.from = first - start;
	if (!excerpt.cut_behind && end > first && excerpter->text.data[end - 1] == '\r')
		end--;
	assert(start <= first && first <= end);
	check_invariants(excerpter);
	excerpt.text = text_make(excerpter->text.data + start, end - start);
	return excerpt;
}
