# shellcheck shell=bash
#
# What a machine may run out of, and a service that is stopped by force: a full disk under the state
# directory, a limit of file descriptors, refused memory, SIGSTOP for less and for more than the
# watchdog waits. Nothing is lost, and nothing comes twice.

directory=/srv/resources
inside=${container_dir:?}/root$directory
state=/var/lib/private/becaused
n_lines=60000
every=20

main_pid() {
	container_run systemctl show --property=MainPID --value becaused.service
}

is_active() {
	container_run systemctl is-active --quiet becaused.service
}

has_restarted() {
	is_active && [ "$(main_pid)" != "$1" ]
}

# said TEXT CURSOR: how often the service has logged this since the cursor.
said() {
	journal -u becaused.service -o cat --after-cursor="$2" | grep -cF "$1" || :
}

was_said() {
	[ "$(said "$@")" -gt 0 ]
}

now() {
	container_run journalctl --quiet -n 0 --show-cursor | sed 's/^-- cursor: //'
}

# configure NAME: the files of that name to the journal.
configure() {
	service_configure <<-END
		sources:
		  - name: $1
		    files: {paths: [$directory/$1.log*], start: beginning}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
	need "$1: the service starts" service restart
}

# load NAME: start the writer, which continues until it has written all its lines.
load() {
	need "$1: the load starts" unit writer exec writer "$directory/$1.log" 10000 $n_lines $every 4096
	check "$1: the load begins" wait_until 20 is_enriched "$1" "callId=$every "
}

check_last() {
	check "$1: the last cause is enriched" wait_until 90 is_enriched "$1" "callId=$n_lines "
}

# -- a full disk ------------------------------------------------------------------

mount_state() {
	service stop
	container_run mount -t tmpfs -o size=64k,mode=0700 tmpfs $state &&
		service start
}

fill_disk() {
	! container_run dd if=/dev/zero of=$state/filler bs=4096 2>/dev/null
}

positions_sum() {
	container_run sha256sum $state/positions
}

positions_move() {
	[ "$(positions_sum)" != "$1" ]
}

cannot_restart() {
	! service restart
}

check_disk() {
	local cursor before pid

	need "disk: the state is kept on a disk of its own" mount_state
	cursor=$(now)
	pid=$(main_pid)
	load disk
	check "disk: positions are saved" wait_until 10 container_run test -s $state/positions
	check "disk: it is full" fill_disk
	before=$(positions_sum)
	check "disk: a warning is logged" wait_until 10 was_said 'cannot save positions' "$cursor"
	check_last disk
	check_equal "disk: it is logged once" 1 "$(said 'cannot save positions' "$cursor")"
	check_equal "disk: the old state is as it was" "$before" "$(positions_sum)"
	check_equal "disk: nothing is left behind" "filler positions" \
		"$(container_run ls $state | xargs)"
	check_equal "disk: the service was not restarted" "$pid" "$(main_pid)"

	service kill --signal=KILL
	check "disk: it does not start with a state it cannot keep" cannot_restart
	check_equal "disk: and the old state is as it was" "$before" "$(positions_sum)"
	container_run rm $state/filler
	check "disk: with room it starts again by itself" wait_until 30 is_active
	check "disk: and saves positions" wait_until 10 positions_move "$before"
	check_each_once disk $every $every $n_lines
	service stop
	container_run umount $state
}

# -- descriptors --------------------------------------------------------------------

n_files=40

write_files() {
	local i

	for i in $(seq 10 $((9 + n_files))); do
		seq -f "callId=%.0f releaseCause=512 file $i" $((i * 10)) $((i * 10 + 9)) \
			>>"$inside/descriptors.log-$i"
	done
}

