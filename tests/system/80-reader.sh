# shellcheck shell=bash
#
# The journal reader: entries that journald vacuums before they are read are counted exactly, whether
# the service was too slow or stopped. The journals of users are read too. Journals that move between
# memory and disk are followed, and so are those of more than a thousand files. A namespace may
# appear later; a wake-up without an entry is harmless; journald's rate limit is reported.
#
# The measure is the sequence number: journald gives each entry the next one, so what was read and
# what was lost since an entry are together the difference to the newest.

# journald_configure: standard input becomes journald's configuration, until the test ends.
journald_configure() {
	container_write /etc/systemd/journald.conf.d/test.conf
	container_run systemctl restart systemd-journald.service
}

reader_restore() {
	rm -f "${container_dir:?}/root/etc/systemd/journald.conf.d/test.conf"
	container_run systemctl restart systemd-journald.service
	service_restore
}

# The newest sequence number.
newest() {
	local number

	number=$(journal -o export --output-fields=PRIORITY -n 1 |
		sed -n 's/^__CURSOR=s=[0-9a-f]*;i=\([0-9a-f]*\);.*/\1/p')
	echo $((16#$number))
}

# The sequence number of the position that the service has saved of the source `platform`; earlier
# tests had others.
position() {
	local number

	number=$(container_run sed -n 's/^platform\tjournal\ts=[0-9a-f]*;i=\([0-9a-f]*\);b=.*/\1/p' \
		/var/lib/becaused/positions)
	echo $((16#$number))
}

# status WORDS: the count before these words in the unit's status; 0 if it lacks them.
status() {
	container_run systemctl show -P StatusText becaused.service |
		sed -n "s/.*\(^\|[ ,]\)\([0-9][0-9]*\) $1.*/\2/p" | grep . || echo 0
}

counted() {
	echo $(($(status read) + $(status lost)))
}

# is_exact NUMBER: all entries behind this number, where the service began, are counted.
is_exact() {
	local counted newest

	newest=$(newest)
	counted=$(counted)
	echo "$((newest - $1)) were written, $counted are read or lost"
	[ $((newest - $1)) -eq "$counted" ]
}

# How many entries the service has reported as lost since the time.
said() {
	journal -o cat --since "$1" -u becaused.service |
		sed -n 's/.* lost \([0-9]*\) entries, which were gone .*/\1/p' |
		awk '{ n += $1 } END { print n + 0 }'
}

has_said_all() {
	echo "$(said "$1") are said, $(status lost) are counted"
	[ "$(said "$1")" -eq "$(status lost)" ]
}

now() {
	container_run date '+%F %T'
}

flood_is_read() {
	check "$1: it reads" wait_until 120 is_enriched "$1" "callId=$2 "
}

check_too_slow() {
	local number since

	service stop
	number=$(position)
	since=$(now)
	service start
	flood 10 1 before-slow
	flood_is_read before-slow 10
	container_run systemctl kill --signal=STOP becaused.service
	flood 150000 1000 slow
	container_run systemctl kill --signal=CONT becaused.service
	flood_is_read slow 150000
	check "too slow: entries are lost" wait_until 30 test_lost
	check "too slow: read and lost are together what was written" wait_until 60 is_exact "$number"
	check "too slow: the number is reported" wait_until 60 has_said_all "$since"
}

check_stopped() {
	local number since

	flood 10 1 before-stop
	flood_is_read before-stop 10
	service stop
	number=$(position)
	flood 150000 1000 stopped
	since=$(now)
	service start
	flood_is_read stopped 150000
	check "stopped: entries are lost" wait_until 30 test_lost
	check "stopped: read and lost are together what was written" wait_until 60 is_exact "$number"
	check "stopped: the number is reported" wait_until 60 has_said_all "$since"
}

test_lost() {
	[ "$(status lost)" -gt 0 ]
}

# Two files are written at once, and rotated: nothing is passed over.
check_users() {
	local writer

	container_run useradd --uid 1500 reader-test
	service restart
	container_run systemd-run --quiet --wait --collect -p User=1500 \
		-p LogRateLimitIntervalSec=1us /usr/local/bin/flood 30000 10 of-user &
	writer=$!
	flood 30000 10 of-system
	wait "$writer"
	flood_is_read of-system 30000
	flood_is_read of-user 30000
	check_each_once of-user 10 10 30000
	check_each_once of-system 10 10 30000
	check_equal "users: nothing is lost" 0 "$(status lost)"
}

# A file of another program wakes the reader, which then checks whether it missed an entry.
check_woken() {
	local since

	since=$(now)
	service restart
	flood 10 1 before-woken
	flood_is_read before-woken 10
	# shellcheck disable=SC2016 # expanded by the shell inside
	container_run sh -c 'touch "$(dirname "$(ls /*/log/journal/*/system.journal)")/none-of-ours"'
	flood 10 1 woken
	flood_is_read woken 10
	container_run sh -c 'rm /*/log/journal/*/none-of-ours'
	check_equal "woken for nothing: no warning is logged" "" \
		"$(journal -o cat -p warning --since "$since" _SYSTEMD_UNIT=becaused.service | grep -v ^callId=)"
}

# More files than a process may usually open.
check_many_files() {
	journald_configure <<<$'[Journal]\nStorage=persistent\nSystemMaxFiles=10000'
	service restart
	flood 1 1 before-many
	flood_is_read before-many 1
	service stop
	# shellcheck disable=SC2016 # expanded by the shell inside
	container_run sh -c '
		for i in $(seq 1100); do
			logger -t many "callId=$i releaseCause=512"
			journalctl --quiet --rotate
		done'
	check "many files: there are many" test "$(container_run sh -c 'ls /var/log/journal/*' | wc -l)" -gt 1100
	service start
	flood_is_read many 1100
	check_each_once many 1 1 1100
	check_equal "many files: nothing is lost" 0 "$(status lost)"
}

check_moving() {
	service restart
	flood 100 1 on-disk
	journald_configure <<<$'[Journal]\nStorage=volatile'
	flood 100 1 in-memory
	flood_is_read in-memory 100
	journald_configure <<<$'[Journal]\nStorage=persistent'
	container_run journalctl --flush
	flood 100 1 on-disk-again
	flood_is_read on-disk-again 100
	check_each_once on-disk 1 1 100
	check_each_once in-memory 1 1 100
	check_each_once on-disk-again 1 1 100
}

check_namespace() {
	service_configure <<-'END'
		sources:
		  - name: later
		    journal: {namespace: later, start: end}
	END
	service restart
	container_run systemd-run --quiet --wait --collect -p LogNamespace=later \
		-p LogRateLimitIntervalSec=1us /usr/local/bin/flood 50 1 of-namespace
	flood_is_read of-namespace 50
	check_each_once of-namespace 1 1 50
}

# With the first line behind the interval, journald reports the limit.
check_rate_limit() {
	local dropped

	service_configure <<-'END'
		sources:
		  - name: limited
		    journal: {units: [test-limited]}
	END
	service restart
	# shellcheck disable=SC2016 # expanded by the shell inside
	unit limited exec -p LogRateLimitIntervalSec=3s -p LogRateLimitBurst=10 sh -c '
		for i in $(seq 500); do echo line $i; done; sleep 4; echo after; sleep 60'
	check "rate limit: journald notes it" wait_until 30 is_noted
	dropped=$(noted)
	check "rate limit: the number is reported" wait_until 30 has_lost "$dropped"
	unit_stop limited
}

noted() {
	journal -o json MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e \
		OBJECT_SYSTEMD_UNIT=test-limited.service | jq -s 'map(.N_DROPPED | tonumber) | add'
}

is_noted() {
	[ "$(noted)" -gt 0 ]
}

has_lost() {
	echo "$1 were dropped, $(status lost) are told"
	[ "$(status lost)" -eq "$1" ]
}

service_configure <"$container_dir/root${sysconfdir:-/etc}/becaused/becaused.yaml"
trap reader_restore EXIT
check_users
check_woken
check_moving
check_many_files
journald_configure <<<$'[Journal]\nSystemMaxUse=24M\nSystemMaxFileSize=4M'
check_too_slow
check_stopped
check_rate_limit
check_namespace
