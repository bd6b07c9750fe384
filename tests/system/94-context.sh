# shellcheck shell=bash
#
# What a line knows: its time, its call, and how often its cause was found. Logs of a past day are read
# from files, in a zone that is not UTC: each record has its own time in the journal and in a real
# rsyslog, the journal alone answers which causes a trunk had, and the metrics count each record once
# though it goes to two sinks. Prometheus' own promtool reads them.

directory=/srv/context
inside=${container_dir:?}/root$directory
metrics=/run/becaused/becaused.prom
zone=IST-5:30 # of the machine that wrote the logs: five and a half hours east

# -- the logs -----------------------------------------------------------------

write_logs() {
	cat >"$inside/freeswitch.log" <<-'END'
		5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a7701 2026-11-23 09:12:01.104512 98.93% [NOTICE] switch_channel.c:3880 Hangup sofia/internal/1001@192.0.2.20 [CS_EXECUTE] [USER_BUSY]
	END
	cat >"$inside/full" <<-'END'
		[2026-11-23 09:12:02.250] NOTICE[4120][C-0000002a] app_dial.c: Unable to create channel of type 'PJSIP' (cause 20 - Subscriber absent)
	END
	cat >"$inside/ccs.log" <<-'END'
		2026-11-23 09:12:03,500 INFO callId=94-1 skillId=7 agentId=1004 releaseCause=512
		2026-11-23T03:42:04Z INFO callId=94-2 skillId=7 releaseCause=512
		no time at all callId=94-3 releaseCause=531
	END
	cat >"$inside/teams.log" <<-'END'
		2026-11-23 09:12:05 {"correlationId":"c-1","finalSipCode":503,"finalSipCodePhrase":"-","trunkFullyQualifiedDomainName":"sbc1.example.com"}
		2026-11-23 09:12:06 {"correlationId":"c-2","finalSipCode":503,"finalSipCodePhrase":"-","trunkFullyQualifiedDomainName":"sbc2.example.com"}
		2026-11-23 09:12:07 {"correlationId":"c-3","finalSipCode":486,"finalSipCodePhrase":"-","trunkFullyQualifiedDomainName":"sbc1.example.com"}
	END
}

# moment TIME: in microseconds since 1970.
moment() {
	date --date="$1" +%s%6N
}

# The identifier, the time and the call of each record, by hand.
expected() {
	cat <<-END
		ccs $(moment '2026-11-23 03:42:03.500 UTC') 94-1
		ccs $(moment '2026-11-23 03:42:04 UTC') 94-2
		ccs none 94-3
		freeswitch $(moment '2026-11-23 03:42:01.104512 UTC') 5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a7701
		full $(moment '2026-11-23 03:42:02.250 UTC') C-0000002a
		teams $(moment '2026-11-23 03:42:05 UTC') c-1
		teams $(moment '2026-11-23 03:42:06 UTC') c-2
		teams $(moment '2026-11-23 03:42:07 UTC') c-3
	END
}

# -- because filter -----------------------------------------------------------

of_filter() {
	local log time call

	for log in ccs.log freeswitch.log full teams.log; do
		container_run env TZ=$zone because filter --format json "$directory/$log" |
			jq -r '"\(.timestamp // "none") \(.context.call)"' |
			while read -r time call; do
				[ "$time" = none ] || time=$(moment "$time")
				echo "${log%.log} $time $call"
			done
	done
}

# -- the daemon ---------------------------------------------------------------

start_rsyslog() {
	container_write $directory/rsyslog.conf <<-END
		global(workDirectory="$directory")
		module(load="imtcp")
		module(load="mmpstrucdata")
		template(name="parsed" type="list" option.jsonf="on") {
			property(outname="identifier" name="app-name" format="jsonf")
			property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
			property(outname="elements" name="\$!rfc5424-sd" format="jsonf")
		}
		ruleset(name="parsed") {
			action(type="mmpstrucdata" jsonRoot="\$!" sd_name.lowercase="off")
			action(type="omfile" file="$directory/rsyslog.json" template="parsed")
		}
		input(type="imtcp" address="127.0.0.1" port="5140" ruleset="parsed")
		input(type="imtcp" address="127.0.0.1" port="5141" ruleset="parsed")
	END
	unit rsyslog notify rsyslogd -n -iNONE -f $directory/rsyslog.conf
}

