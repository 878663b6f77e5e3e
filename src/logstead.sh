#!/bin/sh
# The `logstead` command: finds a Node that can run the program, and becomes it (same process, so signals
# and the exit code are the program's own).
#
# Order: the Node that was installed with Logstead, then `node` on the PATH if it is new enough. The machine's own
# Node may be older, or missing.
# In a clone the program is src/main.ts, in a published package and where a service was installed dist/main.js.
set -eu

fail() {
  printf 'logstead: %s\n' "$@" >&2
  exit 2
}

# TypeScript runs without a warning from 24.12 on.
is_new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt 24 ] || { [ "$major" -eq 24 ] && [ "$minor" -ge 12 ]; }
}

find_node() {
  # Newer kernels say it in a file; to start a program for it takes as long as a small part of a search.
  { read -r machine </proc/sys/kernel/arch; } 2>/dev/null || machine=$(uname -m)
  case $machine in
    x86_64) architecture=x64 ;;
    aarch64) architecture=arm64 ;;
    *) architecture=none ;;
  esac
  # Its own dependency is of the version that it names: to ask for it would take as long as half a search.
  node=$root/node_modules/node-linux-$architecture/bin/node
  if [ -x "$node" ]; then return; fi
  # In an installed package its own dependencies may also lie beside it, or beside what depends on it.
  folder=$root
  while :; do
    node=$folder/node_modules/node-linux-$architecture/bin/node
    if [ -x "$node" ] && is_new_enough "$node"; then return; fi
    case $folder in
      */node_modules/*) folder=${folder%/node_modules/*} ;;
      *) break ;;
    esac
  done
  node=$(command -v node) && is_new_enough "$node"
}

# The command may be a symbolic link in a folder of the PATH. The "x" keeps a newline that ends a name.
newline='
'
self=$(readlink -f -- "$0" && printf x)
self=${self%"${newline}x"}
source_folder=${self%/*}
root=${source_folder%/*}

main=$source_folder/main.ts
if [ ! -f "$main" ]; then
  main=$root/dist/main.js
elif [ ! -e "$root/node_modules" ]; then
  fail 'Cannot start: the packages it needs are not installed' \
    "Run \"npm start\" or \"npm ci\" in \"$root\""
fi

find_node || fail 'Cannot start: found no Node 24.12 or newer' \
  'npm installs a fitting one with Logstead on x86_64 and aarch64: install again, or put one on the PATH'

# Compiled code is kept in the user's own cache folder, so that a command starts in a third of the time. Not in a
# folder of somebody else: what is in there is run. A service has no such folder: what was read from there stays in the memory of
# each thread, some 4 MB in all, and an installed program starts a tenth of a second later without.
if [ -z "${NODE_COMPILE_CACHE:-}" ] && [ "${HOME:-/}" != / ] && [ -O "$HOME" ]; then
  NODE_COMPILE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/logstead
  export NODE_COMPILE_CACHE
fi

# What src/query/regex.ts and src/base/thread-memory.ts set in any case, from the start: code is kept for one set of
# flags, and a thread that starts when they have changed finds nothing of what was compiled before.
flags='--enable-experimental-regexp-engine --enable-experimental-regexp-engine-on-excessive-backtracks'
flags="$flags --regexp-backtracks-before-fallback=10000 --expose-gc"
# V8 copies its own functions beside what it compiles, for calls that are a little shorter: 3 MB in each process, and no load
# or search was seen to take longer without.
flags="$flags --no-short-builtin-calls"

# What Node compiles for the first time stays in the memory of whatever compiled it: for a daemon, processes that end do
# that ahead. A second at the first start, and after each change of the sources.
# Whatever hinders it (a cache that may not be written, a machine without these tools), the daemon starts without.
compile_ahead() (
  set +e
  mkdir -p -- "${NODE_COMPILE_CACHE:-}" || exit
  mark=$NODE_COMPILE_CACHE/compiled-$(printf %s "$source_folder" | cksum | tr ' ' -) || exit
  if [ -e "$mark" ] && [ -z "$(find "$source_folder" -name '*.ts' -newer "$mark" -print -quit)" ]; then exit; fi
  "$node" $flags "$source_folder/cli/compile-ahead.ts" && "$node" $flags "$main" --version && touch -- "$mark"
)

# What is made lives short, in the daemon as in a search. Left to themselves threads keep 64 MB each for young objects; a
# daemon, which runs for months beside what the machine is there for, feels nothing of less still.
#
# The allocator of the C library keeps what was freed between small buffers that still live, and in months that becomes much:
# jemalloc gives it back to the system, so a daemon uses that where the machine has it (Debian: libjemalloc2). Of one that follows
# 5,000 lines a second it takes a tenth of the memory off, and 3 in 100 of a load's CPU time. An operator's own LD_PRELOAD,
# were it empty, keeps it away.
use_jemalloc() {
  [ -z "${LD_PRELOAD+set}" ] || return 1
  conf=${MALLOC_CONF:-narenas:1,tcache:false,dirty_decay_ms:50,muzzy_decay_ms:0}
  for library in /usr/lib/*-linux-gnu/libjemalloc.so.2 /usr/lib64/libjemalloc.so.2 /usr/lib/libjemalloc.so.2; do
    [ -r "$library" ] || continue
    # One of another architecture or page size says so, or ends what it is in.
    said=$(LD_PRELOAD=$library MALLOC_CONF=$conf "$node" --version 2>&1 >/dev/null) || continue
    [ -z "$said" ] || continue
    export LD_PRELOAD="$library" MALLOC_CONF="$conf"
    return
  done
  return 1
}

# Without it: two arenas for all threads, and buffers of 8 KiB and more with memory of their own, which goes back at once. That
# is 8 to 20 MB less for a twentieth more CPU time.
use_c_library() {
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
  export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-8192}"
  export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-1048576}"
}

# Whether the command is `run`: the first word that is neither an option nor what one takes.
is_daemon() {
  while [ $# -gt 0 ]; do
    case $1 in
      run) return ;;
      --config | --engine) shift ;;
      -*) ;;
      *) return 1 ;;
    esac
    [ $# -eq 0 ] || shift
  done
  return 1
}

# Node takes back that a signal is ignored, as `nohup` has it of a terminal that is closed; so the program is told.
is_hang_up_ignored() {
  while read -r name mask; do
    case $name$mask in
      SigIgn:*[13579bdf]) return ;;
      SigIgn:*) return 1 ;;
    esac
  done 2>/dev/null <"/proc/$$/status"
  return 1
}
if is_hang_up_ignored 2>/dev/null; then export LOGSTEAD_HANG_UP=ignored; else unset LOGSTEAD_HANG_UP; fi

if is_daemon "$@"; then
  if [ "$main" = "$source_folder/main.ts" ]; then compile_ahead >/dev/null 2>&1 || :; fi
  use_jemalloc || use_c_library
  exec "$node" $flags --max-semi-space-size=1 "$main" "$@"
fi
exec "$node" $flags --max-semi-space-size=4 "$main" "$@"
