# shellcheck shell=bash
#
# The unit as installed is locked up: systemd's own judgment of its exposure, and who it runs as.

# Real, effective, saved and file system user of the running service.
users() {
	local pid

	pid=$(container_run systemctl show -P MainPID becaused.service)
	container_run sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status"
}

need "the service runs" service start

check_exposure "as shipped" becaused.service 0.5

seen=$(users)
check_match "no user of it is root" '^[1-9][0-9]*([[:space:]]+[1-9][0-9]*){3}$' "$seen"