configuration() {
	cat <<-END
		sources:
		  - name: logs
		    files: {paths: [$directory/*.log, $directory/full], start: beginning}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
		  - name: noc
		    socket: {address: tcp:127.0.0.1:5140, format: rfc5424}
	END
}

# sink NAME: of the configuration, to the second port of rsyslog.
sink() {
	cat <<-END
		  - name: $1
		    socket: {address: tcp:127.0.0.1:5141, format: rfc5424}
	END
}

of_journal() {
	journal -o json BECAUSED_SOURCE=logs _SYSTEMD_UNIT=becaused.service |
		jq -r '"\(.SYSLOG_IDENTIFIER) \(.BECAUSED_ORIGIN_TIMESTAMP // "none") \(.RELEASE_CAUSE_CALL)"' | sort
}

# A record without a time has rsyslog's time of arrival.
of_rsyslog() {
	local identifier time call

	jq -r '(.elements | fromjson)["releaseCause@32473"].call as $call |
		"\(.identifier) \(.timestamp) \($call)"' "$inside/rsyslog.json" |
		while read -r identifier time call; do
			[ "$call" = 94-3 ] && time=none || time=$(moment "$time")
			echo "$identifier $time $call"
		done | sort
}

has_all() {
	[ "$("$1" | wc -l)" -eq 8 ]
}

# -- metrics ------------------------------------------------------------------

# causes LABEL…: the sum of becaused_causes_total over the series that have all these labels.
causes() {
	local label series

	series=$(container_run grep '^becaused_causes_total{' "$metrics")
	for label; do
		series=$(grep -F -e "$label" <<<"$series") || :
	done
	awk '{ sum += $NF } END { print sum + 0 }' <<<"$series"
}

causes_are() {
	[ "$(causes "${@:2}")" -eq "$1" ]
}

check_metrics() {
	local seen

	check "metrics: a query by source and cause" \
		wait_until 30 causes_are 2 'source="logs"' 'catalog="huawei-cec"' 'code="512"'
	check_equal "metrics: each record once, whatever the sinks" 8 "$(causes 'source="logs"')"
	check_match "metrics: with all labels" \
		'daemon="becaused",source="logs",catalog="sip",code="503",name="service-unavailable",severity="[a-z]+",category="[a-z-]+",side="ours"\} 2' \
		"$(container_run grep 'code="503"' "$metrics")"
	check_match "metrics: the version" 'becaused_build_info\{daemon="becaused",version="[0-9.]+"\} 1' \
		"$(container_run cat "$metrics")"
	check_match "metrics: the start" 'becaused_start_time_seconds\{daemon="becaused"\} [0-9]{10}' \
		"$(container_run cat "$metrics")"
	seen=$(container_run sh -c "promtool check metrics <$metrics" 2>&1) || :
	check_equal "promtool finds nothing to complain of" "" "$seen"
}

check_trunks() {
	check_equal "the journal alone: the causes of a trunk" "$(printf '486\n503')" \
		"$(journal -o json RELEASE_CAUSE_TRUNK=sbc1.example.com | jq -r .RELEASE_CAUSE | sort)"
	check_equal "and its calls with one of them" c-1 \
		"$(journal -o json RELEASE_CAUSE_TRUNK=sbc1.example.com RELEASE_CAUSE=503 | jq -r .RELEASE_CAUSE_CALL)"
}

# A reload that adds a sink, and one after which all are new: what was counted is not counted again.
check_reload() {
	service_configure < <(configuration
		sink copy)
	check "a third sink" service reload
	check "reads all again" wait_until 60 sink_has copy 8
	check_equal "metrics: and nothing counts again" 8 "$(causes 'source="logs"')"
	service_configure < <(configuration | sed '/^sinks:/q'
		sink another)
	check "a sink that is the only one, and new" service reload
	check "reads all again" wait_until 60 sink_has another 8
	check_equal "metrics: and nothing counts again" 8 "$(causes 'source="logs"')"
	service_configure < <(configuration)
	check "back to the first sinks" service reload
	check "which have all" wait_until 60 has_metrics_of journal
	check_equal "metrics: and still nothing counts again" 8 "$(causes 'source="logs"')"
}

# sink_has SINK N: the metrics say so, so they were written since.
sink_has() {
	container_run grep -q "^becaused_enriched_total{.*sink=\"$1\"} $2$" "$metrics"
}

has_metrics_of() {
	container_run grep -q "^becaused_enriched_total{.*sink=\"$1\"}" "$metrics"
}

# -- what hostile people write ------------------------------------------------

check_hostile() {
	local n

	{
		seq 100000 109999 | sed 's/.*/2026-11-23 09:13:00 callId=& releaseCause=&/'
		printf '2026-11-23 09:13:01 callId="a\377\033[31m\001" agentId=%s skillId="]\\"x" releaseCause=548\n' \
			"$(printf '%0100d' 0)"
		printf '2026-99-23 09:13:01 callId=bad releaseCause=548\n'
	} >"$inside/hostile.log"
	check "hostile: 256 codes are counted by themselves, the others together" \
		wait_until 120 causes_are 9744 'source="logs"' 'code="other"'
	check_equal "hostile: none is left out" 256 "$(causes 'source="logs"' 'side="unknown"')"
	n=$(container_run grep -c '^becaused_causes_total{' "$metrics")
	check "hostile: so the metrics have a bound (seen: $n)" test "$n" -le 1024
	check_equal "hostile: known causes have their series" 2 "$(causes 'source="logs"' 'code="548"')"
	check_equal "hostile: and promtool reads them" "" \
		"$(container_run sh -c "promtool check metrics <$metrics" 2>&1 || :)"
	check "hostile: what was left out is counted" wait_until 20 facts_are_left
	check_equal "hostile: the journal has the bytes" 'a�[31m' \
		"$(journal -o json -t hostile RELEASE_CAUSE=548 | head -n 1 |
			jq -r '.RELEASE_CAUSE_CALL | if type == "array" then implode else . end' |
			tr -d '\001\033' | sed 's/\xc3\xbf/\xef\xbf\xbd/')"
	check_equal "hostile: every line of rsyslog is JSON" \
		"$(wc -l <"$inside/rsyslog.json")" "$(jq -c . "$inside/rsyslog.json" | wc -l)"
	check_equal "hostile: so is every line of the filter" 10002 \
		"$(container_run because filter --format json $directory/hostile.log 2>/dev/null | jq -c . | wc -l)"
}

