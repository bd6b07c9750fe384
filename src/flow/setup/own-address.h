/* Whether what is sent to an address arrives at this machine, at another address. */
#pragma once

#include <stdbool.h>

struct address;

/* Whether data sent to `to` arrives at `at`, where a source listens. Known are the addresses that
 * this machine has now, IPv4 addresses in IPv6 notation, its names (gethostname(2), localhost,
 * /etc/hosts), and links on the way to the path of a socket. No name server is asked, so a name
 * that only it knows leads nowhere. */
bool own_address_leads_to(const struct address *to, const struct address *at);
