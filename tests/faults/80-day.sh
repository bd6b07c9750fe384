# shellcheck shell=bash
#
# A day in fast motion: as much as a busy platform writes in a day, every hundredth with a cause, as
# fast as journald takes it. The service's private memory does not grow with it.

# private_memory: in KiB.
private_memory() {
	container_run sed -n 's/^Private_Dirty: *\([0-9]*\) kB/\1/p' "/proc/$before/smaps_rollup"
}

has_come_to() {
	[ "$(last_enriched day)" -ge $((n_entries * $1 / 100)) ]
}

# memory_at PERCENT
memory_at() {
	need "$1 % of the day" wait_until 1200 has_come_to "$1" >&2
	private_memory
}

n_entries=$(scaled 2000000 100000)
begin
before=$(service_pid)
load_burst day "$n_entries" 100 1
tenth=$(memory_at 10)
half=$(memory_at 50)
whole=$(memory_at 100)
progress "private memory: $tenth, $half, $whole KiB"
check_same_process "$before"
check "it does not grow: $half, then $whole KiB" test "$whole" -le $((half + 1024))
check "it is at most 8 MiB" test "$whole" -le 8192
settle day
judge day
row "a day's load at once; private memory $tenth, $half, $whole KiB" 1
