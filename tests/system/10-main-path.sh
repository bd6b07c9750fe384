# shellcheck shell=bash
#
# The main path: a platform writes a cause to the journal, and its explanation follows it.
#
# All is read with journalctl, as people do. Each field of the enriched record is compared with the
# original as journald stored it, trusted fields included.

# field JSON NAME: one field's text, empty where there is none.
field() {
	jq -r --arg name "$2" '.[$name] // "" | tostring' <<<"$1"
}

# The last enriched, and the last original, entry of a call.
enriched_call() {
	enriched ccs "callId=$1 " | tail -n 1
}

original_call() {
	originals ccs "callId=$1 " | tail -n 1
}

# say CALL TEXT: write a line of the platform, and wait for its enrichment.
say() {
	container_run logger -t ccs "callId=$1 $2"
	check "call $1 is enriched: $2" wait_until 20 is_enriched ccs "callId=$1 "
}

# The same from a unit. Its logger runs on after it has written: journald looks up the unit of a
# sender by its process, which must still exist.
say_from_unit() {
	container_run systemd-run --quiet --unit=ccs-demo --description='A platform' \
		sh -c "{ echo 'callId=$1 $2'; exec sleep 600; } | logger -t ccs"
	check "call $1 of a unit is enriched: $2" wait_until 20 is_enriched ccs "callId=$1 "
	container_run systemctl stop ccs-demo.service
}

# check_cause JSON: the fields that follow from the cause 512.
check_cause() {
	local known description

	description=$(field "$1" RELEASE_CAUSE_DESCRIPTION)
	known=$(field "$1" RELEASE_CAUSE_KNOWN)
	check_match "RELEASE_CAUSE_DESCRIPTION is a text" '^[A-Z].+' "$description"
	check_match "RELEASE_CAUSE_ACTION is a text" '^[A-Z].+' \
		"$(field "$1" RELEASE_CAUSE_ACTION)"
	check_match "RELEASE_CAUSE_KNOWN" '^(1|yes|true)$' "$known"
	check_equal "RELEASE_CAUSE" 512 "$(field "$1" RELEASE_CAUSE)"
	check_equal "RELEASE_CAUSE_NAME" skill-queue-full "$(field "$1" RELEASE_CAUSE_NAME)"
	check_equal "RELEASE_CAUSE_SEVERITY" warning "$(field "$1" RELEASE_CAUSE_SEVERITY)"
	check_equal "RELEASE_CAUSE_COMPONENT" ccs "$(field "$1" RELEASE_CAUSE_COMPONENT)"
	check_equal "RELEASE_CAUSE_CATEGORY" capacity "$(field "$1" RELEASE_CAUSE_CATEGORY)"
	check_equal "RELEASE_CAUSE_CATALOG" huawei-cec "$(field "$1" RELEASE_CAUSE_CATALOG)"
	check_equal "RELEASE_CAUSE_PROFILE" huawei-cec "$(field "$1" RELEASE_CAUSE_PROFILE)"
	check_equal "RELEASE_CAUSE_KEY" releaseCause "$(field "$1" RELEASE_CAUSE_KEY)"
	check_equal "PRIORITY is raised to the cause's" 4 "$(field "$1" PRIORITY)"
	check_match "MESSAGE_ID" '^[0-9a-f]{32}$' "$(field "$1" MESSAGE_ID)"
}

# check_origin ORIGINAL ENRICHED: the fields that follow from the original.
check_origin() {
	local pair name timestamps

	check_equal "MESSAGE is the original and the bracket" \
		"$(field "$1" MESSAGE) [release cause 512 skill-queue-full, warning: $(
			field "$2" RELEASE_CAUSE_DESCRIPTION)]" "$(field "$2" MESSAGE)"
	for name in SYSLOG_IDENTIFIER SYSLOG_FACILITY SYSLOG_PID SYSLOG_TIMESTAMP; do
		check_equal "$name is the original's" "$(field "$1" $name)" "$(field "$2" $name)"
	done
	for pair in OBJECT_SYSTEMD_UNIT:_SYSTEMD_UNIT BECAUSED_ORIGIN_UNIT:_SYSTEMD_UNIT \
		BECAUSED_ORIGIN_HOSTNAME:_HOSTNAME BECAUSED_ORIGIN_PID:_PID \
		BECAUSED_ORIGIN_PRIORITY:PRIORITY BECAUSED_POSITION:__CURSOR; do
		check_equal "${pair%:*} is the original's ${pair#*:}" \
			"$(field "$1" "${pair#*:}")" "$(field "$2" "${pair%:*}")"
	done
	timestamps="$(field "$1" __REALTIME_TIMESTAMP) $(field "$1" _SOURCE_REALTIME_TIMESTAMP)"
	check_match "BECAUSED_ORIGIN_TIMESTAMP is the original's ($timestamps)" \
		"(^| )$(field "$2" BECAUSED_ORIGIN_TIMESTAMP)( |$)" "$timestamps"
	check_equal "BECAUSED_SOURCE" platform "$(field "$2" BECAUSED_SOURCE)"
	check_match "BECAUSED_INSTANCE" . "$(field "$2" BECAUSED_INSTANCE)"
	check_match "BECAUSED_CATALOG_VERSION" . "$(field "$2" BECAUSED_CATALOG_VERSION)"
}

