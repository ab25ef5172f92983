#!/bin/sh
# The fence of a RedisPod. The server was born locked; this asks the sentinels whose address it has and opens it, once, for that owner only:
#  1 wait until our own server answers; end when its marker says that somebody has claimed it
#  2 ask every sentinel of every group which partition has our address, as master or as replica; a silent one costs a second
#  3 only what a majority of a group's declared size says counts. Master of one un-replicated partition: bound. Replica of partitions of one
#    cache cluster, or master of several of one: standby. Master of a replicated partition: member if it has brought its data, else locked
#    and deaf to Sentinel until the address has moved. All else: locked, ask again
#    A failover that has begun goes on though its master is back: who opened then would serve beside the new owner, so it is waited for
#  4 claim by compare-and-set of the marker, then let in sentinels, replicas and, last, the application
# A kill at any point leaves nothing behind: users live in the server's memory, and a server that restarts is born locked.
set -euf
umask 077

newline='
'
said=''
deaf=no

say() {
  [ "$1" = "$said" ] || printf 'fence: %s\n' "$1"
  said=$1
}

# word FILE: the only line of FILE, into $value; the start script has checked it
word() {
  IFS= read -r value <"$1" || [ -n "$value" ]
}

nap() { sleep "$1" 2>/dev/null || sleep 1; }

# Our parent has become the server: without it there is nothing to fence, and whoever listens here next has a fence of its own.
need_server() { kill -0 "$PPID" 2>/dev/null || exit 0; }

# rest SECONDS
rest() {
  left=$1
  while [ "$left" -gt 0 ]; do
    need_server
    sleep 1
    left=$((left - 1))
  done
}

# own COMMAND...: asks our own server as barn; with no command it reads commands from stdin, which is where secrets go
own() { REDISCLI_AUTH=$barn "$cli" --user barn -h "$FARM_IP" -p "$FARM_PORT" "$@" 2>&1; }

await_server() {
  tries=0
  until [ "$(own PING)" = PONG ]; do
    need_server
    tries=$((tries + 1))
    if [ "$tries" -lt 100 ]; then nap 0.05; else sleep 1; fi
  done
}

# The claim, into $marker: the only key pattern of the user `marker`; empty when there is none
read_marker() {
  marker='' found=''
  users=$(own ACL LIST) || return 0
  IFS=$newline
  for line in $users; do
    case $line in 'user marker '*) found=$line ;; esac
  done
  unset IFS
  for part in $found; do
    case $part in '~'*) marker=${part#?} ;; esac
  done
}

# put NUMBER HOST PORT: commands on stdin to one sentinel. The pid of redis-cli is left in a file, so that the deadline can end a silent one.
put() {
  REDISCLI_AUTH=$pod sh -c 'echo "$$" >"$1"; shift; exec "$@" 2>&1' put "$FARM_RUN/asker.$1" "$cli" --user pod -h "$2" -p "$3" || :
}

# scan_masters TEXT: a SENTINEL MASTERS reply, field and value on lines of their own (an empty value has no line) -> $lines, $others, $ended, $refused
scan_masters() {
  key='' name='' at='' mine=no state=calm
  IFS=$newline
  for item in $1; do
    case $key in
      name) name=$item at='' mine=no state=calm ;;
      ip) at=$item ;;
      port) if [ "$at $item" = "$FARM_IP $FARM_PORT" ]; then mine=yes; fi ;;
      flags)
        state=calm
        case $item in *o_down* | *failover_in_progress*) state=moving ;; esac
        ;;
      config-epoch) epoch=$item ;;
      num-slaves)
        case $name in *[!A-Za-z0-9._:-]*) name='?' ;; esac
        if [ "$mine" = yes ]; then
          lines="${lines}master $name $epoch $state$newline"
        elif [ "$item" != 0 ] && [ "$name" != '?' ]; then
          others="$others$name/$epoch$newline"
        fi
        ;;
      *)
        case $item in
          name | ip | port | flags | config-epoch | num-slaves) key=$item && continue ;;
          PONG) ended=yes ;;
          NOAUTH* | NOPERM* | WRONGPASS* | 'AUTH failed'*) refused=yes ;;
        esac
        continue
        ;;
    esac
    key=''
  done
  unset IFS
}

