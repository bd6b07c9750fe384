# shellcheck shell=bash
#
# kill -9 of journald at random moments during a load. What it had accepted and not written is lost, of
# the load and of what the service sent. The judge compares with the journal's lines of the load, which is
# fast, so that journald nearly always has accepted something.

journald_pid() {
	container_run systemctl show --property=MainPID --value systemd-journald.service
}

# journald_is_new PID: it runs, under another number.
journald_is_new() {
	local pid

	pid=$(journald_pid)
	[ "$pid" != 0 ] && [ "$pid" != "$1" ]
}

begin
before=$(service_pid)
load_start killed 8000 0 2
times=$(scaled 20 4)
for ((i = 1; i <= times; i++)); do
	pause 1000
	pid=$(journald_pid)
	container_run systemctl kill --kill-who=main --signal=KILL systemd-journald.service
	need "journald is back" wait_until 30 journald_is_new "$pid"
done
load_stop killed >/dev/null
check_same_process "$before"
settle killed
judge killed
row "journald killed with -9" "$times"
