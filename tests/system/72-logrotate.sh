# shellcheck shell=bash
#
# The real logrotate, over and over, during a load of 50,000 lines per second, every hundredth with
# a cause. BECAUSE_LOAD_SECONDS is the length of each load.
#
# With `create` every cause line is explained exactly once. With `copytruncate` the tool itself
# loses what is written between its copying and its truncating: a line counts as kept when it
# is in one of the copies or in the log, and every kept cause line is explained. No line is
# ever explained twice.

logs=/var/log/cec-rotated
inside=${container_dir:?}/root$logs
n_lines=$((${BECAUSE_LOAD_SECONDS:-10} * 50000))

# rotation NAME OPTION…: logrotate's configuration for the log NAME. The names of its copies have
# the second.
rotation() {
	local name=$1

	shift
	container_write "/etc/cec-$name.conf" <<-END
		$logs/$name.log {
			rotate 1000
			dateext
			dateformat -%s
			$(printf '%s\n' "$@")
		}
	END
}

writes() {
	container_run systemctl is-active --quiet test-writer.service
}

# load NAME BLOCK: rotate the log as long as it is written.
load() {
	need "$1: the load starts" unit writer exec -p "StandardOutput=truncate:$logs/$1.total" \
		writer "$logs/$1.log" 50000 "$n_lines" 100 "$2"
	check "$1: the load begins" wait_until 10 test -s "$inside/$1.log"
	while writes; do
		container_run logrotate --force --state "$logs/state" "/etc/cec-$1.conf" || :
		sleep 1 # or the next copy would have the name of this one
	done
	check_equal "$1: all lines were written" "$n_lines" "$(cat "$inside/$1.total")"
	check "$1: it was rotated in the midst of it ($(copies "$1" | wc -l) times)" \
		test "$(copies "$1" | wc -l)" -ge 5
}

copies() {
	find "$inside" -name "$1.log-*"
}

# The cause lines in the log and all of its copies. A line that the end of a copy cuts counts as lost.
kept() {
	local file

	for file in "$inside/$1.log" $(copies "$1"); do
		zcat -f "$file"
		echo
	done | grep -axE 'callId=[0-9]+ pid=[0-9]+ talk=0 releaseCause=512' | calls
}

# The calls of messages on standard input, sorted.
calls() {
	sed -n 's/^callId=\([0-9]*\) .*/\1/p' | sort -n
}

explained() {
	enriched_messages "$1" | calls
}

has_explained() {
	[ "$(enriched_messages "$1" | wc -l)" -ge "$2" ]
}

# A line that a reader joined from bytes before and after a truncation would look different.
check_whole() {
	check_equal "$1: no line is glued or torn" "" "$(enriched_messages "$1" | grep -avE \
		'^callId=[0-9]+ pid=[0-9]+ talk=0 releaseCause=512 \[release cause 512 [^]]*\]$' | head -n 3)"
}

check_create() {
	rotation "$1" create "${@:3}" postrotate 'systemctl kill --signal=HUP test-writer.service || :' \
		endscript
	load "$1" "$2"
	check "$1: all causes are enriched" wait_until 60 has_explained "$1" $((n_lines / 100))
	seq 100 100 "$n_lines" >"$inside/$1.wanted"
	explained "$1" >"$inside/$1.explained"
	check "$1: each exactly once" diff --unified=0 "$inside/$1.wanted" "$inside/$1.explained"
	check_whole "$1"
}

# has_all_kept NAME: prints the calls that are kept and not explained.
has_all_kept() {
	explained "$1" >"$inside/$1.explained"
	diff <(comm -23 <(sort "$inside/$1.kept") <(sort "$inside/$1.explained")) /dev/null
}

check_copytruncate() {
	local n_kept

	rotation "$1" copytruncate "${@:3}"
	load "$1" "$2"
	kept "$1" >"$inside/$1.kept"
	n_kept=$(wc -l <"$inside/$1.kept")
	check "$1: logrotate kept nearly all of it ($n_kept causes of $((n_lines / 100)))" \
		test "$n_kept" -ge $((n_lines / 200))
	check "$1: every cause that it kept is enriched" wait_until 60 has_all_kept "$1"
	check_equal "$1: none twice" "" "$(explained "$1" | uniq -d | head -n 10)"
	check_whole "$1"
}

mkdir -p "$inside"
service_configure <<END
sources:
  - name: rotated-$$
    files: {paths: [$logs/*.log], start: end}
sinks:
  - name: journal
    journal: {namespace: ""}
END
need "the service starts" service restart

check_create create 0 delaycompress compress
check_create create-compress 4096 compress
check_copytruncate copy 0
check_copytruncate copy-compress 0 compress
rm -r "$inside"
