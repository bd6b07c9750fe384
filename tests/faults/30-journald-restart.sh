# shellcheck shell=bash
#
# journald restarted at random moments during a load. The judge compares with the journal's lines of the load.

begin
before=$(service_pid)
load_start restarted 3000 0 2
times=$(scaled 100 4)
for ((i = 1; i <= times; i++)); do
	pause 1000
	need "journald restarts" container_run systemctl restart systemd-journald.service >/dev/null
	[ $((i % 10)) -ne 0 ] || progress "$i restarts"
done
load_stop restarted >/dev/null
check_same_process "$before"
settle restarted
judge restarted
row "journald restarted" "$times"
