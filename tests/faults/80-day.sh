# shellcheck shell=bash
#
# A day in fast motion: as much as a busy platform writes in a day, every hundredth with a cause, as
# fast as journald takes it. The service's private memory does not grow with it.

# private_memory: in KiB.
private_memory() {
	container_run sed -n 's/^Private_Dirty: *\([0-9]*\) kB/\1/p' "/proc/$before/smaps_rollup"
}

has_come_to() {
	! load_burst_failed || return "${hopeless:?}"
	[ "$(last_enriched day)" -ge $((n_entries * $1 / 100)) ]
}

n_entries=$(scaled 2000000 100000)
begin
before=$(service_pid)
need "the load starts" load_burst day "$n_entries" 100 1
memory=()
for percent in 10 50 100; do
	need "$percent % of the day" wait_until 1200 has_come_to $percent
	memory+=("$(private_memory)")
done
half=${memory[1]} whole=${memory[2]}
progress "private memory: ${memory[*]} KiB"
check_same_process "$before"
check "it does not grow: $half, then $whole KiB" test "$whole" -le $((half + 1024))
check "it is at most 8 MiB" test "$whole" -le 8192
settle day
judge day
row "a day's load at once; private memory ${memory[0]}, $half, $whole KiB" 1
