#include "config.h"

#include "wire/rfc5424.h"