# With fewer than the files need, the service continues with as many as it can open, in no order
# among them.
check_descriptors() {
	local cursor pid

	# It reads the journal back, whose files need descriptors as well: few of them are left.
	container_run journalctl --quiet --rotate --vacuum-files=1 2>/dev/null
	service_drop_in descriptors <<-'END'
		[Service]
		LimitNOFILE=32:16384
	END
	configure descriptors
	cursor=$(now)
	pid=$(main_pid)
	write_files
	check "descriptors: a warning is logged" wait_until 10 was_said 'cannot read some files for now' "$cursor"
	check "descriptors: some files are read" wait_until 10 is_enriched descriptors 'callId='
	container_run sleep 5 # opening fails five more times, and no line is logged
	check_equal "descriptors: it is logged once" 1 "$(said 'cannot read some files for now' "$cursor")"
	check "descriptors: there are more" container_run prlimit --pid "$pid" --nofile=16384
	check "descriptors: all files are looked at" wait_until 10 \
		was_said 'the shortage is over' "$cursor"
	check "descriptors: all causes are enriched" wait_until 20 has_calls descriptors $((n_files * 10))
	enriched_messages descriptors | sort -t= -k2n |
		check_calls "descriptors: each once" 100 1 $((100 + n_files * 10 - 1))
	check_equal "descriptors: the service was not restarted" "$pid" "$(main_pid)"
	rm -r "$container_dir/root/etc/systemd/system/becaused.service.d"
	container_run systemctl daemon-reload
}

has_calls() {
	[ "$(enriched_messages "$1" | wc -l)" -ge "$2" ]
}

# -- memory -----------------------------------------------------------------------

# refuse_memory NAME PID: from here on the kernel gives the process no memory.
refuse_memory() {
	container_run prlimit --pid "$1" --as=4096
}

# long_line NAME CALL: it needs a buffer that is larger than any before.
long_line() {
	{
		printf 'callId=%s releaseCause=512 ' "$2"
		head -c 400000 /dev/zero | tr '\0' x
		echo
	} >>"$inside/$1.log"
}

check_memory() {
	local pid

	configure memory
	seq -f 'callId=%.0f releaseCause=512' 1 1000 >>"$inside/memory.log"
	check "memory: there is enough at first" wait_until 20 is_enriched memory 'callId=1000 '
	pid=$(main_pid)
	check "memory: no more is to be had" refuse_memory "$pid"
	seq -f 'callId=%.0f releaseCause=512' 1001 1999 >>"$inside/memory.log"
	long_line memory 2000
	seq -f 'callId=%.0f releaseCause=512' 2001 3000 >>"$inside/memory.log"
	check "memory: the service is restarted" wait_until 30 has_restarted "$pid"
	check "memory: the last cause is enriched" wait_until 30 is_enriched memory 'callId=3000 '
	check_each_once memory 1 1 3000
}

# The kernel itself kills the largest process of the unit. Only where the container's memory is
# controlled.
check_killed_for_memory() {
	local pid

	container_run grep -qsw memory /sys/fs/cgroup/cgroup.controllers || return 0
	configure oom
	load oom
	pid=$(main_pid)
	container_run systemctl set-property --runtime becaused.service MemoryMax=300K MemorySwapMax=0
	check "oom: the service is killed, and restarted" wait_until 60 has_restarted "$pid"
	container_run systemctl set-property --runtime becaused.service MemoryMax= MemorySwapMax=
	check_last oom
	check_each_once oom $every $every $n_lines
}

# -- stopped ------------------------------------------------------------------------

# A stop shorter than the watchdog's timeout changes nothing.
check_pause() {
	local pid i

	configure pause
	pid=$(main_pid)
	load pause
	for i in 1 2 3 4 5; do
		service kill --signal=STOP
		container_run sleep 0.3
		service kill --signal=CONT
	done
	check_last pause
	check_each_once pause $every $every $n_lines
	check_equal "pause: the service was not restarted ($i times stopped)" "$pid" "$(main_pid)"
}

# After a longer stop the watchdog kills it, as it kills a service that hangs.
check_watchdog() {
	local pid cursor

	service_drop_in watchdog <<-'END'
		[Service]
		WatchdogSec=2s
		RestartSec=100ms
	END
	configure watchdog
	cursor=$(now)
	load watchdog
	pid=$(main_pid)
	service kill --signal=STOP
	check "watchdog: a stopped service is killed and restarted" wait_until 30 has_restarted "$pid"
	check "watchdog: by the watchdog" wait_until 10 \
		container_run sh -c "journalctl -q -o cat --after-cursor='$cursor' |
			grep -F 'becaused.service: Watchdog timeout'"
	check_last watchdog
	check_each_once watchdog $every $every $n_lines
	check "watchdog: a service that is idle is not killed" idle_lasts "$(main_pid)"
}

idle_lasts() {
	container_run sleep 5
	[ "$(main_pid)" = "$1" ]
}

mkdir -p "$inside"
chmod a+rwx "$inside"
configure disk
check_disk
check_descriptors
check_memory
check_killed_for_memory
check_pause
check_watchdog
rm -r "$inside"
