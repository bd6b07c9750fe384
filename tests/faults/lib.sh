# shellcheck shell=bash
#
# What the fault tests share: a load, faults, and the judge. tests/faults/run sources this behind
# tests/system/lib.sh.
#
# A fault test is one row of the table. It injects its fault during a load, ends the load, lets the
# service come to its end, and has every entry of the journal judged: a row passes when nothing is
# lost, nothing is repeated, and no assertion of the test failed. A test whose
# fault must lose some of the load has in its row how much the service reported as lost.
#
# Faults come at random moments: `sleep` serves for that alone. Every wait is for a condition and has a
# deadline.

fault_scale=${BECAUSE_FAULTS_SCALE:-100}
# shellcheck disable=SC2034 # for tests/faults/run
fault_seed=${BECAUSE_FAULTS_SEED:-$((SRANDOM % 1000000))}
fault_state=/var/lib/private/becaused/positions
message_id=6655672bdd8a4801910eee4bf3ab9755
judged= # the last result of the judge: IN OUT LOST REPEATED

# scaled COUNT LEAST: that many at 100 %.
scaled() {
	local n=$(($1 * fault_scale / 100))

	echo $((n < $2 ? $2 : n))
}

# The progress of the test, on the terminal.
progress() {
	printf '   %s\n' "$*"
}

# pause MILLISECONDS: up to so many, at random.
pause() {
	local ms=$((RANDOM % $1))

	sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
}

# -- the service under test ----------------------------------------------------

