# shellcheck shell=bash
#
# journald stopped for half a minute during a load, while its sockets stay. The first datagram would
# start it again at once; so a start is held back until a gate opens, and what is sent meanwhile
# waits in the sockets. The judge compares with the journal's lines of the load.

gate=${container_dir:?}/root/var/journald-gate
gate_drop_in=$container_dir/root/etc/systemd/system/systemd-journald.service.d/gate.conf
seconds=$(scaled 30 3)

journald_is() {
	[ "$(container_run systemctl show --property=SubState --value systemd-journald.service)" = "$1" ]
}

gate_remove() {
	rm -f "$gate" "$gate_drop_in"
	container_run systemctl daemon-reload
}

# The gate is closed while its file is there.
trap gate_remove EXIT
container_write /etc/systemd/system/systemd-journald.service.d/gate.conf <<-'END'
	[Service]
	ExecStartPre=/bin/sh -c 'while [ -e /var/journald-gate ]; do sleep 0.05; done'
END
container_run systemctl daemon-reload

begin
before=$(service_pid)
load_start stopped 3000 0 2
times=$(scaled 5 1)
for ((i = 1; i <= times; i++)); do
	pause 1000
	touch "$gate"
	container_run systemctl stop systemd-journald.service 2>/dev/null || :
	need "journald is stopped, and a datagram wants it back" \
		wait_until 20 journald_is start-pre
	sleep "$seconds" # how long it is stopped
	need "it is stopped all the time" journald_is start-pre
	rm "$gate"
	need "journald is back" wait_until 30 journald_is running
done
load_stop stopped >/dev/null
check_same_process "$before"
settle stopped
judge stopped
row "journald stopped for $seconds s" "$times"
