/* Whether the service can read what people edit. It runs as a user of its own (DynamicUser=), and
 * root, who checks, can read everything. */
#pragma once

#include "base/diag.h"

struct setup;

/* Warn of each catalog, profile and configuration that was loaded from below `top` and that others
 * may not read: it, or a directory on the way to it, lacks a permission. `top`: the directory of
 * the administrator, BECAUSE_SYSCONFDIR. Warn also of each certificate and key that a TLS sink
 * names, wherever it lies, but of no credential. */
void access_check(const struct setup *setup, const char *top, struct diag *diag);
