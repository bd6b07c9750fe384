#include "config.h"

#include "sink/tls.h"
