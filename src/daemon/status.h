/* The line of `systemctl status`. */
#pragma once

/* Tell the service manager, if there is one. What it would not take is cut or masked. */
void status_tell(const char *text);
