# What redis-start.sh and sentinel-start.sh check before they write a configuration; both read it in, with their name in $program.

die() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit 1
}

# need NAME CLASS: environment variable NAME is there and made of CLASS only, so that no value can add a line to the configuration
need() {
  eval "value=\${$1-}"
  [ -n "$value" ] || die "environment variable $1 is not set"
  case $value in *[!$2]*) die "environment variable $1 may only hold $2" ;; esac
}

# one_of NAME WORD...: environment variable NAME is one of the words
one_of() {
  need "$1" 'a-z'
  name=$1
  shift
  for word in "$@"; do [ "$value" != "$word" ] || return 0; done
  die "environment variable $name is $value, not one of: $*"
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

# secret KEY: the secret, into $value; white space or a quote in it would break out of its line in the configuration
secret() {
  first_line "$FARM_SECRETS/$1"
  case $value in *[!!-~]* | *\"* | *\'*) die "secret $FARM_SECRETS/$1 must be printable ASCII without white space and quotes" ;; esac
  [ "${#value}" -le 512 ] || die "secret $FARM_SECRETS/$1 is longer than 512 characters"
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
