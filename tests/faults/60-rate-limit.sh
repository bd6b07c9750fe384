# shellcheck shell=bash
#
# journald's rate limit applied to the service itself: the service reports exactly as many as journald
# refused, and the reason. journald raises a limit with the room on the disk, so the load is far
# larger than any.

is_said() {
	journal -p warning -o cat _SYSTEMD_UNIT=becaused.service | grep -v '^callId=' | grep -i 'rate limit'
}

service_stop_limit() {
	rm -rf "${container_dir:?}/root/etc/systemd/system/becaused.service.d"
	container_run systemctl daemon-reload
}

trap service_stop_limit EXIT
service_drop_in limit <<-'END'
	[Service]
	LogRateLimitIntervalSec=30s
	LogRateLimitBurst=1000
END
begin
load_burst limited 20000 1 1 --wait
container_run logger -t limited 'callId=marker releaseCause=548'
check "the end of the load is enriched" wait_until 120 has_marker limited
check "a warning names the rate limit" wait_until 60 is_said
service stop
container_run journalctl --quiet --sync
told=$(count_in "$(last_words)" refused)
check "the service reports that some were refused" test "$told" -gt 0
judge limited
row "rate limit on the service; $told told as refused" 1 "$told"
