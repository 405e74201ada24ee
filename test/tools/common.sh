# common.sh: shared by the scripts of this directory, which source it.
#
# Sets   tree          the source tree, an absolute path
#        MAKE          the make to use
# and after find_postgres also
#        PG_CONFIG     the pg_config of the PostgreSQL in use
#        pg_major, pg_bindir, pg_libdir, pg_sharedir
# and after find_run_user
#        run_user      who runs the private server: empty for "the one who calls"
#
# shellcheck shell=bash

umask 022
unset CDPATH MAKEFLAGS MFLAGS MAKELEVEL
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
	PGOPTIONS PGDATA PGTZ PGDATESTYLE PGCLIENTENCODING PGSSLMODE PGAPPNAME PGTARGETSESSIONATTRS

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
MAKE=${MAKE:-make}
me=$(basename "$0")

say() { printf '%s\n' "$me: $*" >&2; }
die() { say "$@"; exit 1; }

jobs_wanted() { nproc 2>/dev/null || echo 2; }

# The PostgreSQL that engage is built against.  PG_CONFIG wins; then whatever pg_config is
# found with its headers; then Debian's own layout.
find_postgres()
{
	local c
	if [ "${PG_CONFIG:-pg_config}" != pg_config ]; then
		have_pgxs "$PG_CONFIG" || die "$PG_CONFIG comes without server headers (PGXS); run test/tools/setup first"
	else
		for c in pg_config $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -t/ -k5,5nr); do
			pg_major=$("$c" --version 2>/dev/null | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p') || :
			case $pg_major in
				14 | 15 | 16 | 17 | 18) if have_pgxs "$c"; then PG_CONFIG=$c; break; fi ;;
			esac
		done
		have_pgxs "${PG_CONFIG:=pg_config}" ||
			die "found no PostgreSQL 14 to 18 with its server headers; run test/tools/setup first"
	fi
	PG_CONFIG=$(command -v "$PG_CONFIG")
	export PG_CONFIG
	pg_major=$("$PG_CONFIG" --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p')
	pg_bindir=$("$PG_CONFIG" --bindir)
	pg_libdir=$("$PG_CONFIG" --pkglibdir)
	pg_sharedir=$("$PG_CONFIG" --sharedir)
	[ -x "$pg_bindir/postgres" ] || die "no server program in $pg_bindir; run test/tools/setup first"
}

# Debian ships the build rules with the client package, the headers with another one.
have_pgxs()
{
	local f
	f=$("$1" --pgxs 2>/dev/null) && [ -f "$f" ] &&
		f=$("$1" --includedir-server 2>/dev/null) && [ -f "$f/postgres.h" ]
}

# A PostgreSQL server refuses to run as root: then it runs as "postgres" or "nobody".
find_run_user()
{
	run_user=
	[ "$(id -u)" = 0 ] || return 0
	if id postgres >/dev/null 2>&1; then
		run_user=postgres
	elif id nobody >/dev/null 2>&1; then
		run_user=nobody
	else
		die "running as root, and there is no user postgres or nobody to run a server as"
	fi
}

# as_user COMMAND...: run it as the user who runs the private server.  exec_as_user does not come
# back.  (setpriv is preferred because it gets out of the way of signals.)
as_user()
{
	if [ -z "$run_user" ]; then "$@"; else (exec_as_user "$@"); fi
}

exec_as_user()
{
	if [ -z "$run_user" ]; then
		exec "$@"
	elif command -v setpriv >/dev/null 2>&1; then
		exec setpriv --reuid "$run_user" --regid "$(id -g "$run_user")" --clear-groups -- "$@"
	elif command -v runuser >/dev/null 2>&1; then
		exec runuser -u "$run_user" -- "$@"
	else
		die "running as root, and neither setpriv nor runuser (package util-linux) is there"
	fi
}

# Can the server's user enter and read directory $1?
user_enters() { (cd / && as_user sh -c 'cd "$1" && test -r . && test -x .' sh "$1") 2>/dev/null; }

