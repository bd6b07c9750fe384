# shellcheck shell=bash
#
# What an administrator does with the service: reload it, also with a broken file, read its counts
# and its metrics, and find its messages by message id.

config_file=${sysconfdir:-/etc}/becaused/becaused.yaml
metrics=/run/becaused/becaused.prom

# message ID: the last message of this kind.
message() {
	journal -n 1 -o cat "MESSAGE_ID=$1" _SYSTEMD_UNIT=becaused.service
}

has_message() {
	message "$1" | grep -q .
}

# explained ID: the text that journalctl -x prints under it.
explained() {
	journal -n 1 -x "MESSAGE_ID=$1" _SYSTEMD_UNIT=becaused.service | grep '^░░'
}

status_text() {
	container_run systemctl show -P StatusText becaused.service
}

# metric NAME LABEL: its value.
metric() {
	container_run sed -n "s/^$1{.*$2.*} //p" "$metrics"
}

metric_is() {
	[ "$(metric "$1" "$2")" = "$3" ]
}

say() {
	container_run logger -t ccs "callId=84-$1 releaseCause=$2"
	check "call $1 is enriched" wait_until 20 is_enriched ccs "callId=84-$1 "
}

action_of() {
	enriched ccs "callId=84-$1 " | tail -n 1 | jq -r .RELEASE_CAUSE_ACTION
}

version_of() {
	enriched ccs "callId=84-$1 " | tail -n 1 | jq -r .BECAUSED_CATALOG_VERSION
}

# configure ACTION MORE
configure() {
	container_write "$config_file" <<-END
		overrides:
		  huawei-cec:
		    512: {action: '$1'}
		${2:-}
	END
}

check_reload() {
	local pid

	pid=$(container_run systemctl show -P MainPID becaused.service)
	say 1 512
	check_equal "the first action" First. "$(action_of 1)"
	configure Second.
	check "systemctl reload" service reload
	check "it is over" wait_until 10 metric_is becaused_reloads_total good 1
	say 2 512
	check_equal "the new action" Second. "$(action_of 2)"
	check "another version of the catalog" test "$(version_of 1)" != "$(version_of 2)"
	check_equal "the same process" "$pid" \
		"$(container_run systemctl show -P MainPID becaused.service)"
}

check_broken_reload() {
	local status

	configure Third. 'sauces: []'
	check "systemctl reload fails with a broken file" refuses_to_reload
	check "the service is active" test \
		"$(container_run systemctl show -P ActiveState becaused.service)" = active
	status=$(container_run systemctl status --full becaused.service || :)
	check_match "systemctl status names file, line and column" \
		"Status: \"reload failed: $config_file:[0-9]+:1: error: unknown key" "$status"
	check_match "so does the journal" "$config_file:[0-9]+:1: error: unknown key" \
		"$(message 3b3b73e4dda64b63b610f7d00d3e26a2)"
	check_match "which is explained" "could not reload $config_file" \
		"$(explained 3b3b73e4dda64b63b610f7d00d3e26a2)"
	say 3 512
	check_equal "nothing has changed" Second. "$(action_of 3)"
	check_equal "metrics: one failed" 1 "$(metric becaused_reloads_total failed)"
	check_equal "metrics: the last one did" 1 "$(metric becaused_reload_failed '')"
	configure Fourth.
	check "mended, it reloads" service reload
	say 4 512
	check_equal "the new action is there" Fourth. "$(action_of 4)"
	check "the status forgets the error" wait_until 10 status_is_good
}

# The reload and the check refuse what the next start would fail at: they name file, line and path.
check_missing_certificate() {
	local says="$config_file:4:[0-9]+: error: sink noc: cannot use the certificates in '/srv/none.pem'"

	container_write "$config_file" <<-END
		sinks:
		  - name: noc
		    socket: {address: 'tls:127.0.0.1:6514',
		      ca: /srv/none.pem}
	END
	check "systemctl reload fails where a certificate is missing" refuses_to_reload
	check_match "the status names it" "reload failed: $says" "$(status_text)"
	check_match "becaused --check does" "$says" "$(container_run becaused --check 2>&1 || :)"
	check_match "because check does" "$says" "$(container_run because check 2>&1 || :)"
	check "the service is active" test \
		"$(container_run systemctl show -P ActiveState becaused.service)" = active
}

refuses_to_reload() {
	! service reload
}

