/* The parts before and behind the column are cut out of the line, which may be very long, and are
 * masked before anything is measured: a masked character may be wider. Then each part is shortened
 * to its share of the width. */
#include "config.h"

#include "base/terminal/excerpt.h"

#include <assert.h>
#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/buffer.h"

#define INDENT "    "
#define CUT "…"

enum {
	PART_MAX = 4 * EXCERPT_WIDTH_MAX, /* bytes: a character has at most 4 */
};

/* A part of the line, safe for a terminal. */
struct part {
	char data[PART_MAX];
	size_t len;
	size_t cells;
	bool is_cut;
};

/* Columns of a character, as the C library knows them in the locale in use. */
static size_t count_cells(uint32_t character)
{
	int cells = wcwidth((wchar_t)character);

	return cells < 0 ? 1 : (size_t)cells;
}

/* Bytes of the line end at `offset`, as libyaml counts lines; 0 = there is none. */
static size_t line_end_at(struct text content, size_t offset)
{
	const struct text at = { content.data + offset, content.len - offset };

	if (text_starts(at, text_of("\r\n")) || text_starts(at, text_of("\xC2\x85")))
		return 2;
	if (text_starts(at, text_of("\xE2\x80\xA8")) || text_starts(at, text_of("\xE2\x80\xA9")))
		return 3;
	return at.len > 0 && (at.data[0] == '\n' || at.data[0] == '\r') ? 1 : 0;
}

static size_t find_line_end(struct text content, size_t from)
{
	while (from < content.len && line_end_at(content, from) == 0)
		from++;
	return from;
}

bool excerpt_find_line(
	struct text content, unsigned line, struct excerpt_cursor *cursor, struct text *ret)
{
	size_t end;

	assert(line > 0 && cursor->offset <= content.len);
	if (line <= cursor->line)
		*cursor = (struct excerpt_cursor){ 0 };
	if (cursor->offset == 0 && text_starts(content, text_of("\xEF\xBB\xBF")))
		cursor->offset = 3;
	for (; cursor->line + 1 < line; cursor->line++) {
		end = find_line_end(content, cursor->offset);
		if (end == content.len)
			return false;
		cursor->offset = end + line_end_at(content, end);
	}
	end = find_line_end(content, cursor->offset);
	*ret = text_make(content.data + cursor->offset, end - cursor->offset);
	return true;
}

/* The offset of the character `column`, from 1; SIZE_MAX where the line ends before it. */
static size_t find_column(struct text line, unsigned column)
{
	size_t at = 0;

	while (column > 1 && at < line.len) {
		at++;
		if (at == line.len || !char_continues(line.data[at]))
			column--;
	}
	return column == 1 ? at : SIZE_MAX;
}

/* Bytes of the character at `offset`, of well-formed UTF-8. */
static size_t character_len(const struct part *part, size_t offset)
{
	size_t len = 1;

	while (offset + len < part->len && char_continues(part->data[offset + len]))
		len++;
	return len;
}

static size_t cells_at(const struct part *part, size_t offset, size_t len)
{
	static const unsigned char masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	uint32_t character;

	if (len > 4)
		return 1;
	character = (unsigned char)part->data[offset] & masks[len];
	for (size_t i = 1; i < len; i++)
		character = character << 6 | ((unsigned char)part->data[offset + i] & 0x3F);
	return count_cells(character);
}

static void measure(struct part *part)
{
	size_t len;

	part->cells = 0;
	for (size_t at = 0; at < part->len; at += len) {
		len = character_len(part, at);
		part->cells += cells_at(part, at, len);
	}
}

/* Take a part over from the line, masked. */
static void fill(struct part *part, struct text t)
{
	assert(t.len <= PART_MAX);
	memcpy(part->data, t.data, t.len);
	part->len = t.len;
	for (size_t i = 0; i < t.len; i++)
		if (part->data[i] == '\t')
			part->data[i] = ' ';
	text_mask_damage(part->data, part->len);
	text_mask_for_terminal(part->data, part->len);
	measure(part);
}

/* The part before the column: the end of `t`. */
static void fill_before(struct part *part, struct text t)
{
	part->is_cut = t.len > PART_MAX;
	if (part->is_cut)
		text_skip(&t, t.len - PART_MAX);
	while (part->is_cut && t.len > 0 && char_continues(t.data[0]))
		text_skip(&t, 1);
	fill(part, t);
}

static void fill_behind(struct part *part, struct text t)
{
	part->is_cut = t.len > PART_MAX;
	fill(part, text_cut(t, PART_MAX));
}

/* Drop characters from the front until the rest has at most `room` cells, with a mark for the cut.
 */
static void shorten_front(struct part *part, size_t room)
{
	size_t start = 0;

	part->is_cut = part->is_cut || part->cells > room;
	while (start < part->len && part->cells + part->is_cut > room) {
		size_t len = character_len(part, start);

		part->cells -= cells_at(part, start, len);
		start += len;
	}
	memmove(part->data, part->data + start, part->len - start);
	part->len -= start;
}

static void shorten_end(struct part *part, size_t room)
{
	part->is_cut = part->is_cut || part->cells > room;
	while (part->len > 0 && part->cells + part->is_cut > room) {
		size_t last = part->len - 1;

		while (last > 0 && char_continues(part->data[last]))
			last--;
		part->cells -= cells_at(part, last, part->len - last);
		part->len = last;
	}
}

/* Divide the width: all where it fits, else two thirds before the column at most, unless the part
 * behind it needs less than the other third. */
static void fit(struct part *before, struct part *behind, size_t width)
{
	size_t room = width - (sizeof(INDENT) - 1);
	size_t third = room / 3;
	size_t needed = behind->cells + behind->is_cut;

	if (needed == 0)
		needed = 1; /* the mark behind the end */
	shorten_front(before, room - (needed < third ? needed : third));
	shorten_end(behind, room - before->cells - before->is_cut);
}

static size_t bound_width(size_t width)
{
	if (width < EXCERPT_WIDTH_MIN)
		return EXCERPT_WIDTH_MIN;
	return width < EXCERPT_WIDTH_MAX ? width : EXCERPT_WIDTH_MAX;
}

static void print_line(
	struct text line, size_t at, const struct excerpt_look *look, struct buffer *out)
{
	struct part before, behind;

	fill_before(&before, text_make(line.data, at));
	fill_behind(&behind, text_make(line.data + at, line.len - at));
	fit(&before, &behind, bound_width(look->width));
	buffer_add_format(out, INDENT "%s%.*s%.*s%s\n", before.is_cut ? CUT : "", (int)before.len,
		before.data, (int)behind.len, behind.data, behind.is_cut ? CUT : "");
	buffer_add_format(out, INDENT "%*s%s^%s\n", (int)(before.cells + before.is_cut), "",
		look->color, look->reset);
}

void excerpt_print(
	struct text line, unsigned column, const struct excerpt_look *look, struct buffer *out)
{
	size_t at = column > 0 ? find_column(line, column) : SIZE_MAX;
	locale_t utf8, before;

	if (at == SIZE_MAX)
		return;
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	before = uselocale(utf8);
	print_line(line, at, look, out);
	(void)uselocale(before);
	if (utf8)
		freelocale(utf8);
}
