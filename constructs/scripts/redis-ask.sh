# Asks the sentinels of every group about this pod; redis-fence.sh reads it in. Nothing here changes anything anywhere.
#  ask_all  asks all at once, in three steps, because each client that is started and each line that is read costs hundreds of pods at once:
#    1 INFO, a line a name, of so many sentinels of a group that no majority can do without them; of the rest where one of those is silent
#    2 when nobody has our address as a master: under which names sentinels greet us, for they greet replicas as well ($greeted, if known already)
#    3 of all sentinels of the groups with such names: address, epoch and replicas, of these names only. What counts is said here (redis-names.sh)
#  What they say goes into $verdicts, which redis-tally.sh counts.
# With $watched, a partition that we hold with epoch $highest, a higher epoch at another address counts as well, and replicas are not asked for.
# From redis-fence.sh: nap, rest, undeafen, own, newline, cli (the server's own client), barn and pod (their passwords), FARM_*.

load_groups() {
  groups='' asked=0
  while read -r group kind size hosts || [ -n "$group" ]; do
    case $size in '' | *[!0-9]*) continue ;; esac
    groups="$groups$group $kind $size $hosts$newline"
    for host in $hosts; do asked=$((asked + 1)); done
  done <"$FARM_SCRIPTS/sentinels"
}

# each_group FUNCTION: calls it for each group with $group, $kind, $size, $hosts, $enough, and its sentinels' numbers from $first to below $next
each_group() {
  next=1
  IFS=$newline
  for line in $groups; do
    unset IFS
    first=$next
    # shellcheck disable=SC2086
    set_group $line
    "$1"
  done
  unset IFS
}
set_group() {
  group=$1 kind=$2 size=$3
  shift 3
  hosts=$*
  next=$((first + $#))
  # When so many know nothing of us, the others are no majority.
  enough=$((size - size / 2))
}

# put NUMBER HOST:PORT COMMAND...: to one sentinel, in the background; without a command it sends the lines of $questions. One command is better
# given as arguments: a client that reads stdin first asks the server for all its commands.
put() {
  answer=$FARM_RUN/answer.$1 address=$2 asking="$asking $1" client=$1
  shift 2
  REDISCLI_AUTH=$pod "$cli" --user pod -h "${address%:*}" -p "${address##*:}" "$@" >"$answer" 2>&1 <<END &
$questions
END
  clients="$clients $!/$client"
}

# await_answers TWENTIETHS: who has not answered by then is silent, and its number in $silent. A child that has ended is gone for kill as soon as
# the shell has waited for `nap`.
await_answers() {
  ticks=0
  while :; do
    running=''
    for client in $clients; do
      if kill -0 "${client%/*}" 2>/dev/null; then running="$running $client"; fi
    done
    clients=$running
    if [ -z "$clients" ]; then break; fi
    if [ "$ticks" -ge "$1" ]; then
      for client in $clients; do
        silent="$silent ${client#*/}"
        kill -9 "${client%/*}" 2>/dev/null || :
      done
      break
    fi
    ticks=$((ticks + 1))
    nap 0.05
  done
  clients=''
  wait
}

# find_in NUMBERS GREP-OPTION...: the lines of their answers that match, as `answer.NUMBER:line`, into $found; with -A, `-` for `:` in what follows
find_in() {
  files=''
  for number in $1; do files="$files answer.$number"; done
  shift
  # shellcheck disable=SC2086
  found=$(cd "$FARM_RUN" && LC_ALL=C grep "$@" $files /dev/null) || :
}

# part LINE: of $found -> $number, $item
part() {
  item=${1#answer.}
  number=${item%%[!0-9]*}
  item=${item#"$number"?}
}

# is_in NUMBER LIST
is_in() {
  case " $2 " in *" $1 "*) return 0 ;; esac
  return 1
}

# scan_info NUMBERS NAME...: who answered -> $heard, $refused; names at our address, and NAME... wherever it is -> $hits, NUMBER/NAME each.
# grep only leaves lines away: a line too many is a name asked for in vain.
scan_info() {
  scanned=$1 ours=",address=$FARM_IP:$FARM_PORT,"
  shift
  wanted="$ours${newline}sentinel_masters:${newline}NOAUTH${newline}NOPERM${newline}WRONGPASS${newline}AUTH failed"
  for name in "$@"; do wanted="$wanted$newline:name=$name,"; done
  find_in "$scanned" -F "$wanted"
  IFS=$newline
  for line in $found; do
    part "$line"
    case $item in
      sentinel_masters:*) heard="$heard $number" ;;
      NOAUTH* | NOPERM* | WRONGPASS* | 'AUTH failed'*) refused="$refused $number" ;;
      *:name=*)
        name=${item#*:name=}
        name=${name%%,status=*}
        case $name in
          '' | *[!A-Za-z0-9._:-]*) case $item in *"$ours"*) strange="$strange $number" ;; esac ;;
          *) hits="$hits $number/$name" ;;
        esac
        ;;
    esac
  done
  unset IFS
}

