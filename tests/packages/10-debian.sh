# shellcheck shell=bash
#
# The Debian package: installed for the first time, upgraded while the platform logs, removed,
# installed again, and purged.

inside=${container_dir:?}/root/srv/packages
config=$container_dir/root/etc/becaused/becaused.yaml

dpkg() {
	container_run env DEBIAN_FRONTEND=noninteractive dpkg "$@"
}

# An older version, which is the same package under a lower number.
make_old() {
	mkdir -p "$inside" &&
		cp "$(package becaused)" "$inside/new.deb" &&
		dpkg-deb --raw-extract "$inside/new.deb" "$inside/old" &&
		sed -i 's/^Version: .*/&~old/' "$inside/old/DEBIAN/control" &&
		echo '# This was said before.' >>"$inside/old/etc/becaused/becaused.yaml" &&
		dpkg-deb --root-owner-group --build "$inside/old" "$inside/old.deb"
}

property() {
	container_run systemctl show --value --property="$2" "$1"
}

# The sockets that administrators enabled, in the order of the unit.
open_sockets() {
	container_run systemctl stop becaused.service &&
		container_run systemctl enable --now --quiet becaused-syslog.socket &&
		container_run systemctl start becaused.service
}

check_upgrade() {
	local before before_instance

	need "upgrade: the sockets are open" open_sockets
	echo 'sources: [{name: platform, journal: {identifiers: [pbx]}}]' |
		container_write /etc/becaused/pbx.yaml
	container_run systemctl enable --now --quiet becaused@pbx.service
	before=$(property becaused.service MainPID)
	before_instance=$(property becaused@pbx.service MainPID)
	container_run systemd-run --quiet --unit=flood -p LogRateLimitIntervalSec=1us \
		/usr/local/bin/flood 20000 1 upgrade
	check "upgrade: dpkg is content" dpkg --force-confold --install /srv/packages/new.deb
	check "upgrade: the service is another process" test \
		"$(property becaused.service MainPID)" != "$before"
	check "upgrade: so is the instance" test \
		"$(property becaused@pbx.service MainPID)" != "$before_instance"
	check "upgrade: the sockets stay open" container_run systemctl is-active becaused-syslog.socket
	check "upgrade: the last is explained" wait_until 60 is_enriched upgrade 'callId=20000 '
	check_each_once upgrade 1 1 20000
	check "upgrade: a configuration of one's own stays" grep -q '^# Mine' "$config"
}

check_remove() {
	check "remove: dpkg is content" dpkg --remove becaused
	check_equal "remove: no unit is left" "" "$(units_there)"
	check_equal "remove: no process is left" "" "$(container_run sh -c \
		'grep -l "^becaused$" /proc/[0-9]*/comm' 2>/dev/null || :)"
	check "remove: the configuration stays" test -e "$config"
	container_run logger -t removed 'callId=1 releaseCause=512'
	check "again: dpkg is content" dpkg --install /srv/packages/new.deb
	check "again: what was logged meanwhile is explained" wait_until 20 is_enriched removed 'callId=1 '
	check_equal "again: nothing is explained twice" 20000 "$(enriched_messages upgrade | wc -l)"
}

check_purge() {
	echo '# Mine.' | container_write /etc/becaused/catalogs/mine.yaml
	check "purge: dpkg is content" dpkg --purge becaused
	check_equal "purge: nothing is left but the administrator's files" \
		"$(printf '> etc/becaused/%s\n' catalogs/mine.yaml pbx.yaml)" "$(files_since "$files_before")"
	check_equal "purge: journalctl -x has forgotten the texts" "" \
		"$(journal -x -t pbx | grep '^░░ More calls' || :)"
}

need "an older package is made" make_old
files_before=$(files_there)
need "install: dpkg is content" dpkg --install /srv/packages/old.deb
check_newcomer pbx
for file in grafana/becaused.json lnav/becaused.json prometheus/becaused-alerts.yaml; do
	check "install: other programs can read contrib/$file as it is" \
		container_run test -s "/usr/share/doc/becaused/contrib/$file"
done
check_match "install: systemd-analyze security" 'SAFE' \
	"$(container_run systemd-analyze security --no-pager becaused.service | tail -n 1)"
# shellcheck disable=SC2016 # for dpkg-query to expand
check_match "install: what is loaded for TLS alone is a dependency" 'libssl3' \
	"$(container_run dpkg-query -W -f '${Depends}' becaused)"
check "install: the manual is there" test -e "$container_dir/root/usr/share/man/man8/becaused.8.gz"
echo '# Mine.' >>"$config"
check_upgrade
check_remove
check_purge
