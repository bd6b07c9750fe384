# shellcheck shell=bash
#
# `make install` and `make uninstall` by root on a running system, with nothing else to do.

config=${container_dir:?}/root${sysconfdir:?}/becaused/becaused.yaml

make_in() {
	container_run make -C "${top_builddir:?}" "$@"
}

files_before=$(files_there)
need "make install" make_in install
check_newcomer made
echo '# Mine.' >>"$config"
container_run logger -t made 'callId=2 releaseCause=548'
check "make -j install continues with the new one" make_in -j2 install
check "the service runs" container_run systemctl is-active becaused.service
check "a configuration of one's own stays" grep -q '^# Mine' "$config"
check "the next line is explained" wait_until 20 is_enriched made 'callId=2 '
check_equal "none twice" 2 "$(enriched_messages made | wc -l)"
check_match "make uninstall reports what it leaves" "positions are kept in '/var/lib/becaused'" \
	"$(make_in uninstall)"
check_equal "no unit is left" "" "$(units_there)"
check "nor what they had below /run" container_run test ! -e /run/becaused
check_equal "but for positions and the changed configuration, nothing is left" \
	"$(printf '%s\n' "> ${sysconfdir#/}/becaused/becaused.yaml" "> var/lib/becaused" \
		"> var/lib/private/becaused/positions")" "$(files_since "$files_before")"
