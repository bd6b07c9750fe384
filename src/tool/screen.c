/* Colors are those of journalctl, so that both show the same thing alike. */
#include "config.h"

#include "tool/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "record/finding.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 100 };

struct screen screen_open(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct screen screen = { 0 };
	struct winsize size = { 0 };

	if (isatty(STDOUT_FILENO) != 1)
		return screen;
	screen.color = !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
	screen.width = WIDTH_DEFAULT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN)
		screen.width = size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
	return screen;
}

const char *screen_severity(const struct screen *screen, int severity)
{
	return screen->color ? finding_color(severity) : "";
}

const char *screen_bold(const struct screen *screen)
{
	return screen->color ? "\033[1m" : "";
}

const char *screen_reset(const struct screen *screen)
{
	return screen->color ? FINDING_COLOR_RESET : "";
}

/* Bytes of the first line: up to the last blank that fits, or the first blank if none does. */
static size_t first_line(struct text text, size_t room)
{
	size_t end = 0;

	if (text.len <= room)
		return text.len;
	for (size_t i = 1; i < text.len; i++) {
		if (end > 0 && i > room)
			break;
		if (text.data[i] == ' ')
			end = i;
	}
	return end > 0 ? end : text.len;
}

void screen_print_wrapped(const struct screen *screen, size_t indent, struct text text)
{
	size_t room = screen->width > indent ? screen->width - indent : SIZE_MAX;

	for (;;) {
		size_t n = first_line(text, room);

		(void)printf("%.*s\n", (int)n, text.data);
		text = text_trim(text_make(text.data + n, text.len - n));
		if (text.len == 0)
			return;
		(void)printf("%*s", (int)indent, "");
	}
}
