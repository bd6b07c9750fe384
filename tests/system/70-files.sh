# shellcheck shell=bash
#
# Log files as a source: which are read and from where, what the records have of them, and what
# happens to a file: it grows by lines or by halves, is renamed, truncated, removed, made unreadable,
# while the service runs, is stopped or is killed.

logs=/var/log/cec
inside=${container_dir:?}/root$logs
source_name=files-$$

# append FILE TEXT…: lines at the end of a log. Each line names its log: real logs differ, and
# a log with the content of another is taken for its copy.
append() {
	printf '%s\n' "${@:2}" | sed "s/ releaseCause=/ log=${1##*/}&/" >>"$inside/$1"
}

# explained IDENTIFIER CALL: is there an enriched entry of the call?
explained() {
	is_enriched "$1" "callId=$2 "
}

# follow FILE IDENTIFIER CALL: append a cause to the file, and wait for its explanation.
follow() {
	append "$1" "callId=$3 releaseCause=512"
	check "$1: call $3 is enriched" wait_until 20 explained "$2" "$3"
}

# caught_up: the service has read all that was in the files before this was called: a line of another
# file, written later, has been enriched. The next call takes the next line.
n_marks=0
caught_up() {
	n_marks=$((n_marks + 1))
	append marks.log "callId=$n_marks releaseCause=512"
	wait_until 20 explained marks $n_marks
}

field() {
	jq -r --arg name "$2" '.[$name] // "" | tostring' <<<"$1"
}

check_fields() {
	local seen

	append cec.log '2026-03-02 09:14:05 callId=2 "grüße" releaseCause=512 talk=0 ' 'callId=3 nothing'
	check "cec.log: a line with more on it is enriched" wait_until 20 is_enriched cec 2026-03-02
	seen=$(enriched cec 2026-03-02)
	check_equal "SYSLOG_IDENTIFIER is the file's name" cec "$(field "$seen" SYSLOG_IDENTIFIER)"
	check_equal "BECAUSED_ORIGIN_FILE is its path" $logs/cec.log \
		"$(field "$seen" BECAUSED_ORIGIN_FILE)"
	check_equal "BECAUSED_SOURCE is the source's name" "$source_name" \
		"$(field "$seen" BECAUSED_SOURCE)"
	check_match "BECAUSED_POSITION has the place" . "$(field "$seen" BECAUSED_POSITION)"
	check_equal "PRIORITY is the cause's" 4 "$(field "$seen" PRIORITY)"
	check_equal "RELEASE_CAUSE_NAME" skill-queue-full "$(field "$seen" RELEASE_CAUSE_NAME)"
	check_match "MESSAGE is the line and the bracket" \
		'^2026-03-02 09:14:05 callId=2 "grüße" log=cec.log releaseCause=512 talk=0  \[release ' \
		"$(field "$seen" MESSAGE)"
}

# A line from a log server, or one that has passed the filter, has its bracket already.
check_explained_before() {
	append cec.log 'callId=104 releaseCause=512 [release cause 512 x, err: y]' \
		'callId=105 releaseCause=512 releaseCause=531 [release cause 512 x, err: y]'
	check "a line with another cause is enriched" wait_until 20 explained cec 105
	check_equal "and by that cause alone" 531 "$(field "$(enriched cec 'callId=105 ')" RELEASE_CAUSE)"
	check_equal "one with its bracket is not enriched" "" "$(enriched cec 'callId=104 ')"
	check "that is reported" has_said 'causes that already have their bracket are not explained again'
}

has_said() {
	journal -o cat -u becaused.service | grep -qF "$1"
}

# The service ignores everything but log files, and does not block: opening a fifo would wait for a writer.
check_no_files() {
	mkfifo "$inside/fifo.log"
	mkdir "$inside/directory.log"
	ln -s nowhere "$inside/dangling.log"
	ln -s cec.log "$inside/alias.log"
	follow cec.log cec 4
	check_equal "a file with two names is read once" 1 \
		"$({ enriched cec 'callId=4 '; enriched alias 'callId=4 '; } | wc -l)"
	rm -r "$inside"/{fifo,directory,dangling,alias}.log
}

# A line in two halves is one line; an apparent end may be the middle of one.
check_halves() {
	printf 'callId=1 releaseCause=5' >>"$inside/halves.log"
	check "half a line is looked at" caught_up
	printf '12 talk=0\r\ncallId=2 releaseCause=512' >>"$inside/halves.log"
	check "halves.log: the line is enriched when it is whole" wait_until 20 explained halves 1
	check "halves.log: another half is looked at" caught_up
	check_equal "halves.log: a last line without an end is not enriched" "" \
		"$(enriched halves 'callId=2 ')"
	printf '\ncallId=3 releaseCause=512\n' >>"$inside/halves.log"
	check "halves.log: and so is the next line" wait_until 20 explained halves 3
	check_each_once halves 1 1 3
	check_equal "halves.log: a half is nothing by itself" 'callId=1 releaseCause=512 talk=0' \
		"$(enriched_messages halves | sed -n '1s/\r\{0,1\} \[release.*//p')"
}

# Two logs may begin alike for a while: with a banner, for example.
check_banner() {
	local banner name

	banner=$(printf '=%.0s' {1..200})
	for name in banner-a banner-b; do
		printf '%s\ncallId=1 log=%s releaseCause=512\n' "$banner" $name >>"$inside/$name.log"
		check "$name.log: a log that begins like another is read too" \
			wait_until 30 explained $name 1
	done
	follow banner-b.log banner-b 2
	check_each_once banner-b 1 1 2
}

