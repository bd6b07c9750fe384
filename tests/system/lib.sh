# shellcheck shell=bash
#
# A booted Debian to test in, and the assertions of the system tests.
#
# A daemon between two ends of the journal can only be judged with a real journald, a real PID 1
# and the unit as it is installed. So the suite boots all of that in a container: a minimal root
# file system is made once and kept, every run gets its own copy, `make install` puts the build
# under test into it, systemd-nspawn boots it without a network, and commands run inside by way of
# the namespaces of its PID 1. That needs root, but no Docker, no virtual machine, and no systemd
# on the machine outside. It is of the release that the machine is of, for what was built here runs in it.
#
# Nothing here sleeps in the hope that something has happened by then: every wait is for a
# condition and has a deadline.
#
# tests/system/run sources this file, then each test in a subshell of its own.

# shellcheck source=tests/system/debian.sh
. "${top_srcdir:?}/tests/system/debian.sh"

# What is in the base: a systemd that boots, what the two programs link, and the programs that
# becaused is tested with. apt refuses to install two syslog daemons, so dpkg installs syslog-ng by
# force.
container_packages=systemd,systemd-sysv,dbus,libyaml-0-2,libpcre2-8-0,passwd
container_packages+=,make,logrotate,gzip,rsyslog,rsyslog-openssl,socat,openssl,bsdutils,iproute2
container_packages+=,systemd-journal-remote,bindfs,jq,prometheus,lnav,kcat,rsyslog-kafka
container_forced=syslog-ng-core
# Installed, but no part of the boot: the tests start them as they need them.
container_masked=(rsyslog.service syslog.socket syslog-ng.service logrotate.timer prometheus.service)
container_release=$(debian_here)
container_base=${BECAUSE_CONTAINER_CACHE:-/var/tmp/because-container-$container_release}
container_dir=    # this run's directory: root/, console, install.log, results
# What of the build a test runs inside, besides what `make install` puts there.
container_programs=(tests/system/crowd tests/system/flood tests/system/probe tests/system/receiver tests/system/writer)
tests=()          # files, see choose_tests
container_lock=   # file descriptor of the machine's lock, ours from the first container on
container_options=() # more of them for systemd-nspawn
container_supervisor= # process id of what keeps systemd-nspawn running through reboots
hopeless=125      # see wait_until
container_leader= # process id, seen from outside, of the container's PID 1

# -- the container ------------------------------------------------------------

# Can a container be booted here? If not, prints why.
container_available() {
	local tool seen

	if [ "$(id -u)" -ne 0 ]; then
		echo "a container needs root"
		return 1
	fi
	for tool in mmdebstrap systemd-nspawn nsenter setpriv flock jq; do
		if ! command -v "$tool" >/dev/null; then
			echo "$tool is not installed"
			return 1
		fi
	done
	if ! seen=$(unshare --user --mount --pid --fork true 2>&1); then
		echo "this root may not make namespaces: $seen"
		return 1
	fi
}

# Make the base once. It is made under another name and renamed, so a base of this name is whole;
# the list of packages inside it shows whether it is up to date.
container_root() {
	local list=$container_base/etc/because-packages fresh

	if [ -e "$container_base" ] && [ ! -O "$container_base" ]; then
		echo "'$container_base' belongs to somebody else"
		return 1
	fi
	[ "$(cat "$list" 2>/dev/null)" != "$(container_contents)" ] || return 0

	echo "making $container_base ($(debian_title "$container_release"), once)"
	fresh=$(mktemp -d "$container_base.XXXXXX") || return 1
	if ! container_root_make "$fresh" >"$fresh.log" 2>&1; then
		cat "$fresh.log"
		rm -rf --one-file-system "$fresh" "$fresh.log"
		return 1
	fi
	rm -rf --one-file-system "$container_base" "$fresh.log"
	mv -T "$fresh" "$container_base"
}

# container_root_make DIR: the machine's name stays outside.
container_root_make() {
	# shellcheck disable=SC2016 # expanded by the hook's shell
	debian_make "$container_release" "$1" --variant=apt --include="$container_packages" \
		--customize-hook='cd "$1/var/cache/apt" && export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG &&
			new=$(apt-get -s --no-install-recommends install '"$container_forced"') &&
			apt-get -q download $(echo "$new" | sed -n "s/^Inst \([^ ]*\) .*/\1/p") &&
			chroot "$1" sh -c "dpkg --force-conflicts --install /var/cache/apt/*.deb" &&
			rm -f *.deb' &&
		systemctl --quiet --root="$1" mask "${container_masked[@]}" &&
		echo because-test >"$1/etc/hostname" &&
		container_contents >"$1/etc/because-packages"
}

