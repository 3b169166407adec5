# Completion of keyrite for bash. Source this file, or copy it as "keyrite" into a folder of bash-completion.
# Written by `npm run docs` from the command tree: changes belong there.

_keyrite_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_keyrite_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}

# Names from the ledgers; nothing where they can't be read.
_keyrite_ask() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <("$keyrite" "${home[@]}" complete "$1" "$cur" 2>/dev/null)
}

_keyrite() {
  local cur=${COMP_WORDS[COMP_CWORD]} keyrite=${1/#\~\//$HOME/} all='-V --version --home --partition --json --no-input --timeout --trace --color --no-color -h --help'
  local place='' flag='' last='' word i
  local -a home=()
  COMPREPLY=()
  # The words so far, without flags and their values. bash makes a word of its own of every "=".
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      flag=$last
    elif [[ $flag ]]; then
      case $flag in --home | --partition) home+=("$flag" "${word/#\~\//$HOME/}") ;; esac
      flag=''
    else
      case $word in
        --home | --partition | --timeout | --trace | --color | --module | --profile | --slot | --share | --share-fd | --passphrase-file | --identity | --expires | --reason | --shares-dir | --recipient | --passphrase-cost | --custodian | --threshold | --group | --station | --accept | --erase-token | --so-pin-file | --confirm | --token | --name | --leave | --user-pin-file | --ledger | --anchor | --checkpoint | --certificate | --erase-object | --type | --usage | --count | --activate-at | --state | --since | --sort | -o | --format | --out | --in | --digest | --hash | --padding | --app | --cert | --without | --subject | --san | --pin-out | --pin-recipient | --pin-file | --challenge | --remove | --add | --form | --until | --on | --new-passphrase-file | --bag | --sealed | --epoch | --place | --witness | --from | --last | --key | --by | --op)
          flag=$word last=$word
          ;;
        -*) last='' ;;
        *) place+="$word " ;;
      esac
    fi
  done
  [[ $cur == '=' ]] && flag=$last cur=''
  if [[ $flag ]]; then
    case "$flag $place" in
    '--home '*) _keyrite_files -d ;;
    '--partition '*) _keyrite_ask partition ;;
    '--trace '*) _keyrite_files -f ;;
    '--color '*) _keyrite_words 'auto always never' ;;
    '--module token list '*) _keyrite_files -f ;;
    '--profile token list '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--module token profile '*) _keyrite_files -f ;;
    '--profile token profile '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--share partition init '*) _keyrite_files -f ;;
    '--passphrase-file partition init '*) _keyrite_files -f ;;
    '--identity partition init '*) _keyrite_files -f ;;
    '--module partition init '*) _keyrite_files -f ;;
    '--profile partition init '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--shares-dir partition init '*) _keyrite_files -d ;;
    '--accept partition init '*) _keyrite_words 'no-so not-extractable short-pin user-trusted wrap-with-trusted' ;;
    '--so-pin-file partition init '*) _keyrite_files -f ;;
    '--share partition adopt '*) _keyrite_files -f ;;
    '--passphrase-file partition adopt '*) _keyrite_files -f ;;
    '--identity partition adopt '*) _keyrite_files -f ;;
    '--module partition adopt '*) _keyrite_files -f ;;
    '--profile partition adopt '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--shares-dir partition adopt '*) _keyrite_files -d ;;
    '--accept partition adopt '*) _keyrite_words 'clock' ;;
    '--so-pin-file partition adopt '*) _keyrite_files -f ;;
    '--user-pin-file partition adopt '*) _keyrite_files -f ;;
    '--ledger partition show '*) _keyrite_files -f ;;
    '--checkpoint partition show '*) _keyrite_files -f ;;
    '--share partition check '*) _keyrite_files -f ;;
    '--passphrase-file partition check '*) _keyrite_files -f ;;
    '--identity partition check '*) _keyrite_files -f ;;
    '--accept partition check '*) _keyrite_words 'clock' ;;
    '--share partition recover '*) _keyrite_files -f ;;
    '--passphrase-file partition recover '*) _keyrite_files -f ;;
    '--identity partition recover '*) _keyrite_files -f ;;
    '--accept partition recover '*) _keyrite_words 'clock' ;;
    '--user-pin-file partition recover '*) _keyrite_files -f ;;
    '--so-pin-file partition recover '*) _keyrite_files -f ;;
    '--share partition retire '*) _keyrite_files -f ;;
    '--passphrase-file partition retire '*) _keyrite_files -f ;;
    '--identity partition retire '*) _keyrite_files -f ;;
    '--accept partition retire '*) _keyrite_words 'clock' ;;
    '--confirm partition retire '*) _keyrite_ask partition ;;
    '--certificate partition retire '*) _keyrite_files -f ;;
    '--share key generate '*) _keyrite_files -f ;;
    '--passphrase-file key generate '*) _keyrite_files -f ;;
    '--identity key generate '*) _keyrite_files -f ;;
    '--accept key generate '*) _keyrite_words 'wrap-with-trusted clock' ;;
    '--type key generate '*) _keyrite_ask type ;;
    '--usage key generate '*) _keyrite_words 'encrypt decrypt sign verify wrap unwrap derive' ;;
    '--state key list '*) _keyrite_words 'pre-active active suspended deactivated compromised destroyed' ;;
    '--type key list '*) _keyrite_words 'aes-256 aes-128 hmac-sha256 rsa-2048 rsa-3072 rsa-4096 ec-p256 ec-p384 ed25519' ;;
    '--sort key list '*) _keyrite_words 'needs name type state age' ;;
    '--ledger key list '*) _keyrite_files -f ;;
    '--checkpoint key list '*) _keyrite_files -f ;;
    '-o key list '*) _keyrite_words 'table json' ;;
    '--format key list '*) _keyrite_words 'table json' ;;
    '--ledger key show '*) _keyrite_files -f ;;
    '--checkpoint key show '*) _keyrite_files -f ;;
    '--ledger key public '*) _keyrite_files -f ;;
    '--checkpoint key public '*) _keyrite_files -f ;;
    '--format key public '*) _keyrite_words 'pem der jwk ssh' ;;
    '--out key public '*) _keyrite_files -f ;;
    '--share key sign '*) _keyrite_files -f ;;
    '--passphrase-file key sign '*) _keyrite_files -f ;;
    '--identity key sign '*) _keyrite_files -f ;;
    '--accept key sign '*) _keyrite_words 'clock' ;;
    '--in key sign '*) _keyrite_files -f ;;
    '--hash key sign '*) _keyrite_words 'sha256 sha384 sha512' ;;
    '--padding key sign '*) _keyrite_words 'pkcs1 pss' ;;
    '--out key sign '*) _keyrite_files -f ;;
    '--share key rotate '*) _keyrite_files -f ;;
    '--passphrase-file key rotate '*) _keyrite_files -f ;;
    '--identity key rotate '*) _keyrite_files -f ;;
    '--accept key rotate '*) _keyrite_words 'wrap-with-trusted clock' ;;
    '--share key deliver '*) _keyrite_files -f ;;
    '--passphrase-file key deliver '*) _keyrite_files -f ;;
    '--identity key deliver '*) _keyrite_files -f ;;
    '--accept key deliver '*) _keyrite_words 'unbacked clock' ;;
    '--app key deliver '*) _keyrite_ask app ;;
    '--user-pin-file key deliver '*) _keyrite_files -f ;;
    '--usage key deliver '*) _keyrite_words 'encrypt decrypt sign verify wrap unwrap derive' ;;
    '--cert key deliver '*) _keyrite_files -f ;;
    '--share key publish '*) _keyrite_files -f ;;
    '--passphrase-file key publish '*) _keyrite_files -f ;;
    '--identity key publish '*) _keyrite_files -f ;;
    '--accept key publish '*) _keyrite_words 'wrap-with-trusted clock' ;;
    '--without key publish '*) _keyrite_ask app ;;
    '--user-pin-file key publish '*) _keyrite_files -f ;;
    '--share key promote '*) _keyrite_files -f ;;
    '--passphrase-file key promote '*) _keyrite_files -f ;;
    '--identity key promote '*) _keyrite_files -f ;;
    '--accept key promote '*) _keyrite_words 'unbacked clock' ;;
    '--without key promote '*) _keyrite_ask app ;;
    '--user-pin-file key promote '*) _keyrite_files -f ;;
    '--cert key promote '*) _keyrite_files -f ;;
    '--share key withdraw '*) _keyrite_files -f ;;
    '--passphrase-file key withdraw '*) _keyrite_files -f ;;
    '--identity key withdraw '*) _keyrite_files -f ;;
    '--accept key withdraw '*) _keyrite_words 'clock' ;;
    '--app key withdraw '*) _keyrite_ask app ;;
    '--user-pin-file key withdraw '*) _keyrite_files -f ;;
    '--share key activate '*) _keyrite_files -f ;;
    '--passphrase-file key activate '*) _keyrite_files -f ;;
    '--identity key activate '*) _keyrite_files -f ;;
    '--accept key activate '*) _keyrite_words 'clock' ;;
    '--without key activate '*) _keyrite_ask app ;;
    '--user-pin-file key activate '*) _keyrite_files -f ;;
    '--share key suspend '*) _keyrite_files -f ;;
    '--passphrase-file key suspend '*) _keyrite_files -f ;;
    '--identity key suspend '*) _keyrite_files -f ;;
    '--accept key suspend '*) _keyrite_words 'clock' ;;
    '--without key suspend '*) _keyrite_ask app ;;
    '--user-pin-file key suspend '*) _keyrite_files -f ;;
    '--share key resume '*) _keyrite_files -f ;;
    '--passphrase-file key resume '*) _keyrite_files -f ;;
    '--identity key resume '*) _keyrite_files -f ;;
    '--accept key resume '*) _keyrite_words 'clock' ;;
    '--without key resume '*) _keyrite_ask app ;;
    '--user-pin-file key resume '*) _keyrite_files -f ;;
    '--share key deactivate '*) _keyrite_files -f ;;
    '--passphrase-file key deactivate '*) _keyrite_files -f ;;
    '--identity key deactivate '*) _keyrite_files -f ;;
    '--accept key deactivate '*) _keyrite_words 'clock' ;;
    '--without key deactivate '*) _keyrite_ask app ;;
    '--user-pin-file key deactivate '*) _keyrite_files -f ;;
    '--share key compromise '*) _keyrite_files -f ;;
    '--passphrase-file key compromise '*) _keyrite_files -f ;;
    '--identity key compromise '*) _keyrite_files -f ;;
    '--accept key compromise '*) _keyrite_words 'clock' ;;
    '--without key compromise '*) _keyrite_ask app ;;
    '--user-pin-file key compromise '*) _keyrite_files -f ;;
    '--share key restore '*) _keyrite_files -f ;;
    '--passphrase-file key restore '*) _keyrite_files -f ;;
    '--identity key restore '*) _keyrite_files -f ;;
    '--accept key restore '*) _keyrite_words 'clear-on-host clock' ;;
    '--in key restore '*) _keyrite_files -f ;;
    '--share key destroy '*) _keyrite_files -f ;;
    '--passphrase-file key destroy '*) _keyrite_files -f ;;
    '--identity key destroy '*) _keyrite_files -f ;;
    '--accept key destroy '*) _keyrite_words 'clock' ;;
    '--confirm key destroy '*) _keyrite_ask destroy ;;
    '--certificate key destroy '*) _keyrite_files -f ;;
    '--share cert request '*) _keyrite_files -f ;;
    '--passphrase-file cert request '*) _keyrite_files -f ;;
    '--identity cert request '*) _keyrite_files -f ;;
    '--accept cert request '*) _keyrite_words 'clock' ;;
    '--out cert request '*) _keyrite_files -f ;;
    '--share backup create '*) _keyrite_files -f ;;
    '--passphrase-file backup create '*) _keyrite_files -f ;;
    '--identity backup create '*) _keyrite_files -f ;;
    '--accept backup create '*) _keyrite_words 'clock' ;;
    '--ledger backup show '*) _keyrite_files -f ;;
    '--checkpoint backup show '*) _keyrite_files -f ;;
    '--ledger backup verify '*) _keyrite_files -f ;;
    '--checkpoint backup verify '*) _keyrite_files -f ;;
    '--share backup test '*) _keyrite_files -f ;;
    '--passphrase-file backup test '*) _keyrite_files -f ;;
    '--identity backup test '*) _keyrite_files -f ;;
    '--accept backup test '*) _keyrite_words 'clear-on-host clock' ;;
    '--module backup test '*) _keyrite_files -f ;;
    '--profile backup test '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--share backup restore '*) _keyrite_files -f ;;
    '--passphrase-file backup restore '*) _keyrite_files -f ;;
    '--identity backup restore '*) _keyrite_files -f ;;
    '--accept backup restore '*) _keyrite_words 'clear-on-host unbacked clock no-so not-extractable short-pin user-trusted wrap-with-trusted' ;;
    '--module backup restore '*) _keyrite_files -f ;;
    '--profile backup restore '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--ledger backup restore '*) _keyrite_files -f ;;
    '--checkpoint backup restore '*) _keyrite_files -f ;;
    '--confirm backup restore '*) _keyrite_ask partition ;;
    '--so-pin-file backup restore '*) _keyrite_files -f ;;
    '--station backup restore '*) _keyrite_ask partition ;;
    '--share app init '*) _keyrite_files -f ;;
    '--passphrase-file app init '*) _keyrite_files -f ;;
    '--identity app init '*) _keyrite_files -f ;;
    '--accept app init '*) _keyrite_words 'short-pin clock' ;;
    '--module app init '*) _keyrite_files -f ;;
    '--profile app init '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--so-pin-file app init '*) _keyrite_files -f ;;
    '--pin-out app init '*) _keyrite_files -f ;;
    '--share app adopt '*) _keyrite_files -f ;;
    '--passphrase-file app adopt '*) _keyrite_files -f ;;
    '--identity app adopt '*) _keyrite_files -f ;;
    '--accept app adopt '*) _keyrite_words 'clock' ;;
    '--module app adopt '*) _keyrite_files -f ;;
    '--profile app adopt '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--user-pin-file app adopt '*) _keyrite_files -f ;;
    '--ledger app list '*) _keyrite_files -f ;;
    '--checkpoint app list '*) _keyrite_files -f ;;
    '--ledger app show '*) _keyrite_files -f ;;
    '--checkpoint app show '*) _keyrite_files -f ;;
    '--share app check '*) _keyrite_files -f ;;
    '--passphrase-file app check '*) _keyrite_files -f ;;
    '--identity app check '*) _keyrite_files -f ;;
    '--accept app check '*) _keyrite_words 'clock' ;;
    '--user-pin-file app check '*) _keyrite_files -f ;;
    '--ledger app check '*) _keyrite_files -f ;;
    '--checkpoint app check '*) _keyrite_files -f ;;
    '--module app check '*) _keyrite_files -f ;;
    '--profile app check '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--pin-file app check '*) _keyrite_files -f ;;
    '--share app sync '*) _keyrite_files -f ;;
    '--passphrase-file app sync '*) _keyrite_files -f ;;
    '--identity app sync '*) _keyrite_files -f ;;
    '--accept app sync '*) _keyrite_words 'clock' ;;
    '--without app sync '*) _keyrite_ask app ;;
    '--user-pin-file app sync '*) _keyrite_files -f ;;
    '--share app pin '*) _keyrite_files -f ;;
    '--passphrase-file app pin '*) _keyrite_files -f ;;
    '--identity app pin '*) _keyrite_files -f ;;
    '--accept app pin '*) _keyrite_words 'clock' ;;
    '--pin-out app pin '*) _keyrite_files -f ;;
    '--share app replace '*) _keyrite_files -f ;;
    '--passphrase-file app replace '*) _keyrite_files -f ;;
    '--identity app replace '*) _keyrite_files -f ;;
    '--accept app replace '*) _keyrite_words 'short-pin clock' ;;
    '--module app replace '*) _keyrite_files -f ;;
    '--profile app replace '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    '--so-pin-file app replace '*) _keyrite_files -f ;;
    '--confirm app replace '*) _keyrite_ask app ;;
    '--pin-out app replace '*) _keyrite_files -f ;;
    '--share app retire '*) _keyrite_files -f ;;
    '--passphrase-file app retire '*) _keyrite_files -f ;;
    '--identity app retire '*) _keyrite_files -f ;;
    '--accept app retire '*) _keyrite_words 'clock' ;;
    '--user-pin-file app retire '*) _keyrite_files -f ;;
    '--confirm app retire '*) _keyrite_ask app ;;
    '--ledger quorum show '*) _keyrite_files -f ;;
    '--checkpoint quorum show '*) _keyrite_files -f ;;
    '--share quorum drill '*) _keyrite_files -f ;;
    '--passphrase-file quorum drill '*) _keyrite_files -f ;;
    '--identity quorum drill '*) _keyrite_files -f ;;
    '--out quorum drill '*) _keyrite_files -f ;;
    '--challenge quorum drill '*) _keyrite_files -f ;;
    '--in quorum drill '*) _keyrite_files -f ;;
    '--share quorum stage '*) _keyrite_files -f ;;
    '--passphrase-file quorum stage '*) _keyrite_files -f ;;
    '--identity quorum stage '*) _keyrite_files -f ;;
    '--accept quorum stage '*) _keyrite_words 'clock' ;;
    '--group quorum stage '*) _keyrite_ask partition ;;
    '--remove quorum stage '*) _keyrite_ask partition ;;
    '--add quorum stage '*) _keyrite_ask partition ;;
    '--shares-dir quorum stage '*) _keyrite_files -d ;;
    '--share quorum unstage '*) _keyrite_files -f ;;
    '--passphrase-file quorum unstage '*) _keyrite_files -f ;;
    '--identity quorum unstage '*) _keyrite_files -f ;;
    '--accept quorum unstage '*) _keyrite_words 'clock' ;;
    '--share quorum confirm '*) _keyrite_files -f ;;
    '--passphrase-file quorum confirm '*) _keyrite_files -f ;;
    '--identity quorum confirm '*) _keyrite_files -f ;;
    '--ledger quorum confirm '*) _keyrite_files -f ;;
    '--checkpoint quorum confirm '*) _keyrite_files -f ;;
    '--out quorum confirm '*) _keyrite_files -f ;;
    '--in quorum confirm '*) _keyrite_files -f ;;
    '--share custodian acknowledge '*) _keyrite_files -f ;;
    '--passphrase-file custodian acknowledge '*) _keyrite_files -f ;;
    '--identity custodian acknowledge '*) _keyrite_files -f ;;
    '--form custodian acknowledge '*) _keyrite_files -f ;;
    '--share custodian suspend '*) _keyrite_files -f ;;
    '--passphrase-file custodian suspend '*) _keyrite_files -f ;;
    '--identity custodian suspend '*) _keyrite_files -f ;;
    '--accept custodian suspend '*) _keyrite_words 'clock' ;;
    '--share custodian resume '*) _keyrite_files -f ;;
    '--passphrase-file custodian resume '*) _keyrite_files -f ;;
    '--identity custodian resume '*) _keyrite_files -f ;;
    '--accept custodian resume '*) _keyrite_words 'clock' ;;
    '--share custodian depart '*) _keyrite_files -f ;;
    '--passphrase-file custodian depart '*) _keyrite_files -f ;;
    '--identity custodian depart '*) _keyrite_files -f ;;
    '--ledger share show '*) _keyrite_files -f ;;
    '--checkpoint share show '*) _keyrite_files -f ;;
    '--passphrase-file share show '*) _keyrite_files -f ;;
    '--identity share show '*) _keyrite_files -f ;;
    '--passphrase-file share passphrase '*) _keyrite_files -f ;;
    '--identity share passphrase '*) _keyrite_files -f ;;
    '--out share passphrase '*) _keyrite_files -f ;;
    '--new-passphrase-file share passphrase '*) _keyrite_files -f ;;
    '--ledger share print '*) _keyrite_files -f ;;
    '--checkpoint share print '*) _keyrite_files -f ;;
    '--passphrase-file share print '*) _keyrite_files -f ;;
    '--identity share print '*) _keyrite_files -f ;;
    '--out share print '*) _keyrite_files -f ;;
    '--share share record '*) _keyrite_files -f ;;
    '--passphrase-file share record '*) _keyrite_files -f ;;
    '--identity share record '*) _keyrite_files -f ;;
    '--out station request '*) _keyrite_files -f ;;
    '--share station add '*) _keyrite_files -f ;;
    '--passphrase-file station add '*) _keyrite_files -f ;;
    '--identity station add '*) _keyrite_files -f ;;
    '--accept station add '*) _keyrite_words 'clock' ;;
    '--in station add '*) _keyrite_files -f ;;
    '--ledger station list '*) _keyrite_files -f ;;
    '--checkpoint station list '*) _keyrite_files -f ;;
    '--share station remove '*) _keyrite_files -f ;;
    '--passphrase-file station remove '*) _keyrite_files -f ;;
    '--identity station remove '*) _keyrite_files -f ;;
    '--accept station remove '*) _keyrite_words 'clock' ;;
    '--confirm station remove '*) _keyrite_ask partition ;;
    '--ledger audit show '*) _keyrite_files -f ;;
    '--checkpoint audit show '*) _keyrite_files -f ;;
    '--key audit show '*) _keyrite_ask partition ;;
    '--by audit show '*) _keyrite_ask custodian ;;
    '--ledger audit verify '*) _keyrite_files -f ;;
    '--checkpoint audit verify '*) _keyrite_files -f ;;
    '--certificate audit verify '*) _keyrite_files -f ;;
    '--share audit checkpoint '*) _keyrite_files -f ;;
    '--passphrase-file audit checkpoint '*) _keyrite_files -f ;;
    '--identity audit checkpoint '*) _keyrite_files -f ;;
    '--accept audit checkpoint '*) _keyrite_words 'clock' ;;
    '--app config set '*) _keyrite_ask app ;;
    '--module doctor '*) _keyrite_files -f ;;
    '--profile doctor '*) _keyrite_words 'cloudhsm luna-crypto-user nshield nss yubihsm' ;;
    esac
    return
  fi
  if [[ $cur == -* ]]; then
    case "$place" in
    'completion '*) _keyrite_words "-h --help $all" ;;
    'version '*) _keyrite_words "--verbose -h --help $all" ;;
    'help '*) _keyrite_words "-h --help $all" ;;
    'doctor '*) _keyrite_words "--module --profile -h --help $all" ;;
    'inspect '*) _keyrite_words "-h --help $all" ;;
    'config set '*) _keyrite_words "--app -h --help $all" ;;
    'config show '*) _keyrite_words "-h --help $all" ;;
    'config '*) _keyrite_words "-h --help $all" ;;
    'audit checkpoint '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'audit verify '*) _keyrite_words "--ledger --anchor --checkpoint --certificate -h --help $all" ;;
    'audit show '*) _keyrite_words "--ledger --anchor --checkpoint --from --last --key --by --op --since --until -h --help $all" ;;
    'audit '*) _keyrite_words "-h --help $all" ;;
    'station remove '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --confirm -h --help $all" ;;
    'station list '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'station add '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --in -h --help $all" ;;
    'station request '*) _keyrite_words "--out -h --help $all" ;;
    'station '*) _keyrite_words "-h --help $all" ;;
    'share record '*) _keyrite_words "--share --share-fd --passphrase-file --identity --sealed --opened --destroyed --epoch --group --place --witness -h --help $all" ;;
    'share print '*) _keyrite_words "--ledger --anchor --checkpoint --passphrase-file --identity --out --bag --plain -h --help $all" ;;
    'share passphrase '*) _keyrite_words "--passphrase-file --identity --out --new-passphrase-file --passphrase-cost -h --help $all" ;;
    'share show '*) _keyrite_words "--ledger --anchor --checkpoint --passphrase-file --identity -h --help $all" ;;
    'share '*) _keyrite_words "-h --help $all" ;;
    'custodian depart '*) _keyrite_words "--share --share-fd --passphrase-file --identity --on -h --help $all" ;;
    'custodian resume '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'custodian suspend '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --until -h --help $all" ;;
    'custodian acknowledge '*) _keyrite_words "--share --share-fd --passphrase-file --identity --form -h --help $all" ;;
    'custodian '*) _keyrite_words "-h --help $all" ;;
    'quorum confirm '*) _keyrite_words "--share --share-fd --passphrase-file --identity --ledger --anchor --checkpoint --out --in -h --help $all" ;;
    'quorum unstage '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'quorum stage '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --group --remove --add --threshold --shares-dir --recipient --unsafe-plain-shares --passphrase-cost -h --help $all" ;;
    'quorum drill '*) _keyrite_words "--share --share-fd --passphrase-file --identity --out --challenge --in -h --help $all" ;;
    'quorum show '*) _keyrite_words "--ledger --anchor --checkpoint --former -h --help $all" ;;
    'quorum '*) _keyrite_words "-h --help $all" ;;
    'app retire '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --user-pin-file --confirm --lost -h --help $all" ;;
    'app replace '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --module --profile --slot --erase-token --so-pin-file --confirm --pin-out --pin-recipient -h --help $all" ;;
    'app pin '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --new --pin-out --pin-recipient -h --help $all" ;;
    'app sync '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --all --without --user-pin-file -h --help $all" ;;
    'app check '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --user-pin-file --ledger --anchor --checkpoint --module --profile --all --pin-file -h --help $all" ;;
    'app show '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'app list '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'app adopt '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --module --profile --token --given-pin --user-pin-file -h --help $all" ;;
    'app init '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --module --profile --slot --erase-token --so-pin-file --confirm --pin-out --pin-recipient -h --help $all" ;;
    'app '*) _keyrite_words "-h --help $all" ;;
    'backup restore '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --module --profile --slot --ledger --checkpoint --no-checkpoint --confirm --erase-token --so-pin-file --without --station -h --help $all" ;;
    'backup test '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --module --profile --slot -h --help $all" ;;
    'backup verify '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'backup show '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'backup create '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'backup '*) _keyrite_words "-h --help $all" ;;
    'cert request '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --subject --san --out -h --help $all" ;;
    'cert '*) _keyrite_words "-h --help $all" ;;
    'key destroy '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --confirm --leave-copies --certificate -h --help $all" ;;
    'key restore '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --in -h --help $all" ;;
    'key compromise '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file --allow-processing -h --help $all" ;;
    'key deactivate '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file -h --help $all" ;;
    'key resume '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file -h --help $all" ;;
    'key suspend '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file -h --help $all" ;;
    'key activate '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file -h --help $all" ;;
    'key withdraw '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --app --user-pin-file -h --help $all" ;;
    'key promote '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file --cert -h --help $all" ;;
    'key publish '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --without --user-pin-file -h --help $all" ;;
    'key deliver '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --app --user-pin-file --usage --cert -h --help $all" ;;
    'key rotate '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'key sign '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --in --digest --hash --padding --out -h --help $all" ;;
    'key public '*) _keyrite_words "--ledger --anchor --checkpoint --format --out -h --help $all" ;;
    'key show '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'key list '*) _keyrite_words "--state --type --since --sort --ledger --anchor --checkpoint -o --format -q --quiet --wide -h --help $all" ;;
    'key generate '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --type --usage --count --activate-at --no-backup -h --help $all" ;;
    'key '*) _keyrite_words "-h --help $all" ;;
    'partition retire '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --confirm --certificate --erase-object --lost-token -h --help $all" ;;
    'partition recover '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept --user-pin-file --abandon --lost-token --confirm --so-pin-file -h --help $all" ;;
    'partition check '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --accept -h --help $all" ;;
    'partition show '*) _keyrite_words "--ledger --anchor --checkpoint -h --help $all" ;;
    'partition list '*) _keyrite_words "-h --help $all" ;;
    'partition adopt '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --module --profile --token --name --leave --shares-dir --recipient --unsafe-plain-shares --passphrase-cost --custodian --threshold --group --station --accept --so-pin-file --user-pin-file -h --help $all" ;;
    'partition init '*) _keyrite_words "--share --share-fd --passphrase-file --identity --dry-run --expires --reason --module --profile --slot --shares-dir --recipient --unsafe-plain-shares --passphrase-cost --custodian --threshold --group --station --accept --erase-token --so-pin-file --confirm -h --help $all" ;;
    'partition '*) _keyrite_words "-h --help $all" ;;
    'token profile '*) _keyrite_words "--module --profile --slot --redact -h --help $all" ;;
    'token list '*) _keyrite_words "--module --profile --no-probe -h --help $all" ;;
    'token '*) _keyrite_words "-h --help $all" ;;
    *) _keyrite_words "$all" ;;
    esac
    return
  fi
  case "$place" in
    '') _keyrite_words 'token partition key cert backup app quorum custodian share station audit config inspect doctor help version completion' ;;
    'token ') _keyrite_words 'list profile' ;;
    'partition ') _keyrite_words 'init adopt list show check recover retire' ;;
    'partition retire ') _keyrite_ask partition ;;
    'key ') _keyrite_words 'generate list show public sign rotate deliver publish promote withdraw activate suspend resume deactivate compromise restore destroy' ;;
    'key show ') _keyrite_ask show ;;
    'key public ') _keyrite_ask public ;;
    'key sign ') _keyrite_ask sign ;;
    'key rotate ') _keyrite_ask rotate ;;
    'key deliver ') _keyrite_ask deliver ;;
    'key publish ') _keyrite_ask publish ;;
    'key promote ') _keyrite_ask promote ;;
    'key withdraw ') _keyrite_ask withdraw ;;
    'key activate ') _keyrite_ask activate ;;
    'key suspend ') _keyrite_ask suspend ;;
    'key resume ') _keyrite_ask resume ;;
    'key deactivate ') _keyrite_ask deactivate ;;
    'key compromise ') _keyrite_ask compromise ;;
    'key restore ') _keyrite_ask restore ;;
    'key destroy ') _keyrite_ask destroy ;;
    'cert ') _keyrite_words 'request' ;;
    'cert request ') _keyrite_ask request ;;
    'backup ') _keyrite_words 'create show verify test restore' ;;
    'backup create ') _keyrite_files -f ;;
    'backup show ') _keyrite_files -f ;;
    'backup verify ') _keyrite_files -f ;;
    'backup test ') _keyrite_files -f ;;
    'backup restore ') _keyrite_files -f ;;
    'app ') _keyrite_words 'init adopt list show check sync pin replace retire' ;;
    'app show ') _keyrite_ask app ;;
    'app check ') _keyrite_ask app ;;
    'app sync ') _keyrite_ask app ;;
    'app pin ') _keyrite_ask app ;;
    'app replace ') _keyrite_ask app ;;
    'app retire ') _keyrite_ask app ;;
    'quorum ') _keyrite_words 'show drill stage unstage confirm' ;;
    'custodian ') _keyrite_words 'acknowledge suspend resume depart' ;;
    'custodian acknowledge ') _keyrite_ask custodian ;;
    'custodian suspend ') _keyrite_ask custodian ;;
    'custodian resume ') _keyrite_ask custodian ;;
    'custodian depart ') _keyrite_ask custodian ;;
    'share ') _keyrite_words 'show passphrase print record' ;;
    'share show ') _keyrite_files -f ;;
    'share passphrase ') _keyrite_files -f ;;
    'share print ') _keyrite_files -f ;;
    'share record ') _keyrite_ask custodian ;;
    'station ') _keyrite_words 'request add list remove' ;;
    'station add ') _keyrite_ask partition ;;
    'station remove ') _keyrite_ask partition ;;
    'audit ') _keyrite_words 'show verify checkpoint' ;;
    'config ') _keyrite_words 'show set' ;;
    'config set ') _keyrite_words 'module profile pin-prefix so-type user-type library-parameters env' ;;
    'inspect ') _keyrite_files -f ;;
    'help ') _keyrite_words 'token partition key cert backup app quorum custodian share station audit config inspect doctor help version completion' ;;
    'completion ') _keyrite_words 'bash zsh fish' ;;
  esac
}

complete -F _keyrite keyrite
