# shellcheck shell=bash
#
# kill -9 of the service at random moments while it reads many log files in which the same lines are,
# and which are all rotated now and then: renamed in three ways, the one with a day also compressed
# later, or copied and truncated. Half of the files match a glob that matches rotated names as well.
# Each line of each file is enriched once.
#
# A rotation comes right behind every second kill: before the service runs again, or when it does. Until
# the next one the service has seen the new files: it cannot know of a file that appears and
# disappears while it is down.

logs=/var/log/because-equal
inside=${container_dir:?}/root$logs
n_files=$(scaled 1000 50)

# has_read CALL: the call is enriched out of each file. Those of the cause 548 are few, and so near the end.
has_read() {
	[ "$(journal -n $((n_files * 4)) -o cat "MESSAGE_ID=${message_id:?}" RELEASE_CAUSE=548 |
		grep -c "^callId=$1 ")" -ge "$n_files" ]
}

# has_read_rotated: the same of what was written just before the last rotation, and just behind it.
has_read_rotated() {
	local first

	read -r _ first _ <"$inside/rotated"
	has_read $((first - 1)) && has_read "$first"
}

is_active() {
	container_run systemctl is-active --quiet becaused.service
}

has_rotated() {
	[ "$(cut -d ' ' -f 1 "$inside/rotated")" = "$1" ]
}

# rotate: what was renamed by the rotation before is compressed.
rotate() {
	local kind day

	[ ! -e "$inside/rotated" ] || read -r _ _ kind day <"$inside/rotated"
	container_run systemctl kill --signal=USR1 test-files.service
	n_rotated=$((n_rotated + 1))
	need "all files are rotated" wait_until 60 has_rotated "$n_rotated"
	[ "${kind:-}" != rename ] ||
		container_run sh -c "find $logs -name '*.log-$day' -print0 | xargs -0 gzip"
}

# rotate_or_wait KILL
rotate_or_wait() {
	if [ $(($1 % 2)) -eq 1 ]; then
		need "rotation $n_rotated is read" wait_until 120 has_read_rotated
		return
	fi
	[ $((RANDOM % 2)) -eq 0 ] || need "the service runs" wait_until 60 is_active
	rotate
}

# A file that may be a copy waits for ten seconds, which is longer than is_quiet looks.
is_idle() {
	is_quiet "$1" && is_quiet "$1" && is_quiet "$1"
}

rm -rf "$inside"
mkdir -p "$inside/one" "$inside/all"
begin - <<-END
	sources:
	  - name: equal
	    files: {paths: [$logs/one/*.log, '$logs/all/*.log*'], start: beginning}
	sinks:
	  - name: journal
	    journal: {}
	END
n_rotated=0
need "the load starts" unit files exec -p "StandardOutput=truncate:$logs/total" \
	equal-files "$logs" "$n_files" "$n_files" log rename copy number
need "all files are written and enriched" wait_until 60 has_read 1
kill_often "$(scaled 100 16)" 0 rotate_or_wait
unit_stop files
n_calls=$(cat "$inside/total")
check "the end of each file is enriched" wait_until 300 has_read "$n_calls"
check "the service becomes idle" wait_until 120 is_idle "$(service_pid)"
service stop
container_run journalctl --quiet --sync
awk -v files="$n_files" -v calls="$n_calls" 'BEGIN {
	for (file = 0; file < files; file++)
		for (call = 1; call <= calls; call++)
			print file * 10000 + call
}' >"$container_dir/root/root/calls"
judge --files node /root/calls
row "kill -9, $n_files files with equal text; $n_rotated rotations of each" "${n_killed:?}"
rm -r "$inside"
