/* The certificates and keys that a configuration names: what a start would fail at is found while
 * nothing has been stopped for it. */
#pragma once

struct config;
struct diag;

/* Where systemd puts what LoadCredential= and its like hand to a service. */
#define TLS_FILES_CREDENTIALS "/run/credentials/"

/* Open the files of every TLS sink as its start would, and add an error for each that cannot be
 * used, at the place that names it. Below TLS_FILES_CREDENTIALS a file that is not there, or not to
 * be read, is an error only if it lies below `credentials`, too (NULL = nowhere): a credential is
 * there while its service runs, for its service alone, so that elsewhere this is a warning.
 * Returns 0 or -ENOMEM. */
int tls_files_check(const struct config *config, const char *credentials, struct diag *diag);
