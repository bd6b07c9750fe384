/* OpenSSL has work to do at the exit of the process, so it is never unloaded (RTLD_NODELETE). The
 * linker does not see that we need it. The tools of packagers find it in a note:
 * https://systemd.io/ELF_DLOPEN_METADATA */
#include "config.h"

#include "sink/socket/openssl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"

#define STRING_OF(number) #number
#define SONAME_OF(version) "libssl.so." STRING_OF(version)
#define SONAME SONAME_OF(OPENSSL_SHLIB_VERSION)

#define NOTE_NAME "FDO"
#define NOTE_CONTENT                                             \
	"[{\"feature\":\"tls\",\"description\":\"TLS of socket " \
	"sinks\",\"priority\":\"recommended\","                  \
	"\"soname\":[\"" SONAME "\"]}]"

static const struct {
	uint32_t name_size, content_size, type;
	char name[sizeof(NOTE_NAME)];
	char content[(sizeof(NOTE_CONTENT) + 3) / 4 * 4];
} note __attribute__((used, aligned(4), section(".note.dlopen"))) = {
	.name_size = sizeof(NOTE_NAME),
	.content_size = sizeof(NOTE_CONTENT),
	.type = 0x407c0c0a,
	.name = NOTE_NAME,
	.content = NOTE_CONTENT,
};

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define ROW(name) { #name, offsetof(struct openssl, name) },
	OPENSSL_FUNCTIONS(ROW)
#undef ROW
};

int openssl_load(struct openssl *ret)
{
	void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	int r = library ? 0 : -ELIBACC;

	for (size_t i = 0; r == 0 && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(library, functions[i].name);

		memcpy((char *)ret + functions[i].offset, &function, sizeof(function));
		r = function ? 0 : -ELIBACC;
	}
	if (r < 0)
		log_error("cannot use OpenSSL: %s", dlerror());
	if (library)
		(void)dlclose(library);
	return r;
}