container_contents() {
	echo "$container_release $container_packages $container_forced ${container_masked[*]}"
}

# Boot a copy of the base with the build under test installed. Runs one container at a time on a
# machine: without systemd outside, two would share one cgroup.
container_boot() {
	[ -n "$container_lock" ] || exec {container_lock}>/run/because-container.lock
	if ! flock --nonblock "$container_lock"; then
		echo "waiting for another container of this project to end"
		flock --wait 900 "$container_lock" || return 1
	fi

	container_dir=$(mktemp -d /var/tmp/because-system.XXXXXX) || return 1
	: >"$container_dir/results"
	cp -a --reflink=auto "$container_base" "$container_dir/root" || return 1
	container_install || return 1
	container_start

	if ! wait_until 60 container_settled; then
		cat "$container_dir/console"
		return 1
	fi
	container_find_leader
	container_healthy && container_programs_start
}

# `make install` into the copy, and the tests' own programs next to it. This may run inside a make,
# `make check-system`, whose settings must not reach the inner make.
container_install() {
	if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "${top_builddir:?}" install \
		DESTDIR="$container_dir/root" >"$container_dir/install.log" 2>&1; then
		cat "$container_dir/install.log"
		return 1
	fi
	install -D -t "$container_dir/root/usr/local/bin" \
		"${container_programs[@]/#/$top_builddir/}"
}

# Where systemd is PID 1 and can be asked, it gives the container a scope; elsewhere the container
# stays where we are. If this shell is killed, the container shuts down.
#
# Newer systemd does not run in the old hierarchies of control groups, which some machines still have.
#
# Without a scope systemd-nspawn does not restart a container that reboots: it exits with 133, and
# the supervisor restarts it. That is a process of its own, or a test's subshell would end it.
container_start() {
	local options=(--boot --directory="$container_dir/root" --machine=because-test
		--private-network --register=no --link-journal=no --resolv-conf=off --timezone=off
		"${container_options[@]}")

	[ ! -c /dev/fuse ] || options+=(--bind=/dev/fuse)
	if [ ! -d /run/systemd/system ] || [ ! -S /run/dbus/system_bus_socket ]; then
		options+=(--keep-unit)
	fi
	# shellcheck disable=SC2016 # expanded by the supervisor
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 setpriv --pdeathsig TERM bash -c '
		pid_file=$1 status=133 told=
		shift
		trap "told=1; kill \${pid:-}" TERM
		while [ "$status" -eq 133 ] && [ -z "$told" ]; do
			setpriv --pdeathsig TERM systemd-nspawn "$@" &
			pid=$!
			echo "$pid" >"$pid_file"
			[ -z "$told" ] || kill "$pid"
			wait "$pid" && status=0 || status=$?
			while kill -0 "$pid" 2>/dev/null; do
				wait "$pid" && status=0 || status=$?
			done
		done' supervisor "$container_dir/nspawn" "${options[@]}" \
		</dev/null >"$container_dir/console" 2>&1 &
	container_supervisor=$!
}

# The leader is nspawn's child that is number 1 in its own PID namespace.
container_find_leader() {
	local children='' child nspawn

	container_leader=
	nspawn=$(cat "$container_dir/nspawn" 2>/dev/null) || return 1
	read -r children 2>/dev/null <"/proc/$nspawn/task/$nspawn/children" || :
	for child in $children; do
		if grep -qsE '^NSpid:.*[[:space:]]1$' "/proc/$child/status"; then
			container_leader=$child
			return 0
		fi
	done
	return 1
}

# Has the boot ended, successfully or not?
container_settled() {
	container_alive || return 0
	container_find_leader || return 1
	case $(container_run systemctl is-system-running 2>&1) in
	running | degraded | maintenance) return 0 ;;
	*) return 1 ;;
	esac
}

container_healthy() {
	[ "$(container_run systemctl is-system-running)" != running ] || return 0
	container_run systemctl --failed --full
	tail -n 20 "$container_dir/console"
	return 1
}

# A test would wait for a load that never starts until its deadline, so each program must print its usage.
container_programs_start() {
	local program seen status

	for program in "${container_programs[@]##*/}"; do
		status=0
		seen=$(container_run "$program" 2>&1 </dev/null) || status=$?
		if [ "$status" -ne 2 ] || [[ $seen != "usage: $program "* ]]; then
			echo "the tests' program '$program' does not start in the container: $seen"
			return 1
		fi
	done
}

container_alive() {
	kill -0 "$container_supervisor" 2>/dev/null
}

