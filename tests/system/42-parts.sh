# shellcheck shell=bash
#
# Entries that are parts of one message: what a cut goes through is explained whole, once, or not at
# all; also when becaused is killed between two parts.

# codes IDENTIFIER: of the enriched entries, in the journal's order.
codes() {
	journal -o json -t "$1" _SYSTEMD_UNIT=becaused.service |
		jq -r 'select(.RELEASE_CAUSE) | [.RELEASE_CAUSE] | flatten | .[]' | paste -sd ' '
}

# write_last IDENTIFIER: an entry behind all others; when it is enriched, they are done.
write_last() {
	container_run systemd-cat -t "$1" echo 'callId=last releaseCause=531'
	check "$1: the entry behind them is enriched" wait_until 20 is_enriched "$1" 'callId=last'
}

# long_line LENGTH: a line with its code behind LENGTH bytes. journald cuts lines at 48 KiB.
# shellcheck disable=SC2016 # expanded by perl
long_line='print "callId=1 ", "x" x ($ARGV[0] - 23), " releaseCause=512 talk=9}\n"'

check_line_max() {
	container_run systemd-run --quiet --wait --collect -p SyslogIdentifier=parts-line \
		perl -e "$long_line" $((48 * 1024 - 2))
	check_equal "journald marks the first of two parts" line-max \
		"$(journal -o json -t parts-line | jq -r 'select(._LINE_BREAK) | ._LINE_BREAK')"
	write_last parts-line
	check_equal "a line cut inside its code: the whole code, once" '512 531' "$(codes parts-line)"
}

# Entries by journald's own protocol, of one process. The arguments are the messages; all but the last
# are partial. It waits for a line of standard input before each.
# shellcheck disable=SC2016 # expanded by perl
partial='use IO::Socket::UNIX; use Socket;
	my $to = sockaddr_un("/run/systemd/journal/socket");
	my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM) or die;
	my $name = shift;
	while (defined(my $message = shift)) {
		<STDIN>;
		$message = "x" x (16384 - length($message)) . $message if @ARGV;
		my $entry = "MESSAGE=$message\nPRIORITY=6\nSYSLOG_IDENTIFIER=$name\n";
		$entry .= "CONTAINER_ID_FULL=aa\n" if $ENV{ID};
		$entry .= "CONTAINER_PARTIAL_MESSAGE=true\n" if @ARGV;
		defined($socket->send($entry, 0, $to)) or die "$!";
	}'

check_container() {
	yes | container_run env ID=1 perl -e "$partial" parts-container 'callId=1 releaseCause=51' \
		'2 talk=0' 2>/dev/null
	write_last parts-container
	check_equal "parts of a container's message: the whole code, once" '512 531' \
		"$(codes parts-container)"
}

check_unknown_writer() {
	yes | container_run perl -e "$partial" parts-unknown 'callId=1 releaseCause=51' '2 talk=0' \
		2>/dev/null
	write_last parts-unknown
	check_equal "a part whose container is not known: no code" 531 "$(codes parts-unknown)"
}

# The first part is read before the kill, and the second behind it.
check_killed() {
	local parts=${container_dir:?}/parts-pipe

	mkfifo "$parts"
	container_run env ID=1 perl -e "$partial" parts-killed 'callId=1 releaseCause=531 releaseCause=51' \
		'2 talk=0 releaseCause=512' <"$parts" &
	exec 7>"$parts"
	echo >&7
	check "killed: the first part is explained" wait_until 20 has_codes parts-killed 531
	container_run systemctl kill --signal=KILL becaused.service
	echo >&7
	exec 7>&-
	wait $! || :
	service start
	write_last parts-killed
	check_match "killed between two parts: each code once, none cut" '^531 (512 )?512 531$' \
		"$(codes parts-killed)"
}

has_codes() {
	[ "$(codes "$1")" = "$2" ]
}

service start
check_line_max
check_container
check_unknown_writer
check_killed