# begin: a journal with nothing in it that an earlier test wrote, no positions, the installed
# configuration or the one on standard input with `begin -`, and the service runs.
begin() {
	service stop
	container_run journalctl --quiet --sync
	container_run journalctl --quiet --rotate --vacuum-size=1 2>/dev/null
	rm -rf "${container_dir:?}/root${fault_state%/*}"
	[ $# -eq 0 ] || service_configure
	need "the service starts" service start
}

# The process id of the service inside; 0 where none runs.
service_pid() {
	container_run systemctl show --property=MainPID --value becaused.service
}

status_text() {
	container_run systemctl show --property=StatusText --value becaused.service
}

# The counts that the service logs when it stops.
last_words() {
	journal -o cat _SYSTEMD_UNIT=becaused.service -n 50 | sed -n 's/^stopped: //p' | tail -n 1
}

# count_in TEXT WORDS: the number before the words in such a line; 0 where they are not.
count_in() {
	sed -n "s/.*\b\([0-9]\+\) $2.*/\1/p" <<<", $1" | grep . || echo 0
}

# The service is the same process as before. Its drop-in has Restart=no, so it would not be restarted.
check_same_process() {
	check_equal "the service ran all the time" "$1" "$(service_pid)"
}

# wakeups PID: the voluntary switches of context of the process so far, in any of its threads.
wakeups() {
	# shellcheck disable=SC2016 # awk's own
	container_run sh -c 'cat "/proc/$1"/task/*/status' - "$1" |
		awk '$1 == "voluntary_ctxt_switches:" { n += $2 } END { print n }'
}

# is_quiet PID: it does not wake up for five seconds.
is_quiet() {
	local before

	before=$(wakeups "$1")
	sleep 5
	[ "$before" = "$(wakeups "$1")" ]
}

# -- the load ------------------------------------------------------------------

# load_start IDENTIFIER RATE COUNT EVERY: load.c as a unit, until load_stop; the test continues when
# the first cause is enriched, for only then is the position of the service known.
load_start() {
	container_run systemctl reset-failed test-load.service 2>/dev/null || :
	need "$1: the load starts" unit load exec -p TimeoutStopSec=900 -p "StandardOutput=truncate:/root/$1.total" \
		load "$1" "$2" "$3" "$4" 1
	need "$1: the load runs and is enriched" wait_until 30 load_is_enriched "$1"
}

# load_is_enriched IDENTIFIER: hopeless once the load has ended.
load_is_enriched() {
	unit_runs load || return "${hopeless:?}"
	has_enriched "$1"
}

# load_burst IDENTIFIER COUNT EVERY FIRST OPTION…: as many at once, as fast as journald takes them;
# the options are systemd-run's. The unit stays when it fails.
load_burst() {
	container_run systemctl reset-failed test-burst.service 2>/dev/null || :
	container_run systemd-run --quiet --unit=test-burst -p LogRateLimitIntervalSec=1us \
		-p StandardOutput=null "${@:5}" load "$1" 0 "$2" "$3" "$4"
}

load_burst_failed() {
	container_run systemctl is-failed --quiet test-burst.service
}

# load_stop IDENTIFIER: prints how many entries were written.
load_stop() {
	unit_stop load
	cat "$container_dir/root/root/$1.total"
}

has_enriched() {
	journal -n 1 -o cat -t "$1" "MESSAGE_ID=$message_id" | grep -q .
}

# last_enriched IDENTIFIER: the number of the call that was enriched last, or 0.
last_enriched() {
	local seen

	seen=$(journal -n 1 -o cat -t "$1" "MESSAGE_ID=$message_id")
	[[ $seen =~ ^callId=([0-9]+) ]] && echo "${BASH_REMATCH[1]}" || echo 0
}

# The marker has a cause that the load has not.
has_marker() {
	journal -n 1 -o cat -t "$1" "MESSAGE_ID=$message_id" RELEASE_CAUSE=548 | grep -q .
}

# settle IDENTIFIER: the load is over. A last cause, with no number, is written behind it, and when
# that is enriched the service has read all. Then it is stopped, so that it delivers all that is still in
# flight. This cause is less severe than the load's: journald has a rate limit for each severity, and the
# load may have reached its own.
settle() {
	service start
	container_run logger -t "$1" 'callId=marker releaseCause=548'
	await_marker "$1"
}

await_marker() {
	check "$1: the end of the load is enriched" wait_until "$(scaled 600 120)" has_marker "$1"
	service stop
	container_run journalctl --quiet --sync
}

# -- the judgment --------------------------------------------------------------

# judge ARGUMENT…: judge.c, inside; its words are shown, its numbers kept for the row.
judge() {
	judged=$(container_run judge "$@" 2>"$container_dir/judge")
	sed 's/^/   /' "$container_dir/judge"
	progress "judged: $judged (in, out, lost, repeated)"
	check "$*: there was a load" test "$(judged_in)" -gt 0
}

judged_in() {
	echo "${judged%% *}"
}

# row FAULT TIMES [LOST]: the row of this test, from the last judgment. LOST is how many must be
# missing, and were reported as lost.
row() {
	local in out lost repeated

	read -r in out lost repeated <<<"$judged"
	check_equal "$1: lost" "${3:-0}" "$lost"
	check_equal "$1: repeated" 0 "$repeated"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$in" "$out" "$lost" "$repeated" \
		>>"$container_dir/table"
}

# -- faults --------------------------------------------------------------------

# kill_service WHEN DELETE: kill -9 at a random moment in half a second, after the program began to
# run (WHEN is starting) or after it was ready (running); with DELETE 1 its positions are deleted
# too, after a wait until they exist. Then it is started without a wait, so that the next kill may find
# it starting. Prints killed or deleted, or what else has happened.
kill_service() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	container_run timeout 60 bash -c '
		delay=$1 when=$2 delete=$3 state=$4
		show() { systemctl show --value --property="$1" becaused.service; }
		is_there() {
			pid=$(show MainPID)
			[ "$pid" != 0 ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = becaused ] || return
			[ "$when" = starting ] || [ "$(show SubState)" = running ] || return
			[ "$delete" = 0 ] || [ -e "$state" ]
		}
		until is_there; do
			case $(show ActiveState) in
			failed | inactive) echo "it had ended before: $(show Result)"
				exec systemctl start --no-block becaused.service ;;
			esac
		done
		sleep "$delay"
		kill -KILL "$pid" || exit
		until case $(show ActiveState) in failed) ;; *) false ;; esac; do :; done
		done=killed
		[ "$delete" = 0 ] || ! rm "$state" || done=deleted
		systemctl start --no-block becaused.service
		echo "$done"' - "$(printf '0.%03d' $((RANDOM % 500)))" "$1" "$2" "$fault_state"
}

# kill_often COUNT EACH [COMMAND…]: so many kills; after each of them the command, which gets its
# number. One of every EACH kills, at random, also deletes the positions; with EACH 0, none does. One
# in four of the others comes while the service may still be starting; the rest let it run first, or
# a service that is slow to start would never be killed at work. Sets n_killed, n_deleted.
kill_often() {
	local times=$1 each=$2 i chosen=-1 delete seen when

	n_killed=0
	n_deleted=0
	for ((i = 0; i < times; i++)); do
		[ "$each" -eq 0 ] || [ $((i % each)) -ne 0 ] || chosen=$((i + RANDOM % each))
		delete=$((i == chosen))
		when=running
		[ "$delete" -eq 1 ] || [ $((RANDOM % 4)) -ne 0 ] || when=starting
		seen=$(kill_service "$when" "$delete") || seen="in vain: $seen"
		case $seen in
		killed) n_killed=$((n_killed + 1)) ;;
		deleted) n_killed=$((n_killed + 1)) n_deleted=$((n_deleted + 1)) ;;
		*) progress "kill $((i + 1)): $seen" ;;
		esac
		[ $# -lt 3 ] || "${@:3}" "$i"
		[ $(((i + 1) % 50)) -ne 0 ] || progress "$((i + 1)) kills"
	done
}
