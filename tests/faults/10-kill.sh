# shellcheck shell=bash
#
# kill -9 of the service at random moments over a load, journal to journal; at every tenth its
# positions go too, between the kill and the start.

begin
load_start kill 3000 "$(scaled 500000 20000)" 2
kill_often "$(scaled 500 20)" 10
n_written=$(load_stop kill)
settle kill
judge kill
check_equal "the journal has the whole load" $((n_written / 2)) "$(judged_in)"
row "kill -9, journal to journal; positions deleted at ${n_deleted:?}" "${n_killed:?}"
