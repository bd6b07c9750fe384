/* A sequence is read from ESC to its last byte, or from its last byte back to ESC: both take the
 * same bytes. */
#include "config.h"

#include "cause/search/characters/color.h"

enum { ESCAPE = 0x1B };

static bool is_parameter(char c)
{
	return char_is_digit(c) || c == ';' || c == ':';
}

static bool is_end(char c)
{
	return c == 'm' || c == 'K';
}

/* Where the parameters end, which begin at `i` with `[`; 0 where that is not there. */
static size_t skip_parameters(struct text t, size_t i)
{
	size_t end = i + 1;

	if (i >= t.len || t.data[i] != '[')
		return 0;
	while (end < t.len && is_parameter(t.data[end]) && end - i <= COLOR_PARAMETERS_MAX)
		end++;
	return end;
}

/* Where one color ends; 0 where there is none. */
static size_t skip_one(struct text t, size_t i)
{
	size_t end = 0;

	if (color_may_begin(t, i) && written_at(t, i, &i) == ESCAPE)
		end = skip_parameters(t, i);
	return end > 0 && end < t.len && is_end(t.data[end]) ? end + 1 : 0;
}

size_t color_skip(struct text t, size_t i)
{
	size_t end;

	for (int n = 0; n < COLORS_MAX && (end = skip_one(t, i)) > 0; n++)
		i = end;
	return i;
}

/* Where the color starts that ends before `end`; `end` where there is none. */
static size_t skip_one_before(struct text t, size_t end)
{
	size_t i = end, start;

	if (i == 0 || !is_end(t.data[--i]))
		return end;
	while (i > 0 && is_parameter(t.data[i - 1]) && end - i <= COLOR_PARAMETERS_MAX)
		i--;
	if (i == 0 || t.data[--i] != '[' || written_before(t, i, &start) != ESCAPE)
		return end;
	return start;
}

size_t color_skip_before(struct text t, size_t i)
{
	size_t start;

	for (int n = 0; n < COLORS_MAX && (start = skip_one_before(t, i)) < i; n++)
		i = start;
	return i;
}

bool color_is_cut(struct text t, size_t i)
{
	size_t end;

	if (written_is_cut(t, i))
		return true;
	if (i >= t.len || written_at(t, i, &i) != ESCAPE)
		return false;
	end = skip_parameters(t, i);
	return i == t.len || end == t.len;
}
