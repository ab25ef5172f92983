# Opens and shuts the pod; redis-fence.sh reads it in.
#  deafen, undeafen  whether Sentinel finds the server alive
#  open              claims the pod by compare-and-set of its marker, then lets in sentinels, replicas and, last, the application
#  keep_watch        looks again when it was bound, and gives up what has gone elsewhere meanwhile
# From redis-fence.sh: say, word, nap, rest, need_server, own, own_ok, read_marker, application (the password), FARM_*; ask_all and tally.

# deafen: Sentinel must find an empty master of a replicated partition down, or it would never promote a replica. Its PING is refused and it stays
# logged in: one whose AUTH was refused keeps that connection, and would call the server down for ever, since errors are replies too
deafen() {
  if [ "$deaf" = no ]; then own ACL SETUSER sentinel -ping >/dev/null || :; fi
  deaf=yes
}
undeafen() {
  if [ "$deaf" = yes ]; then own ACL SETUSER sentinel +ping >/dev/null || :; fi
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
