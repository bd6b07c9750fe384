/* The certificates and keys that a configuration names. A fault that would make a start fail is
 * found before anything is stopped for that start. */
#pragma once

#include <stdbool.h>

#include "base/diag.h"
#include "base/text.h"
#include "sink/socket/tls.h"

struct config;
struct config_sink;

/* The directory where systemd puts what LoadCredential= and similar options hand to a service. */
#define TLS_FILES_CREDENTIALS "/run/credentials/"

/* Open the files of every TLS sink as its start would, and add an error for each that cannot be
 * used, at the place that names it. A credential, the file NAME in TLS_FILES_CREDENTIALS
 * UNIT.service, exists only while its service runs, and only for its service. One that is missing
 * or unreadable is a warning, unless `within_service`. Returns 0 or -ENOMEM. */
int tls_files_check(const struct config *config, bool within_service, struct diag *diag);

/* The path of a file that a TLS sink names, empty where it names none, and the place of it. */
struct text tls_files_path(const struct config_sink *sink, enum tls_file file);
struct place tls_files_place(const struct config_sink *sink, enum tls_file file);
