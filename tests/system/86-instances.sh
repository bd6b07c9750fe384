# shellcheck shell=bash
#
# Two becaused side by side, each with a configuration, positions and a runtime directory of its own;
# and the drop-in that shows explained entries under the platform's own unit.

config_dir=${sysconfdir:-/etc}/becaused

# by UNIT TEXT: what this unit of becaused wrote, whose message starts with the text.
by() {
	journal -o json -t side "_SYSTEMD_UNIT=$1" |
		jq -c --arg text "$2" 'select(.MESSAGE | tostring | startswith($text))'
}

is_by() {
	by "$@" | grep -q .
}

show() {
	container_run systemctl show --value --property="$2" "$1"
}

check_side_by_side() {
	container_write "$config_dir/pbx.yaml" <<-END
		sources:
		  - name: platform
		    journal: {identifiers: [side]}
		overrides: {huawei-cec: {512: {action: Of the instance.}}}
	END
	need "the instance starts" container_run systemctl start becaused@pbx.service
	service restart
	container_run logger -t side 'callId=1 releaseCause=512'
	check "the service explains it" wait_until 20 is_by becaused.service 'callId=1 '
	check "so does the instance" wait_until 20 is_by becaused@pbx.service 'callId=1 '
	container_run logger -t side 'callId=2 releaseCause=548'
	check "the service continues" wait_until 20 is_by becaused.service 'callId=2 '
	check "so does the instance" wait_until 20 is_by becaused@pbx.service 'callId=2 '
	check_equal "neither explains what the other wrote: the service" 1 \
		"$(by becaused.service 'callId=1 ' | wc -l)"
	check_equal "neither explains what the other wrote: the instance" 1 \
		"$(by becaused@pbx.service 'callId=1 ' | wc -l)"
	check_equal "the instance has its own words" "Of the instance." \
		"$(by becaused@pbx.service 'callId=1 ' | jq -r .RELEASE_CAUSE_ACTION)"
	check_equal "and its name" becaused@pbx \
		"$(by becaused@pbx.service 'callId=1 ' | jq -r .BECAUSED_INSTANCE)"
	check "and its metrics" container_run test -s /run/becaused@pbx/becaused.prom
	check "and its positions" container_run test -s /var/lib/becaused@pbx/positions
	check "the other stops alone" container_run systemctl stop becaused.service
	check "positions of the other are there" container_run test -s /var/lib/becaused@pbx/positions
	container_run logger -t side 'callId=3 releaseCause=512'
	check "the instance continues" wait_until 20 is_by becaused@pbx.service 'callId=3 '
	container_run systemctl stop becaused@pbx.service
	service start
	check "the service makes up for it" wait_until 20 is_by becaused.service 'callId=3 '
}

# Its logger runs on after it has written, or journald does not find the unit.
check_origin() {
	service_drop_in origin <"${top_srcdir:?}/systemd/origin.conf"
	need "the service starts as root without capabilities" service restart
	check_equal "no capability is left" 0000000000000000 \
		"$(container_run sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$(show becaused.service MainPID)/status")"
	container_run systemd-run --quiet --unit=ccs-origin \
		sh -c "{ echo 'callId=4 releaseCause=512'; exec sleep 600; } | logger -t side"
	check "the call is explained" wait_until 20 is_by becaused.service 'callId=4 '
	check_match "journalctl -u of the platform's unit shows the explanation" \
		'callId=4 releaseCause=512 \[release cause 512 skill-queue-full' \
		"$(journal -u ccs-origin.service -o cat)"
	container_run systemctl stop ccs-origin.service
}

service_configure </dev/null
check_side_by_side
check_exposure "the instance" becaused@pbx.service 0.5
check_origin
check_exposure "as root" becaused.service 0.5
rm -r "${container_dir:?}/root/etc/systemd/system/becaused.service.d"
service_allow_network
check_exposure "with network" becaused.service 1.3
rm "$container_dir/root$config_dir/pbx.yaml"