check_long_line() {
	{
		printf 'callId=1 '
		head -c 3000000 /dev/zero | tr '\0' x
		printf ' releaseCause=512\ncallId=2 releaseCause=512\n'
	} >>"$inside/long.log"
	check "long.log: the line after one of 3 MB is enriched" wait_until 20 explained long 2
	check_equal "long.log: the service is well" active \
		"$(container_run systemctl is-active becaused.service)"
}

check_rename_while_stopped() {
	follow renamed.log renamed 1
	service stop
	append renamed.log 'callId=2 releaseCause=512'
	mv "$inside/renamed.log" "$inside/renamed.log.1"
	append renamed.log.1 'callId=3 releaseCause=512'
	append renamed.log 'callId=4 releaseCause=512'
	service start
	check "renamed.log: renamed while the service was stopped, the rest is enriched" \
		wait_until 20 explained renamed 3
	check "renamed.log: and the new file" wait_until 20 explained renamed 4
	check_once_unordered renamed 4
}

check_rename_while_running() {
	follow moved.log moved 1
	exec {held}>>"$inside/moved.log"
	mv "$inside/moved.log" "$inside/moved.log.1"
	append moved.log 'callId=2 releaseCause=512'
	check "moved.log: the new file of the name is read" wait_until 20 explained moved 2
	echo 'callId=3 releaseCause=512' >&$held
	exec {held}>&-
	check "moved.log: and what its writer appends to the old one" \
		wait_until 20 explained moved 3
	check_once_unordered moved 3
}

check_emptied() {
	follow emptied.log emptied 1
	append emptied.log 'callId=2 releaseCause=512 and a longer line than what comes afterwards'
	check "emptied.log: it is read" wait_until 20 explained emptied 2
	: >"$inside/emptied.log"
	follow emptied.log emptied 3
	check_each_once emptied 1 1 3
}

check_removed() {
	follow removed.log removed 1
	rm "$inside/removed.log"
	follow removed.log removed 2
	rm "$inside/removed.log"
	check "its removal is noticed" caught_up
	follow removed.log removed 3
	check_each_once removed 1 1 3
}

complains_of() {
	journal -u becaused.service -p warning -o cat | grep -qF "$1"
}

check_unreadable() {
	(umask 077 && append locked.log 'callId=1 releaseCause=512')
	check "a file that may not be read is reported" wait_until 20 complains_of $logs/locked.log
	check "and holds nothing up" caught_up
	chmod a+r "$inside/locked.log"
	check "locked.log: readable, it is read from its first line" \
		wait_until 30 explained locked 1
	check_equal "and was reported once" 1 \
		"$(journal -u becaused.service -p warning -o cat | grep -cF $logs/locked.log)"
}

# check_once_unordered IDENTIFIER LAST: calls 1 to LAST each once; they were in several files, among
# which there is no order.
check_once_unordered() {
	enriched_messages "$1" | sort -t = -k 2n |
		check_calls "$1: every cause is enriched once" 1 1 "$2"
}

# interrupted NAME COMMAND…: while a platform writes to NAME.log, and until it has done so often enough,
# the command is run over and over, and the service started again. After a kill, `start` would wait for
# RestartSec=.
interrupted() {
	local name=$1 last

	shift
	need "$name.log: the load starts" unit writer exec -p "StandardOutput=truncate:$logs/$name.total" \
		writer "$logs/$name.log" 50000 0 50 4000
	for _ in 1 2 3 4 5; do
		service "$@"
		service restart
	done
	check "$name.log: each interruption came while lines were written" unit_runs writer
	unit_stop writer
	last=$(cat "$inside/$name.total")
	last=$((last - last % 50))
	check "$name.log: the last cause is enriched" wait_until 120 explained "$name" "$last"
	check_each_once "$name" 50 50 "$last"
}

# By hand: everything from the first line; it ends by itself.
check_drain() {
	container_write /root/files-drain.yaml <<-END
		sources:
		  - name: files-drain
		    files: {paths: [$logs/files-drain.log, $logs/none-*.log], start: beginning}
		sinks:
		  - name: journal
		    journal: {namespace: ""}
	END
	seq -f 'callId=%.0f releaseCause=512' 1 5000 >"$inside/files-drain.log"
	service stop
	check "becaused --drain ends by itself, exit 0" container_run timeout 60 \
		becaused --config /root/files-drain.yaml --state /root/files-drain-state --drain
	journal -o json -t files-drain BECAUSED_SOURCE=files-drain | jq -r .MESSAGE |
		check_calls "files-drain.log: when it has ended, every cause is there once, in order" 1 1 5000
	seq -f 'callId=%.0f releaseCause=512' 5001 6000 >>"$inside/files-drain.log"
	check "drained again" container_run timeout 60 \
		becaused --config /root/files-drain.yaml --state /root/files-drain-state --drain
	journal -o json -t files-drain BECAUSED_SOURCE=files-drain | jq -r .MESSAGE |
		check_calls "files-drain.log: only what is new has been added" 1 1 6000
	service start
}

mkdir -p "$inside"
append cec.log 'callId=0 releaseCause=512'
service_configure <<END
sources:
  - name: $source_name
    files: {paths: [$logs/*.log, $logs/*/*.log], start: end}
sinks:
  - name: journal
    journal: {namespace: ""}
END
need "the service starts with a source of files" service restart

follow cec.log cec 1
check_equal "what was there before the first start is left alone" "" "$(enriched cec 'callId=0 ')"
check_fields
check_explained_before
follow new.log new 1
mkdir "$inside/node-7"
follow node-7/deep.log deep 1
check_no_files
check_halves
check_long_line
check_banner
check_rename_while_running
check_rename_while_stopped
check_emptied
check_removed
check_unreadable
interrupted files-restarted stop
interrupted files-killed kill --signal=KILL
check_drain
