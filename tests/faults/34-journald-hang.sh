# shellcheck shell=bash
#
# journald hangs for half a minute during a load: it runs, and reads nothing. The judge
# compares with the journal's lines of the load.

seconds=$(scaled 30 3)

begin
before=$(service_pid)
load_start hanging 3000 0 2
times=$(scaled 5 1)
for ((i = 1; i <= times; i++)); do
	pause 1000
	container_run systemctl kill --signal=STOP systemd-journald.service
	sleep "$seconds" # how long it hangs
	container_run systemctl kill --signal=CONT systemd-journald.service
done
load_stop hanging >/dev/null
check_same_process "$before"
settle hanging
judge hanging
row "journald hangs for $seconds s" "$times"
