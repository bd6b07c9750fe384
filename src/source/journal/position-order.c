#include "config.h"

#include "source/journal/position-order.h"

#include "journal/cursor.h"
#include "source/source.h"

static int stream(struct text position, char *out)
{
	struct cursor cursor;

	out[0] = '\0';
	return cursor_parse(position, &cursor);
}

static bool is_later(struct text a, struct text b)
{
	struct cursor left, right;

	return cursor_parse(a, &left) == 0 && cursor_parse(b, &right) == 0 &&
	       cursor_is_later(&left, &right);
}

static struct text identity(struct text position, char *out)
{
	(void)out;
	return position;
}

const struct source_order journal_position_order = {
	.stream = stream,
	.is_later = is_later,
	.identity = identity,
};
