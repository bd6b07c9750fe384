/* Colors are those of journalctl, so that both show the same thing alike. */
#include "config.h"

#include "tool/screen.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "record/finding.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 20, WIDTH_MAX = 100 };

struct screen screen_open(enum color color)
{
	bool is_terminal = isatty(STDOUT_FILENO) == 1;
	struct screen screen = { .color = color_is_on(color, is_terminal) };
	struct winsize size = { 0 };

	if (!is_terminal)
		return screen;
	screen.columns = WIDTH_DEFAULT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		screen.columns = size.ws_col > WIDTH_MIN ? size.ws_col : WIDTH_MIN;
	screen.width = screen.columns < WIDTH_MAX ? screen.columns : WIDTH_MAX;
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

/* Bytes of the first line: up to the last blank that fits, or the first blank if none does. A
 * character of UTF-8 is taken to be one column wide. */
static size_t first_line(struct text text, size_t room)
{
	size_t end = 0, columns = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ' ' && (columns <= room || end == 0))
			end = i;
		columns += !char_continues(text.data[i]);
		if (columns > room && end > 0)
			return end;
	}
	return text.len;
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
