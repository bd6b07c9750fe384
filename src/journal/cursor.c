#include "config.h"

#include "journal/cursor.h"

#include <errno.h>
#include <string.h>

/* Cut the value of the parameter `name` from the front of `rest`. */
static int cut_value(struct text *rest, char name, struct text *ret)
{
	const char *end;
	size_t len;

	if (rest->len < 2 || rest->data[0] != name || rest->data[1] != '=')
		return -EINVAL;
	end = memchr(rest->data, ';', rest->len);
	len = end ? (size_t)(end - rest->data) : rest->len;
	*ret = text_make(rest->data + 2, len - 2);
	*rest = text_make(rest->data + len + (end != NULL), rest->len - len - (end != NULL));
	return 0;
}

static int cut_number(struct text *rest, char name, uint64_t *ret)
{
	struct text value;
	int r = cut_value(rest, name, &value);

	if (r == 0)
		r = text_parse_number(value, 16, UINT64_MAX, ret);
	return r < 0 ? -EINVAL : 0;
}

int cursor_parse(struct text text, struct cursor *ret)
{
	if (cut_value(&text, 's', &ret->seqnum_id) < 0 ||
		cut_number(&text, 'i', &ret->seqnum) < 0 ||
		cut_value(&text, 'b', &ret->boot_id) < 0 ||
		cut_number(&text, 'm', &ret->monotonic_usec) < 0 ||
		cut_number(&text, 't', &ret->realtime_usec) < 0)
		return -EINVAL;
	return 0;
}

bool cursor_is_later(const struct cursor *a, const struct cursor *b)
{
	if (text_equal(a->seqnum_id, b->seqnum_id))
		return a->seqnum > b->seqnum;
	if (text_equal(a->boot_id, b->boot_id))
		return a->monotonic_usec > b->monotonic_usec;
	return a->realtime_usec > b->realtime_usec;
}
