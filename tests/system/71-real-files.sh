# shellcheck shell=bash
#
# Files as they really are: lines that are not whole yet, files with equal text, holes and
# preallocated files, UTF-16, a file system without events, thousands of files, and files that may
# not be read. Those that take time are written in the background, and judged at the end.

logs=/var/log/cec-real
inside=${container_dir:?}/root$logs
metrics=/run/becaused/becaused.prom

# codes JOURNALCTL-MATCH…: of the entries that becaused wrote, in the journal's order.
codes() {
	journal -o json "$@" | jq -r 'select(.RELEASE_CAUSE) | [.RELEASE_CAUSE] | flatten | .[]' |
		paste -sd ' '
}

# codes_of IDENTIFIER: of those of the service.
codes_of() {
	codes -t "$1" _SYSTEMD_UNIT=becaused.service
}

has_codes() {
	[ "$(codes_of "$1")" = "$2" ]
}

# check_codes WHAT IDENTIFIER CODES: they come, and no others with them.
check_codes() {
	check "$1" wait_until 30 has_codes "$2" "$3"
	check_equal "$1, and no others" "$3" "$(codes_of "$2")"
}

# metric NAME: of the source of the service.
metric() {
	container_run sed -n "s/^$1{.*source=\"real-.*} //p" $metrics
}

metric_is() {
	local seen

	seen=$(metric "$1")
	echo "$seen"
	[ "$seen" = "$2" ]
}

# The cursor of the journal's last entry.
cursor_now() {
	journal -n 0 --show-cursor | sed -n 's/^-- cursor: //p'
}

# configure NAME PATHS START: the service's only source.
configure() {
	service_configure <<-END
		sources:
		  - name: real-$1
		    files: {paths: [$2], start: $3}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
}

# drain NAME PATHS [COMMAND…]: as a source of this name, with a state of this name. Its messages are in
# the file drained.
drained=$container_dir/drained
drain() {
	container_write "/var/tmp/$1.yaml" <<-END
		sources:
		  - name: $1
		    files: {paths: [$2], start: beginning}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
	container_run "${@:3}" timeout 300 becaused --config "/var/tmp/$1.yaml" \
		--state "/var/tmp/$1" --drain >"$drained" 2>&1
}

codes_drained() {
	codes "BECAUSED_SOURCE=$1"
}

# check_drained WHAT NAME CODES
check_drained() {
	check_equal "$1" "$3" "$(codes_drained "$2")"
}

repeat() {
	yes "$2" | head -n "$1" | paste -sd ' '
}

# -- what takes time ------------------------------------------------------------

# shellcheck disable=SC2016 # expanded by perl
preallocated='my ($path, $pause) = @ARGV; my $at = 0;
	open(my $file, ">", $path) or die; truncate($file, 65536) or die;
	for my $i (1 .. 5) {
		sleep($pause);
		my $line = "callId=$i releaseCause=512 talk=0\n";
		sysseek($file, $at, 0) or die; syswrite($file, $line) == length($line) or die;
		$at += length($line);
	}'

start_writers() {
	printf 'call 1 releaseCause=512\ncall 2 releaseCause=5' >"$inside/half.log"
	unit half exec sh -c "sleep 7; printf '12 talk=9\ncall 3 releaseCause=531\n' >>$logs/half.log"
	unit pre1 exec perl -e "$preallocated" $logs/pre1.log 1
	unit pre7 exec perl -e "$preallocated" $logs/pre7.log 7
}

# The last line of a file that was rotated away or removed. Where its code is not cut, it is explained.
start_last_lines() {
	local name

	for name in rotated-whole removed-whole; do
		printf 'callId=1 releaseCause=512\ncallId=2 releaseCause=531 talk=0' >"$inside/$name.log"
	done
	for name in rotated-cut removed-cut; do
		printf 'callId=1 releaseCause=512\ncallId=2 releaseCause=53' >"$inside/$name.log"
	done
	for name in {rotated,removed}-{whole,cut}; do
		check "$name.log: its first line is enriched" wait_until 20 has_codes "$name" 512
	done
	check "their last lines are held" wait_until 30 metric_is becaused_source_held 4
	mv "$inside/rotated-whole.log" "$inside/rotated-whole.log.1"
	mv "$inside/rotated-cut.log" "$inside/rotated-cut.log.1"
	rm "$inside/removed-whole.log" "$inside/removed-cut.log"
}

