/* The service manager ignores a message of more than 4096 bytes, and a status that is not UTF-8
 * (systemd 252, manager_dispatch_notify_fd and service_notify_message). A line end would begin
 * another assignment. */
#include "config.h"

#include "daemon/notify-status.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/text.h"

enum { STATUS_SIZE = 4096 - sizeof("STATUS=") };

void status_send(const char *text)
{
	char status[STATUS_SIZE];

	(void)snprintf(status, sizeof(status), "%s", text);
	text_mask_for_terminal(status, strlen(status));
	text_mask_damage(status, strlen(status));
	(void)sd_notifyf(0, "STATUS=%s", status);
}
