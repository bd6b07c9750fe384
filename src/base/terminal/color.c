#include "config.h"

#include "base/terminal/color.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/suggestion.h"

int color_read(const char *value, enum color *ret)
{
	static const char *const names[] = { "auto", "always", "never", NULL };

	for (int i = 0; names[i]; i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		*ret = (enum color)i;
		return 0;
	}
	log_error("--color is '%s', which is not auto, always or never", value);
	suggestion_log(suggestion_of(text_of(value), names), "--color=");
	return -EINVAL;
}

bool color_is_on(enum color color, bool is_terminal)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return is_terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}