# scan_replicas TEXT: for each of $others a PONG and its SENTINEL REPLICAS reply, then a last PONG -> $lines, $ended
scan_replicas() {
  key='' of='' at='' ended=no waiting=$others
  IFS=$newline
  for item in $1; do
    case $key in
      name) ;;
      ip) at=$item ;;
      port) if [ "$at $item" = "$FARM_IP $FARM_PORT" ]; then lines="${lines}replica ${of%/*} ${of##*/}$newline"; fi ;;
      *)
        case $item in
          PONG)
            if [ -z "$waiting" ]; then ended=yes; fi
            of=${waiting%%"$newline"*}
            waiting=${waiting#*"$newline"}
            ;;
          name | ip | port) key=$item && continue ;;
        esac
        continue
        ;;
    esac
    key=''
  done
  unset IFS
}

# The end of an answer is marked by PING; without an argument, which Sentinel 6.2 refuses.
ask_masters() { printf 'SENTINEL MASTERS\nPING\n'; }
ask_replicas() {
  for other in $others; do printf 'PING\nSENTINEL REPLICAS %s\n' "${other%/*}"; done
  printf 'PING\n'
}

# ask NUMBER HOST PORT: what one sentinel says about our address, then `end`; or `refused`; or `silent`
ask() {
  lines='' others='' ended=no refused=no
  scan_masters "$(ask_masters | put "$@")"
  if [ "$ended" = yes ] && [ -z "$lines" ] && [ -n "$others" ]; then
    scan_replicas "$(ask_replicas | put "$@")"
  fi
  if [ "$refused" = yes ]; then
    printf 'refused\n'
  elif [ "$ended" = yes ]; then
    printf '%send\n' "$lines"
  else
    printf 'silent\n'
  fi
}

# unanswered: some sentinel has said nothing yet
unanswered() {
  number=0
  while [ "$number" -lt "$asked" ]; do
    number=$((number + 1))
    if [ ! -s "$FARM_RUN/answer.$number" ]; then return 0; fi
  done
  return 1
}

# end_silent: ends the redis-cli of each ask that has no answer
end_silent() {
  number=0
  while [ "$number" -lt "$asked" ]; do
    number=$((number + 1))
    if [ ! -s "$FARM_RUN/answer.$number" ] && word "$FARM_RUN/asker.$number"; then kill -9 "$value" 2>/dev/null || :; fi
  done
}

# ask_all TWENTIETHS: all sentinels at once; who has not answered by then is silent
ask_all() {
  asked=0 jobs=''
  while read -r group kind size hosts || [ -n "$group" ]; do
    for host in $hosts; do
      asked=$((asked + 1))
      : >"$FARM_RUN/answer.$asked"
      : >"$FARM_RUN/asker.$asked"
      ask "$asked" "${host%:*}" "${host##*:}" >"$FARM_RUN/answer.$asked" &
      jobs="$jobs $!"
    done
  done <"$FARM_SCRIPTS/sentinels"
  ticks=0
  while unanswered; do
    if [ "$ticks" -ge "$1" ]; then end_silent; fi
    ticks=$((ticks + 1))
    nap 0.05
  done
  wait
}

# count_votes GROUP KIND SIZE: what a majority of the group says, of $votes -> $owned, $spare; too few answers -> $thin
count_votes() {
  majority=$(($3 / 2 + 1))
  if [ "$answers" -lt "$majority" ]; then
    thin="$thin, $1 $answers of $3"
    if [ "$refusals" -gt 0 ]; then thin="$thin ($refusals refused the user pod)"; fi
  fi
  seen=' '
  for vote in $votes; do
    what=${vote%/*} count=0 top=0
    case $seen in *" $what "*) continue ;; esac
    seen="$seen$what "
    for other in $votes; do
      if [ "${other%/*}" = "$what" ]; then
        count=$((count + 1))
        if [ "${other##*/}" -gt "$top" ]; then top=${other##*/}; fi
      fi
    done
    if [ "$count" -ge "$majority" ]; then
      case $what in
        master/*)
          owned="$owned $2/${what#*/}/$top"
          # The leader of a failover is up to 2 s ahead of the others: it already lists us as a replica, with a higher epoch.
          for other in $votes; do
            if [ "${other%/*}" = "replica/${what#*/}" ] && [ "${other##*/}" -gt "$top" ]; then moving=yes; fi
          done
          ;;
        *) spare="$spare $2/${what#*/}/$top" ;;
      esac
    fi
  done
}

