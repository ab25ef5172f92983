# The last step of redis-ask.sh: all sentinels of a group about few names; redis-fence.sh reads it in. Address, epoch, flags and replicas of a name
# come from one connection, one after the other: what INFO said a moment before only chose the names.

# ask_names: all sentinels of the group, but those that were silent or refuse us, about its names in $hits
ask_names() {
  names='' questions=''
  for hit in $hits; do
    number=${hit%%/*} name=${hit#*/}
    if [ "$number" -lt "$first" ] || [ "$number" -ge "$next" ] || is_in "$name" "$names"; then continue; fi
    names="$names $name"
    questions="${questions}SENTINEL MASTER $name$newline"
    if [ -z "$watched" ]; then questions="${questions}SENTINEL REPLICAS $name$newline"; fi
    # PING without an argument: Sentinel 6.2 refuses one.
    questions="${questions}PING$newline"
  done
  questions="${questions}PING"
  number=$first
  for host in $hosts; do
    if [ -n "$names" ] && { answered "$number" || ! is_in "$number" "$once"; }; then
      put "$number" "$host"
    elif is_in "$number" "$refused"; then
      verdicts="$verdicts$number refused$newline"
    elif [ -z "$names" ] && answered "$number"; then
      if is_in "$number" "$strange"; then verdicts="$verdicts$number master ? 0 calm$newline"; fi
      verdicts="$verdicts$number end$newline"
    fi
    number=$((number + 1))
  done
}

# conclude: what a sentinel says of one name, whose replies have just ended with PONG
conclude() {
  if [ -n "$epoch" ]; then
    if [ "$mine" = yes ]; then
      masters="$masters$from master $name $epoch $state$newline"
    elif [ -n "$watched" ]; then
      masters="$masters$from elsewhere $name@$where $epoch $state$newline"
    elif [ "$copy" = yes ]; then
      replicas="$replicas$from replica $name $epoch calm$newline"
    fi
  fi
  key='' name='' epoch='' mine=no copy=no state=calm
}

# close_answer: a sentinel that has us as a master is not asked further; one whose answer is cut off has said nothing
close_answer() {
  if [ "$denied" = yes ]; then
    verdicts="$verdicts$from refused$newline"
  elif [ "$whole" = yes ] && [ "$cut" = no ]; then
    if is_in "$from" "$strange"; then masters="$masters$from master ? 0 calm$newline"; fi
    verdicts="$verdicts${masters:-$replicas}$from end$newline"
  fi
}

# scan_names: of each name a SENTINEL MASTER reply, a SENTINEL REPLICAS reply and a PONG, field and value on lines of their own (an empty value has
# no line), then one PONG more -> $verdicts
# A client whose connection ends says so, connects anew and goes on with its next line: the PONGs come, and an answer is missing.
scan_names() {
  find_in "$asking" -x -A1 -e name -e ip -e port -e flags -e config-epoch -e PONG -e '[A-Z][A-Z]* .*' -e 'Error: .*' -e 'Could not connect.*'
  from=''
  IFS=$newline
  for line in $found; do
    case $line in --) continue ;; esac
    part "$line"
    if [ "$number" != "$from" ]; then
      if [ -n "$from" ]; then close_answer; fi
      from=$number masters='' replicas='' whole=no denied=no cut=no last=''
      epoch=''
      conclude
    fi
    case $key in
      name) name=${name:-$item} ;;
      ip) at=$item ;;
      port)
        if [ -z "$epoch" ]; then where=$at:$item; fi
        if [ "$at $item" = "$FARM_IP $FARM_PORT" ]; then
          # The master comes first; what follows its epoch are replicas.
          if [ -z "$epoch" ]; then mine=yes; else copy=yes; fi
        fi
        ;;
      flags) case $item in *o_down* | *failover_in_progress*) state=moving ;; esac ;;
      config-epoch) epoch=$item ;;
      *)
        case $item in
          name | ip | port | config-epoch) key=$item ;;
          flags) if [ -z "$epoch" ]; then key=flags; fi ;;
          PONG)
            if [ "$last" = PONG ]; then whole=yes; fi
            conclude
            ;;
          NOAUTH* | NOPERM* | WRONGPASS* | 'AUTH failed'*) denied=yes ;;
          'Error: '* | 'Could not connect'*) cut=yes ;;
        esac
        last=$item
        continue
        ;;
    esac
    key='' last=''
  done
  unset IFS
  if [ -n "$from" ]; then close_answer; fi
}