check_call() {
	local original enriched

	original=$(original_call "$1")
	enriched=$(enriched_call "$1")
	check_cause "$enriched"
	check_origin "$original" "$enriched"
}

# journalctl -x explains the entry from the catalog, with every variable filled in.
check_explained() {
	local seen

	seen=$(journal -x -t ccs _SYSTEMD_UNIT=becaused.service)
	check_match "journalctl -x explains the cause below the entry" \
		"░░ [^"$'\n'"]*$(field "$(enriched_call 1)" RELEASE_CAUSE_DESCRIPTION)" "$seen"
	check "journalctl -x leaves no variable" test "${seen#*@}" = "$seen"
}

check_warning() {
	local seen

	seen=$(journal -t ccs -p warning -o cat)
	check_match "journalctl -p warning shows the cause" '^callId=1 .*skill-queue-full' "$seen"
}

check_unknown() {
	local seen

	seen=$(enriched_call 3)
	check_equal "an unknown code is reported" \
		'callId=3 releaseCause=9999 [release cause 9999 unknown to huawei-cec, notice]' \
		"$(field "$seen" MESSAGE)"
	check_equal "an unknown code: RELEASE_CAUSE" 9999 "$(field "$seen" RELEASE_CAUSE)"
	check_match "an unknown code: RELEASE_CAUSE_KNOWN" '^(0|no|false)$' \
		"$(field "$seen" RELEASE_CAUSE_KNOWN)"
}

# The order of two causes is asserted in the message. Of repeated fields, journald keeps neither the
# order (it sorts by where it first stored the data) nor duplicates.
check_two_causes() {
	local seen

	seen=$(enriched_call 4)
	check_match "two causes: a bracket each, in order" \
		'releaseCause=512 "failCode":"00548" \[release cause 512 [^]]+\] \[release cause 548 [^]]+\]$' \
		"$(field "$seen" MESSAGE)"
	check_equal "two causes: RELEASE_CAUSE is repeated" 512,548 \
		"$(jq -r '.RELEASE_CAUSE | sort | join(",")' <<<"$seen")"
	check_equal "two causes: RELEASE_CAUSE_KEY is repeated" failCode,releaseCause \
		"$(jq -r '.RELEASE_CAUSE_KEY | sort | join(",")' <<<"$seen")"
	check_equal "two causes: the most severe gives the PRIORITY" 4 "$(field "$seen" PRIORITY)"
}

# A client sets everything that a client can set to look like becaused.
check_imitation() {
	local seen

	container_run logger --journald <<-END
		SYSLOG_IDENTIFIER=ccs
		PRIORITY=6
		MESSAGE_ID=$(field "$(enriched_call 1)" MESSAGE_ID)
		BECAUSED_INSTANCE=$(field "$(enriched_call 1)" BECAUSED_INSTANCE)
		BECAUSED_SOURCE=platform
		BECAUSED_POSITION=imitated
		RELEASE_CAUSE=1
		RELEASE_CAUSE_NAME=imitated
		CALL_CENTER=north
		MESSAGE=callId=5 releaseCause=512 [release cause 512 imitated, debug: x]
	END
	check "a client that imitates our fields is enriched" wait_until 20 is_enriched ccs 'callId=5 '
	seen=$(enriched_call 5)
	check_equal "its imitated cause is not taken over" skill-queue-full \
		"$(field "$seen" RELEASE_CAUSE_NAME)"
	check_equal "its imitated position is not taken over" \
		"$(field "$(original_call 5)" __CURSOR)" "$(field "$seen" BECAUSED_POSITION)"
	check_equal "its own field is" north "$(field "$seen" CALL_CENTER)"
}

# 256 KiB with the cause at the end. It is too long for one datagram, so becaused sends it as sealed
# memory; and it is longer than what sd-journal returns by default.
check_large() {
	local seen

	{
		printf 'SYSLOG_IDENTIFIER=ccs\nMESSAGE=callId=6 '
		head -c 262144 /dev/zero | tr '\0' x
		echo ' releaseCause=512'
	} | container_run logger --journald
	check "a message of 256 KiB is enriched" wait_until 20 is_enriched ccs 'callId=6 '
	seen=$(field "$(enriched_call 6)" MESSAGE)
	check_match "it is whole up to the bracket" 'x releaseCause=512 \[release cause 512 [^]]+\]$' \
		"${seen: -1000}"
	check_equal "and not cut" 262170 "$(printf %s "${seen% \[release cause*}" | wc -c)"
}

# Once a later call has been enriched, becaused has written all entries for the earlier ones.
check_once() {
	say 7 releaseCause=512
	check_each_once ccs 1 1 7
}

need "the service can be enabled and started" service enable --now
check_equal "the service is active" active "$(container_run systemctl is-active becaused.service)"
check "the message catalog can be updated" container_run journalctl --update-catalog

say 1 releaseCause=512
check_call 1
check_explained
check_warning
say_from_unit 2 releaseCause=512
check_equal "journald knows the unit of call 2" ccs-demo.service \
	"$(field "$(original_call 2)" _SYSTEMD_UNIT)"
check_call 2
say 3 releaseCause=9999
check_unknown
say 4 'releaseCause=512 "failCode":"00548"'
check_two_causes
check_imitation
check_large
check_once
