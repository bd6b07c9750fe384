# shellcheck shell=bash
#
# The machine reboots in the midst of a load, with a persistent journal. The load is a unit that
# starts at boot, and each boot has a million numbers of its own. The judge compares with the
# journal's lines of the load.

# in_boot NUMBER: one of the boot's calls has been enriched.
in_boot() {
	[ "$(last_enriched reboot)" -gt $(($1 * 1000000)) ]
}

unit_remove() {
	container_run systemctl disable --quiet --now test-boot.service
	rm -f "${container_dir:?}/root/etc/systemd/system/test-boot.service"
	container_run systemctl daemon-reload
}

begin
container_write /etc/systemd/system/test-boot.service <<-'END'
	[Service]
	Type=exec
	ExecStart=/bin/sh -c 'n=$$(cat /root/boots || echo 0); echo $$((n + 1)) >/root/boots; \
		exec load reboot 3000 0 2 $$((n * 1000000 + 1))'
	LogRateLimitIntervalSec=1us
	[Install]
	WantedBy=multi-user.target
END
container_run rm -f /root/boots
container_run systemctl daemon-reload
container_run systemctl enable --quiet becaused.service test-boot.service
container_run systemctl start test-boot.service
trap unit_remove EXIT

times=$(scaled 10 2)
for ((i = 0; i < times; i++)); do
	need "boot $i: the load is enriched" wait_until 60 in_boot "$i"
	pause 2000
	# Not through check: the new leader would be set in its subshell only.
	if ! container_reboot; then
		fail "boot $i: it reboots"
		exit 0
	fi
done
need "boot $times: the load is enriched" wait_until 60 in_boot "$times"
pause 2000
container_run systemctl stop test-boot.service
settle reboot
judge reboot
row "reboot of the machine" "$times"
