# shellcheck shell=bash
#
# Attacks: lines that are slow for patterns, entries that are too large, silent clients, a pipe as state
# file. None stops the service, hides a cause, or locks out others.

directory=/srv/hostile
inside=${container_dir:?}/root$directory
profiles=$container_dir/root${sysconfdir:-/etc}/becaused/profiles
metrics=/run/becaused/becaused.prom

# metric NAME SOURCE: its value.
metric() {
	container_run sed -n "s/^$1{.*source=\"$2\".*} //p" "$metrics"
}

has_metric() {
	[ "$(metric "$1" "$2")" -ge "$3" ]
}

has_logged() {
	journal -u becaused.service -o cat | grep -qF -e "$1"
}

n_restarts() {
	container_run systemctl show --property=NRestarts --value becaused.service
}

# Memory of its own, in KiB.
own_memory() {
	local pid

	pid=$(container_run systemctl show --property=MainPID --value becaused.service)
	container_run sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"
}

# entry NAME: standard input is an entry in systemd's native protocol, of any size.
entry() {
	cat >"$inside/$1"
	container_run logger --journald="$directory/$1"
	rm "$inside/$1"
}

# long BYTES
long() {
	head -c "$1" /dev/zero | tr '\0' a
}

# -- patterns -------------------------------------------------------------------------

# slow_profile NAME FIRST: 25 different patterns that are slow on long words.
slow_profile() {
	local i shapes=('\w+%u? code (?<cause>\d+)' '(?:\w+\s?)+%u? code (?<cause>\d+)'
		'(?:a|a)*b{%u} code (?<cause>\d+)' '(?:a?){%u}a{%u} code (?<cause>\d+)x'
		'(.*)(.*)(.*)x{%u} code (?<cause>\d+)' '(\w+)\1{%u}x code (?<cause>\d+)'
		'(?<=a{20%u})a code (?<cause>\d+)x' '((a+)+)+b{%u} code (?<cause>\d+)'
		'(a)(a)(a)(a)(a)(a)(a)(a)(.)*(.)*x{%u} code (?<cause>\d+)')

	printf 'profile: %s\ncatalog: huawei-cec\npatterns:\n' "$1"
	for ((i = $2; i < $2 + 25; i++)); do
		printf "  - {requires: ' code ', regex: '%s'}\n" \
			"${shapes[i % ${#shapes[@]}]//%u/$((1 + i / ${#shapes[@]}))}"
	done
}

check_patterns() {
	local before i names=() restarts size

	for i in 1 2 3 4 5 6 7 8; do
		slow_profile "slow-$i" $((25 * i)) >"$profiles/slow-$i.yaml"
		names+=("slow-$i")
	done
	service_configure <<-END
		profiles: [huawei-cec, $(
			IFS=,
			echo "${names[*]}"
		)]
		sources:
		  - name: platform
		    journal: {}
	END
	need "patterns: the service starts with 200 slow ones" service restart
	restarts=$(n_restarts)
	for size in 64000 900000 60000000; do
		for i in 1 2 3; do
			{
				printf 'MESSAGE='
				long $size
				printf ' code -xb1\nSYSLOG_IDENTIFIER=slow\n'
			} | entry slow
		done
		container_run logger -t slow "callId=$size releaseCause=512"
		check "patterns: a cause behind lines of $size bytes is explained" wait_until 60 \
			is_enriched slow "callId=$size "
	done
	before=$(metric becaused_gave_up_total platform)
	seq -f "%.0f $(long 300) code -xb1" 300 | container_run logger -t slow
	container_run logger -t slow "callId=7 releaseCause=512"
	check "patterns: and one behind hundreds of short ones" wait_until 120 is_enriched slow 'callId=7 '
	check "patterns: each line that a pattern gave up on is counted" wait_until 30 \
		has_metric becaused_gave_up_total platform $((before + 300))
	check "patterns: the profile is named" has_logged "the profile 'slow-"
	check_equal "patterns: the service ran all the time" "$restarts" "$(n_restarts)"
	check "patterns: memory is given back ($(own_memory) KiB)" \
		test "$(own_memory)" -lt 16384
	rm "$profiles"/slow-*.yaml
}

# -- large entries --------------------------------------------------------------------

check_large() {
	service_configure <<-'END'
		sources:
		  - name: platform
		    journal: {}
	END
	need "large: the service starts" service restart
	{
		printf 'BLOB='
		long 70000000
		printf '\nMESSAGE=callId=1 releaseCause=512\nSYSLOG_IDENTIFIER=large\n'
	} | entry large
	check "large: a field of 70 MB hides nothing" wait_until 30 is_enriched large 'callId=1 '
	{
		printf 'MESSAGE=callId=2 releaseCause=512 '
		long 60000000
		printf '\nSYSLOG_IDENTIFIER=large\n'
	} | entry large
	check "large: of a message of 60 MB the beginning is explained" wait_until 30 \
		is_enriched large 'callId=2 '
	container_run logger -t large 'callId=3 releaseCause=512'
	check "large: so is the next" wait_until 30 is_enriched large 'callId=3 '
	check "large: both are counted as cut" wait_until 30 has_metric becaused_cut_total platform 2
	check "large: memory is given back ($(own_memory) KiB)" test "$(own_memory)" -lt 16384
}

# -- silent clients -------------------------------------------------------------------

check_crowd() {
	service_allow_network
	service_configure <<-END
		sources:
		  - name: net
		    syslog: {listen: [tcp:127.0.0.1:5514, unix:/run/becaused/stream]}
	END
	need "crowd: the service starts" service restart
	need "crowd: 2000 silent clients by TCP connect" unit crowd-tcp notify \
		-p LimitNOFILE=4096 crowd 5514 2000 100 256000
	need "crowd: and 2000 of this machine" unit crowd-unix notify \
		-p LimitNOFILE=4096 crowd /run/becaused/stream 2000 100 256000
	echo '<13>Nov 22 10:00:00 host crowd: callId=1 releaseCause=512' |
		container_run socat -u - TCP:127.0.0.1:5514
	check "crowd: a new client by TCP is served" wait_until 20 is_enriched crowd 'callId=1 '
	echo '<13>Nov 22 10:00:00 host crowd: callId=2 releaseCause=512' |
		container_run socat -u - UNIX-CONNECT:/run/becaused/stream
	check "crowd: so is one of this machine" wait_until 20 is_enriched crowd 'callId=2 '
	check "crowd: closed connections are counted" wait_until 30 \
		has_metric becaused_connections_evicted_total net 2500
	check "crowd: and logged" has_logged 'connections closed to make room'
	check "crowd: unfinished messages are bounded ($(own_memory) KiB)" \
		test "$(own_memory)" -lt 49152
	unit_stop crowd-tcp
	unit_stop crowd-unix
}

# -- a pipe as state file -------------------------------------------------------------

check_pipe() {
	local state=$container_dir/root/var/lib/private/becaused

	service stop
	mv "$state/positions" "$inside/positions"
	mkfifo "$state/positions"
	chown --reference="$state" "$state/positions"
	if service start; then
		fail "pipe: the service does not start"
	else
		pass "pipe: the service does not start"
	fi
	check "pipe: and reports why" has_logged 'positions'"'"': it is not a regular file'
	rm "$state/positions"
	mv "$inside/positions" "$state/positions"
	check "pipe: without it, it starts" service restart
}

mkdir -p "$inside"
check_patterns
check_large
check_crowd
check_pipe
