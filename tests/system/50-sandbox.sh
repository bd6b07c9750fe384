# shellcheck shell=bash
#
# The sandbox of the installed unit: systemd's rating of its exposure, its user, and what a program in its
# place can write, open and connect to, in each variant of the unit.

# Real, effective, saved and file system user of the running service.
users() {
	local pid

	pid=$(container_run systemctl show -P MainPID becaused.service)
	container_run sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status"
}

# What is open to the service: its own directories, also by PrivateTmp=; the journal, and the service
# manager's socket for notifications. $1: where its state is.
expected() {
	cat <<-END
		device /dev/full
		device /dev/null
		device /dev/random
		device /dev/urandom
		device /dev/zero
		socket /run/systemd/journal/dev-log
		socket /run/systemd/journal/socket
		socket /run/systemd/journal/stdout
		socket /run/systemd/notify
		write /run/becaused
		write /tmp
		write $1
		write /var/tmp
	END
}

# What the probe found. Newer systemd also gives each service a file that reports its own memory
# pressure.
found() {
	grep -vx 'write /sys/fs/cgroup/system.slice/becaused.service/memory.pressure' \
		"${container_dir:?}/root/root/probe" | LC_ALL=C sort
}

# check_probe VARIANT STATE
check_probe() {
	service_drop_in zz-probe <<-'END'
		[Service]
		Type=oneshot
		ExecStart=
		ExecStart=/usr/local/bin/probe /
		ExecReload=
		StandardOutput=truncate:/root/probe
		Restart=no
		WatchdogSec=0
	END
	check "$1: the probe runs" container_run systemctl restart becaused.service
	check_equal "$1: nothing is open but what should be" "$(expected "$2" | LC_ALL=C sort)" \
		"$(found)"
	rm "$container_dir/root/etc/systemd/system/becaused.service.d/zz-probe.conf"
}

need "the service runs" service start
check_exposure "as shipped" becaused.service 0.5
seen=$(users)
check_match "no user of it is root" '^[1-9][0-9]*([[:space:]]+[1-9][0-9]*){3}$' "$seen"

service_configure </dev/null
check_probe "as shipped" /var/lib/private/becaused
service_allow_network
check_probe "with network" /var/lib/private/becaused
service_drop_in origin <"${top_srcdir:?}/systemd/origin.conf"
check_probe "with network, as root" /var/lib/becaused
rm "$container_dir/root/etc/systemd/system/becaused.service.d/network.conf"
check_probe "as root" /var/lib/becaused
