#include "config.h"

#include "sink/socket/socket-options.h"

#include <string.h>

#include "wire/format.h"

enum {
	ADDRESS_TEXT_MAX = 300, /* bytes */
	FILE_MAX = 4000,
};

static void read_address(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct address *address = target;
	struct text text = { 0 };

	schema_text(reader, node, key, &text);
	if (text.len == 0 || !schema_address(reader, node->place, text, address))
		return;
	if (address->kind == ADDRESS_SYSTEMD)
		diag_add(reader->diag, node->place,
			"a sink cannot use the address 'systemd', which is for sources");
}

static void read_enterprise(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	uint64_t number = 0;

	(void)key;
	if (!schema_expect(reader, node, YAML_SCALAR))
		return;
	if (text_parse_number(node->scalar, 10, FORMAT_ENTERPRISE_MAX, &number) < 0 || number == 0)
		diag_add(reader->diag, node->place, "enterprise must be a number from 1 to %d",
			FORMAT_ENTERPRISE_MAX);
	else
		memcpy(target, &number, sizeof(number));
}

static const char *const verify_names[] = { "no", "yes", NULL };

static const struct schema_key socket_keys[] = {
	{ .name = "address",
		.read = read_address,
		.offset = offsetof(struct socket_options, address),
		.required = true,
		.max = ADDRESS_TEXT_MAX },
	{ .name = "format",
		.read = schema_choice,
		.offset = offsetof(struct socket_options, format),
		.choices = format_names },
	{ .name = "enterprise",
		.read = read_enterprise,
		.offset = offsetof(struct socket_options, enterprise) },
	{ .name = "ca",
		.read = schema_absolute_path,
		.offset = offsetof(struct socket_options, ca),
		.max = FILE_MAX },
	{ .name = "cert",
		.read = schema_absolute_path,
		.offset = offsetof(struct socket_options, cert),
		.max = FILE_MAX },
	{ .name = "key",
		.read = schema_absolute_path,
		.offset = offsetof(struct socket_options, key),
		.max = FILE_MAX },
	{ .name = "server-name",
		.read = schema_text_or_empty,
		.offset = offsetof(struct socket_options, server_name),
		.max = ADDRESS_HOST_MAX },
	{ .name = "verify",
		.read = schema_choice,
		.offset = offsetof(struct socket_options, verify),
		.choices = verify_names },
	{ .name = NULL },
};

/* Options for TLS are an error without TLS, where they would have no effect. */
static void check_tls(
	struct schema_reader *reader, struct place place, const struct socket_options *options)
{
	bool is_tls = options->address.kind == ADDRESS_TLS;
	bool has_tls = options->ca.len > 0 || options->cert.len > 0 || options->key.len > 0 ||
		       options->server_name.len > 0 || options->verify == 0;

	if (options->address.text.len == 0)
		return;
	if (has_tls && !is_tls)
		diag_add(reader->diag, place,
			"ca, cert, key, server-name and verify are for an address tls:HOST:PORT");
	if (is_tls && (options->cert.len > 0) != (options->key.len > 0))
		diag_add(reader->diag, place, "cert and key must be set together");
}

void socket_options_read(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct socket_options *options = target;

	(void)key;
	options->format = FORMAT_RFC5424;
	options->enterprise = FORMAT_ENTERPRISE_DEFAULT;
	options->verify = 1;
	schema_mapping(reader, node, socket_keys, options);
	check_tls(reader, node->place, options);
}

bool socket_options_share_place(const void *a, const void *b)
{
	return address_equal(socket_options_address(a), socket_options_address(b));
}

const struct address *socket_options_address(const void *options)
{
	return &((const struct socket_options *)options)->address;
}

const struct socket_options *socket_options_tls(const void *options)
{
	return socket_options_address(options)->kind == ADDRESS_TLS ? options : NULL;
}
