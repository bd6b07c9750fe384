# shellcheck shell=bash
#
# Every platform, out of the box: the service as it is installed explains in the journal what
# `because filter` explains in a log. The logs are those of tests/replay/platforms.

platforms=${top_srcdir:?}/tests/replay/platforms

# expected NAME: the lines that have a bracket now.
expected() {
	awk 'NR == FNR { line[NR] = $0; next } $0 != line[FNR]' "$platforms/$1".{in,out}
}

# explanations NAME: what the service wrote of the platform, without the descriptions, as there.
explanations() {
	enriched_messages "$1" | sed 's/\(\[release cause [^]:]*\): [^]]*\]/\1]/g'
}

has_all() {
	[ "$(explanations "$1" | wc -l)" -ge "$2" ]
}

need "the service runs" service start
for log in "$platforms"/*.in; do
	name=$(basename "$log" .in)
	# Options are of `because filter`, and so are columns that only a line of headers names.
	case $name in
	*-report | cisco-cucm-files) continue ;;
	esac
	[ ! -e "$platforms/$name.args" ] || continue
	container_run systemd-cat -t "$name" <"$log"
	wanted=$(expected "$name")
	need "$name has lines to explain" test -n "$wanted"
	check "$name: as many lines are explained as have a cause" \
		wait_until 20 has_all "$name" "$(wc -l <<<"$wanted")"
	check_equal "$name: with the causes that because filter finds" "$wanted" "$(explanations "$name")"
done
