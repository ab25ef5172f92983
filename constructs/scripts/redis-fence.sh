#!/bin/sh
# The fence of a RedisPod. The server was born locked; this asks the sentinels whose address it has and opens it, once, for that owner only:
#  1 wait until our own server answers; end when its marker says that somebody has claimed it
#  2 ask the sentinels of every group which partition has our address, as master or as replica: redis-ask.sh. A silent one costs a second, and
#    who is no master four more
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
greeted=''

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

# rest SECONDS: five at a time, for each sleep is a process and idle pods are many
rest() {
  left=$1
  while [ "$left" -gt 0 ]; do
    need_server
    step=5
    if [ "$left" -lt 5 ]; then step=$left; fi
    sleep "$step"
    left=$((left - step))
  done
  need_server
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

# keys: whether our server holds keys, in any of its databases: 0, some or unknown, into $count
keys() {
  case $(own INFO keyspace) in
    *db[0-9]*:keys=*) count=some ;;
    '# Keyspace'*) count=0 ;;
    *) count=unknown ;;
  esac
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

# stay_unknown: rests until it is time to ask again: in half a minute if a sentinel greets us by then, else in two minutes. Idle pods are many,
# and a sentinel that greets nobody here has us neither as a master nor as a replica, unless it cannot reach us or log in.
stay_unknown() {
  turns=0 greeted=''
  while [ "$turns" -lt 4 ] && [ -z "$greeted" ] && [ "$marker" = locked ]; do
    rest "$((spread - 4))"
    listen
    read_marker
    turns=$((turns + 1))
  done
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

for part in ask names tally open; do . "$FARM_SCRIPTS/redis-$part.sh"; done

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
    unknown) stay_unknown && pause=1 && patience=20 ;;
    conflict) rest 5 ;;
    quick)
      rest "$pause"
      patience=40
      if [ "$pause" -lt 5 ]; then pause=$((pause + 1)); fi
      ;;
  esac
done