tally() {
  owned='' spare='' thin='' moving=no asked=0
  while read -r group kind size hosts || [ -n "$group" ]; do
    answers=0 refusals=0 votes=''
    for host in $hosts; do
      asked=$((asked + 1))
      while read -r what name epoch state; do
        # Beyond 2^53 no controller of ours counts: an epoch like that is an attack or an accident, never a reason to open.
        case $epoch in *[!0-9]* | ?????????????????*) name='?' epoch=0 ;; esac
        if [ "$state" = moving ]; then moving=yes; fi
        case $what in
          end) answers=$((answers + 1)) ;;
          refused) refusals=$((refusals + 1)) ;;
          master | replica) votes="$votes $what/$name/$epoch" ;;
        esac
      done <"$FARM_RUN/answer.$asked"
    done
    case $group in '') ;; *) count_votes "$group" "$kind" "$size" ;; esac
  done <"$FARM_SCRIPTS/sentinels"
}

# sum_up KIND/PARTITION/EPOCH...: -> $number, $partition, $cluster ('?' when there are several or a name is none of ours), $kinds, $highest
sum_up() {
  number=0 cluster='' kinds='' highest=0 partition=''
  for entry in "$@"; do
    number=$((number + 1))
    kind=${entry%%/*} epoch=${entry##*/}
    partition=${entry#*/}
    partition=${partition%/*}
    case $partition in
      *::*[!0-9]* | *:: | *::0?*) this='?' ;;
      # A cache cluster of that name would take over one of our own users.
      barn::* | sentinel::* | exporter::* | replication::* | marker::* | default::*) this='?' ;;
      [A-Za-z]*::*) this=${partition%::*} ;;
      *) this='?' ;;
    esac
    if [ -n "$cluster" ] && [ "$cluster" != "$this" ]; then this='?'; fi
    cluster=$this
    case $kinds in '' | "$kind") kinds=$kind ;; *) kinds=mixed ;; esac
    if [ "$epoch" -gt "$highest" ]; then highest=$epoch; fi
  done
}

# The names of $1..., for a person
names() {
  text=''
  for entry in "$@"; do
    entry=${entry#*/}
    text="$text ${entry%/*}"
  done
}

# deafen: Sentinel must find an empty master of a replicated partition down, or it would never promote a replica
deafen() {
  if [ "$deaf" = no ]; then printf 'ACL SETUSER sentinel off\nCLIENT KILL USER sentinel\n' | own >/dev/null || :; fi
  deaf=yes
}
undeafen() {
  if [ "$deaf" = yes ]; then own ACL SETUSER sentinel on >/dev/null || :; fi
  deaf=no
}

# open KIND SUBJECT: claims the pod and opens it; ends the fence, or returns when the server did not answer
open() {
  text="$1/$2/$highest"
  user=$cluster access=">$application"
  if [ "$FARM_AUTH" = none ]; then user=default access=nopass; fi
  need_server
  reply=$(own ACL SETUSER marker '<locked' ">$text" resetkeys "~$text") || :
  if [ "$reply" != OK ]; then
    say "locked: the claim $text was not taken: $reply"
    return 0
  fi
  replicas=off
  if [ "$1" = member ]; then replicas=on; fi
  word "$FARM_SCRIPTS/rules-sentinel-$1"
  sentinel_rules=$value
  word "$FARM_SCRIPTS/rules-application"
  # The application user is made shut, with the claim as its password, and let in by a command that fails when that password is gone:
  # a release by Barn in between (it deletes the user) is never undone.
  printf '%s\n' "ACL SETUSER sentinel on $sentinel_rules" "ACL SETUSER replication $replicas" \
    "ACL SETUSER $user reset $value >$text" | own >/dev/null || :
  read_marker
  reply='the marker has changed'
  if [ "$marker" = "$text" ]; then reply=$(printf 'ACL SETUSER %s on <%s %s\n' "$user" "$text" "$access" | own) || :; fi
  if [ "$reply" != OK ]; then say "claimed $text, not opened: $reply" && exit 0; fi
  say "open: $text for $user${3:+, $3}"
  exit 0
}

# keys: how many keys our server holds, into $count
keys() {
  count=$(own DBSIZE) || count=''
  case $count in '' | *[!0-9]*) count=unknown ;; esac
}

