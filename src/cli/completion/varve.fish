# Completion of varve for fish: varve completion fish > ~/.config/fish/completions/varve.fish
function __varve_complete
    set -l program (commandline -opc)[1]
    $program completion fish --line (commandline -cp | string collect) 2>/dev/null
end

function __varve_wants_file
    string match -qr -- '\s(-o|--(file|definition|output|check|against|from|snapshot))\s+\S*$|^\S+\s+run\s(.*\s)?--\s' (commandline -cp | string collect)
end

complete -c varve -f -a '(__varve_complete)'
complete -c varve -F -n __varve_wants_file
