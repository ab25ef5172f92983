#!/bin/sh
# Starts a sentinel. What Sentinel has learnt (sentinel.conf in a memory volume) outlives a restart of the container; its own settings,
# users and passwords are written anew each time. Needs nothing but sh, mv and the server's own tools.
set -euf
umask 077

program=sentinel-start
. "${0%/*}/start-checks.sh"

# user NAME KEY RULES-FILE: one line of sentinel.conf
user() {
  secret "$2"
  password=$value
  first_line "$FARM_SCRIPTS/$3"
  printf 'user %s reset on %s >%s\n' "$1" "$value" "$password"
}

# A sentinel that comes back blank must be the same sentinel: the others would count a new id as one more voter.
find_id() {
  id=''
  while read -r datacenter pod hex rest || [ -n "$datacenter" ]; do
    if [ "$datacenter $pod" = "$FARM_DATACENTER $FARM_POD" ]; then id=$hex; fi
  done <"$FARM_SCRIPTS/ids"
  [ -n "$id" ] || die "file $FARM_SCRIPTS/ids has no line for $FARM_DATACENTER $FARM_POD"
  case $id in *[!0-9a-f]*) id='' ;; esac
  [ "${#id}" -eq 40 ] || die "file $FARM_SCRIPTS/ids: the id of $FARM_DATACENTER $FARM_POD is not 40 hexadecimal digits"
}

render_own() {
  printf '%s\n' "port $FARM_PORT" "bind $FARM_IP"
  # Sentinels that share a host collapse into one identity unless each speaks from its own address.
  if [ "$major" -ge 7 ]; then printf 'bind-source-addr %s\n' "$FARM_IP"; fi
  printf '%s\n' 'protected-mode no' 'daemonize no' 'logfile ""' 'loglevel notice' "dir \"$FARM_RUN\"" 'maxclients 10000' 'tcp-keepalive 60' \
    "sentinel myid $id" "sentinel announce-ip $FARM_IP" "sentinel announce-port $FARM_PORT" 'sentinel resolve-hostnames no' \
    'sentinel announce-hostnames no' 'sentinel deny-scripts-reconfig yes' 'acl-pubsub-default resetchannels'
  if [ "$FARM_AUTH" = none ]; then
    first_line "$FARM_SCRIPTS/rules-app"
    printf 'user default reset on nopass %s\n' "$value"
  else
    printf 'user default reset resetchannels\n'
    user app application rules-app
  fi
  user barn barn rules-barn
  user peer peer rules-peer
  user pod pod rules-pod
  secret peer
  printf 'sentinel sentinel-user peer\nsentinel sentinel-pass %s\n' "$value"
}

# The lines that Sentinel wrote: partitions, replicas, peers, epochs. A script line can only come from an injection.
render_learnt() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      'sentinel notification-script'* | 'sentinel client-reconfig-script'*) printf 'sentinel-start: dropped: %s\n' "$line" >&2 ;;
      'sentinel monitor '* | 'sentinel config-epoch '* | 'sentinel leader-epoch '* | 'sentinel current-epoch '*) printf '%s\n' "$line" ;;
      'sentinel known-'* | 'sentinel down-after-milliseconds '* | 'sentinel failover-timeout '*) printf '%s\n' "$line" ;;
      'sentinel parallel-syncs '* | 'sentinel auth-user '* | 'sentinel auth-pass '*) printf '%s\n' "$line" ;;
      'sentinel master-reboot-down-after-period '* | 'sentinel rename-command '*) printf '%s\n' "$line" ;;
    esac
  done <"$1"
}

# quicken: Sentinel pings once a second, so it hears of a hang up to a second later than down-after; it can be told to at run time only, from
# 7.0 on. Until the server answers it is asked again, every 0.1 s for 10 s; any other reply ends it: an older Sentinel stays as it is.
quicken() {
  cli=redis-cli
  command -v "$cli" >/dev/null 2>&1 || cli=valkey-cli
  tries=0
  while [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1 2>/dev/null || sleep 1
    reply=$(REDISCLI_AUTH=$barn "$cli" --user barn -h "$FARM_IP" -p "$FARM_PORT" SENTINEL DEBUG ping-period 250 2>&1) || :
    case $reply in
      OK) return 0 ;;
      ERR*) printf 'sentinel-start: pings once a second: %s\n' "$reply" && return 0 ;;
    esac
  done
  printf 'sentinel-start: pings once a second: %s\n' "$reply"
}

need FARM_IP '0-9A-Fa-f.:'
need FARM_PORT '0-9'
need FARM_POD 'a-z0-9.-'
need FARM_DATACENTER 'A-Za-z0-9._-'
need FARM_SENTINEL_GROUP 'A-Za-z0-9._-'
one_of FARM_AUTH none password
for name in FARM_SECRETS FARM_SCRIPTS FARM_RUN; do folder "$name"; done
[ -r "$FARM_SCRIPTS/ids" ] || die "file $FARM_SCRIPTS/ids is missing"

find_server
find_id
conf=$FARM_RUN/sentinel.conf
{
  render_own
  if [ -e "$conf" ]; then render_learnt "$conf"; fi
} >"$conf.new"
# In one step: a container killed here must find either the old file or the new one. mv is no builtin, but every official image has it.
mv "$conf.new" "$conf"

secret barn
barn=$value
quicken &
exec "$server" "$conf" --sentinel
