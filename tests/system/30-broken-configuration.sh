# shellcheck shell=bash
#
# A broken configuration, catalog or profile that is named: the service does not start, does not retry,
# and reports the place of every error in `systemctl status` and in the journal. Once it is mended, it
# starts. A broken profile that no list names is reported and left out.

config=${sysconfdir:-/etc}/becaused
keep=${container_dir:?}/kept

# with_broken PATH COMMAND…: with standard input at PATH; the old content is restored.
with_broken() {
	local path=$1 file=$container_dir/root$1

	shift
	[ ! -e "$file" ] || cp -p "$file" "$keep"
	container_write "$path"
	"$@" "$path"
	rm -f "$file"
	[ ! -e "$keep" ] || mv "$keep" "$file"
}

# Ended for good: a start that is still to be tried again would be `activating`.
has_failed() {
	[ "$(container_run systemctl show -P ActiveState becaused.service)" = failed ]
}

# check_refused LINE… PATH: an error is reported for each of these lines of the file.
check_refused() {
	local path=${*: -1} name line status log

	name=${path#"$config/"}
	service stop
	check "$name: the start fails" refuses_to_start
	check "$name: the unit has failed" wait_until 10 has_failed
	check_equal "$name: and was not started again" 0 \
		"$(container_run systemctl show -P NRestarts becaused.service)"
	status=$(container_run systemctl status --full becaused.service || :)
	log=$(journal -u becaused.service -o cat)
	for line in "${@:1:$#-1}"; do
		check_match "$name: systemctl status shows the error in line $line" \
			"$path:$line:[0-9]+: error: " "$status"
		check_match "$name: the journal has the error in line $line" \
			"$path:$line:[0-9]+: error: " "$log"
	done
}

refuses_to_start() {
	! service start
}

with_broken "$config/becaused.yaml" check_refused 1 2 <<'END'
severity: loud
sauces: []
END

with_broken "$config/catalogs/huawei-cec.yaml" check_refused 5 12 <<'END'
catalog: huawei-cec
title: Broken on purpose
source: A system test
causes:
  - code: twelve
    name: not-a-number
    description: The code is not a number.
    severity: warning
  - code: 13
    name: no-level
    description: The severity is no syslog level.
    severity: loud
END

# check_left_out PATH: nothing names the profile, so the service works without it, and reports why.
check_left_out() {
	local log marker=left-out-$RANDOM

	service stop
	check "a broken profile that nothing names does not keep the service from starting" service start
	log=$(journal -u becaused.service -o cat)
	check_match "its errors are warnings" "$1:5:[0-9]+: warning: " "$log"
	check_match "all of them" "$1:6:[0-9]+: warning: " "$log"
	check_match "and it is left out" "$1: warning: the profile has errors, ignoring it" "$log"
	container_run systemd-cat -t "$marker" echo "Reason: Q.850;cause=17"
	check "other profiles still explain causes" wait_until 10 is_explained "$marker"
	check_refused_by_name "$1"
}

is_explained() {
	journal -t "$1" -o cat | grep -q 'release cause 17 user-busy'
}

# check_refused_by_name PATH: a list names the profile, too.
check_refused_by_name() {
	echo 'profiles: [all, huawei-cec]' | with_broken "$config/becaused.yaml" check_refused_for "$1"
}

check_refused_for() {
	check_refused 5 6 "$1"
}

with_broken "$config/profiles/huawei-cec.yaml" check_left_out <<'END'
profile: huawei-cec
title: Broken on purpose
catalog: huawei-cec
keys: [releaseCause]
base: octal
kees: [failCode]
END

check "mended, the service starts" service start
check_equal "and is active" active "$(container_run systemctl is-active becaused.service)"
