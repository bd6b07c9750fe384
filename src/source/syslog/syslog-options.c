#include "config.h"

#include "source/syslog/syslog-options.h"

static void read_listen(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct syslog_options *options = target;
	struct text_list texts = { 0 };
	struct address *addresses;

	schema_texts(reader, node, key, &texts);
	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place, "listen is empty: nothing would be received");
	addresses = schema_take(reader, texts.n, sizeof(*addresses));
	if (!addresses)
		return;
	for (size_t i = 0; i < texts.n; i++) {
		if (!schema_address(reader, texts.places[i], texts.items[i], &addresses[i]))
			continue;
		if (addresses[i].kind == ADDRESS_TLS)
			diag_add(reader->diag, texts.places[i],
				"'%s': a source does not listen with TLS", texts.items[i].data);
	}
	options->listen = addresses;
	options->n_listen = texts.n;
}

static const struct schema_key syslog_keys[] = {
	{ .name = "listen", .read = read_listen, .required = true, .max = SYSLOG_LISTEN_MAX },
	{ .name = NULL },
};

void syslog_options_read(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	(void)key;
	schema_mapping(reader, node, syslog_keys, target);
}

unsigned syslog_options_transports(const void *options)
{
	const struct syslog_options *syslog = options;
	unsigned transports = 0;

	for (size_t i = 0; i < syslog->n_listen; i++) {
		const struct address *address = &syslog->listen[i];

		if (address->kind == ADDRESS_SYSTEMD || !address_is_stream(address))
			transports |= SYSLOG_DATAGRAMS;
		if (address->kind == ADDRESS_SYSTEMD || address_is_stream(address))
			transports |= SYSLOG_STREAMS;
	}
	return transports;
}

const struct address *syslog_options_addresses(const void *options, size_t *ret_n)
{
	const struct syslog_options *syslog = options;

	*ret_n = syslog->n_listen;
	return syslog->listen;
}
