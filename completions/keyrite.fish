# Completion of keyrite for fish. Copy it into ~/.config/fish/completions.
# Written by `npm run docs` from the command tree: changes belong there.

# The words so far, without flags and their values.
function __keyrite_words
    set -l words (commandline -opc)
    set -e words[1]
    set -l value no
    for word in $words
        if test $value = yes
            set value no
            continue
        end
        switch $word
            case --home --partition --timeout --color --module --share --share-fd --passphrase-file --identity --expires --slot --custodian --threshold --group --shares-dir --recipient --passphrase-cost --erase-token --so-pin-file --confirm --ledger --anchor --checkpoint --type --usage --count --activate-at --accept-weak --reason --state --since --sort -o --format --certificate --from --last --key --by --op --until
                set value yes
            case '-*'
            case '*'
                echo -- $word
        end
    end
end

function __keyrite_at
    set -l line (__keyrite_words | string join ' ')
    test "$line" = "$argv"
end

function __keyrite_under
    set -l line (__keyrite_words | string join ' ')
    test -z "$argv"; or string match -q -- "$argv *" "$line "
end

# Names from the ledgers; nothing where they can't be read.
function __keyrite_ask
    set -l words (commandline -opc)
    set -l home
    set -l flag
    for word in $words
        if set -q flag[1]
            set -a home $flag $word
            set flag
        else if contains -- $word --home --partition
            set flag $word
        else if string match -q -r -- '^--(home|partition)=' $word
            set -a home $word
        end
    end
    $words[1] $home complete $argv[1] (commandline -ct) 2>/dev/null
end

