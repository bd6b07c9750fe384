/* The tables of becaused.yaml. Defaults are set before the tables are applied: a key that is not
 * there changes nothing. */
#include <config.h>

#include "flow/setup/configuration.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "record/severity.h"
#include "wire/format.h"

enum {
	CONFIG_ADDRESS_MAX = 300, /* bytes */
	CONFIG_FILE_MAX = 4000,
};

static const char *const unknown_names[] = { "report", "ignore", NULL };

static const struct schema_key override_keys[] = {
	{ .name = "severity",
		.read = schema_choice,
		.offset = offsetof(struct catalog_override, severity),
		.choices = severity_names },
	{ .name = "description",
		.read = catalog_read_description,
		.offset = offsetof(struct catalog_override, description),
		.max = CATALOG_TEXT_MAX },
	{ .name = "component",
		.read = schema_text,
		.offset = offsetof(struct catalog_override, component),
		.max = CATALOG_NAME_MAX },
	{ .name = "category",
		.read = schema_text,
		.offset = offsetof(struct catalog_override, category),
		.max = CATALOG_NAME_MAX },
	{ .name = "action",
		.read = schema_text_or_empty,
		.offset = offsetof(struct catalog_override, action),
		.max = CATALOG_TEXT_MAX },
};

static void read_overrides_of(struct schema_reader *reader, const struct yaml_node *node,
	struct config_overrides *overrides)
{
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	if (node->n > CONFIG_OVERRIDES_MAX) {
		diag_add(reader->diag, node->place, "%zu overrides; at most %d are accepted",
			node->n, CONFIG_OVERRIDES_MAX);
		return;
	}
	overrides->items = schema_take(reader, node->n, sizeof(*overrides->items));
	if (!overrides->items)
		return;
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		struct catalog_override *item = &overrides->items[overrides->n];

		item->severity = -1;
		item->place = key->place;
		if (catalog_read_code(reader, key, key->scalar, &item->code) == 0)
			overrides->n++;
		schema_mapping(reader, key->value, override_keys,
			sizeof(override_keys) / sizeof(override_keys[0]), item);
	}
}

static void read_overrides(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;

	(void)key;
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	config->overrides = schema_take(reader, node->n, sizeof(*config->overrides));
	if (!config->overrides)
		return;
	for (const struct yaml_node *name = node->first; name; name = name->next) {
		struct config_overrides *overrides = &config->overrides[config->n_overrides++];

		overrides->catalog = name->scalar;
		overrides->place = name->place;
		read_overrides_of(reader, name->value, overrides);
	}
}

/* A namespace ends up in paths: the characters that systemd takes for one. */
static void read_namespace(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	size_t n_good = 0;

	while (node->kind == YAML_SCALAR && n_good < node->scalar.len &&
		(char_is_word(node->scalar.data[n_good]) ||
			strchr("-.", node->scalar.data[n_good])))
		n_good++;
	if (node->kind == YAML_SCALAR && n_good < node->scalar.len)
		diag_add(reader->diag, node->place,
			"namespace '%s' must be letters, digits, '_', '-' and '.'",
			node->scalar.data);
	else
		schema_text_or_empty(reader, node, key, target);
}

static void read_absolute_path(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 && node->scalar.data[0] != '/')
		diag_add(reader->diag, node->place, "'%s' must be an absolute path",
			node->scalar.data);
	else
		schema_text_or_empty(reader, node, key, target);
}

static const struct schema_key journal_source_keys[] = {
	{ .name = "units",
		.read = schema_texts,
		.offset = offsetof(struct journal_options, units),
		.max = 256 },
	{ .name = "identifiers",
		.read = schema_texts,
		.offset = offsetof(struct journal_options, identifiers),
		.max = 256 },
	{ .name = "namespace",
		.read = read_namespace,
		.offset = offsetof(struct journal_options, namespace),
		.max = 64 },
	{ .name = "directory",
		.read = read_absolute_path,
		.offset = offsetof(struct journal_options, directory),
		.max = 4000 },
	{ .name = "start",
		.read = schema_choice,
		.offset = offsetof(struct journal_options, start),
		.choices = journal_start_names },
	{ .name = "lost",
		.read = schema_choice,
		.offset = offsetof(struct journal_options, lost),
		.choices = journal_lost_names },
};

