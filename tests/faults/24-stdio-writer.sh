# shellcheck shell=bash
#
# A program writes a line every 100 ms, but through stdio's own buffer: its log ends in the midst of a
# line for ten seconds at a time. The service is killed twice with kill -9. Each line is enriched
# once, whole and with its own cause.

log=/var/log/because-stdio/stdio.log
inside=${container_dir:?}/root${log%/*}
n_lines=$(scaled 2400 350)

# has_written PARTS: so many quarters of the load are in the file.
has_written() {
	unit_runs stdio || return "${hopeless:?}"
	[ "$(wc -l <"$container_dir/root$log")" -ge $((n_lines * $1 / 4)) ]
}

# has_torn_end: the writer is in the midst of a line.
has_torn_end() {
	[ -n "$(tail -c 1 "$container_dir/root$log")" ]
}

# is_other PID: the service runs, and is not that process.
is_other() {
	container_run systemctl is-active --quiet becaused.service && [ "$(service_pid)" != "$1" ]
}

# kill_behind PARTS: when so much is written, and a line is torn.
kill_behind() {
	local pid

	need "part $1 of the log is written" wait_until 120 has_written "$1"
	need "its last line is torn" wait_until 60 has_torn_end
	pid=$(service_pid)
	need "the service is killed" test "$(kill_service running 0)" = killed
	need "the service runs again" wait_until 60 is_other "$pid"
	n_killed=$((n_killed + 1))
}

has_enriched_last() {
	[ "$(last_enriched stdio)" -eq "$n_lines" ]
}

# The messages as they were, and the code that was found in each.
explained() {
	enriched_messages stdio | sed -n 's/ \[release cause \([0-9]*\) .*/ \1/p'
}

wanted() {
	awk -v n="$n_lines" 'BEGIN {
		split("548 562 512", causes)
		for (i = 1; i <= n; i++) {
			cause = causes[(i - 1) % 3 + 1]
			print "callId=" i " talk=0 releaseCause=" cause " " cause
		}
	}'
}

rm -rf "$inside"
mkdir -p "$inside"
begin - <<-END
	sources:
	  - name: stdio
	    files: {paths: [$log], start: beginning}
	sinks:
	  - name: journal
	    journal: {}
	END
n_killed=0
need "the writer starts" unit stdio exec -p "StandardOutput=truncate:${log%/*}/size" \
	stdio "$log" "$n_lines" 100
need "the log is written and enriched" wait_until 60 has_enriched stdio
kill_behind 1
kill_behind 2
check "the last line is enriched" wait_until 300 has_enriched_last
check "the service becomes idle" wait_until 120 is_quiet "$(service_pid)"
service stop
container_run journalctl --quiet --sync
check_equal "the writer's buffer was stdio's own" 4096 "$(cat "$inside/size")"
wanted >"$container_dir/wanted"
explained >"$container_dir/seen"
check "each line is whole and has its own cause" diff --unified=0 "$container_dir/wanted" \
	"$container_dir/seen"
seq "$n_lines" >"$container_dir/root/root/calls"
judge stdio /root/calls
row "kill -9, a log that is written through stdio's buffer" "$n_killed"
rm -r "$inside"
