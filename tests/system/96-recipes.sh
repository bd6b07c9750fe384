# shellcheck shell=bash
#
# The recipes of becaused-recipes(7), and contrib/, with the programs that they are for: journalctl and jq,
# Prometheus' promtool, lnav, and rsyslog's omkafka. The Kafka broker is the one that librdkafka has for
# tests, inside a consumer.

directory=/srv/recipes
inside=${container_dir:?}/root$directory
page=${top_srcdir:?}/man/becaused-recipes.7
metrics=/run/becaused/becaused.prom
entries=$directory/journal

# -- journalctl ---------------------------------------------------------------

# recipes: the commands of the manual, one a line.
recipes() {
	awk '/^\.\\" Recipes/ { on = 1 } /^\.Ed/ { on = 0 } on && /^journalctl/' "$page" | sed 's/\\e/\\/g'
}

# The commands read a copy of what was logged since then: the answers would have the entries of other tests.
cursor() {
	container_run journalctl --no-pager --lines=0 --show-cursor | sed -n 's/^-- cursor: //p'
}

# shellcheck disable=SC2016 # expanded by the inner shell
copy_entries() {
	container_run sh -euc 'mkdir "$1"
		journalctl --quiet --after-cursor="$2" -o export |
			/lib/systemd/systemd-journal-remote --output="$1/recipes.journal" - 2>/dev/null' - "$entries" "$1"
}

make_entries() {
	local line

	while read -r line; do
		container_run logger -t ccs -- "$line"
	done <<-'END'
		callId=87-3 agentId=1004 releaseCause=512
		callId=87-4 releaseCause=513
		callId=87-5 releaseCause=9999
	END
	printf '<13>1 2026-11-23T09:12:05Z node-7.example.com gw 1 - - %s' \
		'trunkFullyQualifiedDomainName=carrier-a callEndSubReason=34' |
		container_run socat -u - UNIX-SENDTO:/run/becaused/syslog
}

# Counted in a copy: with matches, journalctl passes over the first entry behind a cursor.
entries_are() {
	container_run rm -rf "$entries"
	copy_entries "$here"
	[ "$(journal -o cat --directory="$entries" MESSAGE_ID=6655672bdd8a4801910eee4bf3ab9755 | wc -l)" -ge "$1" ]
}

# The calls that each finds, or what it counts, in one line.
expected_answers() {
	cat <<-END
		87-3 87-4 87-5 carrier-a
		87-3
		87-3
		87-3 87-4
		87-3 87-4
		87-3 87-4
		87-5 carrier-a
		87-3 87-4
		carrier-a
		87-3
		carrier-a
		87-3
		87-3 87-4
		1 9999 1 513 1 512
		1 carrier-a 34
		1 2026-11-23 09
		1 huawei-cec 9999 1 teams-direct-routing 34
		DAY TIME callId=87-3 agentId=1004 releaseCause=512
	END
}

check_journalctl() {
	local recipe wanted

	while IFS=$'\t' read -r recipe wanted; do
		check_equal "$recipe" "$wanted" "$(answer "$recipe")"
	done < <(paste <(recipes) <(expected_answers))
	check_equal "there is an answer for each recipe of the manual" \
		"$(recipes | wc -l)" "$(expected_answers | wc -l)"
}

