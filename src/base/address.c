/* Only the text of an address is read here. The caller that connects finds out whether the host
 * exists. */
#include "config.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static int refuse(const char **reterr, const char *error)
{
	*reterr = error;
	return -EINVAL;
}

/* Copy a text into an array of `size` bytes, which has room for it and a NUL. */
static void copy_text(char *to, size_t size, struct text t)
{
	assert(t.len < size);
	memset(to, 0, size);
	if (t.len > 0)
		memcpy(to, t.data, t.len);
}

static bool is_host_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!char_is_word(t.data[i]) && t.data[i] != '.' && t.data[i] != '-')
			return false;
	return t.data[0] != '-';
}

/* An IPv6 address, with a zone behind it where it is link-local (RFC 4007 section 11). */
static bool is_ipv6(struct text t)
{
	const char *percent = memchr(t.data, '%', t.len);
	size_t len = percent ? (size_t)(percent - t.data) : t.len;
	char number[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (len >= sizeof(number) || (percent && len + 1 == t.len))
		return false;
	copy_text(number, sizeof(number), text_make(t.data, len));
	if (percent && !is_host_name(text_make(percent + 1, t.len - len - 1)))
		return false;
	return strlen(number) == len && inet_pton(AF_INET6, number, &address) == 1;
}

/* Split `HOST:PORT` or `[IPV6]:PORT`. A port that is missing is empty. */
static int split_host(
	struct text t, struct text *ret_host, struct text *ret_port, const char **reterr)
{
	bool has_bracket = t.len > 0 && t.data[0] == '[';
	const char *end = t.len > 0 ? memchr(t.data, has_bracket ? ']' : ':', t.len) : NULL;
	size_t len = end ? (size_t)(end - t.data) : t.len;
	size_t next = has_bracket && end ? len + 1 : len;

	if (has_bracket && !end)
		return refuse(reterr, "lacks the closing bracket of its IPv6 address");
	if (next < t.len && t.data[next] != ':')
		return refuse(reterr, "has something other than a port behind its bracket");
	*ret_host = has_bracket ? text_make(t.data + 1, len - 1) : text_make(t.data, len);
	*ret_port = next < t.len ? text_make(t.data + next + 1, t.len - next - 1) : text_of("");
	if (!has_bracket && ret_port->len > 0 && memchr(ret_port->data, ':', ret_port->len))
		return refuse(reterr, "has an IPv6 address without brackets: write [ADDRESS]:PORT");
	if (has_bracket && (ret_host->len == 0 || !is_ipv6(*ret_host)))
		return refuse(reterr, "has no IPv6 address between its brackets");
	if (!has_bracket && ret_host->len > 0 && !is_host_name(*ret_host))
		return refuse(reterr, "has a character that no host name has");
	return 0;
}

static int parse_host(struct text rest, struct address *address, const char **reterr)
{
	struct text host = { 0 }, port = { 0 };
	uint64_t value;
	int r;

	if (text_starts(rest, text_of("//")))
		return refuse(reterr, "is no URL: leave out the slashes");
	r = split_host(rest, &host, &port, reterr);
	if (r < 0)
		return r;
	if (host.len == 0)
		return refuse(reterr, "lacks a host: 0.0.0.0 and [::] stand for all addresses");
	if (host.len > ADDRESS_HOST_MAX)
		return refuse(reterr, "has a host name longer than 253 bytes");
	if (port.len == 0)
		return refuse(reterr, "lacks a port: write HOST:PORT");
	if (text_parse_number(port, 10, PORT_MAX, &value) < 0 || value == 0)
		return refuse(reterr, "has a port that is no number from 1 to 65535");

	while (port.data[0] == '0')
		port = text_make(port.data + 1, port.len - 1);
	copy_text(address->host, sizeof(address->host), host);
	copy_text(address->port, sizeof(address->port), port);
	return 0;
}

static int parse_path(struct text rest, struct address *address, const char **reterr)
{
	if (rest.len == 0)
		return refuse(reterr, "lacks a path");
	if (rest.data[0] != '/' && rest.data[0] != '@')
		return refuse(reterr, "has a path that begins with neither '/' nor '@'");
	if (rest.len == 1)
		return refuse(reterr, "lacks the name of a socket");
	if (rest.len > ADDRESS_PATH_MAX)
		return refuse(reterr, "has a path longer than 107 bytes");
	if (memchr(rest.data, '\0', rest.len))
		return refuse(reterr, "has a NUL byte in its path");
	copy_text(address->path, sizeof(address->path), rest);
	return 0;
}

static int parse_nothing(struct text rest, struct address *address, const char **reterr)
{
	(void)address;
	return rest.len > 0 ? refuse(reterr, "has something behind 'systemd'") : 0;
}

int address_parse(struct text text, struct address *ret, const char **reterr)
{
	static const struct {
		const char *name;
		enum address_kind kind;
		int (*parse)(struct text rest, struct address *address, const char **reterr);
	} kinds[] = {
		{ "udp:", ADDRESS_UDP, parse_host },
		{ "tcp:", ADDRESS_TCP, parse_host },
		{ "tls:", ADDRESS_TLS, parse_host },
		{ "unix:", ADDRESS_UNIX, parse_path },
		{ "unix-dgram:", ADDRESS_UNIX_DGRAM, parse_path },
		{ "systemd", ADDRESS_SYSTEMD, parse_nothing },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct address address = { .kind = kinds[i].kind, .text = text };
		struct text name = text_of(kinds[i].name);
		int r;

		if (!text_starts(text, name))
			continue;
		r = kinds[i].parse(
			text_make(text.data + name.len, text.len - name.len), &address, reterr);
		if (r == 0)
			*ret = address;
		return r;
	}
	return refuse(reterr, "names no kind of socket: there are udp:HOST:PORT, tcp:HOST:PORT, "
			      "tls:HOST:PORT, unix:PATH, unix-dgram:PATH and systemd");
}

bool address_is_stream(const struct address *address)
{
	return address->kind == ADDRESS_TCP || address->kind == ADDRESS_TLS ||
	       address->kind == ADDRESS_UNIX;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->text.len > 0 && a->kind == b->kind && strcmp(a->host, b->host) == 0 &&
	       strcmp(a->port, b->port) == 0 && strcmp(a->path, b->path) == 0;
}
