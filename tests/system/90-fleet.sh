# shellcheck shell=bash
#
# A fleet: two hosts, which here are two network namespaces with a wire between them. The recipes of
# doc/fleet.md:
#
# - systemd-journal-upload of a host carries its explained entries to the central journal, where
#   journalctl -D shows them;
# - a becaused on the central host explains what hosts without one have sent, with their hostnames;
# - the socket sink of a host to the central rsyslog.

remote=/var/log/journal/remote
central=10.91.0.1 edge=10.91.0.2
config_dir=${sysconfdir:-/etc}/becaused
message_id=6655672bdd8a4801910eee4bf3ab9755

make_network() {
	container_run ip netns add edge &&
		container_run ip link add wire type veth peer name wire netns edge &&
		container_run ip address add $central/24 dev wire &&
		container_run ip link set wire up &&
		container_run ip -n edge address add $edge/24 dev wire &&
		container_run ip -n edge link set wire up &&
		container_run ip -n edge link set lo up
}

# The services of Debian, configured as doc/fleet.md describes. This test adds only the network
# namespace of the host.
start_remote() {
	container_write /etc/systemd/system/systemd-journal-remote.service.d/http.conf <<-END
		[Service]
		ExecStart=
		ExecStart=/lib/systemd/systemd-journal-remote --listen-http=-3 --output=$remote/
	END
	container_run systemctl daemon-reload &&
		container_run systemctl start systemd-journal-remote.socket
}

start_upload() {
	container_write /etc/systemd/journal-upload.conf <<-END
		[Upload]
		URL=http://$central:19532
	END
	container_write /etc/systemd/system/systemd-journal-upload.service.d/network.conf <<-END
		[Service]
		NetworkNamespacePath=/run/netns/edge
	END
	container_run systemctl daemon-reload &&
		container_run systemctl start systemd-journal-upload.service
}

stop_both() {
	container_run systemctl stop systemd-journal-upload.service systemd-journal-remote.socket \
		systemd-journal-remote.service
}

# At the central host.
collected() {
	container_run journalctl --quiet --no-pager --all -D $remote "$@"
}

has_collected() {
	collected -o cat -t edge "MESSAGE_ID=$message_id" | grep -q "^callId=$1 "
}

check_upload() {
	check "the central host has the texts" container_run journalctl --update-catalog
	check "journals are collected" start_remote
	check "the host's journal is uploaded" start_upload
	container_run logger -t edge 'callId=1 releaseCause=512'
	check "the host explains" wait_until 20 is_enriched edge 'callId=1 '
	check "the explanation arrives" wait_until 60 has_collected 1
	check_match "journalctl -D shows it as on its host" \
		'░░ More calls are waiting in the skill queue' \
		"$(collected -x -t edge "MESSAGE_ID=$message_id")"
	check_equal "with its fields" 'warning capacity' "$(collected -o json -t edge "MESSAGE_ID=$message_id" |
		jq -r '.RELEASE_CAUSE_SEVERITY + " " + .RELEASE_CAUSE_CATEGORY')"
}

# A host without becaused: its entries, as journal-upload would send them.
send_from() {
	container_run logger -t "raw-$1" "callId=$2 releaseCause=548"
	container_run journalctl --quiet --sync
	container_run sh -c "journalctl -o export -t raw-$1 _TRANSPORT=syslog -n 1 |
		sed 's/^_HOSTNAME=.*/_HOSTNAME=$1/; s/^_SYSTEMD_UNIT=.*/_SYSTEMD_UNIT=ccs.service/' |
		setpriv --reuid=systemd-journal-remote --regid=systemd-journal-remote --clear-groups \
			/lib/systemd/systemd-journal-remote --output=$remote/remote-$1.journal -"
}

is_explained_for() {
	journal -o json _SYSTEMD_UNIT=becaused@central.service "BECAUSED_ORIGIN_HOSTNAME=$1" |
		jq -r .MESSAGE | grep -q "^callId=$2 "
}

check_central() {
	container_write "$config_dir/central.yaml" <<-END
		sources:
		  - name: fleet
		    journal: {directory: $remote, start: beginning}
	END
	container_write /etc/systemd/system/becaused@central.service.d/group.conf <<-END
		[Service]
		SupplementaryGroups=systemd-journal-remote
	END
	container_run systemctl daemon-reload
	service stop
	stop_both
	check "host edge-1 sends" send_from edge-1 10
	need "becaused of the central host starts" container_run systemctl start becaused@central.service
	check "what came before is explained" wait_until 20 is_explained_for edge-1 10
	check "host edge-1 continues" send_from edge-1 11
	check "so it is explained" wait_until 20 is_explained_for edge-1 11
	check "a new host sends" send_from edge-2 12
	check "it is found and explained" wait_until 30 is_explained_for edge-2 12
	check_equal "each once" 3 "$(journal -o json _SYSTEMD_UNIT=becaused@central.service -t raw-edge-1 -t raw-edge-2 |
		jq -s 'length')"
	container_run systemctl stop becaused@central.service
	rm "${container_dir:?}/root$config_dir/central.yaml"
}

start_rsyslog() {
	container_write /srv/fleet/rsyslog.conf <<-END
		global(workDirectory="/srv/fleet")
		module(load="imtcp")
		template(name="line" type="string" string="%hostname% %app-name% %structured-data% %msg%\n")
		ruleset(name="all") { action(type="omfile" file="/srv/fleet/all" template="line") }
		input(type="imtcp" address="$central" port="5144" ruleset="all")
	END
	unit rsyslog notify rsyslogd -n -iNONE -f /srv/fleet/rsyslog.conf
}

has_arrived() {
	grep -q "callId=$1 releaseCause=512 \[release cause 512 skill-queue-full" \
		"$container_dir/root/srv/fleet/all"
}

check_rsyslog() {
	need "the central rsyslog starts" start_rsyslog
	service_configure <<-END
		sinks:
		  - name: central
		    socket: {address: tcp:$central:5144}
	END
	service_drop_in network <<-END
		$(cat "${top_srcdir:?}/systemd/network.conf")
		IPAddressAllow=$central
		NetworkNamespacePath=/run/netns/edge
	END
	need "the service of the host starts" service restart
	container_run logger -t ccs 'callId=20 releaseCause=512'
	check "the explanation arrives at the central rsyslog" wait_until 30 has_arrived 20
	check_match "with the host's name and the cause as structured data" \
		'^because-test ccs \[releaseCause@32473 code="512" ' \
		"$(grep 'callId=20 ' "$container_dir/root/srv/fleet/all")"
}

need "two hosts are wired" make_network
check_upload
check_central
check_rsyslog
container_run ip netns delete edge
