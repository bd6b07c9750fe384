/* The line of `systemctl status`. */
#pragma once

/* Send the line to the service manager, if there is one. Text that it would not accept is cut or
 * masked. */
void status_send(const char *text);
