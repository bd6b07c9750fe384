/* A host becomes a list of IPv6 addresses, in which IPv4 addresses are mapped (RFC 4291 section
 * 2.5.5.2). The kernel chooses the address of the destination itself as the source of what stays on
 * the machine: so it shows without any list of interfaces whether an address is the machine's, also
 * where the service may not use netlink. Nothing is sent. */
#include "config.h"

#include "flow/setup/own-address.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"

enum {
	HOST_ADDRESSES_MAX = 16,
	HOSTS_SIZE_MAX = 1024 * 1024, /* bytes of /etc/hosts */
	DISCARD_PORT = 9,             /* any will do */
};

struct host {
	struct in6_addr addresses[HOST_ADDRESSES_MAX];
	size_t n;
	bool is_own; /* a name of this machine, whose addresses are not known */
};

/* --- addresses --- */

static bool is_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

static bool is_any(const struct in6_addr *address)
{
	static const unsigned char zero[4];

	return IN6_IS_ADDR_UNSPECIFIED(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && memcmp(address->s6_addr + 12, zero, 4) == 0);
}

static bool is_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Whether the kernel sends from the address itself to this address. */
static bool is_of_machine(const struct in6_addr *address)
{
	bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT) };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(DISCARD_PORT) };
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	CLEANUP(closep)
	int fd = socket(is_mapped ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&to.sin6_addr, address, sizeof(to.sin6_addr));
	memcpy(&to4.sin_addr, address->s6_addr + 12, sizeof(to4.sin_addr));
	if (fd < 0 ||
		connect(fd, is_mapped ? (const void *)&to4 : (const void *)&to,
			is_mapped ? sizeof(to4) : sizeof(to)) < 0 ||
		getsockname(fd, (void *)&from, &len) < 0)
		return false;
	if (is_mapped)
		return memcmp(&((const struct sockaddr_in *)&from)->sin_addr, &to4.sin_addr,
			       sizeof(to4.sin_addr)) == 0;
	return is_equal(&((const struct sockaddr_in6 *)&from)->sin6_addr, address);
}

/* --- names --- */

static void add_address(struct host *host, const struct sockaddr *address)
{
	struct in6_addr *to = &host->addresses[host->n];

	if (host->n == HOST_ADDRESSES_MAX)
		return;
	if (address->sa_family == AF_INET6) {
		*to = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	} else {
		*to = (struct in6_addr){ .s6_addr = { [10] = 0xFF, [11] = 0xFF } };
		memcpy(to->s6_addr + 12,
			&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	}
	host->n++;
}

/* Add an address in numbers; false where the text is none. */
static bool add_number(struct host *host, const char *text)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;

	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		return false;
	add_address(host, found->ai_addr);
	freeaddrinfo(found);
	return true;
}

/* The next word of the line, which is moved behind it; empty where there is none. */
static struct text take_word(struct text *line)
{
	static const char blanks[] = " \t\r";
	size_t n = 0;

	while (line->len > 0 && memchr(blanks, line->data[0], sizeof(blanks) - 1))
		text_skip(line, 1);
	while (n < line->len && !memchr(blanks, line->data[n], sizeof(blanks) - 1))
		n++;
	line->data += n;
	line->len -= n;
	return text_make(line->data - n, n);
}

/* `ADDRESS NAME NAME… # comment` (hosts(5)). */
static void read_line_of_hosts(struct host *host, struct text name, struct text line)
{
	const char *comment = line.len > 0 ? memchr(line.data, '#', line.len) : NULL;
	char number[64];
	struct text word;

	if (comment)
		line.len = (size_t)(comment - line.data);
	word = take_word(&line);
	if (word.len == 0 || word.len >= sizeof(number))
		return;
	(void)snprintf(number, sizeof(number), "%.*s", TEXT_FORMAT(word));
	while ((word = take_word(&line)).len > 0)
		if (text_equal_nocase(word, name)) {
			(void)add_number(host, number);
			return;
		}
}

static void look_up_in_hosts(struct host *host, struct text name)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(HOSTS_SIZE_MAX);
	struct text rest;

	if (io_read_regular("/etc/hosts", &content) < 0)
		return;
	rest = buffer_text(&content);
	while (rest.len > 0) {
		const char *lf = memchr(rest.data, '\n', rest.len);
		struct text line = text_make(rest.data, lf ? (size_t)(lf - rest.data) : rest.len);

		read_line_of_hosts(host, name, line);
		text_skip(&rest, line.len + (lf != NULL));
	}
}

/* The machine's name, or what it is without its domain. */
static bool is_own_name(struct text name)
{
	char own[HOST_NAME_MAX + 1] = "";
	size_t n;

	if (gethostname(own, sizeof(own) - 1) < 0 || own[0] == '\0')
		return false;
	n = strcspn(own, ".");
	return text_equal_nocase(name, text_of(own)) || text_equal_nocase(name, text_make(own, n));
}

