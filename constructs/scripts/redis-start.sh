#!/bin/sh
# Starts a RedisPod, born locked: checks what it was given, renders redis.conf, starts the fence, becomes redis-server.
# Needs nothing but sh, sleep, grep and the server's own tools. Secrets are only ever in files of mode 0600 and never printed.
set -euf
umask 077

program=redis-start
. "${0%/*}/start-checks.sh"

# user NAME KEY RULES-FILE STATE: one line of redis.conf
user() {
  secret "$2"
  password=$value
  first_line "$FARM_SCRIPTS/$3"
  printf 'user %s reset %s %s >%s\n' "$1" "$4" "$value" "$password"
}

render_network() {
  printf 'bind %s\n' "$FARM_IP"
  # Several machines may share a host (the embedded farm): what a pod sends must come from its own address.
  if [ "$major" -ge 7 ]; then printf 'bind-source-addr %s\n' "$FARM_IP"; fi
  printf '%s\n' "port $FARM_PORT" 'protected-mode no' 'timeout 0' 'tcp-keepalive 60' 'tcp-backlog 511' 'maxclients 10000' \
    "replica-announce-ip $FARM_IP" "replica-announce-port $FARM_PORT" 'repl-diskless-sync yes' 'repl-diskless-sync-delay 0' \
    'repl-timeout 10' 'replica-serve-stale-data yes' 'replica-read-only yes'
}

# A server without persistence still loads the file a replica's synchronisation left behind, and an emptyDir outlives the container:
# so it gets a file name that nothing has used yet.
fresh_file() {
  count=0
  while [ -e "$FARM_DATA/unused-$count.rdb" ]; do count=$((count + 1)); done
  printf 'dbfilename unused-%s.rdb\n' "$count"
}

render_memory() {
  printf '%s\n' 'daemonize no' 'logfile ""' 'loglevel notice' 'always-show-logo no' "dir \"$FARM_DATA\"" "maxmemory $FARM_MAXMEMORY" \
    "maxmemory-policy $FARM_MAXMEMORY_POLICY" 'lazyfree-lazy-user-flush yes' 'stop-writes-on-bgsave-error no'
  case $FARM_PERSISTENCE in
    none) printf '%s\n' 'save ""' 'appendonly no' 'rdb-del-sync-files yes' && fresh_file ;;
    aof) printf '%s\n' 'save ""' 'appendonly yes' 'appendfsync everysec' 'no-appendfsync-on-rewrite yes' ;;
    rdb) printf '%s\n' 'save 3600 1' 'save 300 100' 'save 60 10000' 'appendonly no' ;;
  esac
}

# Nobody but our own users can connect. The replicas of a master that restarted empty must not copy that, so `replication` is off as well.
render_users() {
  printf '%s\n' 'acl-pubsub-default resetchannels' 'user default reset resetchannels' \
    'user marker off resetkeys ~locked resetchannels -@all >locked'
  user barn barn rules-barn on
  user sentinel sentinel rules-sentinel-locked on
  user exporter exporter rules-exporter on
  user replication replication rules-replication off
  printf '%s\n' 'masteruser replication'
  secret replication
  printf 'masterauth %s\n' "$value"
}

need FARM_IP '0-9A-Fa-f.:'
need FARM_PORT '0-9'
need FARM_POD 'a-z0-9.-'
need FARM_DATACENTER 'A-Za-z0-9._-'
need FARM_MAXMEMORY '0-9'
need FARM_MAXMEMORY_POLICY 'a-z-'
one_of FARM_PERSISTENCE none aof rdb
one_of FARM_AUTH none password
for name in FARM_SECRETS FARM_SCRIPTS FARM_RUN FARM_DATA; do folder "$name"; done
# What the fence will need: better found missing now than when it matters.
secret pod
if [ "$FARM_AUTH" = password ]; then secret application; fi
for file in rules-application rules-sentinel-bound rules-sentinel-standby rules-sentinel-member; do first_line "$FARM_SCRIPTS/$file"; done
for file in sentinels redis-fence.sh redis-ask.sh redis-names.sh redis-tally.sh redis-open.sh; do [ -r "$FARM_SCRIPTS/$file" ] || die "file $FARM_SCRIPTS/$file is missing"; done

find_server
{
  render_network
  render_memory
  render_users
} >"$FARM_RUN/redis.conf"

sh "$FARM_SCRIPTS/redis-fence.sh" &
exec "$server" "$FARM_RUN/redis.conf"