status_is_good() {
	[[ $(status_text) != *failed* ]]
}

# SIGHUP by itself, with no systemctl.
check_signals() {
	local seen

	configure Fifth.
	service kill --signal=HUP
	check "SIGHUP reloads" wait_until 10 metric_is becaused_reloads_total good 3
	service kill --signal=USR1
	check "SIGUSR1 gives an entry" wait_until 10 has_message 71296e953a0440358ed7abec45f085fa
	seen=$(journal -n 1 -o json MESSAGE_ID=71296e953a0440358ed7abec45f085fa)
	check_equal "with the count of unknown codes" 1 "$(jq -r .BECAUSED_UNKNOWN <<<"$seen")"
	check_equal "and which" "huawei-cec 9999: 1" "$(jq -r .BECAUSED_UNKNOWN_CODE <<<"$seen")"
	check_match "what was read" '^[1-9][0-9]*$' "$(jq -r .BECAUSED_READ <<<"$seen")"
}

check_unknown() {
	say 5 9999
	check "an unknown code is reported" wait_until 10 has_message c85a07d6a71c483ab7e96070bccd991d
	check_match "and explained" 'The code 9999 is in no catalog' \
		"$(explained c85a07d6a71c483ab7e96070bccd991d)"
	check "and counted" wait_until 30 metric_is becaused_unknown_code_total 'code="9999"' 1
}

# Any user may read them, as node_exporter does.
check_metrics() {
	check_equal "metrics are for everybody" 644 "$(container_run stat -L -c %a "$metrics")"
	check "node_exporter's user may read them" container_run setpriv --reuid=nobody cat "$metrics"
	check_equal "every line is a comment or a sample" "" "$(container_run \
		grep -vE '^(# (HELP|TYPE) becaused_[a-z_]+ .+|becaused_[a-z_]+\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\} [0-9]+)$' \
		"$metrics" || :)"
}

# The sink's receiver is down, then up.
check_sink() {
	service_configure <<-END
		sinks:
		  - name: journal
		    journal: {}
		  - name: noc
		    socket: {address: unix:/srv/service/noc}
	END
	container_run mkdir -p /srv/service
	check "a reload adds a sink" service reload
	check "a sink that is down is reported" wait_until 10 has_message d9eca903ebe941c6ae2797a675d6893f
	check_match "and explained" 'cannot reach its sink noc' "$(explained d9eca903ebe941c6ae2797a675d6893f)"
	say 6 512
	check "its lag is in the status" wait_until 10 status_has_lag
	unit receiver exec receiver unix:/srv/service/noc /srv/service/received
	check "a sink that is up again is reported" wait_until 60 has_message 5e9b35ab774a40cbb75352a767db458b
	check "it has what it missed" wait_until 60 grep -q 'callId=84-6 ' "${container_dir:?}/root/srv/service/received"
}

# Other sources are added and removed while a program writes to a socket that stays: nothing in it is lost.
check_socket_stays() {
	local i

	for ((i = 1; i <= 10; i++)); do
		service_configure <<-END
			sources:
			  - name: local
			    syslog: {listen: [unix-dgram:/run/becaused/syslog]}
			  - name: more-$i
			    files: {paths: [/var/log/none-$i/*.log]}
		END
		if ((i == 1)); then
			need "the service listens" service restart
			# shellcheck disable=SC2016 # expanded by the shell inside
			unit talker exec sh -c 'for i in $(seq 1 500); do
				logger --socket-errors=on -u /run/becaused/syslog -t talker "callId=$i releaseCause=512" || exit 1
			done'
		elif ! service reload; then
			fail "reload $i"
		fi
	done
	check "all of it has been written" wait_until 60 unit_is_gone talker
	check_equal "with no error" "" "$(journal -o cat -u test-talker.service -t logger -t sh)"
	check "ten reloads: the last is explained" wait_until 30 is_enriched talker 'callId=500 '
	check_each_once talker 1 1 500
}

unit_is_gone() {
	! container_run systemctl is-active --quiet "test-$1.service"
}

status_has_lag() {
	[[ $(status_text) == *'; noc: 1 on their way'* ]]
}

check "the message catalog can be updated" container_run journalctl --update-catalog
service_configure <<<"overrides: {huawei-cec: {512: {action: First.}}}"
need "the service starts" service restart
check_reload
check_broken_reload
check_missing_certificate
check_unknown
check_signals
check_metrics
check_sink
check_socket_stays
