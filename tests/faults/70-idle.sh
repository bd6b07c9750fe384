# shellcheck shell=bash
#
# Nothing is written: the service sleeps, but for the watchdog's notification twice in its 60 seconds. A
# wakeup is a voluntary switch of context, in any of its threads.

newest_entry() {
	journal -n 1 -o export | sed -n 's/^__CURSOR=//p'
}

begin
load_start idle 1000 0 2
load_stop idle >/dev/null
container_run logger -t idle 'callId=marker releaseCause=548'
need "the end of the load is enriched" wait_until 30 has_marker idle
pid=$(service_pid)
seconds=$(scaled 60 15)
need "the service becomes idle" wait_until 60 is_quiet "$pid"
entry=$(newest_entry)
before=$(wakeups "$pid")
sleep "$seconds" # the time that is measured
n=$(($(wakeups "$pid") - before))
check_equal "the journal has no new entry" "$entry" "$(newest_entry)"
check_same_process "$pid"
check "no wakeups but the watchdog's: $n" test "$n" -le $((seconds / 30 + 1))
service stop
container_run journalctl --quiet --sync
judge idle
row "idle for $seconds s; $n wakeups" 1
