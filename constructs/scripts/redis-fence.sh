#!/bin/sh
# The fence of a RedisPod. The server was born locked; this asks the sentinels whose address it has and opens it, once, for that owner only:
#  1 wait until our own server answers; end when its marker says that somebody has claimed it
#  2 ask every sentinel of every group which partition has our address, as master or as replica; a silent one costs a second
#  3 only what a majority of a group's declared size says counts. Master of one un-replicated partition: bound. Replica of partitions of one
#    cache cluster, or master of several of one: standby. Master of a replicated partition: member if it has brought its data, else locked
#    and deaf to Sentinel until the address has moved. All else: locked, ask again
#    A failover that has begun goes on though its master is back: who opened then would serve beside the new owner, so it is waited for
#  4 claim by compare-and-set of the marker, then let in sentinels, replicas and, last, the application
#  5 look again 3 s after it was bound: a failover that no sentinel admitted at 2 may have moved the partition since. Then shut, and ask again
# A kill at any point leaves nothing behind: users live in the server's memory, and a server that restarts is born locked.
set -euf
umask 077

newline='
'
said=''
deaf=no
watched=''

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

own_ok() { [ "$(own "$@")" = OK ]; }

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

# expel: the application out, its connections cut
expel() {
  if [ "$user" = default ]; then
    own_ok ACL SETUSER default reset && own CLIENT KILL USER default >/dev/null
    return
  fi
  case $(own ACL DELUSER "$user") in 0 | 1) return 0 ;; *) return 1 ;; esac
}

# Scripts and functions outlive FLUSHALL and would be the next owner's; functions exist from 7.0 on.
forget() { printf 'SCRIPT FLUSH\nFUNCTION FLUSH\n' | own >/dev/null || :; }

# give_up: shuts the pod whose partition went elsewhere. From the first command on nobody else can claim it, so what is flushed is ours;
# from the last on it is idle.
give_up() {
  closing="closing/$partition/$highest"
  own ACL SETUSER marker "<$text" ">$closing" resetkeys "~$closing" >/dev/null || :
  read_marker
  [ "$marker" = "$closing" ] || return 0
  word "$FARM_SCRIPTS/rules-sentinel-locked"
  rules=$value
  # shellcheck disable=SC2086
  until expel && own_ok ACL SETUSER sentinel on $rules && own_ok ACL SETUSER replication off && own_ok FLUSHALL && forget &&
    own_ok ACL SETUSER marker "<$closing" '>locked' resetkeys '~locked'; do
    need_server
    nap 1
  done
  marker=locked
  say "shut: $partition is at $taken with a higher epoch than $highest"
}

# keep_watch: ends the fence when the partition is still ours; returns when the pod is locked again. A sentinel that is ahead of the others,
# or a failover under way, is waited for: half a minute is longer than either takes.
keep_watch() {
  watched=$partition looks=0
  rest 3
  while [ "$looks" -lt 15 ]; do
    ask_all 20
    tally
    read_marker
    if [ "$marker" = "$text" ] && [ -n "$taken" ]; then give_up; fi
    case $marker in
      locked) watched='' && return 0 ;;
      "$text") if [ "$moving" = no ] && [ -z "$thin" ]; then break; fi ;;
      ?*) say "done: claimed by somebody else as $marker" && exit 0 ;;
    esac
    if [ "$moving" = yes ]; then say "looking again: not all sentinels leave $partition here"; fi
    looks=$((looks + 1))
    rest 2
  done
  say "done: no majority has given $partition to another pod"
  exit 0
}

# open KIND SUBJECT: claims the pod and opens it; ends the fence, or returns when the server did not answer or the pod is locked again
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
  if [ "$1" = bound ]; then keep_watch; else exit 0; fi
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

. "$FARM_SCRIPTS/redis-ask.sh"

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