# A directory for temporary files that the server's user may write and whose name is short
# enough for a socket.
temp_parent()
{
	local d=${TMPDIR:-/tmp}
	if [ ${#d} -gt 60 ] || ! (cd / && as_user sh -c 'cd "$1" && test -w .' sh "$d") 2>/dev/null; then
		d=/tmp
	fi
	printf '%s\n' "$d"
}

# fresh_dir NAME: a new directory owned by the server's user, and by nobody else readable.
fresh_dir() { (cd / && as_user mktemp -d "$(temp_parent)/engage-$1.XXXXXX"); }

# UTF-8 without a language, when the system has it.
utf8_locale()
{
	if locale -a 2>/dev/null | grep -qix 'C\.utf-\?8'; then echo C.UTF-8; else echo C; fi
}

# private_root DIR: copy the server's programs, libraries and share files to DIR, keeping their
# paths.  A PostgreSQL server finds them relative to its own program, so that the copy is
# complete and an extension installed with DESTDIR=DIR is seen by it alone.
private_root()
{
	local root=$1 stamp d
	stamp="$("$PG_CONFIG" --version) $pg_bindir $(ls -lLn --time-style=+%s "$pg_bindir/postgres")"
	[ -f "$root/.stamp" ] && [ "$(cat "$root/.stamp")" = "$stamp" ] && return 0
	rm -rf "$root"
	for d in "$pg_bindir" "$pg_libdir" "$pg_sharedir"; do
		mkdir -p "$root$d"
		cp -R "$d/." "$root$d/"
	done
	# an engage that is installed on the system has no business here
	rm -rf "$root$pg_libdir/engage.so" "$root$pg_libdir"/bitcode/engage* "$root$pg_sharedir"/extension/engage*
	printf '%s\n' "$stamp" >"$root/.stamp"
}

# build_into OBJDIR [make arguments]: an out-of-tree build.
build_into()
{
	local objdir=$1
	shift
	mkdir -p "$objdir"
	$MAKE --no-print-directory -s -C "$objdir" -f "$tree/Makefile" -j "$(jobs_wanted)" \
		PG_CONFIG="$PG_CONFIG" with_llvm=no "$@" </dev/null
}

# cluster_start DIR BINDIR SOCKETS PORT [setting=value]...: a new cluster in DIR/data, its log in
# DIR/log, superuser "engage", listening on a Unix socket only.  DIR and SOCKETS belong to the
# server's user.
cluster_start()
{
	local dir=$1 bindir=$2 sockets=$3 port=$4 s
	shift 4
	cd /
	if ! as_user timeout 120 "$bindir/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 \
		--locale="$(utf8_locale)" --no-sync </dev/null 2>&1 | as_user tee "$dir/log" >/dev/null; then
		say "initdb failed:"
		as_user cat "$dir/log" >&2
		return 1
	fi
	{
		cat <<-CONF
			# written by engage's test/tools
			listen_addresses = ''
			unix_socket_directories = '$sockets'
			port = $port
			fsync = off
			synchronous_commit = off
			full_page_writes = off
			wal_level = minimal
			max_wal_senders = 0
			log_line_prefix = '%m [%p] %q%a '
		CONF
		for s; do
			printf "%s = '%s'\n" "${s%%=*}" "$(printf '%s' "${s#*=}" | sed "s/'/''/g")"
		done
	} | as_user tee -a "$dir/data/postgresql.conf" >/dev/null
	if ! as_user timeout 90 "$bindir/pg_ctl" start -s -w -t 60 -D "$dir/data" -l "$dir/log" >/dev/null 2>&1 </dev/null; then
		say "the private server did not start:"
		as_user tail -n 20 "$dir/log" >&2
		return 1
	fi
}

# cluster_stop DATADIR BINDIR: stop it, gently first; fine if it does not run.
cluster_stop()
{
	[ -f "$1/postmaster.pid" ] || return 0
	(
		cd / && { as_user "$2/pg_ctl" stop -s -D "$1" -m fast -t 30 ||
			as_user "$2/pg_ctl" stop -s -D "$1" -m immediate -t 30; }
	) >/dev/null 2>&1 </dev/null || :
}

# A port number, made from a name; only its socket's file name depends on it.
port_for() { echo $((20000 + $(printf '%s' "$1" | cksum | cut -d' ' -f1) % 20000)); }