/* RFC 6761 section 6.3, and the names of Debian's /etc/hosts. */
static bool is_localhost(struct text name)
{
	static const char *const names[] = { "localhost", "localhost.localdomain", "ip6-localhost",
		"ip6-loopback" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal_nocase(name, text_of(names[i])))
			return true;
	return false;
}

static struct host read_host(const char *text)
{
	struct text name = text_of(text);
	struct host host = { .n = 0 };

	if (add_number(&host, text))
		return host;
	if (name.len > 1 && name.data[name.len - 1] == '.')
		name.len--;
	if (is_localhost(name)) {
		(void)add_number(&host, "127.0.0.1");
		(void)add_number(&host, "::1");
		return host;
	}
	look_up_in_hosts(&host, name);
	host.is_own = host.n == 0 && is_own_name(name);
	return host;
}

/* --- hosts and paths --- */

/* An address of the machine that is not the loopback may be taken away. */
static enum own_address judge_machine(const struct in6_addr *address)
{
	return is_of_machine(address) ? OWN_ADDRESS_NOW : OWN_ADDRESS_ELSEWHERE;
}

/* What is sent to no address in particular goes to the loopback. */
static enum own_address judge_address(const struct in6_addr *to, const struct in6_addr *at)
{
	bool to_loopback = is_loopback(to) || is_any(to);

	if (is_equal(to, at) || (to_loopback && (is_loopback(at) || is_any(at))))
		return OWN_ADDRESS_ALWAYS;
	return is_any(at) ? judge_machine(to) : OWN_ADDRESS_ELSEWHERE;
}

/* A name of the machine without a known address is that of all its addresses but the loopback. */
static enum own_address judge_name(const struct in6_addr *at)
{
	if (is_any(at))
		return OWN_ADDRESS_ALWAYS;
	return is_loopback(at) ? OWN_ADDRESS_ELSEWHERE : judge_machine(at);
}

static void raise_to(enum own_address *found, enum own_address other)
{
	if (other > *found)
		*found = other;
}

static enum own_address judge_hosts(const char *to_text, const char *at_text)
{
	struct host to = read_host(to_text), at = read_host(at_text);
	enum own_address found =
		to.is_own && at.is_own ? OWN_ADDRESS_ALWAYS : OWN_ADDRESS_ELSEWHERE;

	assert(to.n <= HOST_ADDRESSES_MAX && at.n <= HOST_ADDRESSES_MAX);
	for (size_t k = 0; k < at.n; k++) {
		if (to.is_own)
			raise_to(&found, judge_name(&at.addresses[k]));
		for (size_t i = 0; i < to.n; i++)
			raise_to(&found, judge_address(&to.addresses[i], &at.addresses[k]));
	}
	for (size_t i = 0; i < to.n && at.is_own; i++)
		raise_to(&found, judge_name(&to.addresses[i]));
	return found;
}

/* The path with the links followed, also those to a socket that is not there yet. */
static bool find_real_path(const char *path, char ret[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX], real[PATH_MAX];
	int n;

	if (realpath(path, ret))
		return true;
	if (!slash)
		return false;
	n = snprintf(directory, sizeof(directory), "%.*s/", (int)(slash - path), path);
	if (n < 0 || (size_t)n >= sizeof(directory) || !realpath(directory, real))
		return false;
	n = snprintf(ret, PATH_MAX, "%s%s", strcmp(real, "/") == 0 ? "" : real, slash);
	return n > 0 && n < PATH_MAX;
}

static bool is_same_path(const char *a, const char *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];
	struct stat of_a, of_b;

	if (a[0] != '/' || b[0] != '/')
		return strcmp(a, b) == 0;
	/* A mount may have the same socket elsewhere. */
	if (stat(a, &of_a) == 0 && stat(b, &of_b) == 0)
		return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
	return find_real_path(a, real_a) && find_real_path(b, real_b) &&
	       strcmp(real_a, real_b) == 0;
}

enum own_address own_address_find(const struct address *to, const struct address *at)
{
	if (address_equal(to, at))
		return OWN_ADDRESS_ALWAYS;
	if (to->kind != at->kind)
		return OWN_ADDRESS_ELSEWHERE;
	if (to->path[0] != '\0')
		return is_same_path(to->path, at->path) ? OWN_ADDRESS_ALWAYS
							: OWN_ADDRESS_ELSEWHERE;
	if (to->port[0] == '\0' || strcmp(to->port, at->port) != 0)
		return OWN_ADDRESS_ELSEWHERE;
	return judge_hosts(to->host, at->host);
}
