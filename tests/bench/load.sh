#!/bin/sh
# load.c where there is no compiler: less exact by the time that date(1) takes, the same for all tools.
stamp() {
  echo "$1 $$ $(date +%s%N)" >>"$stamps"
}
what=$1 stamps=$2
shift 2
if [ "$what" = exec ]; then
  stamp 0
  exec "$@"
fi
trap 'stamp T; exit 0' TERM
stamp S
case $what in
end)
  [ $# = 0 ] || kill -"$1" 1
  exit 0
  ;;
fail)
  exit 1
  ;;
orphans)
  left=$1
  while [ "$left" -gt 0 ]; do
    (: &)
    left=$((left - 1))
  done
  ;;
lines)
  line=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
  yes "$line$line" | head -c "$(($1 * 1048576))"
  echo
  ;;
esac
[ "$what" = stay ] || stamp E
while :; do
  sleep 1000 &
  wait
done
