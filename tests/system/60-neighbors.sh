# shellcheck shell=bash
#
# More than one becaused on a machine: none enriches what another wrote, whichever path its program
# has; two never share positions; and a run as root leaves the service its state.

neighbor=becaused-neighbor.service

# How many entries of any becaused there are for a call. The test counts them once both have passed
# the call: they have explained a later one.
told() {
	journal -o json -t neighbors |
		jq -r --arg text "callId=$1 " 'select(.RELEASE_CAUSE) | .MESSAGE
			| select(startswith($text))' | wc -l
}

told_by() {
	journal -o cat -t neighbors "_SYSTEMD_UNIT=$1" | grep -q "^callId=$2 "
}

check_neighbors() {
	service start
	container_run install -D /usr/sbin/becaused /opt/other/becaused
	container_run systemd-run --quiet --unit="$neighbor" --service-type=notify \
		-p LogRateLimitIntervalSec=1us /opt/other/becaused --state /var/lib/neighbor
	container_run logger -t neighbors 'callId=1 releaseCause=512'
	check "the service explains a call" wait_until 20 told_by becaused.service 1
	check "and so does its neighbor" wait_until 20 told_by "$neighbor" 1
	container_run logger -t neighbors 'callId=2 releaseCause=512'
	check "the service has gone on" wait_until 20 told_by becaused.service 2
	check "and so has its neighbor" wait_until 20 told_by "$neighbor" 2
	check_equal "neither has explained the other's explanation" 2 "$(told 1)"
	container_run systemctl stop "$neighbor"
}

# The state directory is the service's, and a service of a user of its own.
check_state() {
	local seen

	seen=$(container_run becaused --drain 2>&1) && fail "a second becaused on one state is refused"
	check_match "a second becaused on one state gets the reason" "another becaused uses" \
		"$seen"
	service stop
	check "root drains with the service's state" container_run timeout 60 becaused --drain
	check "the service starts on it again" service start
}

check_neighbors
check_state
