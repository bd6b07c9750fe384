/* A cause as one line of JSON, for `explain --json` and `list --json`. */
#pragma once

#include <stdint.h>

#include "base/buffer.h"

enum { CAUSE_JSON_MAX = 1024 * 1024 };

struct catalog;
struct cause;

/* Append the cause under this code, with the keys code, code_first and code_last (of its range),
 * name, description, severity, component, category, action, possibilities, aliases, catalog; null
 * where there is nothing. The code of a cause without a number is its name. Returns 0, -ENOMEM or
 * -EMSGSIZE. */
int cause_json_print(const struct catalog *catalog, const struct cause *cause, uint32_t code,
	struct buffer *out);
