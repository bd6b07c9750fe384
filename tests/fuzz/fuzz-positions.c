/* The state file: positions that are read can be written and read again; a refused file changes
 * nothing.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "flow/state/positions.h"
#include "fuzz.h"

/* Load `content` as if it were a file. */
static int load(struct positions *positions, struct text content)
{
	static int fd = -1;
	char path[64];

	if (fd < 0)
		fd = memfd_create("fuzz-positions", MFD_CLOEXEC);
	must(fd >= 0);
	must(ftruncate(fd, 0) == 0);
	must(lseek(fd, 0, SEEK_SET) == 0);
	must(io_write(fd, content.data, content.len) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return positions_load(positions, path);
}

static void print(const struct positions *positions, struct buffer *out)
{
	buffer_add_string(out, "becaused positions 1\n");
	for (size_t i = 0; i < positions->n; i++)
		buffer_add_format(out, "%s\t%s\t%s\n", positions->items[i].source,
			positions->items[i].sink, positions->items[i].text);
	buffer_add_string(out, "end\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(2 * POSITIONS_FILE_MAX);
	CLEANUP(positions_done) struct positions first = { 0 };
	CLEANUP(positions_done) struct positions second = { 0 };
	int r = load(&first, text_make((const char *)data, size));

	must(r == 0 || r == -EBADMSG || r == -ENOMEM);
	if (r < 0) {
		must(first.n == 0);
		return 0;
	}
	must(first.n <= POSITIONS_MAX);
	print(&first, &content);
	must(load(&second, buffer_text(&content)) == 0);
	must(second.n == first.n);
	for (size_t i = 0; i < first.n; i++) {
		const struct position *item = &first.items[i];

		must(strlen(item->text) > 0 && strlen(item->text) <= POSITION_LEN_MAX);
		must(text_equal(positions_get(&first, text_of(item->source), item->sink),
			text_of(item->text)));
		must(text_equal(positions_get(&second, text_of(item->source), item->sink),
			text_of(item->text)));
	}
	return 0;
}
