# Asks the sentinels of every group about this pod; redis-fence.sh reads it in. Nothing here changes anything anywhere.
#  ask_all  asks all at once: what each says goes into answer.N in FARM_RUN, a line a name, then `end`
#  tally    counts the answers by group into $owned, $spare, $thin, $moving, $taken
# With $watched, a partition that we hold with epoch $highest, a higher epoch at another address counts as well, and replicas are not asked for.
# From redis-fence.sh: word, nap, newline, cli (the server's own client), pod (the password of the user `pod`), FARM_*.

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
      port)
        if [ "$at $item" = "$FARM_IP $FARM_PORT" ]; then mine=yes; fi
        at=$at:$item
        ;;
      flags)
        state=calm
        case $item in *o_down* | *failover_in_progress*) state=moving ;; esac
        ;;
      config-epoch) epoch=$item ;;
      num-slaves)
        case $name in *[!A-Za-z0-9._:-]*) name='?' ;; esac
        if [ "$mine" = yes ]; then
          lines="${lines}master $name $epoch $state$newline"
        elif [ "$name" = "$watched" ]; then
          lines="${lines}elsewhere $name@$at $epoch $state$newline"
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
  if [ "$ended" = yes ] && [ -z "$watched$lines" ] && [ -n "$others" ]; then
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

# count_votes GROUP KIND SIZE: what a majority of the group says, of $votes -> $owned, $spare, $taken; too few answers -> $thin
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
        replica/*) spare="$spare $2/${what#*/}/$top" ;;
        *) taken=${what#*@} ;;
      esac
    fi
  done
}

tally() {
  owned='' spare='' thin='' taken='' moving=no asked=0
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
          elsewhere)
            # One that is ahead of the others: they follow within 2 s, or it is alone for good.
            if [ "$epoch" -gt "$highest" ]; then votes="$votes $what/$name/$epoch" moving=yes; fi
            ;;
        esac
      done <"$FARM_RUN/answer.$asked"
    done
    case $group in '') ;; *) count_votes "$group" "$kind" "$size" ;; esac
  done <"$FARM_SCRIPTS/sentinels"
}