container_dead() {
	! container_alive
}

# Reboot it as its administrator would, and wait until it is up again. It then has another leader,
# so this is for the test's own shell.
container_reboot() {
	local before=$container_leader

	container_run systemctl reboot || :
	wait_until 120 process_gone "$before" || return 1
	wait_until 60 container_settled || return 1
	container_find_leader
}

process_gone() {
	[ ! -e "/proc/$1" ]
}

# container_run COMMAND…: run it inside, with nothing of our environment.
container_run() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LANG=C.UTF-8 TERM=dumb SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 \
		nsenter --target "$container_leader" --all -- "$@"
}

# container_write PATH: write standard input to a file in the running container.
container_write() {
	mkdir -p "$(dirname "$container_dir/root$1")"
	cat >"$container_dir/root$1"
}

# Shut down in good order, or by force after the deadline; leave nothing behind.
container_stop() {
	[ -n "$container_dir" ] || return 0
	if [ -n "$container_supervisor" ]; then
		container_find_leader || :
		kill "$container_supervisor" 2>/dev/null || :
		wait_until 30 container_dead >/dev/null ||
			kill -KILL "$container_supervisor" "$(cat "$container_dir/nspawn")" \
				${container_leader:+"$container_leader"} || :
		wait "$container_supervisor" 2>/dev/null || :
		container_supervisor=
	fi
	rm -rf --one-file-system "$container_dir"
	container_dir=
}

# -- which tests --------------------------------------------------------------

