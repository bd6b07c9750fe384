# shellcheck shell=bash
#
# Root file systems of the two Debian releases that becaused is for, 13 and 12. tests/system/lib.sh makes
# its container of one, and .ci/run a whole machine of the other release.

# debian_here: the name of the release that runs here; for a derivative, that of its Debian. Programs
# built here must run in it. The newer release runs more of them, so it is the default.
debian_here() {
	local name

	# shellcheck source=/dev/null
	name=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	case $name:$(cat /etc/debian_version 2>/dev/null) in
	trixie:* | *:13 | *:13.* | *:trixie/*) echo trixie ;;
	bookworm:* | *:12 | *:12.* | *:bookworm/*) echo bookworm ;;
	*)
		echo "neither Debian 12 nor 13 runs here; taking 13" >&2
		echo trixie
		;;
	esac
}

# debian_title RELEASE: its common name.
debian_title() {
	case $1 in
	bookworm) echo "Debian 12" ;;
	trixie) echo "Debian 13" ;;
	esac
}

# debian_mirror RELEASE: the machine's own mirror, so that one behind a firewall works as well; a mirror of
# Debian has both releases. Nothing where the machine is no Debian, and then mmdebstrap uses its default.
debian_mirror() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -v release="$1" '
			$2 != "main" { next }
			$1 == release { print $3; found = 1; exit }
			$1 ~ /^(bookworm|trixie)$/ && other == "" { other = $3 }
			END { if (!found) print other }'
}

# The settings of this machine's apt for reaching the mirror, and for accepting old ones.
debian_apt_options() {
	apt-config dump 2>/dev/null |
		grep -E '^Acquire::((http|https)::(Proxy|Proxy-Auto-Detect)|Check-(Valid-Until|Date)) "[^"]' || :
}

# debian_make RELEASE DIRECTORY OPTION…: a root file system of this release; the options are mmdebstrap's.
debian_make() {
	local mirror option options=()

	mirror=$(debian_mirror "$1")
	while read -r option; do
		options+=(--aptopt="$option")
	done < <(debian_apt_options)
	mmdebstrap "${options[@]}" "${@:3}" "$1" "$2" ${mirror:+"$mirror"}
}