static void read_journal_source(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_source *source = target;

	(void)key;
	source->kind = CONFIG_JOURNAL;
	source->n_kinds++;
	schema_mapping(reader, node, journal_source_keys,
		sizeof(journal_source_keys) / sizeof(journal_source_keys[0]), &source->journal);
	if (source->journal.namespace.len > 0 && source->journal.directory.len > 0)
		diag_add(reader->diag, node->place,
			"a journal source has a namespace or a directory, not both");
}

/* Globs: where they lie is not where the service happens to run. */
static void read_paths(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *paths = target;

	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place, "paths is empty: nothing would be read");
	else
		schema_texts(reader, node, key, target);
	for (size_t i = 0; i < paths->n; i++)
		if (paths->items[i].data[0] != '/')
			diag_add(reader->diag, paths->places[i], "path '%s' must be absolute",
				paths->items[i].data);
}

static const struct schema_key files_keys[] = {
	{ .name = "paths",
		.read = read_paths,
		.offset = offsetof(struct files_options, paths),
		.required = true,
		.max = CONFIG_PATHS_MAX },
	{ .name = "start",
		.read = schema_choice,
		.offset = offsetof(struct files_options, start),
		.choices = files_start_names },
};

static void read_files(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_source *source = target;

	(void)key;
	source->kind = CONFIG_FILES;
	source->n_kinds++;
	schema_mapping(reader, node, files_keys, sizeof(files_keys) / sizeof(files_keys[0]),
		&source->files);
}

/* Returns whether the text is an address; if not, says so. */
static bool read_address_text(
	struct schema_reader *reader, struct place place, struct text text, struct address *ret)
{
	const char *error = NULL;

	if (address_parse(text, ret, &error) == 0)
		return true;
	diag_add(reader->diag, place, "address '%.*s' %s", TEXT_FORMAT(text), error);
	return false;
}

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
		if (!read_address_text(reader, texts.places[i], texts.items[i], &addresses[i]))
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
};

static void read_syslog(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_source *source = target;

	(void)key;
	source->kind = CONFIG_SYSLOG;
	source->n_kinds++;
	schema_mapping(reader, node, syslog_keys, sizeof(syslog_keys) / sizeof(syslog_keys[0]),
		&source->syslog);
}

static void read_profiles(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place,
			"profiles is empty: nothing would be recognized");
	else
		schema_texts(reader, node, key, target);
}

static const struct schema_key source_keys[] = {
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct config_source, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "profiles",
		.read = read_profiles,
		.offset = offsetof(struct config_source, profiles),
		.max = CONFIG_PROFILES_MAX },
	{ .name = "journal", .read = read_journal_source },
	{ .name = "files", .read = read_files },
	{ .name = "syslog", .read = read_syslog },
};

static const struct schema_key journal_sink_keys[] = {
	{ .name = "namespace",
		.read = read_namespace,
		.offset = offsetof(struct journal_sink_options, namespace),
		.max = 64 },
};

static void read_journal_sink(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_sink *sink = target;

	(void)key;
	sink->kind = CONFIG_TO_JOURNAL;
	sink->n_kinds++;
	schema_mapping(reader, node, journal_sink_keys,
		sizeof(journal_sink_keys) / sizeof(journal_sink_keys[0]), &sink->journal);
}