# choose_tests DIRECTORY [TEST…]: the tests that are named, by name or by path, or all of the directory.
# What is no test is an error of usage.
choose_tests() {
	local directory=$1 name

	for name in "${@:2}"; do
		name=$(basename "$name" .sh)
		if [ ! -f "$directory/$name.sh" ]; then
			usage >&2
			echo "no such test: $name" >&2
			exit 2
		fi
		tests+=("$directory/$name.sh")
	done
	[ ${#tests[@]} -gt 0 ] || tests=("$directory"/[0-9]*.sh)
}

# -- waiting and asserting ----------------------------------------------------

# wait_until SECONDS COMMAND…: until the command succeeds; else its last output is printed. A command that
# ends with the status `hopeless` will never succeed.
wait_until() {
	local deadline=$((SECONDS + $1)) seen status

	shift
	while true; do
		status=0
		seen=$("$@" 2>&1) || status=$?
		[ "$status" -ne 0 ] || return 0
		if ((status == hopeless || SECONDS >= deadline)); then
			printf 'in vain: %s\n%s\n' "$*" "$seen"
			return 1
		fi
		sleep 0.1
	done
}

pass() {
	printf 'ok %s\n' "$1" | tee -a "$container_dir/results"
}

# fail NAME [SEEN]: an assertion that does not hold, and what was seen instead.
fail() {
	printf 'FAIL %s\n' "$1" | tee -a "$container_dir/results"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | head -n 40 | cut -c 1-1000 | sed 's/^/     /'
}

# check NAME COMMAND…: the command succeeds.
check() {
	local name=$1 seen

	shift
	if seen=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "$seen"
	fi
}

# need NAME COMMAND…: the same, and if it fails the test ends.
need() {
	local name=$1 seen

	shift
	if seen=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "$seen"
		exit 0
	fi
}

# check_equal NAME WANTED SEEN
check_equal() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "wanted '$2', saw '$3'"
	fi
}

# check_match NAME REGEX SEEN: an extended regular expression, found anywhere.
check_match() {
	if [[ $3 =~ $2 ]]; then
		pass "$1"
	else
		fail "$1" "wanted /$2/, saw '$3'"
	fi
}

# count_results WORD: how many assertions ended so, ok or FAIL.
count_results() {
	grep -c "^$1 " "$container_dir/results" 2>/dev/null || :
}

# How exposed a unit is, in systemd's own judgment. It ends with a line
# → Overall exposure level for becaused.service: 0.2 SAFE
exposure() {
	container_run systemd-analyze security --no-pager "$1" |
		sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'
}

# check_exposure WHAT UNIT MOST
check_exposure() {
	local seen

	seen=$(exposure "$2")
	check "$1: its exposure is at most $3 (seen: $seen)" \
		awk -v seen="$seen" -v most="$3" 'BEGIN { exit !(seen != "" && seen + 0 <= most) }'
}

# -- the journal of the container ---------------------------------------------

# journal ARGUMENT…: journalctl inside. Long fields too.
journal() {
	container_run journalctl --quiet --no-pager --all "$@"
}

# Entries of becaused are known by the unit that journald itself adds, which no client can set.
# enriched IDENTIFIER TEXT: the entries of becaused's unit whose message starts with TEXT.
enriched() {
	journal -o json -t "$1" _SYSTEMD_UNIT=becaused.service |
		jq -c --arg text "$2" 'select(.MESSAGE | tostring | startswith($text))'
}

# originals IDENTIFIER TEXT: the entries of other units.
originals() {
	journal -o json -t "$1" |
		jq -c --arg text "$2" 'select(.MESSAGE | tostring | startswith($text))
			| select(._SYSTEMD_UNIT != "becaused.service")'
}

# service VERB: systemctl on becaused. Its limit on quick starts is there to stop a loop. This suite
# starts it often, so the count is reset each time.
service() {
	container_run systemctl reset-failed becaused.service 2>/dev/null || :
	container_run systemctl "$@" becaused.service
}

# service_configure: standard input becomes becaused's configuration, from its next start or reload on,
# and as a whole: a reload may still be reading. When the test ends, the old configuration is restored
# and the units that the test started are stopped, so that tests are independent of their order. The
# test's own shell must call it, for its exit trap does that.
service_configure() {
	local file=$container_dir/root${sysconfdir:-/etc}/becaused/becaused.yaml

	if [ ! -e "$container_dir/becaused.yaml" ]; then
		trap service_restore EXIT
		cp -p "$file" "$container_dir/becaused.yaml"
	fi
	cat >"$file.new"
	mv "$file.new" "$file"
}

# service_drop_in NAME: standard input becomes a drop-in of the unit, until the test ends.
service_drop_in() {
	container_write "/etc/systemd/system/becaused.service.d/$1.conf"
	container_run systemctl daemon-reload
}

# service_allow_network: the service may use the loopback, until the test ends, by the drop-in that the
# documentation gives.
service_allow_network() {
	service_drop_in network <"${top_srcdir:?}/systemd/network.conf"
}

service_restore() {
	local file=$container_dir/root${sysconfdir:-/etc}/becaused/becaused.yaml

	service stop
	container_run systemctl stop 'test-*' || :
	rm -rf "$container_dir/root/etc/systemd/system/becaused.service.d"
	container_run systemctl daemon-reload
	mv "$container_dir/becaused.yaml" "$file"
	service start
}

# unit NAME TYPE COMMAND…: the command as the unit test-NAME, until it is stopped or the test ends;
# options of systemd-run may precede it. With TYPE notify, this returns when the command reports that
# it is ready; with exec, when it runs.
unit() {
	container_run systemctl reset-failed "test-$1.service" 2>/dev/null || :
	container_run systemd-run --quiet --collect --unit="test-$1" --service-type="$2" \
		-p LogRateLimitIntervalSec=1us "${@:3}"
}

unit_runs() {
	container_run systemctl is-active --quiet "test-$1.service"
}

unit_stop() {
	container_run systemctl stop "test-$1.service"
}

# flood COUNT EVERY IDENTIFIER: flood.c as a unit. When this returns, all is written. The shortest
# interval means no rate limit: systemd 252 takes a unit's 0 for "not set".
flood() {
	container_run systemd-run --quiet --wait --collect -p LogRateLimitIntervalSec=1us \
		/usr/local/bin/flood "$@"
}

# is_enriched IDENTIFIER TEXT: there is an enriched entry whose message starts with TEXT.
is_enriched() {
	enriched "$@" | grep -q .
}

# enriched_messages IDENTIFIER: the message of every enriched entry, in the order of the journal.
enriched_messages() {
	journal -o cat -t "$1" _SYSTEMD_UNIT=becaused.service
}

# check_calls NAME FIRST STEP LAST: the messages on standard input are those of these calls and of
# no others, in this order, each once.
check_calls() {
	seq "$2" "$3" "$4" >"$container_dir/wanted"
	sed -n 's/^callId=\([0-9]*\).*/\1/p' >"$container_dir/seen"
	check "$1" diff --unified=0 "$container_dir/wanted" "$container_dir/seen"
}

# check_none_missing IDENTIFIER FIRST STEP LAST: every call was enriched, in order, once or more often.
check_none_missing() {
	enriched_messages "$1" | awk '!seen[$1]++' |
		check_calls "$1: every cause is enriched, in order" "$2" "$3" "$4"
}

# check_each_once IDENTIFIER FIRST STEP LAST: the same of all that becaused wrote for it. A record that
# was enriched twice would be a second entry of its call, so this check finds it too.
check_each_once() {
	enriched_messages "$1" | check_calls "$1: every cause is enriched once, in order" "$2" "$3" "$4"
}
