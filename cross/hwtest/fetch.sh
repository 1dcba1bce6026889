#!/usr/bin/env bash
# Fetches Debian's arm64 kernel and builds gpio-sim for it, out of tree, since
# Debian leaves that module out. Everything lands below the folder given, in
# debian/ (unpacked kernel) and modules/ (what was built); the machine itself is
# not changed: apt runs on a configuration and lists of its own.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
mirror=$(sed -nE 's/^(deb |URIs: )(\[[^]]*\] )?((http|https):[^ ]+\/debian)\/?( .*)?$/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
suite=bookworm
PATH=$PATH:/usr/sbin:/sbin

[ -e "$out/ready" ] && exit 0
bash "$(dirname "$0")/../need.sh" aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu make:make depmod:kmod xz:xz-utils
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keys ] || apt-get install -y -qq debian-archive-keyring >/dev/null
rm -rf "$out/debian" "$out/modules" "$out/apt"
mkdir -p "$out"/apt/{lists,cache,debs,etc}/ "$out/apt/lists/partial" "$out/apt/cache/archives/partial" "$out/modules"
: >"$out/apt/status"
echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $suite main" >"$out/apt/sources.list"
cat >"$out/apt/apt.conf" <<C
APT::Architecture "arm64";
APT::Architectures { "arm64"; "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$out/apt";
Dir::State::status "$out/apt/status";
Dir::State::lists "$out/apt/lists";
Dir::Cache "$out/apt/cache";
Dir::Etc::sourcelist "$out/apt/sources.list";
Dir::Etc::sourceparts "$out/apt/etc";
Dir::Etc::parts "$out/apt/etc";
Dir::Etc::preferencesparts "$out/apt/etc";
C
export APT_CONFIG=$out/apt/apt.conf
apt-get update -qq
field() { apt-cache show --no-all-versions "$1" | sed -nE "s/^$2: //p" | head -n 1; }
image=$(field linux-image-arm64 Depends | sed -nE 's/.*(linux-image-[^ ,]*arm64).*/\1/p')
release=${image#linux-image-}            # 6.1.0-40-arm64
abi=${release%-arm64}                    # 6.1.0-40
version=$(field "linux-headers-$release" Version)
kbuild=$(field "linux-headers-$release" Depends | tr ',' '\n' | sed -nE 's/^ *(linux-kbuild-[^ ]*).*/\1/p')
series=$(echo "$abi" | cut -d. -f1-2)    # 6.1
echo "kernel $release, Debian version $version"
build=$(dpkg --print-architecture)
(cd "$out/apt/debs" && apt-get download -q=2 \
  "$image=$version" "linux-headers-$release=$version" "linux-headers-$abi-common=$version" \
  "$kbuild:$build=$version" "linux-source-$series=$version")
for deb in "$out"/apt/debs/*.deb; do dpkg-deb -x "$deb" "$out/debian"; done
mv "$out/debian/boot/vmlinuz-$release" "$out/vmlinuz"
depmod -b "$out/debian" "$release"

# The headers name each other by absolute paths.
usr=$out/debian/usr
grep -rlI --include=Makefile -e /usr/src/linux-headers -e /usr/lib/linux-kbuild "$usr/src/linux-headers-$release" "$usr/src/linux-headers-$abi-common" |
  xargs -r sed -i -e "s#/usr/src/linux-headers#$usr/src/linux-headers#g" -e "s#/usr/lib/linux-kbuild#$usr/lib/linux-kbuild#g"
# irq_sim is built into kernels that have gpio-sim; here it is a module beside it,
# which may not call irq_to_desc: generic_handle_irq does the same for its numbers.
tar -C "$out/modules" --wildcards --no-anchored --transform 's#.*/##' -xJf "$usr/src/linux-source-$series.tar.xz" \
  drivers/gpio/gpio-sim.c drivers/gpio/gpiolib.h kernel/irq/irq_sim.c
sed -i 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq(irqnum)/' "$out/modules/irq_sim.c"
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >>"$out/modules/irq_sim.c"
printf 'obj-m := irq_sim.o gpio-sim.o\n' >"$out/modules/Makefile"
make -s -C "$usr/src/linux-headers-$release" M="$out/modules" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CONFIG_MODULE_SIG_ALL= modules
echo "$release" >"$out/ready"
rm -rf "$out/apt" "$usr/src" "$usr/lib"/linux-kbuild*
