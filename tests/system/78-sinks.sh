# shellcheck shell=bash
#
# Several sinks at once, and what happens to one when the other fails: a log server that is killed
# and restarted over and over, one that is down for long, one that does not read. The
# journal sink beside them has everything exactly once, and the server everything at least once.

directory=/srv/sinks
inside=${container_dir:?}/root$directory
window=$((4 * 1024 * 1024)) # bytes that may be in flight, and repeated after a disconnect

# Calls of the messages on standard input, in whichever format, as they come.
calls() {
	grep -ao 'callId=[0-9]* ' | tr -dc '0-9\n'
}

# The call that was received last; none is 0.
last_received() {
	local call=

	[ ! -e "$inside/$1" ] || call=$(tail -n 1 "$inside/$1" | calls)
	echo "${call:-0}"
}

# has_come_to NAME CALL: what is received is this call or a later one.
has_come_to() {
	[ "$(last_received "$1")" -ge "$2" ]
}

has_call() {
	grep -qa "\<callId=$2 " "$inside/$1"
}

# The largest distance of a repeated call from the end of what had been received by then, in bytes.
furthest_repeat() {
	LC_ALL=C awk '
		{ match($0, /callId=[0-9]+/); call = substr($0, RSTART, RLENGTH) }
		!(call in at) { at[call] = sum; sum += length($0) + 1; next }
		sum - at[call] > furthest { furthest = sum - at[call] }
		END { print furthest + 0 }' "$inside/$1"
}

# check_received NAME FIRST STEP LAST: the receiver has got every call, the first copies in order,
# and repeats are no further back than the window.
check_received() {
	local furthest

	calls <"$inside/$1" | awk '!seen[$1]++' | sed 's/.*/callId=&/' |
		check_calls "$1: every cause arrives, in order" "$2" "$3" "$4"
	furthest=$(furthest_repeat "$1")
	check "$1: repeats come from the window in flight only ($furthest bytes of it at most)" \
		test "$furthest" -le $window
}

# configure_socket NAME ADDRESS FORMAT: the log of this name goes to the journal and there.
configure_socket() {
	service_configure <<-END
		sources:
		  - name: sinks-$1
		    files: {paths: [$directory/$1.log]}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
		  - name: $1
		    socket: {address: $2, format: $3}
	END
	need "$1: the service starts" service restart
}

# -- killed and back ------------------------------------------------------------

# check_breaks NAME ADDRESS TIMES: so often is the receiver killed and started again, each time when
# it has got two seconds' worth of new records. If it was down again at once, the sink would retry
# at longer and longer intervals.
check_breaks() {
	local kills=0 before last

	unit "$1" exec receiver "$2" "$directory/$1"
	need "$1: the load starts" unit writer exec -p "StandardOutput=truncate:$directory/$1.total" \
		writer "$directory/$1.log" 20000 0 40 4096
	while [ $kills -lt "$3" ]; do
		before=$(last_received "$1")
		wait_until 60 has_come_to "$1" $((before + 40000)) >/dev/null || break
		container_run systemctl kill --signal=KILL "test-$1.service"
		wait_until 10 is_gone "$1" || break
		unit "$1" exec receiver "$2" "$directory/$1"
		kills=$((kills + 1))
	done
	check_equal "$1: the receiver was killed and came back" "$3" $kills
	unit_stop writer
	last=$(($(cat "$inside/$1.total") / 40 * 40))
	check "$1: the last cause arrives" wait_until 90 has_call "$1" $last
	check_received "$1" 40 40 $last
	check "$1: and is in the journal" wait_until 60 is_enriched "$1" "callId=$last "
	check_each_once "$1" 40 40 $last
	unit_stop "$1"
}

is_gone() {
	! container_run systemctl is-active --quiet "test-$1.service"
}

# -- down ------------------------------------------------------------------

# The journal sink continues while the other sink has no receiver, also through a restart of the
# service. Once there is a receiver, it gets everything.
check_dead() {
	seq -f 'callId=%.0f releaseCause=512' 1 20000 >>"$inside/dead.log"
	check "dead: the journal sink continues without it" wait_until 60 \
		is_enriched dead 'callId=20000 '
	check "dead: the service restarts" service restart
	seq -f 'callId=%.0f releaseCause=512' 20001 21000 >>"$inside/dead.log"
	check "dead: and the journal sink still continues" wait_until 60 \
		is_enriched dead 'callId=21000 '
	check_each_once dead 1 1 21000
	check "dead: a warning is logged" is_warned 127.0.0.1:5146
	unit dead exec receiver tcp:5146 $directory/dead
	check "dead: when the receiver comes, it gets all of it" wait_until 90 has_call dead 21000
	check_received dead 1 1 21000
	check_each_once dead 1 1 21000
}

