# shellcheck shell=bash
#
# Syslog over sockets as a source: what a real rsyslog, a real syslog-ng, logger and socat send,
# over every transport and in either format, is taken apart into the same fields, and nothing is
# misread.
#
# rsyslog and syslog-ng relay: a message goes to them over TCP in RFC 5424, with everything in it
# that can go wrong. Its APP-NAME selects the route on which they forward it to us. The route is
# also the identifier by which the test finds it.

directory=/srv/syslog-in
inside=${container_dir:?}/root$directory

said='callId=1 "grüße" [x] a\b 100%d: releaseCause=512'
data='[origin@32473 node="a" quoted="b\"\]\\c"][x@1 y="1"]'

# message ROUTE: the message, as RFC 5424; local3.info.
message() {
	printf '<158>1 2026-01-02T03:04:05.123456+02:00 pbx-7.example %s 77 REL-1 %s %s' \
		"$1" "$data" "$said"
}

# counted: standard input as one message with its length before it (RFC 6587).
counted() {
	local text

	text=$(cat)
	printf '%s %s' "$(printf %s "$text" | wc -c)" "$text"
}

# send ADDRESS: standard input to what socat calls ADDRESS; a datagram where it is one.
send() {
	container_run socat -u - "$1"
}

# fields ROUTE NAME…: these fields of the route's enriched entry, one per line; `none` where there
# is no such field. Of the message, the text before the bracket.
fields() {
	local route=$1

	shift
	enriched "$route" '' | tail -n 1 | jq -r --args '
		. + { MESSAGE: (.MESSAGE | tostring | sub(" \\[release cause [^\\[]*\\]$"; "")) } |
		. as $entry | $ARGS.positional[] | "\(.): \($entry[.] // "none")"' "$@"
}

# check_route ROUTE FORMAT HOSTNAME: the message came over this route. FORMAT 3164, 3164-iso (with a
# time like RFC 5424's) or 5424.
check_route() {
	local route=$1 hostname=$3 names wanted

	check "$route: it is enriched" wait_until 20 is_enriched "$route" callId=1
	is_enriched "$route" callId=1 || return 0
	names=(MESSAGE SYSLOG_PID SYSLOG_FACILITY PRIORITY BECAUSED_ORIGIN_PRIORITY
		BECAUSED_ORIGIN_HOSTNAME BECAUSED_SOURCE SYSLOG_MSGID SYSLOG_STRUCTURED_DATA)
	wanted=("$said" 77 19 4 6 "$hostname" net)
	case $2 in
	3164*) wanted+=(none none) ;;
	5424) wanted+=(REL-1 "$data") ;;
	esac
	check_fields "$route"
	[ "$hostname" = pbx-7.example ] || return 0
	case $2 in
	3164)
		names=(SYSLOG_TIMESTAMP)
		wanted=('Jan  2 03:04:05')
		;;
	*)
		names=(BECAUSED_ORIGIN_TIMESTAMP)
		wanted=(1767315845123456)
		;;
	esac
	check_fields "$route, the time"
}

# check_fields WHAT: the fields in `names` of the route are those in `wanted`.
check_fields() {
	local i lines=()

	for i in "${!names[@]}"; do
		lines+=("${names[i]}: ${wanted[i]}")
	done
	check_equal "$1: nothing is misread" "$(printf '%s\n' "${lines[@]}")" \
		"$(fields "$route" "${names[@]}")"
}

# -- rsyslog --------------------------------------------------------------------

# rsyslog_route NAME OPTION…
# shellcheck disable=SC2016 # rsyslog's own variables
rsyslog_route() {
	printf 'if $app-name == "%s" then action(type="omfwd" target="127.0.0.1" port="5514" %s)\n' \
		"$1" "${*:2}"
}

# rsyslog_unix_route NAME TEMPLATE
# shellcheck disable=SC2016 # rsyslog's own variables
rsyslog_unix_route() {
	printf '$OMUxSockSocket /run/becaused/syslog\n'
	printf 'if $app-name == "%s" then :omuxsock:;%s\n' "$1" "$2"
}