static void read_address(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct address *address = target;
	struct text text = { 0 };

	schema_text(reader, node, key, &text);
	if (text.len == 0 || !read_address_text(reader, node->place, text, address))
		return;
	if (address->kind == ADDRESS_SYSTEMD)
		diag_add(reader->diag, node->place, "a sink needs an address of its own");
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
		.max = CONFIG_ADDRESS_MAX },
	{ .name = "format",
		.read = schema_choice,
		.offset = offsetof(struct socket_options, format),
		.choices = format_names },
	{ .name = "enterprise",
		.read = read_enterprise,
		.offset = offsetof(struct socket_options, enterprise) },
	{ .name = "ca",
		.read = read_absolute_path,
		.offset = offsetof(struct socket_options, ca),
		.max = CONFIG_FILE_MAX },
	{ .name = "cert",
		.read = read_absolute_path,
		.offset = offsetof(struct socket_options, cert),
		.max = CONFIG_FILE_MAX },
	{ .name = "key",
		.read = read_absolute_path,
		.offset = offsetof(struct socket_options, key),
		.max = CONFIG_FILE_MAX },
	{ .name = "server-name",
		.read = schema_text_or_empty,
		.offset = offsetof(struct socket_options, server_name),
		.max = ADDRESS_HOST_MAX },
	{ .name = "verify",
		.read = schema_choice,
		.offset = offsetof(struct socket_options, verify),
		.choices = verify_names },
};

/* What is for TLS must not be believed to work without it. */
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
		diag_add(reader->diag, place, "cert and key come together, or not at all");
}

static void read_socket(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_sink *sink = target;

	(void)key;
	sink->kind = CONFIG_SOCKET;
	sink->n_kinds++;
	sink->socket.format = FORMAT_RFC5424;
	sink->socket.enterprise = FORMAT_ENTERPRISE_DEFAULT;
	sink->socket.verify = 1;
	schema_mapping(reader, node, socket_keys, sizeof(socket_keys) / sizeof(socket_keys[0]),
		&sink->socket);
	check_tls(reader, node->place, &sink->socket);
}

static const struct schema_key sink_keys[] = {
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct config_sink, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "journal", .read = read_journal_sink },
	{ .name = "socket", .read = read_socket },
};

/* Whether a list of 1 to `max` items stands here. */
static bool expect_list(
	struct schema_reader *reader, const struct yaml_node *node, const struct schema_key *key)
{
	if (!schema_expect(reader, node, YAML_SEQUENCE))
		return false;
	if (node->n > 0 && node->n <= key->max)
		return true;
	diag_add(reader->diag, node->place, "%s has %zu items; 1 to %zu are accepted", key->name,
		node->n, key->max);
	return false;
}

static bool is_same_address(const struct address *a, const struct address *b)
{
	return a->text.len > 0 && a->kind == b->kind && strcmp(a->host, b->host) == 0 &&
	       strcmp(a->port, b->port) == 0 && strcmp(a->path, b->path) == 0;
}

/* Two sources may not have one name, nor listen at one address. */
static void check_two_sources(struct schema_reader *reader, const struct config_source *first,
	const struct config_source *second)
{
	if (second->name.len > 0 && text_equal(first->name, second->name))
		diag_add(reader->diag, second->place, "source '%s' is there twice",
			second->name.data);
	for (size_t i = 0; i < first->syslog.n_listen; i++)
		for (size_t k = 0; k < second->syslog.n_listen; k++)
			if (is_same_address(&first->syslog.listen[i], &second->syslog.listen[k]))
				diag_add(reader->diag, second->place,
					"source '%s' listens at '%s' already", first->name.data,
					first->syslog.listen[i].text.data);
}

static bool is_same_sink(const struct config_sink *a, const struct config_sink *b)
{
	if (a->n_kinds != 1 || b->n_kinds != 1 || a->kind != b->kind)
		return false;
	if (a->kind == CONFIG_TO_JOURNAL)
		return text_equal(a->journal.namespace, b->journal.namespace);
	return is_same_address(&a->socket.address, &b->socket.address);
}