# answer COMMAND: the calls or trunks in its entries, each once; or what it counts, without brackets.
answer() {
	local out

	out=$(container_run bash -euo pipefail -c "journalctl() { command journalctl --directory=$entries \"\$@\"; }
		$1" </dev/null) || echo failed
	if [[ $1 == *jq* ]]; then
		# The hours of today are left out: the test may run while one ends.
		sed -E 's/ \[release cause .*//; s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9:]*/DAY TIME/
			/^ *[0-9]+ [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}$/ { / 2026-11-23 /!d }' <<<"$out" | xargs
	else
		grep -oE 'callId=[0-9-]+|carrier-a' <<<"$out" | sed 's/.*=//' | sort -u | xargs
	fi
}

# -- Prometheus and Grafana -----------------------------------------------------

check_prometheus() {
	local name

	check "promtool reads the alert rules" container_run promtool check rules \
		$directory/contrib/prometheus/becaused-alerts.yaml
	check "and they do what their test says" container_run promtool test rules \
		$directory/contrib/prometheus/becaused-alerts-test.yaml
	check "there are metrics" wait_until 30 container_run test -s $metrics
	while read -r name; do
		check "$name of contrib/ is a metric of the service" \
			container_run grep -q "^# TYPE $name " "$metrics"
	done < <(grep -oh 'becaused_[a-z][a-z_]*' "$inside"/contrib/prometheus/becaused-alerts.yaml \
		"$inside"/contrib/grafana/becaused.json | sort -u)
	queries | rules_of >"$inside/queries.yaml"
	check "promtool reads the queries of the manual and of the dashboard" \
		container_run promtool check rules $directory/queries.yaml
	check "which are more than ten" test "$(queries | wc -l)" -gt 10
}

# One a line; the variables of the dashboard are something.
# shellcheck disable=SC2016 # these dollars are Grafana's
queries() {
	awk '/^\.\\" Queries/ { on = 1; next } /^\.Ed/ { on = 0 } on && !/^\./' "$page"
	jq -r '.panels[].targets[]?.expr' "$inside/contrib/grafana/becaused.json" |
		sed 's/\$__rate_interval/5m/g; s/\$__range/1h/g; s/\$[a-z]*/.*/g'
}

# Recording rules with these queries, for promtool.
rules_of() {
	jq -R . | jq -s '{groups: [{name: "queries", rules: [to_entries[] | {record: "query:\(.key)", expr: .value}]}]}'
}

# -- lnav -----------------------------------------------------------------------

# lnav COMMAND: its answer as CSV.
ask_lnav() {
	container_run env HOME=$directory lnav -n -c "$1" -c ':write-csv-to -' $directory/log.json
}

check_lnav() {
	cat >"$inside/log" <<-'END'
		2026-11-23 09:12:03,500 callId=96-1 agentId=1004 releaseCause=512
		2026-11-23 09:12:04 {"correlationId":"c-1","finalSipCode":503,"finalSipCodePhrase":"-","trunkFullyQualifiedDomainName":"sbc1.example.com"}
		2026-11-23 09:12:05 {"correlationId":"c-2","finalSipCode":503,"finalSipCodePhrase":"-","trunkFullyQualifiedDomainName":"sbc1.example.com"}
	END
	container_run env TZ=UTC because filter --format json $directory/log >"$inside/log.json"
	check "lnav takes the format" \
		container_run env HOME=$directory lnav -i $directory/contrib/lnav/becaused.json
	check_match "lnav shows the time, the line, and the cause behind it" \
		'^2026-11-23T09:12:03.500[0Z]* .* releaseCause=512  512 skill-queue-full ' \
		"$(container_run env HOME=$directory lnav -n $directory/log.json)"
	check_equal "lnav has the level and the time" 'log_time,log_level
2026-11-23 09:12:03.500,warning
2026-11-23 09:12:04.000,error
2026-11-23 09:12:05.000,error' \
		"$(ask_lnav ';SELECT log_time, log_level FROM becaused_log')"
	check_equal "SQL of the manual: by trunk and cause" 'trunk,code,n
sbc1.example.com,503,2
<NULL>,512,1' "$(ask_lnav "$(sql_recipe)")"
}

sql_recipe() {
	grep '^;SELECT' "$page"
}

# -- Kafka ------------------------------------------------------------------------

start_broker() {
	unit broker exec sh -c "exec kcat -C -u -X test.mock.num.brokers=1 -X allow.auto.create.topics=true -b 127.0.0.1:1 \
		-t release-causes -o beginning >$directory/consumed"
	wait_until 20 broker_port
}

broker_port() {
	container_run ss -Hltnp | sed -n 's/.* 127\.0\.0\.1:\([0-9]*\) .*"kcat".*/\1/p' | grep .
}

# The configuration of the manual, with the broker's address.
rsyslog_recipe() {
	awk '/^\.\\" Configuration: kafka/ { on = 1; next } /^\.Ed/ { on = 0 } on && !/^\./' "$page" |
		sed "s/localhost:9092/127.0.0.1:$(broker_port)/"
}

check_kafka() {
	need "a Kafka broker runs" start_broker
	{
		echo "global(workDirectory=\"$directory\" maxMessageSize=\"512k\")"
		rsyslog_recipe
	} >"$inside/rsyslog.conf"
	need "rsyslog runs with the configuration of the manual" \
		unit rsyslog notify rsyslogd -n -iNONE -f $directory/rsyslog.conf
	container_run logger -t ccs 'callId=96-9 releaseCause=512'
	container_run sh -c "printf 'callId=96-10 %020000d releaseCause=512\n' 0 | logger -t ccs --size 64KiB"
	check "Kafka has the records" wait_until 30 grep -q 'callId=96-10' "$inside/consumed"
	check_equal "as JSON, with their causes and calls" '512 96-9
512 96-10' \
		"$(grep 'callId=96-' "$inside/consumed" | jq -r '"\(.causes[0].code) \(.context.call)"')"
}

mkdir -p "$inside"
cp -r "$top_srcdir/contrib" "$inside/"
service_allow_network
service_configure <<END
sources:
  - name: platform
    journal: {units: []}
  - name: net
    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
sinks:
  - name: journal
    journal: {namespace: ""}
  - name: kafka
    socket: {address: tcp:127.0.0.1:5170, format: json}
END
need "the service starts" service restart
here=$(cursor)
check "there is a cursor" test -n "$here"
make_entries
check "there are entries" wait_until 30 entries_are 4
check_journalctl
check_prometheus
check_lnav
check_kafka
