# shellcheck shell=bash
#
# Vacuum overruns the reader: its journal is small, and while the reader is stopped more is written
# than that holds. The source is a journal namespace of its own, which has nothing in it but the
# load, and the sink is the machine's journal, which keeps all. So what is missing can be counted
# at both ends, and the service must report exactly that as lost.

n_written=0

# The oldest of the namespace's calls.
oldest() {
	local seen

	seen=$(container_run sh -c 'journalctl --quiet --namespace=vacuum -t vacuum -o cat | head -n 1')
	[[ $seen =~ ^callId=([0-9]+) ]] && echo "${BASH_REMATCH[1]}" || echo 0
}

# vacuum_write COUNT: so many calls, all with a cause.
vacuum_write() {
	load_burst vacuum "$1" 1 $((n_written + 1)) --wait -p LogNamespace=vacuum
	n_written=$((n_written + $1))
}

# overrun: stop the reader, write until the call that it read last is gone, and let it continue.
overrun() {
	local read

	read=$(last_enriched vacuum)
	container_run systemctl kill --signal=STOP becaused.service
	until [ "$(oldest)" -gt "$read" ]; do
		vacuum_write 10000
	done
	container_run systemctl kill --signal=CONT becaused.service
	need "the service continues to the end" wait_until 60 has_read "$n_written"
}

has_read() {
	[ "$(last_enriched vacuum)" -ge "$1" ]
}

container_write /etc/systemd/journald@vacuum.conf <<-'END'
	[Journal]
	Storage=persistent
	SystemMaxUse=12M
	SystemMaxFileSize=2M
	RateLimitIntervalSec=0
END
# A namespace ends with its last unit, and while it ends none can start in it.
need "the namespace is there to stay" unit vacuum exec -p LogNamespace=vacuum sleep infinity
vacuum_write 100
begin - <<-'END'
	sources:
	  - name: vacuum
	    journal: {namespace: vacuum, start: beginning}
	sinks:
	  - name: journal
	    journal: {}
END
before=$(service_pid)
need "the namespace is read" wait_until 30 has_read "$n_written"
times=$(scaled 20 2)
for ((i = 1; i <= times; i++)); do
	overrun
done
check_same_process "$before"
service stop
container_run journalctl --quiet --sync
told=$(count_in "$(last_words)" "lost before they could be read")
check "the service reports a loss" test "$told" -gt 0
seq "$n_written" >"${container_dir:?}/root/root/calls"
judge vacuum /root/calls
row "vacuum overrun; $told told as lost" "$times" "$told"
unit_stop vacuum
container_run systemctl stop 'systemd-journald@vacuum.socket' \
	'systemd-journald-varlink@vacuum.socket' 'systemd-journald@vacuum.service' 2>/dev/null
