#include "config.h"

#include "wire/rfc3164.h"
