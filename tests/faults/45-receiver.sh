# shellcheck shell=bash
#
# The log server at the other end of a stream is killed over and over during a load, files to a unix
# socket, TCP and TLS, and the journal to TCP: while it reads, and after it has not read anything for three
# seconds. It loses nothing; some records come twice. By TLS, socat is the log server.

logs=/var/log/because-faults
inside=${container_dir:?}/root$logs
times=$(scaled 20 2)

make_certificate() {
	container_run openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=receiver \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$logs/key.pem" -out "$logs/cert.pem" \
		2>/dev/null
}

# receiver_start KIND
receiver_start() {
	case $1 in
	unix) unit receiver exec receiver unix:$logs/socket $logs/received ;;
	tcp) unit receiver exec receiver tcp:5145 $logs/received ;;
	tls) unit receiver exec socat -u \
		"OPENSSL-LISTEN:5145,cert=$logs/cert.pem,key=$logs/key.pem,verify=0,reuseaddr,fork" \
		"OPEN:$logs/received,creat,append" ;;
	esac
}

receiver_is_gone() {
	! container_run systemctl is-active --quiet test-receiver.service
}

# The numbers of the calls that were received, as they came. A kill may tear the last one.
received() {
	grep -ao 'callId=[0-9]* ' "$inside/received" | tr -dc '0-9\n'
}

has_more_than() {
	[ "$(stat -c %s "$inside/received" 2>/dev/null || echo 0)" -gt "$1" ]
}

# has_received CALL
has_received() {
	grep -qa "callId=$1 " "$inside/received"
}

# break_receiver KIND FAULT: one fault, after something more was received.
break_receiver() {
	need "$1, $2: the receiver gets more" wait_until 90 has_more_than \
		"$(stat -c %s "$inside/received" 2>/dev/null || echo 0)"
	pause 500
	if [ "$2" = hung ]; then
		container_run systemctl kill --signal=STOP test-receiver.service
		sleep 3 # how long it hangs
	fi
	container_run systemctl kill --signal=KILL test-receiver.service
	need "$1, $2: the receiver is dead" wait_until 10 receiver_is_gone
	receiver_start "$1"
}

# judge_received KIND FAULT WRITTEN SOURCE: the row; some of what was received may come twice.
judge_received() {
	local in=$(($3 / 2)) out lost repeated

	out=$(received | wc -l)
	lost=$(comm -23 <(seq 2 2 "$3" | sort) <(received | sort -u) | wc -l)
	repeated=$(received | sort | uniq -d | wc -l)
	progress "judged: $in $out $lost $repeated (in, out, lost, repeated)"
	check "$4 to $1, $2: there was a load" test "$in" -gt 0
	check_equal "$4 to $1, $2: lost" 0 "$lost"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "receiver $2, $4 to $1" "$times" "$in" "$out" "$lost" \
		"$repeated" >>"$container_dir/table"
}

# break_often KIND ADDRESS FAULT SOURCE: files or journal
break_often() {
	local i written
	local -A sources=([files]="files: {paths: [$logs/*.log], start: beginning}" [journal]="journal: {}")
	local -A loads=([files]="writer $logs/calls.log 3000 0 2 0" [journal]="load receiver-$1-$3 3000 1 2 1")

	rm -rf "$inside"
	mkdir -p "$inside"
	make_certificate
	begin - <<-END
		sources:
		  - name: calls
		    ${sources[$4]}
		sinks:
		  - name: out
		    socket: {address: '$2', format: rfc3164$([ "$1" != tls ] || echo ", ca: $logs/cert.pem")}
	END
	receiver_start "$1"
	# shellcheck disable=SC2086 # a command
	need "$4 to $1, $3: the load starts" unit writer exec -p "StandardOutput=truncate:$logs/total" ${loads[$4]}
	for ((i = 0; i < times; i++)); do
		break_receiver "$1" "$3"
	done
	unit_stop writer
	written=$(cat "$inside/total")
	check "$1, $3: the end of the load arrives" wait_until 120 has_received $((written / 2 * 2))
	service stop
	judge_received "$1" "$3" "$written" "$4"
	unit_stop receiver
}

service_allow_network
for fault in killed hung; do
	break_often unix "unix:$logs/socket" "$fault" files
	break_often tcp tcp:127.0.0.1:5145 "$fault" files
	break_often tls tls:127.0.0.1:5145 "$fault" files
	break_often tcp tcp:127.0.0.1:5145 "$fault" journal
done
rm -r "$inside"