# The counts at the end are in the file when it is removed with its directory, so a command reads it before.
check_end() {
	service_drop_in last <<-END
		[Service]
		ExecStopPost=+/bin/cp $metrics $directory/last.prom
	END
	check "the service has another drop-in" service restart
	container_run sh -c "echo 'callId=94-9 releaseCause=534' >>$directory/ccs.log"
	check "a last line" wait_until 30 is_in_journal 94-9
	check "is explained, and the service stops" service stop
	check_match "metrics: written at the end" 'code="534"[^}]*\} 1' "$(cat "$inside/last.prom")"
}

is_in_journal() {
	journal -o cat RELEASE_CAUSE_CALL="$1" | grep -q .
}

facts_are_left() {
	[ "$(container_run sed -n 's/^becaused_facts_left_total{.*source="logs"} //p' "$metrics")" -ge 1 ]
}

mkdir -p "$inside"
chmod 755 "$inside"
write_logs
check_equal "because filter: the time and the call of each line, in the right zone" \
	"$(expected)" "$(of_filter | sort)"
service_allow_network
service_drop_in zone <<<"[Service]
Environment=TZ=$zone"
need "rsyslog starts" start_rsyslog
service_configure < <(configuration)
need "the service starts" service restart
check "the journal has them" wait_until 30 has_all of_journal
check_equal "each with its own time and call" "$(expected)" "$(of_journal)"
check "rsyslog has them" wait_until 30 has_all of_rsyslog
check_equal "rsyslog: each at its own time" "$(expected)" "$(of_rsyslog)"
check_metrics
check_trunks
check_reload
check_hostile
check_end