check_what_took_time() {
	check_codes "half.log: a line is explained when it is whole, after 7 seconds too" half '512 512 531'
	check_equal "half.log: each line is whole" 'call 1 releaseCause=512
call 2 releaseCause=512 talk=9
call 3 releaseCause=531' "$(enriched_messages half | sed 's/ \[release.*//')"
	check_codes "a preallocated file, a line each second: each line once" pre1 "$(repeat 5 512)"
	check "the writer that waits 7 seconds has written all" wait_until 60 has_codes pre7 "$(repeat 5 512)"
	check_each_once pre7 1 1 5
	check "a last line is explained when its file was rotated long ago" \
		wait_until 120 has_codes rotated-whole '512 531'
	check "and removed" wait_until 30 has_codes removed-whole '512 531'
	check "codes that touch the cut are counted" wait_until 30 metric_is becaused_unclaimed_total 2
	check_equal "and not explained: rotated" 512 "$(codes_of rotated-cut)"
	check_equal "and not explained: removed" 512 "$(codes_of removed-cut)"
}

# A program that does not flush: 4 KiB at a time, 10 lines a second, so it stops in the midst of a line
# for 8 seconds.
n_stdio=$((${BECAUSE_STDIO_SECONDS:-120} * 10))

start_stdio() {
	need "stdio.log: the writer starts" unit stdio exec -p "StandardOutput=truncate:$logs/stdio.total" \
		writer $logs/stdio.log 10 $n_stdio 1 4096
}

check_stdio() {
	for _ in 1 2; do
		check "stdio.log: the kill comes while lines are written" unit_runs stdio
		service kill --signal=KILL
		service restart
		check "stdio.log: becaused reads it again" wait_until 60 stdio_goes_on
	done
	check "stdio.log: the writer ends" wait_until $((n_stdio / 10)) unit_ended stdio
	check_equal "stdio.log: all lines were written" $n_stdio "$(cat "$inside/stdio.total")"
	check "stdio.log: the last line is explained" wait_until 30 is_enriched stdio "callId=$n_stdio "
	check_each_once stdio 1 1 $n_stdio
	check "nothing is held any more" wait_until 20 metric_is becaused_source_held 0
	check_equal "stdio.log: no line is torn" "" "$(enriched_messages stdio | grep -avE \
		'^callId=[0-9]+ pid=[0-9]+ talk=0 releaseCause=512 \[release cause 512 [^]]*\]$' | head -n 3)"
}

# Another block has been explained since this was called first.
stdio_goes_on() {
	local n

	n=$(enriched_messages stdio | wc -l)
	[ -s "$container_dir/stdio" ] || echo "$n" >"$container_dir/stdio"
	[ "$n" -gt "$(cat "$container_dir/stdio")" ] && rm "$container_dir/stdio"
}

unit_ended() {
	! unit_runs "$1"
}

# -- content --------------------------------------------------------------------

check_container_lines() {
	local time=2026-11-28T09:14:05.1Z

	printf '%s\n' "$time stdout P call 1 releaseCause=5" "$time stdout P 1" \
		"$time stdout F 2 talk=0" "$time stdout F call 2 releaseCause=531" >"$inside/cri.log"
	check_codes "lines of a container that are parts: the whole code, once" cri '512 531'
}

check_hole() {
	truncate -s 2M "$inside/hole.log"
	printf 'callId=%d releaseCause=512\n' 1 2 >>"$inside/hole.log"
	check_codes "two lines behind a hole of 2 MiB" hole '512 512'
	check_equal "without NULs" 'callId=1 releaseCause=512
callId=2 releaseCause=512' "$(enriched_messages hole | sed 's/ \[release.*//')"
}

check_utf16() {
	printf 'callId=1 "grüße" releaseCause=512\r\ncallId=2 releaseCause=531\r\n' | iconv -t utf-16 \
		>"$inside/utf16.log"
	check_codes "UTF-16 with a byte order mark" utf16 '512 531'
	check_match "its message is UTF-8" '^callId=1 "grüße" releaseCause=512 *\[release cause 512 ' \
		"$(enriched_messages utf16 | tr -d '\r' | head -n 1)"
}

check_braces() {
	echo 'callId=1 releaseCause=512' >"$inside/a.txt"
	echo 'callId=1 releaseCause=531' >"$inside/b.txt"
	check_codes "{a,b}: the first alternative" a.txt 512
	check_codes "{a,b}: the second one" b.txt 531
}

# -- equal text -----------------------------------------------------------------

check_equal_text() {
	local name lines

	lines=$(yes 'callId=1 releaseCause=512' | head -n 20)
	for name in node1 node2; do
		echo "$lines" >>"$inside/$name.log"
	done
	check_codes "node1.log" node1 "$(repeat 20 512)"
	check_codes "node2.log, with the same text" node2 "$(repeat 20 512)"
	for name in 26 27 28; do
		printf 'callId=1 releaseCause=512\ncallId=2 releaseCause=531\n' \
			>"$inside/report-2026-11-$name.log"
	done
	for name in 26 27 28; do
		check_codes "report-2026-11-$name.log, like the others" report-2026-11-$name '512 531'
	done
}

# A rename rotation under a glob that matches the rotated names, too. A line has no number.
check_equal_rotations() {
	local lines round

	lines=$(yes 'call releaseCause=512' | head -n 50)
	for round in 1 2 3; do
		[ "$round" -eq 1 ] || mv "$inside/app.txt" "$inside/app.txt.$round"
		echo "$lines" >"$inside/app.txt"
		check "app.txt: equal text, after $((round - 1)) rotations" \
			wait_until 60 has_rotations $((round * 50))
	done
	check_equal "app.txt: each line of three equal files once" 150 "$(n_rotations)"
}

n_rotations() {
	journal -o json _SYSTEMD_UNIT=becaused.service |
		jq -r 'select(.BECAUSED_ORIGIN_FILE | tostring | startswith("'$logs/app.txt'")) | .RELEASE_CAUSE' |
		wc -l
}

has_rotations() {
	[ "$(n_rotations)" -eq "$1" ]
}

# -- a file system without events -----------------------------------------------

# FUSE gives no events for what is written below it.
check_remote() {
	local i

	if [ ! -c /dev/fuse ]; then
		echo "this machine has no FUSE; unit tests prove files without events"
		return
	fi
	container_run bindfs $logs/below $logs/remote
	need "FUSE is mounted" container_run mountpoint --quiet $logs/remote
	service restart
	for i in 1 2 3; do
		echo "callId=$i releaseCause=512" >>"$inside/below/fuse.log"
		check "FUSE: line $i is enriched without an event" wait_until 20 is_enriched fuse "callId=$i "
	done
	check_each_once fuse 1 1 3
	service stop
	container_run umount $logs/remote
	service start
}

# -- many files -----------------------------------------------------------------

n_many=15000

make_many() {
	mkdir "$inside/many"
	awk -v n=$n_many -v dir="$inside/many" 'BEGIN {
		for (i = 1; i <= n; i++) {
			file = dir "/call-" i ".log"
			print "callId=" i " releaseCause=512" >file
			close(file)
		}
	}'
}

check_many_drained() {
	local round

	make_many
	for round in 1 2; do
		check "$n_many files are drained, exit 0 (round $round)" drain real-many "$logs/many/*.log"
		journal -o json BECAUSED_SOURCE=real-many | jq -r .MESSAGE | sort -t = -k 2n |
			check_calls "each of their causes is there once (round $round)" 1 1 $n_many
	done
}

check_many_live() {
	configure many "\"$logs/many/*.log\"" end
	service restart
	echo 'callId=1 releaseCause=531' >"$inside/many/newcomer.log"
	check "with $n_many files, a new one is read" wait_until 20 has_codes newcomer 531
	echo 'callId=0 releaseCause=531' >>"$inside/many/call-77.log"
	check "and a line of an old one" wait_until 20 has_codes call-77 531
	check_equal "no file is left out" 0 "$(metric becaused_files_left_out)"
}

check_many_vanished() {
	find "$inside/many" -type f -delete
	check "$n_many files have vanished: exit 0" drain real-many "$logs/many/*.log"
	check_equal "one warning" 1 "$(grep -c "gone" "$drained")"
	check "it has their number" grep -q "$n_many files are gone" "$drained"
}

# -- what is not read -----------------------------------------------------------

as_nobody=(runuser -u nobody -g nogroup -G systemd-journal --)

status_has() {
	container_run systemctl show -P StatusText becaused.service | grep -F "$1"
}

check_unreadable() {
	local name status=0

	mkdir "$inside/locked"
	for name in 1 2 3; do
		echo "callId=$name releaseCause=512" >"$inside/locked/locked-$name.log"
	done
	chmod 0000 "$inside/locked/locked-2.log"
	container_run install -d -o nobody /var/tmp/real-locked
	drain real-locked "$logs/locked/*.log" "${as_nobody[@]}" || status=$?
	check_equal "a file may not be read: --drain exits 1" 1 "$status"
	check_drained "the two others are read" real-locked '512 512'
	check "and the file is named" grep -q "cannot read '$logs/locked/locked-2.log'" "$drained"

	configure locked "\"$logs/locked/*.log\"" beginning
	service restart
	check "the service has the number of such files" wait_until 20 metric_is becaused_files_unreadable 1
	check "and shows it" wait_until 20 status_has '1 files or directories may not be read'
	chmod a+r "$inside/locked/locked-2.log"
	check_codes "when the file may be read, it is" locked-2 512
	check "and the number is 0" wait_until 20 metric_is becaused_files_unreadable 0
}

check_half_drained() {
	printf 'x releaseCause=51' >"$inside/half.drain"
	check "a file without an end of its last line is drained" drain real-half $logs/half.drain
	check_drained "half a code is none" real-half ''
	check "the line is counted" grep -q 'not whole yet' "$drained"
	printf '2 y\n' >>"$inside/half.drain"
	check "drained again" drain real-half $logs/half.drain
	check_drained "the whole code, once" real-half 512
}

check_compressed() {
	local before

	configure compressed "\"$logs/compressed*.log\"" beginning
	service restart
	echo 'callId=1 releaseCause=512' >"$inside/compressed.log"
	check_codes "compressed.log is read" compressed 512
	service stop
	before=$(cursor_now)
	container_write /etc/cec-compressed.conf <<-END
		$logs/compressed.log {
			rotate 5
			compress
		}
	END
	container_run logrotate --force --state $logs/rotate.state /etc/cec-compressed.conf
	check "logrotate has compressed it" test -s "$inside/compressed.log.1.gz"
	service start
	echo 'callId=2 releaseCause=531' >"$inside/compressed.log"
	check_codes "compressed.log: the new file is read" compressed '512 531'
	check_equal "that a file was compressed when it had been read gives no warning" "" \
		"$(journal --after-cursor="$before" -u becaused.service -p warning -o cat)"
}

# -- all of / -------------------------------------------------------------------

# What does not stop is killed by systemd after 30 seconds.
check_glob_over_all() {
	local before

	configure all '"/*/*/*/*"' end
	before=$(cursor_now)
	service stop
	container_run systemctl start --no-block becaused.service
	check "a glob over all: becaused runs" wait_until 20 becaused_has_process
	service stop
	check_equal "stopped while it starts, it ends by itself" "" \
		"$(killed_since "$before")"
	service start
	check_equal "it starts" active "$(container_run systemctl is-active becaused.service)"
	service stop
	check_equal "and stops" success "$(container_run systemctl show -P Result becaused.service)"
	check_equal "by itself" "" \
		"$(killed_since "$before")"
}

# killed_since CURSOR: what systemd reports of that.
killed_since() {
	journal --after-cursor="$1" -u becaused.service -o cat | grep -E 'timed out|Killing process' || :
}

becaused_has_process() {
	[ "$(container_run systemctl show -P MainPID becaused.service)" -gt 0 ]
}

mkdir -p "$inside/below" "$inside/remote"
configure files "\"$logs/*.log\", \"$logs/{a,b}.txt\", \"$logs/app.txt*\", \"$logs/remote/*.log\"" beginning
need "the service starts with a source of files" service restart
start_writers
start_last_lines
check_container_lines
check_hole
check_utf16
check_braces
check_equal_text
check_equal_rotations
check_half_drained
check_many_drained
start_stdio
check_what_took_time
check_stdio
check_remote
check_many_live
check_many_vanished
check_unreadable
check_compressed
check_glob_over_all
service stop
rm -r "$inside"
