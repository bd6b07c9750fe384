#include "config.h"

#include "sink/resolve.h"