is_warned() {
	journal -u becaused.service -p warning -o cat | grep -F "$1"
}

# -- killed itself --------------------------------------------------------------

# The service is killed while it writes to both, and the load lasts until it has been killed often
# enough. Each gets again what it got between the last saving of positions and the kill.
check_killed() {
	local last

	unit sink-killed exec receiver unix:$directory/sink-killed.socket $directory/sink-killed
	need "killed: the load starts" unit writer exec \
		-p "StandardOutput=truncate:$directory/sink-killed.total" \
		writer $directory/sink-killed.log 20000 0 20 4096
	for _ in 1 2 3 4 5; do
		service kill --signal=KILL
		service restart # start would wait for RestartSec=
	done
	check "killed: each kill came while the platform wrote" unit_runs writer
	unit_stop writer
	last=$(cat "$inside/sink-killed.total")
	last=$((last - last % 20))
	check "killed: the last cause arrives" wait_until 90 has_call sink-killed $last
	check_received sink-killed 20 20 $last
	check "killed: and is in the journal" wait_until 60 is_enriched sink-killed "callId=$last "
	check_none_missing sink-killed 20 20 $last
	unit_stop sink-killed
}

# -- several of everything ------------------------------------------------------

# A journal, files and a socket to a journal and a server, each record to both.
check_several() {
	local identifier

	unit several exec receiver unix:$directory/several.socket $directory/several
	service_configure <<-END
		sources:
		  - name: several-journal
		    journal: {identifiers: [several-j]}
		  - name: several-files
		    files: {paths: [$directory/several-f.log]}
		  - name: several-net
		    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
		  - name: server
		    socket: {address: unix:$directory/several.socket, format: json}
	END
	need "several: the service starts" service restart
	flood 2000 1 several-j
	seq -f 'callId=%.0f releaseCause=512' 1 2000 >"$inside/several-f.log"
	seq -f 'callId=%.0f releaseCause=512' 1 2000 | container_write $directory/several-n
	container_run logger -u /run/becaused/syslog -t several-n -f $directory/several-n
	for identifier in several-j several-f several-n; do
		check "$identifier: the last is enriched" wait_until 60 \
			is_enriched $identifier 'callId=2000 '
		check_each_once $identifier 1 1 2000
		check "$identifier: the server has the last as well" wait_until 60 \
			has_json $identifier 2000
		jq -r --arg identifier $identifier 'select(.identifier == $identifier) | .message' \
			"$inside/several" | check_calls "$identifier: the server has each, in order" 1 1 2000
	done
	unit_stop several
}

has_json() {
	jq --arg identifier "$1" --arg text "callId=$2 " \
		'select(.identifier == $identifier) | select(.message | startswith($text))' \
		"$inside/several" | grep -q .
}

# -- the documented configuration -----------------------------------------------

# The example of the documentation, with everything in it.
check_example() {
	container_write /root/example.yaml <<-'END'
		profiles: [huawei-cec, huawei-cec-outbound]
		severity: raise
		unknown: report
		overrides:
		  huawei-cec:
		    562: {severity: info, action: Outside opening hours this is normal.}
		sources:
		  - name: platform
		    journal: {units: [], identifiers: [], namespace: "", directory: "", start: end}
		    profiles: [huawei-cec, huawei-cec-outbound]
		  - name: files
		    files: {paths: [/var/log/cec/*.log], start: end}
		  - name: net
		    syslog:
		      listen: [udp:127.0.0.1:5514, tcp:127.0.0.1:5514, unix-dgram:/run/becaused/syslog, systemd]
		sinks:
		  - name: journal
		    journal: {namespace: ""}
		  - name: noc
		    socket: {address: tcp:loghost:6514, format: rfc5424}
	END
	check "becaused --check takes the documented example" container_run \
		becaused --config /root/example.yaml --check
	check "because check does" container_run because check --config /root/example.yaml
}

mkdir -p "$inside"
chmod a+rwx "$inside"
check_example
service_allow_network
configure_socket dead tcp:127.0.0.1:5146 rfc5424
check_dead
unit_stop dead
configure_socket tcp tcp:127.0.0.1:5146 rfc5424
check_breaks tcp tcp:5146 20
configure_socket unix unix:$directory/unix.socket json
check_breaks unix unix:$directory/unix.socket 5
configure_socket sink-killed unix:$directory/sink-killed.socket json
check_killed
check_several
rm -r "$inside"
