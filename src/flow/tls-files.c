#include <config.h>

#include "flow/tls-files.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/text.h"
#include "base/yaml.h"
#include "flow/config.h"
#include "sink/tls.h"

static const struct yaml_node *find_value(const struct yaml_node *mapping, const char *name)
{
	const struct yaml_node *key = mapping ? mapping->first : NULL;

	while (key && !text_equal(key->scalar, text_of(name)))
		key = key->next;
	return key ? key->value : NULL;
}

static struct place place_of(const struct config_sink *sink, enum tls_file file)
{
	static const char *const keys[TLS_FILES] = { "ca", "cert", "key" };
	const struct yaml_node *value = find_value(find_value(sink->node, "socket"), keys[file]);

	return value ? value->place : sink->place;
}

static struct text path_of(const struct config_sink *sink, enum tls_file file)
{
	const struct text paths[TLS_FILES] = { sink->socket.ca, sink->socket.cert,
		sink->socket.key };

	return paths[file];
}

static bool comes_later(const struct tls_fault *fault, struct text path, const char *credentials)
{
	return fault->is_hidden && text_starts(path, text_of(TLS_FILES_CREDENTIALS)) &&
	       !(credentials && text_starts(path, text_of(credentials)));
}

static void tell_fault(const struct config_sink *sink, const struct tls_fault *fault,
	const char *credentials, struct diag *diag)
{
	struct text path = path_of(sink, fault->file);
	struct place place = place_of(sink, fault->file);

	if (comes_later(fault, path, credentials))
		diag_warn(diag, place,
			"sink %s: cannot use %s '%s': %s; the service needs LoadCredential= for it",
			sink->name.data, tls_file_names[fault->file], path.data, fault->reason);
	else
		diag_add(diag, place, "sink %s: cannot use %s '%s': %s", sink->name.data,
			tls_file_names[fault->file], path.data, fault->reason);
}

int tls_files_check(const struct config *config, const char *credentials, struct diag *diag)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];
		struct tls_fault faults[TLS_FILES];
		size_t n = 0;
		int r = sink->kind == CONFIG_SOCKET ? socket_sink_check(&sink->socket, faults, &n)
						    : 0;

		if (r < 0)
			return r;
		for (size_t k = 0; k < n; k++)
			tell_fault(sink, &faults[k], credentials, diag);
	}
	return 0;
}
