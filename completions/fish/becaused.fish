# fish completion for becaused(8)

complete -c becaused -f
complete -c becaused -l config -r -F -d 'The configuration'
complete -c becaused -l state -x -a '(__fish_complete_directories)' -d 'Where positions are kept'
complete -c becaused -l data -x -a '(__fish_complete_directories)' -d 'A directory with catalogs and profiles'
complete -c becaused -l check -d 'Check configuration, catalogs and profiles, and exit'
complete -c becaused -l drain -d 'Read until there is nothing more, and exit'
complete -c becaused -l color -x -a 'auto always never' -d 'Colors'
complete -c becaused -s h -l help -d 'A summary of the options'
complete -c becaused -l version -d 'The version'
