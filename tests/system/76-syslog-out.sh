# shellcheck shell=bash
#
# Sockets as sinks, read by the usual receivers: a real rsyslog and a real syslog-ng take our
# RFC 5424 over TCP and TLS, and what they parse is what the journal sink wrote beside them, field
# by field, structured data included. The other formats and transports are checked as they arrive.

directory=/srv/syslog-out
inside=${container_dir:?}/root$directory
cause_parameters='code name description severity component category action'
cause_parameters+=' catalog profile key known'

# -- certificates ---------------------------------------------------------------

# A CA, an untrusted one, and certificates for a server and a client.
make_certificates() {
	container_write $directory/certify <<-'END'
		set -eu
		new_key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
		for ca in ca strangers; do
			openssl req -x509 $new_key -days 2 -subj "/CN=$ca" -keyout $ca.key -out $ca.pem
		done
		for name in server client; do
			openssl req $new_key -subj "/CN=$name.example" -keyout $name.key -out $name.csr
			printf 'subjectAltName=DNS:%s.example,IP:127.0.0.1\n' $name >$name.ext
			openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
				-days 2 -extfile $name.ext -out $name.pem
		done
	END
	container_run sh -c "cd $directory && sh certify"
}

# -- the servers ----------------------------------------------------------------

start_rsyslog() {
	container_write $directory/rsyslog.conf <<-END
		global(workDirectory="$directory"
			defaultNetstreamDriverCAFile="$directory/ca.pem"
			defaultNetstreamDriverCertFile="$directory/server.pem"
			defaultNetstreamDriverKeyFile="$directory/server.key")
		module(load="imtcp")
		module(load="mmpstrucdata")
		template(name="parsed" type="list" option.jsonf="on") {
			property(outname="server" name="inputname" format="jsonf")
			property(outname="hostname" name="hostname" format="jsonf")
			property(outname="identifier" name="app-name" format="jsonf")
			property(outname="pid" name="procid" format="jsonf")
			property(outname="msgid" name="msgid" format="jsonf")
			property(outname="facility" name="syslogfacility" format="jsonf")
			property(outname="priority" name="syslogseverity" format="jsonf")
			property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
			property(outname="raw" name="structured-data" format="jsonf")
			property(outname="elements" name="\$!rfc5424-sd" format="jsonf")
			property(outname="message" name="msg" format="jsonf")
		}
		ruleset(name="parsed") {
			action(type="mmpstrucdata" jsonRoot="\$!" sd_name.lowercase="off")
			action(type="omfile" file="$directory/rsyslog.json" template="parsed")
		}
		input(type="imtcp" address="127.0.0.1" port="5140" name="rsyslog-tcp" ruleset="parsed")
		input(type="imtcp" address="127.0.0.1" port="5141" name="rsyslog-tls" ruleset="parsed"
			streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/name"
			permittedPeer=["client.example"])
	END
	unit rsyslog notify rsyslogd -n -iNONE -f $directory/rsyslog.conf
}