complete -c keyrite -f
complete -c keyrite -n '__keyrite_at' -a token -d 'what a module and its tokens are'
complete -c keyrite -n '__keyrite_at' -a partition -d 'one tenant: a token with its custodians, keys and ledger'
complete -c keyrite -n '__keyrite_at' -a key -d 'the keys of a partition'
complete -c keyrite -n '__keyrite_at' -a backup -d 'copies of the keys that only the custodians can open'
complete -c keyrite -n '__keyrite_at' -a quorum -d 'who must agree'
complete -c keyrite -n '__keyrite_at' -a audit -d 'the ledger'
complete -c keyrite -n '__keyrite_at' -a config -d 'settings of this host'
complete -c keyrite -n '__keyrite_at' -a doctor -d 'what stands in the way, and what to do about it'
complete -c keyrite -n '__keyrite_at' -a help -d 'what a command does and takes, and what the words mean'
complete -c keyrite -n '__keyrite_at' -a version -d 'which keyrite this is'
complete -c keyrite -n '__keyrite_at' -a completion -d 'the completion script of a shell'
complete -c keyrite -n '__keyrite_under' -s V -l version -d 'print the version'
complete -c keyrite -n '__keyrite_under' -l home -x -a '(__fish_complete_directories (commandline -ct))' -d 'where partitions are kept (KEYRITE_HOME)'
complete -c keyrite -n '__keyrite_under' -l partition -x -a '(__keyrite_ask partition)' -d 'which partition, where there are several (KEYRITE_PARTITION)'
complete -c keyrite -n '__keyrite_under' -l json -d 'answer in JSON, on one line'
complete -c keyrite -n '__keyrite_under' -l no-input -d 'never ask: a missing flag is an error'
complete -c keyrite -n '__keyrite_under' -l timeout -x -d 'for one call to the HSM, by default 60'
complete -c keyrite -n '__keyrite_under' -l color -x -a 'auto always never' -d 'auto, always, never; auto: at a terminal, unless NO_COLOR says no'
complete -c keyrite -n '__keyrite_under' -l no-color -d 'the same as --color never'
complete -c keyrite -n '__keyrite_under' -s h -l help -d 'show this help'
complete -c keyrite -n '__keyrite_at token' -a list -d 'slots, tokens, serials, and what a token can do'
complete -c keyrite -n '__keyrite_under token list' -l module -r -F -d 'the PKCS#11 library (KEYRITE_MODULE)'
complete -c keyrite -n '__keyrite_under token list' -l no-probe -d 'do not try what the tokens can do'
complete -c keyrite -n '__keyrite_at partition' -a init -d 'bring an empty token under M of N custodians'
complete -c keyrite -n '__keyrite_at partition' -a list -d 'the partitions of this home'
complete -c keyrite -n '__keyrite_at partition' -a show -d 'token, anchor, groups and ledger of a partition'
complete -c keyrite -n '__keyrite_at partition' -a verify -d 'hold every object on the token against the ledger'
complete -c keyrite -n '__keyrite_at partition' -a recover -d 'after a crash: find out what happened, and record it'
complete -c keyrite -n '__keyrite_under partition init' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under partition init' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under partition init' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under partition init' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under partition init' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under partition init' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under partition init' -l module -r -F -d 'the PKCS#11 library (KEYRITE_MODULE)'
complete -c keyrite -n '__keyrite_under partition init' -l slot -x -d 'slot of the blank token'
complete -c keyrite -n '__keyrite_under partition init' -l custodian -x -d 'a custodian; repeatable'
complete -c keyrite -n '__keyrite_under partition init' -l threshold -x -d 'how many custodians must agree'
complete -c keyrite -n '__keyrite_under partition init' -l group -x -d 'a group of its own; repeatable'
complete -c keyrite -n '__keyrite_under partition init' -l shares-dir -x -a '(__fish_complete_directories (commandline -ct))' -d 'where the share files go'
complete -c keyrite -n '__keyrite_under partition init' -l recipient -x -d 'make the share of NAME for an age recipient; repeatable'
complete -c keyrite -n '__keyrite_under partition init' -l unsafe-plain-shares -d 'write shares that are not encrypted'
complete -c keyrite -n '__keyrite_under partition init' -l passphrase-cost -x -d 'scrypt work factor, log2, 14 to 20, by default 18'
complete -c keyrite -n '__keyrite_under partition init' -l erase-token -x -d 'erase this initialised token and take it'
complete -c keyrite -n '__keyrite_under partition init' -l so-pin-file -r -F -d 'the present SO PIN of the token to erase'
complete -c keyrite -n '__keyrite_under partition init' -l confirm -x -d 'the name of the partition, to erase a token without being asked'
complete -c keyrite -n '__keyrite_under partition show' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under partition show' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under partition show' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_under partition verify' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under partition verify' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under partition verify' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under partition verify' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under partition verify' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under partition verify' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under partition recover' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under partition recover' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under partition recover' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under partition recover' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under partition recover' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under partition recover' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_at key' -a generate -d 'a new key, or many of a kind'
complete -c keyrite -n '__keyrite_at key' -a list -d 'the keys, their states, ages and fingerprints'
complete -c keyrite -n '__keyrite_at key' -a show -d 'one key: attributes, fingerprint, URI, history'
complete -c keyrite -n '__keyrite_at key' -a rotate -d 'the next version of a key; the present one only decrypts and verifies from then on'
complete -c keyrite -n '__keyrite_at key' -a activate -d 'a pre-active key comes into use'
complete -c keyrite -n '__keyrite_at key' -a suspend -d 'an active key rests'
complete -c keyrite -n '__keyrite_at key' -a resume -d 'a suspended key is active again'
complete -c keyrite -n '__keyrite_at key' -a deactivate -d 'a key ends its use for good'
complete -c keyrite -n '__keyrite_at key' -a compromise -d 'a key is known, or feared, to be in wrong hands'
complete -c keyrite -n '__keyrite_at key' -a destroy -d 'a key goes for good, and a certificate says so'
complete -c keyrite -n '__keyrite_under key generate' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key generate' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key generate' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key generate' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key generate' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key generate' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key generate' -l type -x -a 'aes-256 aes-128 hmac-sha256 rsa-2048 rsa-3072 rsa-4096 ec-p256 ec-p384 ed25519' -d 'aes-256, aes-128, hmac-sha256, rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ed25519'
complete -c keyrite -n '__keyrite_under key generate' -l usage -x -a 'encrypt decrypt sign verify wrap unwrap derive' -d 'encrypt, decrypt, sign, verify, wrap, unwrap, derive; repeatable'
complete -c keyrite -n '__keyrite_under key generate' -l count -x -d 'make NAME-1 to NAME-N, up to 100000'
complete -c keyrite -n '__keyrite_under key generate' -l activate-at -x -d 'pre-active until then, like 2026-12-01T00:00:00Z'
complete -c keyrite -n '__keyrite_under key generate' -l no-backup -d 'the key can never leave the token, not even in a backup'
complete -c keyrite -n '__keyrite_under key generate' -l accept-weak -x -a 'wrap-with-trusted' -d 'accept that the token does not enforce a rule; repeatable'
complete -c keyrite -n '__keyrite_under key generate' -l reason -x -d 'why, for the ledger'
complete -c keyrite -n '__keyrite_under key list' -l state -x -a 'pre-active active suspended deactivated compromised destroyed' -d 'only keys in these states: pre-active, active, suspended, deactivated, compromised, destroyed; repeatable, or with commas'
complete -c keyrite -n '__keyrite_under key list' -l type -x -a 'aes-256 aes-128 hmac-sha256 rsa-2048 rsa-3072 rsa-4096 ec-p256 ec-p384 ed25519' -d 'only keys of these types: aes-256, aes-128, hmac-sha256, rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ed25519; repeatable, or with commas'
complete -c keyrite -n '__keyrite_under key list' -l since -x -d 'only keys that came into their state at this time or day (UTC), or later'
complete -c keyrite -n '__keyrite_under key list' -l sort -x -a 'needs name type state age' -d 'by needs, name, type, state, age; by default what needs care first'
complete -c keyrite -n '__keyrite_under key list' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under key list' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under key list' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_under key list' -s o -l format -x -a 'table json' -d 'table, json; json is the same as --json'
complete -c keyrite -n '__keyrite_under key list' -s q -l quiet -d 'only the names, one a line'
complete -c keyrite -n '__keyrite_under key list' -l wide -d 'also what a key was made for, its id and its whole fingerprint'
complete -c keyrite -n '__keyrite_at key show' -a '(__keyrite_ask show)'
complete -c keyrite -n '__keyrite_under key show' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under key show' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under key show' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_at key rotate' -a '(__keyrite_ask rotate)'
complete -c keyrite -n '__keyrite_under key rotate' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key rotate' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key rotate' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key rotate' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key rotate' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key rotate' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key rotate' -l reason -x -d 'why, for the ledger'
complete -c keyrite -n '__keyrite_at key activate' -a '(__keyrite_ask activate)'
complete -c keyrite -n '__keyrite_under key activate' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key activate' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key activate' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key activate' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key activate' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key activate' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key activate' -l reason -x -d 'why, for the ledger (required; asked for at a terminal)'
complete -c keyrite -n '__keyrite_at key suspend' -a '(__keyrite_ask suspend)'
complete -c keyrite -n '__keyrite_under key suspend' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key suspend' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key suspend' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key suspend' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key suspend' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key suspend' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key suspend' -l reason -x -d 'why, for the ledger (required; asked for at a terminal)'
complete -c keyrite -n '__keyrite_at key resume' -a '(__keyrite_ask resume)'
complete -c keyrite -n '__keyrite_under key resume' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key resume' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key resume' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key resume' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key resume' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key resume' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key resume' -l reason -x -d 'why, for the ledger (required; asked for at a terminal)'
complete -c keyrite -n '__keyrite_at key deactivate' -a '(__keyrite_ask deactivate)'
complete -c keyrite -n '__keyrite_under key deactivate' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key deactivate' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key deactivate' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key deactivate' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key deactivate' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key deactivate' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key deactivate' -l reason -x -d 'why, for the ledger (required; asked for at a terminal)'
complete -c keyrite -n '__keyrite_at key compromise' -a '(__keyrite_ask compromise)'
complete -c keyrite -n '__keyrite_under key compromise' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key compromise' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key compromise' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key compromise' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key compromise' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key compromise' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key compromise' -l reason -x -d 'why, for the ledger (required; asked for at a terminal)'
complete -c keyrite -n '__keyrite_under key compromise' -l allow-processing -d 'it may still decrypt, verify and unwrap'
complete -c keyrite -n '__keyrite_at key destroy' -a '(__keyrite_ask destroy)'
complete -c keyrite -n '__keyrite_under key destroy' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under key destroy' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under key destroy' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under key destroy' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under key destroy' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under key destroy' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under key destroy' -l confirm -x -a '(__keyrite_ask destroy)' -d 'the same name again, instead of typing it'
complete -c keyrite -n '__keyrite_under key destroy' -l certificate -r -F -d 'write a certificate of destruction'
complete -c keyrite -n '__keyrite_under key destroy' -l reason -x -d 'why, for the ledger'
complete -c keyrite -n '__keyrite_at backup' -a create -d 'write every key that may leave the token into one file'
complete -c keyrite -n '__keyrite_at backup' -a show -d 'what a backup holds and lacks'
complete -c keyrite -n '__keyrite_at backup' -a verify -d 'check a backup against the ledger'
complete -c keyrite -n '__keyrite_at backup' -a restore -d 'bring a partition back on an empty token'
complete -c keyrite -n '__keyrite_at backup create' -F
complete -c keyrite -n '__keyrite_under backup create' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under backup create' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under backup create' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under backup create' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under backup create' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under backup create' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_at backup show' -F
complete -c keyrite -n '__keyrite_under backup show' -l ledger -r -F -d 'check it against this ledger, such as the copy beside the backup'
complete -c keyrite -n '__keyrite_at backup verify' -F
complete -c keyrite -n '__keyrite_under backup verify' -l ledger -r -F -d 'check it against this ledger, such as the copy beside the backup'
complete -c keyrite -n '__keyrite_at backup restore' -F
complete -c keyrite -n '__keyrite_under backup restore' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under backup restore' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under backup restore' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under backup restore' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under backup restore' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under backup restore' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_under backup restore' -l module -r -F -d 'the PKCS#11 library of the new token (KEYRITE_MODULE)'
complete -c keyrite -n '__keyrite_under backup restore' -l slot -x -d 'slot of the blank token; it may replace a token that is still there'
complete -c keyrite -n '__keyrite_under backup restore' -l ledger -r -F -d 'a ledger, where the folder was lost: FILE.ledger of the newest backup'
complete -c keyrite -n '__keyrite_under backup restore' -l checkpoint -r -F -d 'the newest checkpoint that anyone has kept'
complete -c keyrite -n '__keyrite_under backup restore' -l no-checkpoint -d 'nobody has a checkpoint; the plan and the ledger will say so'
complete -c keyrite -n '__keyrite_under backup restore' -l confirm -x -a '(__keyrite_ask partition)' -d 'the name of the partition, instead of typing it'
complete -c keyrite -n '__keyrite_under backup restore' -l erase-token -x -d 'erase this initialised token and take it'
complete -c keyrite -n '__keyrite_under backup restore' -l so-pin-file -r -F -d 'its present SO PIN, where the shares do not give it'
complete -c keyrite -n '__keyrite_at quorum' -a show -d 'groups, thresholds, custodians, roles'
complete -c keyrite -n '__keyrite_under quorum show' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under quorum show' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under quorum show' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_at audit' -a show -d 'the records of the ledger'
complete -c keyrite -n '__keyrite_at audit' -a verify -d 'check the whole ledger, offline'
complete -c keyrite -n '__keyrite_at audit' -a checkpoint -d 'sign the ledger as it is now'
complete -c keyrite -n '__keyrite_under audit show' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under audit show' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under audit show' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_under audit show' -l from -x -d 'begin at this record'
complete -c keyrite -n '__keyrite_under audit show' -l last -x -d 'only the last N records'
complete -c keyrite -n '__keyrite_under audit show' -l key -x -a '(__keyrite_ask partition)' -d 'only what concerns this key: NAME or NAME#V'
complete -c keyrite -n '__keyrite_under audit show' -l by -x -d 'only what this custodian approved, or was refused'
complete -c keyrite -n '__keyrite_under audit show' -l op -x -d 'only this operation, such as key.rotate, or rotate'
complete -c keyrite -n '__keyrite_under audit show' -l since -x -d 'only from this time or day (UTC) on, such as 2026-12-01'
complete -c keyrite -n '__keyrite_under audit show' -l until -x -d 'only to this time, or to the end of this day (UTC)'
complete -c keyrite -n '__keyrite_under audit verify' -l ledger -r -F -d 'a copy of a ledger, instead of the partition\'s own; - is standard input'
complete -c keyrite -n '__keyrite_under audit verify' -l anchor -x -d 'the anchor that was noted when the partition began'
complete -c keyrite -n '__keyrite_under audit verify' -l checkpoint -r -F -d 'a checkpoint that somebody kept; repeatable'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l share -r -F -d 'a share file; repeat it for each custodian'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l share-fd -x -d 'read shares from an open descriptor, one a line'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l passphrase-file -r -F -d 'passphrase of the share files, or of those of one custodian'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l identity -r -F -d 'age identity that opens shares made for a recipient'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l dry-run -d 'print the plan and stop'
complete -c keyrite -n '__keyrite_under audit checkpoint' -l expires -x -d 'how long the plan can be approved, 5m to 7d'
complete -c keyrite -n '__keyrite_at config' -a show -d 'the settings of this host'
complete -c keyrite -n '__keyrite_at config' -a set -d 'change a setting of this host'
complete -c keyrite -n '__keyrite_at config set' -a 'module pin-prefix'
complete -c keyrite -n '__keyrite_under doctor' -l module -r -F -d 'a PKCS#11 library to look at, beside those of the partitions (KEYRITE_MODULE)'
complete -c keyrite -n '__keyrite_at help' -a 'token partition key backup quorum audit config doctor help version completion'
complete -c keyrite -n '__keyrite_under version' -l verbose -d 'also the digest of its files, and what it runs on'
complete -c keyrite -n '__keyrite_at completion' -a 'bash zsh fish'
