/* The eight syslog levels by name (RFC 5424 section 6.2.1), as LOG_EMERG … LOG_DEBUG. */
#pragma once

#include "base/text.h"

enum { SEVERITY_COUNT = 8 };

/* "emerg" … "debug", in order, NULL at the end. */
extern const char *const severity_names[SEVERITY_COUNT + 1];

/* The level written as one digit `0`..`7`; -1 where `t` is anything else. */
int severity_of_digit(struct text t);
