# shellcheck shell=bash
#
# Under load: 100,000 entries as fast as journald takes them, every tenth with a cause, while the
# service runs. Exactly the 10,000 are enriched, in the order of the originals, each once.

# The unit's own rate limit that PID 1 passes to journald, in microseconds. systemd 252 does not pass
# a unit's 0. Then journald's default drops entries under load, unnoticed by the sender.
rate_limit_interval() {
	container_run readlink /run/systemd/units/log-rate-limit-interval:becaused.service
}

need "the service runs" service start
check_match "journald puts no rate limit on the service (interval of at most 1 ms)" \
	'^[0-9]{1,3}$|^1000$' "$(rate_limit_interval || echo "its default")"
need "100,000 entries are written" flood 100000 10 load
need "the last of them is enriched" wait_until 120 is_enriched load 'callId=100000 '
check_equal "all 100,000 are in the journal" 100000 "$(originals load callId= | wc -l)"
check_each_once load 10 10 100000