failing_over() { [ "$moving" = yes ] && say "locked: a failover has begun of$text"; }

as_owner() {
  # shellcheck disable=SC2086
  sum_up $owned
  # shellcheck disable=SC2086
  names $owned
  case $cluster/$number/$kinds in
    '?'/1/*) say "locked: this address belongs to no partition of ours:$text" ;;
    '?'/*) say "locked: this address has several owners:$text" ;;
    */unreplicated)
      if failing_over; then return 0; fi
      if [ "$number" -eq 1 ]; then open bound "$partition"; else open standby "$cluster" "shelter of$text"; fi
      ;;
    */1/replicated)
      keys
      case $count in
        unknown) return 0 ;;
        0) deafen && say "locked: master of $partition, empty, until its address has moved" && wait_for=quick && return 0 ;;
        *)
          if failing_over; then return 0; fi
          open member "$partition"
          ;;
      esac
      ;;
    *) say "locked: this address has several owners:$text" ;;
  esac
  wait_for=conflict
}

as_spare() {
  # shellcheck disable=SC2086
  sum_up $spare
  # shellcheck disable=SC2086
  names $spare
  keys
  case $cluster/$kinds in
    '?'/*) say "locked: replica of several cache clusters:$text" ;;
    */unreplicated)
      case $count in
        0) open standby "$cluster" ;;
        *) say "locked: standby of $cluster by the sentinels, but it holds keys" ;;
      esac
      ;;
    *) say "locked: replica of$text, to be attached by barn" ;;
  esac
  wait_for=conflict
}

# decide: opens, or says why not and how soon to ask again, in $wait_for
decide() {
  wait_for=quick
  if [ -n "$owned" ]; then
    as_owner
    return 0
  fi
  undeafen
  if [ -n "$spare" ]; then
    as_spare
  elif [ -n "$thin" ]; then
    say "locked: not enough answers: ${thin#, }"
  elif [ "$asked" -eq 0 ]; then
    say 'locked: no sentinel group is declared'
    wait_for=unknown
  else
    say 'locked: no majority of a sentinel group knows this address'
    wait_for=unknown
  fi
}

word "$FARM_SECRETS/barn" && barn=$value
word "$FARM_SECRETS/pod" && pod=$value
application=''
if [ "$FARM_AUTH" != none ]; then word "$FARM_SECRETS/application" && application=$value; fi
cli=redis-cli
command -v "$cli" >/dev/null 2>&1 || cli=valkey-cli
# Idle pods of a farm must not ask all at once: 25 to 35 s by the pod's ordinal.
ordinal=${FARM_POD##*-}
case $ordinal in '' | *[!0-9]* | 0?* | ??????*) ordinal=0 ;; esac
spread=$((25 + (ordinal + FARM_PORT) % 11))

await_server
pause=1 patience=20
while :; do
  read_marker
  if [ "$marker" != locked ]; then
    undeafen
    say "done: claimed by somebody else as ${marker:-nothing}"
    exit 0
  fi
  ask_all "$patience"
  tally
  decide
  case $wait_for in
    unknown) rest "$spread" && pause=1 && patience=20 ;;
    conflict) rest 5 ;;
    quick)
      rest "$pause"
      patience=40
      if [ "$pause" -lt 5 ]; then pause=$((pause + 1)); fi
      ;;
  esac
done
