# shellcheck shell=bash
#
# kill -9 of the service at random moments while it reads a log file that is rotated by renaming now
# and then, files to journal; at every tenth its positions go too, between the kill and the start.
# The judge reads the files. Between two rotations most kills let the service run, so it has seen each
# file under its own name: it cannot know of a file that appears and disappears while it is down.

logs=/var/log/because-faults
inside=${container_dir:?}/root$logs

# sometimes_rotate KILL: after every tenth.
sometimes_rotate() {
	[ $((($1 + 1) % 10)) -eq 0 ] || return 0
	mv "$inside/calls.log" "$inside/calls.log-$1"
	container_run systemctl kill --signal=HUP test-writer.service
	need "calls.log is made anew" wait_until 10 test -s "$inside/calls.log"
	n_rotated=$((n_rotated + 1))
}

lines() {
	cat "$inside"/calls.log*
}

# has_lines COUNT: the writer runs until it is stopped, so a wait for more makes sense only while it runs.
has_lines() {
	unit_runs writer || return "${hopeless:?}"
	[ "$(lines | wc -l)" -ge "$1" ]
}

rm -rf "$inside"
mkdir -p "$inside"
begin - <<-END
	sources:
	  - name: calls
	    files: {paths: [$logs/*.log], start: beginning}
	sinks:
	  - name: journal
	    journal: {}
END
n_rotated=0
need "the load starts" unit writer exec -p "StandardOutput=truncate:$logs/total" \
	writer "$logs/calls.log" 3000 0 2 0
need "the log is written and enriched" wait_until 30 has_enriched calls
kill_often "$(scaled 500 20)" 10 sometimes_rotate
need "the load is as large as it is to be" wait_until 600 has_lines "$(scaled 500000 20000)"
unit_stop writer
check_equal "the files have the whole load" "$(cat "$inside/total")" "$(lines | wc -l)"
service start
echo 'callId=marker pid=0 talk=0 releaseCause=548' >>"$inside/calls.log"
# An older file may be read behind the marker's.
check "calls: the end of the load is enriched" wait_until "$(scaled 600 120)" has_marker calls
check "calls: the service becomes idle" wait_until 120 is_quiet "$(service_pid)"
service stop
container_run journalctl --quiet --sync
lines | sed -n 's/^callId=\([0-9][0-9]*\) .* releaseCause=.*/\1/p' >"$container_dir/root/root/calls"
judge calls /root/calls
row "kill -9, files to journal; $n_rotated rotations; positions deleted at ${n_deleted:?}" \
	"${n_killed:?}"
rm -r "$inside"
