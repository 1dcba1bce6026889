#!/usr/bin/env bash
# Installs the amd64 packages in a fresh Debian folder, starts both programs there
# as the users that the packages made, and asks the monitor whether the collector
# hears it. Unpacks the arm packages and starts their binary under qemu-user.
set -eu
out=$PWD/build
root=$out/debian
mirror=$(sed -nE 's/^(deb |URIs: )(\[[^]]*\] )?((http|https):[^ ]+).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
say() { printf '\n== %s\n' "$*"; }
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  mountpoint -q "$root/proc" && umount "$root/proc"
  return 0
}
trap finish EXIT

say "a fresh Debian folder"
if [ ! -e "$root/.ready" ]; then
  rm -rf "$root"
  debootstrap --variant=minbase --include=adduser,systemd,procps bookworm "$root" "$mirror" >"$out/debootstrap.log" 2>&1 ||
    { tail -n 20 "$out/debootstrap.log"; exit 1; }
  touch "$root/.ready"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"

say "install"
rm -rf "$root/var/lib/rackvakt" "$root/var/lib/rackvakt-collector" "$root/etc/rackvakt"
cp "$out"/deb/*_amd64.deb "$root/tmp/"
chroot "$root" sh -c 'dpkg -i /tmp/rackvakt*_amd64.deb && rm /tmp/rackvakt*_amd64.deb'
chroot "$root" id rackvakt
chroot "$root" id rackvakt-collector
for file in udev/rules.d/60-rackvakt.rules modules-load.d/rackvakt.conf; do [ -s "$root/usr/lib/$file" ] || { echo "no $file"; exit 1; }; done
for unit in rackvakt rackvakt-collector; do
  systemd-analyze verify --root="$root" "$root/usr/lib/systemd/system/$unit.service"
  systemd-analyze security --offline=true --threshold=35 --no-pager "$root/usr/lib/systemd/system/$unit.service" | tail -n 1
done

say "configure"
c="chroot $root"
$c rackvakt-collector cert ca -dir /etc/rackvakt
$c rackvakt-collector cert server -dir /etc/rackvakt 127.0.0.1
$c rackvakt-collector cert closet -dir /etc/rackvakt vc-test.plan1
cat >"$root/etc/rackvakt/rackvakt-collector.yaml" <<'Y'
broker: {embedded: {listen: "127.0.0.1:18883", ca: /etc/rackvakt/ca.crt, certificate: /etc/rackvakt/server.crt, key: /etc/rackvakt/server.key}}
web: {listen: "127.0.0.1:18080"}
sites: [{id: vc-test, name: Vårdcentralen Testet, area: vast, kind: region_run, closets: [{name: plan1}]}]
Y
cat >"$root/etc/rackvakt/rackvakt.yaml" <<'Y'
site: {area: vast, site: vc-test, closet: plan1, name: Vårdcentralen Testet}
mqtt: [{broker: "tls://127.0.0.1:18883", ca: /etc/rackvakt/ca.crt, cert: /etc/rackvakt/vc-test.plan1.crt, key: /etc/rackvakt/vc-test.plan1.key, path: fixed}]
sensors:
  board: {kind: sim}
  contacts: [{name: door, role: door, line: door}]
host: {clock_trusted: true}
path: {targets: [{name: gateway, layer: gateway, address: "127.0.0.1:18080", method: tcp}]}
status: {socket: /run/rackvakt/status.sock}
Y
for user in rackvakt rackvakt-collector; do install -d -m 750 -o "$($c id -u $user)" -g "$($c id -g $user)" "$root/run/$user"; done
chown "$($c id -u rackvakt-collector)" "$root/etc/rackvakt/server.key"
chown "$($c id -u rackvakt)" "$root/etc/rackvakt/vc-test.plan1.key"
chmod 755 "$root/etc/rackvakt"
$c rackvakt check -config /etc/rackvakt/rackvakt.yaml
$c rackvakt-collector check -config /etc/rackvakt/rackvakt-collector.yaml

say "start as their own users"
chroot --userspec=rackvakt-collector:rackvakt-collector "$root" rackvakt-collector run 2>"$out/deb-collector.log" &
pids+=($!)
chroot --userspec=rackvakt:rackvakt "$root" rackvakt run 2>"$out/deb-rackvakt.log" &
pids+=($!)
for i in $(seq 60); do
  status=$($c rackvakt status -json 2>/dev/null || true)
  case $status in *'"connected":true'*) break ;; esac
  sleep 0.5
done
case $status in
  *'"connected":true'*) $c rackvakt status -lang en | head -n 30 ;;
  *) cat "$out/deb-rackvakt.log" "$out/deb-collector.log"; echo "the monitor did not reach the collector"; exit 1 ;;
esac

say "arm packages"
for pair in armv6:qemu-arm-static:arm1176 armv7:qemu-arm-static:cortex-a7 arm64:qemu-aarch64-static:cortex-a53; do
  IFS=: read -r label qemu cpu <<<"$pair"
  rm -rf "$out/unpacked-$label"
  dpkg-deb -x "$out"/deb/rackvakt_*_"$label".deb "$out/unpacked-$label"
  printf '%-6s on %-10s ' "$label" "$cpu"
  "$qemu" -cpu "$cpu" "$out/unpacked-$label/usr/bin/rackvakt" version
  "$qemu" -cpu "$cpu" "$out/unpacked-$label/usr/bin/rackvakt" check -config "$out/unpacked-$label/usr/share/doc/rackvakt/examples/rackvakt.yaml"
done
say "packages install, start and talk"