answered() { is_in "$1" "$heard" && ! is_in "$1" "$silent" && ! is_in "$1" "$refused"; }

ask_enough() {
  number=$first
  for host in $hosts; do
    if [ "$((number - first))" -lt "$enough" ]; then put "$number" "$host" INFO sentinel; fi
    number=$((number + 1))
  done
}

ask_rest() {
  answers=0 number=$first
  for host in $hosts; do
    if answered "$number"; then answers=$((answers + 1)); fi
    number=$((number + 1))
  done
  if [ "$answers" -ge "$enough" ]; then return 0; fi
  number=$first
  for host in $hosts; do
    if [ "$((number - first))" -ge "$enough" ]; then put "$number" "$host" INFO sentinel; fi
    number=$((number + 1))
  done
}

# listen: the names under which sentinels greet this pod -> $greeted. A sentinel publishes a hello on each master and each replica that it has,
# every 2 s, and is back within a second of our start. What is not heard is not believed, and what is heard is only asked for.
# The server closes the connection: a client that is killed may keep to itself what it has read.
listen() {
  greeted=''
  REDISCLI_AUTH=$barn "$cli" --user barn -h "$FARM_IP" -p "$FARM_PORT" SUBSCRIBE __sentinel__:hello >"$FARM_RUN/hello" 2>&1 </dev/null &
  listener=$!
  rest 4
  if [ "$(own CLIENT KILL TYPE pubsub USER barn)" != 1 ]; then kill -9 "$listener" 2>/dev/null || :; fi
  wait "$listener" || :
  found=$(LC_ALL=C grep -F , "$FARM_RUN/hello") || :
  # shellcheck disable=SC2086
  for line in $found; do
    IFS=,
    add_greeting $line
    unset IFS
  done
}
# add_greeting IP PORT RUNID EPOCH NAME...: the fields of a hello
add_greeting() {
  unset IFS
  case ${5-} in '' | *[!A-Za-z0-9._:-]*) return 0 ;; esac
  is_in "$5" "$greeted" || greeted="$greeted $5"
}

# ask_all TWENTIETHS: so long for each step
ask_all() {
  load_groups
  clients='' asking='' questions='' heard='' silent='' refused='' strange='' hits='' verdicts=''
  each_group ask_enough
  await_answers "$1"
  # shellcheck disable=SC2086
  scan_info "$asking" $watched $greeted
  once=$asking asking=''
  each_group ask_rest
  if [ -n "$asking" ]; then
    await_answers "$1"
    # shellcheck disable=SC2086
    scan_info "$asking" $watched $greeted
    once="$once $asking"
  fi
  if [ -z "$watched$hits$strange" ] && [ -n "$heard" ]; then
    find_in "$once" -l 'slaves=[1-9]'
    if [ -n "$found" ]; then
      undeafen
      listen
      # shellcheck disable=SC2086
      if [ -n "$greeted" ]; then scan_info "$once" $greeted; fi
    fi
  fi
  asking='' greeted=''
  each_group ask_names
  if [ -n "$asking" ]; then
    await_answers "$1"
    scan_names
  fi
}
