/* Whether what is sent to an address arrives at this machine, at another address. */
#pragma once

struct address;

enum own_address {
	OWN_ADDRESS_ELSEWHERE,
	OWN_ADDRESS_NOW, /* while the machine has the address: a cluster may move it */
	OWN_ADDRESS_ALWAYS,
};

/* Whether data sent to `to` arrives at `at`, where a source listens. Known are the addresses that
 * this machine has now, IPv4 addresses in IPv6 notation, its names (gethostname(2), localhost,
 * /etc/hosts), and links on the way to the path of a socket. No name server is asked, so a name
 * that only it knows leads nowhere. */
enum own_address own_address_find(const struct address *to, const struct address *at);