# rsyslog's own templates, and where those end with a line end that has no place there, the same
# without.
write_rsyslog() {
	local udp='protocol="udp"' tcp='protocol="tcp"' counted='tcp_framing="octet-counted"'
	local old='<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg%'
	local new='<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% '

	new+='%STRUCTURED-DATA% %msg%'
	{
		cat <<-END
			global(workDirectory="$directory")
			module(load="imtcp")
			module(load="omuxsock")
			input(type="imtcp" address="127.0.0.1" port="5160")
			template(name="3164" type="string" string="$old")
			template(name="5424" type="string" string="$new")
		END
		rsyslog_route rs-udp-3164 "$udp" 'template="RSYSLOG_TraditionalForwardFormat"'
		rsyslog_route rs-udp-5424 "$udp" 'template="RSYSLOG_SyslogProtocol23Format"'
		rsyslog_route rs-tcp-3164 "$tcp" 'template="RSYSLOG_TraditionalForwardFormat"'
		rsyslog_route rs-tcp-3164-iso "$tcp" 'template="RSYSLOG_ForwardFormat"'
		rsyslog_route rs-tcp-3164-counted "$tcp" "$counted" 'template="3164"'
		rsyslog_route rs-tcp-5424 "$tcp" 'template="RSYSLOG_SyslogProtocol23Format"'
		rsyslog_route rs-tcp-5424-counted "$tcp" "$counted" 'template="5424"'
		rsyslog_unix_route rs-unix-3164 3164
		rsyslog_unix_route rs-unix-5424 5424
	} | container_write "$directory/rsyslog.conf"
}

check_rsyslog() {
	local route

	write_rsyslog
	need "rsyslog starts" unit rsyslog notify rsyslogd -n -iNONE -f $directory/rsyslog.conf
	for route in rs-{udp,tcp,unix}-{3164,5424} rs-tcp-{3164,5424}-counted rs-tcp-3164-iso; do
		message "$route" | counted | send TCP:127.0.0.1:5160
	done
	check_route rs-udp-3164 3164 pbx-7.example
	check_route rs-udp-5424 5424 pbx-7.example
	check_route rs-tcp-3164 3164 pbx-7.example
	check_route rs-tcp-5424 5424 pbx-7.example
	check_route rs-tcp-3164-counted 3164 pbx-7.example
	check_route rs-tcp-5424-counted 5424 pbx-7.example
	check_route rs-unix-3164 3164 pbx-7.example
	check_route rs-unix-5424 5424 pbx-7.example
	check_route rs-tcp-3164-iso 3164-iso pbx-7.example
	unit_stop rsyslog
}

# -- syslog-ng ------------------------------------------------------------------

# syslog_ng_route NAME DRIVER OPTION…
syslog_ng_route() {
	printf 'log { source(all); filter { program("%s" type(string)); };\n' "$1"
	printf '\tdestination { %s persist-name("%s")); }; };\n' "${*:2}" "$1"
}

write_syslog_ng() {
	local net='"127.0.0.1" port(5514)' dgram='"/run/becaused/syslog"'
	local stream='"/run/becaused/syslog-stream"' old='frac-digits(0)'
	local new='flags(syslog-protocol)'

	{
		cat <<-'END'
			@version: 3.38
			options { keep-hostname(yes); keep-timestamp(yes); frac-digits(6); flush-lines(1); };
			source all { syslog(ip(127.0.0.1) port(5170) transport("tcp")); };
		END
		syslog_ng_route sn-udp-3164 "network($net" 'transport("udp")' "$old"
		syslog_ng_route sn-udp-5424 "syslog($net" 'transport("udp")'
		syslog_ng_route sn-tcp-3164 "network($net" 'transport("tcp")' "$old"
		syslog_ng_route sn-tcp-5424 "network($net" 'transport("tcp")' "$new"
		syslog_ng_route sn-tcp-5424-counted "syslog($net" 'transport("tcp")'
		syslog_ng_route sn-dgram-3164 "unix-dgram($dgram" "$old"
		syslog_ng_route sn-dgram-5424 "unix-dgram($dgram" "$new"
		syslog_ng_route sn-stream-3164 "unix-stream($stream" "$old"
		syslog_ng_route sn-stream-5424 "unix-stream($stream" "$new"
	} | container_write "$directory/syslog-ng.conf"
}

