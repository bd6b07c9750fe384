# shellcheck shell=bash
#
# How the packages are built, and what their tests have in common. tests/packages/run sources it.

# -- building -----------------------------------------------------------------

# build_debian RELEASE: source and binary packages, with their checks, with a umask that hides files from
# others. README.md's command, but for -b: lintian is to see the source as well.
build_debian() (
	umask 077
	mkdir "${scratch:?}/debian" &&
		tar -C "$scratch/debian" --no-same-permissions -xf "$1" &&
		cd "$scratch"/debian/because-* &&
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DEB_BUILD_OPTIONS dpkg-buildpackage -us -uc
)

# automake left a result of each test; prints those that did not pass.
none_skipped() {
	local results others

	results=$(find "$scratch/debian" -name '*.trs')
	others=$(xargs -d '\n' grep -L '^:test-result: PASS$' <<<"$results") || :
	echo "$others"
	[ -n "$results" ] && [ -z "$others" ]
}

judge_debian() {
	local seen

	seen=$(lintian --allow-root --tag-display-limit 0 --fail-on error,warning \
		"$scratch"/debian/*.changes 2>&1) && [ -z "$seen" ] && return
	echo "$seen"
	return 1
}

# README.md's command, checks and all. To Debian's rpm no package is installed; and the macros that it lacks
# are of systemd: the scripts that use them are not tested here.
build_rpm() (
	umask 077
	mkdir "$scratch/rpm" &&
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL rpmbuild -ta --nodeps \
			--define "_topdir $scratch/rpm" "$1"
)

# Both hold the same files, except where their conventions differ: the place of documents, debug
# symbols, the compression of pages.
compare_packages() {
	local deb rpm

	deb=$(dpkg-deb --fsys-tarfile "$(package becaused)" | tar -t | sed 's|^\.||')
	rpm=$(rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' \
		"$scratch"/rpm/RPMS/*/becaused-[0-9]*.rpm | sed -n '/^d/!s/^[^ ]* //p')
	diff <(names <<<"$deb") <(names <<<"$rpm")
}

names() {
	grep -vE '/$|/share/doc/|/share/licenses|/\.build-id|/share/lintian' |
		grep -E '/(bin|sbin|etc|systemd|man|completions|site-functions|vendor-completions|vendor_completions.d|share/becaused)/.*[^/]$' |
		sed -e 's|\.gz$||' -e 's|^/usr/lib/systemd|/lib/systemd|' -e 's|/vendor-completions/|/site-functions/|' | sort
}

# package NAME: its file.
package() {
	echo "$scratch"/debian/"$1"_[0-9]*.deb
}

# -- in the container ---------------------------------------------------------

# In place of `make install`: the tests' own programs only.
container_install() {
	# shellcheck disable=SC2154 # tests/system/lib.sh
	install -D -t "${container_dir:?}/root/usr/local/bin" \
		"${container_programs[@]/#/$top_builddir/}"
}

# What systemd still knows of; links to units that are gone do not count.
units_there() {
	container_run systemctl list-units --all --plain --no-legend 'becaused*' | grep -v ' not-found ' || :
}

# Every file that an installation could leave, but for what the tools of the installation itself write.
files_there() {
	(cd "$container_dir/root" && find etc usr var/lib ! -type d \
		! -path 'var/lib/dpkg/*' ! -path 'var/lib/systemd/catalog/*' ! -name '*.cache' \
		! -path 'var/lib/systemd/timers/*' ! -path 'etc/ld.so.cache' | sort)
}

# files_since LIST: the files that were added, and those that were removed.
files_since() {
	diff <(echo "$1") <(files_there) | grep '^[<>]' || :
}

# What a new user does first: log one line, and read its explanation.
explained() {
	journal -x -t "$1" | grep -q '^░░ More calls are waiting in the skill queue'
}

# check_newcomer IDENTIFIER
check_newcomer() {
	check "$1: the service runs" container_run systemctl is-active becaused.service
	check "$1: and will after a boot" container_run systemctl is-enabled becaused.service
	container_run logger -t "$1" 'callId=1 releaseCause=512'
	check "$1: journalctl -x explains the line" wait_until 20 explained "$1"
	check_match "$1: the command explains it as well" 'skill-queue-full' \
		"$(container_run because 512)"
}
