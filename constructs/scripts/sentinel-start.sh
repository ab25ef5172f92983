#!/bin/sh
# Starts a sentinel. What Sentinel has learnt (sentinel.conf in a memory volume) outlives a restart of the container; its own settings,
# users and passwords are written anew each time. Needs nothing but sh, mv and the server's own tools.
set -euf
umask 077

die() {
  printf 'sentinel-start: %s\n' "$1" >&2
  exit 1
}

# need NAME CLASS: environment variable NAME is there and made of CLASS only, so that no value can add a line to the configuration
need() {
  eval "value=\${$1-}"
  [ -n "$value" ] || die "environment variable $1 is not set"
  case $value in *[!$2]*) die "environment variable $1 may only hold $2" ;; esac
}

# folder NAME: environment variable NAME is an existing folder whose name cannot break out of its quotes in the configuration
folder() {
  eval "value=\${$1-}"
  [ -n "$value" ] || die "environment variable $1 is not set"
  case $value in *[[:cntrl:]]* | *\"* | *\\*) die "environment variable $1 may not hold quotes, backslashes and control characters" ;; esac
  [ -d "$value" ] || die "folder $value ($1) is missing"
}

# first_line FILE: the only line of FILE, into $value
first_line() {
  [ -r "$1" ] || die "file $1 is missing"
  value='' more=''
  {
    IFS= read -r value || :
    if IFS= read -r more || [ -n "$more" ]; then die "file $1 has more than one line"; fi
  } <"$1"
  [ -n "$value" ] || die "file $1 is empty"
}

# secret KEY: the secret, into $value; white space or a quote in it would break out of its line in sentinel.conf
secret() {
  first_line "$FARM_SECRETS/$1"
  case $value in *[!!-~]* | *\"* | *\'*) die "secret $FARM_SECRETS/$1 must be printable ASCII without white space and quotes" ;; esac
  [ "${#value}" -le 512 ] || die "secret $FARM_SECRETS/$1 is longer than 512 characters"
}

# user NAME KEY RULES-FILE: one line of sentinel.conf
user() {
  secret "$2"
  password=$value
  first_line "$FARM_SCRIPTS/$3"
  printf 'user %s reset on %s >%s\n' "$1" "$value" "$password"
}

find_server() {
  for server in redis-server valkey-server ''; do
    [ -n "$server" ] || die 'neither redis-server nor valkey-server is installed'
    if command -v "$server" >/dev/null 2>&1; then break; fi
  done
  version=$("$server" --version)
  version=${version#*v=}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) die "cannot read the version of $server" ;; esac
  if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then die "$server $major.$minor is older than 6.2"; fi
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

need FARM_IP '0-9A-Fa-f.:'
need FARM_PORT '0-9'
need FARM_POD 'a-z0-9.-'
need FARM_DATACENTER 'A-Za-z0-9._-'
need FARM_SENTINEL_GROUP 'A-Za-z0-9._-'
need FARM_AUTH 'a-z'
case $FARM_AUTH in none | password) ;; *) die "environment variable FARM_AUTH is $FARM_AUTH, not one of: none password" ;; esac
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

exec "$server" "$conf" --sentinel