check_syslog_ng() {
	local route

	write_syslog_ng
	need "syslog-ng starts" unit syslog-ng notify syslog-ng -F --no-caps \
		-f $directory/syslog-ng.conf -R $directory/persist -p $directory/pid -c $directory/ctl
	for route in sn-{udp,tcp,dgram,stream}-{3164,5424} sn-tcp-5424-counted; do
		message "$route" | counted | send TCP:127.0.0.1:5170
	done
	check_route sn-udp-3164 3164 pbx-7.example
	check_route sn-udp-5424 5424 pbx-7.example
	check_route sn-tcp-3164 3164 pbx-7.example
	check_route sn-tcp-5424 5424 pbx-7.example
	check_route sn-tcp-5424-counted 5424 pbx-7.example
	check_route sn-dgram-3164 3164 pbx-7.example
	check_route sn-dgram-5424 5424 pbx-7.example
	check_route sn-stream-3164 3164 pbx-7.example
	check_route sn-stream-5424 5424 pbx-7.example
	unit_stop syslog-ng
}

# -- logger ---------------------------------------------------------------------

# log ROUTE OPTION…: what cannot be sent is missed later.
log() {
	container_run logger --id=77 -p local3.info -t "$1" "${@:2}" -- "$said" || :
}

# The same as the user nobody.
log_as_nobody() {
	container_run setpriv --reuid=65534 --clear-groups \
		logger --id=77 -p local3.info -t "$1" "${@:2}" -- "$said" || :
}

# logger's own messages name this machine.
check_logger() {
	local net=(--server 127.0.0.1 --port 5514) new=(--rfc5424=notq --msgid REL-1
		--sd-id origin@32473 --sd-param 'node="a"' --sd-param 'quoted="b\"\]\\c"'
		--sd-id x@1 --sd-param 'y="1"')

	log lg-udp-3164 "${net[@]}" -d --rfc3164
	log lg-udp-5424 "${net[@]}" -d "${new[@]}"
	log lg-tcp-3164 "${net[@]}" -T --rfc3164
	log lg-tcp-5424 "${net[@]}" -T "${new[@]}"
	log lg-tcp-3164-counted "${net[@]}" -T --octet-count --rfc3164
	log lg-tcp-5424-counted "${net[@]}" -T --octet-count "${new[@]}"
	log lg-dgram -u /run/becaused/syslog
	log lg-dgram-5424 -u /run/becaused/syslog "${new[@]}"
	log lg-stream -u /run/becaused/syslog-stream
	log_as_nobody lg-nobody -u /run/becaused/syslog
	check_route lg-udp-3164 3164 because-test
	check_route lg-udp-5424 5424 because-test
	check_route lg-tcp-3164 3164 because-test
	check_route lg-tcp-5424 5424 because-test
	check_route lg-tcp-3164-counted 3164 because-test
	check_route lg-tcp-5424-counted 5424 because-test
	check_route lg-dgram 3164 because-test
	check_route lg-dgram-5424 5424 because-test
	check_route lg-stream 3164 because-test
	check_route lg-nobody 3164 because-test
}

# -- socat: any client -------------------------------------------------------------

check_anybody() {
	local route

	for route in sc-udp:UDP:127.0.0.1:5514 sc-dgram:UNIX-SENDTO:/run/becaused/syslog \
		sc-tcp:TCP:127.0.0.1:5514 sc-stream:UNIX-CONNECT:/run/becaused/syslog-stream; do
		{ message "${route%%:*}" && echo; } | send "${route#*:}"
		check_route "${route%%:*}" 5424 pbx-7.example
	done
}

