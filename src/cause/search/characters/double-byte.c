/* A character ends before every ASCII byte that no high byte is in front of, and behind it. So the
 * run of high bytes before the letter begins with a first byte, and its bytes are in pairs: where
 * one is left over, it belongs to the letter. */
#include "config.h"

#include "cause/search/characters/double-byte.h"

static bool is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool is_first(char c)
{
	return (unsigned char)c >= 0x81 && (unsigned char)c <= 0xFE;
}

bool double_byte_ends(struct text t, size_t i, size_t *ret_start)
{
	size_t last = i > 0 ? i - 1 : 0, start = last;

	while (start > 0 && is_high(t.data[start - 1]) && last - start < DOUBLE_BYTE_RUN_MAX)
		start--;
	if ((last - start) % 2 == 0 || char_is_digit(t.data[last]))
		return false;
	for (size_t n = start; n < last; n += 2)
		if (!is_first(t.data[n]))
			return false;
	*ret_start = start;
	return !text_is_utf8(text_make(t.data + start, last - start));
}