start_syslog_ng() {
	local port tls

	tls="ca-file($directory/ca.pem) cert-file($directory/server.pem)"
	tls+=" key-file($directory/server.key) peer-verify(required-trusted)"
	container_write $directory/syslog-ng.conf <<-END
		@version: 3.38
		options { keep-hostname(yes); keep-timestamp(yes); frac-digits(6); flush-lines(1); };
		source tcp { syslog(ip(127.0.0.1) port(5150) transport("tcp")); };
		source tls {
			$(for port in 5151 5152 5153; do
				echo "syslog(ip(127.0.0.1) port($port) transport(tls) tls($tls));"
			done)
		};
		destination parsed { file("$directory/syslog-ng.json" template("\$(format-json
			--scope sdata server=syslog-ng-\$SOURCE hostname=\$HOST identifier=\$PROGRAM pid=\$PID
			msgid=\$MSGID facility=\$FACILITY_NUM priority=\$LEVEL_NUM timestamp=\$ISODATE
			message=\$MESSAGE)\n")); };
		log { source(tcp); source(tls); destination(parsed); };
	END
	unit syslog-ng notify syslog-ng -F --no-caps -f $directory/syslog-ng.conf \
		-R $directory/persist -p $directory/pid -c $directory/ctl
}

# -- comparing ------------------------------------------------------------------

# parsed SERVER CALL: what the server made of the call, with its structured `data` and the `cause`
# in it, whichever way it writes them.
parsed() {
	jq -c --arg server "$1" --arg text "callId=$2 " '
		select(.server == $server) | select(.message | ltrimstr("\ufeff") | startswith($text)) |
		.message |= ltrimstr("\ufeff") |
		.data = (._SDATA // (.elements | fromjson)) | .cause = .data["releaseCause@32473"]' \
		"$inside/${1%-*}.json" | tail -n 1
}

is_parsed() {
	parsed "$@" | grep -q .
}

# The moment of a timestamp in RFC 3339, in microseconds.
moment() {
	date --date="$1" +%s%6N
}

field() {
	jq -r --arg name "$2" '.[$name] // "" | tostring' <<<"$1"
}

# cause_field JSON NAME: a field of the cause. For a code that no catalog has,
# the journal has words where other formats have nothing, for journalctl -x.
cause_field() {
	case $(field "$1" RELEASE_CAUSE_KNOWN):$2 in
	0:*_NAME | 0:*_DESCRIPTION | 0:*_COMPONENT | 0:*_CATEGORY | 0:*_ACTION) ;;
	*) field "$1" "$2" ;;
	esac
}

# of_journal JSON: an enriched entry in the words of the servers. The last journal field of each
# name is the first of its cause, so only entries with one cause are compared so.
of_journal() {
	local parameter

	for parameter in hostname:BECAUSED_ORIGIN_HOSTNAME identifier:SYSLOG_IDENTIFIER \
		pid:SYSLOG_PID msgid:SYSLOG_MSGID facility:SYSLOG_FACILITY priority:PRIORITY \
		message:MESSAGE timestamp:BECAUSED_ORIGIN_TIMESTAMP; do
		echo "${parameter%:*}: $(field "$1" "${parameter#*:}")"
	done
	echo "code: $(field "$1" RELEASE_CAUSE)"
	for parameter in ${cause_parameters#code }; do
		echo "$parameter: $(cause_field "$1" "RELEASE_CAUSE_${parameter^^}")"
	done
	for parameter in source position instance; do
		echo "$parameter: $(field "$1" "BECAUSED_${parameter^^}")"
	done
}

of_server() {
	local name

	for name in hostname identifier pid msgid facility priority message; do
		echo "$name: $(field "$1" $name)"
	done
	echo "timestamp: $(moment "$(field "$1" timestamp)")"
	for name in $cause_parameters source position instance; do
		echo "$name: $(field "$(jq .cause <<<"$1")" "$name")"
	done | sed 's/^known: true$/known: 1/; s/^known: false$/known: 0/'
}

# check_call WHAT CALL: what each server made of it is what the journal sink did.
check_call() {
	local entry server

	check "$1: the journal sink has it" wait_until 20 is_enriched out "callId=$2 "
	entry=$(enriched out "callId=$2 ")
	for server in rsyslog-tcp rsyslog-tls syslog-ng-tcp syslog-ng-tls; do
		check "$1: $server gets it" wait_until 20 is_parsed $server "$2"
		check_equal "$1: $server parses the fields that the journal has" \
			"$(of_journal "$entry")" "$(of_server "$(parsed $server "$2")")"
		check_equal "$1: $server parses the original's structured data" 'a]b' \
			"$(jq -r '.data["x@1"].y' <<<"$(parsed $server "$2")")"
	done
}

# say CALL TEXT: over our own socket, so that there is a hostname and a time that are not ours.
say() {
	printf '<158>1 2026-01-02T03:04:05.123456+02:00 pbx-7.example out 77 REL-1 %s callId=%s %s' \
		'[x@1 y="a\]b"]' "$1" "$2" | container_run socat -u - UNIX-SENDTO:/run/becaused/syslog
}

check_servers() {
	say 1 releaseCause=512
	check_call "a cause" 1
	say 2 'grüße "quoted" ]brackets[ back\slash releaseCause=9999'
	check_call "an unknown cause with all sorts of characters" 2
	check_two_causes
}

# Of repeated parameters these servers keep one in their own form; the text has both.
check_two_causes() {
	local seen

	say 3 'releaseCause=512 release_cause=548'
	check "two causes: rsyslog gets them" wait_until 20 is_parsed rsyslog-tcp 3
	seen=$(field "$(parsed rsyslog-tcp 3)" raw)
	check_equal "two causes: in one element" 1 "$(grep -o '\[releaseCause@32473 ' <<<"$seen" | wc -l)"
	check_match "two causes: its parameters repeat, in order" \
		' code="512" .* code="548" ' "$seen"
	check_match "two causes: the message has both brackets, in order" \
		'\[release cause 512 [^]]+\] \[release cause 548 [^]]+\]$' \
		"$(field "$(parsed rsyslog-tcp 3)" message)"
}

# -- the plain transports and the other formats ---------------------------------

received() {
	grep -aF "callId=$2 " "$inside/$1" | tail -n 1
}

is_received() {
	received "$@" | grep -q .
}

start_receivers() {
	unit unix exec receiver unix:$directory/unix.socket $directory/unix
	unit dgram exec socat -u "UNIX-RECV:$directory/dgram.socket,mode=666" \
		OPEN:$directory/dgram,creat,append
	unit udp exec socat -u UDP-RECV:5145,bind=127.0.0.1 OPEN:$directory/udp,creat,append
	check "a datagram socket listens" wait_until 10 test -S "$inside/dgram.socket"
	check "a stream socket listens" wait_until 10 test -S "$inside/unix.socket"
}

check_json() {
	local seen

	check "json over a unix socket arrives" wait_until 20 is_received unix 1
	seen=$(received unix 1)
	check_equal "json: where it comes from" 'pbx-7.example out 77 net' \
		"$(jq -r '"\(.hostname) \(.identifier) \(.pid) \(.source)"' <<<"$seen")"
	check_equal "json: the message is the original" 'callId=1 releaseCause=512' \
		"$(field "$seen" message)"
	check_equal "json: the cause" '4: 512 skill-queue-full true' \
		"$(jq -r '"\(.priority): \(.causes[0] | "\(.code) \(.name) \(.known)")"' <<<"$seen")"
	check_equal "json: when" 1767315845123456 "$(moment "$(field "$seen" timestamp)")"
}

check_datagrams() {
	local text='callId=1 releaseCause=512 \[release cause 512 skill-queue-full, warning: '
	local element='\[releaseCause@32473 code="512" name="skill-queue-full" [^]]+\]'

	check "rfc3164 over UDP arrives" wait_until 20 is_received udp 1
	check_match "rfc3164: its form" \
		"<156>Jan  2 0[0-9]:04:05 pbx-7.example out\[77\]: $text" \
		"$(received udp 1)"
	check "rfc5424 over a datagram socket arrives" wait_until 20 is_received dgram 1
	check_match "rfc5424: its form" \
		'<156>1 2026-01-02T[^ ]+ pbx-7\.example out 77 REL-1 \[x@1 y="a\\\]b"\]'"$element [^ ]*$text" \
		"$(received dgram 1)"
}

# -- untrusted servers --------------------------------------------------------

# Over TLS to a server whose name is wrong, or which refuses us, nothing is sent, and the service logs
# a warning.
check_distrusted() {
	local name

	service_configure <<-END
		sources:
		  - name: net-distrusted
		    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
		  - name: strange-ca
		    socket: {address: tls:127.0.0.1:5151, ca: $directory/strangers.pem, $server, $client}
		  - name: strange-name
		    socket: {address: tls:127.0.0.1:5152, $ca, server-name: other.example, $client}
		  - name: no-certificate
		    socket: {address: tls:127.0.0.1:5153, $ca, $server}
	END
	need "distrusted: the service starts" service restart
	say distrusted releaseCause=512
	check "distrusted: the journal sink continues" wait_until 20 is_enriched out 'callId=distrusted '
	for name in strange-ca strange-name no-certificate; do
		check "$name: a warning is logged" wait_until 20 is_warned "sink $name: .*tls:127.0.0.1:515"
	done
	check_equal "distrusted: the server has got nothing" "" "$(parsed syslog-ng-tls distrusted)"
}

# is_warned REGEX: the service has warned of this.
is_warned() {
	journal -u becaused.service -p warning -o cat | grep "$1"
}

check_unverified() {
	service_configure <<-END
		sources:
		  - name: net-unverified
		    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
		sinks:
		  - name: unverified
		    socket: {address: tls:127.0.0.1:5151, format: rfc5424, verify: no, $client}
	END
	need "unverified: the service starts" service restart
	say unverified releaseCause=512
	check "unverified: with verification off, the server gets it" \
		wait_until 20 is_parsed syslog-ng-tls unverified
}

mkdir -p "$inside"
service_allow_network
need "there are certificates" make_certificates
need "rsyslog starts" start_rsyslog
need "syslog-ng starts" start_syslog_ng
start_receivers
# Root alone may read the key; systemd passes it to the service.
service_drop_in credentials <<<"[Service]
LoadCredential=client.key:$directory/client.key"
client="cert: $directory/client.pem, key: /run/credentials/becaused.service/client.key"
ca="ca: $directory/ca.pem"
server='server-name: server.example'
service_configure <<END
sources:
  - name: net
    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
sinks:
  - name: journal
    journal: {namespace: ""}
  - name: rsyslog-tcp
    socket: {address: tcp:127.0.0.1:5140, format: rfc5424}
  - name: rsyslog-tls
    socket: {address: tls:127.0.0.1:5141, format: rfc5424, $ca, $server, $client}
  - name: syslog-ng-tcp
    socket: {address: tcp:127.0.0.1:5150, format: rfc5424}
  - name: syslog-ng-tls
    socket: {address: tls:127.0.0.1:5151, format: rfc5424, $ca, $server, $client, verify: yes}
  - name: unix
    socket: {address: unix:$directory/unix.socket, format: json}
  - name: dgram
    socket: {address: unix-dgram:$directory/dgram.socket, format: rfc5424}
  - name: udp
    socket: {address: udp:127.0.0.1:5145, format: rfc3164}
END
need "the service starts with eight sinks" service restart
check_servers
check_json
check_datagrams
check_distrusted
check_unverified