/* Two sinks may not have one name, nor one end: every record would be there twice. */
static void check_two_sinks(struct schema_reader *reader, const struct config_sink *first,
	const struct config_sink *second)
{
	if (second->name.len > 0 && text_equal(first->name, second->name))
		diag_add(
			reader->diag, second->place, "sink '%s' is there twice", second->name.data);
	else if (is_same_sink(first, second))
		diag_add(reader->diag, second->place, "sink '%s' writes to the same place already",
			first->name.data);
}

static void read_sources(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;

	if (!expect_list(reader, node, key))
		return;
	config->n_sources = 0;
	config->sources = schema_take(reader, node->n, sizeof(*config->sources));
	if (!config->sources)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct config_source *source = &config->sources[config->n_sources];

		source->place = item->place;
		source->node = item;
		schema_mapping(reader, item, source_keys,
			sizeof(source_keys) / sizeof(source_keys[0]), source);
		if (item->kind == YAML_MAPPING && source->n_kinds != 1)
			diag_add(reader->diag, item->place,
				"a source needs one of journal, files and syslog");
		for (size_t i = 0; i < config->n_sources; i++)
			check_two_sources(reader, &config->sources[i], source);
		config->n_sources++;
	}
}

static void read_sinks(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;

	if (!expect_list(reader, node, key))
		return;
	config->n_sinks = 0;
	config->sinks = schema_take(reader, node->n, sizeof(*config->sinks));
	if (!config->sinks)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct config_sink *sink = &config->sinks[config->n_sinks];

		sink->place = item->place;
		sink->node = item;
		schema_mapping(
			reader, item, sink_keys, sizeof(sink_keys) / sizeof(sink_keys[0]), sink);
		if (item->kind == YAML_MAPPING && sink->n_kinds != 1)
			diag_add(reader->diag, item->place,
				"a sink needs one of journal and socket");
		for (size_t i = 0; i < config->n_sinks; i++)
			check_two_sinks(reader, &config->sinks[i], sink);
		config->n_sinks++;
	}
}

static bool is_any_host(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", strlen("127.")) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/* Whether what is sent to `to` arrives at `at`, as far as their texts tell. */
static bool leads_to(const struct address *to, const struct address *at)
{
	if (is_same_address(to, at))
		return true;
	return to->kind == at->kind && strcmp(to->port, at->port) == 0 && is_loopback(to->host) &&
	       (is_any_host(at->host) || is_loopback(at->host));
}

static bool listens_at(const struct syslog_options *options, const struct address *address)
{
	for (size_t i = 0; i < options->n_listen; i++)
		if (leads_to(address, &options->listen[i]))
			return true;
	return false;
}

/* What a sink sends to where a source listens would come round for ever. */
static void check_loops(struct schema_reader *reader, const struct config *config)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];

		for (size_t k = 0; k < config->n_sources; k++)
			if (sink->kind == CONFIG_SOCKET &&
				listens_at(&config->sources[k].syslog, &sink->socket.address))
				diag_add(reader->diag, sink->place,
					"sink '%s' sends to what source '%s' listens at",
					sink->name.data, config->sources[k].name.data);
	}
}

static const struct schema_key config_keys[] = {
	{ .name = "profiles",
		.read = read_profiles,
		.offset = offsetof(struct config, profiles),
		.max = CONFIG_PROFILES_MAX },
	{ .name = "severity",
		.read = schema_choice,
		.offset = offsetof(struct config, policy.severity),
		.choices = enrich_severity_names },
	{ .name = "unknown",
		.read = schema_choice,
		.offset = offsetof(struct config, unknown),
		.choices = unknown_names },
	{ .name = "overrides", .read = read_overrides },
	{ .name = "sources", .read = read_sources, .max = CONFIG_SOURCES_MAX },
	{ .name = "sinks", .read = read_sinks, .max = CONFIG_SINKS_MAX },
};

