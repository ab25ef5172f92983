# Counts what the sentinels said, group by group; redis-fence.sh reads it in. Nothing here asks anybody.
#  tally  $verdicts of redis-ask.sh, a line each: NUMBER end, NUMBER refused, NUMBER master|replica|elsewhere NAME EPOCH calm|moving
#         -> $owned, $spare: KIND/NAME/EPOCH each; $thin: groups with too few answers; $moving; $taken: where $watched is with a higher epoch

# count_votes: what a majority of the group says, of $votes
count_votes() {
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
    if [ "$count" -le "$((size / 2))" ]; then continue; fi
    case $what in
      master/*)
        owned="$owned $kind/${what#*/}/$top"
        # The leader of a failover is up to 2 s ahead of the others: it already lists us as a replica, with a higher epoch.
        for other in $votes; do
          if [ "${other%/*}" = "replica/${what#*/}" ] && [ "${other##*/}" -gt "$top" ]; then moving=yes; fi
        done
        ;;
      replica/*) spare="$spare $kind/${what#*/}/$top" ;;
      *) taken=${what#*@} ;;
    esac
  done
}

# take NUMBER WHAT [NAME EPOCH STATE]: one verdict, if it is of this group
take() {
  if [ "$1" -lt "$first" ] || [ "$1" -ge "$next" ]; then return 0; fi
  case $2 in
    end) answers=$((answers + 1)) && return 0 ;;
    refused) refusals=$((refusals + 1)) && return 0 ;;
  esac
  name=$3 epoch=$4
  # Beyond 2^53 no controller of ours counts: an epoch like that is an attack or an accident, never a reason to open.
  case $epoch in *[!0-9]* | ?????????????????*) name='?' epoch=0 ;; esac
  if [ "$5" = moving ]; then moving=yes; fi
  case $2 in
    master | replica) votes="$votes $2/$name/$epoch" ;;
    elsewhere)
      # One that is ahead of the others: they follow within 2 s, or it is alone for good.
      if [ "$epoch" -gt "$highest" ]; then votes="$votes $2/$name/$epoch" moving=yes; fi
      ;;
  esac
}

tally_group() {
  answers=0 refusals=0 votes=''
  IFS=$newline
  for verdict in $verdicts; do
    unset IFS
    # shellcheck disable=SC2086
    take $verdict
  done
  unset IFS
  if [ "$answers" -lt "$enough" ]; then
    thin="$thin, $group $answers of $size"
    if [ "$refusals" -gt 0 ]; then thin="$thin ($refusals refused the user pod)"; fi
  fi
  count_votes
}

tally() {
  owned='' spare='' thin='' taken='' moving=no
  each_group tally_group
}
