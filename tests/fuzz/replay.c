/* Feed every corpus file to the fuzz target, so that `make check` replays past findings where
 * libFuzzer is not there. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "fuzz.h"

enum { INPUT_MAX = 1024 * 1024, HARNESS_BROKEN = 99, PATH_SIZE = 4096 };

static int replay(const char *path)
{
	CLEANUP(buffer_done) struct buffer input = buffer_make(INPUT_MAX);
	CLEANUP(freep) uint8_t *data = NULL;
	int r = io_read_file(path, &input);

	if (r < 0) {
		(void)fprintf(stderr, "cannot read '%s': %s\n", path, strerror(-r));
		return r;
	}
	/* A block of exactly this size: a read past its end is seen by the sanitizers. */
	data = malloc(input.len > 0 ? input.len : 1);
	if (!data)
		return -ENOMEM;
	if (input.len > 0)
		memcpy(data, input.data, input.len);
	(void)LLVMFuzzerTestOneInput(data, input.len);
	return 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_directory(const char *directory)
{
	struct dirent **names = NULL;
	int n = scandir(directory, &names, is_input, alphasort);
	int status = n > 0 ? 0 : HARNESS_BROKEN;

	for (int i = 0; i < n; i++) {
		char path[2 * PATH_SIZE];

		(void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name);
		if (replay(path) < 0)
			status = HARNESS_BROKEN;
		free(names[i]);
	}
	free(names);
	(void)printf("%s: %d inputs\n", directory, n);
	return status;
}

/* The corpus has the name of the program: `fuzz-yaml` replays corpus/yaml. Files named on the
 * command line are replayed instead. */
int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = strstr(slash ? slash : argv[0], "fuzz-");
	const char *top = getenv("top_srcdir");
	char directory[PATH_SIZE];

	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) < 0)
			return HARNESS_BROKEN;
	if (argc > 1)
		return 0;
	if (!name || snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s",
			     top ? top : ".", name + strlen("fuzz-")) >= PATH_SIZE)
		return HARNESS_BROKEN;
	return replay_directory(directory);
}
