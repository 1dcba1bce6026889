#!/usr/bin/env bash
# Debian packages from build/<arch>/: deb.sh VERSION EPOCH -> build/deb/*.deb, byte-identical when made twice.
# armv6 and armv7 are both Debian "armhf" by name but not by processor: the armv6 package is for Raspberry Pi OS.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export SOURCE_DATE_EPOCH=$2
version=0.1~$(date -u -d "@$2" +%Y%m%d%H%M%S)+$(echo "$1" | tr -c 'a-zA-Z0-9.+\n' .)
out=build/deb
rm -rf "$out" && mkdir -p "$out"

# package NAME LABEL DEBARCH BINARY CONFIG-EXAMPLE
package() {
  local name=$1 label=$2 arch=$3 binary=$4 example=$5 root=$out/root-$1-$2
  install -D -m 755 "$binary" "$root/usr/bin/$name"
  install -D -m 644 "$here/$name.service" "$root/usr/lib/systemd/system/$name.service"
  install -D -m 644 "$example" "$root/usr/share/doc/$name/examples/$name.yaml"
  install -D -m 644 LICENSE "$root/usr/share/doc/$name/copyright"
  install -d -m 755 "$root/etc/rackvakt"
  if [ "$name" = rackvakt ]; then
    install -D -m 644 "$here/60-rackvakt.rules" "$root/usr/lib/udev/rules.d/60-rackvakt.rules"
    install -D -m 644 "$here/modules.conf" "$root/usr/lib/modules-load.d/rackvakt.conf"
  fi
  install -d -m 755 "$root/DEBIAN"
  for script in postinst prerm postrm; do
    sed "s/@NAME@/$name/g" "$here/$script" >"$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
  done
  cat >"$root/DEBIAN/control" <<C
Package: $name
Version: $version
Architecture: $arch
Maintainer: rackvakt maintainers <rackvakt@localhost>
Depends: adduser
Section: net
Priority: optional
Description: $([ "$name" = rackvakt ] && echo "network-closet monitor for clinics (the closet)" || echo "network-closet monitor for clinics (the region)")
 Watches switches, sensors and the way to Sjunet in one network closet, decides on
 the spot what is wrong and whose it is, and tells the region.
C
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group --build "$root" "$out/${name}_${version}_$label.deb" >/dev/null
  rm -rf "$root"
}

agent_example=firmware/config/rackvakt.example.yaml
collector_example=uplink/collector/rackvakt-collector.example.yaml
package rackvakt armv6 armhf build/armv6/rackvakt $agent_example
package rackvakt armv7 armhf build/armv7/rackvakt $agent_example
package rackvakt arm64 arm64 build/arm64/rackvakt $agent_example
package rackvakt amd64 amd64 build/amd64/rackvakt $agent_example
package rackvakt-collector arm64 arm64 build/arm64/rackvakt-collector $collector_example
package rackvakt-collector amd64 amd64 build/amd64/rackvakt-collector $collector_example
ls -l "$out"
