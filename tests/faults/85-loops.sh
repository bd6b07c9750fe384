# shellcheck shell=bash
#
# What a sink sends comes back to a source: through a relay that appends to a followed file, through
# rsyslog and /var/log/syslog, through a relay over TCP, and through /dev/log with two instances. Each
# record is sent once, and nothing grows. Each way is a row.
#
# Behind the load comes a marker. When the marker has come back, too, all else has.

directory=/srv/loops
inside=${container_dir:?}/root$directory
n=$(scaled 500 50)

# write_load: the load and the marker, a line each.
write_load() {
	seq -f 'callId=%.0f releaseCause=512' "$n"
	echo "callId=$((n + 1)) releaseCause=548"
}

# judge_calls: the calls on standard input, in any text, are those of the load and the marker.
judge_calls() {
	grep -ao 'callId=[0-9]* ' >"$container_dir/seen" || :
	judged=$(sort "$container_dir/seen" | uniq -c | awk -v wanted=$((n + 1)) '
		{ out += $1; repeated += $1 - 1 }
		END { print wanted, out + 0, wanted - NR, repeated + 0 }')
	progress "judged: $judged (in, out, lost, repeated)"
}

# have_come_back SOURCE: each record has come back, and was counted.
have_come_back() {
	container_run cat /run/becaused/becaused.prom |
		grep -qF "becaused_explained_total{daemon=\"becaused\",source=\"$1\"} $((n + 1))"
}

check_come_back() {
	check "$1: all have come back" wait_until 60 have_come_back "$1"
	check "the likely way is logged" has_logged "probably a relay or a log daemon $2"
	check_equal "once" 1 "$(journal -o cat -u becaused.service -S "@$began" |
		grep -cF 'are not explained again, only counted')"
	service stop
	container_run journalctl --quiet --sync
}

has_logged() {
	journal -o cat -u becaused.service -S "@$began" | grep -qF "$1"
}

# begin_loop: with a configuration on standard input.
begin_loop() {
	began=$(date +%s)
	rm -rf "$inside"
	mkdir -p "$inside"
	begin -
}

# -- a relay that appends to a followed file -----------------------------------------

append_loop() {
	begin_loop <<-END
		sources:
		  - name: files
		    files: {paths: [$directory/*.log], start: beginning}
		sinks:
		  - name: relay
		    socket: {address: 'tcp:127.0.0.1:5515', format: $1}
	END
	need "the relay starts" unit relay exec \
		socat -u TCP-LISTEN:5515,bind=127.0.0.1,fork,reuseaddr OPEN:$directory/back.log,creat,append
	write_load >"$inside/load.log"
	check_come_back files "writes to '$directory/back.log' what sink relay sends"
	unit_stop relay
	judge_calls <"$inside/back.log"
	row "a relay appends to a followed file: $1" "$n"
}

# -- rsyslog --------------------------------------------------------------------------

# What Debian's does: journald forwards everything, and rsyslog writes it to /var/log/syslog.
start_rsyslog() {
	container_write /etc/systemd/journald.conf.d/loops.conf <<-END
		[Journal]
		ForwardToSyslog=yes
	END
	container_write $directory/rsyslog.conf <<-END
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="/run/systemd/journal/syslog" CreatePath="on"
			RateLimit.Interval="0")
		action(type="omfile" file="/var/log/syslog" fileCreateMode="0644")
	END
	rm -f "$container_dir/root/var/log/syslog"
	container_run systemctl restart systemd-journald.service
	need "rsyslog starts" unit rsyslog notify rsyslogd -n -iNONE -f $directory/rsyslog.conf
}

rsyslog_loop() {
	begin_loop <<-END
		sources:
		  - name: files
		    files: {paths: [/var/log/syslog], start: beginning}
		sinks:
		  - name: journal
		    journal: {}
	END
	start_rsyslog
	# Slowly: what rsyslog has no room for, journald does not forward.
	# shellcheck disable=SC2016 # expanded by the shell inside
	write_load | container_run sh -c '
		while read -r line; do echo "$line"; sleep 0.005; done | logger -t loops'
	check_come_back files "writes to '/var/log/syslog' what sink journal sends"
	unit_stop rsyslog
	rm "$container_dir/root/etc/systemd/journald.conf.d/loops.conf"
	container_run systemctl restart systemd-journald.service
	judge_calls < <(journal -o cat -t syslog "MESSAGE_ID=${message_id:?}" -S "@$began")
	row "rsyslog writes what the journal has to a followed file" "$n"
}

# -- a relay back over TCP --------------------------------------------------------------

tcp_loop() {
	begin_loop <<-END
		sources:
		  - name: net
		    syslog: {listen: ['tcp:127.0.0.1:5514']}
		sinks:
		  - name: relay
		    socket: {address: 'tcp:127.0.0.1:5515', format: $1}
	END
	container_write $directory/relay.sh <<-END
		tee -a $directory/seen | socat -u - TCP:127.0.0.1:5514
	END
	need "the relay starts" unit relay exec socat -u TCP-LISTEN:5515,bind=127.0.0.1,fork,reuseaddr \
		"EXEC:sh $directory/relay.sh"
	write_load | sed 's/^/<13>Nov 29 07:00:00 pbx ccs: /' |
		container_run socat -u - TCP:127.0.0.1:5514
	check_come_back net "sends back what sink relay sends"
	unit_stop relay
	judge_calls <"$inside/seen"
	row "a relay sends back over TCP: $1" "$n"
}

# -- two instances that write to /dev/log -------------------------------------------------

# by UNIT: what it wrote. To journald the host and the tag of RFC 3164 are text.
by() {
	journal -o cat -S "@$began" "_SYSTEMD_UNIT=$1" | grep 'callId=.*\[release cause '
}

has_call() {
	by "$1" | grep -q "callId=$2 "
}

dev_log_config() {
	cat <<-END
		sources:
		  - name: platform
		    journal: {}
		sinks:
		  - name: local
		    socket: {address: 'unix-dgram:/run/systemd/journal/dev-log', format: rfc3164}
	END
}

dev_log_loop() {
	local unit

	dev_log_config >"$container_dir/two.yaml"
	container_write "${sysconfdir:-/etc}/becaused/two.yaml" <"$container_dir/two.yaml"
	begin_loop <"$container_dir/two.yaml"
	need "the instance starts" container_run systemctl start becaused@two.service
	write_load | container_run logger -t loops
	# Read behind the marker: behind what the other instance wrote for it, too.
	for unit in becaused.service becaused@two.service; do
		check "$unit: the marker is explained" wait_until 60 has_call $unit $((n + 1))
	done
	container_run logger -t loops "callId=0 releaseCause=512"
	for unit in becaused.service becaused@two.service; do
		check "$unit: what follows is explained" wait_until 60 has_call $unit 0
	done
	service stop
	container_run systemctl stop becaused@two.service
	container_run journalctl --quiet --sync
	for unit in becaused.service becaused@two.service; do
		judge_calls < <(by $unit | grep -v 'callId=0 ')
		row "two instances write to /dev/log: ${unit%.service}" "$n"
	done
}

service_allow_network
append_loop json
append_loop rfc3164
rsyslog_loop
tcp_loop json
tcp_loop rfc5424
dev_log_loop
