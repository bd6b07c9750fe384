# shellcheck shell=bash
#
# Reloads under load. Of three, one has a broken file, which must change nothing; one has other words
# in the catalog; one has another source, so that the journal is opened anew. Then reloads take a dead
# sink away and bring it back, while another one is slow. The test waits for each by the service's own
# metrics.

config_file=${container_dir:?}/root${sysconfdir:-/etc}/becaused/becaused.yaml
reload_failures_id=3b3b73e4dda64b63b610f7d00d3e26a2

# configure WORDS [SOURCES]
configure() {
	cat >"$config_file.next" <<-END
		overrides:
		  huawei-cec:
		    512: {action: 'Edition $1.'}
		sources:
		  - name: platform
		    journal: {}
		${2:-}
	END
	mv "$config_file.next" "$config_file"
}

# reload GOOD: systemctl reload, until the service reports the end; GOOD is good or failed.
reload() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	container_run timeout 60 bash -c '
		ended() { sed -n "s/^becaused_reloads_total{.*result=\"$1\"} //p" /run/becaused/becaused.prom; }
		before=$(ended "$1") status=good
		systemctl reload becaused.service 2>/dev/null || status=failed
		until [ "$(ended "$1")" = $((before + 1)) ]; do sleep 0.01; done
		[ "$1" = "$status" ]' - "$1"
}

# One reload, of the kind that its number says.
reload_once() {
	case $(($1 % 3)) in
	0)
		echo "sauces: []" >>"$config_file"
		reload failed
		;;
	1)
		configure "$1"
		reload good
		;;
	2)
		configure "$1" "$(printf '  - name: more\n    files: {paths: [/var/log/none-%d/*.log]}' "$1")"
		reload good
		;;
	esac
}

# How many editions there are, and how many pairs of edition and version: one for each, where no
# entry is a mixture.
count_editions() {
	journal -o json --output-fields=RELEASE_CAUSE_ACTION,BECAUSED_CATALOG_VERSION -t reload \
		"MESSAGE_ID=${message_id:?}" RELEASE_CAUSE=512 |
		jq -r '.RELEASE_CAUSE_ACTION + " " + .BECAUSED_CATALOG_VERSION' | sort -u |
		awk '{ pairs++; edition[$2]; version[$3] }
			END { print pairs + 0, length(edition), length(version) }'
}

begin - <<-END
	sources:
	  - name: platform
	    journal: {}
END
pid=$(service_pid)
n_reloads=$(scaled 1000 30)
n_wrong=0
load_start reload 1500 "$(scaled 300000 15000)" 2
for ((i = 0; i < n_reloads; i++)); do
	reload_once "$i" || n_wrong=$((n_wrong + 1))
	[ $(((i + 1) % 100)) -ne 0 ] || progress "$((i + 1)) reloads"
done
configure "$n_reloads"
n_written=$(load_stop reload)
check_same_process "$pid"
check_equal "each reload ended as it should" 0 "$n_wrong"
check_equal "each that failed is in the journal by its message id" $(((n_reloads + 2) / 3)) \
	"$(journal -o cat "MESSAGE_ID=$reload_failures_id" | grep -c ':[0-9]*:1: error: unknown key')"
settle reload
read -r pairs editions versions <<<"$(count_editions)"
progress "$editions editions of the catalog in $pairs pairs with a version"
check "many editions explained something" test "$editions" -gt $((n_reloads / 4))
check_equal "no entry is a mixture of two editions: by version" "$pairs" "$versions"
check_equal "no entry is a mixture of two editions: by text" "$pairs" "$editions"
judge reload
check_equal "the journal has the whole load" $((n_written / 2)) "$(judged_in)"
row "reload, one in three of a broken file, one in three of other sources" "$n_reloads"

# -- a dead sink --------------------------------------------------------------

directory=/srv/reload
inside=$container_dir/root$directory

dead_sink="  - {name: dead, socket: {address: 'unix:$directory/dead.socket'}}"

# configure_sinks [SINK]: with another sink or without.
configure_sinks() {
	cat >"$config_file.next" <<-END
		sources:
		  - name: platform
		    journal: {}
		sinks:
		${1:-}
		  - name: slow
		    socket: {address: 'unix:$directory/slow.socket'}
		  - name: journal
		    journal: {}
	END
	mv "$config_file.next" "$config_file"
}

# start_receiver NAME
start_receiver() {
	unit "$1" exec receiver "unix:$directory/$1.socket" "$directory/$1"
	need "$1: the receiver listens" wait_until 10 test -S "$inside/$1.socket"
}

# signal_receiver NAME SIGNAL: STOP or CONT.
signal_receiver() {
	container_run systemctl kill --signal="$2" "test-$1.service"
}

# has_unsettled SINK COUNT: so many records are in flight through it.
has_unsettled() {
	local n

	n=$(sed -n "s/.*\b$1: \([0-9]*\) on their way.*/\1/p" <<<"$(status_text)")
	[ "${n:-0}" -ge "$2" ]
}

# The dead sink goes while the slow one has much in flight, and comes back.
take_away_once() {
	signal_receiver slow STOP
	need "the dead sink holds records" wait_until 60 has_unsettled dead 100
	need "so does the slow sink" wait_until 60 has_unsettled slow 100
	configure_sinks
	reload good || n_wrong=$((n_wrong + 1))
	signal_receiver slow CONT
	configure_sinks "$dead_sink"
	reload good || n_wrong=$((n_wrong + 1))
}

# The calls that a receiver got.
received() {
	grep -ao 'callId=[0-9]* ' "$inside/$1" | tr -dc '0-9\n' | sort -n
}

# judge_slow: what the slow sink got, in the place of the journal.
judge_slow() {
	local in out lost repeated

	in=$(judged_in)
	out=$(received slow | wc -l)
	repeated=$(received slow | uniq -d | wc -l)
	lost=$((in - $(received slow | uniq | wc -l)))
	# shellcheck disable=SC2034 # for row
	judged="$in $out $lost $repeated"
}

slow_has_marker() {
	grep -qa 'callId=marker ' "$inside/slow"
}

rm -rf "$inside"
mkdir -p "$inside"
start_receiver dead
start_receiver slow
signal_receiver dead STOP
configure_sinks "$dead_sink"
begin
n_reloads=$(scaled 100 5)
n_wrong=0
load_start dead-sink 1500 "$(scaled 300000 15000)" 2
for ((i = 0; i < n_reloads; i++)); do
	take_away_once
	[ $(((i + 1) % 10)) -ne 0 ] || progress "the dead sink went $((i + 1)) times"
done
configure_sinks
check "the last reload takes the dead sink away" reload good
load_stop dead-sink >/dev/null
check_equal "each reload ended as it should" 0 "$n_wrong"
container_run logger -t dead-sink 'callId=marker releaseCause=548'
check "the slow sink gets the end of the load" wait_until "$(scaled 600 120)" slow_has_marker
settle dead-sink
judge dead-sink
row "reload that takes a dead sink away: journal" "$n_reloads"
judge_slow
row "reload that takes a dead sink away: a slow sink beside it" "$n_reloads"
rm -r "$inside"
