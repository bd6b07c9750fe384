# shellcheck shell=bash
#
# Reloads under load. Of three, one has a broken file, which must change nothing; one has other words
# in the catalog; one has another source, so that all are opened anew. The test waits for each by the
# service's own metrics.

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