# Several messages of one stream, in either framing, with a length that comes in pieces, and a last
# one whose end is the end of the connection.
check_framing() {
	local i

	for i in 1 2 3; do
		printf '<158>Jan  2 03:04:05 pbx-7 framed[77]: callId=%d releaseCause=512 talk\n' $i
	done | head -c -1 | send TCP:127.0.0.1:5514
	for i in 4 5 6; do
		printf '<158>1 - pbx-7 framed 77 - - callId=%d releaseCause=512\nand more' $i | counted
	done | container_run socat -u -b 7 - TCP:127.0.0.1:5514
	check "the messages of two streams are enriched" wait_until 20 is_enriched framed 'callId=6 '
	enriched_messages framed | grep -a ^callId | sort -t = -k 2n |
		check_calls "each of them, in lines and counted" 1 1 6
	check_match "a counted message may have a line end in it" '\nand more \[release cause 512 ' \
		"$(enriched framed 'callId=4 ' | jq .MESSAGE)"
}

# ended CALL CODE: a message as RFC 3164, without a line end.
ended() {
	printf '<158>Jan  2 03:04:05 pbx-7 ended[77]: callId=%d releaseCause=%s' "$1" "$2"
}

# miscounted BY: three messages of one stream, each count wrong by so much.
miscounted() {
	local i text

	for i in 1 2 3; do
		text="<158>1 - pbx-7 miscounted 77 - - callId=$i releaseCause=512"
		printf '%d %s' $((${#text} + $1)) "$text"
	done
}

# metric_is_at_least NAME N: the metric of the source that reads the network.
metric_is_at_least() {
	local n

	n=$(container_run sed -n "s/^$1{.*source=\"net\".*} //p" /run/becaused/becaused.prom)
	echo "$1 is $n"
	[ "$n" -ge "$2" ]
}

# 51 may be the start of 512, and 5124 may be 512 and the first digit of a count. socat resets a
# connection that it closes without shutdown and lingering.
check_ends() {
	local to=TCP:127.0.0.1:5514 by

	{ ended 1 512 && echo && ended 2 51; } | send $to
	{ ended 3 512 && echo && ended 4 51; } | send $to,linger=0,shut-none
	for by in 1 -1; do
		miscounted $by | send $to
	done
	{ ended 5 512 && echo; } | send $to
	check "ends: what is sent afterwards is enriched" wait_until 20 is_enriched ended 'callId=5 '
	check "ends: codes that touch the end of a stream or of a wrong count are counted" \
		wait_until 40 metric_is_at_least becaused_unclaimed_total 4
	check "ends: connections with a wrong count are counted" \
		wait_until 40 metric_is_at_least becaused_unreadable_total 2
	check "ends: and logged" has_logged 'connections closed at a wrong octet count'
	enriched_messages ended | sort | check_calls "ends: whole messages of closed streams, no others" 1 2 5
	check_equal "ends: no message with a wrong count" '' "$(enriched_messages miscounted)"
	miscounted 0 | send $to
	check "ends: with the right count all are enriched" wait_until 20 \
		is_enriched miscounted 'callId=3 '
	check_each_once miscounted 1 1 3
}

has_logged() {
	journal -u becaused.service -o cat | grep -qF -e "$1"
}

# A text that is no syslog at all still is a message, of the simplest kind.
check_bare() {
	echo 'bare callId=1 releaseCause=512' | send UDP:127.0.0.1:5514
	check "bare text over UDP is enriched" wait_until 20 says 'bare callId=1 releaseCause=512'
	check_equal "and user.notice" "1 5" \
		"$(journal -o json BECAUSED_SOURCE=net _SYSTEMD_UNIT=becaused.service |
			jq -r 'select(.MESSAGE | tostring | startswith("bare callId=1 ")) |
				"\(.SYSLOG_FACILITY) \(.BECAUSED_ORIGIN_PRIORITY)"')"
}

says() {
	journal -o cat BECAUSED_SOURCE=net _SYSTEMD_UNIT=becaused.service | grep -qF "$1"
}

# -- many datagrams -------------------------------------------------------------

# How many datagrams the service has reported as lost since the cursor.
n_said_lost() {
	journal --after-cursor "$cursor" -u becaused.service -o json |
		jq -r 'select(.RELEASE_CAUSE | not) | .MESSAGE | tostring' |
		sed -n "s/.*\<\([0-9][0-9]*\) datagrams.*lost.*/\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

n_flooded() {
	enriched_messages flooded | sort -u | wc -l
}

# every_datagram COUNT: the enriched datagrams and those reported as lost are all of them.
every_datagram() {
	local enriched lost

	enriched=$(n_flooded)
	lost=$(n_said_lost)
	echo "$enriched enriched, $lost said to be lost, of $1"
	[ $((enriched + lost)) -eq "$1" ]
}

# Whether the service has read all that the kernel keeps for port 5514 (0x158A).
has_read_all() {
	# shellcheck disable=SC2016 # for awk
	container_run awk '$2 ~ /:158A$/ && $5 !~ /:00000000$/ { n++ } END { exit n > 0 }' /proc/net/udp
}

# The service cannot read while it is stopped, so the kernel's buffer overflows. The kernel reports
# that with a later datagram, which must find room.
check_flood() {
	local cursor

	cursor=$(journal -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
	seq -f 'callId=%.0f releaseCause=512' 1 20000 | container_write $directory/flood
	service kill --signal=STOP
	container_run logger -d --server 127.0.0.1 --port 5514 --rfc5424=notq -t flooded \
		-f $directory/flood
	service kill --signal=CONT
	check "after a flood of datagrams the service reads what the kernel kept" wait_until 60 has_read_all
	container_run logger -d --server 127.0.0.1 --port 5514 --rfc5424=notq -t flooded \
		'callId=20001 releaseCause=512'
	check "after a flood of datagrams the service continues" wait_until 30 \
		is_enriched flooded 'callId=20001 '
	check "lost datagrams were counted and reported" wait_until 60 every_datagram 20001
	check "that something was lost at all was the idea" test "$(n_said_lost)" -gt 0
	check_equal "none came twice" "$(n_flooded)" "$(enriched_messages flooded | wc -l)"
}

# The socket of the unix kind makes its senders wait instead.
check_unix_flood() {
	seq -f 'callId=%.0f releaseCause=512' 1 5000 | container_write $directory/flood
	container_run logger -u /run/becaused/syslog -t waited -f $directory/flood
	check "over the unix socket the last is enriched" wait_until 60 \
		is_enriched waited 'callId=5000 '
	check_each_once waited 1 1 5000
}

# -- sockets of the service manager ---------------------------------------------

# systemd holds the sockets, and starts the service when data arrives. So nothing is lost while the
# service is stopped.
check_activation() {
	service stop
	container_run systemctl start becaused-syslog.socket
	service_configure <<-'END'
		sources:
		  - name: net
		    syslog: {listen: [systemd]}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
	log_as_nobody sa-dgram -u /run/becaused-syslog/dgram
	check_route sa-dgram 3164 because-test
	log_as_nobody sa-stream -u /run/becaused-syslog/stream
	check_route sa-stream 3164 because-test
	service stop 2>/dev/null # systemctl warns that the sockets can start it again
	log_as_nobody sa-again -u /run/becaused-syslog/dgram
	check_route sa-again 3164 because-test
	container_run systemctl stop becaused-syslog.socket
}

mkdir -p "$inside"
service_allow_network
service_configure <<'END'
sources:
  - name: net
    syslog:
      listen:
        - udp:127.0.0.1:5514
        - tcp:127.0.0.1:5514
        - unix-dgram:/run/becaused/syslog
        - unix:/run/becaused/syslog-stream
sinks:
  - name: journal
    journal: {namespace: ""}
END
need "the service starts with four sockets" service restart
check_rsyslog
check_syslog_ng
check_logger
check_anybody
check_framing
check_ends
check_bare
check_unix_flood
check_flood
check_activation
