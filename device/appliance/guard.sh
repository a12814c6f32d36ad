#!/bin/sh
# Run by systemd before each start of tagd, as root: it takes an update back that does not settle.
# It lies outside of all releases, needs nothing of them to decide, and is written by tagd-upgrade.
home=@home@ state=@state@ data=@data@ config=@config@
pending=$state/pending.json starts=$state/pending.starts back=$state/pending.back
[ -e "$pending" ] || exit 0

value() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\"]*[^\",]\)\"\{0,1\},\{0,1\}\$/\1/p" "$pending"; }
say() { echo "tagd: $*" >&2; }
new=$(value new) old=$(value old) tries=$(value tries) copy=$(value copy)

# Before the switch there is nothing to take back.
[ "$(basename "$(readlink "$home/current")")" = "$new" ] || exit 0

count=0
[ ! -e "$starts" ] || count=$(wc -l <"$starts")
if [ ! -e "$back" ] && [ "$count" -lt "${tries:-0}" ]; then
    echo started >>"$starts"
    sync "$starts" "$state"
    say "release $new: start $((count + 1)) of $tries before it is taken back"
    # Goes on watching where tagd-upgrade itself was interrupted; else it waits, and finds it done.
    systemctl --no-block start tagd-settle.service 2>/dev/null
    exit 0
fi

say "release $new did not settle: going back to $old"
[ -x "$home/$old/venv/bin/tagd" ] || { say "release $old is not there: $new stays"; exit 1; }
# The database first: a cut in between does it again, and an older tagd never meets a newer one.
if [ -n "$copy" ] && [ -e "$copy" ]; then
    say "the database goes back to $copy; the newer one is kept in $data/replaced"
    set -- "$home/$old/venv/bin/tagd" restore --replace --config "$config" "$copy"
    owner=$(stat -c %u "$data") group=$(stat -c %g "$data")
    if [ "$owner" != "$(id -u)" ]; then
        set -- setpriv --reuid "$owner" --regid "$group" --clear-groups -- "$@"
    fi
    cd / && "$@" >&2 || { say "that failed: make room, or restore it by hand"; exit 1; }
fi
ln -sfn "$old" "$home/.current.guard" && mv -fT "$home/.current.guard" "$home/current" || exit 1
sync "$home"
mv -f "$pending" "$state/rolled-back.json" && rm -f "$starts" && sync "$state"
