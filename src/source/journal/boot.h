/* Which boot of the machine this is. */
#pragma once

#include <systemd/sd-id128.h>

/* From the kernel; or, where /proc is closed to all but processes, from the environment variable
 * BECAUSED_BOOT_ID, which the unit sets. Returns 0 or a negative errno: neither has it. */
int boot_find(sd_id128_t *ret);