/* What an empty file stands for. */
static int set_defaults(struct config *config)
{
	static const char *const profiles[] = { "huawei-cec", "huawei-cec-outbound" };
	enum { N_PROFILES = sizeof(profiles) / sizeof(profiles[0]) };

	config->profiles.items = arena_take(config->arena, N_PROFILES, sizeof(struct text));
	config->profiles.places = arena_take(config->arena, N_PROFILES, sizeof(struct place));
	config->sources = arena_take(config->arena, 1, sizeof(*config->sources));
	config->sinks = arena_take(config->arena, 1, sizeof(*config->sinks));
	if (!config->profiles.items || !config->profiles.places || !config->sources ||
		!config->sinks)
		return -ENOMEM;
	for (size_t i = 0; i < N_PROFILES; i++)
		config->profiles.items[config->profiles.n++] = text_of(profiles[i]);
	config->sources[0].name = text_of("platform");
	config->sources[0].n_kinds = 1;
	config->n_sources = 1;
	config->sinks[0].name = text_of("journal");
	config->sinks[0].n_kinds = 1;
	config->n_sinks = 1;
	return 0;
}

struct config *config_ref(struct config *config)
{
	if (config)
		config->n_refs++;
	return config;
}

struct config *config_unref(struct config *config)
{
	/* The configuration lives in its own arena. */
	if (config && --config->n_refs == 0)
		(void)arena_free(config->arena);
	return NULL;
}

struct config *config_new(void)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	struct config *config = arena ? arena_take(arena, 1, sizeof(*config)) : NULL;

	if (!config)
		return NULL;
	config->arena = TAKE(arena);
	config->n_refs = 1;
	return set_defaults(config) < 0 ? config_unref(config) : config;
}

int config_read(const char *file, struct text data, struct diag *diag, struct config **ret)
{
	CLEANUP(config_unrefp) struct config *config = config_new();
	struct schema_reader reader = { .diag = diag };
	const struct yaml_node *root = NULL;
	size_t n_before = diag_count(diag);
	int r;

	if (!config)
		return -ENOMEM;
	r = yaml_read(config->arena, file, data, diag, &root);
	if (r < 0)
		return r;
	reader.arena = config->arena;
	if (root)
		schema_mapping(&reader, root, config_keys,
			sizeof(config_keys) / sizeof(config_keys[0]), config);
	check_loops(&reader, config);
	if (reader.no_memory)
		return -ENOMEM;
	if (diag_count(diag) > n_before)
		return -EINVAL;
	config->policy.ignore_unknown = config->unknown == 1;
	*ret = TAKE(config);
	return 0;
}

/* --- two configurations --- */

static const struct yaml_node *skip_profiles(const struct yaml_node *key)
{
	while (key && text_equal(key->scalar, text_of("profiles")))
		key = key->next;
	return key;
}

bool config_is_same_source(const struct config_source *a, const struct config_source *b)
{
	const struct yaml_node *left, *right;

	if (!a->node || !b->node)
		return a->node == b->node;
	left = skip_profiles(a->node->first);
	right = skip_profiles(b->node->first);
	while (left && right && yaml_equal(left, right) && yaml_equal(left->value, right->value)) {
		left = skip_profiles(left->next);
		right = skip_profiles(right->next);
	}
	return !left && !right;
}

static bool is_sink_alike(const struct config_sink *a, const struct config_sink *b)
{
	return yaml_equal(a->node, b->node) &&
	       (a->kind != CONFIG_SOCKET || a->socket.address.kind != ADDRESS_TLS);
}

bool config_is_wired_alike(const struct config *a, const struct config *b)
{
	if (a->n_sources != b->n_sources || a->n_sinks != b->n_sinks)
		return false;
	for (size_t i = 0; i < a->n_sources; i++)
		if (!config_is_same_source(&a->sources[i], &b->sources[i]))
			return false;
	for (size_t i = 0; i < a->n_sinks; i++)
		if (!is_sink_alike(&a->sinks[i], &b->sinks[i]))
			return false;
	return true;
}

bool config_has_source(const struct config *config, const struct config_source *source)
{
	for (size_t i = 0; i < config->n_sources; i++)
		if (config_is_same_source(&config->sources[i], source))
			return true;
	return false;
}
