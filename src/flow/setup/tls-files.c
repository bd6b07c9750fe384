#include "config.h"

#include "flow/setup/tls-files.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/yaml.h"
#include "flow/setup/configuration.h"
#include "sink/socket/socket-options.h"
#include "sink/socket/socket-sink.h"
#include "sink/socket/tls.h"

static const struct yaml_node *find_value(const struct yaml_node *mapping, const char *name)
{
	const struct yaml_node *key = mapping ? mapping->first : NULL;

	while (key && !text_equal(key->scalar, text_of(name)))
		key = key->next;
	return key ? key->value : NULL;
}

struct place tls_files_place(const struct config_sink *sink, enum tls_file file)
{
	static const char *const keys[TLS_FILES] = { "ca", "cert", "key" };
	const struct yaml_node *value =
		find_value(find_value(sink->node, sink->kind->name), keys[file]);

	return value ? value->place : sink->place;
}

struct text tls_files_path(const struct config_sink *sink, enum tls_file file)
{
	const struct socket_options *tls = sink->kind->tls(sink->options);
	const struct text paths[TLS_FILES] = { tls->ca, tls->cert, tls->key };

	return paths[file];
}

/* Whether systemd may make this path: /run/credentials/UNIT.service/NAME, with no way out of that
 * directory. */
static bool is_credential(const char *path)
{
	static const char suffix[] = ".service";
	const char *unit = path + strlen(TLS_FILES_CREDENTIALS), *name;

	if (strncmp(path, TLS_FILES_CREDENTIALS, strlen(TLS_FILES_CREDENTIALS)) != 0)
		return false;
	name = strchr(unit, '/');
	if (!name || (size_t)(name - unit) < sizeof(suffix) ||
		strncmp(name - strlen(suffix), suffix, strlen(suffix)) != 0)
		return false;
	name++;
	return *name != '\0' && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static void add_fault(const struct config_sink *sink, const struct tls_fault *fault,
	bool within_service, struct diag *diag)
{
	struct text path = tls_files_path(sink, fault->file);
	struct place place = tls_files_place(sink, fault->file);

	if (fault->is_hidden && !within_service && is_credential(path.data))
		diag_warn(diag, place,
			"sink %s: cannot use %s '%s': %s; the service needs LoadCredential= for it",
			sink->name.data, tls_file_names[fault->file], path.data, fault->reason);
	else
		diag_add(diag, place, "sink %s: cannot use %s '%s': %s", sink->name.data,
			tls_file_names[fault->file], path.data, fault->reason);
}

int tls_files_check(const struct config *config, bool within_service, struct diag *diag)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];
		struct tls_fault faults[TLS_FILES];
		size_t n = 0;
		const struct socket_options *tls =
			sink->kind->tls ? sink->kind->tls(sink->options) : NULL;
		int r = tls ? socket_sink_check(tls, faults, &n) : 0;

		if (r == -ELIBACC)
			diag_add(diag, sink->place, "sink %s: cannot use TLS without OpenSSL",
				sink->name.data);
		else if (r < 0)
			return r;
		for (size_t k = 0; k < n; k++)
			add_fault(sink, &faults[k], within_service, diag);
	}
	return 0;
}
