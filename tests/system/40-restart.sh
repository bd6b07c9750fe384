# shellcheck shell=bash
#
# Nothing is lost, whatever happens to the service: causes written while it is stopped, a stop or a
# kill in the midst of a flood, and a drain that ends by itself. Nothing is explained twice either.

check_stopped() {
	service stop
	flood 100 1 stopped
	service start
	check "written while it was stopped: the last is enriched" \
		wait_until 20 is_enriched stopped 'callId=100 '
	check_each_once stopped 1 1 100
}

# interrupted IDENTIFIER COMMAND…: run the command inside as soon as the first of 10,000 causes is
# enriched, start the service again, and wait for the last. That the command ran in the midst of the
# flood is itself checked: otherwise the test would test nothing.
interrupted() {
	local name=$1 writer done_before

	shift
	service start
	flood 10000 1 "$name" &
	writer=$!
	# shellcheck disable=SC2016 # expanded by the shell inside
	container_run timeout 20 sh -c 'name=$1; shift
		until journalctl -q -n 1 -o cat -t "$name" _SYSTEMD_UNIT=becaused.service | grep -q .
		do :; done
		exec "$@"' - "$name" "$@" || :
	done_before=$(enriched_messages "$name" | wc -l)
	wait "$writer" || :
	service start
	check "$name: interrupted in the midst ($done_before of 10000 were done)" \
		test "$done_before" -gt 0 -a "$done_before" -lt 10000
	check "$name: the last is enriched" wait_until 60 is_enriched "$name" 'callId=10000 '
}

# By hand, from the beginning of the journal, with positions of its own. It has written everything
# when it ends, so the test waits for nothing.
check_drain() {
	service stop
	flood 20000 100 drain
	container_write /root/drain.yaml <<-'END'
		sources:
		  - name: drain
		    journal: {identifiers: [drain], start: beginning}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
	check "becaused --drain ends by itself, exit 0" container_run timeout 60 \
		becaused --config /root/drain.yaml --state /root/drain-state --drain
	journal -o json -t drain | jq -r 'select(.RELEASE_CAUSE) | .MESSAGE' |
		check_calls "drain: when it has ended, every cause is there once, in order" 100 100 20000
}

check_stopped
interrupted terminated systemctl stop becaused.service
check_each_once terminated 1 1 10000
interrupted killed systemctl kill --signal=KILL becaused.service
check_each_once killed 1 1 10000
check_drain
service start
