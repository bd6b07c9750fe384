# fish completion for because(1). Codes, names, catalogs and profiles are those that the tool lists.

set -l commands explain list filter import check

# List by the data and the configuration that the line names.
function __because_list
    set -l words (commandline -opc)
    set -l given
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --data --config
                set -l next (math $i + 1)
                set -q words[$next]; and set -a given $words[$i] (string replace -r '^~' $HOME -- $words[$next])
            case '--data=*' '--config=*'
                set -a given $words[$i]
        end
    end
    command because list $given $argv 2>/dev/null
end

function __because_catalogs
    __because_list | string replace -rf '^([a-z]\S*)\s+(.*)' '$1\t$2'
end

function __because_profiles
    __because_list --profiles | string replace -rf '^(\S+)\s+\S+\s*(.*)' '$1\t$2'
end

function __because_causes
    set -l row '^ *([0-9]\S*) +([a-z]+) +(\S+) .*'
    set -l table (__because_list)
    string replace -rf $row '$1\t$3, $2' -- $table
    string replace -rf $row '$3\t$1, $2' -- $table
    string replace -rf '^ +([a-z]+) +(\S+) .*' '$2\t$1' -- $table
end

complete -c because -f
complete -c because -n "not __fish_seen_subcommand_from $commands" -a explain -d 'What a code or a name means'
complete -c because -n "not __fish_seen_subcommand_from $commands" -a list -d 'The table of causes'
complete -c because -n "not __fish_seen_subcommand_from $commands" -a filter -d 'Copy logs, with each release cause explained'
complete -c because -n "not __fish_seen_subcommand_from $commands" -a import -d 'Make a catalog of a table'
complete -c because -n "not __fish_seen_subcommand_from $commands" -a check -d 'Look for errors in what people edit'
complete -c because -n "not __fish_seen_subcommand_from list filter import check" -a '(__because_causes)'
complete -c because -n "__fish_seen_subcommand_from filter import check" -F
complete -c because -n "not __fish_seen_subcommand_from filter check" -l catalog -x -a '(__because_catalogs)' -d 'Only this catalog'
complete -c because -n "not __fish_seen_subcommand_from filter import check" -l json -d 'One JSON object a line'
complete -c because -n "__fish_seen_subcommand_from list" -l profiles -d 'The profiles instead of the causes'
complete -c because -n "__fish_seen_subcommand_from list" -l no-pager -d 'No pager on a terminal'
complete -c because -n "__fish_seen_subcommand_from filter" -l profile -r -F -a '(__because_profiles)' -d 'How causes are written in this log'
complete -c because -n "__fish_seen_subcommand_from filter" -l format -x -a 'text json rfc5424 rfc3164' -d 'The form of the output'
complete -c because -n "__fish_seen_subcommand_from filter" -l only-matching -d 'Leave out lines without a release cause'
complete -c because -l config -r -F -d 'The configuration'
complete -c because -l data -x -a '(__fish_complete_directories)' -d 'A directory with catalogs and profiles'
complete -c because -l color -x -a 'auto always never' -d 'Colors'
complete -c because -s h -l help -d 'A summary of the options'
complete -c because -n "not __fish_seen_subcommand_from $commands" -l version -d 'The version'
